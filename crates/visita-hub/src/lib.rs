//! Real-time core: sockets, presence leases, call legs, tickets and the hint bus.
//!
//! Nothing here holds truth. SQL does; the hub tells sockets where to look, passes
//! signals between the two legs of a call, and knows who is connected. It names
//! neither a database nor a web framework, and its rules take the time as a
//! parameter, so that tests run on paused time.
//!
//! What REST handlers call, each after its commit:
//!
//! - [`Hub::appointment_changed`] after anything that changes an appointment
//!   (book, move, cancel, arrive, leave, admit, finish, no-show); it also covers
//!   the system message that the change may have written;
//! - [`Hub::conversation_changed`] after a message was stored;
//! - [`Hub::conversation_read`] after a reading position moved;
//! - [`Hub::session_ended`] and [`Hub::user_ended`] after logout, revocation,
//!   disabling or a change of role: their sockets close with 4401;
//! - [`Hub::presence`] to fill `LobbyEntry::presence`;
//! - [`Hub::drain`] at shutdown, before the HTTP server stops.

mod calls;
mod hint;
mod hub;
mod limits;
mod mailbox;
mod presence;
mod registry;
mod tickets;

pub use calls::{Joined, KEPT_FOR, MAX_KEPT_BYTES, Replaced};
pub use hint::{Event, Hint, HintBus, MAX_EVENT_BYTES, SingleNode, Topic};
pub use hub::{ConnGuard, Hub, Newcomer};
pub use limits::{Limits, Stranger};
pub use mailbox::{MAX_WAITING, MAX_WAITING_BYTES, Push};
pub use presence::{GRACE, LEASE};
pub use tickets::{
    MAX_PER_SESSION, MAX_TICKETS, TICKET_LIFE, TicketHash, TicketHolder, TooManyTickets,
};
