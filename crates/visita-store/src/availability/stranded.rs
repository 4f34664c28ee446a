//! Visits that a change of hours would leave outside of them: whoever makes it is asked first.

use std::fmt;

use diesel::prelude::*;
use visita_domain::appointment::AppointmentState;
use visita_domain::audit::AuditAction;
use visita_domain::availability::Availability;
use visita_domain::people::Doctor;
use visita_domain::{AppointmentId, TimeRange, Ts, slots};

use super::{load, zone_of};
use crate::audit::{self, Entry};
use crate::conn::Db;
use crate::people::HospitalRow;
use crate::schema::{PATIENTS, appointments, users};
use crate::types::Val;
use crate::{AnyConn, Ctx, StoreError};

/// Most visits to come that a change of hours is compared with, the soonest: more than a
/// doctor sees in half a year.
const MOST_VISITS: i64 = 2000;

/// What becomes of visits that a change of hours leaves outside of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfStranded {
    /// The change is refused, and names them.
    Ask,
    /// They stay as they are.
    Keep,
}

/// A visit to come that a change would leave outside of the doctor's hours.
#[derive(Clone, PartialEq, Eq)]
pub struct Stranded {
    /// The visit.
    pub id: AppointmentId,
    /// When it is.
    pub range: TimeRange,
    /// Whose it is.
    pub patient_name: String,
}

impl fmt::Debug for Stranded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stranded({})", self.id.0)
    }
}

/// Changes the doctor's hours, unless visits would be stranded and nobody has said that they
/// may: then nothing changes.
pub(super) fn change<T>(
    db: &mut Db,
    ctx: &Ctx,
    doctor: &Doctor,
    booked: IfStranded,
    f: impl FnOnce(&mut Db) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    if booked == IfStranded::Keep {
        return f(db);
    }
    let before = load(db, doctor, ctx.now, None)?;
    let changed = f(db)?;
    let after = load(db, doctor, ctx.now, None)?;
    match stranded(db, ctx.now, doctor, &before, &after)? {
        none if none.is_empty() => Ok(changed),
        visits => Err(StoreError::VisitsStranded(visits)),
    }
}

/// Whoever is told of visits has read them, and the trail says so.
pub(super) fn told<T>(
    conn: &mut AnyConn,
    ctx: &Ctx,
    result: Result<T, StoreError>,
) -> Result<T, StoreError> {
    if let Err(StoreError::VisitsStranded(_)) = &result {
        audit::record(conn, &Entry::by(ctx, AuditAction::AppointmentsListed))?;
    }
    result
}

fn stranded(
    db: &mut Db,
    now: Ts,
    doctor: &Doctor,
    before: &Availability,
    after: &Availability,
) -> Result<Vec<Stranded>, StoreError> {
    use appointments as a;
    let zone = zone_of(&HospitalRow::load(db, doctor.hospital_id)?)?;
    let rows: Vec<(AppointmentId, Ts, Ts, String)> = a::table
        .inner_join(PATIENTS.on(PATIENTS.field(users::id).eq(a::patient_id)))
        .filter(a::hospital_id.eq(Val(doctor.hospital_id)))
        .filter(a::doctor_id.eq(Val(doctor.id)))
        .filter(a::state.eq(Val(AppointmentState::Booked)))
        .filter(a::starts_at.gt(Val(now)))
        .order((a::starts_at, a::id))
        .limit(MOST_VISITS)
        .select((a::id, a::starts_at, a::ends_at, PATIENTS.field(users::name)))
        .load(db)?;
    let visits = rows
        .into_iter()
        .filter_map(|(id, start, end, patient_name)| {
            let range = TimeRange::new(start, end).ok()?;
            slots::strands(before, after, &zone, range).then_some(Stranded {
                id,
                range,
                patient_name,
            })
        });
    Ok(visits.collect())
}
