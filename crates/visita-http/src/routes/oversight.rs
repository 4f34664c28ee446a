//! Who did what: the audit trail and a patient's own access report.

use actix_web::http::header::{ContentDisposition, DispositionParam, DispositionType};
use actix_web::web::Json;
use actix_web::{HttpResponse, get};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;
use visita_domain::audit::AuditAction;
use visita_domain::{HospitalId, PatientId, Ts, UserId};
use visita_store::audit::{self, AuditFilter};
use visita_wire::Page;
use visita_wire::oversight::{AccessView, AuditEventView};

use crate::error::ApiError;
use crate::extract::{Allowed, PageParams, ValidQuery, can, page_query};
use crate::state::State;
use crate::{convert, sheet};

pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .service(list_audit_events)
        .service(export_audit_events)
        .service(get_access_report);
}

/// Which events.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct EventQuery {
    /// Of that hospital instead of the platform; for platform admins.
    hospital_id: Option<HospitalId>,
    /// By that user.
    actor_id: Option<UserId>,
    /// Touching that patient's data.
    patient_id: Option<PatientId>,
    /// Of that kind, as `area.verb`.
    #[param(max_length = 60)]
    action: Option<String>,
    /// Not before that instant.
    from: Option<Ts>,
    /// Before that instant.
    until: Option<Ts>,
    /// Items of one page.
    #[param(minimum = 1, maximum = 100, default = 50)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    #[param(max_length = 4096)]
    cursor: Option<String>,
}

/// Which events go into the file.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ExportQuery {
    /// Of that hospital instead of the platform; for platform admins.
    hospital_id: Option<HospitalId>,
    /// By that user.
    actor_id: Option<UserId>,
    /// Touching that patient's data.
    patient_id: Option<PatientId>,
    /// Of that kind, as `area.verb`.
    #[param(max_length = 60)]
    action: Option<String>,
    /// Not before that instant.
    from: Option<Ts>,
    /// Before that instant.
    until: Option<Ts>,
}

impl ExportQuery {
    fn filter(self) -> Result<AuditFilter, ApiError> {
        let unknown = || ApiError::field("action", "unknown", "There is no such action.");
        let action = self
            .action
            .map(|text| AuditAction::from_text(&text).ok_or_else(unknown))
            .transpose()?;
        Ok(AuditFilter {
            hospital_id: self.hospital_id,
            actor_id: self.actor_id,
            patient_id: self.patient_id,
            action,
            from: self.from,
            until: self.until,
        })
    }
}

/// Read the audit trail
///
/// Newest first. Staff see all of their hospital; doctors what they did themselves;
/// platform admins accounts and settings, of the platform or of one hospital.
#[utoipa::path(
    tag = "oversight", security(("bearer" = [])), params(EventQuery),
    responses((status = 200, description = "Events", body = Page<AuditEventView>)),
    extensions(("x-problems" = json!(["validation_failed", "not_found"]))),
)]
#[get("/audit-events")]
async fn list_audit_events(
    call: Allowed<can::ReadAuditTrail, ValidQuery<EventQuery>>,
    state: State,
) -> Result<Json<Page<AuditEventView>>, ApiError> {
    let (ctx, ValidQuery(query)) = (call.ctx, call.input);
    let page = page_query(&state.keys, query.limit, query.cursor)?;
    let filter = ExportQuery {
        hospital_id: query.hospital_id,
        actor_id: query.actor_id,
        patient_id: query.patient_id,
        action: query.action,
        from: query.from,
        until: query.until,
    }
    .filter()?;
    let found = state
        .store
        .run(move |conn| audit::list(conn, &ctx, &filter, &page))
        .await?;
    Ok(Json(convert::page(
        &state.keys,
        found,
        convert::audit_event,
    )?))
}

/// Save the audit trail
///
/// The same events as a CSV file (RFC 4180), the newest 10,000.
#[utoipa::path(
    tag = "oversight", security(("bearer" = [])), params(ExportQuery),
    responses((status = 200, description = "The file", body = String, content_type = "text/csv")),
    extensions(("x-problems" = json!(["validation_failed", "not_found"]))),
)]
#[get("/audit-events/export")]
async fn export_audit_events(
    call: Allowed<can::ReadAuditTrail, ValidQuery<ExportQuery>>,
    state: State,
) -> Result<HttpResponse, ApiError> {
    let (ctx, ValidQuery(query)) = (call.ctx, call.input);
    let filter = query.filter()?;
    let lines = state
        .store
        .run(move |conn| audit::export(conn, &ctx, &filter))
        .await?;
    let file = sheet::audit(lines.into_iter().map(convert::audit_event))
        .map_err(|cause| ApiError::internal("CSV", &cause))?;
    let day: String = ctx.now.to_string().chars().take(10).collect();
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header(ContentDisposition {
            disposition: DispositionType::Attachment,
            parameters: vec![DispositionParam::Filename(format!("audit-{day}.csv"))],
        })
        .body(file))
}

/// See who opened the own record
///
/// Newest first, without what the patient did.
#[utoipa::path(
    tag = "oversight", security(("bearer" = [])), params(PageParams),
    responses((status = 200, description = "Who, when and what", body = Page<AccessView>)),
)]
#[get("/me/access-report")]
async fn get_access_report(
    call: Allowed<can::ReadAccessReport, ValidQuery<PageParams>>,
    state: State,
) -> Result<Json<Page<AccessView>>, ApiError> {
    let (ctx, ValidQuery(query)) = (call.ctx, call.input);
    let page = query.page(&state.keys)?;
    let found = state
        .store
        .run(move |conn| audit::access_report(conn, &ctx, &page))
        .await?;
    let page = convert::page(&state.keys, found, |event| convert::access(&event))?;
    Ok(Json(Page {
        items: page.items.into_iter().flatten().collect(),
        next_cursor: page.next_cursor,
    }))
}
