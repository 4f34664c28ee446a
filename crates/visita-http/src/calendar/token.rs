//! Tokens of calendar feeds: the hospital, and 256 bits that only the link knows.
//!
//! The hospital is no secret. It stands in front so that the look-up is that of one tenant,
//! as every other is.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;
use visita_domain::HospitalId;

use crate::error::ApiError;
use crate::key_file::random_bytes;

const HOSPITAL_BYTES: usize = 16;
const SECRET_BYTES: usize = 32;

/// A fresh token. It is shown once, and known by its hash afterwards.
///
/// # Errors
/// `internal` when the operating system gives no random bytes.
pub(crate) fn draw(hospital_id: HospitalId) -> Result<String, ApiError> {
    let secret: [u8; SECRET_BYTES] =
        random_bytes().map_err(|cause| ApiError::internal("random bytes", &cause))?;
    let bytes = [hospital_id.0.as_bytes().as_slice(), &secret].concat();
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// Whose token this is, if it has the form of one.
pub(crate) fn hospital_of(token: &str) -> Option<HospitalId> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let (hospital, secret) = bytes.split_at_checked(HOSPITAL_BYTES)?;
    (secret.len() == SECRET_BYTES).then_some(())?;
    Uuid::from_slice(hospital).ok().map(HospitalId)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r54_a_token_has_256_random_bits_besides_the_hospital() {
        let hospital = HospitalId(Uuid::from_u128(7));
        let (one, other) = (draw(hospital).unwrap(), draw(hospital).unwrap());
        assert_ne!(one, other);
        assert_eq!(hospital_of(&one), Some(hospital));
        assert_eq!(URL_SAFE_NO_PAD.decode(&one).unwrap().len() - 16, 32);
        for bad in ["", "x", "é", &one[1..], &format!("{one}AA"), &one[..22]] {
            assert_eq!(hospital_of(bad), None, "{bad}");
        }
    }
}
