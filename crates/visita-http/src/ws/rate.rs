//! How many frames a client may send.

use std::time::Duration;

use tokio::time::Instant;
use visita_hub::Limits;

/// A bucket that holds `burst` frames and fills with `per_second`.
#[derive(Debug)]
pub(super) struct Bucket {
    /// When the bucket would be full again; ahead of now by what was taken.
    full_at: Instant,
    one: Duration,
    whole: Duration,
}

impl Bucket {
    pub(super) fn new(limits: &Limits, now: Instant) -> Self {
        let one = Duration::from_secs(1) / limits.per_second.max(1);
        Self {
            full_at: now,
            one,
            whole: one * limits.burst,
        }
    }

    /// Takes one; false when the bucket is empty.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        let full_at = self.full_at.max(now) + self.one;
        let fits = full_at <= now + self.whole;
        if fits {
            self.full_at = full_at;
        }
        fits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_at_once_and_the_rate_for_ever() {
        let limits = Limits::default();
        let start = Instant::now();
        let mut bucket = Bucket::new(&limits, start);
        let at_once = (0..limits.burst + 5).filter(|_| bucket.take(start)).count();
        assert_eq!(at_once, 100);
        let second = start + Duration::from_secs(1);
        let later = (0..200).filter(|_| bucket.take(second)).count();
        assert_eq!(later, 50);
        let idle = second + Duration::from_secs(60);
        let rested = (0..200).filter(|_| bucket.take(idle)).count();
        assert_eq!(rested, 100, "rest fills the bucket, no more");
    }
}
