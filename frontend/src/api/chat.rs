//! Conversations over REST; live messages come by the socket.

use visita_domain::ConversationId;
use visita_wire::chat::{ConversationView, MessagesView};
use visita_wire::{Page, routes};

use super::client::Authed;
use super::{Outcome, Query};

/// Which part of a conversation to read.
#[derive(Clone, Copy, Debug)]
pub enum Part {
    /// Messages before a place, oldest first.
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
    let before = match part {
        Part::Before(seq) => Some(seq),
        Part::Newest => None,
    };
    let query = Query::new().with("before_seq", before).with("limit", limit);
    Authed.get(&query.on(&routes::messages(id))).await
}
