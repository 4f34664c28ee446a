//! Doctors.

use actix_web::web::Json;
use actix_web::{get, patch, post};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;
use visita_domain::people::{DoctorOrder, UserState};
use visita_domain::{DoctorId, TimeRange};
use visita_store::people::{self, DoctorChanges, DoctorFilter};
use visita_store::{Ctx, availability};
use visita_wire::Page;
use visita_wire::availability::{DoctorNextSlot, NextSlotsView};
use visita_wire::people::{ChangeDoctor, DoctorChoices, DoctorView};
use visita_wire::search::{SearchDoctors, SearchNextSlots};

use crate::convert;
use crate::error::ApiError;
use crate::extract::{Allowed, Id, SearchText, ValidJson, ValidQuery, can, page_query};
use crate::state::{AppState, State};

pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .service(list_doctors)
        .service(search_doctors)
        // Before the doctors by id, whose path it would be too.
        .service(get_doctor_choices)
        .service(search_next_slots)
        .service(get_doctor)
        .service(change_doctor);
}

/// Which doctors.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DoctorQuery {
    /// Of exactly that specialty.
    #[param(inline)]
    specialty: Option<SearchText>,
    /// Who speak that language: a BCP 47 tag; `en` finds `en-GB` too.
    #[param(inline)]
    language: Option<SearchText>,
    /// In that state. Only staff and admins ask for another than `active`.
    #[param(inline)]
    state: Option<UserState>,
    /// In which order; by name without it.
    #[serde(default)]
    #[param(inline)]
    order: DoctorOrder,
    /// Items of one page.
    #[param(minimum = 1, maximum = 100, default = 50)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    #[param(max_length = 4096)]
    cursor: Option<String>,
}

/// List doctors
///
/// Of the own hospital. Patients see those whom they can book.
#[utoipa::path(
    tag = "people", security(("bearer" = [])), params(DoctorQuery),
    responses((status = 200, description = "Doctors", body = Page<DoctorView>)),
)]
#[get("/doctors")]
async fn list_doctors(
    call: Allowed<can::ListDoctors, ValidQuery<DoctorQuery>>,
    state: State,
) -> Result<Json<Page<DoctorView>>, ApiError> {
    let (ctx, ValidQuery(query)) = (call.ctx, call.input);
    let wanted = SearchDoctors {
        search: String::new(),
        specialty: query.specialty.map(|text| text.0),
        language: query.language.map(|text| text.0),
        state: query.state,
        order: query.order,
        limit: query.limit,
        cursor: query.cursor,
    };
    found(&state, ctx, wanted).await
}

/// Search doctors
///
/// As the list, narrowed to a name. The text and the cursor are in the body, because names stay
/// out of addresses.
#[utoipa::path(
    tag = "people", security(("bearer" = [])), request_body = SearchDoctors,
    responses((status = 200, description = "Doctors", body = Page<DoctorView>)),
)]
#[post("/doctors/search")]
async fn search_doctors(
    call: Allowed<can::ListDoctors, ValidJson<SearchDoctors>>,
    state: State,
) -> Result<Json<Page<DoctorView>>, ApiError> {
    let (ctx, ValidJson(wanted)) = (call.ctx, call.input);
    found(&state, ctx, wanted).await
}

async fn found(
    state: &AppState,
    ctx: Ctx,
    wanted: SearchDoctors,
) -> Result<Json<Page<DoctorView>>, ApiError> {
    let page = page_query(&state.keys, wanted.limit, wanted.cursor)?;
    let filter = DoctorFilter {
        search: Some(wanted.search).filter(|text| !text.is_empty()),
        specialty: wanted.specialty,
        language: wanted.language,
        state: wanted.state,
    };
    let found = state
        .store
        .run(move |conn| people::list_doctors(conn, &ctx, &filter, wanted.order, &page))
        .await?;
    Ok(Json(convert::page(&state.keys, found, |one| {
        convert::doctor(one, &ctx.actor)
    })?))
}

/// See what doctors can be narrowed to
///
/// The specialties and languages of those whom the caller sees in the list.
#[utoipa::path(
    tag = "people", security(("bearer" = [])),
    responses((status = 200, description = "The choices", body = DoctorChoices)),
)]
#[get("/doctors/choices")]
async fn get_doctor_choices(
    call: Allowed<can::ListDoctors>,
    state: State,
) -> Result<Json<DoctorChoices>, ApiError> {
    let ctx = call.ctx;
    let found = state
        .store
        .run(move |conn| people::doctor_choices(conn, &ctx))
        .await?;
    Ok(Json(DoctorChoices {
        specialties: found.specialties,
        languages: found.languages,
    }))
}

/// List doctors by their next free time
///
/// Those of the own hospital who can be booked, each with the first free time of the next two
/// weeks. Of more than two hundred that match, the first by name are looked at. The text is in
/// the body, because names stay out of addresses.
#[utoipa::path(
    tag = "scheduling", security(("bearer" = [])), request_body = SearchNextSlots,
    responses((status = 200, description = "Doctors, soonest free first", body = NextSlotsView)),
)]
#[post("/doctors/next-slots")]
async fn search_next_slots(
    call: Allowed<can::ReadSlots, ValidJson<SearchNextSlots>>,
    state: State,
) -> Result<Json<NextSlotsView>, ApiError> {
    let (ctx, ValidJson(wanted)) = (call.ctx, call.input);
    let limit = page_query(&state.keys, wanted.limit, None)?.limit;
    let filter = DoctorFilter {
        search: Some(wanted.search).filter(|text| !text.is_empty()),
        specialty: wanted.specialty,
        language: wanted.language,
        state: None,
    };
    let found = state
        .store
        .run(move |conn| availability::next_slots(conn, &ctx, &filter, limit))
        .await?;
    let item = |(doctor, next): (_, Option<TimeRange>)| DoctorNextSlot {
        doctor: convert::doctor(doctor, &ctx.actor),
        next: next.map(convert::slot),
    };
    Ok(Json(NextSlotsView {
        items: found.items.into_iter().map(item).collect(),
        more: found.more,
    }))
}

/// See a doctor
#[utoipa::path(
    tag = "people", security(("bearer" = [])),
    params(("id" = DoctorId, Path, description = "The doctor")),
    responses((status = 200, description = "The doctor", body = DoctorView)),
)]
#[get("/doctors/{id}")]
async fn get_doctor(
    call: Allowed<can::ReadDoctor, Id<DoctorId>>,
    state: State,
) -> Result<Json<DoctorView>, ApiError> {
    let (ctx, id) = (call.ctx, call.input.0);
    let found = state
        .store
        .run(move |conn| people::get_doctor(conn, &ctx, id))
        .await?;
    Ok(Json(convert::doctor(found, &ctx.actor)))
}

/// Change a doctor's profile
#[utoipa::path(
    tag = "people", security(("bearer" = [])), request_body = ChangeDoctor,
    params(("id" = DoctorId, Path, description = "The doctor")),
    responses((status = 200, description = "As changed", body = DoctorView)),
)]
#[patch("/doctors/{id}")]
async fn change_doctor(
    call: Allowed<can::ChangeDoctor, (Id<DoctorId>, ValidJson<ChangeDoctor>)>,
    state: State,
) -> Result<Json<DoctorView>, ApiError> {
    let (ctx, (Id(id), ValidJson(body))) = (call.ctx, call.input);
    let changes = DoctorChanges {
        name: body.name,
        specialty: body.specialty,
        languages: body.languages,
        biography: body.biography,
        licence_number: body.licence_number,
        visit_minutes: body.visit_minutes,
        buffer_minutes: body.buffer_minutes,
    };
    let changed = state
        .store
        .run(move |conn| people::change_doctor(conn, &ctx, id, &changes))
        .await?;
    Ok(Json(convert::doctor(changed, &ctx.actor)))
}
