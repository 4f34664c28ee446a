//! Secrets that the database keeps for us without knowing them: seeds of authenticator apps.
//!
//! AES-256-GCM by a key of the ring, bound to the account: neither a dump of the database
//! nor a row moved to another account gives a code (SECURITY R37).

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
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
}
