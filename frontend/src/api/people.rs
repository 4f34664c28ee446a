//! Hospitals, users, doctors and patients. Lists are asked for by bodies: names that somebody
//! types stay out of addresses (SECURITY R59).

use visita_domain::people::{
    DoctorOrder, HospitalOrder, HospitalScope, PatientOrder, Role, UserOrder, UserState,
};
use visita_domain::{DoctorId, HospitalId, PatientId, UserId};
use visita_wire::people::{
    ChangeDoctor, ChangeHospital, ChangePatient, ChangeUser, CreateHospital, CreatePatient,
    CreateUser, DoctorChoices, DoctorView, HospitalView, PatientView, UserView,
};
use visita_wire::search::{SearchDoctors, SearchHospitals, SearchPatients, SearchUsers};
use visita_wire::{Page, routes};

use super::client::{Anon, Authed};
use super::{Outcome, given};

/// Hospitals that take patients; public, since registration chooses one.
pub async fn list_hospitals(cursor: Option<String>) -> Outcome<Page<HospitalView>> {
    list_hospitals_by(&HospitalFilter::default(), cursor).await
}

/// All hospitals, the archived ones too.
pub async fn list_all_hospitals(cursor: Option<String>) -> Outcome<Page<HospitalView>> {
    let all = HospitalFilter {
        scope: HospitalScope::All,
        ..HospitalFilter::default()
    };
    list_hospitals_by(&all, cursor).await
}

/// Which hospitals, and in which order.
#[derive(Clone, Default)]
pub struct HospitalFilter {
    /// Open, archived or both.
    pub scope: HospitalScope,
    /// Part of the name.
    pub search: String,
    /// The order.
    pub order: HospitalOrder,
}

/// Hospitals as they were asked for.
pub async fn list_hospitals_by(
    filter: &HospitalFilter,
    cursor: Option<String>,
) -> Outcome<Page<HospitalView>> {
    let body = SearchHospitals {
        search: filter.search.clone(),
        scope: filter.scope,
        order: filter.order,
        limit: None,
        cursor,
    };
    Anon.post(routes::HOSPITALS_SEARCH, &body).await
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

/// Which accounts, and in which order.
#[derive(Clone, Default)]
pub struct UserFilter {
    /// Of that role.
    pub role: Option<Role>,
    /// In that state.
    pub state: Option<UserState>,
    /// Of that hospital.
    pub hospital_id: Option<HospitalId>,
    /// Part of the name or address.
    pub search: String,
    /// The order.
    pub order: UserOrder,
}

/// Accounts.
pub async fn list_users(filter: &UserFilter, cursor: Option<String>) -> Outcome<Page<UserView>> {
    let body = SearchUsers {
        search: filter.search.clone(),
        role: filter.role,
        state: filter.state,
        hospital_id: filter.hospital_id,
        order: filter.order,
        limit: None,
        cursor,
    };
    Authed.post(routes::USERS_SEARCH, &body).await
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

/// Which doctors, and in which order.
#[derive(Clone, Default)]
pub struct DoctorFilter {
    /// Part of the name or specialty.
    pub search: String,
    /// Exactly that specialty.
    pub specialty: String,
    /// A BCP 47 tag.
    pub language: String,
    /// In that state.
    pub state: Option<UserState>,
    /// The order.
    pub order: DoctorOrder,
}

/// Doctors.
pub async fn list_doctors(
    filter: &DoctorFilter,
    cursor: Option<String>,
) -> Outcome<Page<DoctorView>> {
    let body = SearchDoctors {
        search: filter.search.clone(),
        specialty: given(&filter.specialty),
        language: given(&filter.language),
        state: filter.state,
        order: filter.order,
        limit: None,
        cursor,
    };
    Authed.post(routes::DOCTORS_SEARCH, &body).await
}

/// What doctors can be narrowed to.
pub async fn doctor_choices() -> Outcome<DoctorChoices> {
    Authed.get(routes::DOCTOR_CHOICES).await
}

/// One doctor.
pub async fn get_doctor(id: DoctorId) -> Outcome<DoctorView> {
    Authed.get(&routes::doctor(id)).await
}

/// Changes a doctor's profile.
pub async fn change_doctor(id: DoctorId, body: &ChangeDoctor) -> Outcome<DoctorView> {
    Authed.patch(&routes::doctor(id), body).await
}

/// Which patients, and in which order.
#[derive(Clone, Default)]
pub struct PatientFilter {
    /// Part of the name, address or record number.
    pub search: String,
    /// In that state.
    pub state: Option<UserState>,
    /// The order.
    pub order: PatientOrder,
}

/// Patients.
pub async fn list_patients(
    filter: &PatientFilter,
    cursor: Option<String>,
) -> Outcome<Page<PatientView>> {
    let body = SearchPatients {
        search: filter.search.clone(),
        state: filter.state,
        order: filter.order,
        limit: None,
        cursor,
    };
    Authed.post(routes::PATIENTS_SEARCH, &body).await
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
