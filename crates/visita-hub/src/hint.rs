//! What is told to whom when data changed, and the bus that tells other nodes.
//!
//! Hints are idempotent and commutative: losing, repeating or reordering them
//! costs a delay, never a message. They hold ids and positions, no health data.

use std::fmt;

use serde::{Deserialize, Serialize};
use visita_domain::{AppointmentId, ConversationId, HospitalId, SessionId, UserId};

/// Largest encoded [`Event`] in bytes, so that any bus can carry it.
pub const MAX_EVENT_BYTES: usize = 512;

/// Who listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// Sockets that follow the conversation.
    Conversation(ConversationId),
    /// Sockets that follow the hospital's lobby.
    Lobby(HospitalId),
    /// Sockets that follow the visit.
    Visit(AppointmentId),
    /// All sockets of the user.
    User(UserId),
    /// All sockets of the sign-in session.
    Session(SessionId),
}

/// What happened. Receivers read the truth from the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hint {
    /// A followed conversation has messages up to `last_seq`, or more than before when unknown.
    Messages {
        /// The conversation.
        conv: ConversationId,
        /// Its newest place, where the sender of the hint knows it.
        last_seq: Option<i64>,
    },
    /// A conversation of the user has something new, followed or not.
    Inbox {
        /// The conversation.
        conv: ConversationId,
        /// Its newest place, where the sender of the hint knows it.
        last_seq: Option<i64>,
    },
    /// A member has read up to `seq`.
    Read {
        /// The conversation.
        conv: ConversationId,
        /// Who.
        user_id: UserId,
        /// Up to here.
        seq: i64,
    },
    /// A member types.
    Typing {
        /// The conversation.
        conv: ConversationId,
        /// Who.
        user_id: UserId,
    },
    /// The lobby or somebody's presence in it changed.
    Lobby,
    /// The visit or somebody's presence in it changed.
    Visit {
        /// The appointment.
        appointment: AppointmentId,
    },
    /// One of the user's appointments changed.
    Appointment {
        /// The appointment.
        appointment: AppointmentId,
    },
    /// The session or user may no longer be connected.
    Revoked,
    /// The call of this visit is over: its legs are forgotten.
    CallEnded {
        /// The appointment.
        appointment: AppointmentId,
    },
}

/// A hint and its listeners, as a bus carries it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Who listens.
    pub topic: Topic,
    /// What happened.
    pub hint: Hint,
}

/// Carries events to the *other* nodes; the hub serves its own sockets itself.
///
/// A bus between nodes encodes the event as JSON (at most [`MAX_EVENT_BYTES`]),
/// sends it from a task of its own so that `forward` never waits, and hands what
/// it receives from others to [`crate::Hub::deliver`]. It may lose events: pings
/// carry positions, and sessions are checked against the database as well.
pub trait HintBus: Send + Sync + 'static {
    /// Takes an event for the other nodes. Must not block.
    fn forward(&self, event: Event);
}

/// The bus of a server that runs alone.
#[derive(Debug, Clone, Copy, Default)]
pub struct SingleNode;

impl HintBus for SingleNode {
    fn forward(&self, _event: Event) {}
}

impl fmt::Debug for dyn HintBus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HintBus")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn the_longest_event_fits_any_bus() {
        let id = Uuid::from_u128(u128::MAX);
        for (topic, hint) in [
            (
                Topic::Conversation(id.into()),
                Hint::Read {
                    conv: id.into(),
                    user_id: id.into(),
                    seq: i64::MIN,
                },
            ),
            (
                Topic::Conversation(id.into()),
                Hint::Messages {
                    conv: id.into(),
                    last_seq: Some(i64::MIN),
                },
            ),
            (Topic::Session(id.into()), Hint::Revoked),
        ] {
            let event = Event { topic, hint };
            let text = serde_json::to_string(&event).expect("encodes");
            assert!(text.len() <= MAX_EVENT_BYTES, "{} bytes", text.len());
            let back: Event = serde_json::from_str(&text).expect("decodes");
            assert_eq!(back, event);
        }
    }
}
