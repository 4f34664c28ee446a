//! Whether a visit can be booked at a time: all conflicts at once, so that one answer names them all.

use serde::{Deserialize, Serialize};

use crate::{TimeRange, Ts};

/// How far ahead anybody can book, in days: two years.
pub const MAX_DAYS_AHEAD: u16 = 731;
/// Longest lead time and notice that a hospital can ask for, in minutes: thirty days.
pub const MAX_LEAD_MINUTES: u16 = 43_200;

/// What a hospital lets patients do by themselves. Its staff and doctors are bound by none of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BookingPolicy {
    /// Minutes between now and the earliest start that a patient can book.
    pub lead_minutes: u16,
    /// Days from now until the latest start that a patient can book.
    pub horizon_days: u16,
    /// Minutes before the start until which a patient can move or cancel.
    pub notice_minutes: u16,
}

impl Default for BookingPolicy {
    /// Anything from now on within a year, and a change of mind until the visit begins.
    fn default() -> Self {
        Self {
            lead_minutes: 0,
            horizon_days: 365,
            notice_minutes: 0,
        }
    }
}

impl BookingPolicy {
    /// What binds the hospital's own people: only [`MAX_DAYS_AHEAD`].
    pub const UNBOUND: Self = Self {
        lead_minutes: 0,
        horizon_days: MAX_DAYS_AHEAD,
        notice_minutes: 0,
    };

    /// Whether every number is within its bounds, or the name of the first that is not.
    ///
    /// # Errors
    /// The name of the field.
    pub fn check(self) -> Result<(), &'static str> {
        if self.lead_minutes > MAX_LEAD_MINUTES {
            Err("lead_minutes")
        } else if !(1..=MAX_DAYS_AHEAD).contains(&self.horizon_days) {
            Err("horizon_days")
        } else if self.notice_minutes > MAX_LEAD_MINUTES {
            Err("notice_minutes")
        } else {
            Ok(())
        }
    }

    /// The starts that can be booked now, all of them later than `now`.
    /// None when the lead is longer than the horizon, and at the end of time.
    #[must_use]
    pub fn bookable(self, now: Ts) -> Option<TimeRange> {
        let first = now
            .plus_minutes(i64::from(self.lead_minutes))
            .plus_micros(1);
        TimeRange::new(first, now.plus_days(i64::from(self.horizon_days))).ok()
    }

    /// Whether a visit that starts then can still be moved or cancelled.
    #[must_use]
    pub fn may_change(self, starts_at: Ts, now: Ts) -> bool {
        now <= starts_at.plus_minutes(-i64::from(self.notice_minutes))
    }
}

/// One reason why a time cannot be booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Conflict {
    /// The doctor has another visit (its buffer included).
    DoctorBusy,
    /// Somebody else is about to book the time and has some minutes to finish.
    HeldByAnother,
    /// The patient has another visit.
    PatientBusy,
    /// The doctor does not work then.
    OutsideAvailability,
    /// The time has passed.
    InThePast,
    /// Sooner than the hospital lets patients book.
    TooSoon,
    /// Later than the hospital lets patients book.
    TooFarAhead,
}

/// What the database knows about the time asked for.
#[derive(Debug, Clone)]
pub struct BookingFacts<'a> {
    /// The time asked for.
    pub range: TimeRange,
    /// The doctor's working hours around it, as instants.
    pub working: &'a [TimeRange],
    /// The doctor's other visits that block time.
    pub doctor_busy: &'a [TimeRange],
    /// Times of the doctor that others hold.
    pub doctor_held: &'a [TimeRange],
    /// The patient's other visits that block time.
    pub patient_busy: &'a [TimeRange],
    /// Minutes the doctor keeps free between visits.
    pub buffer_minutes: u16,
    /// Staff book over other visits or outside hours on purpose.
    pub overbook: bool,
    /// Binds whoever books.
    pub policy: BookingPolicy,
}

/// Every conflict, in a stable order; empty when the time can be booked.
/// Overbooking lifts the doctor's side only: a patient cannot be in two visits.
#[must_use]
pub fn conflicts(facts: &BookingFacts<'_>, now: Ts) -> Vec<Conflict> {
    let range = facts.range;
    let kept_free = range.padded(i64::from(facts.buffer_minutes));
    let meets = |others: &[TimeRange], range| others.iter().any(|other| other.overlaps(range));
    let works = facts.working.iter().any(|hours| hours.contains(range));
    let past = range.start() <= now;
    let earliest = now.plus_minutes(i64::from(facts.policy.lead_minutes));
    let latest = now.plus_days(i64::from(facts.policy.horizon_days));
    [
        (
            !facts.overbook && meets(facts.doctor_busy, kept_free),
            Conflict::DoctorBusy,
        ),
        (
            !facts.overbook && meets(facts.doctor_held, kept_free),
            Conflict::HeldByAnother,
        ),
        (meets(facts.patient_busy, range), Conflict::PatientBusy),
        (!facts.overbook && !works, Conflict::OutsideAvailability),
        (past, Conflict::InThePast),
        (!past && range.start() <= earliest, Conflict::TooSoon),
        (range.start() >= latest, Conflict::TooFarAhead),
    ]
    .into_iter()
    .filter_map(|(holds, conflict)| holds.then_some(conflict))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(from: i64, until: i64) -> TimeRange {
        let at = |m| Ts::from_micros(0).expect("epoch").plus_minutes(m);
        TimeRange::new(at(from), at(until)).expect("range")
    }

    #[test]
    fn all_conflicts_are_named_at_once() {
        let (work, other, held) = ([range(0, 480)], [range(60, 90)], [range(200, 230)]);
        let facts = |r, overbook, buffer_minutes| BookingFacts {
            range: r,
            working: &work,
            doctor_busy: &other,
            doctor_held: &held,
            patient_busy: &other,
            buffer_minutes,
            overbook,
            policy: BookingPolicy::UNBOUND,
        };
        let now = Ts::from_micros(0).expect("epoch").plus_minutes(-1);
        assert_eq!(conflicts(&facts(range(90, 120), false, 0), now), vec![]);
        assert_eq!(
            conflicts(&facts(range(90, 120), false, 5), now),
            vec![Conflict::DoctorBusy]
        );
        assert_eq!(
            conflicts(&facts(range(75, 500), false, 0), now.plus_minutes(100)),
            vec![
                Conflict::DoctorBusy,
                Conflict::HeldByAnother,
                Conflict::PatientBusy,
                Conflict::OutsideAvailability,
                Conflict::InThePast
            ]
        );
        assert_eq!(
            conflicts(&facts(range(75, 500), true, 0), now),
            vec![Conflict::PatientBusy]
        );
        assert_eq!(
            conflicts(&facts(range(210, 240), false, 0), now),
            vec![Conflict::HeldByAnother]
        );
        assert_eq!(conflicts(&facts(range(210, 240), true, 0), now), vec![]);
    }

    #[test]
    fn patients_book_between_lead_and_horizon() {
        let policy = BookingPolicy {
            lead_minutes: 60,
            horizon_days: 2,
            notice_minutes: 0,
        };
        let work = [range(-10_000, 10_000)];
        let now = range(0, 1).start();
        for (start, expected) in [
            (-5, vec![Conflict::InThePast]),
            (0, vec![Conflict::InThePast]),
            (1, vec![Conflict::TooSoon]),
            (60, vec![Conflict::TooSoon]),
            (61, vec![]),
            (2 * 1440 - 1, vec![]),
            (2 * 1440, vec![Conflict::TooFarAhead]),
        ] {
            let facts = BookingFacts {
                range: range(start, start + 30),
                working: &work,
                doctor_busy: &[],
                doctor_held: &[],
                patient_busy: &[],
                buffer_minutes: 0,
                overbook: false,
                policy,
            };
            assert_eq!(conflicts(&facts, now), expected, "{start}");
            let offered = policy.bookable(now).expect("window");
            let inside =
                offered.start() <= facts.range.start() && facts.range.start() < offered.end();
            assert_eq!(
                inside,
                expected.is_empty(),
                "what is offered can be booked: {start}"
            );
        }
        let backwards = BookingPolicy {
            lead_minutes: 2880,
            horizon_days: 1,
            ..policy
        };
        assert_eq!(backwards.bookable(now), None);
    }

    #[test]
    fn a_visit_can_be_changed_until_the_notice_begins() {
        let policy = BookingPolicy {
            notice_minutes: 120,
            ..BookingPolicy::default()
        };
        let start = range(1000, 1001).start();
        for (minutes_before, may) in [
            (121, true),
            (120, true),
            (119, false),
            (0, false),
            (-5, false),
        ] {
            let now = start.plus_minutes(-minutes_before);
            assert_eq!(policy.may_change(start, now), may, "{minutes_before}");
        }
    }

    #[test]
    fn a_policy_names_the_field_that_is_out_of_bounds() {
        let good = BookingPolicy::default();
        for (policy, expected) in [
            (good, Ok(())),
            (BookingPolicy::UNBOUND, Ok(())),
            (
                BookingPolicy {
                    lead_minutes: 43_201,
                    ..good
                },
                Err("lead_minutes"),
            ),
            (
                BookingPolicy {
                    horizon_days: 0,
                    ..good
                },
                Err("horizon_days"),
            ),
            (
                BookingPolicy {
                    horizon_days: 732,
                    ..good
                },
                Err("horizon_days"),
            ),
            (
                BookingPolicy {
                    notice_minutes: 43_201,
                    ..good
                },
                Err("notice_minutes"),
            ),
        ] {
            assert_eq!(policy.check(), expected, "{policy:?}");
        }
    }
}
