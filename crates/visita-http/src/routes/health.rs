//! Whether the server lives and is ready, and what it tells everybody.

use actix_web::get;
use actix_web::web::Json;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use visita_domain::people::MIN_PASSWORD_CHARS;
use visita_wire::ErrorCode;
use visita_wire::config::ConfigView;

use crate::error::ApiError;
use crate::routes::setup;
use crate::state::State;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.service(get_liveness).service(get_readiness);
}

pub(crate) fn configure_api(config: &mut ServiceConfig) {
    config.service(get_config);
}

/// A good state of health.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HealthView {
    /// Always `ok`.
    status: &'static str,
}

const OK: HealthView = HealthView { status: "ok" };

/// Whether the process lives
///
/// Asks nothing else.
#[utoipa::path(tag = "service", security(()), responses((status = 200, description = "It lives", body = HealthView)))]
#[get("/health/live")]
async fn get_liveness() -> Json<HealthView> {
    Json(OK)
}

/// Whether requests can be served
///
/// The database answers, and the place for documents takes and gives.
#[utoipa::path(tag = "service", security(()), responses((status = 200, description = "Ready", body = HealthView)))]
#[get("/health/ready")]
async fn get_readiness(state: State) -> Result<Json<HealthView>, ApiError> {
    state.store.ping().await?;
    state.files.probe().await.map_err(|cause| {
        tracing::error!(%cause, "The place for documents is not usable");
        ApiError::new(ErrorCode::Unavailable)
    })?;
    Ok(Json(OK))
}

/// What the server tells everybody about itself
#[utoipa::path(tag = "service", security(()), responses((status = 200, description = "Public configuration", body = ConfigView)))]
#[get("/config")]
async fn get_config(state: State) -> Result<Json<ConfigView>, ApiError> {
    Ok(Json(ConfigView {
        demo: state.settings.demo,
        demo_accounts: state.settings.demo_accounts.clone(),
        setup_needed: setup::is_needed(&state).await?,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        min_password_chars: MIN_PASSWORD_CHARS,
    }))
}
