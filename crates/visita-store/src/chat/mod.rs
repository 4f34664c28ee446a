//! Conversations: append-only messages with a gapless `seq` (REALTIME D).

mod conversations;
mod messages;
mod send;

use visita_domain::chat::Message;
use visita_domain::{ClientMessageId, DocumentId};

pub use conversations::{get_conversation, list_conversations, mark_read, members, positions};
pub use messages::{messages, newer};
pub use send::send;

pub(crate) use conversations::{Criteria, hand_over, open_conversation};
pub(crate) use send::append_system;

/// Which messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// The oldest ones with a greater `seq`.
    After(i64),
    /// The newest ones with a smaller `seq`.
    Before(i64),
}

/// A stretch of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageWindow {
    /// The conversation's epoch.
    pub epoch: i64,
    /// Place of the newest message of all.
    pub last_seq: i64,
    /// The messages by `seq` upwards.
    pub items: Vec<Message>,
    /// More lie in the direction asked for.
    pub more: bool,
}

/// A message to send.
#[derive(Clone)]
pub struct Outgoing {
    /// The sender's idempotency key.
    pub client_id: ClientMessageId,
    /// The words; empty when a document is shared.
    pub body: String,
    /// Share that stored document of the visit's patient.
    pub document_id: Option<DocumentId>,
}

/// What sending gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The message as stored.
    pub message: Message,
    /// True when it was stored before.
    pub dup: bool,
    /// The conversation's epoch.
    pub epoch: i64,
}
