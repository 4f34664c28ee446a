//! Conversations and messages, the same over REST and WebSocket.

use serde::{Deserialize, Serialize};
use visita_domain::chat::MessageKind;
use visita_domain::{AppointmentId, ClientMessageId, ConversationId, DocumentId, Ts, UserId};

/// One message.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MessageView {
    /// Its conversation.
    pub conversation_id: ConversationId,
    /// Place: 1, 2, 3 … without gaps.
    pub seq: i64,
    /// The sender's idempotency key.
    pub client_id: ClientMessageId,
    /// Who; absent for system messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender_id: Option<UserId>,
    /// The sender's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender_name: Option<String>,
    /// What it is.
    pub kind: MessageKind,
    /// The words; for files the name, for system messages the event.
    pub body: String,
    /// The document of a file message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_id: Option<DocumentId>,
    /// When it was stored.
    pub created_at: Ts,
}

/// `POST /conversations/{id}/messages`. The same `client_id` and body again gives the same message.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "validate", derive(validator::Validate))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SendMessage {
    /// UUIDv7 drawn by the client.
    pub client_id: ClientMessageId,
    /// 1 to 4000 characters; empty for files, whose name the server fills in.
    #[serde(default)]
    #[cfg_attr(feature = "validate", validate(length(max = 4000)))]
    #[cfg_attr(feature = "openapi", schema(max_length = 4000))]
    pub body: String,
    /// Share a stored document of this visit's patient.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_id: Option<DocumentId>,
}

/// A conversation as the caller sees it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConversationView {
    /// Its id.
    pub id: ConversationId,
    /// Its appointment.
    pub appointment_id: AppointmentId,
    /// Changes when a backup was restored: drop caches then.
    pub epoch: i64,
    /// Place of the newest message; 0 when empty.
    pub last_seq: i64,
    /// How far the caller has read.
    pub read_seq: i64,
    /// The other member.
    pub other_id: UserId,
    /// Its name.
    pub other_name: String,
    /// When the visit is or was.
    pub starts_at: Ts,
    /// The newest message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_message: Option<MessageView>,
}

/// `POST /conversations/{id}/read`.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[cfg_attr(feature = "validate", derive(validator::Validate))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct MarkRead {
    /// All up to here are read. Never goes back.
    #[cfg_attr(feature = "validate", validate(range(min = 0)))]
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
    pub seq: i64,
}

/// A page of messages, by `seq` upwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MessagesView {
    /// The conversation's epoch.
    pub epoch: i64,
    /// Place of the newest message of all.
    pub last_seq: i64,
    /// The messages.
    pub items: Vec<MessageView>,
    /// More lie in the direction asked for.
    pub more: bool,
}
