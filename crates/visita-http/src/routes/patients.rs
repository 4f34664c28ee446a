//! Patients' administrative records.

use actix_web::web::Json;
use actix_web::{HttpResponse, get, patch, post};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;
use visita_domain::PatientId;
use visita_domain::account::CodePurpose;
use visita_domain::people::{PatientOrder, Sex, UserState};
use visita_store::Ctx;
use visita_store::people::{self, FirstAccess, NewPatientRecord, PatientChanges, PatientFilter};
use visita_wire::people::{ChangePatient, CreatePatient, PatientView};
use visita_wire::search::SearchPatients;
use visita_wire::{Page, routes};

use crate::codes;
use crate::convert;
use crate::error::ApiError;
use crate::extract::{Allowed, Id, Once, OnceKey, ValidJson, ValidQuery, can, page_query};
use crate::routes::{created, parse_email};
use crate::state::{AppState, State};

pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .service(list_patients)
        .service(search_patients)
        .service(create_patient)
        .service(get_patient)
        .service(change_patient);
}

/// Which patients.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PatientQuery {
    /// In that state.
    #[param(inline)]
    state: Option<UserState>,
    /// In which order; by name without it.
    #[serde(default)]
    #[param(inline)]
    order: PatientOrder,
    /// Items of one page.
    #[param(minimum = 1, maximum = 100, default = 50)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    #[param(max_length = 4096)]
    cursor: Option<String>,
}

/// List patients
///
/// Staff see those of the hospital, doctors those whom they treat.
#[utoipa::path(
    tag = "people", security(("bearer" = [])), params(PatientQuery),
    responses((status = 200, description = "Patients", body = Page<PatientView>)),
)]
#[get("/patients")]
async fn list_patients(
    call: Allowed<can::ListPatients, ValidQuery<PatientQuery>>,
    state: State,
) -> Result<Json<Page<PatientView>>, ApiError> {
    let (ctx, ValidQuery(query)) = (call.ctx, call.input);
    let wanted = SearchPatients {
        search: String::new(),
        state: query.state,
        order: query.order,
        limit: query.limit,
        cursor: query.cursor,
    };
    found(&state, ctx, wanted).await
}

/// Search patients
///
/// As the list, narrowed to a name. The text and the cursor are in the body, because names stay
/// out of addresses.
#[utoipa::path(
    tag = "people", security(("bearer" = [])), request_body = SearchPatients,
    responses((status = 200, description = "Patients", body = Page<PatientView>)),
)]
#[post("/patients/search")]
async fn search_patients(
    call: Allowed<can::ListPatients, ValidJson<SearchPatients>>,
    state: State,
) -> Result<Json<Page<PatientView>>, ApiError> {
    let (ctx, ValidJson(wanted)) = (call.ctx, call.input);
    found(&state, ctx, wanted).await
}

async fn found(
    state: &AppState,
    ctx: Ctx,
    wanted: SearchPatients,
) -> Result<Json<Page<PatientView>>, ApiError> {
    let page = page_query(&state.keys, wanted.limit, wanted.cursor)?;
    let filter = PatientFilter {
        search: Some(wanted.search).filter(|text| !text.is_empty()),
        state: wanted.state,
    };
    let found = state
        .store
        .run(move |conn| people::list_patients(conn, &ctx, &filter, wanted.order, &page))
        .await?;
    Ok(Json(convert::page(&state.keys, found, convert::patient)?))
}

/// See a patient's record
#[utoipa::path(
    tag = "people", security(("bearer" = [])),
    params(("id" = PatientId, Path, description = "The patient")),
    responses((status = 200, description = "The record", body = PatientView)),
)]
#[get("/patients/{id}")]
async fn get_patient(
    call: Allowed<can::ReadPatient, Id<PatientId>>,
    state: State,
) -> Result<Json<PatientView>, ApiError> {
    let (ctx, id) = (call.ctx, call.input.0);
    let found = state
        .store
        .run(move |conn| people::get_patient(conn, &ctx, id))
        .await?;
    Ok(Json(convert::patient(found)))
}

/// Register a patient
///
/// The patient is invited by mail to choose a password; visits can be booked before that.
#[utoipa::path(
    tag = "people", security(("bearer" = [])), request_body = CreatePatient,
    params(OnceKey),
    responses((status = 201, description = "Registered", body = PatientView)),
    extensions(("x-problems" = json!(["email_taken"]))),
)]
#[post("/patients")]
async fn create_patient(
    call: Allowed<can::CreatePatient, Once<CreatePatient>>,
    state: State,
) -> Result<HttpResponse, ApiError> {
    let (ctx, body) = call.input.by(call.ctx);
    let email = parse_email(&body.email)?;
    let code = codes::draw(&state.keys, CodePurpose::Invite, ctx.now)?;
    let new = NewPatientRecord {
        name: body.name,
        email,
        access: FirstAccess::Invitation(code),
        language: "en".to_owned(),
        date_of_birth: body.date_of_birth,
        sex: body.sex.unwrap_or(Sex::Unknown),
        phone: body.phone,
        record_number: body.record_number,
        emergency_contact: body.emergency_contact,
    };
    let made = state
        .store
        .run(move |conn| people::create_patient(conn, &ctx, &new))
        .await?;
    state.mailer.wake();
    Ok(created(routes::patient(made.id), &convert::patient(made)))
}

/// Change a patient's record
///
/// Patients change their own; the record number is staff's.
#[utoipa::path(
    tag = "people", security(("bearer" = [])), request_body = ChangePatient,
    params(("id" = PatientId, Path, description = "The patient")),
    responses((status = 200, description = "As changed", body = PatientView)),
)]
#[patch("/patients/{id}")]
async fn change_patient(
    call: Allowed<can::ChangePatient, (Id<PatientId>, ValidJson<ChangePatient>)>,
    state: State,
) -> Result<Json<PatientView>, ApiError> {
    let (ctx, (Id(id), ValidJson(body))) = (call.ctx, call.input);
    let changes = PatientChanges {
        name: body.name,
        date_of_birth: body.date_of_birth,
        sex: body.sex,
        phone: body.phone,
        record_number: body.record_number,
        emergency_contact: body.emergency_contact,
    };
    let changed = state
        .store
        .run(move |conn| people::change_patient(conn, &ctx, id, &changes))
        .await?;
    Ok(Json(convert::patient(changed)))
}
