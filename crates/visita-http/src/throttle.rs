//! How often credentials may be tried (SECURITY §2.9, R27).
//!
//! Guesses count for the network that they come from, since one attacker has many
//! addresses of one network, and for the account that they are about, since one attacker
//! has many networks. A device on which the owner has signed in before counts for itself,
//! so guesses of others never lock the owner out. Failures in a row make everybody else
//! wait longer and longer ([`crate::failures`]); a request never sleeps, it is refused.
//!
//! The cell rate algorithm (GCRA) needs no window to reset: a burst, then a steady drip.

use std::future::{Ready, ready};
use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};

use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use ipnet::IpNet;
use sha2::{Digest, Sha256};
use uuid::Uuid;
use visita_domain::people::Email;
use visita_domain::{Ts, UserId};
use visita_wire::ErrorCode;

use crate::client_addr::client_addr;
use crate::devices::KnownDevice;
use crate::error::ApiError;
use crate::extract::state_of;
use crate::failures::{AccountKey, Failures};
use crate::state::{Limits, State};

/// Bits of an IPv4 address that name its neighbourhood.
const PREFIX_V4: u8 = 24;
/// Bits of an IPv6 address that name its neighbourhood: what one customer is given.
const PREFIX_V6: u8 = 64;
/// After so many tries, those who have been quiet are forgotten.
const TIDY_EVERY: u32 = 1024;

/// Tries of one kind of source. None when nothing is counted.
struct Bucket<K: Hash + Eq + Clone> {
    limiter: Option<DefaultKeyedRateLimiter<K>>,
    tries: AtomicU32,
}

impl<K: Hash + Eq + Clone> Bucket<K> {
    /// So many at once, and so many a minute after.
    fn new(per_minute: Option<NonZeroU32>) -> Self {
        Self::filling(per_minute.map(Quota::per_minute))
    }

    fn filling(quota: Option<Quota>) -> Self {
        Self {
            limiter: quota.map(RateLimiter::keyed),
            tries: AtomicU32::new(0),
        }
    }

    fn take(&self, key: &K) -> Result<(), ApiError> {
        let Some(limiter) = &self.limiter else {
            return Ok(());
        };
        if self.tries.fetch_add(1, Ordering::Relaxed) % TIDY_EVERY == TIDY_EVERY - 1 {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
        limiter.check_key(key).map_err(|_| {
            tracing::warn!("Too many tries of credentials");
            ErrorCode::RateLimited.into()
        })
    }
}

/// Counts tries of credentials on this node.
pub(crate) struct Throttle {
    by_network: Bucket<IpNet>,
    by_account: Bucket<AccountKey>,
    by_device: Bucket<Uuid>,
    /// None when nothing is counted.
    failures: Option<Failures>,
    by_mailbox: Bucket<[u8; 32]>,
    by_feed_reader: Bucket<IpNet>,
}

impl Throttle {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            by_network: Bucket::new(limits.credential_tries),
            by_account: Bucket::new(limits.account_tries),
            by_device: Bucket::new(limits.credential_tries),
            failures: limits.account_tries.map(|_| Failures::default()),
            by_mailbox: Bucket::filling(limits.mailbox_mails.map(Quota::per_hour)),
            by_feed_reader: Bucket::new(limits.feed_reads),
        }
    }
}

fn network(address: IpAddr) -> IpNet {
    let bits = match address {
        IpAddr::V4(_) => PREFIX_V4,
        IpAddr::V6(_) => PREFIX_V6,
    };
    IpNet::new(address, bits).map_or_else(|_| address.into(), |net| net.trunc())
}

/// The account of an address, whether or not there is one.
fn key_of_address(email: &str) -> AccountKey {
    Sha256::digest(email.trim().to_lowercase().as_bytes()).into()
}

/// The account of somebody who has shown the password already. Apart from the address's:
/// codes are guessed by others than passwords.
fn key_of_user(user_id: UserId) -> AccountKey {
    Sha256::digest(user_id.0.as_bytes()).into()
}

/// In a signature: the handler looks at credentials. It must say which before it spends
/// anything on them, and afterwards how it ended.
pub(crate) struct CredentialTry {
    throttle: Data<Throttle>,
    from: IpNet,
    device: Option<KnownDevice>,
    now: Ts,
}

impl CredentialTry {
    /// Credentials of nobody in particular: a registration, or a token.
    ///
    /// # Errors
    /// `rate_limited`.
    pub(crate) fn of_anybody(&self) -> Result<(), ApiError> {
        self.throttle.by_network.take(&self.from)
    }

    /// A password for the account of that address. `owner` is unknown where there is none,
    /// which changes nothing that the caller could see.
    ///
    /// # Errors
    /// `rate_limited`.
    pub(crate) fn of_account(&self, email: &str, owner: Option<UserId>) -> Result<(), ApiError> {
        if let Some(device) = self.device_of(owner) {
            return self.throttle.by_device.take(&device.id);
        }
        // A network that is stopped does not use up the account's tries.
        self.throttle.by_network.take(&self.from)?;
        let account = key_of_address(email);
        self.wait_for(&account, false)?;
        self.throttle.by_account.take(&account)
    }

    /// A password was wrong.
    pub(crate) fn password_failed(&self, email: &str, owner: Option<UserId>) {
        if self.device_of(owner).is_none()
            && let Some(failures) = &self.throttle.failures
        {
            failures.failed(key_of_address(email), self.now);
        }
    }

    /// A password was right: the row of failures ends, wherever they came from.
    pub(crate) fn password_succeeded(&self, email: &str) {
        if let Some(failures) = &self.throttle.failures {
            failures.forget(&key_of_address(email));
        }
    }

    /// A code or a password from somebody who has shown the password, or a token, of this
    /// account: nobody else can make its owner wait, so no device is excepted.
    ///
    /// # Errors
    /// `rate_limited`.
    pub(crate) fn of_proof(&self, owner: UserId) -> Result<(), ApiError> {
        let account = key_of_user(owner);
        self.wait_for(&account, self.device_of(Some(owner)).is_some())?;
        self.throttle.by_account.take(&account)
    }

    /// How the proof ended.
    pub(crate) fn proof_was(&self, owner: UserId, right: bool) {
        let Some(failures) = &self.throttle.failures else {
            return;
        };
        let account = key_of_user(owner);
        match right {
            true => failures.forget(&account),
            false => failures.failed(account, self.now),
        }
    }

    /// Whether the refusal of a sign-in is worth an audit event: not each of a flood is.
    pub(crate) fn is_worth_noting(&self, email: &str) -> bool {
        let failures = self.throttle.failures.as_ref();
        failures.is_some_and(|failures| failures.note(key_of_address(email), self.now))
    }

    /// Whether the owner has signed in on this device before.
    pub(crate) fn knows_device_of(&self, owner: UserId) -> bool {
        self.device_of(Some(owner)).is_some()
    }

    fn device_of(&self, owner: Option<UserId>) -> Option<KnownDevice> {
        self.device.filter(|device| Some(device.user_id) == owner)
    }

    fn wait_for(&self, account: &AccountKey, known_device: bool) -> Result<(), ApiError> {
        let Some(failures) = &self.throttle.failures else {
            return Ok(());
        };
        failures
            .check(account, self.now, known_device)
            .map_err(|secs| ApiError::rate_limited(u32::try_from(secs).unwrap_or(u32::MAX)))
    }

    /// A mail that somebody wants sent to that address, whether it has an account or not: no
    /// mailbox is flooded, and no network floods many.
    ///
    /// # Errors
    /// `rate_limited`, `too_many_mails`.
    pub(crate) fn of_mailbox(&self, email: &Email) -> Result<(), ApiError> {
        self.of_anybody()?;
        let mailbox = Sha256::digest(email.as_str().as_bytes());
        let taken = self.throttle.by_mailbox.take(&mailbox.into());
        taken.map_err(|_| ErrorCode::TooManyMails.into())
    }

    /// The token of a calendar feed. It is too long to be guessed; this spares the database.
    ///
    /// # Errors
    /// `rate_limited`.
    pub(crate) fn of_feed(&self) -> Result<(), ApiError> {
        self.throttle.by_feed_reader.take(&self.from)
    }

    /// The credentials were good: the device becomes known as that user's.
    ///
    /// # Errors
    /// `internal` when the operating system gives no random bytes.
    pub(crate) fn succeeded(
        &self,
        state: &State,
        owner: UserId,
        mut answer: HttpResponse,
    ) -> Result<HttpResponse, ApiError> {
        if !self.knows_device_of(owner) {
            let cookie = KnownDevice::cookie(owner, &state.keys)?;
            answer
                .add_cookie(&cookie)
                .map_err(|cause| ApiError::internal("cookie", &cause))?;
        }
        Ok(answer)
    }
}

impl FromRequest for CredentialTry {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(look_at(req))
    }
}

fn look_at(req: &HttpRequest) -> Result<CredentialTry, ApiError> {
    let state = state_of(req)?;
    let throttle = req
        .app_data::<Data<Throttle>>()
        .cloned()
        .ok_or_else(|| ApiError::internal("throttle", &"the application has none"))?;
    Ok(CredentialTry {
        throttle,
        from: network(client_addr(req, &state)),
        device: KnownDevice::presented(req, &state.keys),
        now: state.clock.now(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r27_a_network_counts_as_one() {
        let bucket = Bucket::new(NonZeroU32::new(2));
        let allowed = |from: &str| bucket.take(&network(from.parse().unwrap())).is_ok();
        assert!(allowed("198.51.100.1"));
        assert!(allowed("198.51.100.2"));
        assert!(!allowed("198.51.100.3"), "the same /24");
        assert!(allowed("198.51.101.1"));
        assert!(allowed("2001:db8::1"));
        assert!(allowed("2001:db8::ffff"));
        assert!(!allowed("2001:db8::2"), "the same /64");
        assert!(allowed("2001:db8:0:1::1"));
    }
}
