//! Conversations and their append-only messages.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{AppointmentId, ClientMessageId, ConversationId, DocumentId, HospitalId, Ts, UserId};

/// Longest message, in code points.
pub const MAX_MESSAGE_CHARS: usize = 4000;

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// Words of a person.
    Text,
    /// A document was shared; the body is its name.
    File,
    /// The clinic's own note of an event; the body is a [`SystemEvent`] text.
    System,
}

/// What a system message tells. Stored as its stable text; the SPA words it in the viewer's language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SystemEvent {
    /// The appointment was booked.
    Booked,
    /// It was moved.
    Rescheduled,
    /// It was given to another doctor.
    Reassigned,
    /// It was cancelled.
    Cancelled,
    /// The doctor let the patient in.
    CallStarted,
    /// The doctor ended the visit.
    Finished,
}

impl SystemEvent {
    /// The stable text, which is also the body in SQL.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Booked => "booked",
            Self::Rescheduled => "rescheduled",
            Self::Reassigned => "reassigned",
            Self::Cancelled => "cancelled",
            Self::CallStarted => "call_started",
            Self::Finished => "finished",
        }
    }

    /// The event of that text.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        [
            Self::Booked,
            Self::Rescheduled,
            Self::Reassigned,
            Self::Cancelled,
            Self::CallStarted,
            Self::Finished,
        ]
        .into_iter()
        .find(|event| event.as_str() == text)
    }
}

/// The text cannot be a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BodyError {
    /// Nothing but white space.
    #[error("the message is empty")]
    Empty,
    /// Longer than [`MAX_MESSAGE_CHARS`].
    #[error("the message is longer than 4000 characters")]
    TooLong,
    /// NUL cannot be stored as text on PostgreSQL.
    #[error("the message holds a character that cannot be stored")]
    Unstorable,
}

/// Checks the words of a text message; they are stored as written.
///
/// # Errors
/// [`BodyError`].
pub fn check_body(body: &str) -> Result<(), BodyError> {
    if body.trim().is_empty() {
        Err(BodyError::Empty)
    } else if body.chars().count() > MAX_MESSAGE_CHARS {
        Err(BodyError::TooLong)
    } else if body.contains('\0') {
        Err(BodyError::Unstorable)
    } else {
        Ok(())
    }
}

/// One row of a conversation.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// Its conversation.
    pub conversation_id: ConversationId,
    /// Place in the conversation: 1, 2, 3 … without gaps.
    pub seq: i64,
    /// Who sent it; none for system messages.
    pub sender_id: Option<UserId>,
    /// Name of the sender, for display.
    pub sender_name: Option<String>,
    /// The sender's idempotency key.
    pub client_id: ClientMessageId,
    /// What it is.
    pub kind: MessageKind,
    /// The words. Health data.
    pub body: String,
    /// The document of a file message.
    pub document_id: Option<DocumentId>,
    /// When it was stored.
    pub created_at: Ts,
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Message")
            .field("conversation_id", &self.conversation_id)
            .field("seq", &self.seq)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// A conversation as one member sees it.
#[derive(Clone, PartialEq, Eq)]
pub struct Conversation {
    /// Its id.
    pub id: ConversationId,
    /// The hospital.
    pub hospital_id: HospitalId,
    /// The appointment it belongs to.
    pub appointment_id: AppointmentId,
    /// Drawn anew when a backup is restored, so that caches of the lost future are dropped.
    pub epoch: i64,
    /// Place of the newest message, 0 when empty.
    pub last_seq: i64,
    /// How far the viewer has read.
    pub read_seq: i64,
    /// The other member.
    pub other_id: UserId,
    /// The other member's name.
    pub other_name: String,
    /// When the visit is or was.
    pub starts_at: Ts,
    /// The newest message.
    pub last_message: Option<Message>,
}

impl std::fmt::Debug for Conversation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Conversation")
            .field("id", &self.id)
            .field("last_seq", &self.last_seq)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_bounded_in_code_points() {
        assert_eq!(check_body(" \n"), Err(BodyError::Empty));
        assert_eq!(check_body(&"é".repeat(MAX_MESSAGE_CHARS)), Ok(()));
        assert_eq!(
            check_body(&"é".repeat(MAX_MESSAGE_CHARS + 1)),
            Err(BodyError::TooLong)
        );
        assert_eq!(check_body("a\0b"), Err(BodyError::Unstorable));
    }
}
