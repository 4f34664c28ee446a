//! The week being edited: intervals as typed, what is wrong with them, and the rules they make.

use visita_domain::{LocalDate, LocalTime, Weekday};
use visita_wire::availability::WeeklyRuleView;

use super::{DAY_MINUTES, Stretch};

/// Hours on one day, as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interval {
    /// Tells rows apart while they move; never sent.
    pub key: u32,
    /// `HH:MM` as the input gives it, or empty.
    pub from: String,
    /// `HH:MM`; `00:00` is the end of the day, since a time input has no 24:00.
    pub until: String,
    /// First day on which it counts.
    pub valid_from: Option<LocalDate>,
    /// Last day on which it counts.
    pub valid_until: Option<LocalDate>,
}

/// What is wrong with an interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// A time is missing.
    Missing,
    /// The end is not after the start.
    Reversed,
    /// The last day is before the first.
    DaysReversed,
    /// It covers minutes of another interval of the day.
    Overlaps,
    /// It is too short for a single visit.
    TooShort,
}

impl Interval {
    fn times(&self) -> Option<(LocalTime, LocalTime)> {
        let from = self.from.get(..5)?.parse().ok()?;
        let until: LocalTime = self.until.get(..5)?.parse().ok()?;
        let until = if until == LocalTime::MIDNIGHT {
            LocalTime::from_minutes(DAY_MINUTES).ok()?
        } else {
            until
        };
        Some((from, until))
    }

    fn days_reversed(&self) -> bool {
        self.valid_from
            .zip(self.valid_until)
            .is_some_and(|(from, until)| until < from)
    }

    fn days_meet(&self, other: &Self) -> bool {
        let before = |a: &Self, b: &Self| {
            a.valid_until
                .zip(b.valid_from)
                .is_some_and(|(until, from)| until < from)
        };
        !before(self, other) && !before(other, self)
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.times()
            .zip(other.times())
            .is_some_and(|((a_from, a_until), (b_from, b_until))| {
                a_from < b_until && b_from < a_until
            })
            && self.days_meet(other)
    }
}

/// A doctor's week while it is edited.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WeekPlan {
    days: [Vec<Interval>; 7],
    next_key: u32,
}

impl WeekPlan {
    /// The plan of stored rules.
    #[must_use]
    pub fn from_rules(rules: &[WeeklyRuleView]) -> Self {
        let mut plan = Self::default();
        plan.reset(rules);
        plan
    }

    /// Goes back to stored rules. Rows get fresh keys, so that their inputs are made anew.
    pub fn reset(&mut self, rules: &[WeeklyRuleView]) {
        self.days = Default::default();
        let mut rules: Vec<_> = rules.iter().collect();
        rules.sort_by_key(|rule| (rule.weekday, rule.from, rule.valid_from));
        for rule in rules {
            let key = self.fresh_key();
            let until = if rule.until.minutes() == DAY_MINUTES {
                LocalTime::MIDNIGHT
            } else {
                rule.until
            };
            self.day_mut(rule.weekday).push(Interval {
                key,
                from: rule.from.to_string(),
                until: until.to_string(),
                valid_from: rule.valid_from,
                valid_until: rule.valid_until,
            });
        }
    }

    /// One day's intervals, in the order of editing.
    #[must_use]
    pub fn day(&self, weekday: Weekday) -> &[Interval] {
        Weekday::ALL
            .iter()
            .zip(&self.days)
            .find(|(day, _)| **day == weekday)
            .map_or(&[], |(_, intervals)| intervals)
    }

    fn day_mut(&mut self, weekday: Weekday) -> &mut Vec<Interval> {
        // The week has seven days and `number` is 1 to 7, so the first day never stands in.
        let index = Weekday::ALL
            .iter()
            .position(|day| *day == weekday)
            .unwrap_or_default();
        let [monday, rest @ ..] = &mut self.days;
        match index.checked_sub(1).and_then(|at| rest.get_mut(at)) {
            Some(day) => day,
            None => monday,
        }
    }

    fn fresh_key(&mut self) -> u32 {
        self.next_key += 1;
        self.next_key
    }

    /// Adds an interval where people would put the next: the morning, then the afternoon,
    /// then an hour after the last.
    pub fn add(&mut self, weekday: Weekday) {
        let last = self
            .day(weekday)
            .iter()
            .filter_map(|interval| interval.times().map(|(_, until)| until.minutes()))
            .max();
        let (from, until) = match last {
            None => (9 * 60, 12 * 60),
            Some(end) if end <= 13 * 60 => (13 * 60, 17 * 60),
            Some(end) => (
                end.saturating_add(60).min(DAY_MINUTES - 60),
                end.saturating_add(180).min(DAY_MINUTES),
            ),
        };
        let text = |minutes: u16| {
            LocalTime::from_minutes(minutes % DAY_MINUTES)
                .map(|time| time.to_string())
                .unwrap_or_default()
        };
        let key = self.fresh_key();
        self.day_mut(weekday).push(Interval {
            key,
            from: text(from),
            until: text(until),
            valid_from: None,
            valid_until: None,
        });
    }

    /// Takes an interval out.
    pub fn remove(&mut self, weekday: Weekday, key: u32) {
        self.day_mut(weekday).retain(|interval| interval.key != key);
    }

    /// Changes an interval in place.
    pub fn edit(&mut self, weekday: Weekday, key: u32, change: impl FnOnce(&mut Interval)) {
        if let Some(interval) = self
            .day_mut(weekday)
            .iter_mut()
            .find(|interval| interval.key == key)
        {
            change(interval);
        }
    }

    /// Makes other days equal to one.
    pub fn copy(&mut self, from: Weekday, to: &[Weekday]) {
        let source = self.day(from).to_vec();
        for day in to.iter().filter(|day| **day != from) {
            let copies = source
                .iter()
                .map(|interval| Interval {
                    key: self.fresh_key(),
                    ..interval.clone()
                })
                .collect();
            *self.day_mut(*day) = copies;
        }
    }

    /// What is wrong with an interval, the plainest fault first.
    #[must_use]
    pub fn fault(&self, weekday: Weekday, key: u32, visit_minutes: u16) -> Option<Fault> {
        let day = self.day(weekday);
        let interval = day.iter().find(|interval| interval.key == key)?;
        let Some((from, until)) = interval.times() else {
            return Some(Fault::Missing);
        };
        if from >= until {
            return Some(Fault::Reversed);
        }
        if interval.days_reversed() {
            return Some(Fault::DaysReversed);
        }
        if day
            .iter()
            .any(|other| other.key != key && interval.overlaps(other))
        {
            return Some(Fault::Overlaps);
        }
        (until.minutes() - from.minutes() < visit_minutes).then_some(Fault::TooShort)
    }

    /// True when nothing keeps the plan from being saved.
    #[must_use]
    pub fn is_sound(&self, visit_minutes: u16) -> bool {
        Weekday::ALL.iter().all(|weekday| {
            self.day(*weekday)
                .iter()
                .all(|interval| self.fault(*weekday, interval.key, visit_minutes).is_none())
        })
    }

    /// The rules to send, by weekday and time. Intervals that cannot be read are left out,
    /// so ask [`WeekPlan::is_sound`] first.
    #[must_use]
    pub fn rules(&self) -> Vec<WeeklyRuleView> {
        let mut rules: Vec<_> = Weekday::ALL
            .iter()
            .flat_map(|weekday| self.day(*weekday).iter().map(move |i| (*weekday, i)))
            .filter_map(|(weekday, interval)| {
                let (from, until) = interval.times()?;
                Some(WeeklyRuleView {
                    weekday,
                    from,
                    until,
                    valid_from: interval.valid_from,
                    valid_until: interval.valid_until,
                })
            })
            .collect();
        rules.sort_by_key(|rule| (rule.weekday, rule.from, rule.valid_from));
        rules
    }

    /// The stretches worked on a calendar day by the weekly hours alone, in minutes of the day.
    pub(super) fn stretches_on(&self, date: LocalDate) -> Vec<Stretch> {
        self.day(date.weekday())
            .iter()
            .filter(|interval| {
                interval.valid_from.is_none_or(|from| from <= date)
                    && interval.valid_until.is_none_or(|until| date <= until)
            })
            .filter_map(Interval::times)
            .map(|(from, until)| (from.minutes(), until.minutes()))
            .collect()
    }

    /// Minutes worked in a week, for the summary line.
    #[must_use]
    pub fn weekly_minutes(&self) -> u32 {
        self.days
            .iter()
            .flatten()
            .filter_map(Interval::times)
            .map(|(from, until)| u32::from(until.minutes().saturating_sub(from.minutes())))
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::rule;
    use super::*;
    use Weekday::{Friday, Monday, Sunday, Tuesday};
    use wasm_bindgen_test::wasm_bindgen_test;

    fn faults(plan: &WeekPlan, weekday: Weekday) -> Vec<Option<Fault>> {
        plan.day(weekday)
            .iter()
            .map(|interval| plan.fault(weekday, interval.key, 20))
            .collect()
    }

    #[wasm_bindgen_test]
    fn rules_survive_the_way_through_the_editor() {
        let rules = vec![
            rule(Monday, "09:00", "12:00"),
            rule(Monday, "13:00", "24:00"),
            WeeklyRuleView {
                valid_until: Some("2026-12-31".parse().expect("date")),
                ..rule(Sunday, "00:00", "08:30")
            },
        ];
        let plan = WeekPlan::from_rules(&rules);
        assert!(plan.is_sound(20));
        assert_eq!(plan.rules(), rules);
        assert_eq!(plan.weekly_minutes(), 180 + 660 + 510);
    }

    #[wasm_bindgen_test]
    fn faults_stand_at_the_interval_that_has_them() {
        let mut plan = WeekPlan::from_rules(&[
            rule(Monday, "09:00", "12:00"),
            rule(Monday, "12:00", "13:00"),
        ]);
        assert_eq!(faults(&plan, Monday), [None, None]);
        let keys: Vec<_> = plan.day(Monday).iter().map(|i| i.key).collect();
        let [first, second] = keys[..] else {
            panic!("two intervals")
        };
        plan.edit(Monday, second, |i| i.from = "11:59".to_owned());
        assert_eq!(
            faults(&plan, Monday),
            [Some(Fault::Overlaps), Some(Fault::Overlaps)]
        );
        plan.edit(Monday, second, |i| i.from = "14:00".to_owned());
        assert_eq!(faults(&plan, Monday), [None, Some(Fault::Reversed)]);
        plan.edit(Monday, second, |i| {
            i.until = "15:00".to_owned();
            i.valid_from = Some("2026-12-02".parse().expect("date"));
            i.valid_until = Some("2026-12-01".parse().expect("date"));
        });
        assert_eq!(faults(&plan, Monday), [None, Some(Fault::DaysReversed)]);
        plan.edit(Monday, second, |i| i.from.clear());
        assert_eq!(faults(&plan, Monday), [None, Some(Fault::Missing)]);
        plan.remove(Monday, second);
        plan.edit(Monday, first, |i| i.until = "09:19".to_owned());
        assert_eq!(faults(&plan, Monday), [Some(Fault::TooShort)]);
        assert!(!plan.is_sound(20));
    }

    #[wasm_bindgen_test]
    fn copying_a_day_replaces_the_others_and_spares_itself() {
        let mut plan = WeekPlan::from_rules(&[
            rule(Monday, "09:00", "12:00"),
            rule(Tuesday, "15:00", "16:00"),
        ]);
        plan.copy(Monday, &[Monday, Tuesday, Friday]);
        assert_eq!(
            plan.rules(),
            [
                rule(Monday, "09:00", "12:00"),
                rule(Tuesday, "09:00", "12:00"),
                rule(Friday, "09:00", "12:00")
            ]
        );
        let mut keys: Vec<_> = Weekday::ALL
            .iter()
            .flat_map(|day| plan.day(*day).iter().map(|i| i.key))
            .collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), 3, "every row keeps a key of its own");
    }

    #[wasm_bindgen_test]
    fn a_new_interval_stands_after_the_last_and_is_sound() {
        let mut plan = WeekPlan::default();
        for _ in 0..4 {
            plan.add(Friday);
        }
        let texts: Vec<_> = plan
            .day(Friday)
            .iter()
            .map(|i| format!("{}-{}", i.from, i.until))
            .collect();
        assert_eq!(
            texts,
            ["09:00-12:00", "13:00-17:00", "18:00-20:00", "21:00-23:00"]
        );
        assert!(plan.is_sound(20));
    }
}
