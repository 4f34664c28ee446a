//! Errors: RFC 9457 problem details with a stable code.

use std::fmt;

use serde::{Deserialize, Serialize};
use visita_domain::booking::Conflict;

use crate::availability::StrandedVisit;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident => $text:literal, $title:literal;)*) => {
        /// Stable identity of an error. Clients switch on it, never on texts or status.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum ErrorCode {
            $($(#[$doc])* #[serde(rename = $text)] $name,)*
            /// A code that this client does not know yet.
            #[serde(other, rename = "unknown")]
            Unknown,
        }

        impl ErrorCode {
            /// Every code that a server sends.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The stable text.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* Self::Unknown => "unknown" }
            }

            /// One English line for people.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* Self::Unknown => "Something went wrong" }
            }
        }
    };
}

codes! {
    /// The body is no JSON of the documented shape.
    MalformedRequest => "malformed_request", "The request is malformed";
    /// Fields are wrong; `errors` names them.
    ValidationFailed => "validation_failed", "Some fields are not valid";
    /// No valid access token.
    Unauthenticated => "unauthenticated", "Sign in to continue";
    /// E-mail and password do not match.
    WrongCredentials => "wrong_credentials", "E-mail or password is wrong";
    /// The password is right; `mfa_token` goes to `POST /auth/mfa` with a code.
    MfaRequired => "mfa_required", "Enter the code of your authenticator app";
    /// The present password of somebody signed in is missing or not the right one.
    WrongPassword => "wrong_password", "This is not your present password";
    /// The code is wrong, used or too old, or its `mfa_token` is.
    WrongCode => "wrong_code", "The code is not valid";
    /// The account must have a second factor before it does anything else.
    MfaEnrolmentRequired => "mfa_enrolment_required", "Set up a second factor first";
    /// The last proof of identity is too old for this (RFC 9470).
    StepUpRequired => "step_up_required", "Confirm that it is you";
    /// The set-up token is wrong, used or too old, or the clinic is set up already.
    SetupTokenInvalid => "setup_token_invalid", "This set-up link is not valid";
    /// The token of a mailed link is wrong, used, too old or for something else.
    CodeInvalid => "code_invalid", "This link is not valid any more";
    /// The join link is unknown, revoked or over.
    JoinLinkInvalid => "join_link_invalid", "This link is not valid any more";
    /// Another device was let in by the join link; the clinic can let this one in instead.
    JoinLinkInUse => "join_link_in_use", "This link is in use on another device";
    /// The account has an owner already, or may not have one.
    NotInvited => "not_invited", "This account is not waiting for its owner";
    /// Only a mail that failed is sent again.
    MailNotFailed => "mail_not_failed", "This mail has not failed";
    /// Too many mails were asked for that address; see `Retry-After`.
    TooManyMails => "too_many_mails", "Too many mails for this address, try again later";
    /// The role may not do this.
    Forbidden => "forbidden", "You may not do this";
    /// The request comes from another site, or without proof of its own.
    CrossSite => "cross_site", "The request comes from another site";
    /// No such record, or not yours.
    NotFound => "not_found", "Not found";
    /// The path exists, the method does not.
    MethodNotAllowed => "method_not_allowed", "The method is not allowed here";
    /// Another record has this e-mail address.
    EmailTaken => "email_taken", "This e-mail address is already in use";
    /// Another hospital has this short name.
    SlugTaken => "slug_taken", "This short name is already in use";
    /// The password is too short, too long or too easy to guess.
    WeakPassword => "weak_password", "The password is too easy to guess";
    /// The time cannot be booked; `conflicts` names every reason.
    SlotTaken => "slot_taken", "This time can no longer be booked";
    /// The appointment's state does not allow this.
    IllegalTransition => "illegal_transition", "This is not possible in the appointment's present state";
    /// The patient arrives too long before the visit.
    TooEarly => "too_early", "It is too early to enter the waiting room";
    /// The hospital lets patients change a visit only some time before it.
    TooLate => "too_late", "It is too late to change this visit online";
    /// A change of hours would leave booked visits outside of them; `stranded` names them.
    VisitsStranded => "visits_stranded", "Booked visits would lie outside of these hours";
    /// Nothing new is booked for a patient who is archived.
    PatientArchived => "patient_archived", "This patient is archived";
    /// The minutes of the hold are over; the time may be gone.
    HoldExpired => "hold_expired", "The time was not kept any longer";
    /// The record has changed since it was read.
    VersionMismatch => "version_mismatch", "This was changed by somebody else";
    /// The header `If-Match` is missing.
    PreconditionRequired => "precondition_required", "The header If-Match is required";
    /// The same client id came with another body.
    ClientIdReused => "client_id_reused", "This client id was used for another message";
    /// The same idempotency key came with another body.
    IdempotencyKeyReused => "idempotency_key_reused", "This idempotency key was used for another request";
    /// Only PDF, JPEG and PNG are taken.
    UnsupportedFile => "unsupported_file", "Only PDF, JPEG and PNG files are taken";
    /// Content, name and type disagree.
    DisguisedFile => "disguised_file", "The file is not what its name or type says";
    /// Larger than the limit.
    TooLarge => "too_large", "The file or request is too large";
    /// Content was stored before, or is not yet.
    WrongDocumentState => "wrong_document_state", "The document's content is already stored or still missing";
    /// Time zone, rule or range does not make sense.
    InvalidTime => "invalid_time", "The time or range is not valid";
    /// Too many requests; see `Retry-After`.
    RateLimited => "rate_limited", "Too many requests, try again later";
    /// Busy or a part is down; see `Retry-After`.
    Unavailable => "unavailable", "The service is busy or being repaired, try again";
    /// The host name of the request is not served here.
    Misdirected => "misdirected", "This address is not served here";
    /// The request came without TLS to a clinic that is reached by TLS alone.
    TlsRequired => "tls_required", "This address is served over https only";
    /// A defect; `request_id` finds it in the logs.
    Internal => "internal", "Something went wrong on our side";
}

/// By hand: the derive does not see through the macro and would name the variants.
#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for ErrorCode {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        utoipa::openapi::schema::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .description(Some(
                "Stable identity of an error. Clients switch on it, never on texts or status.",
            ))
            .enum_values(Some(Self::ALL.iter().map(|code| code.as_str())))
            .into()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for ErrorCode {}

/// What is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldError {
    /// Path of the field (`items.0.name`).
    pub field: String,
    /// Stable code. The form is wrong: `required`, `format`, `length`, `range`, `email`,
    /// `unknown_field`, `duplicate`. The form is right and the value is not possible:
    /// `unknown` (names nothing that exists), `conflict` (does not go with other fields),
    /// `weak_password`, `wrong_password`.
    pub code: String,
    /// One English sentence.
    pub detail: String,
}

/// Carries a sign-in from the password to the code. Never shown by `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct MfaToken(pub String);

impl fmt::Debug for MfaToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[token]")
    }
}

/// `application/problem+json` (RFC 9457). Never echoes values of the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErrorBody {
    /// `urn:visita:error:<code>`.
    #[serde(rename = "type")]
    pub kind: String,
    /// One line for people.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// Stable identity.
    pub code: ErrorCode,
    /// More for people, never values of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Finds the request in the logs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Faults by field.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// Every reason why a time cannot be booked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conflicts: Vec<Conflict>,
    /// With `visits_stranded`: the first of them, soonest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stranded: Vec<StrandedVisit>,
    /// With `visits_stranded`: how many they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stranded_count: Option<u32>,
    /// The record's present version, when the caller's is stale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_version: Option<i64>,
    /// With `mfa_required`: what `POST /auth/mfa` takes besides the code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mfa_token: Option<MfaToken>,
    /// With `rate_limited`: seconds after which to try again, as in `Retry-After`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_secs: Option<u32>,
}

impl ErrorBody {
    /// The body of a code, without particulars.
    #[must_use]
    pub fn new(code: ErrorCode, status: u16) -> Self {
        Self {
            kind: format!("urn:visita:error:{}", code.as_str()),
            title: code.title().to_owned(),
            status,
            code,
            detail: None,
            request_id: None,
            errors: Vec::new(),
            conflicts: Vec::new(),
            stranded: Vec::new(),
            stranded_count: None,
            current_version: None,
            mfa_token: None,
            retry_after_secs: None,
        }
    }
}
