//! What can go wrong with a request.

use gloo_net::http::Response;
use visita_domain::booking::Conflict;
use visita_wire::availability::StrandedVisit;
use visita_wire::{ErrorBody, ErrorCode, FieldError, MfaToken};

/// The result of a request.
pub type Outcome<T> = Result<T, ApiFail>;

/// A request that did not succeed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiFail {
    /// Stable identity; pages switch on it.
    pub code: ErrorCode,
    /// What is wrong with which field of the form.
    pub fields: Vec<FieldError>,
    /// Every reason why a time cannot be booked.
    pub conflicts: Vec<Conflict>,
    /// Booked visits that a change of hours would leave outside of them: the first of them.
    pub stranded: Vec<StrandedVisit>,
    /// How many they are.
    pub stranded_count: u32,
    /// The record's present version, when ours is stale.
    pub current_version: Option<i64>,
    /// The password was right; this goes on with a code.
    pub mfa_token: Option<MfaToken>,
    /// Seconds until another try counts.
    pub retry_after_secs: Option<u32>,
    /// The server could not be reached; nothing is known about the request.
    pub offline: bool,
    /// Finds the request in the server's logs.
    pub request_id: Option<String>,
}

impl ApiFail {
    /// A failure without particulars.
    #[must_use]
    pub fn of(code: ErrorCode) -> Self {
        Self {
            code,
            fields: Vec::new(),
            conflicts: Vec::new(),
            stranded: Vec::new(),
            stranded_count: 0,
            current_version: None,
            mfa_token: None,
            retry_after_secs: None,
            offline: false,
            request_id: None,
        }
    }

    /// The server was not reached.
    #[must_use]
    pub fn offline() -> Self {
        Self {
            offline: true,
            ..Self::of(ErrorCode::Unavailable)
        }
    }

    /// There is no such record: the path holds no id.
    #[must_use]
    pub fn not_found() -> Self {
        Self::of(ErrorCode::NotFound)
    }

    /// The fault of a field, by its path in the request.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&FieldError> {
        self.fields.iter().find(|fault| fault.field == name)
    }

    /// Reads the problem of an answer that is no success.
    pub(super) async fn read(response: &Response) -> Self {
        let status = response.status();
        match response.json::<ErrorBody>().await {
            Ok(body) => Self {
                code: body.code,
                fields: body.errors,
                conflicts: body.conflicts,
                stranded: body.stranded,
                stranded_count: body.stranded_count.unwrap_or_default(),
                current_version: body.current_version,
                mfa_token: body.mfa_token,
                retry_after_secs: body.retry_after_secs,
                offline: false,
                request_id: body.request_id,
            },
            Err(_) => Self::of(code_of_status(status)),
        }
    }
}

/// For answers of something between the server and us, which speaks no problem details.
fn code_of_status(status: u16) -> ErrorCode {
    match status {
        401 => ErrorCode::Unauthenticated,
        403 => ErrorCode::Forbidden,
        404 => ErrorCode::NotFound,
        413 => ErrorCode::TooLarge,
        429 => ErrorCode::RateLimited,
        502..=504 => ErrorCode::Unavailable,
        _ => ErrorCode::Internal,
    }
}
