//! From weekly rules to bookable slots, exact across daylight saving changes.
//!
//! Rules are civil time of the hospital's zone; everything after [`working_hours`] is
//! instants, so that no later step can go wrong on the two odd days of the year.

use crate::availability::{Availability, ExceptionKind};
use crate::time::ClinicTz;
use crate::{LocalDate, LocalTime, TimeRange, Ts};

/// Most days that may be asked for at once.
pub const MAX_DAYS: i64 = 62;

/// The hours in which the doctor works on the days `from` to `to`, both included:
/// weekly rules and extra hours, without time off. Ordered, and apart from each other.
#[must_use]
pub fn working_hours(
    availability: &Availability,
    zone: &ClinicTz,
    from: LocalDate,
    to: LocalDate,
) -> Vec<TimeRange> {
    let Some(window) = days(zone, from, to) else {
        return Vec::new();
    };
    let extra = of_kind(availability, ExceptionKind::ExtraHours)
        .filter_map(|hours| intersection(hours, window));
    let open = merged(
        weekly_hours(availability, zone, from, to)
            .into_iter()
            .chain(extra)
            .collect(),
    );
    let closed = merged(of_kind(availability, ExceptionKind::TimeOff).collect());
    subtract(&open, &closed)
}

/// The same hours, cut at every midnight of the zone. The grid of slots starts anew in each
/// piece, so it does not depend on how many days somebody looks at.
#[must_use]
pub fn working_days(
    availability: &Availability,
    zone: &ClinicTz,
    from: LocalDate,
    to: LocalDate,
) -> Vec<TimeRange> {
    let mut hours = Vec::new();
    let mut date = from;
    while date <= to {
        hours.extend(working_hours(availability, zone, date, date));
        let next = date.plus_days(1);
        if next == date {
            // The end of the calendar.
            break;
        }
        date = next;
    }
    hours
}

/// The starts that can be booked: a grid of `visit_minutes` from the beginning of each
/// stretch of working hours, without what meets another visit or its buffer, and without the past.
#[must_use]
pub fn slots(
    working: &[TimeRange],
    busy: &[TimeRange],
    visit_minutes: u16,
    buffer_minutes: u16,
    now: Ts,
) -> Vec<TimeRange> {
    let mut found = Vec::new();
    for hours in working {
        let mut start = hours.start();
        while let Some(slot) = visit_at(start, visit_minutes).filter(|slot| hours.contains(*slot)) {
            let kept_free = slot.padded(i64::from(buffer_minutes));
            if slot.start() > now && !busy.iter().any(|other| other.overlaps(kept_free)) {
                found.push(slot);
            }
            start = slot.end();
        }
    }
    found
}

/// The visit of that length that starts then; none for a length of zero or past the end of time.
#[must_use]
pub fn visit_at(start: Ts, visit_minutes: u16) -> Option<TimeRange> {
    TimeRange::new(start, start.plus_minutes(i64::from(visit_minutes))).ok()
}

/// From the first midnight of `from` to the midnight after `to`.
#[must_use]
pub fn days(zone: &ClinicTz, from: LocalDate, to: LocalDate) -> Option<TimeRange> {
    let start = zone.instant(from, LocalTime::MIDNIGHT).ok()?;
    let end = zone.instant(to.plus_days(1), LocalTime::MIDNIGHT).ok()?;
    TimeRange::new(start, end).ok()
}

fn weekly_hours(
    availability: &Availability,
    zone: &ClinicTz,
    from: LocalDate,
    to: LocalDate,
) -> Vec<TimeRange> {
    let mut hours = Vec::new();
    let mut date = from;
    while date <= to {
        for rule in availability.rules.iter().filter(|r| r.applies_on(date)) {
            let start = zone.instant(date, rule.from);
            let end = zone.instant(date, rule.until);
            // A rule that lies wholly inside a spring gap has no instants on that day.
            if let (Ok(start), Ok(end)) = (start, end)
                && let Ok(range) = TimeRange::new(start, end)
            {
                hours.push(range);
            }
        }
        let next = date.plus_days(1);
        if next == date {
            // The end of the calendar.
            break;
        }
        date = next;
    }
    hours
}

fn of_kind(availability: &Availability, kind: ExceptionKind) -> impl Iterator<Item = TimeRange> {
    availability
        .exceptions
        .iter()
        .filter(move |exception| exception.kind == kind)
        .map(|exception| exception.range)
}

fn intersection(a: TimeRange, b: TimeRange) -> Option<TimeRange> {
    TimeRange::new(a.start().max(b.start()), a.end().min(b.end())).ok()
}

/// Ordered, with ranges that overlap or touch made one.
fn merged(mut ranges: Vec<TimeRange>) -> Vec<TimeRange> {
    ranges.sort_by_key(|range| (range.start(), range.end()));
    let mut out: Vec<TimeRange> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match out.last_mut() {
            Some(last) if range.start() <= last.end() => {
                if let Ok(longer) = TimeRange::new(last.start(), last.end().max(range.end())) {
                    *last = longer;
                }
            }
            _ => out.push(range),
        }
    }
    out
}

/// What is left of `open` outside `closed`; both ordered and apart.
fn subtract(open: &[TimeRange], closed: &[TimeRange]) -> Vec<TimeRange> {
    let mut left = Vec::new();
    for range in open {
        let mut start = range.start();
        for gap in closed.iter().filter(|gap| gap.overlaps(*range)) {
            left.extend(TimeRange::new(start, gap.start()));
            start = start.max(gap.end());
        }
        left.extend(TimeRange::new(start, range.end()));
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::availability::{Exception, WeeklyRule};
    use crate::{ExceptionId, RuleId, Weekday};
    use jiff::tz::TimeZone;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn at(text: &str) -> Ts {
        text.parse().expect("time")
    }

    fn span(from: &str, until: &str) -> TimeRange {
        TimeRange::new(at(from), at(until)).expect("range")
    }

    fn rule(weekday: Weekday, from: &str, until: &str) -> WeeklyRule {
        WeeklyRule {
            id: RuleId::new(Uuid::nil()),
            weekday,
            from: from.parse().expect("time"),
            until: until.parse().expect("time"),
            valid_from: None,
            valid_until: None,
        }
    }

    fn exception(kind: ExceptionKind, range: TimeRange) -> Exception {
        Exception {
            id: ExceptionId::new(Uuid::nil()),
            kind,
            range,
        }
    }

    fn hours_of(availability: &Availability, zone: &str, day: &str) -> Vec<TimeRange> {
        let zone = ClinicTz::parse(zone).expect("zone");
        let day = day.parse().expect("date");
        working_hours(availability, &zone, day, day)
    }

    #[test]
    fn the_same_civil_hours_move_in_utc_when_the_clocks_change() {
        let sundays = Availability {
            rules: vec![rule(Weekday::Sunday, "09:00", "12:00")],
            exceptions: vec![],
        };
        for (day, expected) in [
            (
                "2026-03-22",
                span("2026-03-22T08:00:00Z", "2026-03-22T11:00:00Z"),
            ),
            (
                "2026-03-29",
                span("2026-03-29T07:00:00Z", "2026-03-29T10:00:00Z"),
            ),
            (
                "2026-10-25",
                span("2026-10-25T08:00:00Z", "2026-10-25T11:00:00Z"),
            ),
        ] {
            assert_eq!(
                hours_of(&sundays, "Europe/Paris", day),
                vec![expected],
                "{day}"
            );
        }
    }

    #[test]
    fn a_night_shift_is_an_hour_shorter_in_spring_and_longer_in_autumn() {
        let nights = Availability {
            rules: vec![rule(Weekday::Sunday, "00:00", "06:00")],
            exceptions: vec![],
        };
        for (day, slots_of_an_hour) in [("2026-03-22", 6), ("2026-03-29", 5), ("2026-10-25", 7)] {
            let working = hours_of(&nights, "Europe/Paris", day);
            let found = slots(&working, &[], 60, 0, at("2026-01-01T00:00:00Z"));
            assert_eq!(found.len(), slots_of_an_hour, "{day}");
        }
    }

    #[test]
    fn a_rule_inside_the_spring_gap_has_no_hours_that_day() {
        let gap = Availability {
            rules: vec![rule(Weekday::Sunday, "02:00", "03:00")],
            exceptions: vec![],
        };
        assert_eq!(hours_of(&gap, "Europe/Paris", "2026-03-29"), vec![]);
    }

    #[test]
    fn exceptions_add_and_take_hours() {
        let availability = Availability {
            rules: vec![
                rule(Weekday::Monday, "09:00", "12:00"),
                rule(Weekday::Monday, "12:00", "14:00"),
            ],
            exceptions: vec![
                exception(
                    ExceptionKind::TimeOff,
                    span("2026-06-01T10:00:00Z", "2026-06-01T11:00:00Z"),
                ),
                exception(
                    ExceptionKind::ExtraHours,
                    span("2026-06-01T13:30:00Z", "2026-06-01T15:00:00Z"),
                ),
            ],
        };
        assert_eq!(
            hours_of(&availability, "UTC", "2026-06-01"),
            vec![
                span("2026-06-01T09:00:00Z", "2026-06-01T10:00:00Z"),
                span("2026-06-01T11:00:00Z", "2026-06-01T15:00:00Z"),
            ]
        );
    }

    #[test]
    fn slots_keep_clear_of_visits_buffers_and_the_past() {
        let working = [span("2026-06-01T09:00:00Z", "2026-06-01T12:10:00Z")];
        let busy = [span("2026-06-01T10:30:00Z", "2026-06-01T11:00:00Z")];
        let starts = |buffer, now| -> Vec<String> {
            slots(&working, &busy, 30, buffer, at(now))
                .iter()
                .map(|slot| slot.start().to_string()[11..16].to_owned())
                .collect()
        };
        let early = "2026-06-01T00:00:00Z";
        assert_eq!(
            starts(0, early),
            ["09:00", "09:30", "10:00", "11:00", "11:30"]
        );
        assert_eq!(starts(5, early), ["09:00", "09:30", "11:30"]);
        assert_eq!(starts(0, "2026-06-01T11:00:00Z"), ["11:30"]);
        assert_eq!(slots(&working, &busy, 0, 0, at(early)), vec![]);
    }

    #[test]
    fn the_grid_does_not_depend_on_the_days_looked_at() {
        let zone = ClinicTz::parse("Europe/Paris").expect("zone");
        let always = Availability {
            rules: Weekday::ALL.map(|day| rule(day, "00:00", "24:00")).to_vec(),
            exceptions: vec![],
        };
        let on = |from: &str, to: &str| {
            let (from, to) = (from.parse().expect("date"), to.parse().expect("date"));
            let working = working_days(&always, &zone, from, to);
            slots(&working, &[], 25, 0, at("2026-01-01T00:00:00Z"))
        };
        let week = on("2026-03-23", "2026-03-31");
        for slot in on("2026-03-29", "2026-03-30") {
            assert!(week.contains(&slot), "{slot:?}");
        }
    }

    /// Zones with whole-hour, half-hour and no daylight saving, and offsets off the hour.
    const ZONES: [&str; 8] = [
        "Europe/Paris",
        "America/New_York",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
        "America/St_Johns",
        "Africa/Casablanca",
        "Asia/Beirut",
        "UTC",
    ];

    /// Days from which ranges start: ordinary ones, and days around clock changes.
    const DAYS: [&str; 8] = [
        "2026-01-12",
        "2026-03-06",
        "2026-03-27",
        "2026-03-29",
        "2026-04-03",
        "2026-10-02",
        "2026-10-23",
        "2026-10-31",
    ];

    prop_compose! {
        /// Rules between `first` and `last` hour of the day; overlaps are allowed, merging must cope.
        fn rules(first: u16, last: u16)(
            given in prop::collection::vec((0_usize..7, first * 60..last * 60, 1_u16..600), 0..8)
        ) -> Vec<WeeklyRule> {
            given
                .into_iter()
                .map(|(day, from, length)| WeeklyRule {
                    id: RuleId::new(Uuid::nil()),
                    weekday: Weekday::ALL[day],
                    from: LocalTime::from_minutes(from).expect("time"),
                    until: LocalTime::from_minutes((from + length).min(last * 60)).expect("time"),
                    valid_from: None,
                    valid_until: None,
                })
                .collect()
        }
    }

    prop_compose! {
        fn ranges_near(day: Ts)(
            given in prop::collection::vec((-600_i64..10 * 1440, 1_i64..900), 0..6)
        ) -> Vec<TimeRange> {
            given
                .into_iter()
                .map(|(from, length)| {
                    let start = day.plus_minutes(from);
                    TimeRange::new(start, start.plus_minutes(length)).expect("range")
                })
                .collect()
        }
    }

    #[derive(Debug, Clone)]
    struct Case {
        zone: &'static str,
        from: LocalDate,
        to: LocalDate,
        availability: Availability,
        busy: Vec<TimeRange>,
        visit_minutes: u16,
        buffer_minutes: u16,
        now: Ts,
    }

    fn case(first_hour: u16, last_hour: u16) -> impl Strategy<Value = Case> {
        (0..ZONES.len(), 0..DAYS.len(), 0_i64..9)
            .prop_flat_map(move |(zone, day, length)| {
                let from: LocalDate = DAYS[day].parse().expect("date");
                let start = at(&format!("{from}T00:00:00Z"));
                (
                    Just((ZONES[zone], from, from.plus_days(length), start)),
                    rules(first_hour, last_hour),
                    ranges_near(start),
                    ranges_near(start),
                    ranges_near(start),
                    (5_u16..=240, 0_u16..=120, -2000_i64..8000),
                )
            })
            .prop_map(
                |((zone, from, to, start), rules, extra, off, busy, numbers)| {
                    let kinds = [
                        (ExceptionKind::ExtraHours, extra),
                        (ExceptionKind::TimeOff, off),
                    ];
                    let exceptions = kinds
                        .into_iter()
                        .flat_map(|(kind, ranges)| {
                            ranges.into_iter().map(move |r| exception(kind, r))
                        })
                        .collect();
                    Case {
                        zone,
                        from,
                        to,
                        availability: Availability { rules, exceptions },
                        busy,
                        visit_minutes: numbers.0,
                        buffer_minutes: numbers.1,
                        now: start.plus_minutes(numbers.2),
                    }
                },
            )
    }

    fn compute(case: &Case) -> (Vec<TimeRange>, Vec<TimeRange>) {
        let zone = ClinicTz::parse(case.zone).expect("zone");
        let working = working_hours(&case.availability, &zone, case.from, case.to);
        let found = slots(
            &working,
            &case.busy,
            case.visit_minutes,
            case.buffer_minutes,
            case.now,
        );
        (working, found)
    }

    /// Asks the clock on the wall, by another way than the code under test.
    fn works_at(case: &Case, instant: Ts) -> bool {
        let zoned = jiff::Timestamp::from_microsecond(instant.as_micros())
            .expect("time")
            .to_zoned(TimeZone::get(case.zone).expect("zone"));
        let date: LocalDate = zoned.date().to_string().parse().expect("date");
        let minute = u16::try_from(zoned.hour()).expect("hour") * 60
            + u16::try_from(zoned.minute()).expect("minute");
        let holds = |kind| {
            case.availability
                .exceptions
                .iter()
                .any(|e| e.kind == kind && e.range.start() <= instant && instant < e.range.end())
        };
        let by_rule = case.availability.rules.iter().any(|rule| {
            rule.weekday == date.weekday()
                && rule.from.minutes() <= minute
                && minute < rule.until.minutes()
        });
        case.from <= date
            && date <= case.to
            && (by_rule || holds(ExceptionKind::ExtraHours))
            && !holds(ExceptionKind::TimeOff)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn slots_are_exact_apart_free_and_in_the_future(case in case(0, 24)) {
            let (working, found) = compute(&case);
            for pair in working.windows(2) {
                prop_assert!(pair[0].end() < pair[1].start());
            }
            for pair in found.windows(2) {
                prop_assert!(pair[0].end() <= pair[1].start());
            }
            for slot in &found {
                prop_assert_eq!(slot.end().secs_since(slot.start()), i64::from(case.visit_minutes) * 60);
                prop_assert!(working.iter().any(|hours| hours.contains(*slot)));
                prop_assert!(slot.start() > case.now);
                let kept_free = slot.padded(i64::from(case.buffer_minutes));
                prop_assert!(!case.busy.iter().any(|busy| busy.overlaps(kept_free)));
            }
        }

        // Between 04:00 and 23:00 no zone above changes its clocks, so each civil time is one instant.
        #[test]
        fn the_wall_clock_agrees_with_every_minute_of_the_working_hours(case in case(4, 23)) {
            let (working, _) = compute(&case);
            let zone = ClinicTz::parse(case.zone).expect("zone");
            let window = days(&zone, case.from, case.to).expect("days");
            let mut instant = window.start();
            while instant < window.end() {
                let inside = working.iter().any(|h| h.start() <= instant && instant < h.end());
                prop_assert_eq!(inside, works_at(&case, instant), "{} {}", case.zone, instant);
                instant = instant.plus_minutes(1);
            }
        }
    }
}
