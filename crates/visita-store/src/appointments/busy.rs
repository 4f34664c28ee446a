//! When doctors and patients are taken by visits that block time.

use diesel::prelude::*;
use visita_domain::appointment::AppointmentState;
use visita_domain::people::Doctor;
use visita_domain::{AppointmentId, HospitalId, PatientId, TimeRange, Ts};

use crate::StoreError;
use crate::conn::Db;
use crate::schema::appointments;
use crate::types::Val;

/// The states that block time, as the partial indexes and guards of the schema name them.
fn blocking() -> impl Iterator<Item = Val<AppointmentState>> {
    AppointmentState::ALL
        .into_iter()
        .filter(|state| state.blocks_time())
        .map(Val)
}

/// The doctor's visits that touch the window, but one.
pub(crate) fn of_doctor(
    db: &mut Db,
    doctor: &Doctor,
    window: TimeRange,
    but: Option<AppointmentId>,
) -> Result<Vec<TimeRange>, StoreError> {
    use appointments as a;
    let rows: Vec<(AppointmentId, Ts, Ts)> = a::table
        .filter(a::hospital_id.eq(Val(doctor.hospital_id)))
        .filter(a::doctor_id.eq(Val(doctor.id)))
        .filter(a::state.eq_any(blocking()))
        .filter(a::starts_at.lt(Val(window.end())))
        .filter(a::ends_at.gt(Val(window.start())))
        .select((a::id, a::starts_at, a::ends_at))
        .load(db)?;
    Ok(ranges(rows, but))
}

/// The patient's visits that touch the window, but one.
pub(crate) fn of_patient(
    db: &mut Db,
    hospital_id: HospitalId,
    patient_id: PatientId,
    window: TimeRange,
    but: Option<AppointmentId>,
) -> Result<Vec<TimeRange>, StoreError> {
    use appointments as a;
    let rows: Vec<(AppointmentId, Ts, Ts)> = a::table
        .filter(a::hospital_id.eq(Val(hospital_id)))
        .filter(a::patient_id.eq(Val(patient_id)))
        .filter(a::state.eq_any(blocking()))
        .filter(a::starts_at.lt(Val(window.end())))
        .filter(a::ends_at.gt(Val(window.start())))
        .select((a::id, a::starts_at, a::ends_at))
        .load(db)?;
    Ok(ranges(rows, but))
}

fn ranges(rows: Vec<(AppointmentId, Ts, Ts)>, but: Option<AppointmentId>) -> Vec<TimeRange> {
    rows.into_iter()
        .filter(|(id, _, _)| Some(*id) != but)
        .filter_map(|(_, start, end)| TimeRange::new(start, end).ok())
        .collect()
}
