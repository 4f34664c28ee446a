//! Paths of the API, built in one place for both sides.

use visita_domain::{
    AppointmentId, ConversationId, DoctorId, DocumentId, ExceptionId, HospitalId, JoinLinkId,
    MailId, PatientId, SessionId, UserId,
};

/// Prefix of every versioned path.
pub const BASE: &str = "/api/v1";
/// The WebSocket.
pub const WS: &str = "/api/v1/ws";

macro_rules! fixed {
    ($($(#[$doc:meta])* $name:ident => $path:literal;)*) => {$(
        $(#[$doc])*
        pub const $name: &str = concat!("/api/v1", $path);
    )*};
}

fixed! {
    /// `GET`, public
    CONFIG => "/config";
    /// `POST`, once
    SETUP => "/setup";
    /// `POST`
    REGISTER => "/auth/register";
    /// `POST`
    ACTIVATE => "/auth/activate";
    /// `POST`
    FORGOT_PASSWORD => "/auth/password/forgot";
    /// `POST`
    RESET_PASSWORD => "/auth/password/reset";
    /// `POST`
    VERIFY_EMAIL => "/auth/email/verify";
    /// `POST`
    LOGIN => "/auth/login";
    /// `POST`, by cookie
    REFRESH => "/auth/refresh";
    /// `POST`, by cookie
    LOGOUT => "/auth/logout";
    /// `POST`: the code after the password
    MFA => "/auth/mfa";
    /// `GET`, `POST`, `DELETE`
    TOTP => "/auth/totp";
    /// `POST`
    TOTP_CONFIRM => "/auth/totp/confirm";
    /// `POST`
    RECOVERY_CODES => "/auth/totp/recovery-codes";
    /// `POST`
    STEP_UP => "/auth/step-up";
    /// `GET`, `DELETE`
    SESSIONS => "/auth/sessions";
    /// `GET`, `PATCH`
    ME => "/me";
    /// `POST`
    MY_PASSWORD => "/me/password";
    /// `POST`
    MY_EMAIL => "/me/email";
    /// `GET`, `POST`, `DELETE`
    CALENDAR_FEED => "/me/calendar-feed";
    /// `GET`
    MAILS => "/mails";
    /// `GET`, in a demo only
    DEMO_MAILS => "/demo/mails";
    /// `GET`, `POST`
    HOSPITALS => "/hospitals";
    /// `POST`
    HOSPITALS_SEARCH => "/hospitals/search";
    /// `GET`, `POST`
    USERS => "/users";
    /// `POST`
    USERS_SEARCH => "/users/search";
    /// `GET`
    DOCTORS => "/doctors";
    /// `POST`
    DOCTORS_SEARCH => "/doctors/search";
    /// `GET`
    DOCTOR_CHOICES => "/doctors/choices";
    /// `POST`
    NEXT_SLOTS => "/doctors/next-slots";
    /// `GET`, `POST`
    PATIENTS => "/patients";
    /// `POST`
    PATIENTS_SEARCH => "/patients/search";
    /// `GET`, `POST`
    APPOINTMENTS => "/appointments";
    /// `POST`
    APPOINTMENT_HOLDS => "/appointments/holds";
    /// `GET`
    LOBBY => "/lobby";
    /// `GET`
    CONVERSATIONS => "/conversations";
    /// `GET`, `POST`
    DOCUMENTS => "/documents";
    /// `POST`, by link or cookie
    JOIN_EXCHANGE => "/join/exchange";
    /// `POST`
    WS_TICKETS => "/ws/tickets";
    /// `GET`
    AUDIT_EVENTS => "/audit-events";
    /// `GET`, CSV
    AUDIT_EXPORT => "/audit-events/export";
    /// `GET`
    ACCESS_REPORT => "/me/access-report";
    /// `GET`
    DASHBOARD => "/dashboard";
}

/// `DELETE`
#[must_use]
pub fn session(id: SessionId) -> String {
    format!("{SESSIONS}/{id}")
}

/// `GET`, `PATCH`
#[must_use]
pub fn hospital(id: HospitalId) -> String {
    format!("{HOSPITALS}/{id}")
}

/// `GET`, `PATCH`
#[must_use]
pub fn user(id: UserId) -> String {
    format!("{USERS}/{id}")
}

/// `POST`
#[must_use]
pub fn invitation(id: UserId) -> String {
    format!("{USERS}/{id}/invitation")
}

/// `POST`
#[must_use]
pub fn resend_mail(id: MailId) -> String {
    format!("{MAILS}/{id}/resend")
}

/// `GET`, `PATCH`
#[must_use]
pub fn doctor(id: DoctorId) -> String {
    format!("{DOCTORS}/{id}")
}

/// `GET`, `PUT`
#[must_use]
pub fn availability(id: DoctorId) -> String {
    format!("{DOCTORS}/{id}/availability")
}

/// `GET`, `POST`
#[must_use]
pub fn exceptions(id: DoctorId) -> String {
    format!("{DOCTORS}/{id}/availability/exceptions")
}

/// `DELETE`
#[must_use]
pub fn exception(id: DoctorId, exception: ExceptionId) -> String {
    format!("{DOCTORS}/{id}/availability/exceptions/{exception}")
}

/// `GET ?from&to`
#[must_use]
pub fn slots(id: DoctorId) -> String {
    format!("{DOCTORS}/{id}/slots")
}

/// `GET`, `PATCH`
#[must_use]
pub fn patient(id: PatientId) -> String {
    format!("{PATIENTS}/{id}")
}

/// `GET`, `PATCH`
#[must_use]
pub fn appointment(id: AppointmentId) -> String {
    format!("{APPOINTMENTS}/{id}")
}

/// `GET`, iCalendar
#[must_use]
pub fn appointment_calendar(id: AppointmentId) -> String {
    format!("{APPOINTMENTS}/{id}/calendar.ics")
}

/// The appointment's page, for links from outside.
#[must_use]
pub fn appointment_page(id: AppointmentId) -> String {
    format!("/appointments/{id}")
}

/// `GET`, iCalendar: the token is all that a calendar program knows.
#[must_use]
pub fn feed(token: &str) -> String {
    format!("/calendar/{token}.ics")
}

/// `POST`; the action is one of `cancel`, `arrive`, `leave`, `admit`, `finish`, `no-show`.
#[must_use]
pub fn appointment_action(id: AppointmentId, action: &str) -> String {
    format!("{APPOINTMENTS}/{id}/{action}")
}

/// `GET`, `POST`
#[must_use]
pub fn join_links(id: AppointmentId) -> String {
    format!("{APPOINTMENTS}/{id}/join-links")
}

/// `DELETE`
#[must_use]
pub fn join_link(id: AppointmentId, link: JoinLinkId) -> String {
    format!("{APPOINTMENTS}/{id}/join-links/{link}")
}

/// `POST`
#[must_use]
pub fn admit_device(id: AppointmentId, link: JoinLinkId) -> String {
    format!("{APPOINTMENTS}/{id}/join-links/{link}/admit")
}

/// The page that a join link leads to; its token stands in the fragment.
#[must_use]
pub fn join_page(token: &str) -> String {
    format!("/j#{token}")
}

/// `GET`
#[must_use]
pub fn appointment_history(id: AppointmentId) -> String {
    format!("{APPOINTMENTS}/{id}/history")
}

/// `GET`
#[must_use]
pub fn call(id: AppointmentId) -> String {
    format!("{APPOINTMENTS}/{id}/call")
}

/// `GET`, `POST`
#[must_use]
pub fn messages(id: ConversationId) -> String {
    format!("{CONVERSATIONS}/{id}/messages")
}

/// `POST`
#[must_use]
pub fn read(id: ConversationId) -> String {
    format!("{CONVERSATIONS}/{id}/read")
}

/// `GET`, `DELETE`
#[must_use]
pub fn document(id: DocumentId) -> String {
    format!("{DOCUMENTS}/{id}")
}

/// `GET`, `PUT`
#[must_use]
pub fn document_content(id: DocumentId) -> String {
    format!("{DOCUMENTS}/{id}/content")
}
