//! Conversations over REST; live messages come by the socket.

use visita_domain::ConversationId;
use visita_wire::chat::{ConversationView, MarkRead, MessageView, MessagesView, SendMessage};
use visita_wire::{Page, routes};

use super::client::Authed;
use super::{Outcome, Query};

/// Which part of a conversation to read.
#[derive(Clone, Copy, Debug)]
pub enum Part {
    /// Messages after a place, oldest first.
    After(i64),
    /// Messages before a place, still oldest first.
    Before(i64),
    /// The newest messages.
    Newest,
}

/// The own conversations, the newest first.
pub async fn list_conversations(cursor: Option<String>) -> Outcome<Page<ConversationView>> {
    Authed
        .get(
            &Query::new()
                .with("cursor", cursor)
                .on(routes::CONVERSATIONS),
        )
        .await
}

/// A page of messages.
pub async fn list_messages(
    id: ConversationId,
    part: Part,
    limit: Option<i64>,
) -> Outcome<MessagesView> {
    let (after, before) = match part {
        Part::After(seq) => (Some(seq), None),
        Part::Before(seq) => (None, Some(seq)),
        Part::Newest => (None, None),
    };
    let query = Query::new()
        .with("after_seq", after)
        .with("before_seq", before)
        .with("limit", limit);
    Authed.get(&query.on(&routes::messages(id))).await
}

/// Sends a message; the same again gives the same message.
pub async fn send_message(id: ConversationId, body: &SendMessage) -> Outcome<MessageView> {
    Authed.post(&routes::messages(id), body).await
}

/// All messages up to `seq` are read.
pub async fn mark_read(id: ConversationId, seq: i64) -> Outcome<()> {
    Authed.post_unit(&routes::read(id), &MarkRead { seq }).await
}
