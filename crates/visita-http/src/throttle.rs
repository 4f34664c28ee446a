//! How often one neighbourhood may try passwords (SECURITY §2.9, R27).
//!
//! Counted by network prefix, since one attacker has many addresses of one network. The
//! cell rate algorithm (GCRA) needs no window to reset: a burst, then a steady drip.

use std::future::{Ready, ready};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};

use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use ipnet::IpNet;
use visita_wire::ErrorCode;

use crate::client_addr::client_addr;
use crate::error::ApiError;
use crate::extract::state_of;

/// Bits of an IPv4 address that name its neighbourhood.
const PREFIX_V4: u8 = 24;
/// Bits of an IPv6 address that name its neighbourhood: what one customer is given.
const PREFIX_V6: u8 = 64;
/// After so many tries, neighbourhoods that have been quiet are forgotten.
const TIDY_EVERY: u32 = 1024;

/// Counts tries of credentials on this node.
pub(crate) struct Throttle {
    /// None when nothing is counted: everybody knows a demo's passwords.
    by_prefix: Option<DefaultKeyedRateLimiter<IpNet>>,
    tries: AtomicU32,
}

impl Throttle {
    /// So many tries at once, and so many a minute after.
    pub(crate) fn new(per_minute: Option<NonZeroU32>) -> Self {
        Self {
            by_prefix: per_minute.map(|rate| RateLimiter::keyed(Quota::per_minute(rate))),
            tries: AtomicU32::new(0),
        }
    }

    fn allows(&self, from: IpAddr) -> bool {
        let Some(by_prefix) = &self.by_prefix else {
            return true;
        };
        if self.tries.fetch_add(1, Ordering::Relaxed) % TIDY_EVERY == TIDY_EVERY - 1 {
            by_prefix.retain_recent();
            by_prefix.shrink_to_fit();
        }
        by_prefix.check_key(&prefix(from)).is_ok()
    }
}

fn prefix(address: IpAddr) -> IpNet {
    let bits = match address {
        IpAddr::V4(_) => PREFIX_V4,
        IpAddr::V6(_) => PREFIX_V6,
    };
    IpNet::new(address, bits).map_or_else(|_| address.into(), |net| net.trunc())
}

/// In a signature: the handler looks at credentials, and the caller's neighbourhood has not
/// tried too many of late. Stands first, so that a refused try costs nothing.
#[derive(Debug)]
pub(crate) struct CredentialTry(());

impl FromRequest for CredentialTry {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(check(req).map(Self))
    }
}

fn check(req: &HttpRequest) -> Result<(), ApiError> {
    let state = state_of(req)?;
    let throttle = req
        .app_data::<Data<Throttle>>()
        .ok_or_else(|| ApiError::internal("throttle", &"the application has none"))?;
    if throttle.allows(client_addr(req, &state)) {
        Ok(())
    } else {
        tracing::warn!("Too many tries of credentials from one network");
        Err(ErrorCode::RateLimited.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(throttle: &Throttle, from: &str) -> bool {
        throttle.allows(from.parse().unwrap())
    }

    #[test]
    fn r27_a_network_counts_as_one() {
        let throttle = Throttle::new(NonZeroU32::new(2));
        assert!(allowed(&throttle, "198.51.100.1"));
        assert!(allowed(&throttle, "198.51.100.2"));
        assert!(!allowed(&throttle, "198.51.100.3"), "the same /24");
        assert!(allowed(&throttle, "198.51.101.1"));
        assert!(allowed(&throttle, "2001:db8::1"));
        assert!(allowed(&throttle, "2001:db8::ffff"));
        assert!(!allowed(&throttle, "2001:db8::2"), "the same /64");
        assert!(allowed(&throttle, "2001:db8:0:1::1"));
    }
}
