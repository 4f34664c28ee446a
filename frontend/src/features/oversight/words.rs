//! What the events of the trail are called.

use visita_domain::audit::AuditAction;

use crate::i18n::t;

/// What was done, in words; the stable text of an action that this page does not know yet.
#[must_use]
pub fn action_words(text: &str) -> String {
    AuditAction::from_text(text).map_or_else(|| text.to_owned(), action_name)
}

/// What was done, in words.
#[must_use]
pub fn action_name(action: AuditAction) -> String {
    use AuditAction as A;
    match action {
        A::LoginSucceeded => t::oversight::did_auth_login_succeeded(),
        A::LoginFailed => t::oversight::did_auth_login_failed(),
        A::LoginThrottled => t::oversight::did_auth_login_throttled(),
        A::SecondFactorFailed => t::oversight::did_auth_second_factor_failed(),
        A::SecondFactorAdded => t::oversight::did_auth_second_factor_added(),
        A::SecondFactorRemoved => t::oversight::did_auth_second_factor_removed(),
        A::RecoveryCodesRenewed => t::oversight::did_auth_recovery_codes_renewed(),
        A::RecoveryCodeUsed => t::oversight::did_auth_recovery_code_used(),
        A::SteppedUp => t::oversight::did_auth_stepped_up(),
        A::LoggedOut => t::oversight::did_auth_logged_out(),
        A::RefreshReused => t::oversight::did_auth_refresh_reused(),
        A::SessionEnded => t::oversight::did_auth_session_ended(),
        A::PasswordChanged => t::oversight::did_auth_password_changed(),
        A::UserRegistered => t::oversight::did_user_registered(),
        A::UserCreated => t::oversight::did_user_created(),
        A::UserChanged => t::oversight::did_user_changed(),
        A::HospitalCreated => t::oversight::did_hospital_created(),
        A::HospitalChanged => t::oversight::did_hospital_changed(),
        A::DoctorChanged => t::oversight::did_doctor_changed(),
        A::PatientRead => t::oversight::did_patient_read(),
        A::PatientsListed => t::oversight::did_patient_listed(),
        A::PatientCreated => t::oversight::did_patient_created(),
        A::PatientChanged => t::oversight::did_patient_changed(),
        A::AvailabilityChanged => t::oversight::did_availability_changed(),
        A::AppointmentRead => t::oversight::did_appointment_read(),
        A::AppointmentsListed => t::oversight::did_appointment_listed(),
        A::AppointmentBooked => t::oversight::did_appointment_booked(),
        A::AppointmentHeld => t::oversight::did_appointment_held(),
        A::AppointmentHoldReleased => t::oversight::did_appointment_hold_released(),
        A::AppointmentRescheduled => t::oversight::did_appointment_rescheduled(),
        A::AppointmentReassigned => t::oversight::did_appointment_reassigned(),
        A::AppointmentCancelled => t::oversight::did_appointment_cancelled(),
        A::AppointmentArrived => t::oversight::did_appointment_arrived(),
        A::AppointmentLeft => t::oversight::did_appointment_left(),
        A::AppointmentAdmitted => t::oversight::did_appointment_admitted(),
        A::AppointmentFinished => t::oversight::did_appointment_finished(),
        A::AppointmentNoShow => t::oversight::did_appointment_no_show(),
        A::CallJoined => t::oversight::did_call_joined(),
        A::ConversationsListed => t::oversight::did_conversation_listed(),
        A::MessagesRead => t::oversight::did_message_read(),
        A::MessageSent => t::oversight::did_message_sent(),
        A::DocumentAnnounced => t::oversight::did_document_announced(),
        A::DocumentStored => t::oversight::did_document_stored(),
        A::DocumentsListed => t::oversight::did_document_listed(),
        A::DocumentRead => t::oversight::did_document_read(),
        A::DocumentDownloaded => t::oversight::did_document_downloaded(),
        A::DocumentDeleted => t::oversight::did_document_deleted(),
        A::DashboardRead => t::oversight::did_dashboard_read(),
        A::LobbyRead => t::oversight::did_lobby_read(),
        A::AccessDenied => t::oversight::did_access_denied(),
        A::AuditRead => t::oversight::did_audit_read(),
        A::AuditExported => t::oversight::did_audit_exported(),
        A::AccessReportRead => t::oversight::did_access_report_read(),
        A::RegistrationAsked => t::oversight::did_user_registration_asked(),
        A::UserInvited => t::oversight::did_user_invited(),
        A::UserActivated => t::oversight::did_user_activated(),
        A::PasswordResetAsked => t::oversight::did_auth_password_reset_asked(),
        A::PasswordReset => t::oversight::did_auth_password_reset(),
        A::EmailChangeAsked => t::oversight::did_auth_email_change_asked(),
        A::EmailChanged => t::oversight::did_auth_email_changed(),
        A::MailResent => t::oversight::did_mail_resent(),
        A::CalendarFeedCreated => t::oversight::did_calendar_feed_created(),
        A::CalendarFeedRevoked => t::oversight::did_calendar_feed_revoked(),
        A::SchemaMigrated => t::oversight::did_system_migrated(),
        A::SettingsChanged => t::oversight::did_system_settings_changed(),
        A::KeysChanged => t::oversight::did_system_keys_changed(),
        A::AuditVerified => t::oversight::did_audit_verified(),
        A::AuditFaultFound => t::oversight::did_audit_fault_found(),
        A::JoinLinksListed => t::oversight::did_join_link_listed(),
        A::JoinLinkCreated => t::oversight::did_join_link_created(),
        A::JoinLinkRevoked => t::oversight::did_join_link_revoked(),
        A::JoinLinkOpened => t::oversight::did_join_link_opened(),
        A::JoinLinkAskedFor => t::oversight::did_join_link_asked_for(),
        A::JoinLinkAdmitted => t::oversight::did_join_link_admitted(),
    }
}
