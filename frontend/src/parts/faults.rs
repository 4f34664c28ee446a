//! Words for what went wrong.

use leptos::prelude::*;
use visita_wire::{ErrorCode, FieldError};

use crate::api::ApiFail;
use crate::i18n::t;

/// One sentence for people.
#[must_use]
pub fn fail_text(fail: &ApiFail) -> String {
    if fail.offline {
        return t::errors::offline();
    }
    if let (ErrorCode::RateLimited, Some(secs)) = (fail.code, fail.retry_after_secs) {
        return wait_text(i64::from(secs));
    }
    let text = code_text(fail.code);
    match (&fail.request_id, fail.code) {
        (Some(id), ErrorCode::Internal) => t::errors::with_reference(text, id),
        _ => text,
    }
}

/// How long to wait, in the unit that people would say.
fn wait_text(secs: i64) -> String {
    match secs {
        ..=90 => t::errors::wait_secs(secs),
        _ => t::errors::wait_minutes((secs + 59) / 60),
    }
}

fn code_text(code: ErrorCode) -> String {
    match code {
        ErrorCode::MalformedRequest
        | ErrorCode::MethodNotAllowed
        | ErrorCode::PreconditionRequired
        | ErrorCode::ClientIdReused
        | ErrorCode::IdempotencyKeyReused
        | ErrorCode::WrongDocumentState
        | ErrorCode::Misdirected
        | ErrorCode::TlsRequired => t::errors::malformed_request(),
        ErrorCode::ValidationFailed => t::errors::validation_failed(),
        ErrorCode::Unauthenticated => t::errors::unauthenticated(),
        ErrorCode::WrongCredentials => t::errors::wrong_credentials(),
        ErrorCode::MfaRequired | ErrorCode::StepUpRequired => t::errors::step_up_required(),
        ErrorCode::WrongPassword => t::profile::password_wrong(),
        ErrorCode::WrongCode => t::errors::wrong_code(),
        ErrorCode::MfaEnrolmentRequired => t::errors::mfa_enrolment_required(),
        ErrorCode::SetupTokenInvalid => t::errors::setup_token_invalid(),
        ErrorCode::JoinLinkInvalid => t::errors::join_link_invalid(),
        ErrorCode::JoinLinkInUse => t::errors::join_link_in_use(),
        ErrorCode::CodeInvalid => t::errors::code_invalid(),
        ErrorCode::NotInvited => t::errors::not_invited(),
        ErrorCode::MailNotFailed => t::errors::mail_not_failed(),
        ErrorCode::TooManyMails => t::errors::too_many_mails(),
        ErrorCode::Forbidden => t::errors::forbidden(),
        ErrorCode::CrossSite => t::errors::cross_site(),
        ErrorCode::NotFound => t::errors::not_found(),
        ErrorCode::EmailTaken => t::errors::email_taken(),
        ErrorCode::SlugTaken => t::errors::slug_taken(),
        ErrorCode::WeakPassword => t::errors::weak_password(),
        ErrorCode::SlotTaken => t::errors::slot_taken(),
        ErrorCode::IllegalTransition => t::errors::illegal_transition(),
        ErrorCode::TooEarly => t::errors::too_early(),
        ErrorCode::TooLate => t::errors::too_late(),
        ErrorCode::VisitsStranded => t::errors::visits_stranded(),
        ErrorCode::PatientArchived => t::errors::patient_archived(),
        ErrorCode::HoldExpired => t::errors::hold_expired(),
        ErrorCode::VersionMismatch => t::errors::version_mismatch(),
        ErrorCode::UnsupportedFile => t::errors::unsupported_file(),
        ErrorCode::DisguisedFile => t::errors::disguised_file(),
        ErrorCode::TooLarge => t::errors::too_large(),
        ErrorCode::InvalidTime => t::errors::invalid_time(),
        ErrorCode::RateLimited => t::errors::rate_limited(),
        ErrorCode::Unavailable => t::errors::unavailable(),
        ErrorCode::Internal | ErrorCode::Unknown => t::errors::internal(),
    }
}

/// What is wrong with a field of the last answer, for the field's `error`.
#[must_use]
pub fn field_error(fail: Signal<Option<ApiFail>>, name: &'static str) -> Signal<Option<String>> {
    Signal::derive(move || {
        fail.with(|fail| {
            fail.as_ref()
                .and_then(|fail| fail.field(name))
                .map(field_text)
        })
    })
}

/// The fault of fields that must not be empty, in the form in which the server
/// would tell it; `None` when all are filled in.
#[must_use]
pub fn require(fields: &[(&str, &str)]) -> Option<ApiFail> {
    let empty = fields.iter().filter(|(_, value)| value.trim().is_empty());
    let faults: Vec<FieldError> = empty
        .map(|(name, _)| FieldError {
            field: (*name).to_owned(),
            code: "required".to_owned(),
            detail: String::new(),
        })
        .collect();
    (!faults.is_empty()).then(|| ApiFail {
        fields: faults,
        ..ApiFail::of(ErrorCode::ValidationFailed)
    })
}

/// What is wrong with a field.
#[must_use]
pub fn field_text(fault: &FieldError) -> String {
    match fault.code.as_str() {
        "required" => t::errors::field_required(),
        "email" => t::errors::field_email(),
        "length" => t::errors::field_length(),
        "range" => t::errors::field_range(),
        "format" | "unknown" => t::errors::field_format(),
        // The server's own sentence is better than none.
        _ => fault.detail.clone(),
    }
}
