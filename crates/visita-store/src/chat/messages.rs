//! Reading messages by `seq`.

use diesel::prelude::*;
use visita_domain::access::Action;
use visita_domain::audit::AuditAction;
use visita_domain::chat::{Message, MessageKind};
use visita_domain::{ClientMessageId, ConversationId, DocumentId, Ts, UserId};

use super::{MessageWindow, Window, conversations as places};
use crate::audit::{self, Entry};
use crate::conn::{Db, MultiBackend};
use crate::relation::require_role;
use crate::schema::{conversations, messages as m, users};
use crate::types::Val;
use crate::{AnyConn, Ctx, StoreError, tx};

/// Most messages of one window.
const MAX_MESSAGES: i64 = 200;

#[derive(Queryable, Selectable)]
#[diesel(table_name = m, check_for_backend(MultiBackend))]
pub(super) struct MessageRow {
    conversation_id: ConversationId,
    seq: i64,
    sender_id: Option<UserId>,
    client_id: ClientMessageId,
    kind: MessageKind,
    body: String,
    document_id: Option<DocumentId>,
    created_at: Ts,
}

impl MessageRow {
    pub(super) fn sender_id(&self) -> Option<UserId> {
        self.sender_id
    }

    pub(super) fn named(self, sender_name: Option<String>) -> Message {
        Message {
            conversation_id: self.conversation_id,
            seq: self.seq,
            sender_id: self.sender_id,
            sender_name,
            client_id: self.client_id,
            kind: self.kind,
            body: self.body,
            document_id: self.document_id,
            created_at: self.created_at,
        }
    }
}

/// A stretch of a conversation, at most 200 messages. Position and messages are of one
/// moment, so a client that applies them has no hole.
///
/// # Errors
/// [`StoreError::NotFound`], [`StoreError::Forbidden`].
pub fn messages(
    conn: &mut AnyConn,
    ctx: &Ctx,
    id: ConversationId,
    window: Window,
    limit: i64,
) -> Result<MessageWindow, StoreError> {
    require_role(ctx, Action::ReadConversation)?;
    audit::read(conn, ctx.tenant(), |db| {
        let access = places::require(db, ctx, Action::ReadConversation, id)?;
        let found = load(db, &access, id, window, limit)?;
        let entry = Entry::by(ctx, AuditAction::MessagesRead)
            .on(id.0)
            .of(access.patient_id);
        Ok((found, entry))
    })
}

/// What came after `seq`, for a socket that follows the conversation. Following was
/// audited as reading it, and sending is audited: one more event for each delivery
/// would tell nothing and double the writes of a chat.
///
/// # Errors
/// [`StoreError::NotFound`], [`StoreError::Forbidden`].
pub fn newer(
    conn: &mut AnyConn,
    ctx: &Ctx,
    id: ConversationId,
    seq: i64,
    limit: i64,
) -> Result<MessageWindow, StoreError> {
    require_role(ctx, Action::ReadConversation)?;
    tx::read_tx(conn, ctx.tenant(), |db| {
        let access = places::require(db, ctx, Action::ReadConversation, id)?;
        load(db, &access, id, Window::After(seq), limit)
    })
}

fn load(
    db: &mut Db,
    access: &places::Access,
    id: ConversationId,
    window: Window,
    limit: i64,
) -> Result<MessageWindow, StoreError> {
    let limit = limit.clamp(1, MAX_MESSAGES);
    let (epoch, last_seq): (i64, i64) = conversations::table
        .filter(conversations::hospital_id.eq(Val(access.hospital_id)))
        .filter(conversations::id.eq(Val(id)))
        .select((conversations::epoch, conversations::last_seq))
        .first(db)?;
    let query = m::table
        .left_join(users::table.on(users::id.nullable().eq(m::sender_id)))
        .filter(m::hospital_id.eq(Val(access.hospital_id)))
        .filter(m::conversation_id.eq(Val(id)))
        .select((MessageRow::as_select(), users::name.nullable()))
        .limit(limit + 1)
        .into_boxed();
    let query = match window {
        Window::After(seq) => query.filter(m::seq.gt(seq)).order(m::seq.asc()),
        Window::Before(seq) => query.filter(m::seq.lt(seq)).order(m::seq.desc()),
    };
    let rows: Vec<(MessageRow, Option<String>)> = query.load(db)?;
    Ok(cut(rows, window, limit, epoch, last_seq))
}

fn cut(
    rows: Vec<(MessageRow, Option<String>)>,
    window: Window,
    limit: i64,
    epoch: i64,
    last_seq: i64,
) -> MessageWindow {
    let limit = usize::try_from(limit).unwrap_or(1);
    let more = rows.len() > limit;
    let mut items: Vec<Message> = rows
        .into_iter()
        .take(limit)
        .map(|(row, name)| row.named(name))
        .collect();
    if matches!(window, Window::Before(_)) {
        items.reverse();
    }
    MessageWindow {
        epoch,
        last_seq,
        items,
        more,
    }
}
