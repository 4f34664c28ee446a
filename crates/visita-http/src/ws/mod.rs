//! The WebSocket `visita.v1`: frames in, store and hub, frames out (`visita_wire::ws`).
//!
//! One task per socket. It reads a frame, asks the store as the session's user (the
//! session is looked up again for every frame that touches data), answers, and passes on
//! what the hub says. SQL is the truth: a push is "look after this position", so nothing
//! is skipped, repeated or reordered whatever gets lost on the way.
//!
//! - `open` checks the page's origin and upgrades; `tickets` gives the
//!   ticket for the first frame;
//! - `guard` refuses oversized frames by their header;
//! - `connection` is the life of a socket: hello, deadlines, limits, close codes;
//! - `chat`, `visit` and `call` serve the frames; `out` sends with a deadline.

mod call;
mod chat;
mod connection;
mod guard;
mod open;
mod out;
mod rate;
mod tickets;
mod visit;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .service(tickets::create_socket_ticket)
        .service(open::open_socket);
}
