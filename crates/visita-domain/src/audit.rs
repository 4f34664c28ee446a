//! What the audit trail records: who did what to which record, and how it ended. Ids only, no health data.

use serde::{Deserialize, Serialize};

use crate::{AuditEventId, HospitalId, PatientId, Ts, UserId};
use uuid::Uuid;

/// What was done. The stable text stands in SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[expect(
    missing_docs,
    reason = "the names say it; they are the vocabulary of the trail"
)]
pub enum AuditAction {
    LoginSucceeded,
    LoginFailed,
    LoginThrottled,
    SecondFactorFailed,
    SecondFactorAdded,
    SecondFactorRemoved,
    RecoveryCodesRenewed,
    RecoveryCodeUsed,
    SteppedUp,
    LoggedOut,
    RefreshReused,
    SessionEnded,
    PasswordChanged,
    UserRegistered,
    UserCreated,
    UserChanged,
    HospitalCreated,
    HospitalChanged,
    DoctorChanged,
    PatientRead,
    PatientsListed,
    PatientCreated,
    PatientChanged,
    AvailabilityChanged,
    AppointmentRead,
    AppointmentsListed,
    AppointmentBooked,
    AppointmentHeld,
    AppointmentHoldReleased,
    AppointmentRescheduled,
    AppointmentReassigned,
    AppointmentCancelled,
    AppointmentArrived,
    AppointmentLeft,
    AppointmentAdmitted,
    AppointmentFinished,
    AppointmentNoShow,
    CallJoined,
    ConversationsListed,
    MessagesRead,
    MessageSent,
    DocumentAnnounced,
    DocumentStored,
    DocumentsListed,
    DocumentRead,
    DocumentDownloaded,
    DocumentDeleted,
    DashboardRead,
    LobbyRead,
    AccessDenied,
    AuditRead,
    AuditExported,
    AccessReportRead,
    RegistrationAsked,
    UserInvited,
    UserActivated,
    PasswordResetAsked,
    PasswordReset,
    EmailChangeAsked,
    EmailChanged,
    MailResent,
    CalendarFeedCreated,
    CalendarFeedRevoked,
    SchemaMigrated,
    SettingsChanged,
    KeysChanged,
    AuditVerified,
    AuditFaultFound,
    JoinLinksListed,
    JoinLinkCreated,
    JoinLinkRevoked,
    JoinLinkOpened,
    JoinLinkAskedFor,
    JoinLinkAdmitted,
}

impl AuditAction {
    /// Every action.
    pub const ALL: [Self; 74] = [
        Self::LoginSucceeded,
        Self::LoginFailed,
        Self::LoginThrottled,
        Self::SecondFactorFailed,
        Self::SecondFactorAdded,
        Self::SecondFactorRemoved,
        Self::RecoveryCodesRenewed,
        Self::RecoveryCodeUsed,
        Self::SteppedUp,
        Self::LoggedOut,
        Self::RefreshReused,
        Self::SessionEnded,
        Self::PasswordChanged,
        Self::UserRegistered,
        Self::UserCreated,
        Self::UserChanged,
        Self::HospitalCreated,
        Self::HospitalChanged,
        Self::DoctorChanged,
        Self::PatientRead,
        Self::PatientsListed,
        Self::PatientCreated,
        Self::PatientChanged,
        Self::AvailabilityChanged,
        Self::AppointmentRead,
        Self::AppointmentsListed,
        Self::AppointmentBooked,
        Self::AppointmentHeld,
        Self::AppointmentHoldReleased,
        Self::AppointmentRescheduled,
        Self::AppointmentReassigned,
        Self::AppointmentCancelled,
        Self::AppointmentArrived,
        Self::AppointmentLeft,
        Self::AppointmentAdmitted,
        Self::AppointmentFinished,
        Self::AppointmentNoShow,
        Self::CallJoined,
        Self::ConversationsListed,
        Self::MessagesRead,
        Self::MessageSent,
        Self::DocumentAnnounced,
        Self::DocumentStored,
        Self::DocumentsListed,
        Self::DocumentRead,
        Self::DocumentDownloaded,
        Self::DocumentDeleted,
        Self::DashboardRead,
        Self::LobbyRead,
        Self::AccessDenied,
        Self::AuditRead,
        Self::AuditExported,
        Self::AccessReportRead,
        Self::RegistrationAsked,
        Self::UserInvited,
        Self::UserActivated,
        Self::PasswordResetAsked,
        Self::PasswordReset,
        Self::EmailChangeAsked,
        Self::EmailChanged,
        Self::MailResent,
        Self::CalendarFeedCreated,
        Self::CalendarFeedRevoked,
        Self::SchemaMigrated,
        Self::SettingsChanged,
        Self::KeysChanged,
        Self::AuditVerified,
        Self::AuditFaultFound,
        Self::JoinLinksListed,
        Self::JoinLinkCreated,
        Self::JoinLinkRevoked,
        Self::JoinLinkOpened,
        Self::JoinLinkAskedFor,
        Self::JoinLinkAdmitted,
    ];

    /// The stable text: `area.verb`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LoginSucceeded => "auth.login_succeeded",
            Self::LoginFailed => "auth.login_failed",
            Self::LoginThrottled => "auth.login_throttled",
            Self::SecondFactorFailed => "auth.second_factor_failed",
            Self::SecondFactorAdded => "auth.second_factor_added",
            Self::SecondFactorRemoved => "auth.second_factor_removed",
            Self::RecoveryCodesRenewed => "auth.recovery_codes_renewed",
            Self::RecoveryCodeUsed => "auth.recovery_code_used",
            Self::SteppedUp => "auth.stepped_up",
            Self::LoggedOut => "auth.logged_out",
            Self::RefreshReused => "auth.refresh_reused",
            Self::SessionEnded => "auth.session_ended",
            Self::PasswordChanged => "auth.password_changed",
            Self::UserRegistered => "user.registered",
            Self::UserCreated => "user.created",
            Self::UserChanged => "user.changed",
            Self::HospitalCreated => "hospital.created",
            Self::HospitalChanged => "hospital.changed",
            Self::DoctorChanged => "doctor.changed",
            Self::PatientRead => "patient.read",
            Self::PatientsListed => "patient.listed",
            Self::PatientCreated => "patient.created",
            Self::PatientChanged => "patient.changed",
            Self::AvailabilityChanged => "availability.changed",
            Self::AppointmentRead => "appointment.read",
            Self::AppointmentsListed => "appointment.listed",
            Self::AppointmentBooked => "appointment.booked",
            Self::AppointmentHeld => "appointment.held",
            Self::AppointmentHoldReleased => "appointment.hold_released",
            Self::AppointmentRescheduled => "appointment.rescheduled",
            Self::AppointmentReassigned => "appointment.reassigned",
            Self::AppointmentCancelled => "appointment.cancelled",
            Self::AppointmentArrived => "appointment.arrived",
            Self::AppointmentLeft => "appointment.left",
            Self::AppointmentAdmitted => "appointment.admitted",
            Self::AppointmentFinished => "appointment.finished",
            Self::AppointmentNoShow => "appointment.no_show",
            Self::CallJoined => "call.joined",
            Self::ConversationsListed => "conversation.listed",
            Self::MessagesRead => "message.read",
            Self::MessageSent => "message.sent",
            Self::DocumentAnnounced => "document.announced",
            Self::DocumentStored => "document.stored",
            Self::DocumentsListed => "document.listed",
            Self::DocumentRead => "document.read",
            Self::DocumentDownloaded => "document.downloaded",
            Self::DocumentDeleted => "document.deleted",
            Self::DashboardRead => "dashboard.read",
            Self::LobbyRead => "lobby.read",
            Self::AccessDenied => "access.denied",
            Self::AuditRead => "audit.read",
            Self::AuditExported => "audit.exported",
            Self::AccessReportRead => "access_report.read",
            Self::RegistrationAsked => "user.registration_asked",
            Self::UserInvited => "user.invited",
            Self::UserActivated => "user.activated",
            Self::PasswordResetAsked => "auth.password_reset_asked",
            Self::PasswordReset => "auth.password_reset",
            Self::EmailChangeAsked => "auth.email_change_asked",
            Self::EmailChanged => "auth.email_changed",
            Self::MailResent => "mail.resent",
            Self::CalendarFeedCreated => "calendar_feed.created",
            Self::CalendarFeedRevoked => "calendar_feed.revoked",
            Self::SchemaMigrated => "system.migrated",
            Self::SettingsChanged => "system.settings_changed",
            Self::KeysChanged => "system.keys_changed",
            Self::AuditVerified => "audit.verified",
            Self::AuditFaultFound => "audit.fault_found",
            Self::JoinLinksListed => "join_link.listed",
            Self::JoinLinkCreated => "join_link.created",
            Self::JoinLinkRevoked => "join_link.revoked",
            Self::JoinLinkOpened => "join_link.opened",
            Self::JoinLinkAskedFor => "join_link.asked_for",
            Self::JoinLinkAdmitted => "join_link.admitted",
        }
    }

    /// Whether it is about accounts and settings alone, and never about anybody's health:
    /// what platform administrators may see of a hospital (SECURITY §3.7).
    #[must_use]
    pub fn is_configuration(self) -> bool {
        let (area, _) = self.as_str().split_once('.').unwrap_or_default();
        matches!(
            area,
            "auth"
                | "user"
                | "hospital"
                | "doctor"
                | "availability"
                | "audit"
                | "mail"
                | "calendar_feed"
        )
    }

    /// The action of that text.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == text)
    }
}

/// One row of the trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEvent {
    /// Its id, ordered by time.
    pub id: AuditEventId,
    /// The hospital it concerns; none for the platform.
    pub hospital_id: Option<HospitalId>,
    /// When.
    pub at: Ts,
    /// Who; none when nobody was signed in.
    pub actor_id: Option<UserId>,
    /// What.
    pub action: AuditAction,
    /// Which record.
    pub subject_id: Option<Uuid>,
    /// Whose health data it touched.
    pub patient_id: Option<PatientId>,
    /// The request, as in logs and error bodies.
    pub request_id: Option<Uuid>,
}
