//! Whether a visit can be booked at a time: all conflicts at once, so that one answer names them all.

use serde::{Deserialize, Serialize};

use crate::{TimeRange, Ts};

/// How far ahead a visit can be booked, in days: two years.
pub const MAX_DAYS_AHEAD: i64 = 731;

/// The starts that can be booked now: later than this moment, and within
/// [`MAX_DAYS_AHEAD`]. None at the end of time.
#[must_use]
pub fn bookable(now: Ts) -> Option<TimeRange> {
    TimeRange::new(now.plus_micros(1), now.plus_days(MAX_DAYS_AHEAD)).ok()
}

/// One reason why a time cannot be booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Conflict {
    /// The doctor has another visit (its buffer included).
    DoctorBusy,
    /// The patient has another visit.
    PatientBusy,
    /// The doctor does not work then.
    OutsideAvailability,
    /// The time has passed.
    InThePast,
}

/// What the database knows about the time asked for.
#[derive(Debug, Clone)]
pub struct BookingFacts<'a> {
    /// The time asked for.
    pub range: TimeRange,
    /// The doctor's working hours around it, as instants.
    pub working: &'a [TimeRange],
    /// The doctor's other visits that block time.
    pub doctor_busy: &'a [TimeRange],
    /// The patient's other visits that block time.
    pub patient_busy: &'a [TimeRange],
    /// Minutes the doctor keeps free between visits.
    pub buffer_minutes: u16,
    /// Staff book over other visits or outside hours on purpose.
    pub overbook: bool,
}

/// Every conflict, in a stable order; empty when the time can be booked.
/// Overbooking lifts the doctor's side only: a patient cannot be in two visits.
#[must_use]
pub fn conflicts(facts: &BookingFacts<'_>, now: Ts) -> Vec<Conflict> {
    let mut found = Vec::new();
    let padded = facts.range.padded(i64::from(facts.buffer_minutes));
    if !facts.overbook && facts.doctor_busy.iter().any(|busy| busy.overlaps(padded)) {
        found.push(Conflict::DoctorBusy);
    }
    if facts
        .patient_busy
        .iter()
        .any(|busy| busy.overlaps(facts.range))
    {
        found.push(Conflict::PatientBusy);
    }
    if !facts.overbook
        && !facts
            .working
            .iter()
            .any(|hours| hours.contains(facts.range))
    {
        found.push(Conflict::OutsideAvailability);
    }
    if facts.range.start() <= now {
        found.push(Conflict::InThePast);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(from: i64, until: i64) -> TimeRange {
        let at = |m| Ts::from_micros(0).expect("epoch").plus_minutes(m);
        TimeRange::new(at(from), at(until)).expect("range")
    }

    #[test]
    fn all_conflicts_are_named_at_once() {
        let (work, other) = ([range(0, 480)], [range(60, 90)]);
        let facts = |r, overbook, buffer_minutes| BookingFacts {
            range: r,
            working: &work,
            doctor_busy: &other,
            patient_busy: &other,
            buffer_minutes,
            overbook,
        };
        let now = Ts::from_micros(0).expect("epoch").plus_minutes(-1);
        assert_eq!(conflicts(&facts(range(90, 120), false, 0), now), vec![]);
        assert_eq!(
            conflicts(&facts(range(90, 120), false, 5), now),
            vec![Conflict::DoctorBusy]
        );
        assert_eq!(
            conflicts(&facts(range(75, 500), false, 0), now.plus_minutes(100)),
            vec![
                Conflict::DoctorBusy,
                Conflict::PatientBusy,
                Conflict::OutsideAvailability,
                Conflict::InThePast
            ]
        );
        assert_eq!(
            conflicts(&facts(range(75, 500), true, 0), now),
            vec![Conflict::PatientBusy]
        );
    }
}
