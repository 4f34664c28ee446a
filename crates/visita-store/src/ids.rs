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

/// What no id made at that time or later is below.
pub(crate) fn first_at(at: Ts) -> Uuid {
    let millis = u64::try_from(at.as_micros() / 1000).unwrap_or(0);
    Uuid::from_u128(u128::from(millis) << 80)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_made_before_a_time_are_below_its_first() {
        let at: Ts = "2026-11-23T07:00:00Z".parse().unwrap();
        for made in [at, at.plus_secs(1), at.plus_days(90)] {
            assert!(fresh(made) >= first_at(at));
        }
        assert!(fresh(at.plus_secs(-1)) < first_at(at));
    }
}
