//! Appointments and the lobby.

use visita_domain::appointment::AppointmentState;
use visita_domain::{AppointmentId, DoctorId, PatientId, Ts};
use visita_wire::appointments::{
    AppointmentView, BookAppointment, CancelAppointment, ConfirmAppointment, HistoryView,
    HoldAppointment, RescheduleAppointment,
};
use visita_wire::{Page, routes};

use super::client::Authed;
use super::{Outcome, Query};

/// Which appointments to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AppointmentFilter {
    /// Starting at or after.
    pub from: Option<Ts>,
    /// Starting before.
    pub to: Option<Ts>,
    /// In one of these states; all when empty.
    pub states: Vec<AppointmentState>,
    /// Of this doctor.
    pub doctor_id: Option<DoctorId>,
    /// Of this patient.
    pub patient_id: Option<PatientId>,
    /// Latest first.
    pub newest_first: bool,
}

/// Appointments that the viewer may see.
pub async fn list_appointments(
    filter: &AppointmentFilter,
    cursor: Option<String>,
) -> Outcome<Page<AppointmentView>> {
    let states: Vec<&str> = filter.states.iter().map(|state| state.as_str()).collect();
    let query = Query::new()
        .with("from", filter.from)
        .with("to", filter.to)
        .with("state", Some(states.join(",")))
        .with("doctor_id", filter.doctor_id)
        .with("patient_id", filter.patient_id)
        .with("order", filter.newest_first.then_some("desc"))
        .with("cursor", cursor);
    Authed.get(&query.on(routes::APPOINTMENTS)).await
}

/// One appointment.
pub async fn get_appointment(id: AppointmentId) -> Outcome<AppointmentView> {
    Authed.get(&routes::appointment(id)).await
}

/// What happened to an appointment, oldest first.
pub async fn get_history(id: AppointmentId) -> Outcome<HistoryView> {
    Authed.get(&routes::appointment_history(id)).await
}

/// Books. The same key with the same body books once, however often it is sent.
pub async fn book_appointment(body: &BookAppointment, key: &str) -> Outcome<AppointmentView> {
    Authed.post_keyed(routes::APPOINTMENTS, key, body).await
}

/// Keeps a time; the one that the caller kept for the same patient is let go.
pub async fn hold_appointment(body: &HoldAppointment) -> Outcome<AppointmentView> {
    Authed.post(routes::APPOINTMENT_HOLDS, body).await
}

/// Books the time that is kept. The same reason again gives the same answer.
pub async fn confirm_appointment(
    id: AppointmentId,
    body: &ConfirmAppointment,
) -> Outcome<AppointmentView> {
    Authed
        .post(&routes::appointment_action(id, "confirm"), body)
        .await
}

/// Moves to another time, if it still has the version that the viewer saw.
pub async fn reschedule_appointment(
    id: AppointmentId,
    version: i64,
    body: &RescheduleAppointment,
) -> Outcome<AppointmentView> {
    Authed
        .patch_version(&routes::appointment(id), version, body)
        .await
}

/// Calls off.
pub async fn cancel_appointment(
    id: AppointmentId,
    body: &CancelAppointment,
) -> Outcome<AppointmentView> {
    Authed
        .post(&routes::appointment_action(id, "cancel"), body)
        .await
}

/// The patient enters the waiting room.
pub async fn arrive(id: AppointmentId) -> Outcome<AppointmentView> {
    Authed
        .post_empty(&routes::appointment_action(id, "arrive"))
        .await
}

/// The patient leaves the waiting room.
pub async fn leave_lobby(id: AppointmentId) -> Outcome<AppointmentView> {
    Authed
        .post_empty(&routes::appointment_action(id, "leave"))
        .await
}

/// The doctor lets the patient in.
pub async fn admit(id: AppointmentId) -> Outcome<AppointmentView> {
    Authed
        .post_empty(&routes::appointment_action(id, "admit"))
        .await
}

/// The doctor ends the visit.
pub async fn finish(id: AppointmentId) -> Outcome<AppointmentView> {
    Authed
        .post_empty(&routes::appointment_action(id, "finish"))
        .await
}

/// The patient never came.
pub async fn mark_no_show(id: AppointmentId) -> Outcome<AppointmentView> {
    Authed
        .post_empty(&routes::appointment_action(id, "no-show"))
        .await
}
