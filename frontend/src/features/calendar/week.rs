//! A doctor's week: one column a day, from Monday on.

use visita_domain::LocalDate;

use super::data::{Colleague, Visits, column};
use super::model::Column;
use crate::parts::civil::monday_of;

/// The first and the last day of the week that a day lies in.
#[must_use]
pub fn days(day: LocalDate) -> (LocalDate, LocalDate) {
    let monday = monday_of(day);
    (monday, monday.plus_days(6))
}

/// The columns of the week.
#[must_use]
pub fn columns(colleagues: &[Colleague], visits: &Visits, zone: &str) -> Vec<Column> {
    let Some(own) = colleagues.first() else {
        return Vec::new();
    };
    (0..7)
        .map(|day| column(visits.first.plus_days(day), own, visits, zone))
        .collect()
}
