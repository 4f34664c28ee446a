//! Preconditions: the version a change was made from.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::IF_MATCH;
use actix_web::{FromRequest, HttpRequest};
use visita_wire::ErrorCode;

use crate::error::ApiError;
use crate::extract::single_header;

/// The version in `If-Match`, a strong ETag such as `"3"` (RFC 9110 §13.1.1).
#[derive(Debug, Clone, Copy)]
pub struct IfMatch(pub i64);

impl FromRequest for IfMatch {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        if !req.headers().contains_key(IF_MATCH) {
            return ready(Err(ErrorCode::PreconditionRequired.into()));
        }
        let version = single_header(req, &IF_MATCH).and_then(|value| {
            let version = value.trim().strip_prefix('"')?.strip_suffix('"')?;
            let digits = version.bytes().all(|byte| byte.is_ascii_digit());
            version.parse().ok().filter(|_| digits)
        });
        ready(version.map(Self).ok_or_else(|| {
            ApiError::with_detail(
                ErrorCode::MalformedRequest,
                "If-Match must be the ETag of the record.",
            )
        }))
    }
}
