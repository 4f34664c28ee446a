//! From weekly rules to bookable slots, exact across daylight saving changes.
//!
//! Rules are civil time of the hospital's zone; they become instants day by day in
//! [`ClinicTz::instants`], and no later step can go wrong on the two odd days of the year.

use crate::availability::{Availability, ExceptionKind};
use crate::time::{ClinicTz, merged};
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
    let open = dates(from, to)
        .flat_map(|date| opening_hours(availability, zone, date))
        .collect();
    let closed = merged(of_kind(availability, ExceptionKind::TimeOff).collect());
    subtract(&merged(open), &closed)
}

/// The visits that can be offered on the days `from` to `to`, both included, whether taken
/// or not: every `visit_minutes` from the beginning of each stretch of opening hours.
///
/// The grid starts anew every midnight, so it does not depend on the days that somebody
/// looks at; and time off only takes visits out of it, so ten minutes off at noon do not
/// move the whole afternoon.
#[must_use]
pub fn grid(
    availability: &Availability,
    zone: &ClinicTz,
    from: LocalDate,
    to: LocalDate,
    visit_minutes: u16,
) -> Vec<TimeRange> {
    let closed = merged(of_kind(availability, ExceptionKind::TimeOff).collect());
    dates(from, to)
        .flat_map(|date| opening_hours(availability, zone, date))
        .flat_map(|hours| visits_within(hours, visit_minutes))
        .filter(|visit| !meets(&closed, *visit))
        .collect()
}

/// Whether a change of hours from `before` to `after` leaves the visit outside of them. One
/// that was outside before, because somebody overbooked, is not stranded by the change.
#[must_use]
pub fn strands(
    before: &Availability,
    after: &Availability,
    zone: &ClinicTz,
    visit: TimeRange,
) -> bool {
    let (from, to) = (zone.date_at(visit.start()), zone.date_at(visit.end()));
    let within = |availability| {
        let hours = working_hours(availability, zone, from, to);
        hours.iter().any(|hours| hours.contains(visit))
    };
    within(before) && !within(after)
}

/// What is free of `grid` within `window`: visits that start in it and meet neither another
/// visit nor its buffer.
#[must_use]
pub fn free(
    grid: &[TimeRange],
    busy: &[TimeRange],
    buffer_minutes: u16,
    window: TimeRange,
) -> Vec<TimeRange> {
    let buffer = i64::from(buffer_minutes);
    let taken = merged(busy.iter().map(|visit| visit.padded(buffer)).collect());
    grid.iter()
        .copied()
        .filter(|slot| window.start() <= slot.start() && slot.start() < window.end())
        .filter(|slot| !meets(&taken, *slot))
        .collect()
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

fn dates(from: LocalDate, to: LocalDate) -> impl Iterator<Item = LocalDate> {
    let next = |date: &LocalDate| {
        let next = date.plus_days(1);
        // The last day of the calendar has no next one.
        (next > *date).then_some(next)
    };
    std::iter::successors(Some(from), next).take_while(move |date| *date <= to)
}

/// Weekly rules and extra hours of that day, as if there were no time off.
fn opening_hours(availability: &Availability, zone: &ClinicTz, date: LocalDate) -> Vec<TimeRange> {
    let by_rule = availability
        .rules
        .iter()
        .filter(|rule| rule.applies_on(date))
        .flat_map(|rule| zone.instants(date, rule.from, rule.until));
    let day = zone.instants(date, LocalTime::MIDNIGHT, LocalTime::DAY_END);
    let extra = of_kind(availability, ExceptionKind::ExtraHours).flat_map(|hours| {
        day.iter()
            .filter_map(move |part| intersection(hours, *part))
    });
    merged(by_rule.chain(extra).collect())
}

fn visits_within(hours: TimeRange, visit_minutes: u16) -> impl Iterator<Item = TimeRange> {
    std::iter::successors(visit_at(hours.start(), visit_minutes), move |visit| {
        visit_at(visit.end(), visit_minutes)
    })
    .take_while(move |visit| hours.contains(*visit))
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

/// Whether `range` overlaps one of `ranges`, which are ordered and apart.
fn meets(ranges: &[TimeRange], range: TimeRange) -> bool {
    let first = ranges.partition_point(|other| other.end() <= range.start());
    ranges.get(first).is_some_and(|other| other.overlaps(range))
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
mod tests;
