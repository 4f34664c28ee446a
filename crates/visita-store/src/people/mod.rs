//! Hospitals, users, doctors and patients.

mod doctors;
mod entrance;
mod hospitals;
mod patients;
mod setup;
mod users;

use visita_domain::booking::BookingPolicy;
use visita_domain::people::{Email, HospitalScope, Role, Sex, User, UserState};
use visita_domain::{HospitalId, LocalDate};

use crate::auth::NewCode;

pub use doctors::{change_doctor, doctor_choices, get_doctor, list_doctors};
pub use entrance::{
    Activation, activate, ask_email_change, ask_registration, ask_reset, invite_again,
    reset_password, verify_email,
};
pub use hospitals::{change_hospital, create_hospital, get_hospital, list_hospitals};
pub use patients::{change_patient, create_patient, get_patient, list_patients, register_patient};
pub use setup::{NewClinic, has_users, set_up};
pub use users::{change_me, change_user, create_admin, create_user, get_user, list_users, me};

pub(crate) use doctors::{load_bookable, load_visible_doctor};
pub(crate) use entrance::find_by_email;
pub(crate) use hospitals::HospitalRow;
pub(crate) use users::UserRow;

/// How the owner of a new account gets in.
#[derive(Clone)]
pub enum FirstAccess {
    /// By an invitation: its owner chooses the password (SECURITY R35).
    Invitation(NewCode),
    /// By the password of this PHC string: demo clinics and tests.
    Password(String),
}

impl FirstAccess {
    /// Whether the account waits for its owner.
    pub(crate) fn state(&self) -> UserState {
        match self {
            Self::Invitation(_) => UserState::Invited,
            Self::Password(_) => UserState::Active,
        }
    }
}

/// A patient who asks for an account.
#[derive(Clone)]
pub struct NewRegistration {
    /// The hospital.
    pub hospital_id: HospitalId,
    /// Name as shown.
    pub name: String,
    /// Address.
    pub email: Email,
    /// BCP 47 tag.
    pub language: String,
}

/// A patient with an account that is ready at once.
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
    /// What patients may do by themselves.
    pub booking: Option<BookingPolicy>,
}

/// Which hospitals.
#[derive(Clone, Default)]
pub struct HospitalFilter {
    /// Open, archived or both.
    pub scope: HospitalScope,
    /// Whose name or short name holds that text.
    pub search: Option<String>,
}

/// Which users.
#[derive(Clone, Default)]
pub struct UserFilter {
    /// Of that role.
    pub role: Option<Role>,
    /// In that state.
    pub state: Option<UserState>,
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
    /// How its owner gets in.
    pub access: FirstAccess,
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
    /// Who speak that language: a BCP 47 tag, `en` finds `en-GB` too (RFC 4647 §3.3.1).
    pub language: Option<String>,
    /// In that state.
    pub state: Option<UserState>,
}

/// What doctors can be narrowed to, each once, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DoctorChoices {
    /// Specialties.
    pub specialties: Vec<String>,
    /// BCP 47 tags, lower-cased.
    pub languages: Vec<String>,
}

/// Which patients.
#[derive(Clone, Default)]
pub struct PatientFilter {
    /// Whose name, address or record number holds that text.
    pub search: Option<String>,
    /// In that state.
    pub state: Option<UserState>,
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
    /// How its owner gets in.
    pub access: FirstAccess,
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
