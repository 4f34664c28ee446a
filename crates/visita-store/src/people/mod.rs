//! Hospitals, users, doctors and patients.

use uuid::Uuid;
use visita_domain::people::{Doctor, Email, Hospital, Patient, Role, Sex, User, UserState};
use visita_domain::{DoctorId, HospitalId, LocalDate, PatientId, SessionId, Ts, UserId};

use crate::{AnyConn, Ctx, PageQuery, Paged, StoreError};

/// A patient who signs up.
#[derive(Clone)]
pub struct NewPatient {
    /// The hospital.
    pub hospital_id: HospitalId,
    /// Name as shown.
    pub name: String,
    /// Address.
    pub email: Email,
    /// PHC string.
    pub password_hash: String,
    /// BCP 47 tag.
    pub language: String,
}

/// Changes to the own account; `None` stays.
#[derive(Clone, Default)]
pub struct MeChanges {
    /// Name as shown.
    pub name: Option<String>,
    /// BCP 47 tag.
    pub language: Option<String>,
}

/// A hospital to create.
#[derive(Debug, Clone)]
pub struct NewHospital {
    /// Display name.
    pub name: String,
    /// Short name, `[a-z0-9-]`.
    pub slug: String,
    /// IANA zone.
    pub time_zone: String,
    /// Phone for patients.
    pub phone: String,
    /// Postal address.
    pub address: String,
}

/// Changes to a hospital; `None` stays.
#[derive(Debug, Clone, Default)]
pub struct HospitalChanges {
    /// Display name.
    pub name: Option<String>,
    /// IANA zone.
    pub time_zone: Option<String>,
    /// Phone for patients.
    pub phone: Option<String>,
    /// Postal address.
    pub address: Option<String>,
    /// Platform admins only.
    pub archived: Option<bool>,
}

/// Which users.
#[derive(Clone, Default)]
pub struct UserFilter {
    /// Of that role.
    pub role: Option<Role>,
    /// Of that hospital.
    pub hospital_id: Option<HospitalId>,
    /// Whose name or address holds that text.
    pub search: Option<String>,
}

/// An account and the name of its hospital.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserWithHospital {
    /// The account.
    pub user: User,
    /// Its hospital's name; none for platform admins.
    pub hospital_name: Option<String>,
}

/// An account to create.
#[derive(Clone)]
pub struct NewUser {
    /// Its hospital; staff may leave it out.
    pub hospital_id: Option<HospitalId>,
    /// What it will be.
    pub role: Role,
    /// Name as shown.
    pub name: String,
    /// Address.
    pub email: Email,
    /// PHC string.
    pub password_hash: String,
    /// BCP 47 tag.
    pub language: String,
    /// Specialty, for doctors.
    pub specialty: Option<String>,
}

/// Changes to an account; `None` stays.
#[derive(Clone, Default)]
pub struct UserChanges {
    /// Name as shown.
    pub name: Option<String>,
    /// Active or disabled.
    pub state: Option<UserState>,
}

/// Which doctors.
#[derive(Clone, Default)]
pub struct DoctorFilter {
    /// Whose name or specialty holds that text.
    pub search: Option<String>,
    /// Of exactly that specialty.
    pub specialty: Option<String>,
}

/// Changes to a doctor; `None` stays.
#[derive(Clone, Default)]
pub struct DoctorChanges {
    /// Name as shown.
    pub name: Option<String>,
    /// Specialty.
    pub specialty: Option<String>,
    /// BCP 47 tags.
    pub languages: Option<Vec<String>>,
    /// Text for patients.
    pub biography: Option<String>,
    /// Licence number.
    pub licence_number: Option<String>,
    /// Length of a visit in minutes.
    pub visit_minutes: Option<u16>,
    /// Minutes kept free between visits.
    pub buffer_minutes: Option<u16>,
}

/// A patient whom staff registers.
#[derive(Clone)]
pub struct NewPatientRecord {
    /// Name as shown.
    pub name: String,
    /// Address.
    pub email: Email,
    /// PHC string.
    pub password_hash: String,
    /// BCP 47 tag.
    pub language: String,
    /// Date of birth.
    pub date_of_birth: Option<LocalDate>,
    /// Administrative sex.
    pub sex: Sex,
    /// Phone.
    pub phone: String,
    /// Number of the hospital's record.
    pub record_number: String,
    /// Whom to call.
    pub emergency_contact: String,
}

/// Changes to a patient; `None` stays. The record number is staff's.
#[derive(Clone, Default)]
pub struct PatientChanges {
    /// Name as shown.
    pub name: Option<String>,
    /// Date of birth.
    pub date_of_birth: Option<LocalDate>,
    /// Administrative sex.
    pub sex: Option<Sex>,
    /// Phone.
    pub phone: Option<String>,
    /// Number of the hospital's record.
    pub record_number: Option<String>,
    /// Whom to call.
    pub emergency_contact: Option<String>,
}

macro_rules! stub { ($($(#[$d:meta])* $n:ident($($a:ident: $t:ty),*) -> $r:ty;)*) => {$(
    $(#[$d])* pub fn $n(conn: &mut AnyConn, $($a: $t),*) -> Result<$r, StoreError> { let _ = (conn, $($a),*); Err(StoreError::Unavailable) }
)*}}

stub! {
    /// Stub.
    register_patient(new: &NewPatient, now: Ts, request_id: Option<Uuid>) -> User;
    /// Stub.
    create_admin(name: &str, email: &Email, password_hash: &str, now: Ts) -> User;
    /// Stub.
    me(ctx: &Ctx) -> (User, Option<Hospital>);
    /// Stub.
    change_me(ctx: &Ctx, changes: &MeChanges) -> (User, Option<Hospital>);
    /// Stub.
    list_hospitals(include_archived: bool, page: &PageQuery) -> Paged<Hospital>;
    /// Stub.
    get_hospital(id: HospitalId) -> Hospital;
    /// Stub.
    create_hospital(ctx: &Ctx, new: &NewHospital) -> Hospital;
    /// Stub.
    change_hospital(ctx: &Ctx, id: HospitalId, changes: &HospitalChanges) -> Hospital;
    /// Stub.
    list_users(ctx: &Ctx, filter: &UserFilter, page: &PageQuery) -> Paged<UserWithHospital>;
    /// Stub.
    get_user(ctx: &Ctx, id: UserId) -> UserWithHospital;
    /// Stub.
    create_user(ctx: &Ctx, new: &NewUser) -> UserWithHospital;
    /// Stub.
    change_user(ctx: &Ctx, id: UserId, changes: &UserChanges) -> (UserWithHospital, Vec<SessionId>);
    /// Stub.
    list_doctors(ctx: &Ctx, filter: &DoctorFilter, page: &PageQuery) -> Paged<Doctor>;
    /// Stub.
    get_doctor(ctx: &Ctx, id: DoctorId) -> Doctor;
    /// Stub.
    change_doctor(ctx: &Ctx, id: DoctorId, changes: &DoctorChanges) -> Doctor;
    /// Stub.
    list_patients(ctx: &Ctx, search: Option<&str>, page: &PageQuery) -> Paged<Patient>;
    /// Stub.
    get_patient(ctx: &Ctx, id: PatientId) -> Patient;
    /// Stub.
    create_patient(ctx: &Ctx, new: &NewPatientRecord) -> Patient;
    /// Stub.
    change_patient(ctx: &Ctx, id: PatientId, changes: &PatientChanges) -> Patient;
}
