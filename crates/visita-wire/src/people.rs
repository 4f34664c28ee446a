//! Hospitals, users, doctors and patients.

use serde::{Deserialize, Serialize};
use visita_domain::booking::BookingPolicy;
use visita_domain::people::{Role, Sex, UserState};
use visita_domain::{DoctorId, HospitalId, LocalDate, PatientId, Ts, UserId};

#[cfg(feature = "validate")]
use validator::Validate as _;

use crate::auth::default_language;

/// The public card of a hospital.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HospitalView {
    /// Its id.
    pub id: HospitalId,
    /// Display name.
    pub name: String,
    /// Short name for links.
    pub slug: String,
    /// IANA zone.
    pub time_zone: String,
    /// Phone for patients.
    pub phone: String,
    /// Postal address.
    pub address: String,
    /// Archived hospitals take no new people or bookings.
    pub archived: bool,
    /// What patients may do by themselves.
    pub booking: BookingPolicyView,
}

/// What patients may do by themselves; the hospital's own people are bound by none of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "validate", derive(validator::Validate))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct BookingPolicyView {
    /// Minutes between now and the earliest start that a patient can book.
    #[cfg_attr(feature = "validate", validate(range(max = 43_200)))]
    #[cfg_attr(feature = "openapi", schema(maximum = 43_200))]
    pub lead_minutes: u16,
    /// Days from now until the latest start that a patient can book.
    #[cfg_attr(feature = "validate", validate(range(min = 1, max = 731)))]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 731))]
    pub horizon_days: u16,
    /// Minutes before the start until which a patient can move or cancel.
    #[cfg_attr(feature = "validate", validate(range(max = 43_200)))]
    #[cfg_attr(feature = "openapi", schema(maximum = 43_200))]
    pub notice_minutes: u16,
}

impl From<BookingPolicy> for BookingPolicyView {
    fn from(policy: BookingPolicy) -> Self {
        Self {
            lead_minutes: policy.lead_minutes,
            horizon_days: policy.horizon_days,
            notice_minutes: policy.notice_minutes,
        }
    }
}

impl From<BookingPolicyView> for BookingPolicy {
    fn from(policy: BookingPolicyView) -> Self {
        Self {
            lead_minutes: policy.lead_minutes,
            horizon_days: policy.horizon_days,
            notice_minutes: policy.notice_minutes,
        }
    }
}

/// `POST /hospitals`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "validate", derive(validator::Validate))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateHospital {
    /// Display name.
    #[cfg_attr(feature = "validate", validate(length(min = 1, max = 120)))]
    #[cfg_attr(
        feature = "openapi",
        schema(format = "non-blank", min_length = 1, max_length = 120)
    )]
    pub name: String,
    /// Short name: `[a-z0-9-]`, 2 to 40 characters.
    #[cfg_attr(feature = "validate", validate(length(min = 2, max = 40)))]
    #[cfg_attr(
        feature = "openapi",
        schema(pattern = "^[a-z0-9-]{2,40}$", min_length = 2, max_length = 40)
    )]
    pub slug: String,
    /// IANA zone.
    #[cfg_attr(feature = "validate", validate(length(min = 1, max = 64)))]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 64))]
    pub time_zone: String,
    /// Phone for patients.
    #[serde(default)]
    #[cfg_attr(feature = "validate", validate(length(max = 40)))]
    #[cfg_attr(feature = "openapi", schema(max_length = 40))]
    pub phone: String,
    /// Postal address.
    #[serde(default)]
    #[cfg_attr(feature = "validate", validate(length(max = 400)))]
    #[cfg_attr(feature = "openapi", schema(max_length = 400))]
    pub address: String,
}

/// `PATCH /hospitals/{id}`. Absent fields stay.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "validate", derive(validator::Validate))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangeHospital {
    /// Display name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "validate", validate(length(min = 1, max = 120)))]
    #[cfg_attr(
        feature = "openapi",
        schema(format = "non-blank", min_length = 1, max_length = 120)
    )]
    pub name: Option<String>,
    /// IANA zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "validate", validate(length(min = 1, max = 64)))]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 64))]
    pub time_zone: Option<String>,
    /// Phone for patients.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "validate", validate(length(max = 40)))]
    #[cfg_attr(feature = "openapi", schema(max_length = 40))]
    pub phone: Option<String>,
    /// Postal address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "validate", validate(length(max = 400)))]
    #[cfg_attr(feature = "openapi", schema(max_length = 400))]
    pub address: Option<String>,
    /// Platform admins only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archived: Option<bool>,
    /// What patients may do by themselves; all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "validate", validate(nested))]
    pub booking: Option<BookingPolicyView>,
}

/// An account, as admins and staff see it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UserView {
    /// Its id.
    pub id: UserId,
    /// Its hospital.
    pub hospital_id: Option<HospitalId>,
    /// The hospital's name.
    pub hospital_name: Option<String>,
    /// What it is.
    pub role: Role,
    /// Whether it may sign in.
    pub state: UserState,
    /// Name.
    pub name: String,
    /// Address.
    pub email: String,
    /// When it was created.
    pub created_at: Ts,
}

/// `POST /users`: an account whose owner is invited to choose a password.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "validate", derive(validator::Validate))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateUser {
    /// Required unless the role is `admin`; staff may leave it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hospital_id: Option<HospitalId>,
    /// What it will be; not above the creator's own role.
    pub role: Role,
    /// Name.
    #[cfg_attr(feature = "validate", validate(length(min = 1, max = 120)))]
    #[cfg_attr(
        feature = "openapi",
        schema(format = "non-blank", min_length = 1, max_length = 120)
    )]
    pub name: String,
    /// Address.
    #[cfg_attr(feature = "validate", validate(email, length(max = 254)))]
    #[cfg_attr(feature = "openapi", schema(format = "email", max_length = 254))]
    pub email: String,
    /// BCP 47 tag.
    #[serde(default = "default_language")]
    #[cfg_attr(feature = "validate", validate(length(min = 2, max = 35)))]
    #[cfg_attr(feature = "openapi", schema(min_length = 2, max_length = 35))]
    pub language: String,
    /// Specialty, for doctors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "validate", validate(length(max = 120)))]
    #[cfg_attr(feature = "openapi", schema(max_length = 120))]
    pub specialty: Option<String>,
}

/// `PATCH /users/{id}`. Absent fields stay.
#[derive(Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "validate", derive(validator::Validate))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangeUser {
    /// Name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "validate", validate(length(min = 1, max = 120)))]
    #[cfg_attr(
        feature = "openapi",
        schema(format = "non-blank", min_length = 1, max_length = 120)
    )]
    pub name: Option<String>,
    /// `active` or `disabled`. Disabling ends all sessions at the next request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(inline, value_type = Option<SettableState>))]
    pub state: Option<UserState>,
}

/// The states into which an account can be put, as the document tells them.
#[cfg(feature = "openapi")]
#[derive(utoipa::ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "only its schema is used")]
enum SettableState {
    Active,
    Disabled,
}

/// A doctor.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DoctorView {
    /// Its id.
    pub id: DoctorId,
    /// The hospital.
    pub hospital_id: HospitalId,
    /// Name.
    pub name: String,
    /// Specialty.
    pub specialty: String,
    /// BCP 47 tags of the languages spoken.
    pub languages: Vec<String>,
    /// Text for patients.
    pub biography: String,
    /// Length of a visit in minutes.
    pub visit_minutes: u16,
    /// Minutes kept free between visits.
    pub buffer_minutes: u16,
    /// Whether visits can be booked.
    pub active: bool,
    /// Whether the account may sign in; for staff, admins and the doctor only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<UserState>,
    /// Address; for staff, admins and the doctor only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Licence number; for staff, admins and the doctor only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licence_number: Option<String>,
}

/// What the list of doctors can be narrowed to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DoctorChoices {
    /// Each specialty once, in order.
    pub specialties: Vec<String>,
    /// Each BCP 47 tag once, lower-cased and in order.
    pub languages: Vec<String>,
}

/// `PATCH /doctors/{id}`. Absent fields stay.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "validate", derive(validator::Validate))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangeDoctor {
    /// Name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "validate", validate(length(min = 1, max = 120)))]
    #[cfg_attr(
        feature = "openapi",
        schema(format = "non-blank", min_length = 1, max_length = 120)
    )]
    pub name: Option<String>,
    /// Specialty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "validate", validate(length(min = 1, max = 120)))]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 120))]
    pub specialty: Option<String>,
    /// BCP 47 tags.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "validate",
        validate(length(max = 20), custom(function = "tags"))
    )]
    #[cfg_attr(feature = "openapi", schema(max_items = 20, value_type = Option<Vec<LanguageTag>>))]
    pub languages: Option<Vec<String>>,
    /// Text for patients.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "validate", validate(length(max = 4000)))]
    #[cfg_attr(feature = "openapi", schema(max_length = 4000))]
    pub biography: Option<String>,
    /// Licence number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "validate", validate(length(max = 60)))]
    #[cfg_attr(feature = "openapi", schema(max_length = 60))]
    pub licence_number: Option<String>,
    /// 5 to 240 minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "validate", validate(range(min = 5, max = 240)))]
    #[cfg_attr(feature = "openapi", schema(minimum = 5, maximum = 240))]
    pub visit_minutes: Option<u16>,
    /// 0 to 120 minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "validate", validate(range(max = 120)))]
    #[cfg_attr(feature = "openapi", schema(maximum = 120))]
    pub buffer_minutes: Option<u16>,
}

/// A BCP 47 tag of 2 to 35 characters, as the document tells it.
#[cfg(feature = "openapi")]
#[derive(utoipa::ToSchema)]
#[schema(value_type = String, min_length = 2, max_length = 35)]
#[expect(dead_code, reason = "only its schema is used")]
struct LanguageTag(String);

/// Every tag has 2 to 35 characters.
#[cfg(feature = "validate")]
fn tags(tags: &[String]) -> Result<(), validator::ValidationError> {
    let fits = |tag: &String| (2..=35).contains(&tag.chars().count());
    if tags.iter().all(fits) {
        return Ok(());
    }
    let mut fault = validator::ValidationError::new("length");
    fault.add_param("min".into(), &2);
    fault.add_param("max".into(), &35);
    Err(fault)
}

/// A patient's administrative record.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PatientView {
    /// Its id.
    pub id: PatientId,
    /// The hospital.
    pub hospital_id: HospitalId,
    /// Name.
    pub name: String,
    /// Address.
    pub email: String,
    /// Whether the account may sign in. A disabled one is archived: its visits, messages and
    /// documents stay.
    pub state: UserState,
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

/// `POST /patients`: staff registers a patient, who is invited to choose a password.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "validate", derive(validator::Validate))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreatePatient {
    /// Name.
    #[cfg_attr(feature = "validate", validate(length(min = 1, max = 120)))]
    #[cfg_attr(
        feature = "openapi",
        schema(format = "non-blank", min_length = 1, max_length = 120)
    )]
    pub name: String,
    /// Address.
    #[cfg_attr(feature = "validate", validate(email, length(max = 254)))]
    #[cfg_attr(feature = "openapi", schema(format = "email", max_length = 254))]
    pub email: String,
    /// Date of birth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date_of_birth: Option<LocalDate>,
    /// Administrative sex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sex: Option<Sex>,
    /// Phone.
    #[serde(default)]
    #[cfg_attr(feature = "validate", validate(length(max = 40)))]
    #[cfg_attr(feature = "openapi", schema(max_length = 40))]
    pub phone: String,
    /// Record number.
    #[serde(default)]
    #[cfg_attr(feature = "validate", validate(length(max = 60)))]
    #[cfg_attr(feature = "openapi", schema(max_length = 60))]
    pub record_number: String,
    /// Whom to call.
    #[serde(default)]
    #[cfg_attr(feature = "validate", validate(length(max = 200)))]
    #[cfg_attr(feature = "openapi", schema(max_length = 200))]
    pub emergency_contact: String,
}

/// `PATCH /patients/{id}`. Absent fields stay. The record number is staff's.
#[derive(Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "validate", derive(validator::Validate))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangePatient {
    /// Name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "validate", validate(length(min = 1, max = 120)))]
    #[cfg_attr(
        feature = "openapi",
        schema(format = "non-blank", min_length = 1, max_length = 120)
    )]
    pub name: Option<String>,
    /// Date of birth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date_of_birth: Option<LocalDate>,
    /// Administrative sex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sex: Option<Sex>,
    /// Phone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "validate", validate(length(max = 40)))]
    #[cfg_attr(feature = "openapi", schema(max_length = 40))]
    pub phone: Option<String>,
    /// Record number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "validate", validate(length(max = 60)))]
    #[cfg_attr(feature = "openapi", schema(max_length = 60))]
    pub record_number: Option<String>,
    /// Whom to call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "validate", validate(length(max = 200)))]
    #[cfg_attr(feature = "openapi", schema(max_length = 200))]
    pub emergency_contact: Option<String>,
}

macro_rules! hidden_debug {
    ($($name:ty),* $(,)?) => {$(
        impl std::fmt::Debug for $name {
            /// Names, addresses, passwords and tokens stay out of logs.
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    )*};
}

hidden_debug!(
    UserView,
    CreateUser,
    ChangeUser,
    DoctorView,
    PatientView,
    CreatePatient,
    ChangePatient,
    crate::search::SearchHospitals,
    crate::search::SearchUsers,
    crate::search::SearchDoctors,
    crate::search::SearchPatients,
    crate::auth::Login,
    crate::accounts::Register,
    crate::accounts::Activate,
    crate::accounts::ForgotPassword,
    crate::accounts::ResetPassword,
    crate::accounts::ChangeEmail,
    crate::accounts::VerifyEmail,
    crate::accounts::MailView,
    crate::accounts::DemoMailView,
    crate::auth::TokenGrant,
    crate::auth::Me,
    crate::auth::ChangeMe,
    crate::auth::ChangePassword,
    crate::auth::SessionView,
    crate::appointments::AppointmentView,
    crate::appointments::BookAppointment,
    crate::appointments::LobbyEntry,
    crate::availability::DoctorNextSlot,
    crate::availability::NextSlotsView,
    crate::chat::MessageView,
    crate::chat::SendMessage,
    crate::chat::ConversationView,
    crate::documents::DocumentView,
    crate::documents::AnnounceDocument,
    crate::calls::IceServer,
    crate::calls::SocketTicket,
);
