//! Tables of the odd days, and properties over every zone.

use super::*;
use crate::availability::{Exception, WeeklyRule};
use crate::{ExceptionId, RuleId, Weekday};
use jiff::tz::TimeZone;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
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

fn grid_of(
    availability: &Availability,
    zone: &str,
    day: &str,
    visit_minutes: u16,
) -> Vec<TimeRange> {
    let zone = ClinicTz::parse(zone).expect("zone");
    let day = day.parse().expect("date");
    grid(availability, &zone, day, day, visit_minutes)
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
        assert_eq!(
            grid_of(&nights, "Europe/Paris", day, 60).len(),
            slots_of_an_hour,
            "{day}"
        );
    }
}

/// What the clocks of an odd day do to one rule.
#[test]
fn an_hour_that_is_skipped_or_comes_twice_counts_as_the_clock_shows_it() {
    let paris = "Europe/Paris";
    let (spring, autumn) = ("2026-03-29", "2026-10-25");
    for (zone, day, from, until, expected) in [
        // Skipped: 02:00 to 03:00.
        (paris, spring, "02:00", "03:00", vec![]),
        (paris, spring, "01:30", "02:30", vec![("00:30", "01:00")]),
        (paris, spring, "02:30", "04:00", vec![("01:00", "02:00")]),
        // Twice: 02:00 to 03:00.
        (
            paris,
            autumn,
            "01:30",
            "02:15",
            vec![("23:30", "00:15"), ("01:00", "01:15")],
        ),
        (
            paris,
            autumn,
            "02:15",
            "02:45",
            vec![("00:15", "00:45"), ("01:15", "01:45")],
        ),
        (paris, autumn, "02:00", "03:00", vec![("00:00", "02:00")]),
        // Midnight itself is skipped, and the whole day.
        (
            "Asia/Beirut",
            spring,
            "00:00",
            "02:00",
            vec![("22:00", "23:00")],
        ),
        ("Pacific/Apia", "2011-12-30", "00:00", "24:00", vec![]),
    ] {
        let weekday = day.parse::<LocalDate>().expect("date").weekday();
        let rules = vec![rule(weekday, from, until)];
        let found = hours_of(
            &Availability {
                rules,
                exceptions: vec![],
            },
            zone,
            day,
        );
        let clock = |at: Ts| at.to_string()[11..16].to_owned();
        let found: Vec<_> = found
            .iter()
            .map(|r| (clock(r.start()), clock(r.end())))
            .collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
            .collect();
        assert_eq!(found, expected, "{zone} {day} {from}-{until}");
    }
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
fn what_is_free_keeps_clear_of_visits_buffers_and_the_past() {
    let grid: Vec<_> =
        visits_within(span("2026-06-01T09:00:00Z", "2026-06-01T12:10:00Z"), 30).collect();
    let busy = [span("2026-06-01T10:30:00Z", "2026-06-01T11:00:00Z")];
    let starts = |buffer, from: &str, until: &str| -> Vec<String> {
        free(&grid, &busy, buffer, span(from, until))
            .iter()
            .map(|slot| slot.start().to_string()[11..16].to_owned())
            .collect()
    };
    let (early, late) = ("2026-06-01T00:00:00Z", "2026-06-02T00:00:00Z");
    assert_eq!(
        starts(0, early, late),
        ["09:00", "09:30", "10:00", "11:00", "11:30"]
    );
    assert_eq!(starts(5, early, late), ["09:00", "09:30", "11:30"]);
    assert_eq!(starts(0, "2026-06-01T11:00:00.000001Z", late), ["11:30"]);
    assert_eq!(starts(0, early, "2026-06-01T09:30:00Z"), ["09:00"]);
}

#[test]
fn a_visit_of_no_length_is_never_offered() {
    let mondays = Availability {
        rules: vec![rule(Weekday::Monday, "09:00", "12:00")],
        exceptions: vec![],
    };
    assert_eq!(grid_of(&mondays, "UTC", "2026-06-01", 0), vec![]);
}

#[test]
fn time_off_takes_visits_out_of_the_grid_and_moves_none() {
    let availability = Availability {
        rules: vec![rule(Weekday::Monday, "09:00", "12:00")],
        exceptions: vec![exception(
            ExceptionKind::TimeOff,
            span("2026-06-01T10:10:00Z", "2026-06-01T10:20:00Z"),
        )],
    };
    let starts: Vec<_> = grid_of(&availability, "UTC", "2026-06-01", 30)
        .iter()
        .map(|visit| visit.start().to_string()[11..16].to_owned())
        .collect();
    assert_eq!(starts, ["09:00", "09:30", "10:30", "11:00", "11:30"]);
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
        grid(&always, &zone, from, to, 25)
    };
    let week = on("2026-03-23", "2026-03-31");
    for slot in on("2026-03-29", "2026-03-30") {
        assert!(week.contains(&slot), "{slot:?}");
    }
}

#[test]
fn the_calendar_ends_without_a_panic() {
    let always = Availability {
        rules: Weekday::ALL.map(|day| rule(day, "00:00", "24:00")).to_vec(),
        exceptions: vec![],
    };
    let zone = ClinicTz::parse("Pacific/Auckland").expect("zone");
    let day = |text: &str| text.parse::<LocalDate>().expect("date");
    let found = grid(&always, &zone, day("9999-12-29"), day("9999-12-31"), 60);
    assert!(found.iter().all(|visit| visit.start() < visit.end()));
}

/// A zone, and instants around which its clocks change (some ordinary ones for those that never do).
struct Zone {
    name: String,
    changes: Vec<Ts>,
}

/// Every zone of the database, with its changes of the years 2000 to 2040.
fn zones() -> Vec<Zone> {
    let (first, last) = (at("2000-01-01T00:00:00Z"), at("2040-01-01T00:00:00Z"));
    jiff::tz::db()
        .available()
        .filter_map(|name| Some((name.to_string(), TimeZone::get(name.as_str()).ok()?)))
        .map(|(name, zone)| {
            let mut changes: Vec<Ts> = zone
                .following(first.inner())
                .map(|change| Ts::from_inner(change.timestamp()))
                .take_while(|change| *change < last)
                .collect();
            if changes.is_empty() {
                changes.extend([first, at("2026-02-28T12:00:00Z")]);
            }
            Zone { name, changes }
        })
        .collect()
}

prop_compose! {
    /// Overlaps are allowed: merging must cope.
    fn rules()(
        given in prop::collection::vec((0_usize..7, 0_u16..1440, 1_u16..600), 0..8)
    ) -> Vec<WeeklyRule> {
        given
            .into_iter()
            .map(|(day, from, length)| WeeklyRule {
                id: RuleId::new(Uuid::nil()),
                weekday: Weekday::ALL[day],
                from: LocalTime::from_minutes(from).expect("time"),
                until: LocalTime::from_minutes((from + length).min(1440)).expect("time"),
                valid_from: None,
                valid_until: None,
            })
            .collect()
    }
}

prop_compose! {
    fn ranges_near(instant: Ts)(
        given in prop::collection::vec((-2 * 1440_i64..2 * 1440, 1_i64..900), 0..6)
    ) -> Vec<TimeRange> {
        given
            .into_iter()
            .map(|(from, length)| {
                let start = instant.plus_minutes(from);
                TimeRange::new(start, start.plus_minutes(length)).expect("range")
            })
            .collect()
    }
}

#[derive(Debug, Clone)]
struct Case {
    from: LocalDate,
    to: LocalDate,
    availability: Availability,
    busy: Vec<TimeRange>,
    visit_minutes: u16,
    buffer_minutes: u16,
    now: Ts,
}

/// The days around one of the zone's changes, with a random calendar.
fn case(zone: &Zone) -> impl Strategy<Value = Case> {
    let clock = ClinicTz::parse(&zone.name).expect("zone");
    prop::sample::select(zone.changes.clone()).prop_flat_map(move |change| {
        let from = clock.date_at(change).plus_days(-1);
        (
            (Just(from), 0_i64..4),
            rules(),
            (
                ranges_near(change),
                ranges_near(change),
                ranges_near(change),
            ),
            (5_u16..=240, 0_u16..=120, -3000_i64..3000),
        )
            .prop_map(
                move |((from, length), rules, (extra, off, busy), numbers)| {
                    let extra = extra
                        .into_iter()
                        .map(|r| exception(ExceptionKind::ExtraHours, r));
                    let off = off
                        .into_iter()
                        .map(|r| exception(ExceptionKind::TimeOff, r));
                    Case {
                        from,
                        to: from.plus_days(length),
                        availability: Availability {
                            rules,
                            exceptions: extra.chain(off).collect(),
                        },
                        busy,
                        visit_minutes: numbers.0,
                        buffer_minutes: numbers.1,
                        now: change.plus_minutes(numbers.2),
                    }
                },
            )
    })
}

/// Reads the clock on the wall at one instant: another way than the code under test.
fn works_at(case: &Case, zone: &TimeZone, instant: Ts) -> bool {
    let zoned = instant.inner().to_zoned(zone.clone());
    let date = LocalDate::from_inner(zoned.date());
    let minute = u16::try_from(zoned.hour()).expect("hour") * 60
        + u16::try_from(zoned.minute()).expect("minute");
    let holds = |kind| {
        let of_kind = |e: &&Exception| e.kind == kind;
        let mut exceptions = case.availability.exceptions.iter().filter(of_kind);
        exceptions.any(|e| e.range.start() <= instant && instant < e.range.end())
    };
    let by_rule = case.availability.rules.iter().any(|rule| {
        rule.applies_on(date) && rule.from.minutes() <= minute && minute < rule.until.minutes()
    });
    case.from <= date
        && date <= case.to
        && (by_rule || holds(ExceptionKind::ExtraHours))
        && !holds(ExceptionKind::TimeOff)
}

/// Every instant at which the answer could change: a minute before, at, and after each
/// edge, and every seventh minute between, which meets all minutes of the hour.
fn the_wall_clock_agrees(case: &Case, name: &str) -> Result<(), TestCaseError> {
    let zone = ClinicTz::parse(name).expect("zone");
    let wall = TimeZone::get(name).expect("zone");
    let working = working_hours(&case.availability, &zone, case.from, case.to);
    let edges = working
        .iter()
        .flat_map(|hours| [hours.start(), hours.end()]);
    let near = edges.flat_map(|edge| [-1, 0, 1].map(|minutes| edge.plus_minutes(minutes)));
    let Some(window) = days(&zone, case.from, case.to) else {
        // The one day asked for was skipped.
        prop_assert_eq!(working, vec![]);
        return Ok(());
    };
    let window = window.padded(90);
    let between = std::iter::successors(Some(window.start()), |at| Some(at.plus_minutes(7)))
        .take_while(|at| *at < window.end());
    for instant in near.chain(between) {
        let inside = working
            .iter()
            .any(|h| h.start() <= instant && instant < h.end());
        prop_assert_eq!(
            inside,
            works_at(case, &wall, instant),
            "{} {}",
            name,
            instant
        );
    }
    Ok(())
}

fn slots_are_exact_apart_free_and_in_time(case: &Case, name: &str) -> Result<(), TestCaseError> {
    let zone = ClinicTz::parse(name).expect("zone");
    let working = working_hours(&case.availability, &zone, case.from, case.to);
    let grid = grid(
        &case.availability,
        &zone,
        case.from,
        case.to,
        case.visit_minutes,
    );
    let window = TimeRange::new(case.now, case.now.plus_days(2)).expect("range");
    let found = free(&grid, &case.busy, case.buffer_minutes, window);
    for pair in working.windows(2) {
        prop_assert!(pair[0].end() < pair[1].start());
    }
    for pair in grid.windows(2) {
        prop_assert!(pair[0].end() <= pair[1].start());
    }
    for slot in &grid {
        let seconds = slot.end().secs_since(slot.start());
        prop_assert_eq!(seconds, i64::from(case.visit_minutes) * 60);
        prop_assert!(working.iter().any(|hours| hours.contains(*slot)));
        let kept_free = slot.padded(i64::from(case.buffer_minutes));
        let taken = case.busy.iter().any(|busy| busy.overlaps(kept_free));
        let in_time = case.now <= slot.start() && slot.start() < window.end();
        prop_assert_eq!(found.contains(slot), in_time && !taken);
    }
    prop_assert!(found.iter().all(|slot| grid.contains(slot)));
    Ok(())
}

/// How many random calendars each zone gets; `PROPTEST_CASES` sets another number.
fn cases_of_a_zone() -> u32 {
    let wanted = std::env::var("PROPTEST_CASES").ok();
    wanted.and_then(|text| text.parse().ok()).unwrap_or(4)
}

#[test]
fn in_every_zone_of_the_world_hours_and_slots_are_exact() {
    let zones = zones();
    assert!(zones.len() > 400, "{} zones", zones.len());
    for zone in zones {
        // A runner counts its cases once and for all: each zone has its own.
        let mut runner = TestRunner::new(ProptestConfig {
            failure_persistence: None,
            ..ProptestConfig::with_cases(cases_of_a_zone())
        });
        let judged = runner.run(&case(&zone), |case| {
            the_wall_clock_agrees(&case, &zone.name)?;
            slots_are_exact_apart_free_and_in_time(&case, &zone.name)
        });
        assert!(judged.is_ok(), "{}: {}", zone.name, judged.unwrap_err());
    }
}
