//! Tokens of account codes: what a mailed link carries (SECURITY R34).
//!
//! A token is an HMAC of the code's id, its purpose and a nonce, by a key that the database
//! does not hold. The database has the nonce and a hash of the token: the worker derives the
//! token again when it writes the mail, and whoever reads the database cannot.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use visita_domain::account::CodePurpose;
use visita_domain::{CodeId, Ts};
use visita_store::auth::NewCode;
use visita_store::ids;
use visita_store::mail::LetterCode;

use crate::error::ApiError;
use crate::key_file::random_bytes;
use crate::tokens::TokenKeys;

/// Sets these MACs apart from any other use of the key.
const LABEL: &[u8] = b"visita account code v1";

/// A fresh code. Its token is not kept: the mail's worker derives it.
///
/// # Errors
/// `internal` when the operating system gives no random bytes.
pub(crate) fn draw(keys: &TokenKeys, purpose: CodePurpose, now: Ts) -> Result<NewCode, ApiError> {
    let id = CodeId(ids::fresh(now));
    let nonce: [u8; 32] =
        random_bytes().map_err(|cause| ApiError::internal("random bytes", &cause))?;
    let token = keys
        .mail_keys()
        .next()
        .and_then(|key| derive(key, id, purpose, &nonce))
        .ok_or_else(|| ApiError::internal("account code", &"no key"))?;
    Ok(NewCode {
        id,
        nonce,
        token_hash: hash(&token),
    })
}

/// The token of a stored code, by the key of the ring that made it. None when that key is gone.
pub(crate) fn token_of(keys: &TokenKeys, code: &LetterCode) -> Option<String> {
    keys.mail_keys()
        .filter_map(|key| derive(key, code.id, code.purpose, &code.nonce))
        .find(|token| hash(token).as_slice() == code.token_hash)
}

/// What the database knows a token by. Hashes are looked up, so time tells nothing of them.
pub(crate) fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

fn derive(key: &[u8; 32], id: CodeId, purpose: CodePurpose, nonce: &[u8]) -> Option<String> {
    // HMAC takes keys of any length; the error exists for other constructions.
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(LABEL);
    mac.update(id.0.as_bytes());
    mac.update(nonce);
    // Last, because it alone has no fixed length.
    mac.update(purpose.as_str().as_bytes());
    Some(URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(seeds: &[u8]) -> TokenKeys {
        let seeds: Vec<_> = seeds.iter().map(|byte| [*byte; 32]).collect();
        TokenKeys::from_seeds(&seeds).unwrap()
    }

    fn stored(code: &NewCode, purpose: CodePurpose) -> LetterCode {
        LetterCode {
            id: code.id,
            purpose,
            nonce: code.nonce.to_vec(),
            token_hash: code.token_hash.to_vec(),
        }
    }

    #[test]
    fn r34_a_token_has_256_bits_and_follows_from_the_key_alone() {
        let now = Ts::from_micros(0).unwrap();
        let code = draw(&ring(&[1]), CodePurpose::Reset, now).unwrap();
        let kept = stored(&code, CodePurpose::Reset);
        let token = token_of(&ring(&[1]), &kept).unwrap();
        assert_eq!(URL_SAFE_NO_PAD.decode(&token).unwrap().len(), 32);
        assert_eq!(hash(&token), code.token_hash);
        assert_eq!(token_of(&ring(&[2, 1]), &kept), Some(token), "rotated");
        assert_eq!(token_of(&ring(&[2]), &kept), None, "another server");
        let other = stored(&code, CodePurpose::Email);
        assert_eq!(token_of(&ring(&[1]), &other), None, "another purpose");
    }
}
