//! Failures in a row: each makes the next try wait longer, and after a hundred only the
//! owner's own devices may try (SECURITY §2.9, R27).
//!
//! Time is the application's clock. What is remembered is bounded: whoever has been quiet
//! is forgotten first.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use visita_domain::Ts;

/// An account, by hash, so that addresses do not lie about in memory.
pub(crate) type AccountKey = [u8; 32];

/// Longest pause after a failure, in seconds.
const MAX_PAUSE_SECS: i64 = 60;
/// Failures in a row after which only a known device may try (NIST SP 800-63B-4 §3.2.2).
const MAX_FAILURES: u32 = 100;
/// What others than the owner are told to wait then, in seconds.
const CLOSED_SECS: i64 = 60 * 60;
/// Refusals of one account are noted once in so many seconds.
const NOTE_SECS: i64 = 60;
/// Seconds after which an account that is not closed is forgotten.
const FORGET_SECS: i64 = 24 * 60 * 60;
/// Accounts remembered at most: some 10 MB.
const CAPACITY: usize = 100_000;

#[derive(Clone, Copy)]
struct Record {
    count: u32,
    last: Ts,
    noted: Option<Ts>,
}

impl Record {
    /// Seconds until the next try counts: 1, 2, 4 … 60 after each failure.
    fn pause(self, now: Ts) -> i64 {
        let doublings = self.count.saturating_sub(1).min(6);
        let pause = match self.count {
            0 => 0,
            _ => (1_i64 << doublings).min(MAX_PAUSE_SECS),
        };
        (pause - now.secs_since(self.last)).max(0)
    }
}

/// Failures in a row by account.
#[derive(Default)]
pub(crate) struct Failures(Mutex<HashMap<AccountKey, Record>>);

impl Failures {
    /// Whether a try counts now; the error is the seconds to wait.
    pub(crate) fn check(&self, key: &AccountKey, now: Ts, known_device: bool) -> Result<(), i64> {
        let Some(record) = self.lock().get(key).copied() else {
            return Ok(());
        };
        if record.count >= MAX_FAILURES && !known_device {
            return Err(CLOSED_SECS);
        }
        match record.pause(now) {
            0 => Ok(()),
            secs => Err(secs),
        }
    }

    /// Another failure in a row.
    pub(crate) fn failed(&self, key: AccountKey, now: Ts) {
        let mut all = self.lock();
        if all.len() >= CAPACITY && !all.contains_key(&key) {
            make_room(&mut all, now);
        }
        let record = all.entry(key).or_insert(Record {
            count: 0,
            last: now,
            noted: None,
        });
        record.count = record.count.saturating_add(1);
        record.last = now;
    }

    /// The row of failures is broken.
    pub(crate) fn forget(&self, key: &AccountKey) {
        self.lock().remove(key);
    }

    /// Whether a refusal is worth an audit event: once a minute for each account.
    pub(crate) fn note(&self, key: AccountKey, now: Ts) -> bool {
        let mut all = self.lock();
        if all.len() >= CAPACITY && !all.contains_key(&key) {
            make_room(&mut all, now);
        }
        let record = all.entry(key).or_insert(Record {
            count: 0,
            last: now,
            noted: None,
        });
        let due = record
            .noted
            .is_none_or(|noted| now.secs_since(noted) >= NOTE_SECS);
        if due {
            record.noted = Some(now);
        }
        due
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<AccountKey, Record>> {
        // Nothing panics while it holds the lock; the map is whole in any case.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Forgets the quiet, and when all are noisy the half that has been quiet longest.
fn make_room(all: &mut HashMap<AccountKey, Record>, now: Ts) {
    all.retain(|_, record| {
        record.count >= MAX_FAILURES || now.secs_since(record.last) < FORGET_SECS
    });
    if all.len() < CAPACITY {
        return;
    }
    let mut times: Vec<Ts> = all.values().map(|record| record.last).collect();
    times.sort_unstable();
    if let Some(middle) = times.get(times.len() / 2).copied() {
        all.retain(|_, record| record.last > middle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: AccountKey = [1; 32];

    fn start() -> Ts {
        "2026-11-23T08:00:00Z".parse().unwrap()
    }

    #[test]
    fn r27_every_failure_in_a_row_makes_the_next_try_wait_longer() {
        let failures = Failures::default();
        let mut now = start();
        for pause in [1, 2, 4, 8, 16, 32, 60, 60] {
            assert_eq!(failures.check(&KEY, now, false), Ok(()));
            failures.failed(KEY, now);
            assert_eq!(failures.check(&KEY, now, false), Err(pause));
            let almost = now.plus_secs(pause - 1);
            assert_eq!(failures.check(&KEY, almost, false), Err(1));
            now = now.plus_secs(pause);
        }
        assert_eq!(failures.check(&[2; 32], start(), false), Ok(()));
        failures.forget(&KEY);
        failures.failed(KEY, now);
        assert_eq!(failures.check(&KEY, now, false), Err(1));
    }

    #[test]
    fn r27_after_a_hundred_failures_only_a_known_device_tries() {
        let failures = Failures::default();
        for _ in 0..99 {
            failures.failed(KEY, start());
        }
        let later = start().plus_secs(60);
        assert_eq!(failures.check(&KEY, later, false), Ok(()));
        failures.failed(KEY, start());
        assert_eq!(failures.check(&KEY, later, false), Err(3600));
        let next_year = start().plus_secs(366 * 24 * 3600);
        assert_eq!(failures.check(&KEY, next_year, false), Err(3600));
        assert_eq!(failures.check(&KEY, later, true), Ok(()));
    }

    #[test]
    fn r27_refusals_are_noted_once_a_minute() {
        let failures = Failures::default();
        let noted = [0, 1, 59, 60, 61, 120].map(|secs| failures.note(KEY, start().plus_secs(secs)));
        assert_eq!(noted, [true, false, false, true, false, true]);
        assert_eq!(failures.check(&KEY, start(), false), Ok(()));
    }

    #[test]
    fn r27_memory_is_bounded_and_the_noisy_are_kept() {
        let failures = Failures::default();
        let noisy = [255; 32];
        for number in 0..2 * CAPACITY {
            let mut key = [0; 32];
            key[..8].copy_from_slice(&number.to_le_bytes());
            let now = start().plus_secs(i64::try_from(number).unwrap() / 1000);
            failures.failed(key, now);
            if number % 1000 == 0 {
                failures.failed(noisy, now);
            }
        }
        assert!(failures.lock().len() <= CAPACITY);
        assert!(failures.lock()[&noisy].count > 100);
    }
}
