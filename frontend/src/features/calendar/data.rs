//! What a board is made of: visits of some days, and the doctors with their hours.

use leptos::prelude::*;
use visita_domain::people::DoctorOrder;
use visita_domain::{DoctorId, LocalDate, LocalTime};
use visita_wire::appointments::AppointmentView;
use visita_wire::availability::AvailabilityView;

use super::model::{CivilException, Column, Hours, Span, blocks, hours_on, on_board};
use crate::api::appointments::{AppointmentFilter, list_appointments};
use crate::api::availability::get_availability;
use crate::api::people::{DoctorFilter, get_doctor, list_doctors};
use crate::api::{ApiFail, Outcome};
use crate::parts::civil::Civil;
use crate::parts::zone::civil_in;

/// Most pages that are read for one board: a thousand visits, more than anybody can look at.
const MAX_PAGES: usize = 20;
/// Most pages of doctors.
const MAX_DOCTOR_PAGES: usize = 4;

/// The visits of some days.
#[derive(Clone, PartialEq)]
pub struct Visits {
    /// The first day.
    pub first: LocalDate,
    /// The last day.
    pub last: LocalDate,
    /// The visits, by time.
    pub list: Vec<AppointmentView>,
    /// False when there are more than a board can hold.
    pub complete: bool,
}

/// A doctor with the weekly hours and exceptions.
#[derive(Clone, PartialEq)]
pub struct Colleague {
    /// The doctor.
    pub id: DoctorId,
    /// The name.
    pub name: String,
    /// How long a visit is, in minutes.
    pub visit_minutes: u16,
    hours: AvailabilityView,
}

/// The visits of these days of the clinic's calendar, all pages of them.
pub async fn load_visits(first: LocalDate, last: LocalDate, zone: String) -> Outcome<Visits> {
    let midnight = |date| {
        let civil = Civil {
            date,
            time: LocalTime::MIDNIGHT,
        };
        civil.instant(|at| civil_in(at, &zone))
    };
    let filter = AppointmentFilter {
        from: midnight(first),
        to: midnight(last.plus_days(1)),
        ..AppointmentFilter::default()
    };
    // A browser that does not know the zone would ask for all visits of all time.
    if filter.from.is_none() || filter.to.is_none() {
        return Err(ApiFail::not_found());
    }
    let mut visits = Visits {
        first,
        last,
        list: Vec::new(),
        complete: false,
    };
    let mut cursor = None;
    for _ in 0..MAX_PAGES {
        let page = list_appointments(&filter, cursor).await?;
        let shown = page.items.into_iter().filter(|visit| on_board(visit.state));
        visits.list.extend(shown);
        cursor = page.next_cursor;
        if cursor.is_none() {
            visits.complete = true;
            break;
        }
    }
    Ok(visits)
}

/// One doctor with hours, or without an id all of the clinic that can be booked.
pub async fn load_colleagues(only: Option<DoctorId>) -> Outcome<Vec<Colleague>> {
    let mut doctors = Vec::new();
    if let Some(id) = only {
        doctors.push(get_doctor(id).await?);
    } else {
        let filter = DoctorFilter {
            order: DoctorOrder::Name,
            ..DoctorFilter::default()
        };
        let mut cursor = None;
        for _ in 0..MAX_DOCTOR_PAGES {
            let page = list_doctors(&filter, cursor).await?;
            doctors.extend(page.items.into_iter().filter(|doctor| doctor.active));
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
    }
    let mut colleagues = Vec::new();
    for doctor in doctors {
        colleagues.push(Colleague {
            hours: get_availability(doctor.id).await?,
            id: doctor.id,
            name: doctor.name,
            visit_minutes: doctor.visit_minutes,
        });
    }
    Ok(colleagues)
}

/// What was last read, while it is read again.
#[must_use]
pub fn kept<T>(data: LocalResource<Outcome<T>>) -> Memo<Option<Outcome<T>>>
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    Memo::new(move |before: Option<&Option<Outcome<T>>>| {
        data.get().or_else(|| before.cloned().flatten())
    })
}

/// That doctor's column of that day.
#[must_use]
pub fn column(date: LocalDate, colleague: &Colleague, visits: &Visits, zone: &str) -> Column {
    let exceptions: Vec<CivilException> = colleague
        .hours
        .exceptions
        .iter()
        .filter_map(|exception| {
            Some(CivilException {
                kind: exception.kind,
                from: civil_in(exception.starts_at, zone)?,
                until: civil_in(exception.ends_at, zone)?,
            })
        })
        .collect();
    let hours = hours_on(
        &colleague.hours.rules,
        &exceptions,
        date,
        colleague.visit_minutes,
    );
    let own = visits
        .list
        .iter()
        .filter(|visit| visit.doctor_id == colleague.id);
    Column {
        date,
        doctor: colleague.id,
        doctor_name: colleague.name.clone(),
        visit_minutes: colleague.visit_minutes,
        hours,
        blocks: blocks(on_day(date, own, zone)),
    }
}

/// The column of somebody who has visits that day and can no longer be booked.
#[must_use]
pub fn former(date: LocalDate, visit: &AppointmentView, visits: &Visits, zone: &str) -> Column {
    let own = visits
        .list
        .iter()
        .filter(|other| other.doctor_id == visit.doctor_id);
    Column {
        date,
        doctor: visit.doctor_id,
        doctor_name: visit.doctor_name.clone(),
        visit_minutes: 60,
        hours: Hours::default(),
        blocks: blocks(on_day(date, own, zone)),
    }
}

fn on_day<'a>(
    date: LocalDate,
    visits: impl Iterator<Item = &'a AppointmentView>,
    zone: &str,
) -> Vec<(AppointmentView, Span)> {
    visits
        .filter_map(|visit| {
            let from = civil_in(visit.starts_at, zone)?;
            let until = civil_in(visit.ends_at, zone)?;
            Some((visit.clone(), Span::on(date, from, until)?))
        })
        .collect()
}
