//! Limits of sockets, and the count of those that have not said who they are.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Limits and deadlines of sockets. Tests shorten them; the defaults are the design's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Sockets of one user; one more closes the oldest.
    pub sockets_per_user: usize,
    /// Sockets of this node that have not said `hello` yet.
    pub strangers: usize,
    /// The same from one address. A clinic's many browsers may share one.
    pub strangers_per_address: usize,
    /// Within this time `hello` must come (SECURITY R21).
    pub hello: Duration,
    /// Without any frame for this long a socket is given up.
    pub dead: Duration,
    /// Time between the server's pings.
    pub ping: Duration,
    /// Longest wait for a client to take a frame.
    pub send: Duration,
    /// Time between two looks whether the session still stands (SECURITY §2.6).
    pub recheck: Duration,
    /// Frames that a client may send at once.
    pub burst: u32,
    /// Frames per second that a client may send for long.
    pub per_second: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            sockets_per_user: 8,
            strangers: 1024,
            strangers_per_address: 64,
            hello: Duration::from_secs(visita_wire::ws::HELLO_SECS),
            dead: Duration::from_secs(visita_wire::ws::DEAD_SECS),
            ping: Duration::from_secs(visita_wire::ws::PING_SECS),
            send: Duration::from_secs(10),
            recheck: Duration::from_secs(15),
            burst: 100,
            per_second: 50,
        }
    }
}

type Counts = Arc<Mutex<HashMap<IpAddr, usize>>>;

/// Counts sockets before their `hello`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Strangers {
    by_address: Counts,
}

impl Strangers {
    pub(crate) fn admit(&self, from: IpAddr, limits: &Limits) -> Option<Stranger> {
        let mut counts = self
            .by_address
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let all: usize = counts.values().sum();
        let here = counts.get(&from).copied().unwrap_or(0);
        if all >= limits.strangers || here >= limits.strangers_per_address {
            return None;
        }
        counts.insert(from, here + 1);
        Some(Stranger {
            from,
            counts: Arc::clone(&self.by_address),
        })
    }
}

/// A socket that has not said who it is; counted until dropped.
#[derive(Debug)]
pub struct Stranger {
    from: IpAddr,
    counts: Counts,
}

impl Drop for Stranger {
    fn drop(&mut self) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.from) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.from);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    #[test]
    fn strangers_are_bounded_by_address_and_in_all() {
        let limits = Limits {
            strangers: 3,
            strangers_per_address: 2,
            ..Limits::default()
        };
        let strangers = Strangers::default();
        let one = IpAddr::from(Ipv4Addr::new(192, 0, 2, 1));
        let two = IpAddr::from(Ipv4Addr::new(192, 0, 2, 2));
        let first = strangers.admit(one, &limits).expect("room");
        let _second = strangers.admit(one, &limits).expect("room");
        assert!(
            strangers.admit(one, &limits).is_none(),
            "two of one address"
        );
        let _third = strangers.admit(two, &limits).expect("room");
        assert!(strangers.admit(two, &limits).is_none(), "three in all");
        drop(first);
        assert!(strangers.admit(two, &limits).is_some());
    }
}
