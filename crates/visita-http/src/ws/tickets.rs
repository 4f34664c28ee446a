//! Tickets that carry a sign-in into a socket's first frame (SECURITY R21).

use actix_web::post;
use actix_web::web::Json;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use visita_hub::{TICKET_LIFE, TicketHash, TicketHolder};
use visita_wire::calls::SocketTicket;
use visita_wire::{ErrorBody, ErrorCode};

use crate::error::ApiError;
use crate::extract::{Allowed, can};
use crate::state::State;

/// Random bytes of a ticket.
const TICKET_BYTES: usize = 32;

/// Get a ticket for the WebSocket
///
/// Good once, for 30 seconds, in the `hello` frame of `GET /ws`.
#[utoipa::path(
    tag = "realtime",
    security(("bearer" = [])),
    responses(
        (status = 201, description = "The ticket", body = SocketTicket),
        (status = 401, description = "`unauthenticated`", body = ErrorBody),
        (status = 429, description = "`rate_limited`: too many unused tickets", body = ErrorBody),
    )
)]
#[post("/ws/tickets")]
pub async fn create_socket_ticket(
    state: State,
    caller: Allowed<can::OpenSocket>,
) -> Result<(Json<SocketTicket>, actix_web::http::StatusCode), ApiError> {
    let mut bytes = [0; TICKET_BYTES];
    getrandom::fill(&mut bytes).map_err(|error| ApiError::internal("random", &error))?;
    let ticket = URL_SAFE_NO_PAD.encode(bytes);
    let holder = TicketHolder {
        session_id: caller.actor.session_id,
        user_id: caller.actor.user_id,
    };
    state
        .hub
        .issue_ticket(hash(&ticket), holder)
        .map_err(|_| ErrorCode::RateLimited)?;
    let life_secs = i64::try_from(TICKET_LIFE.as_secs()).unwrap_or(0);
    let view = SocketTicket {
        ticket,
        expires_at: caller.now.plus_secs(life_secs),
    };
    Ok((Json(view), actix_web::http::StatusCode::CREATED))
}

/// What the hub knows of a ticket.
pub(super) fn hash(ticket: &str) -> TicketHash {
    Sha256::digest(ticket.as_bytes()).into()
}
