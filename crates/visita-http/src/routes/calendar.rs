//! The own visits in calendars outside of the clinic: single files, and a feed for each
//! doctor and patient.
//!
//! Calendar programs cannot sign in: the feed's link is all that they have, so it holds a
//! token that does nothing else, can be revoked, and is stored as a hash.

use actix_web::http::header::{ContentDisposition, DispositionParam, DispositionType};
use actix_web::web::Json;
use actix_web::{HttpResponse, delete, get, post};
use utoipa_actix_web::service_config::ServiceConfig;
use visita_domain::{AppointmentId, Ts};
use visita_store::{StoreError, calendar as store};
use visita_wire::calendar::{CalendarFeedView, NewCalendarFeed};
use visita_wire::{ErrorCode, routes};

use crate::calendar::{self, CalendarFile, Clinic, token};
use crate::codes;
use crate::error::ApiError;
use crate::extract::{Allowed, Id, can};
use crate::state::{AppState, Origin, State};
use crate::throttle::CredentialTry;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .service(get_appointment_calendar)
        .service(get_calendar_feed)
        .service(create_calendar_feed)
        .service(revoke_calendar_feed);
}

/// Outside of the versions of the API: programs keep a link for years.
pub(crate) fn configure_feeds(config: &mut ServiceConfig) {
    config.service(read_calendar_feed);
}

/// Save a visit for a calendar
///
/// iCalendar (RFC 5545) without names and reason. The same visit has the same `UID`, and a
/// `SEQUENCE` that grows when it is moved. That of a visit which was called off has the
/// method `CANCEL` and takes the entry away.
#[utoipa::path(
    tag = "scheduling", security(("bearer" = [])),
    params(("id" = AppointmentId, Path, description = "The appointment")),
    responses((status = 200, description = "The file", body = String, content_type = "text/calendar")),
)]
#[get("/appointments/{id}/calendar.ics")]
async fn get_appointment_calendar(
    call: Allowed<can::ReadAppointment, Id<AppointmentId>>,
    state: State,
) -> Result<HttpResponse, ApiError> {
    let (ctx, id) = (call.ctx, call.input.0);
    let (visit, hospital) = state
        .store
        .run(move |conn| store::visit(conn, &ctx, id))
        .await?;
    let file = in_name_of(&state, &hospital, ctx.now, |clinic| {
        calendar::file(&visit, clinic)
    })?;
    Ok(saved_as("visit.ics", file))
}

/// See whether there is an own calendar feed
///
/// Its link is shown once, when it is made.
#[utoipa::path(
    tag = "me", security(("bearer" = [])),
    responses((status = 200, description = "Since when", body = CalendarFeedView)),
)]
#[get("/me/calendar-feed")]
async fn get_calendar_feed(
    call: Allowed<can::ManageCalendarFeed>,
    state: State,
) -> Result<Json<CalendarFeedView>, ApiError> {
    let ctx = call.ctx;
    let created_at = state
        .store
        .run(move |conn| store::feed_since(conn, &ctx))
        .await?;
    Ok(Json(CalendarFeedView { created_at }))
}

/// Make a calendar feed of the own visits
///
/// A link for calendar programs, which shows times and nothing else to whoever has it. The
/// link before, if there was one, ends.
#[utoipa::path(
    tag = "me", security(("bearer" = [])),
    responses((status = 201, description = "The link, this once", body = NewCalendarFeed)),
)]
#[post("/me/calendar-feed")]
async fn create_calendar_feed(
    call: Allowed<can::ManageCalendarFeed>,
    state: State,
) -> Result<HttpResponse, ApiError> {
    let ctx = call.ctx;
    let hospital_id = ctx.actor.hospital_id.ok_or(ErrorCode::Forbidden)?;
    let token = token::draw(hospital_id)?;
    let hash = codes::hash(&token);
    state
        .store
        .run(move |conn| store::create_feed(conn, &ctx, &hash))
        .await?;
    Ok(HttpResponse::Created().json(NewCalendarFeed {
        url: format!("{}{}", origin(&state)?, routes::feed(&token)),
        created_at: ctx.now,
    }))
}

/// Revoke the own calendar feed
///
/// Its link ends at once. The same answer when there is none.
#[utoipa::path(
    tag = "me", security(("bearer" = [])),
    responses((status = 204, description = "There is none any more")),
)]
#[delete("/me/calendar-feed")]
async fn revoke_calendar_feed(
    call: Allowed<can::ManageCalendarFeed>,
    state: State,
) -> Result<HttpResponse, ApiError> {
    let ctx = call.ctx;
    state
        .store
        .run(move |conn| store::revoke_feed(conn, &ctx))
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Read a calendar feed
///
/// For calendar programs: iCalendar (RFC 5545) of its owner's visits from 90 days ago, without
/// names and reasons. The token is the only key to it. A wrong and a revoked one, and that of
/// an account that is disabled, get the same answer.
#[utoipa::path(
    tag = "scheduling", security(()),
    params((
        "token" = String, Path, description = "The token of the link",
        min_length = 1, max_length = 128, pattern = "^[A-Za-z0-9_-]{1,128}$",
    )),
    responses((status = 200, description = "The visits", body = String, content_type = "text/calendar")),
    extensions(("x-problems" = json!(["rate_limited"]))),
)]
#[get("/calendar/{token}.ics")]
async fn read_calendar_feed(
    tried: CredentialTry,
    Id(token): Id<String>,
    state: State,
) -> Result<HttpResponse, ApiError> {
    tried.of_feed()?;
    let now = state.clock.now();
    let hospital_id = token::hospital_of(&token).ok_or(StoreError::NotFound)?;
    let hash = codes::hash(&token);
    let feed = state
        .store
        .run(move |conn| store::read_feed(conn, hospital_id, &hash, now))
        .await?;
    let file = in_name_of(&state, &feed.hospital_name, now, |clinic| {
        calendar::feed(&feed.visits, clinic)
    })?;
    Ok(saved_as("visits.ics", file))
}

/// Links lead to the address that the operator named, whatever a request said it was.
fn origin(state: &AppState) -> Result<&str, ApiError> {
    let first = state.settings.public_origins.first();
    first
        .map(Origin::as_str)
        .ok_or_else(|| ApiError::internal("calendar", &"the server has no public origin"))
}

fn in_name_of(
    state: &AppState,
    hospital: &str,
    now: Ts,
    write: impl FnOnce(&Clinic<'_>) -> CalendarFile,
) -> Result<CalendarFile, ApiError> {
    Ok(write(&Clinic {
        name: hospital,
        sender: &state.mailer.sender(),
        origin: origin(state)?,
        now,
    }))
}

/// To save, never to show as a page (SECURITY R11).
fn saved_as(name: &str, file: CalendarFile) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(file.media_type())
        .insert_header(ContentDisposition {
            disposition: DispositionType::Attachment,
            parameters: vec![DispositionParam::Filename(name.to_owned())],
        })
        .body(file.text)
}
