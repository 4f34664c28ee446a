//! Cookies, and the refresh token that travels in one.

use actix_web::HttpRequest;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::error::ApiError;
use crate::key_file::random_bytes;

/// `__Host-`: browsers take it only when secure, for this very host and for all paths.
/// Loopback addresses count as secure even over plain HTTP.
pub const REFRESH_COOKIE: &str = "__Host-rt";
/// Names the browser that holds a join link.
pub const JOIN_COOKIE: &str = "__Host-join";

/// A fresh refresh token: 256 random bits, of which the database sees the hash only.
pub struct RefreshToken {
    text: String,
    /// SHA-256 of the text.
    pub hash: [u8; 32],
}

impl RefreshToken {
    /// Draws a token.
    ///
    /// # Errors
    /// `internal` when the operating system gives no random bytes.
    pub fn draw() -> Result<Self, ApiError> {
        let bytes: [u8; 32] =
            random_bytes().map_err(|cause| ApiError::internal("random bytes", &cause))?;
        let text = URL_SAFE_NO_PAD.encode(bytes);
        Ok(Self {
            hash: Sha256::digest(text.as_bytes()).into(),
            text,
        })
    }

    /// The cookie that carries it for so many seconds.
    #[must_use]
    pub fn cookie(&self, max_age_secs: i64) -> Cookie<'static> {
        bake(REFRESH_COOKIE, self.text.clone(), max_age_secs)
    }
}

/// The hash of the presented refresh token.
#[must_use]
pub fn presented_hash(req: &HttpRequest) -> Option<[u8; 32]> {
    let cookie = req.cookie(REFRESH_COOKIE)?;
    Some(Sha256::digest(cookie.value().as_bytes()).into())
}

/// Makes the browser forget the cookie.
#[must_use]
pub fn removal() -> Cookie<'static> {
    bake(REFRESH_COOKIE, String::new(), 0)
}

/// The only way a cookie is made here.
pub(crate) fn bake(name: &'static str, value: String, max_age_secs: i64) -> Cookie<'static> {
    Cookie::build(name, value)
        .path("/")
        .secure(true)
        .http_only(true)
        .same_site(SameSite::Strict)
        .max_age(Duration::seconds(max_age_secs))
        .finish()
}
