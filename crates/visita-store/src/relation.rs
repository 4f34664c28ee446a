//! Which patients a doctor has to do with: those with a visit that was not called off.

use diesel::dsl::exists;
use diesel::prelude::*;
use visita_domain::access::{Action, Facts};
use visita_domain::appointment::AppointmentState;
use visita_domain::people::{Role, UserState};
use visita_domain::{DoctorId, HospitalId, PatientId};

use crate::conn::Db;
use crate::schema::{appointments, users};
use crate::types::Val;
use crate::{Ctx, StoreError};

/// The visits that make a relation.
pub(crate) const RELATING: [AppointmentState; 5] = [
    AppointmentState::Booked,
    AppointmentState::Arrived,
    AppointmentState::InCall,
    AppointmentState::Finished,
    AppointmentState::NoShow,
];

/// [`RELATING`] as a filter value.
pub(crate) fn relating() -> impl Iterator<Item = Val<AppointmentState>> {
    RELATING.into_iter().map(Val)
}

/// True when the doctor has or had a visit with the patient.
pub(crate) fn related(
    db: &mut Db,
    hospital_id: HospitalId,
    doctor_id: DoctorId,
    patient_id: PatientId,
) -> Result<bool, StoreError> {
    use appointments as a;
    Ok(diesel::select(exists(
        a::table
            .filter(a::hospital_id.eq(Val(hospital_id)))
            .filter(a::patient_id.eq(Val(patient_id)))
            .filter(a::doctor_id.eq(Val(doctor_id)))
            .filter(a::state.eq_any(relating())),
    ))
    .get_result(db)?)
}

/// What is known of a patient, from the point of view of the actor.
///
/// # Errors
/// [`StoreError::NotFound`] when there is no such patient in the actor's hospital.
pub(crate) fn patient_facts(
    db: &mut Db,
    ctx: &Ctx,
    patient_id: PatientId,
) -> Result<Facts, StoreError> {
    patient_standing(db, ctx, patient_id).map(|(facts, _)| facts)
}

/// As [`patient_facts`], and whether the patient is archived.
pub(crate) fn patient_standing(
    db: &mut Db,
    ctx: &Ctx,
    patient_id: PatientId,
) -> Result<(Facts, UserState), StoreError> {
    let hospital_id = ctx.actor.hospital_id.ok_or(StoreError::Forbidden)?;
    let standing: UserState = users::table
        .filter(users::id.eq(Val(patient_id)))
        .filter(users::hospital_id.eq(Some(Val(hospital_id))))
        .filter(users::role.eq(Val(Role::Patient)))
        .select(users::state)
        .first(db)?;
    let related = ctx.actor.role == Role::Doctor
        && related(
            db,
            hospital_id,
            DoctorId::from(ctx.actor.user_id),
            patient_id,
        )?;
    let facts = Facts {
        hospital_id: Some(hospital_id),
        patient_id: Some(patient_id),
        related,
        ..Facts::default()
    };
    Ok((facts, standing))
}

/// Refuses by role first, so that a role that never may is told so whatever the id.
pub(crate) fn require_role(ctx: &Ctx, action: Action) -> Result<(), StoreError> {
    if ctx.actor.may_ever(action) {
        Ok(())
    } else {
        Err(StoreError::Forbidden)
    }
}
