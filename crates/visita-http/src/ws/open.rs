//! The upgrade: our own pages only, one subprotocol, and the frame guard in front.

use actix_web::http::header::{ORIGIN, SEC_WEBSOCKET_PROTOCOL};
use actix_web::{HttpRequest, HttpResponse, get, web};
use visita_wire::ErrorCode;
use visita_wire::ws::SUBPROTOCOL;

use crate::client_addr::client_addr;
use crate::error::ApiError;
use crate::extract::single_header;
use crate::state::State;
use crate::ws::connection;
use crate::ws::guard::{MAX_MESSAGE_BYTES, guarded};

/// Open the WebSocket
///
/// Subprotocol `visita.v1`. The `Origin` header must be one of this server's own.
/// The first frame must be `hello` with a ticket from `POST /ws/tickets`; nothing is
/// sent before it.
#[utoipa::path(
    tag = "real time", security(()),
    responses((status = 101, description = "Upgraded")),
    extensions(("x-problems" = json!(["cross_site", "malformed_request", "unavailable"]))),
)]
#[get("/ws")]
pub(super) async fn open_socket(
    req: HttpRequest,
    payload: web::Payload,
    state: State,
) -> Result<HttpResponse, ApiError> {
    let ours = single_header(&req, &ORIGIN).is_some_and(|o| state.settings.serves_origin(o));
    if !ours {
        return Err(ErrorCode::CrossSite.into());
    }
    if !offers_subprotocol(&req) {
        return Err(ApiError::with_detail(
            ErrorCode::MalformedRequest,
            "Offer the subprotocol visita.v1.",
        ));
    }
    let stranger = state
        .hub
        .admit_stranger(client_addr(&req, &state))
        .ok_or(ErrorCode::Unavailable)?;
    let payload = guarded(&req, payload).await?;
    let (response, session, frames) =
        actix_ws::handle_with_protocols(&req, payload, &[SUBPROTOCOL])
            .map_err(|_| ErrorCode::MalformedRequest)?;
    let frames = frames
        .aggregate_continuations()
        .max_continuation_size(MAX_MESSAGE_BYTES);
    actix_web::rt::spawn(connection::serve(state, session, frames, stranger));
    Ok(response)
}

fn offers_subprotocol(req: &HttpRequest) -> bool {
    req.headers()
        .get_all(SEC_WEBSOCKET_PROTOCOL)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|offered| offered.trim() == SUBPROTOCOL)
}
