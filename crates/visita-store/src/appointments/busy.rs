//! When doctors and patients are taken by visits that block time.

use std::collections::HashMap;

use diesel::dsl::{AsSelect, SqlTypeOf};
use diesel::prelude::*;
use visita_domain::appointment::AppointmentState;
use visita_domain::people::Doctor;
use visita_domain::{AppointmentId, DoctorId, HospitalId, PatientId, TimeRange, Ts, UserId};

use crate::conn::{Db, MultiBackend};
use crate::schema::appointments;
use crate::types::Val;
use crate::{Ctx, StoreError};

/// Times that are taken. Holds that are over take none, and neither do those that the actor
/// may book or lets go of ([`Asking`]).
pub(crate) struct Taken {
    /// By visits.
    pub(crate) visits: Vec<TimeRange>,
    /// By holds of others.
    pub(crate) held: Vec<TimeRange>,
}

impl Taken {
    /// All of them.
    pub(crate) fn all(self) -> Vec<TimeRange> {
        [self.visits, self.held].concat()
    }
}

/// Who asks, and for whom.
#[derive(Clone, Copy)]
pub(crate) struct Asking<'a> {
    pub(crate) ctx: &'a Ctx,
    /// The patient to be booked, whose holds by the actor are let go of; none while somebody
    /// only looks, and sees no hold of their own.
    pub(crate) for_patient: Option<PatientId>,
    /// The visit that moves.
    pub(crate) but: Option<AppointmentId>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = appointments, check_for_backend(MultiBackend))]
struct Row {
    id: AppointmentId,
    doctor_id: DoctorId,
    patient_id: PatientId,
    starts_at: Ts,
    ends_at: Ts,
    state: AppointmentState,
    hold_expires_at: Option<Ts>,
    booked_by: UserId,
}

/// The states that block time, as the partial indexes and guards of the schema name them.
fn blocking() -> impl Iterator<Item = Val<AppointmentState>> {
    AppointmentState::ALL
        .into_iter()
        .filter(|state| state.blocks_time())
        .map(Val)
}

/// What touches the window of the doctor's time.
pub(crate) fn of_doctor(
    db: &mut Db,
    asking: Asking<'_>,
    doctor: &Doctor,
    window: TimeRange,
) -> Result<Taken, StoreError> {
    let rows = touching(doctor.hospital_id, window)
        .filter(appointments::doctor_id.eq(Val(doctor.id)))
        .load(db)?;
    Ok(taken(asking, rows))
}

/// What touches the window of each doctor's time, in one statement; who is free all along
/// is missing.
pub(crate) fn of_doctors(
    db: &mut Db,
    asking: Asking<'_>,
    hospital_id: HospitalId,
    doctors: &[Doctor],
    window: TimeRange,
) -> Result<HashMap<DoctorId, Vec<TimeRange>>, StoreError> {
    let ids = doctors.iter().map(|doctor| Val(doctor.id));
    let rows: Vec<Row> = touching(hospital_id, window)
        .filter(appointments::doctor_id.eq_any(ids))
        .load(db)?;
    let mut of_each: HashMap<DoctorId, Vec<Row>> = HashMap::new();
    for row in rows {
        of_each.entry(row.doctor_id).or_default().push(row);
    }
    let all = |(doctor, rows)| (doctor, taken(asking, rows).all());
    Ok(of_each.into_iter().map(all).collect())
}

/// What touches the window of the patient's time.
pub(crate) fn of_patient(
    db: &mut Db,
    asking: Asking<'_>,
    hospital_id: HospitalId,
    patient_id: PatientId,
    window: TimeRange,
) -> Result<Taken, StoreError> {
    let rows = touching(hospital_id, window)
        .filter(appointments::patient_id.eq(Val(patient_id)))
        .load(db)?;
    Ok(taken(asking, rows))
}

/// Everything of the hospital that blocks time there; whose, the caller says.
fn touching<'a>(
    hospital_id: HospitalId,
    window: TimeRange,
) -> appointments::BoxedQuery<'a, MultiBackend, SqlTypeOf<AsSelect<Row, MultiBackend>>> {
    use appointments as a;
    a::table
        .filter(a::hospital_id.eq(Val(hospital_id)))
        .filter(a::state.eq_any(blocking()))
        .filter(a::starts_at.lt(Val(window.end())))
        .filter(a::ends_at.gt(Val(window.start())))
        .select(Row::as_select())
        .into_boxed()
}

fn taken(asking: Asking<'_>, rows: Vec<Row>) -> Taken {
    let mut taken = Taken {
        visits: Vec::new(),
        held: Vec::new(),
    };
    let ctx = asking.ctx;
    for row in rows {
        let held = row.state == AppointmentState::Held;
        let lasts = row.hold_expires_at.is_some_and(|at| at > ctx.now);
        let own = row.booked_by == ctx.actor.user_id
            && asking.for_patient.is_none_or(|id| id == row.patient_id);
        if Some(row.id) == asking.but || (held && (own || !lasts)) {
            continue;
        }
        let place = if held {
            &mut taken.held
        } else {
            &mut taken.visits
        };
        place.extend(TimeRange::new(row.starts_at, row.ends_at));
    }
    taken
}
