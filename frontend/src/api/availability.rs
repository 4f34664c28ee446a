//! Working hours and free slots.

use visita_domain::{DoctorId, ExceptionId, LocalDate};
use visita_wire::availability::{
    AddException, AvailabilityView, ExceptionView, NextSlotsView, ReplaceAvailability, SlotsView,
};
use visita_wire::routes;
use visita_wire::search::SearchNextSlots;

use super::client::Authed;
use super::{Outcome, Query, given};

/// A doctor's weekly rules and exceptions.
pub async fn get_availability(doctor: DoctorId) -> Outcome<AvailabilityView> {
    Authed.get(&routes::availability(doctor)).await
}

/// Replaces all weekly rules.
pub async fn replace_availability(
    doctor: DoctorId,
    body: &ReplaceAvailability,
) -> Outcome<AvailabilityView> {
    Authed.put(&routes::availability(doctor), body).await
}

/// Adds time off or extra hours.
pub async fn add_exception(doctor: DoctorId, body: &AddException) -> Outcome<ExceptionView> {
    Authed.post(&routes::exceptions(doctor), body).await
}

/// Removes an exception; with `keep_booked` also extra hours in which visits are booked.
pub async fn delete_exception(doctor: DoctorId, id: ExceptionId, keep_booked: bool) -> Outcome<()> {
    let query = Query::new().with("keep_booked", keep_booked.then_some(true));
    Authed
        .delete(&query.on(&routes::exception(doctor, id)))
        .await
}

/// Free slots of the days from `from` to `to`, both included, in the clinic's zone.
pub async fn list_slots(doctor: DoctorId, from: LocalDate, to: LocalDate) -> Outcome<SlotsView> {
    let query = Query::new().with("from", Some(from)).with("to", Some(to));
    Authed.get(&query.on(&routes::slots(doctor))).await
}

/// Doctors by their next free time, narrowed by a part of the name or specialty, by a
/// specialty and by a language; empty texts narrow nothing.
pub async fn list_next_slots(
    search: &str,
    specialty: &str,
    language: &str,
) -> Outcome<NextSlotsView> {
    let body = SearchNextSlots {
        search: search.to_owned(),
        specialty: given(specialty),
        language: given(language),
        limit: None,
    };
    Authed.post(routes::NEXT_SLOTS, &body).await
}
