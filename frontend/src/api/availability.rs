//! Working hours and free slots.

use visita_domain::{DoctorId, ExceptionId, LocalDate};
use visita_wire::availability::{
    AddException, AvailabilityView, ExceptionView, ReplaceAvailability, SlotsView,
};
use visita_wire::routes;

use super::client::Authed;
use super::{Outcome, Query};

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

/// Removes an exception.
pub async fn delete_exception(doctor: DoctorId, id: ExceptionId) -> Outcome<()> {
    Authed.delete(&routes::exception(doctor, id)).await
}

/// Free slots of the days from `from` to `to`, both included, in the clinic's zone.
pub async fn list_slots(doctor: DoctorId, from: LocalDate, to: LocalDate) -> Outcome<SlotsView> {
    let query = Query::new().with("from", Some(from)).with("to", Some(to));
    Authed.get(&query.on(&routes::slots(doctor))).await
}
