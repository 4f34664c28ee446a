//! What the tests of this folder are made of.

use visita_domain::availability::ExceptionKind;
use visita_domain::{LocalDate, Weekday};
use visita_wire::availability::WeeklyRuleView;

use super::CivilException;
use crate::parts::civil::Civil;

pub fn rule(weekday: Weekday, from: &str, until: &str) -> WeeklyRuleView {
    WeeklyRuleView {
        weekday,
        from: from.parse().expect("time"),
        until: until.parse().expect("time"),
        valid_from: None,
        valid_until: None,
    }
}

pub fn day(text: &str) -> LocalDate {
    text.parse().expect("date")
}

pub fn exception(kind: ExceptionKind, from: &str, until: &str) -> CivilException {
    let civil = |text: &str| {
        let (date, time) = text.split_once(' ').expect("date and time");
        Civil {
            date: day(date),
            time: time.parse().expect("time"),
        }
    };
    CivilException {
        kind,
        from: civil(from),
        until: civil(until),
    }
}
