//! Conversations: append-only messages with a gapless `seq` (REALTIME D).

use visita_domain::chat::{Conversation, Message};
use visita_domain::{ClientMessageId, ConversationId, DocumentId, UserId};

use crate::{AnyConn, Ctx, PageQuery, Paged, StoreError};

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

macro_rules! stub { ($($(#[$d:meta])* $n:ident($($a:ident: $t:ty),*) -> $r:ty;)*) => {$(
    $(#[$d])* pub fn $n(conn: &mut AnyConn, $($a: $t),*) -> Result<$r, StoreError> { let _ = (conn, $($a),*); Err(StoreError::Unavailable) }
)*}}

stub! {
    /// Stub.
    list_conversations(ctx: &Ctx, page: &PageQuery) -> Paged<Conversation>;
    /// Stub.
    get_conversation(ctx: &Ctx, id: ConversationId) -> Conversation;
    /// Stub.
    messages(ctx: &Ctx, id: ConversationId, window: Window, limit: i64) -> MessageWindow;
    /// Stub.
    send(ctx: &Ctx, id: ConversationId, outgoing: &Outgoing) -> Sent;
    /// Stub.
    mark_read(ctx: &Ctx, id: ConversationId, seq: i64) -> i64;
    /// Stub.
    members(id: ConversationId) -> Vec<UserId>;
    /// Stub.
    positions(ids: &[ConversationId]) -> Vec<(ConversationId, i64, i64)>;
}
