//! Passwords: argon2id off the async threads, bounded in memory, and strong enough.
//!
//! Every hash takes 64 MiB, so at most as many run at once as there are cores;
//! a short queue waits and everybody else is told to come back (SECURITY R53).

use std::num::NonZeroUsize;
use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use tokio::sync::Semaphore;
use visita_domain::people::{
    MAX_PASSWORD_CHARS, MIN_PASSWORD_CHARS, MIN_PASSWORD_CHARS_BESIDE_FACTOR,
};
use visita_wire::ErrorCode;

use crate::error::ApiError;

/// Guesses that a password must withstand: where zxcvbn's score 3 begins, without the
/// tolerance of five by which eight random characters would miss it (SECURITY R29).
const MIN_GUESSES: u64 = 100_000_000;

/// How many may wait for a hash before others are refused.
const QUEUE: usize = 32;

/// Cost of one hash.
#[derive(Debug, Clone, Copy)]
pub struct HashCost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
}

impl Default for HashCost {
    /// 64 MiB and two passes (SECURITY R53).
    fn default() -> Self {
        Self {
            memory_kib: 64 * 1024,
            passes: 2,
        }
    }
}

/// Hashes and checks passwords.
#[derive(Clone)]
pub struct Passwords(Arc<Inner>);

struct Inner {
    argon: Argon2<'static>,
    running: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    /// Verified when the account does not exist, so that it takes the same time.
    decoy: String,
}

impl std::fmt::Debug for Passwords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Passwords")
    }
}

impl Passwords {
    /// A hasher of that cost, with as many hashes at once as the machine has cores.
    ///
    /// # Errors
    /// A text when the cost is outside what argon2 allows.
    pub fn new(cost: HashCost) -> Result<Self, String> {
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let params = Params::new(cost.memory_kib, cost.passes, 1, None)
            .map_err(|error| error.to_string())?;
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let decoy = hash_now(&argon, "no account has this password")?;
        Ok(Self(Arc::new(Inner {
            argon,
            running: Arc::new(Semaphore::new(cores)),
            waiting: Arc::new(Semaphore::new(cores + QUEUE)),
            decoy,
        })))
    }

    /// The PHC string of a password. The bytes are hashed as they came.
    ///
    /// # Errors
    /// [`ErrorCode::Unavailable`] when too many wait already.
    pub async fn hash(&self, password: String) -> Result<String, ApiError> {
        self.run(move |inner| hash_now(&inner.argon, &password))
            .await?
            .map_err(|cause| ApiError::internal("password hash", &cause))
    }

    /// Whether the password belongs to the hash; without a hash it never does, in the same time.
    ///
    /// # Errors
    /// [`ErrorCode::Unavailable`] when too many wait already.
    pub async fn verify(&self, password: String, hash: Option<String>) -> Result<bool, ApiError> {
        self.run(move |inner| {
            let known = hash.is_some();
            let text = hash.as_deref().unwrap_or(&inner.decoy);
            let matches = PasswordHash::new(text).is_ok_and(|hash| {
                inner
                    .argon
                    .verify_password(password.as_bytes(), &hash)
                    .is_ok()
            });
            matches && known
        })
        .await
    }

    /// True when the hash was made at another cost than today's.
    #[must_use]
    pub fn is_outdated(&self, hash: &str) -> bool {
        let today = self.0.argon.params();
        PasswordHash::new(hash)
            .ok()
            .and_then(|hash| Params::try_from(&hash).ok())
            .is_none_or(|then| (then.m_cost(), then.t_cost()) != (today.m_cost(), today.t_cost()))
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        let inner = Arc::clone(&self.0);
        let place = Arc::clone(&inner.waiting)
            .try_acquire_owned()
            .map_err(|_| ErrorCode::Unavailable)?;
        let turn = Arc::clone(&inner.running)
            .acquire_owned()
            .await
            .map_err(|_| ErrorCode::Unavailable)?;
        tokio::task::spawn_blocking(move || {
            // A caller who hangs up does not stop the hash, so its place goes with the thread.
            let _permits = (place, turn);
            work(&inner)
        })
        .await
        .map_err(|cause| ApiError::internal("password task", &cause))
    }
}

fn hash_now(argon: &Argon2<'_>, password: &str) -> Result<String, String> {
    argon
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|error| error.to_string())
}

/// Whether a password is long enough and hard enough to guess for somebody who knows these
/// words, where it is the only factor (SECURITY R28, R29).
///
/// # Errors
/// [`ErrorCode::WeakPassword`], naming `field`.
pub fn check_strength(field: &str, password: &str, words: &[&str]) -> Result<(), ApiError> {
    check_strength_beside(field, password, false, words)
}

/// [`check_strength`] of an account that has, or must have, a second factor, or not.
///
/// # Errors
/// [`ErrorCode::WeakPassword`], naming `field`.
pub fn check_strength_beside(
    field: &str,
    password: &str,
    second_factor: bool,
    words: &[&str],
) -> Result<(), ApiError> {
    match fault_of(password, second_factor, words) {
        None => Ok(()),
        Some(detail) => Err(ApiError::weak_password(field, detail)),
    }
}

fn fault_of(password: &str, second_factor: bool, words: &[&str]) -> Option<&'static str> {
    let length = password.chars().count();
    if second_factor && length < MIN_PASSWORD_CHARS_BESIDE_FACTOR {
        Some("Use at least 8 characters.")
    } else if !second_factor && length < MIN_PASSWORD_CHARS {
        Some("Use at least 15 characters.")
    } else if length > MAX_PASSWORD_CHARS {
        Some("Use at most 128 characters.")
    } else if is_guessable(password, words) {
        Some("Use words that are harder to guess, and not your own name or address.")
    } else {
        None
    }
}

/// Also without the account's own words it must be hard to guess: the more of them stand
/// in a row, the harder the estimate takes the whole to be.
fn is_guessable(password: &str, words: &[&str]) -> bool {
    let parts = parts_of(words);
    let known: Vec<&str> = parts.iter().map(String::as_str).collect();
    let weak = |text: &str| zxcvbn::zxcvbn(text, &known).guesses() < MIN_GUESSES;
    let mut rest = password.to_lowercase();
    for part in &parts {
        rest = rest.replace(part.as_str(), "");
    }
    weak(password) || (rest.len() < password.to_lowercase().len() && weak(&rest))
}

/// The words whole and in parts, lower case, longest first.
fn parts_of(words: &[&str]) -> Vec<String> {
    /// Shorter parts stand in many good passwords by chance.
    const MIN_CHARS: usize = 3;
    let mut parts: Vec<String> = words
        .iter()
        .map(|word| word.trim().to_lowercase())
        .flat_map(|word| {
            let split = word.split(|c: char| !c.is_alphanumeric());
            let mut all: Vec<String> = split.map(str::to_owned).collect();
            all.push(word);
            all
        })
        .filter(|part| part.chars().count() >= MIN_CHARS)
        .collect();
    parts.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    parts.dedup();
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cheap() -> Passwords {
        Passwords::new(HashCost {
            memory_kib: 64,
            passes: 1,
        })
        .unwrap()
    }

    /// The most common passwords, commonest first: those that zxcvbn embeds, cut at 3000.
    const COMMON: &str = include_str!("../tests/common_passwords.txt");

    fn refused(password: &str, second_factor: bool, words: &[&str]) -> bool {
        check_strength_beside("password", password, second_factor, words).is_err()
    }

    #[test]
    fn r28_the_length_counts_in_code_points() {
        // None of these is easy to guess, so the length decides alone.
        let long: String = ('a'..='z').cycle().step_by(7).take(129).collect();
        for (password, alone, beside) in [
            ("vq7#Lm2", false, false),
            ("vq7#Lm2x", false, true),
            ("vq7#Lm2xTb&4wZ", false, true),
            ("vq7#Lm2xTb&4wZ9", true, true),
            (
                "\u{1f98a}\u{1f335}\u{26f5}\u{1f9c2}\u{1f6f0}\u{1f9ed}\u{1f40c}",
                false,
                false,
            ),
            (
                "\u{1f98a}\u{1f335}\u{26f5}\u{1f9c2}\u{1f6f0}\u{1f9ed}\u{1f40c}\u{1f9f2}",
                false,
                true,
            ),
            ("quiet lamp 7 em", true, true),
            (" vq7#Lm2", false, true),
            ("каштан-ворона!!", true, true),
            (&long[..128], true, true),
            (&long, false, false),
            ("correct horse battery staple", true, true),
            ("visita-demo-password", true, true),
            ("", false, false),
        ] {
            assert_eq!(!refused(password, false, &[]), alone, "{password:?} alone");
            assert_eq!(!refused(password, true, &[]), beside, "{password:?} beside");
        }
    }

    #[test]
    fn r29_the_3000_most_common_passwords_are_refused() {
        let common: Vec<&str> = COMMON.lines().collect();
        assert_eq!(common.len(), 3000);
        for password in common {
            let varied = format!("{password}{password}");
            let capital = password.to_uppercase();
            for password in [password, &varied, &capital] {
                assert!(refused(password, false, &[]), "{password}");
                assert!(refused(password, true, &[]), "{password}");
            }
        }
    }

    #[test]
    fn r29_passwords_made_of_the_own_names_are_refused() {
        let words = [
            "ana.lima@lakeside-clinic.example",
            "Ana Sofia Lima-Benedetti",
            "Lakeside Clinic",
            "lakeside",
        ];
        for password in [
            "ana.lima@lakeside-clinic.example",
            "AnaSofiaLimaBenedetti",
            "ana sofia lima benedetti",
            "Benedetti-Benedetti",
            "lakeside-clinic-2026",
            "LakesideClinic1!",
            "ana-lima-lakeside-clinic",
            "benedettilakeside!",
            "ittedeneb-ana-lima",
            "Lima.Ana.Lakeside.99",
            "aaaaaaaaaaaaaaaaaaaa",
            "passwordpassword",
        ] {
            assert!(refused(password, false, &words), "{password}");
            assert!(refused(password, true, &words), "{password}");
        }
        for password in ["lima umbrella quartz violet", "seven quiet walnut lanterns"] {
            assert!(!refused(password, false, &words), "{password}");
        }
    }

    #[tokio::test]
    async fn r30_a_hash_knows_its_password_and_no_other() {
        let passwords = cheap();
        let mut secret = "x".repeat(99);
        secret.push('a');
        let hash = passwords.hash(secret.clone()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
        assert!(
            passwords
                .verify(secret.clone(), Some(hash.clone()))
                .await
                .unwrap()
        );
        // No truncation: the last of 100 bytes counts.
        secret.replace_range(99.., "b");
        assert!(!passwords.verify(secret, Some(hash.clone())).await.unwrap());
        let decoy = "no account has this password".to_owned();
        assert!(!passwords.verify(decoy, None).await.unwrap());
        assert!(!passwords.is_outdated(&hash));
        assert!(
            Passwords::new(HashCost::default())
                .unwrap()
                .is_outdated(&hash)
        );
    }

    #[tokio::test]
    async fn more_than_the_queue_holds_are_refused_at_once() {
        let passwords = cheap();
        let all = passwords.0.waiting.available_permits();
        let _full = passwords
            .0
            .waiting
            .try_acquire_many(u32::try_from(all).unwrap())
            .unwrap();
        let refused = passwords.hash("x".to_owned()).await.unwrap_err();
        assert_eq!(refused.code(), ErrorCode::Unavailable);
    }
}
