//! Civil dates for calendars, and civil times of a zone turned into instants. Pure:
//! the browser's knowledge of zones comes in as a function.

use visita_domain::{LocalDate, LocalTime, Ts};

/// A wall clock's reading: the day and the minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Civil {
    /// The day.
    pub date: LocalDate,
    /// The time of day.
    pub time: LocalTime,
}

impl Civil {
    /// This reading as if the clock showed UTC; the base of all zone arithmetic.
    fn as_utc(self) -> Option<Ts> {
        let midnight: Ts = format!("{}T00:00:00Z", self.date).parse().ok()?;
        Some(midnight.plus_minutes(i64::from(self.time.minutes())))
    }

    /// The instant at which a clock shows this reading, where `civil_of` reads that clock.
    ///
    /// A time inside a spring gap is moved past it, a time that occurs twice in autumn is
    /// the first: the server's rules for weekly hours, so both sides mean the same moment.
    pub fn instant(self, civil_of: impl Fn(Ts) -> Option<Civil>) -> Option<Ts> {
        let naive = self.as_utc()?;
        let offset_minutes = |at: Ts| -> Option<i64> {
            let shown = civil_of(at)?.as_utc()?;
            // Zones of old had offsets with seconds; today's are whole minutes.
            Some(shown.secs_since(at.plus_secs(-at.as_secs().rem_euclid(60))) / 60)
        };
        let before = offset_minutes(naive.plus_days(-1))?;
        let after = offset_minutes(naive.plus_days(1))?;
        let by_before = naive.plus_minutes(-before);
        let by_after = naive.plus_minutes(-after);
        let holds = |at: Ts, offset: i64| offset_minutes(at) == Some(offset);
        if holds(by_before, before) || !holds(by_after, after) {
            Some(by_before)
        } else {
            Some(by_after)
        }
    }
}

/// A month of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    first: LocalDate,
}

impl Month {
    /// The month that a day lies in.
    #[must_use]
    pub fn of(day: LocalDate) -> Self {
        Self {
            first: day.plus_days(1 - i64::from(day.day())),
        }
    }

    /// Its first day.
    #[must_use]
    pub fn first(self) -> LocalDate {
        self.first
    }

    /// Its last day.
    #[must_use]
    pub fn last(self) -> LocalDate {
        self.next().first.plus_days(-1)
    }

    /// The month after.
    #[must_use]
    pub fn next(self) -> Self {
        // 31 days from a first always reach the next month, never the one after it.
        Self::of(self.first.plus_days(31))
    }

    /// The month before.
    #[must_use]
    pub fn previous(self) -> Self {
        Self::of(self.first.plus_days(-1))
    }

    /// The weeks that touch the month, each from Monday on (ISO 8601), with the
    /// neighbouring months' days at both ends.
    #[must_use]
    pub fn weeks(self) -> Vec<Vec<LocalDate>> {
        let lead = i64::from(self.first.weekday().number()) - 1;
        let mut monday = self.first.plus_days(-lead);
        let mut weeks = Vec::new();
        while monday <= self.last() {
            weeks.push((0..7).map(|day| monday.plus_days(day)).collect());
            monday = monday.plus_days(7);
        }
        weeks
    }

    /// True for days of this month.
    #[must_use]
    pub fn contains(self, day: LocalDate) -> bool {
        Self::of(day) == self
    }
}

/// The Monday on or before a day.
#[must_use]
pub fn monday_of(day: LocalDate) -> LocalDate {
    day.plus_days(1 - i64::from(day.weekday().number()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    fn civil(date: &str, time: &str) -> Civil {
        Civil {
            date: date.parse().expect("date"),
            time: time.parse().expect("time"),
        }
    }

    fn utc(at: Ts) -> Civil {
        let text = at.to_string();
        civil(
            text.get(..10).expect("date part"),
            text.get(11..16).expect("time part"),
        )
    }

    /// Paris in 2026: summer time from 29 March 01:00Z until 25 October 01:00Z.
    fn paris(at: Ts) -> Option<Civil> {
        let summer = ts("2026-03-29T01:00:00Z") <= at && at < ts("2026-10-25T01:00:00Z");
        Some(utc(at.plus_minutes(if summer { 120 } else { 60 })))
    }

    fn ts(text: &str) -> Ts {
        text.parse().expect("instant")
    }

    #[wasm_bindgen_test]
    fn civil_times_become_instants_across_clock_changes() {
        for (date, time, expected) in [
            ("2026-01-10", "09:00", "2026-01-10T08:00:00Z"),
            ("2026-07-10", "09:00", "2026-07-10T07:00:00Z"),
            ("2026-07-10", "24:00", "2026-07-10T22:00:00Z"),
            // The day before, of and after each change.
            ("2026-03-28", "23:30", "2026-03-28T22:30:00Z"),
            ("2026-03-29", "01:30", "2026-03-29T00:30:00Z"),
            ("2026-03-29", "02:30", "2026-03-29T01:30:00Z"),
            ("2026-03-29", "03:30", "2026-03-29T01:30:00Z"),
            ("2026-10-25", "01:30", "2026-10-24T23:30:00Z"),
            ("2026-10-25", "02:30", "2026-10-25T00:30:00Z"),
            ("2026-10-25", "03:30", "2026-10-25T02:30:00Z"),
        ] {
            assert_eq!(
                civil(date, time).instant(paris),
                Some(ts(expected)),
                "{date} {time}"
            );
        }
    }

    #[wasm_bindgen_test]
    fn months_have_their_days_and_whole_weeks() {
        let month = Month::of("2026-11-23".parse().expect("date"));
        assert_eq!(month.first().to_string(), "2026-11-01");
        assert_eq!(month.last().to_string(), "2026-11-30");
        assert_eq!(month.next().first().to_string(), "2026-12-01");
        assert_eq!(month.next().next().first().to_string(), "2027-01-01");
        assert_eq!(month.previous().last().to_string(), "2026-10-31");
        let weeks = month.weeks();
        assert_eq!(weeks.len(), 6, "1 November 2026 is a Sunday");
        let days: Vec<_> = weeks.into_iter().flatten().collect();
        assert_eq!(
            days.first().map(ToString::to_string).as_deref(),
            Some("2026-10-26")
        );
        assert_eq!(
            days.last().map(ToString::to_string).as_deref(),
            Some("2026-12-06")
        );
        assert_eq!(days.iter().filter(|day| month.contains(**day)).count(), 30);
        let leap = Month::of("2028-02-29".parse().expect("date"));
        assert_eq!(leap.last().day(), 29);
        assert_eq!(
            monday_of("2026-11-29".parse().expect("date")).to_string(),
            "2026-11-23"
        );
    }
}
