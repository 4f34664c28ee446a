//! What a call needs from REST.

use visita_domain::AppointmentId;
use visita_wire::calls::{CallView, SocketTicket};
use visita_wire::routes;

use super::Outcome;
use super::client::Authed;

/// A ticket for the socket's first frame.
pub async fn create_socket_ticket() -> Outcome<SocketTicket> {
    Authed.post_empty(routes::WS_TICKETS).await
}

/// STUN and TURN servers for a visit.
pub async fn get_call(id: AppointmentId) -> Outcome<CallView> {
    Authed.get(&routes::call(id)).await
}
