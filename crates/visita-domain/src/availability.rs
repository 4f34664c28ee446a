//! When a doctor works: weekly rules and exceptions, in the hospital's civil time.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{ExceptionId, LocalDate, LocalTime, RuleId, TimeRange, Weekday};

/// Most rules of one doctor.
pub const MAX_RULES: usize = 100;

/// Hours on one day of every week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WeeklyRule {
    /// Its id.
    pub id: RuleId,
    /// The day.
    pub weekday: Weekday,
    /// First minute.
    pub from: LocalTime,
    /// The minute after the last.
    pub until: LocalTime,
    /// First day on which the rule counts; always when none.
    pub valid_from: Option<LocalDate>,
    /// Last day on which the rule counts; for ever when none.
    pub valid_until: Option<LocalDate>,
}

/// What an exception does to the weekly rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ExceptionKind {
    /// Not working although a rule says so.
    TimeOff,
    /// Working although no rule says so.
    ExtraHours,
}

/// A deviation from the weekly rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// Its id.
    pub id: ExceptionId,
    /// What it does.
    pub kind: ExceptionKind,
    /// When.
    pub range: TimeRange,
}

/// All that decides a doctor's slots, except appointments.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Availability {
    /// Weekly rules.
    pub rules: Vec<WeeklyRule>,
    /// Deviations.
    pub exceptions: Vec<Exception>,
}

/// Rules that contradict themselves or each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RuleError {
    /// The end is not after the start.
    #[error("the end must be after the start")]
    EmptyInterval,
    /// The last valid day lies before the first.
    #[error("the last valid day lies before the first")]
    ReversedValidity,
    /// Two rules of one weekday cover the same minutes on the same days.
    #[error("two rules overlap")]
    Overlap,
    /// More than [`MAX_RULES`].
    #[error("too many rules")]
    TooMany,
}

impl WeeklyRule {
    /// True when the rule counts on that day.
    #[must_use]
    pub fn applies_on(&self, date: LocalDate) -> bool {
        date.weekday() == self.weekday
            && self.valid_from.is_none_or(|from| from <= date)
            && self.valid_until.is_none_or(|until| date <= until)
    }

    fn overlaps(&self, other: &Self) -> bool {
        let days_meet = self
            .valid_until
            .zip(other.valid_from)
            .is_none_or(|(a, b)| b <= a)
            && other
                .valid_until
                .zip(self.valid_from)
                .is_none_or(|(a, b)| b <= a);
        self.weekday == other.weekday
            && days_meet
            && self.from < other.until
            && other.from < self.until
    }
}

/// Checks a doctor's whole set of weekly rules.
///
/// # Errors
/// [`RuleError`] of the first fault found.
pub fn check_rules(rules: &[WeeklyRule]) -> Result<(), RuleError> {
    if rules.len() > MAX_RULES {
        return Err(RuleError::TooMany);
    }
    for (index, rule) in rules.iter().enumerate() {
        if rule.from >= rule.until {
            return Err(RuleError::EmptyInterval);
        }
        if rule
            .valid_from
            .zip(rule.valid_until)
            .is_some_and(|(from, until)| until < from)
        {
            return Err(RuleError::ReversedValidity);
        }
        if rules
            .iter()
            .take(index)
            .any(|earlier| earlier.overlaps(rule))
        {
            return Err(RuleError::Overlap);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(
        weekday: Weekday,
        from: &str,
        until: &str,
        valid: (Option<&str>, Option<&str>),
    ) -> WeeklyRule {
        WeeklyRule {
            id: RuleId::new(uuid::Uuid::nil()),
            weekday,
            from: from.parse().expect("time"),
            until: until.parse().expect("time"),
            valid_from: valid.0.map(|d| d.parse().expect("date")),
            valid_until: valid.1.map(|d| d.parse().expect("date")),
        }
    }

    #[test]
    fn rules_are_checked_as_a_set() {
        use Weekday::{Friday, Monday};
        let open = (None, None);
        for (rules, expected) in [
            (
                vec![
                    rule(Monday, "09:00", "12:00", open),
                    rule(Monday, "12:00", "17:00", open),
                ],
                Ok(()),
            ),
            (
                vec![
                    rule(Monday, "09:00", "12:00", open),
                    rule(Friday, "09:00", "12:00", open),
                ],
                Ok(()),
            ),
            (
                vec![rule(Monday, "09:00", "09:00", open)],
                Err(RuleError::EmptyInterval),
            ),
            (
                vec![rule(Monday, "10:00", "09:00", open)],
                Err(RuleError::EmptyInterval),
            ),
            (
                vec![
                    rule(Monday, "09:00", "12:00", open),
                    rule(Monday, "11:59", "13:00", open),
                ],
                Err(RuleError::Overlap),
            ),
            (
                vec![
                    rule(Monday, "09:00", "12:00", (None, Some("2026-01-31"))),
                    rule(Monday, "09:00", "12:00", (Some("2026-02-01"), None)),
                ],
                Ok(()),
            ),
            (
                vec![rule(
                    Monday,
                    "09:00",
                    "12:00",
                    (Some("2026-02-02"), Some("2026-02-01")),
                )],
                Err(RuleError::ReversedValidity),
            ),
        ] {
            assert_eq!(check_rules(&rules), expected);
        }
    }
}
