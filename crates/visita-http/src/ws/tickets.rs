//! Tickets that carry a sign-in into a socket's first frame (SECURITY R21).

use actix_web::{HttpResponse, post};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use visita_hub::{TICKET_LIFE, TicketHash, TicketHolder};
use visita_wire::ErrorCode;
use visita_wire::calls::SocketTicket;

use crate::error::ApiError;
use crate::extract::{Allowed, can};
use crate::state::State;

/// Random bytes of a ticket.
const TICKET_BYTES: usize = 32;

/// Get a ticket for the WebSocket
///
/// Good once, for 30 seconds, in the `hello` frame of `GET /ws`.
#[utoipa::path(
    tag = "real time", security(("bearer" = [])),
    responses((status = 201, description = "The ticket", body = SocketTicket)),
    extensions(("x-problems" = json!(["rate_limited"]))),
)]
#[post("/ws/tickets")]
pub(super) async fn create_socket_ticket(
    call: Allowed<can::OpenSocket>,
    state: State,
) -> Result<HttpResponse, ApiError> {
    let mut bytes = [0; TICKET_BYTES];
    getrandom::fill(&mut bytes).map_err(|error| ApiError::internal("random", &error))?;
    let ticket = URL_SAFE_NO_PAD.encode(bytes);
    let holder = TicketHolder {
        session_id: call.ctx.actor.session_id,
        user_id: call.ctx.actor.user_id,
        visit_at: call.ctx.actor.visit_at(),
    };
    state
        .hub
        .issue_ticket(hash(&ticket), holder)
        .map_err(|_| ErrorCode::RateLimited)?;
    let life_secs = i64::try_from(TICKET_LIFE.as_secs()).unwrap_or(0);
    Ok(HttpResponse::Created().json(SocketTicket {
        ticket,
        expires_at: call.ctx.now.plus_secs(life_secs),
    }))
}

/// What the hub knows of a ticket.
pub(super) fn hash(ticket: &str) -> TicketHash {
    Sha256::digest(ticket.as_bytes()).into()
}
