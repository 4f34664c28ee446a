//! First start: nobody has an account yet, so whoever reads the console sets the clinic up.
//!
//! The token lives in this process only, as a hash. A restart draws another one, and none
//! counts once somebody has an account: the database decides that, at the moment of use.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use visita_domain::Ts;

use crate::key_file::{KeyError, random_bytes};

/// Seconds for which a set-up token is good (SECURITY R31).
pub const SETUP_TOKEN_SECS: i64 = 15 * 60;

/// Whether the clinic waits for its first administrator. Clones share one answer.
#[derive(Clone, Default)]
pub struct FirstStart(Arc<Mutex<Option<Pending>>>);

/// What is known of the token that was printed.
struct Pending {
    hash: [u8; 32],
    expires_at: Ts,
}

impl FirstStart {
    /// The clinic has accounts: nothing is to be set up.
    #[must_use]
    pub fn over() -> Self {
        Self::default()
    }

    /// An empty clinic, and the token to print: 256 random bits.
    ///
    /// # Errors
    /// [`KeyError::NoRandom`] when the operating system gives no random bytes.
    pub fn begin(now: Ts) -> Result<(Self, String), KeyError> {
        let token = URL_SAFE_NO_PAD.encode(random_bytes::<32>()?);
        let pending = Pending {
            hash: hash(&token),
            expires_at: now.plus_secs(SETUP_TOKEN_SECS),
        };
        Ok((Self(Arc::new(Mutex::new(Some(pending)))), token))
    }

    /// Whether it waits, as far as this process knows: another may have set the clinic up.
    #[must_use]
    pub fn waits(&self) -> bool {
        self.lock().is_some()
    }

    /// Whether this is the token, in time. Hashes are compared, so the time that it
    /// takes tells nothing about the token.
    #[must_use]
    pub fn admits(&self, token: &str, now: Ts) -> bool {
        self.lock()
            .as_ref()
            .is_some_and(|pending| pending.hash == hash(token) && now < pending.expires_at)
    }

    /// Somebody has an account now: the token is spent.
    pub fn end(&self) {
        *self.lock() = None;
    }

    fn lock(&self) -> MutexGuard<'_, Option<Pending>> {
        // Nothing in here can be left half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r31_a_token_counts_for_a_quarter_of_an_hour_and_until_it_is_used() {
        let now = Ts::from_micros(0).unwrap();
        let (first, token) = FirstStart::begin(now).unwrap();
        let (_, other) = FirstStart::begin(now).unwrap();
        assert_ne!(token, other);
        assert!(URL_SAFE_NO_PAD.decode(&token).unwrap().len() >= 16);
        let last = now.plus_secs(SETUP_TOKEN_SECS - 1);
        assert!(first.admits(&token, now) && first.admits(&token, last));
        assert!(!first.admits(&token, now.plus_secs(SETUP_TOKEN_SECS)));
        assert!(!first.admits(&other, now) && !first.admits("", now));
        assert!(first.waits() && !FirstStart::over().waits());
        first.clone().end();
        assert!(!first.admits(&token, now) && !first.waits());
    }
}
