//! Hospitals, users, doctors and patients.

use visita_domain::people::Role;
use visita_domain::{DoctorId, HospitalId, PatientId, UserId};
use visita_wire::people::{
    ChangeDoctor, ChangeHospital, ChangePatient, ChangeUser, CreateHospital, CreatePatient,
    CreateUser, DoctorView, HospitalView, PatientView, UserView,
};
use visita_wire::{Page, routes};

use super::client::{Anon, Authed};
use super::{Outcome, Query};

/// Hospitals that take patients; public, since registration chooses one.
pub async fn list_hospitals(cursor: Option<String>) -> Outcome<Page<HospitalView>> {
    Anon.get(&Query::new().with("cursor", cursor).on(routes::HOSPITALS))
        .await
}

/// All hospitals, the archived ones too.
pub async fn list_all_hospitals(cursor: Option<String>) -> Outcome<Page<HospitalView>> {
    let query = Query::new()
        .with("archived", Some("true".to_owned()))
        .with("cursor", cursor);
    Anon.get(&query.on(routes::HOSPITALS)).await
}

/// One hospital.
pub async fn get_hospital(id: HospitalId) -> Outcome<HospitalView> {
    Anon.get(&routes::hospital(id)).await
}

/// A new hospital.
pub async fn create_hospital(body: &CreateHospital) -> Outcome<HospitalView> {
    Authed.post(routes::HOSPITALS, body).await
}

/// Changes a hospital.
pub async fn change_hospital(id: HospitalId, body: &ChangeHospital) -> Outcome<HospitalView> {
    Authed.patch(&routes::hospital(id), body).await
}

/// Accounts by role and part of the name or address.
pub async fn list_users(
    role: Option<Role>,
    search: String,
    cursor: Option<String>,
) -> Outcome<Page<UserView>> {
    let query = Query::new()
        .with("role", role.map(Role::as_str))
        .with("search", Some(search))
        .with("cursor", cursor);
    Authed.get(&query.on(routes::USERS)).await
}

/// One account.
pub async fn get_user(id: UserId) -> Outcome<UserView> {
    Authed.get(&routes::user(id)).await
}

/// A new account.
pub async fn create_user(body: &CreateUser) -> Outcome<UserView> {
    Authed.post(routes::USERS, body).await
}

/// Renames, disables or enables an account.
pub async fn change_user(id: UserId, body: &ChangeUser) -> Outcome<UserView> {
    Authed.patch(&routes::user(id), body).await
}

/// Doctors by part of the name or specialty.
pub async fn list_doctors(search: String, cursor: Option<String>) -> Outcome<Page<DoctorView>> {
    let query = Query::new()
        .with("search", Some(search))
        .with("cursor", cursor);
    Authed.get(&query.on(routes::DOCTORS)).await
}

/// One doctor.
pub async fn get_doctor(id: DoctorId) -> Outcome<DoctorView> {
    Authed.get(&routes::doctor(id)).await
}

/// Changes a doctor's profile.
pub async fn change_doctor(id: DoctorId, body: &ChangeDoctor) -> Outcome<DoctorView> {
    Authed.patch(&routes::doctor(id), body).await
}

/// Patients by part of the name, address or record number.
pub async fn list_patients(search: String, cursor: Option<String>) -> Outcome<Page<PatientView>> {
    let query = Query::new()
        .with("search", Some(search))
        .with("cursor", cursor);
    Authed.get(&query.on(routes::PATIENTS)).await
}

/// One patient.
pub async fn get_patient(id: PatientId) -> Outcome<PatientView> {
    Authed.get(&routes::patient(id)).await
}

/// A new patient.
pub async fn create_patient(body: &CreatePatient) -> Outcome<PatientView> {
    Authed.post(routes::PATIENTS, body).await
}

/// Changes a patient's record.
pub async fn change_patient(id: PatientId, body: &ChangePatient) -> Outcome<PatientView> {
    Authed.patch(&routes::patient(id), body).await
}
