//! What a browser needs to set up a call.

use actix_web::get;
use actix_web::web::Json;
use utoipa_actix_web::service_config::ServiceConfig;
use visita_domain::AppointmentId;
use visita_domain::appointment::AppointmentState;
use visita_store::appointments;
use visita_wire::ErrorCode;
use visita_wire::calls::CallView;

use crate::error::ApiError;
use crate::extract::{Allowed, Id, can};
use crate::state::State;
use crate::turn;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.service(get_call);
}

/// See how to set up the call
///
/// STUN and TURN servers with credentials of this visit, from the moment on that the
/// doctor has let the patient in.
#[utoipa::path(
    tag = "real time", security(("bearer" = [])),
    params(("id" = AppointmentId, Path, description = "The appointment")),
    responses((status = 200, description = "ICE servers", body = CallView)),
    extensions(("x-problems" = json!(["illegal_transition"]))),
)]
#[get("/appointments/{id}/call")]
async fn get_call(
    call: Allowed<can::JoinCall, Id<AppointmentId>>,
    state: State,
) -> Result<Json<CallView>, ApiError> {
    let (ctx, id) = (call.ctx, call.input.0);
    // The right excludes staff; among the others, only the two people of the visit can read it.
    let visit = state
        .store
        .run(move |conn| appointments::get(conn, &ctx, id))
        .await?;
    if visit.state != AppointmentState::InCall {
        return Err(ErrorCode::IllegalTransition.into());
    }
    let ice_servers = turn::ice_servers(state.settings.turn.as_ref(), id, None, ctx.now);
    let expires_at = ice_servers
        .iter()
        .any(|server| server.credential.is_some())
        .then(|| turn::credentials_end(ctx.now));
    Ok(Json(CallView {
        ice_servers,
        expires_at,
    }))
}
