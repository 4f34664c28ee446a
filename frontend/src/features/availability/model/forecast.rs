//! What the edited hours offer, before anything is booked.

use visita_domain::availability::ExceptionKind;
use visita_domain::{LocalDate, LocalTime};

use super::{DAY_MINUTES, Stretch, WeekPlan};
use crate::parts::civil::Civil;

/// Time off or extra hours on the clinic's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CivilException {
    /// What it does.
    pub kind: ExceptionKind,
    /// From.
    pub from: Civil,
    /// Until before.
    pub until: Civil,
}

impl CivilException {
    /// The part of it that lies on a day.
    fn on(&self, date: LocalDate) -> Option<Stretch> {
        let from = if self.from.date < date {
            0
        } else {
            self.from.time.minutes()
        };
        let until = if self.until.date > date {
            DAY_MINUTES
        } else {
            self.until.time.minutes()
        };
        (self.from.date <= date && date <= self.until.date && from < until).then_some((from, until))
    }
}

/// What one day of the preview shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayPreview {
    /// The day.
    pub date: LocalDate,
    /// The times that could be booked.
    pub starts: Vec<LocalTime>,
    /// Time off changes the day.
    pub time_off: bool,
    /// Extra hours change the day.
    pub extra_hours: bool,
}

/// What a day offers by plan and exceptions, before anything is booked: a grid of visits from
/// the start of every stretch, without those that meet time off, as the server lays them out
/// (`visita_domain::slots::grid`). On the clock, so an hour that the clock skips next night
/// still shows.
#[must_use]
pub fn preview(
    plan: &WeekPlan,
    exceptions: &[CivilException],
    visit_minutes: u16,
    date: LocalDate,
) -> DayPreview {
    let of = |kind| {
        exceptions
            .iter()
            .filter(move |exception| exception.kind == kind)
            .filter_map(|exception| exception.on(date))
            .collect::<Vec<_>>()
    };
    let extra = of(ExceptionKind::ExtraHours);
    let off = of(ExceptionKind::TimeOff);
    let mut open = plan.stretches_on(date);
    open.extend(&extra);
    let starts = merged(open)
        .into_iter()
        .flat_map(|stretch| visits_within(stretch, visit_minutes))
        .filter(|(from, until)| !off.iter().any(|(start, end)| start < until && from < end))
        .filter_map(|(from, _)| LocalTime::from_minutes(from).ok())
        .collect();
    DayPreview {
        date,
        starts,
        time_off: !off.is_empty(),
        extra_hours: !extra.is_empty(),
    }
}

/// Ordered, with stretches that overlap or touch made one.
fn merged(mut stretches: Vec<Stretch>) -> Vec<Stretch> {
    stretches.retain(|(from, until)| from < until);
    stretches.sort_unstable();
    let mut out: Vec<Stretch> = Vec::new();
    for (from, until) in stretches {
        match out.last_mut() {
            Some((_, last)) if from <= *last => *last = until.max(*last),
            _ => out.push((from, until)),
        }
    }
    out
}

fn visits_within((from, until): Stretch, minutes: u16) -> impl Iterator<Item = Stretch> {
    (from..until)
        .step_by(usize::from(minutes.max(1)))
        .map(move |start| (start, start.saturating_add(minutes)))
        .filter(move |(_, end)| *end <= until)
}

#[cfg(test)]
mod tests {
    use super::super::sample::{day, exception, rule};
    use super::*;
    use visita_domain::Weekday::Monday;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn hours_of_different_seasons_do_not_overlap() {
        let mut winter = rule(Monday, "09:00", "12:00");
        winter.valid_until = Some("2026-03-31".parse().expect("date"));
        let mut summer = rule(Monday, "10:00", "13:00");
        summer.valid_from = Some("2026-04-01".parse().expect("date"));
        let plan = WeekPlan::from_rules(&[winter, summer]);
        assert!(plan.is_sound(20));
        let on = |date: &str| preview(&plan, &[], 60, day(date)).starts.len();
        assert_eq!(on("2026-03-30"), 3);
        assert_eq!(on("2026-04-06"), 3);
        assert_eq!(on("2026-04-07"), 0, "a Tuesday");
    }

    #[wasm_bindgen_test]
    fn the_preview_is_the_grid_that_the_server_makes() {
        use ExceptionKind::{ExtraHours, TimeOff};
        let plan = WeekPlan::from_rules(&[
            rule(Monday, "09:00", "10:10"),
            rule(Monday, "10:10", "10:40"),
        ]);
        for (name, exceptions, visit, expected) in [
            ("touching hours are one stretch", vec![], 50, "09:00 09:50"),
            ("too long a visit", vec![], 101, ""),
            (
                "time off takes out what it meets and moves nothing",
                vec![exception(TimeOff, "2026-11-23 09:25", "2026-11-23 09:30")],
                20,
                "09:00 09:40 10:00 10:20",
            ),
            (
                "time off over several days",
                vec![exception(TimeOff, "2026-11-20 00:00", "2026-11-24 00:00")],
                20,
                "",
            ),
            (
                "time off that ends as the day begins",
                vec![exception(TimeOff, "2026-11-20 00:00", "2026-11-23 00:00")],
                50,
                "09:00 09:50",
            ),
            (
                "extra hours",
                vec![exception(
                    ExtraHours,
                    "2026-11-23 23:00",
                    "2026-11-24 01:00",
                )],
                60,
                "09:00 23:00",
            ),
        ] {
            let shown: Vec<_> = preview(&plan, &exceptions, visit, day("2026-11-23"))
                .starts
                .iter()
                .map(ToString::to_string)
                .collect();
            assert_eq!(shown.join(" "), expected, "{name}");
        }
    }
}
