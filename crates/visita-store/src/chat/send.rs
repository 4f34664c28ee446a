//! Sending (REALTIME D): the conversation's row is locked by counting up, and stays locked
//! to the commit. So the order of commits is the order of `seq`, without holes, and nobody
//! sees 11 before 10.

use diesel::prelude::*;
use sha2::{Digest, Sha256};
use visita_domain::access::Action;
use visita_domain::appointment::Appointment;
use visita_domain::audit::AuditAction;
use visita_domain::chat::{Message, MessageKind, SystemEvent, check_body};
use visita_domain::{ClientMessageId, ConversationId, HospitalId, UserId};

use super::conversations::{self as places, Access};
use super::messages::MessageRow;
use super::{Outgoing, Sent};
use crate::audit::{Entry, Trail};
use crate::conn::Db;
use crate::relation::require_role;
use crate::schema::{conversation_members, conversations, messages as m};
use crate::types::Val;
use crate::{AnyConn, Ctx, StoreError, documents, ids, tx};

/// The same client id meets itself only when one client sends it twice at once.
const MAX_COLLISIONS: u32 = 3;

/// Stores a message. The same client id and content again gives the stored message.
///
/// # Errors
/// [`StoreError::ClientIdReused`] for other content, [`StoreError::InvalidBody`],
/// [`StoreError::NotFound`] for the conversation or the document, [`StoreError::Forbidden`].
pub fn send(
    conn: &mut AnyConn,
    ctx: &Ctx,
    id: ConversationId,
    outgoing: &Outgoing,
) -> Result<Sent, StoreError> {
    require_role(ctx, Action::SendMessage)?;
    if outgoing.document_id.is_none() {
        check_body(&outgoing.body)?;
    }
    let hash = content_hash(outgoing);
    for _ in 0..MAX_COLLISIONS {
        match tx::row_lock_tx(conn, ctx.tenant(), |db, trail| {
            try_send(db, trail, ctx, id, outgoing, &hash)
        }) {
            // Another try of the same message won; the roll-back gave its number back.
            Err(error) if error.is_unique_violation() => {}
            result => return result,
        }
    }
    Err(StoreError::Unavailable)
}

fn try_send(
    db: &mut Db,
    trail: &mut Trail,
    ctx: &Ctx,
    id: ConversationId,
    outgoing: &Outgoing,
    hash: &[u8],
) -> Result<Sent, StoreError> {
    let access = places::require(db, ctx, Action::SendMessage, id)?;
    if let Some(sent) = find_sent(db, ctx, &access, id, outgoing.client_id, hash)? {
        return Ok(sent);
    }
    let (kind, body) = match outgoing.document_id {
        Some(document_id) => {
            let document = documents::load_shareable(db, ctx, access.patient_id, document_id)?;
            (MessageKind::File, document.name)
        }
        None => (MessageKind::Text, outgoing.body.clone()),
    };
    let (seq, epoch) = count_up(db, access.hospital_id, id)?;
    let message = Message {
        conversation_id: id,
        seq,
        sender_id: Some(ctx.actor.user_id),
        sender_name: Some(access.actor_name),
        client_id: outgoing.client_id,
        kind,
        body,
        document_id: outgoing.document_id,
        created_at: ctx.now,
    };
    insert(db, access.hospital_id, &message, hash)?;
    read_own(db, access.hospital_id, ctx.actor.user_id, &message)?;
    trail.record(
        Entry::by(ctx, AuditAction::MessageSent)
            .on(id.0)
            .of(access.patient_id),
    );
    Ok(Sent {
        message,
        dup: false,
        epoch,
    })
}

/// What was sent, so that a repeated send is told from a reused id. Files hash their
/// document: the name is the server's.
fn content_hash(outgoing: &Outgoing) -> Vec<u8> {
    let mut hasher = Sha256::new();
    match outgoing.document_id {
        Some(document_id) => {
            hasher.update(b"file\0");
            hasher.update(document_id.0.as_bytes());
        }
        None => {
            hasher.update(b"text\0");
            hasher.update(outgoing.body.as_bytes());
        }
    }
    hasher.finalize().to_vec()
}

fn find_sent(
    db: &mut Db,
    ctx: &Ctx,
    access: &Access,
    id: ConversationId,
    client_id: ClientMessageId,
    hash: &[u8],
) -> Result<Option<Sent>, StoreError> {
    let known: Option<(MessageRow, Vec<u8>, i64)> = m::table
        .inner_join(
            conversations::table.on(conversations::hospital_id
                .eq(m::hospital_id)
                .and(conversations::id.eq(m::conversation_id))),
        )
        .filter(m::hospital_id.eq(Val(access.hospital_id)))
        .filter(m::conversation_id.eq(Val(id)))
        .filter(m::sender_id.eq(Some(Val(ctx.actor.user_id))))
        .filter(m::client_id.eq(Val(client_id)))
        .select((MessageRow::as_select(), m::body_hash, conversations::epoch))
        .first(db)
        .optional()?;
    match known {
        None => Ok(None),
        Some((_, stored, _)) if stored != hash => Err(StoreError::ClientIdReused),
        Some((row, _, epoch)) => Ok(Some(Sent {
            message: row.named(Some(access.actor_name.clone())),
            dup: true,
            epoch,
        })),
    }
}

/// Takes the next place and locks the conversation to the end of the transaction.
fn count_up(
    db: &mut Db,
    hospital_id: HospitalId,
    id: ConversationId,
) -> Result<(i64, i64), StoreError> {
    Ok(diesel::update(
        conversations::table
            .filter(conversations::hospital_id.eq(Val(hospital_id)))
            .filter(conversations::id.eq(Val(id))),
    )
    .set(conversations::last_seq.eq(conversations::last_seq + 1))
    .returning((conversations::last_seq, conversations::epoch))
    .get_result(db)?)
}

fn insert(
    db: &mut Db,
    hospital_id: HospitalId,
    message: &Message,
    hash: &[u8],
) -> Result<(), StoreError> {
    diesel::insert_into(m::table)
        .values((
            m::hospital_id.eq(Val(hospital_id)),
            m::conversation_id.eq(Val(message.conversation_id)),
            m::seq.eq(message.seq),
            m::sender_id.eq(message.sender_id.map(Val)),
            m::client_id.eq(Val(message.client_id)),
            m::body_hash.eq(hash),
            m::kind.eq(Val(message.kind)),
            m::body.eq(&message.body),
            m::document_id.eq(message.document_id.map(Val)),
            m::created_at.eq(Val(message.created_at)),
        ))
        .execute(db)?;
    Ok(())
}

/// A member who had read everything has also read what they caused themselves.
fn read_own(
    db: &mut Db,
    hospital_id: HospitalId,
    user_id: UserId,
    message: &Message,
) -> Result<(), StoreError> {
    use conversation_members as cm;
    diesel::update(
        cm::table
            .filter(cm::hospital_id.eq(Val(hospital_id)))
            .filter(cm::conversation_id.eq(Val(message.conversation_id)))
            .filter(cm::user_id.eq(Val(user_id)))
            .filter(cm::read_seq.eq(message.seq - 1)),
    )
    .set((
        cm::read_seq.eq(message.seq),
        cm::delivered_seq.eq(message.seq),
    ))
    .execute(db)?;
    Ok(())
}

/// Tells the conversation what happened to its appointment.
pub(crate) fn append_system(
    db: &mut Db,
    ctx: &Ctx,
    appointment: &Appointment,
    event: SystemEvent,
) -> Result<(), StoreError> {
    let (seq, _) = count_up(db, appointment.hospital_id, appointment.conversation_id)?;
    let message = Message {
        conversation_id: appointment.conversation_id,
        seq,
        sender_id: None,
        sender_name: None,
        client_id: ClientMessageId(ids::fresh(ctx.now)),
        kind: MessageKind::System,
        body: event.as_str().to_owned(),
        document_id: None,
        created_at: ctx.now,
    };
    let hash = Sha256::digest(message.body.as_bytes());
    insert(db, appointment.hospital_id, &message, &hash)?;
    read_own(db, appointment.hospital_id, ctx.actor.user_id, &message)
}
