//! Working hours and free times.

use actix_web::web::Json;
use actix_web::{HttpResponse, delete, get, post, put};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;
use visita_domain::{DoctorId, ExceptionId, LocalDate, TimeRange};
use visita_store::availability::{self, IfStranded};
use visita_wire::availability::{
    AddException, AvailabilityView, ExceptionView, ReplaceAvailability, SlotsView,
};
use visita_wire::{ErrorCode, routes};

use crate::convert;
use crate::error::ApiError;
use crate::extract::{Allowed, Id, Once, OnceKey, ValidJson, ValidQuery, can};
use crate::routes::created;
use crate::state::State;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .service(get_availability)
        .service(replace_availability)
        .service(add_exception)
        .service(delete_exception)
        .service(list_slots);
}

/// See a doctor's working hours
#[utoipa::path(
    tag = "scheduling", security(("bearer" = [])),
    params(("id" = DoctorId, Path, description = "The doctor")),
    responses((status = 200, description = "Weekly rules and exceptions", body = AvailabilityView)),
)]
#[get("/doctors/{id}/availability")]
async fn get_availability(
    call: Allowed<can::ReadAvailability, Id<DoctorId>>,
    state: State,
) -> Result<Json<AvailabilityView>, ApiError> {
    let (ctx, id) = (call.ctx, call.input.0);
    let (zone, found) = state
        .store
        .run(move |conn| availability::get(conn, &ctx, id))
        .await?;
    Ok(Json(convert::availability(zone, &found)))
}

/// Replace a doctor's weekly rules
#[utoipa::path(
    tag = "scheduling", security(("bearer" = [])), request_body = ReplaceAvailability,
    params(("id" = DoctorId, Path, description = "The doctor")),
    responses((status = 200, description = "As replaced", body = AvailabilityView)),
    extensions(("x-problems" = json!(["invalid_time", "visits_stranded"]))),
)]
#[put("/doctors/{id}/availability")]
async fn replace_availability(
    call: Allowed<can::ChangeAvailability, (Id<DoctorId>, ValidJson<ReplaceAvailability>)>,
    state: State,
) -> Result<Json<AvailabilityView>, ApiError> {
    let (ctx, (Id(id), ValidJson(body))) = (call.ctx, call.input);
    let booked = if_stranded(body.keep_booked);
    let rules: Vec<_> = body.rules.iter().map(convert::rule_input).collect();
    let (zone, replaced) = state
        .store
        .run(move |conn| availability::replace_rules(conn, &ctx, id, &rules, booked))
        .await?;
    Ok(Json(convert::availability(zone, &replaced)))
}

/// Add time off or extra hours
#[utoipa::path(
    tag = "scheduling", security(("bearer" = [])), request_body = AddException,
    params(("id" = DoctorId, Path, description = "The doctor"), OnceKey),
    responses((status = 201, description = "Added", body = ExceptionView)),
    extensions(("x-problems" = json!(["invalid_time", "visits_stranded"]))),
)]
#[post("/doctors/{id}/availability/exceptions")]
async fn add_exception(
    call: Allowed<can::ChangeAvailability, (Id<DoctorId>, Once<AddException>)>,
    state: State,
) -> Result<HttpResponse, ApiError> {
    let (Id(doctor), once) = call.input;
    let (ctx, body) = once.by(call.ctx);
    let range = TimeRange::new(body.starts_at, body.ends_at).map_err(|_| {
        ApiError::with_detail(ErrorCode::InvalidTime, "The end must be after the start.")
    })?;
    let booked = if_stranded(body.keep_booked);
    let added = state
        .store
        .run(move |conn| availability::add_exception(conn, &ctx, doctor, body.kind, range, booked))
        .await?;
    let location = routes::exception(doctor, added.id);
    Ok(created(location, &convert::exception(&added)))
}

/// Remove time off or extra hours
#[utoipa::path(
    tag = "scheduling", security(("bearer" = [])),
    params(
        ("id" = DoctorId, Path, description = "The doctor"),
        ("exception_id" = ExceptionId, Path, description = "The exception"),
        KeepQuery,
    ),
    responses((status = 204, description = "Removed")),
    extensions(("x-problems" = json!(["visits_stranded", "validation_failed"]))),
)]
#[delete("/doctors/{id}/availability/exceptions/{exception_id}")]
async fn delete_exception(
    call: Allowed<can::ChangeAvailability, (ExceptionOf, ValidQuery<KeepQuery>)>,
    state: State,
) -> Result<HttpResponse, ApiError> {
    let (ctx, (Id((doctor, exception)), ValidQuery(query))) = (call.ctx, call.input);
    let booked = if_stranded(query.keep_booked);
    state
        .store
        .run(move |conn| availability::remove_exception(conn, &ctx, doctor, exception, booked))
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// An exception of a doctor, by the path.
type ExceptionOf = Id<(DoctorId, ExceptionId)>;

/// Whether the caller knows of visits outside of the hours.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct KeepQuery {
    /// Visits already booked in extra hours stay as they are; without it they stop the removal.
    #[serde(default)]
    keep_booked: bool,
}

fn if_stranded(keep: bool) -> IfStranded {
    if keep {
        IfStranded::Keep
    } else {
        IfStranded::Ask
    }
}

/// Which days, in the hospital's zone.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DaysQuery {
    /// First day.
    from: LocalDate,
    /// Last day, at most 62 days after the first.
    to: LocalDate,
}

/// List a doctor's free times
#[utoipa::path(
    tag = "scheduling", security(("bearer" = [])),
    params(("id" = DoctorId, Path, description = "The doctor"), DaysQuery),
    responses((status = 200, description = "Free times, soonest first", body = SlotsView)),
    extensions(("x-problems" = json!(["validation_failed", "invalid_time"]))),
)]
#[get("/doctors/{id}/slots")]
async fn list_slots(
    call: Allowed<can::ReadSlots, (Id<DoctorId>, ValidQuery<DaysQuery>)>,
    state: State,
) -> Result<Json<SlotsView>, ApiError> {
    let (ctx, (Id(id), ValidQuery(days))) = (call.ctx, call.input);
    let (zone, free) = state
        .store
        .run(move |conn| availability::slots(conn, &ctx, id, days.from, days.to))
        .await?;
    Ok(Json(convert::slots(zone, free)))
}
