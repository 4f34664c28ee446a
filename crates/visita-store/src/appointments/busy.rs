//! When doctors and patients are taken by visits that block time.

use std::collections::HashMap;

use diesel::prelude::*;
use visita_domain::appointment::AppointmentState;
use visita_domain::people::Doctor;
use visita_domain::{AppointmentId, DoctorId, HospitalId, PatientId, TimeRange, Ts, UserId};

use crate::conn::Db;
use crate::schema::appointments;
use crate::types::Val;
use crate::{Ctx, StoreError};

/// Times that are taken. Holds that are over take none, and neither do those of the
/// actor: whoever holds a time may book it, or let it go for another.
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

type Row = (AppointmentId, Ts, Ts, AppointmentState, Option<Ts>, UserId);

/// The states that block time, as the partial indexes and guards of the schema name them.
fn blocking() -> impl Iterator<Item = Val<AppointmentState>> {
    AppointmentState::ALL
        .into_iter()
        .filter(|state| state.blocks_time())
        .map(Val)
}

/// What touches the window of the doctor's time, but one visit.
pub(crate) fn of_doctor(
    db: &mut Db,
    ctx: &Ctx,
    doctor: &Doctor,
    window: TimeRange,
    but: Option<AppointmentId>,
) -> Result<Taken, StoreError> {
    use appointments as a;
    let rows: Vec<Row> = a::table
        .filter(a::hospital_id.eq(Val(doctor.hospital_id)))
        .filter(a::doctor_id.eq(Val(doctor.id)))
        .filter(a::state.eq_any(blocking()))
        .filter(a::starts_at.lt(Val(window.end())))
        .filter(a::ends_at.gt(Val(window.start())))
        .select((
            a::id,
            a::starts_at,
            a::ends_at,
            a::state,
            a::hold_expires_at,
            a::booked_by,
        ))
        .load(db)?;
    Ok(taken(ctx, rows, but))
}

/// What touches the window of each doctor's time, in one statement; who is free all along
/// is missing.
pub(crate) fn of_doctors(
    db: &mut Db,
    ctx: &Ctx,
    hospital_id: HospitalId,
    doctors: &[Doctor],
    window: TimeRange,
) -> Result<HashMap<DoctorId, Vec<TimeRange>>, StoreError> {
    use appointments as a;
    let rows: Vec<(DoctorId, Row)> = a::table
        .filter(a::hospital_id.eq(Val(hospital_id)))
        .filter(a::doctor_id.eq_any(doctors.iter().map(|doctor| Val(doctor.id))))
        .filter(a::state.eq_any(blocking()))
        .filter(a::starts_at.lt(Val(window.end())))
        .filter(a::ends_at.gt(Val(window.start())))
        .select((
            a::doctor_id,
            (
                a::id,
                a::starts_at,
                a::ends_at,
                a::state,
                a::hold_expires_at,
                a::booked_by,
            ),
        ))
        .load(db)?;
    let mut of_each: HashMap<DoctorId, Vec<Row>> = HashMap::new();
    for (doctor, row) in rows {
        of_each.entry(doctor).or_default().push(row);
    }
    let all = |(doctor, rows)| (doctor, taken(ctx, rows, None).all());
    Ok(of_each.into_iter().map(all).collect())
}

/// What touches the window of the patient's time, but one visit.
pub(crate) fn of_patient(
    db: &mut Db,
    ctx: &Ctx,
    hospital_id: HospitalId,
    patient_id: PatientId,
    window: TimeRange,
    but: Option<AppointmentId>,
) -> Result<Taken, StoreError> {
    use appointments as a;
    let rows: Vec<Row> = a::table
        .filter(a::hospital_id.eq(Val(hospital_id)))
        .filter(a::patient_id.eq(Val(patient_id)))
        .filter(a::state.eq_any(blocking()))
        .filter(a::starts_at.lt(Val(window.end())))
        .filter(a::ends_at.gt(Val(window.start())))
        .select((
            a::id,
            a::starts_at,
            a::ends_at,
            a::state,
            a::hold_expires_at,
            a::booked_by,
        ))
        .load(db)?;
    Ok(taken(ctx, rows, but))
}

fn taken(ctx: &Ctx, rows: Vec<Row>, but: Option<AppointmentId>) -> Taken {
    let mut taken = Taken {
        visits: Vec::new(),
        held: Vec::new(),
    };
    for (id, start, end, state, expires_at, by) in rows {
        let held = state == AppointmentState::Held;
        let lasts = expires_at.is_some_and(|at| at > ctx.now);
        let own = held && by == ctx.actor.user_id;
        if Some(id) == but || own || (held && !lasts) {
            continue;
        }
        let place = if held {
            &mut taken.held
        } else {
            &mut taken.visits
        };
        place.extend(TimeRange::new(start, end));
    }
    taken
}
