//! The live part of an appointment: arrive, leave, admit, finish, or never come.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, post};
use utoipa_actix_web::service_config::ServiceConfig;
use visita_domain::AppointmentId;
use visita_domain::appointment::Appointment;
use visita_store::{AnyConn, Ctx, StoreError, appointments};
use visita_wire::appointments::AppointmentView;

use crate::convert;
use crate::error::ApiError;
use crate::extract::{Allowed, Id, Right, can};
use crate::routes::tagged;
use crate::state::State;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .service(arrive)
        .service(leave_lobby)
        .service(admit_patient)
        .service(finish_visit)
        .service(mark_no_show);
}

type Step = fn(&mut AnyConn, &Ctx, AppointmentId) -> Result<Appointment, StoreError>;

/// Takes one step of the visit and tells everybody who watches.
async fn step<R: Right>(
    call: Allowed<R, Id<AppointmentId>>,
    state: State,
    step: Step,
) -> Result<HttpResponse, ApiError> {
    let (ctx, id) = (call.ctx, call.input.0);
    let changed = state.store.run(move |conn| step(conn, &ctx, id)).await?;
    state.hub.appointment_changed(&changed);
    Ok(tagged(
        StatusCode::OK,
        &convert::appointment(changed, &ctx.actor),
    ))
}

/// Enter the waiting room
///
/// From an hour before the visit on. Staff may do it for the patient. Repeating it is harmless.
#[utoipa::path(
    tag = "scheduling", security(("bearer" = [])),
    params(("id" = AppointmentId, Path, description = "The appointment")),
    responses((status = 200, description = "In the waiting room", body = AppointmentView)),
    extensions(("x-problems" = json!(["illegal_transition", "too_early"]))),
)]
#[post("/appointments/{id}/arrive")]
async fn arrive(
    call: Allowed<can::Arrive, Id<AppointmentId>>,
    state: State,
) -> Result<HttpResponse, ApiError> {
    step(call, state, appointments::arrive).await
}

/// Leave the waiting room
#[utoipa::path(
    tag = "scheduling", security(("bearer" = [])),
    params(("id" = AppointmentId, Path, description = "The appointment")),
    responses((status = 200, description = "Booked as before", body = AppointmentView)),
    extensions(("x-problems" = json!(["illegal_transition"]))),
)]
#[post("/appointments/{id}/leave")]
async fn leave_lobby(
    call: Allowed<can::LeaveLobby, Id<AppointmentId>>,
    state: State,
) -> Result<HttpResponse, ApiError> {
    step(call, state, appointments::leave_lobby).await
}

/// Let the patient in
#[utoipa::path(
    tag = "scheduling", security(("bearer" = [])),
    params(("id" = AppointmentId, Path, description = "The appointment")),
    responses((status = 200, description = "In the call", body = AppointmentView)),
    extensions(("x-problems" = json!(["illegal_transition"]))),
)]
#[post("/appointments/{id}/admit")]
async fn admit_patient(
    call: Allowed<can::Admit, Id<AppointmentId>>,
    state: State,
) -> Result<HttpResponse, ApiError> {
    step(call, state, appointments::admit).await
}

/// End the visit
///
/// The doctor's act. Leaving the call does not end the visit.
#[utoipa::path(
    tag = "scheduling", security(("bearer" = [])),
    params(("id" = AppointmentId, Path, description = "The appointment")),
    responses((status = 200, description = "Finished", body = AppointmentView)),
    extensions(("x-problems" = json!(["illegal_transition"]))),
)]
#[post("/appointments/{id}/finish")]
async fn finish_visit(
    call: Allowed<can::Finish, Id<AppointmentId>>,
    state: State,
) -> Result<HttpResponse, ApiError> {
    step(call, state, appointments::finish).await
}

/// Note that the patient never came
#[utoipa::path(
    tag = "scheduling", security(("bearer" = [])),
    params(("id" = AppointmentId, Path, description = "The appointment")),
    responses((status = 200, description = "Noted", body = AppointmentView)),
    extensions(("x-problems" = json!(["illegal_transition", "invalid_time"]))),
)]
#[post("/appointments/{id}/no-show")]
async fn mark_no_show(
    call: Allowed<can::MarkNoShow, Id<AppointmentId>>,
    state: State,
) -> Result<HttpResponse, ApiError> {
    step(call, state, appointments::mark_no_show).await
}
