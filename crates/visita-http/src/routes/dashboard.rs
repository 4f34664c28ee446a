//! The first page of every role.

use actix_web::get;
use actix_web::web::Json;
use utoipa_actix_web::service_config::ServiceConfig;
use visita_store::dashboard;
use visita_wire::dashboard::DashboardView;

use crate::convert;
use crate::error::ApiError;
use crate::extract::{Allowed, can};
use crate::state::State;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.service(get_dashboard);
}

/// See what comes first
///
/// All that the caller's role needs on its first page, in one answer.
#[utoipa::path(
    tag = "oversight", security(("bearer" = [])),
    responses((status = 200, description = "By role", body = DashboardView)),
)]
#[get("/dashboard")]
async fn get_dashboard(
    call: Allowed<can::ReadDashboard>,
    state: State,
) -> Result<Json<DashboardView>, ApiError> {
    let ctx = call.ctx;
    let found = state
        .store
        .run(move |conn| dashboard::load(conn, &ctx))
        .await?;
    Ok(Json(convert::dashboard(found, &ctx.actor, &state.hub)))
}
