//! Reception's day: one column for every doctor who works or has visits then.

use super::data::{Colleague, Visits, column, former};
use super::model::Column;

/// The columns of the day, by the doctors' names.
#[must_use]
pub fn columns(colleagues: &[Colleague], visits: &Visits, zone: &str) -> Vec<Column> {
    let date = visits.first;
    let mut columns: Vec<Column> = colleagues
        .iter()
        .map(|colleague| column(date, colleague, visits, zone))
        .filter(|column| !column.hours.working.is_empty() || !column.blocks.is_empty())
        .collect();
    for visit in &visits.list {
        let known = columns
            .iter()
            .any(|column| column.doctor == visit.doctor_id);
        if !known {
            columns.push(former(date, visit, visits, zone));
        }
    }
    columns
}
