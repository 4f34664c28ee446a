//! Who waits now.

use actix_web::get;
use actix_web::web::Json;
use utoipa_actix_web::service_config::ServiceConfig;
use visita_store::appointments;
use visita_wire::appointments::LobbyView;

use crate::convert;
use crate::error::ApiError;
use crate::extract::{Allowed, can};
use crate::state::State;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.service(get_lobby);
}

/// See who waits
///
/// Doctors see their own patients, staff all of the hospital.
#[utoipa::path(
    tag = "scheduling", security(("bearer" = [])),
    responses((status = 200, description = "By waiting time, longest first", body = LobbyView)),
)]
#[get("/lobby")]
async fn get_lobby(
    call: Allowed<can::ReadLobby>,
    state: State,
) -> Result<Json<LobbyView>, ApiError> {
    let ctx = call.ctx;
    let (rev, waiting) = state
        .store
        .run(move |conn| appointments::lobby(conn, &ctx))
        .await?;
    Ok(Json(LobbyView {
        rev,
        items: convert::lobby(waiting, &state.hub),
    }))
}
