//! Booking, listing, moving and cancelling.

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, LOCATION};
use actix_web::web::Json;
use actix_web::{HttpResponse, get, patch, post};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use visita_domain::appointment::AppointmentState;
use visita_domain::{AppointmentId, DoctorId, PatientId, Ts};
use visita_store::appointments::{self, AppointmentFilter, Booking, Hold, Move, Order};
use visita_wire::appointments::{
    AppointmentView, BookAppointment, CancelAppointment, ConfirmAppointment, HistoryView,
    HoldAppointment, RescheduleAppointment,
};
use visita_wire::{Page, routes};

use crate::convert;
use crate::error::ApiError;
use crate::extract::{Allowed, Id, IfMatch, Once, OnceKey, ValidJson, ValidQuery, can, page_query};
use crate::routes::tagged;
use crate::state::State;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .service(list_appointments)
        .service(book_appointment)
        .service(hold_appointment)
        .service(confirm_appointment)
        .service(get_appointment)
        .service(get_appointment_history)
        .service(reschedule_appointment)
        .service(cancel_appointment);
}

/// By which end a list begins.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum OrderParam {
    /// Soonest first.
    #[default]
    Asc,
    /// Latest first.
    Desc,
}

/// Which appointments.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AppointmentQuery {
    /// That end after this time.
    from: Option<Ts>,
    /// That start before this time.
    to: Option<Ts>,
    /// In one of these states, separated by commas.
    #[param(value_type = Option<Vec<AppointmentState>>, style = Form, explode = false, max_items = 20)]
    state: Option<String>,
    /// Of that doctor.
    doctor_id: Option<DoctorId>,
    /// Of that patient.
    patient_id: Option<PatientId>,
    /// By time.
    #[param(inline)]
    order: Option<OrderParam>,
    /// Items of one page.
    #[param(minimum = 1, maximum = 100, default = 50)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    #[param(max_length = 4096)]
    cursor: Option<String>,
}

/// Most states that one list may name; there are fewer.
const MAX_STATES: usize = 20;

fn states(list: Option<&str>) -> Result<Vec<AppointmentState>, ApiError> {
    let texts: Vec<&str> = list
        .into_iter()
        .flat_map(|list| list.split(','))
        .filter(|text| !text.is_empty())
        .collect();
    if texts.len() > MAX_STATES {
        return Err(ApiError::field(
            "state",
            "length",
            "Must be at most 20 items.",
        ));
    }
    texts
        .into_iter()
        .map(|text| {
            AppointmentState::from_text(text)
                .ok_or_else(|| ApiError::field("state", "format", "There is no such state."))
        })
        .collect()
}

/// List appointments
///
/// Patients see their own, doctors theirs, staff all of the hospital.
#[utoipa::path(
    tag = "scheduling", security(("bearer" = [])), params(AppointmentQuery),
    responses((status = 200, description = "Appointments by time", body = Page<AppointmentView>)),
)]
#[get("/appointments")]
async fn list_appointments(
    call: Allowed<can::ListAppointments, ValidQuery<AppointmentQuery>>,
    state: State,
) -> Result<Json<Page<AppointmentView>>, ApiError> {
    let (ctx, ValidQuery(query)) = (call.ctx, call.input);
    let page = page_query(&state.keys, query.limit, query.cursor)?;
    let order = match query.order.unwrap_or_default() {
        OrderParam::Asc => Order::Ascending,
        OrderParam::Desc => Order::Descending,
    };
    let filter = AppointmentFilter {
        from: query.from,
        to: query.to,
        state: states(query.state.as_deref())?,
        doctor_id: query.doctor_id,
        patient_id: query.patient_id,
    };
    let found = state
        .store
        .run(move |conn| appointments::list(conn, &ctx, &filter, order, &page))
        .await?;
    Ok(Json(convert::page(&state.keys, found, |one| {
        convert::appointment(one, &ctx.actor)
    })?))
}

/// See an appointment
///
/// Its version is the ETag.
#[utoipa::path(
    tag = "scheduling", security(("bearer" = [])),
    params(("id" = AppointmentId, Path, description = "The appointment")),
    responses((status = 200, description = "The appointment", body = AppointmentView)),
)]
#[get("/appointments/{id}")]
async fn get_appointment(
    call: Allowed<can::ReadAppointment, Id<AppointmentId>>,
    state: State,
) -> Result<HttpResponse, ApiError> {
    let (ctx, id) = (call.ctx, call.input.0);
    let found = state
        .store
        .run(move |conn| appointments::get(conn, &ctx, id))
        .await?;
    Ok(tagged(
        StatusCode::OK,
        &convert::appointment(found, &ctx.actor),
    ))
}

/// See what happened to an appointment
///
/// Who booked, moved or cancelled it and when, and what it became, for whoever may see the
/// appointment.
#[utoipa::path(
    tag = "scheduling", security(("bearer" = [])),
    params(("id" = AppointmentId, Path, description = "The appointment")),
    responses((status = 200, description = "What happened, oldest first", body = HistoryView)),
)]
#[get("/appointments/{id}/history")]
async fn get_appointment_history(
    call: Allowed<can::ReadAppointmentHistory, Id<AppointmentId>>,
    state: State,
) -> Result<Json<HistoryView>, ApiError> {
    let (ctx, id) = (call.ctx, call.input.0);
    let changes = state
        .store
        .run(move |conn| appointments::history(conn, &ctx, id))
        .await?;
    Ok(Json(convert::history(changes)))
}

/// Book a visit
///
/// Staff may book over other visits or outside hours with a reason.
#[utoipa::path(
    tag = "scheduling", security(("bearer" = [])), request_body = BookAppointment,
    params(OnceKey),
    responses((status = 201, description = "Booked", body = AppointmentView)),
    extensions(("x-problems" = json!(["slot_taken", "patient_archived", "not_found"]))),
)]
#[post("/appointments")]
async fn book_appointment(
    call: Allowed<can::BookAppointment, Once<BookAppointment>>,
    state: State,
) -> Result<HttpResponse, ApiError> {
    let (ctx, body) = call.input.by(call.ctx);
    let booking = Booking {
        doctor_id: body.doctor_id,
        starts_at: body.starts_at,
        reason: body.reason,
        patient_id: body.patient_id,
        overbook_reason: body.overbook_reason,
    };
    let booked = state
        .store
        .run(move |conn| appointments::book(conn, &ctx, &booking))
        .await?;
    if !booked.replayed {
        state.hub.appointment_changed(&booked.appointment);
        state.mailer.wake();
    }
    Ok(made(&convert::appointment(booked.appointment, &ctx.actor)))
}

fn made(view: &AppointmentView) -> HttpResponse {
    let mut response = tagged(StatusCode::CREATED, view);
    if let Ok(location) = HeaderValue::from_str(&routes::appointment(view.id)) {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}

/// Hold a time
///
/// Keeps the time for ten minutes while somebody fills in the form. Nobody else can hold or
/// book it until then. Holding another time for the same patient lets this one go.
#[utoipa::path(
    tag = "scheduling", security(("bearer" = [])), request_body = HoldAppointment,
    params(OnceKey),
    responses((status = 201, description = "Held", body = AppointmentView)),
    extensions(("x-problems" = json!(["slot_taken", "patient_archived", "invalid_time", "not_found"]))),
)]
#[post("/appointments/holds")]
async fn hold_appointment(
    call: Allowed<can::BookAppointment, Once<HoldAppointment>>,
    state: State,
) -> Result<HttpResponse, ApiError> {
    let (ctx, body) = call.input.by(call.ctx);
    let hold = Hold {
        doctor_id: body.doctor_id,
        starts_at: body.starts_at,
        patient_id: body.patient_id,
    };
    let held = state
        .store
        .run(move |conn| appointments::hold(conn, &ctx, &hold))
        .await?;
    Ok(made(&convert::appointment(held, &ctx.actor)))
}

/// Book a time that is held
///
/// Only whoever holds it can. Confirming twice for the same reason gives the same answer.
#[utoipa::path(
    tag = "scheduling", security(("bearer" = [])), request_body = ConfirmAppointment,
    params(("id" = AppointmentId, Path, description = "The appointment")),
    responses((status = 200, description = "Booked", body = AppointmentView)),
    extensions(("x-problems" = json!(["hold_expired", "illegal_transition"]))),
)]
#[post("/appointments/{id}/confirm")]
async fn confirm_appointment(
    call: Allowed<can::ConfirmHold, (Id<AppointmentId>, ValidJson<ConfirmAppointment>)>,
    state: State,
) -> Result<HttpResponse, ApiError> {
    let (ctx, (Id(id), ValidJson(body))) = (call.ctx, call.input);
    let booked = state
        .store
        .run(move |conn| appointments::confirm(conn, &ctx, id, &body.reason))
        .await?;
    state.hub.appointment_changed(&booked);
    state.mailer.wake();
    Ok(tagged(
        StatusCode::OK,
        &convert::appointment(booked, &ctx.actor),
    ))
}

/// Move a visit
///
/// To another time, and by staff also to another doctor. `If-Match` must be the ETag that the
/// caller has seen. The appointment keeps its identity.
#[utoipa::path(
    tag = "scheduling", security(("bearer" = [])), request_body = RescheduleAppointment,
    params(
        ("id" = AppointmentId, Path, description = "The appointment"),
        (
            "If-Match" = String, Header, description = "ETag of the appointment",
            pattern = "^\"[0-9]{1,18}\"$",
        ),
    ),
    responses((status = 200, description = "Moved", body = AppointmentView)),
    extensions(("x-problems" = json!(
        ["slot_taken", "illegal_transition", "too_late", "version_mismatch", "precondition_required"]
    ))),
)]
#[patch("/appointments/{id}")]
async fn reschedule_appointment(
    call: Allowed<
        can::RescheduleAppointment,
        (Id<AppointmentId>, IfMatch, ValidJson<RescheduleAppointment>),
    >,
    state: State,
) -> Result<HttpResponse, ApiError> {
    let (ctx, (Id(id), IfMatch(version), ValidJson(body))) = (call.ctx, call.input);
    let wanted = Move {
        starts_at: body.starts_at,
        doctor_id: body.doctor_id,
        overbook_reason: body.overbook_reason,
    };
    let moved = state
        .store
        .run(move |conn| appointments::reschedule(conn, &ctx, id, version, &wanted))
        .await?;
    state.hub.appointment_changed(&moved.appointment);
    state.mailer.wake();
    if let Some(doctor_id) = moved.former_doctor {
        state.hub.appointment_left(doctor_id, &moved.appointment);
    }
    Ok(tagged(
        StatusCode::OK,
        &convert::appointment(moved.appointment, &ctx.actor),
    ))
}

/// Cancel a visit
#[utoipa::path(
    tag = "scheduling", security(("bearer" = [])), request_body = CancelAppointment,
    params(("id" = AppointmentId, Path, description = "The appointment")),
    responses((status = 200, description = "Cancelled", body = AppointmentView)),
    extensions(("x-problems" = json!(["illegal_transition", "too_late"]))),
)]
#[post("/appointments/{id}/cancel")]
async fn cancel_appointment(
    call: Allowed<can::CancelAppointment, (Id<AppointmentId>, ValidJson<CancelAppointment>)>,
    state: State,
) -> Result<HttpResponse, ApiError> {
    let (ctx, (Id(id), ValidJson(body))) = (call.ctx, call.input);
    let cancelled = state
        .store
        .run(move |conn| appointments::cancel(conn, &ctx, id, body.reason.as_deref()))
        .await?;
    state.hub.appointment_changed(&cancelled);
    state.mailer.wake();
    Ok(tagged(
        StatusCode::OK,
        &convert::appointment(cancelled, &ctx.actor),
    ))
}
