//! Every page of the app and its path; links are made from here only.

use visita_domain::people::Role;
use visita_domain::{AppointmentId, ConversationId, DoctorId, HospitalId, PatientId, UserId};

/// A page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// The role's first page.
    Home,
    /// Sign in.
    SignIn,
    /// Sign up as a patient.
    Register,
    /// Ask for a new password.
    Forgot,
    /// Where the links of mails lead.
    Account,
    /// Where join links lead.
    Join,
    /// The outbox of a demo.
    DemoMail,
    /// Mail that went out or failed.
    Mails,
    /// Set an empty clinic up.
    Setup,
    /// Set up the second factor that the account must have.
    SecuritySetup,
    /// Hospitals of the platform.
    Hospitals,
    /// One hospital.
    Hospital(HospitalId),
    /// Add a hospital.
    NewHospital,
    /// Accounts.
    Users,
    /// Accounts of one role.
    UsersOf(Role),
    /// Add an account.
    NewUser,
    /// One account.
    User(UserId),
    /// Doctors.
    Doctors,
    /// One doctor.
    Doctor(DoctorId),
    /// A doctor's working hours.
    DoctorAvailability(DoctorId),
    /// Patients.
    Patients,
    /// Register a patient.
    NewPatient,
    /// One patient.
    Patient(PatientId),
    /// Book a visit.
    Book,
    /// Book a visit with this doctor.
    BookWith(DoctorId),
    /// Book a visit for this patient.
    BookFor(PatientId),
    /// Visits.
    Appointments,
    /// One visit's particulars.
    Appointment(AppointmentId),
    /// The week, or reception's day.
    Calendar,
    /// The own working hours.
    Availability,
    /// The waiting room and the call.
    Visit(AppointmentId),
    /// The audit trail.
    Audit,
    /// What one account did.
    AuditBy(UserId),
    /// What one account did, in the trail of its hospital.
    AuditByAt(UserId, HospitalId),
    /// Who touched one patient's record.
    AuditOf(PatientId),
    /// Who opened the own record.
    AccessReport,
    /// Conversations.
    Messages,
    /// One conversation.
    Conversation(ConversationId),
    /// Documents.
    Documents,
    /// Documents of one patient.
    DocumentsOf(PatientId),
    /// The own account.
    Profile,
    /// Every widget on one page, for those who build the app.
    DevUi,
}

impl Route {
    /// The path, with its query.
    #[must_use]
    pub fn path(self) -> String {
        match self {
            Self::Home => "/".to_owned(),
            Self::SignIn => "/sign-in".to_owned(),
            Self::Register => "/register".to_owned(),
            Self::Forgot => "/forgot".to_owned(),
            Self::Account => "/account".to_owned(),
            Self::Join => "/j".to_owned(),
            Self::DemoMail => "/demo/mail".to_owned(),
            Self::Mails => "/mails".to_owned(),
            Self::Setup => "/setup".to_owned(),
            Self::SecuritySetup => "/security/setup".to_owned(),
            Self::Hospitals => "/hospitals".to_owned(),
            Self::Hospital(id) => format!("/hospitals/{id}"),
            Self::NewHospital => "/hospitals/new".to_owned(),
            Self::Users => "/users".to_owned(),
            Self::UsersOf(role) => format!("/users?role={}", role.as_str()),
            Self::NewUser => "/users/new".to_owned(),
            Self::User(id) => format!("/users/{id}"),
            Self::Doctors => "/doctors".to_owned(),
            Self::Doctor(id) => format!("/doctors/{id}"),
            Self::DoctorAvailability(id) => format!("/doctors/{id}/availability"),
            Self::Patients => "/patients".to_owned(),
            Self::NewPatient => "/patients/new".to_owned(),
            Self::Patient(id) => format!("/patients/{id}"),
            Self::Book => "/book".to_owned(),
            Self::BookWith(id) => format!("/book?doctor={id}"),
            Self::BookFor(id) => format!("/book?patient={id}"),
            Self::Appointments => "/appointments".to_owned(),
            Self::Appointment(id) => visita_wire::routes::appointment_page(id),
            Self::Calendar => "/calendar".to_owned(),
            Self::Availability => "/availability".to_owned(),
            Self::Visit(id) => format!("/visit/{id}"),
            Self::Audit => "/audit".to_owned(),
            Self::AuditBy(id) => format!("/audit?actor={id}"),
            Self::AuditByAt(id, hospital) => format!("/audit?actor={id}&hospital={hospital}"),
            Self::AuditOf(id) => format!("/audit?patient={id}"),
            Self::AccessReport => "/access-report".to_owned(),
            Self::Messages => "/messages".to_owned(),
            Self::Conversation(id) => format!("/messages/{id}"),
            Self::Documents => "/documents".to_owned(),
            Self::DocumentsOf(id) => format!("/documents?patient={id}"),
            Self::Profile => "/profile".to_owned(),
            Self::DevUi => "/dev/ui".to_owned(),
        }
    }
}

/// The id in the path (`/doctors/:id`), read anew when the path changes.
/// `None` when the path holds no id, which is then a page that does not exist.
#[must_use]
pub fn id_param<T>() -> leptos::prelude::Memo<Option<T>>
where
    T: std::str::FromStr + PartialEq + Send + Sync + 'static,
{
    use leptos::prelude::With;
    let params = leptos_router::hooks::use_params_map();
    leptos::prelude::Memo::new(move |_| {
        params.with(|params| params.get("id").and_then(|text| text.parse().ok()))
    })
}

/// An id in the query (`?doctor=…`).
#[must_use]
pub fn id_query<T>(name: &'static str) -> leptos::prelude::Memo<Option<T>>
where
    T: std::str::FromStr + PartialEq + Send + Sync + 'static,
{
    use leptos::prelude::With;
    let query = leptos_router::hooks::use_query_map();
    leptos::prelude::Memo::new(move |_| {
        query.with(|query| query.get(name).and_then(|text| text.parse().ok()))
    })
}
