//! Turns the story's relative times into instants, and its visits into a list of events in order of time.

use anyhow::{Result, anyhow};
use visita_domain::time::ClinicTz;
use visita_domain::{LocalTime, Ts, Weekday};

use super::people::{DOCTORS, Doctor, HOSPITALS, House};
use super::story::{Line, Outcome, VISITS, Visit, When};

/// Something that happens to the visit of that place in [`VISITS`].
#[derive(Debug, Clone, Copy)]
pub(crate) enum Event {
    Book,
    Arrive,
    Admit,
    Finish,
    NoShow,
    Cancel,
    Talk(Line),
}

/// One event: when, to which visit, what.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scheduled {
    pub(crate) at: Ts,
    pub(crate) visit: usize,
    pub(crate) event: Event,
}

const QUARTER_SECS: i64 = 15 * 60;

/// Every event of the story around `now`, the earliest first.
///
/// # Errors
/// When the tables name nobody, or the calendar ends.
pub(crate) fn events(now: Ts) -> Result<Vec<Scheduled>> {
    let mut events = Vec::new();
    for (index, visit) in VISITS.iter().enumerate() {
        let start = starts_at(visit, now)?;
        let minutes = i64::from(doctor(visit.doctor)?.visit_minutes);
        let mut add = |at, event| {
            events.push(Scheduled {
                at,
                visit: index,
                event,
            });
        };
        add(booked_at(start, now), Event::Book);
        for line in visit.talk {
            add(start.plus_minutes(line.minute), Event::Talk(*line));
        }
        match visit.outcome {
            Outcome::Booked => {}
            Outcome::Waiting => add(now.plus_minutes(-6), Event::Arrive),
            Outcome::Finished => {
                add(start.plus_minutes(-4), Event::Arrive);
                add(start.plus_minutes(1), Event::Admit);
                add(start.plus_minutes(minutes).plus_secs(-40), Event::Finish);
            }
            Outcome::NoShow => add(start.plus_minutes(minutes), Event::NoShow),
            Outcome::Cancelled(..) => add(start.plus_minutes(-20 * 60), Event::Cancel),
        }
    }
    events.sort_by_key(|event| event.at);
    Ok(events)
}

/// Visits are booked three days ahead, and all of them before today.
fn booked_at(start: Ts, now: Ts) -> Ts {
    start.plus_days(-3).min(now.plus_minutes(-26 * 60))
}

/// When a visit begins.
///
/// # Errors
/// As [`events`].
pub(crate) fn starts_at(visit: &Visit, now: Ts) -> Result<Ts> {
    match visit.when {
        When::Quarter(quarters) => {
            let soon = now.plus_minutes(5).as_secs();
            let next = soon.div_euclid(QUARTER_SECS) + 1 + quarters;
            Ok(Ts::from_micros(
                next.saturating_mul(QUARTER_SECS * 1_000_000),
            )?)
        }
        When::Day(days, minute) => {
            let zone = zone_of(doctor(visit.doctor)?.house)?;
            let step = days.signum();
            let mut date = zone.date_at(now);
            let mut left = days.abs();
            while left > 0 {
                date = date.plus_days(step);
                if !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday) {
                    left -= 1;
                }
            }
            Ok(zone.instant(date, LocalTime::from_minutes(minute)?)?)
        }
    }
}

/// The doctor of that mailbox.
///
/// # Errors
/// When there is none.
pub(crate) fn doctor(mailbox: &str) -> Result<&'static Doctor> {
    DOCTORS
        .iter()
        .find(|doctor| doctor.mailbox == mailbox)
        .ok_or_else(|| anyhow!("no demo doctor `{mailbox}`"))
}

/// The zone of a hospital.
///
/// # Errors
/// When it is not known.
pub(crate) fn zone_of(house: House) -> Result<ClinicTz> {
    let hospital = HOSPITALS
        .iter()
        .find(|hospital| hospital.house == house)
        .ok_or_else(|| anyhow!("no such demo hospital"))?;
    Ok(ClinicTz::parse(hospital.time_zone)?)
}

#[cfg(test)]
mod tests {
    use visita_domain::TimeRange;

    use super::super::people::{Hours, PATIENTS};
    use super::*;

    /// Odd instants of a year: week ends, nights, and both changes of the clocks.
    fn moments() -> impl Iterator<Item = Ts> {
        let start: Ts = "2026-01-01T00:00:00Z".parse().unwrap();
        (0..365 * 24)
            .step_by(7)
            .map(move |hour| start.plus_minutes(hour * 60 + hour % 60))
    }

    fn range(visit: &Visit, now: Ts) -> TimeRange {
        let start = starts_at(visit, now).unwrap();
        let minutes = i64::from(doctor(visit.doctor).unwrap().visit_minutes);
        TimeRange::new(start, start.plus_minutes(minutes)).unwrap()
    }

    #[test]
    fn whenever_the_demo_starts_no_two_visits_overlap_and_doctors_are_at_work() {
        for now in moments() {
            for (index, visit) in VISITS.iter().enumerate() {
                let here = range(visit, now);
                for other in &VISITS[index + 1..] {
                    let same = visit.doctor == other.doctor || visit.patient == other.patient;
                    assert!(
                        !same || !here.overlaps(range(other, now)),
                        "{now}: {} and {} of {}",
                        visit.reason,
                        other.reason,
                        visit.patient
                    );
                }
                let doctor = doctor(visit.doctor).unwrap();
                let patient = PATIENTS
                    .iter()
                    .find(|p| p.mailbox == visit.patient)
                    .unwrap();
                assert_eq!(doctor.house, patient.house, "{}", visit.reason);
                if let (Hours::Weekdays(hours), When::Day(_, minute)) = (doctor.hours, visit.when) {
                    let end = minute + doctor.visit_minutes;
                    let step = doctor.visit_minutes + doctor.buffer_minutes;
                    assert!(
                        hours.iter().any(|(from, until)| *from <= minute
                            && end <= *until
                            && (minute - from) % step == 0),
                        "{} is no slot of {}",
                        visit.reason,
                        doctor.name
                    );
                }
            }
        }
    }

    #[test]
    fn everything_happens_after_the_booking_and_before_now() {
        for now in moments() {
            for scheduled in events(now).unwrap() {
                let visit = &VISITS[scheduled.visit];
                let booked = booked_at(starts_at(visit, now).unwrap(), now);
                assert!(
                    booked <= scheduled.at && scheduled.at < now,
                    "{now}: {:?} of {}",
                    scheduled.event,
                    visit.reason
                );
            }
        }
    }

    #[test]
    fn the_patient_account_has_a_visit_with_the_doctor_account_within_twenty_minutes() {
        for now in moments() {
            let soon = VISITS
                .iter()
                .find(|visit| visit.doctor == "doctor" && visit.when == When::Quarter(0))
                .unwrap();
            assert_eq!(soon.patient, "patient");
            let wait = starts_at(soon, now).unwrap().secs_since(now);
            assert!((5 * 60..=20 * 60).contains(&wait), "{wait}");
        }
    }
}
