//! Devices on which somebody has signed in before (SECURITY §2.9).
//!
//! A browser that holds this cookie tries passwords of its own account in a bucket of its
//! own, so that nobody who guesses can lock the owner out. It signs nobody in.

use actix_web::HttpRequest;
use actix_web::cookie::Cookie;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::Uuid;
use visita_domain::UserId;

use crate::cookies::bake;
use crate::error::ApiError;
use crate::key_file::random_bytes;
use crate::tokens::TokenKeys;

/// Readable by no script, sent to this very host only.
pub(crate) const DEVICE_COOKIE: &str = "__Host-dev";
/// The longest life that browsers grant a cookie, in seconds (400 days, RFC 6265bis §5.5).
const MAX_AGE_SECS: i64 = 400 * 24 * 60 * 60;
/// Sets these MACs apart from any other use of the key.
const PURPOSE: &[u8] = b"visita device v1";

/// A device that its cookie has proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KnownDevice {
    /// Who has signed in on it.
    pub(crate) user_id: UserId,
    /// Drawn when it became known.
    pub(crate) id: Uuid,
}

impl KnownDevice {
    /// The device of the request, when its cookie was made by one of our keys.
    pub(crate) fn presented(req: &HttpRequest, keys: &TokenKeys) -> Option<Self> {
        Self::read(req.cookie(DEVICE_COOKIE)?.value(), keys)
    }

    /// A cookie that makes the device of the answer known as that user's.
    pub(crate) fn cookie(user_id: UserId, keys: &TokenKeys) -> Result<Cookie<'static>, ApiError> {
        let drawn = random_bytes().map_err(|cause| ApiError::internal("random bytes", &cause))?;
        let device = Self {
            user_id,
            id: Uuid::from_bytes(drawn),
        };
        let text = device
            .write(keys)
            .ok_or_else(|| ApiError::internal("device cookie", &"no key"))?;
        Ok(bake(DEVICE_COOKIE, text, MAX_AGE_SECS))
    }

    fn write(self, keys: &TokenKeys) -> Option<String> {
        let tag = self.mac(keys.device_keys().next()?)?.finalize();
        let parts = [
            self.user_id.0.as_bytes().as_slice(),
            self.id.as_bytes(),
            &tag.into_bytes(),
        ];
        Some(URL_SAFE_NO_PAD.encode(parts.concat()))
    }

    fn read(text: &str, keys: &TokenKeys) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (user, rest) = bytes.split_first_chunk::<16>()?;
        let (id, tag) = rest.split_first_chunk::<16>()?;
        let device = Self {
            user_id: UserId(Uuid::from_bytes(*user)),
            id: Uuid::from_bytes(*id),
        };
        let genuine = |key| {
            let mac = device.mac(key);
            mac.is_some_and(|mac| mac.verify_slice(tag).is_ok())
        };
        keys.device_keys().any(genuine).then_some(device)
    }

    fn mac(self, key: &[u8; 32]) -> Option<Hmac<Sha256>> {
        // HMAC takes keys of any length; the error exists for other constructions.
        let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
        mac.update(PURPOSE);
        mac.update(self.user_id.0.as_bytes());
        mac.update(self.id.as_bytes());
        Some(mac)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r27_only_a_cookie_of_our_own_keys_makes_a_device_known() {
        let old = TokenKeys::from_seeds(&[[1; 32]]).unwrap();
        let rotated = TokenKeys::from_seeds(&[[2; 32], [1; 32]]).unwrap();
        let foreign = TokenKeys::from_seeds(&[[3; 32]]).unwrap();
        let device = KnownDevice {
            user_id: UserId(Uuid::from_u128(7)),
            id: Uuid::from_u128(9),
        };
        let text = device.write(&old).unwrap();
        assert_eq!(KnownDevice::read(&text, &old), Some(device));
        assert_eq!(KnownDevice::read(&text, &rotated), Some(device));
        assert_eq!(KnownDevice::read(&text, &foreign), None);
        assert_eq!(KnownDevice::read("", &old), None);
        let bytes = URL_SAFE_NO_PAD.decode(&text).unwrap();
        for at in 0..bytes.len() {
            let mut forged = bytes.clone();
            forged[at] ^= 1;
            let forged = URL_SAFE_NO_PAD.encode(forged);
            assert_eq!(KnownDevice::read(&forged, &old), None, "byte {at}");
        }
    }
}
