//! Errors as RFC 9457 problem details: one table from code to status.
//!
//! Nothing here echoes a value of the request. The request id is added by
//! [`crate::middleware`], which sees every answer.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use visita_domain::access::Denied;
use visita_domain::chat::BodyError;
use visita_store::StoreError;
use visita_wire::{ErrorBody, ErrorCode, FieldError, MfaToken};

use crate::convert;

/// Media type of every error body.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// RFC 9470: which proof is missing, and how old it may be.
const STEP_UP_CHALLENGE: &str = concat!(
    "Bearer error=\"insufficient_user_authentication\", ",
    "error_description=\"A more recent proof of identity is needed\", max_age=300",
);

/// Most visits that an error names.
const MOST_STRANDED: usize = 50;
/// Seconds after which a caller may try again when a part is busy or down.
const RETRY_SECS: u32 = 2;
/// When a limit has room again, in seconds: the slowest frees ten places a minute.
const RATE_LIMITED_SECS: u32 = 6;
/// When a mailbox may be written to again, in seconds: six times an hour.
const TOO_MANY_MAILS_SECS: u32 = 10 * 60;

/// What a handler answers when it cannot do what was asked.
#[derive(Clone)]
pub struct ApiError(Box<ErrorBody>);

impl ApiError {
    /// The error of that code, without particulars.
    #[must_use]
    pub fn new(code: ErrorCode) -> Self {
        Self(Box::new(ErrorBody::new(code, status_of(code).as_u16())))
    }

    /// The error of that code with one sentence that holds no value of the request.
    #[must_use]
    pub fn with_detail(code: ErrorCode, detail: &'static str) -> Self {
        let mut error = Self::new(code);
        error.0.detail = Some(detail.to_owned());
        error
    }

    /// Some fields are wrong.
    #[must_use]
    pub fn fields(errors: Vec<FieldError>) -> Self {
        let mut error = Self::new(ErrorCode::ValidationFailed);
        error.0.errors = errors;
        error
    }

    /// One field is wrong.
    #[must_use]
    pub fn field(field: &str, code: &str, detail: &str) -> Self {
        Self::fields(vec![FieldError {
            field: field.to_owned(),
            code: code.to_owned(),
            detail: detail.to_owned(),
        }])
    }

    /// The password is refused; says where and why.
    #[must_use]
    pub fn weak_password(field: &str, detail: &str) -> Self {
        let mut error = Self::new(ErrorCode::WeakPassword);
        error.0.errors = vec![FieldError {
            field: field.to_owned(),
            code: "weak_password".to_owned(),
            detail: detail.to_owned(),
        }];
        error
    }

    /// The present password is missing or wrong; says where.
    #[must_use]
    pub fn wrong_password(field: &str) -> Self {
        let mut error = Self::new(ErrorCode::WrongPassword);
        error.0.errors = vec![FieldError {
            field: field.to_owned(),
            code: "wrong_password".to_owned(),
            detail: "This is not your present password.".to_owned(),
        }];
        error
    }

    /// Too many tries; the next one counts after so many seconds.
    #[must_use]
    pub fn rate_limited(retry_after_secs: u32) -> Self {
        let mut error = Self::new(ErrorCode::RateLimited);
        error.0.retry_after_secs = Some(retry_after_secs);
        error
    }

    /// The password was right, and a code is asked for.
    #[must_use]
    pub fn mfa_required(token: String) -> Self {
        let mut error = Self::new(ErrorCode::MfaRequired);
        error.0.mfa_token = Some(MfaToken(token));
        error
    }

    /// A defect: logged here, and told to the caller without particulars.
    #[must_use]
    pub fn internal(what: &'static str, cause: &dyn fmt::Display) -> Self {
        tracing::error!(what, cause = %cause, "Internal error");
        Self::new(ErrorCode::Internal)
    }

    /// The stable identity.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        self.0.code
    }

    /// The body as it is sent, with the id of its request.
    #[must_use]
    pub fn body(&self, request_id: Option<String>) -> ErrorBody {
        let mut body = (*self.0).clone();
        body.request_id = request_id;
        body
    }
}

impl From<ErrorCode> for ApiError {
    fn from(code: ErrorCode) -> Self {
        Self::new(code)
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.code.as_str())
    }
}

impl fmt::Debug for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for ApiError {}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        status_of(self.0.code)
    }

    fn error_response(&self) -> HttpResponse {
        problem_response(self.status_code(), &self.body(None))
    }
}

/// An error answer with its headers.
pub(crate) fn problem_response(status: StatusCode, body: &ErrorBody) -> HttpResponse {
    let json = serde_json::to_vec(body).unwrap_or_default();
    let mut response = HttpResponse::build(status);
    response.insert_header((CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON)));
    let retry_secs = match body.code {
        ErrorCode::Unavailable => Some(RETRY_SECS),
        ErrorCode::RateLimited => Some(body.retry_after_secs.unwrap_or(RATE_LIMITED_SECS)),
        ErrorCode::TooManyMails => Some(TOO_MANY_MAILS_SECS),
        _ => None,
    };
    if let Some(secs) = retry_secs {
        response.insert_header((RETRY_AFTER, HeaderValue::from(secs)));
    }
    if status == StatusCode::UNAUTHORIZED {
        let challenge = match body.code {
            ErrorCode::StepUpRequired => STEP_UP_CHALLENGE,
            _ => "Bearer",
        };
        response.insert_header((WWW_AUTHENTICATE, HeaderValue::from_static(challenge)));
    }
    response.body(json)
}

/// The status of each code: the only such table.
#[must_use]
pub fn status_of(code: ErrorCode) -> StatusCode {
    use ErrorCode as E;
    match code {
        E::MalformedRequest | E::CodeInvalid | E::JoinLinkInvalid | E::TlsRequired => {
            StatusCode::BAD_REQUEST
        }
        E::ValidationFailed | E::WeakPassword | E::InvalidTime => StatusCode::UNPROCESSABLE_ENTITY,
        E::Unauthenticated
        | E::WrongCredentials
        | E::MfaRequired
        | E::WrongCode
        | E::StepUpRequired => StatusCode::UNAUTHORIZED,
        E::Forbidden
        | E::CrossSite
        | E::SetupTokenInvalid
        | E::MfaEnrolmentRequired
        | E::WrongPassword => StatusCode::FORBIDDEN,
        E::NotFound => StatusCode::NOT_FOUND,
        E::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        E::EmailTaken
        | E::JoinLinkInUse
        | E::NotInvited
        | E::MailNotFailed
        | E::SlugTaken
        | E::SlotTaken
        | E::IllegalTransition
        | E::TooEarly
        | E::TooLate
        | E::HoldExpired
        | E::PatientArchived
        | E::VisitsStranded
        | E::ClientIdReused
        | E::WrongDocumentState => StatusCode::CONFLICT,
        E::IdempotencyKeyReused => StatusCode::UNPROCESSABLE_ENTITY,
        E::VersionMismatch => StatusCode::PRECONDITION_FAILED,
        E::PreconditionRequired => StatusCode::PRECONDITION_REQUIRED,
        E::UnsupportedFile | E::DisguisedFile => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        E::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        E::RateLimited | E::TooManyMails => StatusCode::TOO_MANY_REQUESTS,
        E::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        E::Misdirected => StatusCode::MISDIRECTED_REQUEST,
        E::Internal | E::Unknown => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The code that tells most of an answer that carries a bare status.
pub(crate) fn code_of_status(status: StatusCode) -> ErrorCode {
    match status {
        StatusCode::UNAUTHORIZED => ErrorCode::Unauthenticated,
        StatusCode::FORBIDDEN => ErrorCode::Forbidden,
        StatusCode::NOT_FOUND => ErrorCode::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => ErrorCode::MethodNotAllowed,
        StatusCode::PAYLOAD_TOO_LARGE => ErrorCode::TooLarge,
        StatusCode::SERVICE_UNAVAILABLE => ErrorCode::Unavailable,
        status if status.is_client_error() => ErrorCode::MalformedRequest,
        _ => ErrorCode::Internal,
    }
}

impl From<Denied> for ApiError {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Role => ErrorCode::Forbidden.into(),
            Denied::SecondFactorMissing => ErrorCode::MfaEnrolmentRequired.into(),
            Denied::StaleProof => ErrorCode::StepUpRequired.into(),
            Denied::Invisible => ErrorCode::NotFound.into(),
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        use StoreError as S;
        match error {
            S::NotFound => ErrorCode::NotFound.into(),
            S::Forbidden => ErrorCode::Forbidden.into(),
            S::Conflicts(conflicts) => {
                let mut taken = Self::new(ErrorCode::SlotTaken);
                taken.0.conflicts = conflicts;
                taken
            }
            S::Illegal(_) => ErrorCode::IllegalTransition.into(),
            S::TooEarly => ErrorCode::TooEarly.into(),
            S::TooLate => ErrorCode::TooLate.into(),
            S::PatientArchived => ErrorCode::PatientArchived.into(),
            S::VisitsStranded(visits) => {
                let mut asked = Self::new(ErrorCode::VisitsStranded);
                asked.0.stranded_count = u32::try_from(visits.len()).ok();
                let first = visits.into_iter().take(MOST_STRANDED);
                asked.0.stranded = first.map(convert::stranded).collect();
                asked
            }
            S::HoldExpired => ErrorCode::HoldExpired.into(),
            S::VersionMismatch { current } => {
                let mut stale = Self::new(ErrorCode::VersionMismatch);
                stale.0.current_version = Some(current);
                stale
            }
            S::EmailTaken => ErrorCode::EmailTaken.into(),
            S::CodeInvalid => ErrorCode::CodeInvalid.into(),
            S::NotInvited => ErrorCode::NotInvited.into(),
            S::MailNotFailed => ErrorCode::MailNotFailed.into(),
            S::AlreadySetUp => ErrorCode::SetupTokenInvalid.into(),
            S::SlugTaken => ErrorCode::SlugTaken.into(),
            S::ClientIdReused => ErrorCode::ClientIdReused.into(),
            S::IdempotencyKeyReused => ErrorCode::IdempotencyKeyReused.into(),
            S::WrongDocumentState => ErrorCode::WrongDocumentState.into(),
            S::InvalidTime(what) => Self::with_detail(ErrorCode::InvalidTime, what),
            S::UnknownZone => Self::field("time_zone", "unknown", "There is no such time zone."),
            S::InvalidRules(fault) => {
                let mut invalid = Self::new(ErrorCode::InvalidTime);
                invalid.0.detail = Some(fault.to_string());
                invalid
            }
            S::InvalidBody(BodyError::Empty) => Self::field(
                "body",
                "conflict",
                "A message without a document needs words.",
            ),
            S::InvalidBody(fault) => Self::field("body", "format", &fault.to_string()),
            // Whom or where is needed by some roles only.
            S::InvalidField(name @ ("patient_id" | "hospital_id")) => {
                Self::field(name, "conflict", "This must be named here.")
            }
            S::InvalidField(name @ "guest_name") => {
                let why = "A guest is named here, and the patient is not.";
                Self::field(name, "conflict", why)
            }
            S::InvalidField(name) => {
                Self::field(name, "format", "This value is not possible here.")
            }
            S::Archived => Self::with_detail(ErrorCode::Forbidden, "The hospital is archived."),
            S::BadCursor => Self::field("cursor", "unknown", "This is no cursor of this list."),
            S::Unavailable => ErrorCode::Unavailable.into(),
            S::Database(fault) => Self::internal("database", &fault),
        }
    }
}
