//! What others keep for us without knowing it: the database seeds of authenticator apps, and
//! clients the cursors of lists.
//!
//! AES-256-GCM by a key of the ring, bound to the account: neither a dump of the database
//! nor a row moved to another account gives a code (SECURITY R37). A cursor holds the name or date
//! of birth of the last person of a page, and travels in addresses (SECURITY R59).

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use visita_domain::UserId;
use visita_store::auth::SealedSeed;

use crate::error::ApiError;
use crate::tokens::TokenKeys;

/// Bytes of a seed: 160 bits, as RFC 4226 §4 recommends.
pub(crate) const SEED_BYTES: usize = 20;
/// Bytes of the nonce, which stands before the ciphertext.
const NONCE_BYTES: usize = 12;

/// Seals a seed for that account.
///
/// # Errors
/// `internal` when the library refuses.
pub(crate) fn seal(
    keys: &TokenKeys,
    owner: UserId,
    seed: &[u8; SEED_BYTES],
) -> Result<SealedSeed, ApiError> {
    try_seal(keys, owner, seed).ok_or_else(|| ApiError::internal("seal", &"a seed is not sealed"))
}

fn try_seal(keys: &TokenKeys, owner: UserId, seed: &[u8; SEED_BYTES]) -> Option<SealedSeed> {
    let (key_id, key) = keys.sealing_keys().next()?;
    let key = RandomizedNonceKey::new(&AES_256_GCM, key).ok()?;
    let mut sealed = seed.to_vec();
    let nonce = key
        .seal_in_place_append_tag(Aad::from(owner.0.as_bytes()), &mut sealed)
        .ok()?;
    let mut bytes = nonce.as_ref().to_vec();
    bytes.append(&mut sealed);
    Some(SealedSeed {
        bytes,
        key_id: key_id.to_owned(),
    })
}

/// Opens the seed of that account.
///
/// # Errors
/// `internal` when it was changed, is another's, or its key is no longer in the ring.
pub(crate) fn open(
    keys: &TokenKeys,
    owner: UserId,
    sealed: &SealedSeed,
) -> Result<[u8; SEED_BYTES], ApiError> {
    try_open(keys, owner, sealed)
        .ok_or_else(|| ApiError::internal("seal", &"a seed cannot be opened"))
}

fn try_open(keys: &TokenKeys, owner: UserId, sealed: &SealedSeed) -> Option<[u8; SEED_BYTES]> {
    let (_, key) = keys.sealing_keys().find(|(id, _)| *id == sealed.key_id)?;
    let key = RandomizedNonceKey::new(&AES_256_GCM, key).ok()?;
    let (nonce, ciphertext) = sealed.bytes.split_first_chunk::<NONCE_BYTES>()?;
    let mut in_out = ciphertext.to_vec();
    let aad = Aad::from(owner.0.as_bytes());
    let seed = key
        .open_in_place(Nonce::assume_unique_for_key(*nonce), aad, &mut in_out)
        .ok()?;
    <[u8; SEED_BYTES]>::try_from(&*seed).ok()
}

/// What a sealed cursor is for, so that nothing else opens as one.
const CURSOR: &[u8] = b"visita cursor";

/// Seals a cursor. The same place gives another text each time.
///
/// # Errors
/// `internal` when the library refuses.
pub(crate) fn seal_cursor(keys: &TokenKeys, cursor: &str) -> Result<String, ApiError> {
    try_seal_cursor(keys, cursor)
        .ok_or_else(|| ApiError::internal("seal", &"a cursor is not sealed"))
}

fn try_seal_cursor(keys: &TokenKeys, cursor: &str) -> Option<String> {
    let key = RandomizedNonceKey::new(&AES_256_GCM, keys.cursor_keys().next()?).ok()?;
    let mut sealed = cursor.as_bytes().to_vec();
    let nonce = key
        .seal_in_place_append_tag(Aad::from(CURSOR), &mut sealed)
        .ok()?;
    let mut bytes = nonce.as_ref().to_vec();
    bytes.append(&mut sealed);
    Some(URL_SAFE_NO_PAD.encode(bytes))
}

/// Opens a cursor; none when no key of the ring has sealed it.
pub(crate) fn open_cursor(keys: &TokenKeys, sealed: &str) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(sealed).ok()?;
    let (nonce, ciphertext) = bytes.split_first_chunk::<NONCE_BYTES>()?;
    keys.cursor_keys().find_map(|key| {
        let key = RandomizedNonceKey::new(&AES_256_GCM, key).ok()?;
        let mut in_out = ciphertext.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let opened = key.open_in_place(nonce, Aad::from(CURSOR), &mut in_out);
        String::from_utf8(opened.ok()?.to_vec()).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const SEED: [u8; SEED_BYTES] = *b"12345678901234567890";

    #[test]
    fn r37_only_the_right_key_and_account_open_a_seed() {
        let old = TokenKeys::from_seeds(&[[1; 32]]).unwrap();
        let rotated = TokenKeys::from_seeds(&[[2; 32], [1; 32]]).unwrap();
        let foreign = TokenKeys::from_seeds(&[[3; 32]]).unwrap();
        let (ana, bob) = (UserId(Uuid::from_u128(1)), UserId(Uuid::from_u128(2)));
        let sealed = try_seal(&old, ana, &SEED).unwrap();
        assert_eq!(try_open(&old, ana, &sealed), Some(SEED));
        assert_eq!(try_open(&rotated, ana, &sealed), Some(SEED));
        assert_eq!(try_open(&foreign, ana, &sealed), None);
        assert_eq!(try_open(&old, bob, &sealed), None);
        for at in 0..sealed.bytes.len() {
            let mut forged = sealed.clone();
            forged.bytes[at] ^= 1;
            assert_eq!(try_open(&old, ana, &forged), None, "byte {at}");
        }
        let again = try_seal(&old, ana, &SEED).unwrap();
        assert!(
            again.bytes != sealed.bytes,
            "every sealing has its own nonce"
        );
        assert!(!sealed.bytes.windows(4).any(|part| part == &SEED[..4]));
    }

    #[test]
    fn r59_a_cursor_tells_nothing_and_cannot_be_made() {
        let old = TokenKeys::from_seeds(&[[1; 32]]).unwrap();
        let rotated = TokenKeys::from_seeds(&[[2; 32], [1; 32]]).unwrap();
        let foreign = TokenKeys::from_seeds(&[[3; 32]]).unwrap();
        let place = "name:solberg ingrid";
        let sealed = seal_cursor(&old, place).unwrap();
        let bytes = URL_SAFE_NO_PAD.decode(&sealed).unwrap();
        assert!(!bytes.windows(7).any(|part| part == b"solberg"));
        assert_eq!(open_cursor(&old, &sealed).as_deref(), Some(place));
        assert_eq!(open_cursor(&rotated, &sealed).as_deref(), Some(place));
        assert_eq!(open_cursor(&foreign, &sealed), None);
        assert_ne!(seal_cursor(&old, place).unwrap(), sealed);
        for at in 0..bytes.len() {
            let mut forged = bytes.clone();
            forged[at] ^= 1;
            let forged = URL_SAFE_NO_PAD.encode(forged);
            assert_eq!(open_cursor(&old, &forged), None, "byte {at}");
        }
        for nonsense in ["", "x", "é", place] {
            assert_eq!(open_cursor(&old, nonsense), None, "{nonsense}");
        }
    }
}
