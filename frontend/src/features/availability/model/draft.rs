//! Time off and extra hours as typed, and what is wrong with them.

use visita_domain::availability::ExceptionKind;
use visita_domain::{LocalDate, LocalTime};

use super::CivilException;
use crate::parts::civil::Civil;

/// Time off or extra hours as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// What it does.
    pub kind: ExceptionKind,
    /// Whole days: times do not count.
    pub whole_days: bool,
    /// `YYYY-MM-DD`, or empty.
    pub first_day: String,
    /// `YYYY-MM-DD`, or empty for the first day.
    pub last_day: String,
    /// `HH:MM`, or empty.
    pub from: String,
    /// `HH:MM`, or empty; `00:00` is the end of the day.
    pub until: String,
}

/// What is wrong with a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DraftFault {
    /// A day or a time is missing.
    Missing,
    /// The end is not after the start.
    Reversed,
    /// It is over already.
    Past,
}

impl Draft {
    /// The draft on the clinic's clock, where it is `now`.
    ///
    /// # Errors
    /// [`DraftFault`].
    pub fn check(&self, now: Civil) -> Result<CivilException, DraftFault> {
        let first: LocalDate = self.first_day.parse().map_err(|_| DraftFault::Missing)?;
        let last = if self.last_day.is_empty() {
            first
        } else {
            self.last_day.parse().map_err(|_| DraftFault::Missing)?
        };
        let (from, until) = if self.whole_days {
            (LocalTime::MIDNIGHT, LocalTime::MIDNIGHT)
        } else {
            let time = |text: &str| -> Result<LocalTime, DraftFault> {
                text.get(..5)
                    .and_then(|text| text.parse().ok())
                    .ok_or(DraftFault::Missing)
            };
            (time(&self.from)?, time(&self.until)?)
        };
        // Midnight as an end is the end of the day.
        let until = if until == LocalTime::MIDNIGHT {
            Civil {
                date: last.plus_days(1),
                time: until,
            }
        } else {
            Civil {
                date: last,
                time: until,
            }
        };
        let from = Civil {
            date: first,
            time: from,
        };
        if until <= from {
            return Err(DraftFault::Reversed);
        }
        if until <= now {
            return Err(DraftFault::Past);
        }
        Ok(CivilException {
            kind: self.kind,
            from,
            until,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{day, exception};
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn drafts_say_what_is_wrong_with_them() {
        let now = Civil {
            date: day("2026-11-23"),
            time: "12:00".parse().expect("time"),
        };
        let draft = |whole_days, first: &str, last: &str, from: &str, until: &str| Draft {
            kind: ExceptionKind::TimeOff,
            whole_days,
            first_day: first.to_owned(),
            last_day: last.to_owned(),
            from: from.to_owned(),
            until: until.to_owned(),
        };
        let off = |from, until| Ok(exception(ExceptionKind::TimeOff, from, until));
        for (draft, expected) in [
            (
                draft(true, "2026-12-24", "2026-12-26", "", ""),
                off("2026-12-24 00:00", "2026-12-27 00:00"),
            ),
            (
                draft(true, "2026-11-23", "", "", ""),
                off("2026-11-23 00:00", "2026-11-24 00:00"),
            ),
            (
                draft(false, "2026-12-24", "", "12:00", "00:00"),
                off("2026-12-24 12:00", "2026-12-25 00:00"),
            ),
            (draft(true, "", "", "", ""), Err(DraftFault::Missing)),
            (
                draft(false, "2026-12-24", "", "12:00", ""),
                Err(DraftFault::Missing),
            ),
            (
                draft(true, "2026-12-24", "2026-12-23", "", ""),
                Err(DraftFault::Reversed),
            ),
            (
                draft(false, "2026-12-24", "", "12:00", "11:00"),
                Err(DraftFault::Reversed),
            ),
            (draft(true, "2026-11-22", "", "", ""), Err(DraftFault::Past)),
            (
                draft(false, "2026-11-23", "", "09:00", "12:00"),
                Err(DraftFault::Past),
            ),
        ] {
            assert_eq!(draft.check(now), expected, "{draft:?}");
        }
    }
}
