//! New ids: the one place where the store draws randomness for them.

use uuid::{NoContext, Timestamp, Uuid};
use visita_domain::Ts;

/// A fresh UUID of version 7: ordered by `now`, so that b-trees grow at their end.
#[must_use]
pub fn fresh(now: Ts) -> Uuid {
    let micros = u64::try_from(now.as_micros()).unwrap_or(0);
    let nanos = u32::try_from(micros % 1_000_000 * 1000).unwrap_or(0);
    Uuid::new_v7(Timestamp::from_unix(NoContext, micros / 1_000_000, nanos))
}
