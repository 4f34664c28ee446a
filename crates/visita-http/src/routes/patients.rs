//! Patients' administrative records.

use actix_web::web::Json;
use actix_web::{HttpResponse, get, patch, post};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;
use visita_domain::PatientId;
use visita_domain::account::CodePurpose;
use visita_domain::people::{PatientOrder, Sex, UserState};
use visita_store::people::{self, FirstAccess, NewPatientRecord, PatientChanges, PatientFilter};
use visita_wire::people::{ChangePatient, CreatePatient, PatientView};
use visita_wire::{Page, routes};

use crate::codes;
use crate::convert;
use crate::error::ApiError;
use crate::extract::{
    Allowed, Id, Once, OnceKey, SearchText, ValidJson, ValidQuery, can, page_query,
};
use crate::routes::{created, parse_email};
use crate::state::State;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .service(list_patients)
        .service(create_patient)
        .service(get_patient)
        .service(change_patient);
}

/// Which patients.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PatientQuery {
    /// Whose name, address or record number holds that text.
    #[param(inline)]
    search: Option<SearchText>,
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
    let page = page_query(query.limit, query.cursor)?;
    let filter = PatientFilter {
        search: query.search.map(|text| text.0),
        state: query.state,
    };
    let found = state
        .store
        .run(move |conn| people::list_patients(conn, &ctx, &filter, query.order, &page))
        .await?;
    Ok(Json(convert::page(found, convert::patient)))
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
