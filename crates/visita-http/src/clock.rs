//! The one place that reads the time. Everything else takes `now`.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use visita_domain::Ts;

/// A source of the present time.
pub trait TimeSource: Send + Sync {
    /// The present instant.
    fn now(&self) -> Ts;
}

/// The clock of the application: the system's, or a manual one in tests.
#[derive(Clone)]
pub struct Clock(Arc<dyn TimeSource>);

impl Clock {
    /// The operating system's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(Arc::new(SystemClock))
    }

    /// A clock that only moves when it is told to.
    #[must_use]
    pub fn manual(clock: ManualClock) -> Self {
        Self(Arc::new(clock))
    }

    /// The present instant.
    #[must_use]
    pub fn now(&self) -> Ts {
        self.0.now()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

struct SystemClock;

impl TimeSource for SystemClock {
    fn now(&self) -> Ts {
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the place that reads the clock"
        )]
        let since_epoch = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let micros = i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX);
        Ts::from_micros(micros).unwrap_or_else(|_| epoch())
    }
}

/// A clock for tests: shared by its clones, moved by hand.
#[derive(Debug, Clone)]
pub struct ManualClock(Arc<AtomicI64>);

impl ManualClock {
    /// A clock that stands at `at`.
    #[must_use]
    pub fn at(at: Ts) -> Self {
        Self(Arc::new(AtomicI64::new(at.as_micros())))
    }

    /// Moves the clock on (back when negative).
    pub fn advance_secs(&self, seconds: i64) {
        self.0
            .fetch_add(seconds.saturating_mul(1_000_000), Ordering::SeqCst);
    }
}

impl TimeSource for ManualClock {
    fn now(&self) -> Ts {
        Ts::from_micros(self.0.load(Ordering::SeqCst)).unwrap_or_else(|_| epoch())
    }
}

/// 1970: a clock outside the calendar fails closed, because every token has expired by then.
fn epoch() -> Ts {
    #[expect(clippy::expect_used, reason = "zero is inside the calendar")]
    Ts::from_micros(0).expect("epoch")
}
