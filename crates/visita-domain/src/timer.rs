//! What happens to a booked visit by the clock alone: reminders, and the end of waiting for
//! a patient who never comes.

use crate::appointment::AppointmentState;
use crate::{TimeRange, Ts};

/// How long before the start the first reminder goes out, in minutes: 24 hours that
/// pass, so around a change of clocks the hour on the wall differs by one.
pub const DAY_BEFORE_MINUTES: i64 = 24 * 60;
/// How long before the start the second reminder goes out, in minutes: time to sit down
/// and try camera and microphone.
pub const SOON_MINUTES: i64 = 10;
/// How long after its end a visit waits for its patient, in minutes. A doctor who is late
/// may still begin, so not at the end; and the doctor's next visits are on their way by then.
pub const NO_SHOW_MINUTES: i64 = 15;

/// A moment of a visit at which something happens by itself. The text stands in SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TimerKind {
    /// The first reminder.
    DayBefore,
    /// The second reminder.
    Soon,
    /// The visit becomes one to which nobody came.
    NoShow,
}

impl TimerKind {
    /// Every kind, by time.
    pub const ALL: [Self; 3] = [Self::DayBefore, Self::Soon, Self::NoShow];

    /// The stable text.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DayBefore => "day_before",
            Self::Soon => "soon",
            Self::NoShow => "no_show",
        }
    }

    /// The kind of that text.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// When it is due for a visit at that time.
    #[must_use]
    pub fn due_at(self, visit: TimeRange) -> Ts {
        match self {
            Self::DayBefore => visit.start().plus_minutes(-DAY_BEFORE_MINUTES),
            Self::Soon => visit.start().plus_minutes(-SOON_MINUTES),
            Self::NoShow => visit.end().plus_minutes(NO_SHOW_MINUTES),
        }
    }

    /// Whether it still has a point when somebody gets to it at last, after a standstill
    /// perhaps: one reminder is not sent when the next is due, nor any after the start.
    #[must_use]
    pub fn has_a_point(self, visit: TimeRange, state: AppointmentState, now: Ts) -> bool {
        let in_time = match self {
            Self::DayBefore => now < Self::Soon.due_at(visit),
            Self::Soon => now < visit.start(),
            Self::NoShow => true,
        };
        in_time && state == AppointmentState::Booked
    }
}

/// What is to come for a visit that gets this time now. What would be due already is left
/// out: whoever books says the time at that moment.
pub fn timers(visit: TimeRange, now: Ts) -> impl Iterator<Item = (TimerKind, Ts)> {
    let all = TimerKind::ALL.map(|kind| (kind, kind.due_at(visit)));
    // A visit booked after the fact still waits for somebody to say how it was.
    all.into_iter()
        .filter(move |(kind, due_at)| *due_at > now || *kind == TimerKind::NoShow)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Ts {
        text.parse().unwrap()
    }

    fn visit() -> TimeRange {
        let start = at("2026-11-24T09:00:00Z");
        TimeRange::new(start, start.plus_minutes(30)).unwrap()
    }

    #[test]
    fn kinds_read_back() {
        for kind in TimerKind::ALL {
            assert_eq!(TimerKind::from_text(kind.as_str()), Some(kind));
        }
        assert_eq!(TimerKind::from_text("later"), None);
    }

    #[test]
    fn what_is_to_come_depends_on_when_the_time_was_agreed() {
        use TimerKind::{DayBefore, NoShow, Soon};
        let all = [
            (DayBefore, at("2026-11-23T09:00:00Z")),
            (Soon, at("2026-11-24T08:50:00Z")),
            (NoShow, at("2026-11-24T09:45:00Z")),
        ];
        for (agreed, left) in [
            ("2026-11-20T09:00:00Z", &all[..]),
            ("2026-11-23T08:59:59Z", &all[..]),
            ("2026-11-23T09:00:00Z", &all[1..]),
            ("2026-11-24T08:49:59Z", &all[1..]),
            ("2026-11-24T08:50:00Z", &all[2..]),
            ("2026-11-24T08:55:00Z", &all[2..]),
            ("2026-11-24T12:00:00Z", &all[2..]),
        ] {
            let found: Vec<_> = timers(visit(), at(agreed)).collect();
            assert_eq!(found, left, "{agreed}");
        }
    }

    #[test]
    fn a_late_reminder_is_sent_as_long_as_it_helps() {
        use AppointmentState as S;
        use TimerKind::{DayBefore, NoShow, Soon};
        for (kind, now, state, expected) in [
            (DayBefore, "2026-11-23T09:00:00Z", S::Booked, true),
            (DayBefore, "2026-11-24T08:49:59Z", S::Booked, true),
            (DayBefore, "2026-11-24T08:50:00Z", S::Booked, false),
            (Soon, "2026-11-24T08:50:00Z", S::Booked, true),
            (Soon, "2026-11-24T08:50:00Z", S::Arrived, false),
            (Soon, "2026-11-24T08:59:59Z", S::Booked, true),
            (Soon, "2026-11-24T09:00:00Z", S::Booked, false),
            (NoShow, "2026-11-24T09:45:00Z", S::Booked, true),
            (NoShow, "2026-12-24T09:45:00Z", S::Booked, true),
            (NoShow, "2026-11-24T09:45:00Z", S::InCall, false),
            (NoShow, "2026-11-24T09:45:00Z", S::Cancelled, false),
        ] {
            let found = kind.has_a_point(visit(), state, at(now));
            assert_eq!(found, expected, "{kind:?} {now} {state:?}");
        }
    }
}
