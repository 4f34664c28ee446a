//! Hospitals. Their cards are public, because registration chooses one.

use actix_web::web::Json;
use actix_web::{HttpResponse, get, patch, post};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;
use visita_domain::HospitalId;
use visita_domain::people::{HospitalOrder, HospitalScope};
use visita_store::people::{self, HospitalChanges, HospitalFilter, NewHospital};
use visita_wire::people::{ChangeHospital, CreateHospital, HospitalView};
use visita_wire::search::SearchHospitals;
use visita_wire::{Page, routes};

use crate::convert;
use crate::error::ApiError;
use crate::extract::{Allowed, Id, Once, OnceKey, ValidJson, ValidQuery, can, page_query};
use crate::routes::created;
use crate::state::{AppState, State};

pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .service(list_hospitals)
        .service(search_hospitals)
        .service(create_hospital)
        .service(get_hospital)
        .service(change_hospital);
}

/// Which hospitals.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct HospitalQuery {
    /// Those that take patients, which is what one gets without it, those that take none any more, or both.
    #[serde(default)]
    #[param(inline)]
    scope: HospitalScope,
    /// In which order; by name without it.
    #[serde(default)]
    #[param(inline)]
    order: HospitalOrder,
    /// Items of one page.
    #[param(minimum = 1, maximum = 100, default = 50)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    #[param(max_length = 4096)]
    cursor: Option<String>,
}

/// List hospitals
///
/// Public.
#[utoipa::path(
    tag = "people", security(()), params(HospitalQuery),
    responses((status = 200, description = "Hospitals", body = Page<HospitalView>)),
)]
#[get("/hospitals")]
async fn list_hospitals(
    ValidQuery(query): ValidQuery<HospitalQuery>,
    state: State,
) -> Result<Json<Page<HospitalView>>, ApiError> {
    let wanted = SearchHospitals {
        search: String::new(),
        scope: query.scope,
        order: query.order,
        limit: query.limit,
        cursor: query.cursor,
    };
    found(&state, wanted).await
}

/// Search hospitals
///
/// As the list, narrowed to a name. The text and the cursor are in the body, because names stay
/// out of addresses.
#[utoipa::path(
    tag = "people", security(()), request_body = SearchHospitals,
    responses((status = 200, description = "Hospitals", body = Page<HospitalView>)),
)]
#[post("/hospitals/search")]
async fn search_hospitals(
    ValidJson(wanted): ValidJson<SearchHospitals>,
    state: State,
) -> Result<Json<Page<HospitalView>>, ApiError> {
    found(&state, wanted).await
}

async fn found(
    state: &AppState,
    wanted: SearchHospitals,
) -> Result<Json<Page<HospitalView>>, ApiError> {
    let page = page_query(&state.keys, wanted.limit, wanted.cursor)?;
    let filter = HospitalFilter {
        search: Some(wanted.search).filter(|text| !text.is_empty()),
        scope: wanted.scope,
    };
    let found = state
        .store
        .run(move |conn| people::list_hospitals(conn, &filter, wanted.order, &page))
        .await?;
    Ok(Json(convert::page(&state.keys, found, convert::hospital)?))
}

/// See a hospital
///
/// Public.
#[utoipa::path(
    tag = "people", security(()),
    params(("id" = HospitalId, Path, description = "The hospital")),
    responses((status = 200, description = "The hospital", body = HospitalView)),
)]
#[get("/hospitals/{id}")]
async fn get_hospital(
    Id(id): Id<HospitalId>,
    state: State,
) -> Result<Json<HospitalView>, ApiError> {
    let found = state
        .store
        .run(move |conn| people::get_hospital(conn, id))
        .await?;
    Ok(Json(convert::hospital(found)))
}

/// Create a hospital
#[utoipa::path(
    tag = "people", security(("bearer" = [])), request_body = CreateHospital,
    params(OnceKey),
    responses((status = 201, description = "Created", body = HospitalView)),
    extensions(("x-problems" = json!(["slug_taken"]))),
)]
#[post("/hospitals")]
async fn create_hospital(
    call: Allowed<can::CreateHospital, Once<CreateHospital>>,
    state: State,
) -> Result<HttpResponse, ApiError> {
    let (ctx, body) = call.input.by(call.ctx);
    let new = NewHospital {
        name: body.name,
        slug: body.slug,
        time_zone: body.time_zone,
        phone: body.phone,
        address: body.address,
    };
    let hospital = state
        .store
        .run(move |conn| people::create_hospital(conn, &ctx, &new))
        .await?;
    Ok(created(
        routes::hospital(hospital.id),
        &convert::hospital(hospital),
    ))
}

/// Change a hospital
///
/// Only platform admins archive it.
#[utoipa::path(
    tag = "people", security(("bearer" = [])), request_body = ChangeHospital,
    params(("id" = HospitalId, Path, description = "The hospital")),
    responses((status = 200, description = "As changed", body = HospitalView)),
)]
#[patch("/hospitals/{id}")]
async fn change_hospital(
    call: Allowed<can::ChangeHospital, (Id<HospitalId>, ValidJson<ChangeHospital>)>,
    state: State,
) -> Result<Json<HospitalView>, ApiError> {
    let (ctx, (Id(id), ValidJson(body))) = (call.ctx, call.input);
    let changes = HospitalChanges {
        name: body.name,
        time_zone: body.time_zone,
        phone: body.phone,
        address: body.address,
        archived: body.archived,
        booking: body.booking.map(Into::into),
    };
    let hospital = state
        .store
        .run(move |conn| people::change_hospital(conn, &ctx, id, &changes))
        .await?;
    Ok(Json(convert::hospital(hospital)))
}
