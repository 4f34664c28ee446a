//! Refresh tokens: each is used once, and using one twice gives a thief away (SECURITY §2.4).

use diesel::prelude::*;
use uuid::Uuid;
use visita_domain::account::MailKind;
use visita_domain::audit::AuditAction;
use visita_domain::{SessionId, Ts};

use super::{Rotation, sessions};
use crate::audit::Entry;
use crate::conn::{Db, MultiBackend};
use crate::mail::{self, NewMail};
use crate::schema::refresh_tokens;
use crate::types::Val;
use crate::{AnyConn, StoreError, Tenant, tx};

/// For so long after its first use a token counts as presented again by a client that
/// lost the answer, as long as the answer's token was not used.
const GRACE_SECS: i64 = 30;

#[derive(Queryable, Selectable)]
#[diesel(table_name = refresh_tokens, check_for_backend(MultiBackend))]
struct TokenRow {
    session_id: SessionId,
    consumed_at: Option<Ts>,
    successor_hash: Option<Vec<u8>>,
}

fn find(db: &mut Db, hash: &[u8]) -> Result<Option<TokenRow>, StoreError> {
    Ok(refresh_tokens::table
        .filter(refresh_tokens::hash.eq(hash))
        .select(TokenRow::as_select())
        .first(db)
        .optional()?)
}

pub(super) fn insert(
    db: &mut Db,
    session_id: SessionId,
    hash: &[u8; 32],
    now: Ts,
) -> Result<(), StoreError> {
    diesel::insert_into(refresh_tokens::table)
        .values((
            refresh_tokens::hash.eq(hash.as_slice()),
            refresh_tokens::session_id.eq(Val(session_id)),
            refresh_tokens::issued_at.eq(Val(now)),
        ))
        .execute(db)?;
    Ok(())
}

fn consume(
    db: &mut Db,
    hash: &[u8],
    consumed_at: Ts,
    successor: Option<&[u8; 32]>,
) -> Result<(), StoreError> {
    diesel::update(refresh_tokens::table.filter(refresh_tokens::hash.eq(hash)))
        .set((
            refresh_tokens::consumed_at.eq(Some(Val(consumed_at))),
            refresh_tokens::successor_hash.eq(successor.map(<[u8; 32]>::as_slice)),
        ))
        .execute(db)?;
    Ok(())
}

/// Exchanges a refresh token for the next one. A token that was used before is
/// either an answer that got lost, and then its unused successor is replaced, or a
/// theft, and then the session ends.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub fn rotate_refresh(
    conn: &mut AnyConn,
    old_hash: &[u8; 32],
    new_hash: &[u8; 32],
    now: Ts,
    request_id: Option<Uuid>,
) -> Result<Rotation, StoreError> {
    tx::write_tx(conn, Tenant::Accounts, |db, trail| {
        let Some(token) = find(db, old_hash)? else {
            return Ok(Rotation::Unknown);
        };
        let Some((mut session, user)) = sessions::load_live(db, token.session_id, now)? else {
            return Ok(Rotation::Unknown);
        };
        match token.consumed_at {
            None => consume(db, old_hash, now, Some(new_hash))?,
            Some(consumed_at) if answer_was_lost(db, &token, consumed_at, now)? => {
                // The lost successor is spent: presenting it later gives its holder away.
                if let Some(lost) = &token.successor_hash {
                    consume(db, lost, now, None)?;
                }
                consume(db, old_hash, consumed_at, Some(new_hash))?;
            }
            Some(_) => {
                sessions::revoke(db, session.id, now)?;
                let notice = NewMail::notice(&user, MailKind::RefreshReusedNotice, now);
                mail::enqueue(db, &notice)?;
                trail.record(
                    Entry::anonymous(AuditAction::RefreshReused, now, request_id)
                        .actor(user.id, user.hospital_id)
                        .on(session.id.0),
                );
                return Ok(Rotation::Reused(session.id));
            }
        }
        insert(db, session.id, new_hash, now)?;
        sessions::touch(db, &mut session, now)?;
        Ok(Rotation::Rotated(session, user))
    })
}

fn answer_was_lost(
    db: &mut Db,
    token: &TokenRow,
    consumed_at: Ts,
    now: Ts,
) -> Result<bool, StoreError> {
    if now >= consumed_at.plus_secs(GRACE_SECS) {
        return Ok(false);
    }
    let Some(successor) = &token.successor_hash else {
        return Ok(false);
    };
    Ok(find(db, successor)?.is_some_and(|next| next.consumed_at.is_none()))
}

/// Signs out by the cookie alone. Returns the session that ended, if there was one.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub fn end_session_by_refresh(
    conn: &mut AnyConn,
    hash: &[u8; 32],
    now: Ts,
    request_id: Option<Uuid>,
) -> Result<Option<SessionId>, StoreError> {
    tx::write_tx(conn, Tenant::Accounts, |db, trail| {
        let Some(token) = find(db, hash)? else {
            return Ok(None);
        };
        let Some((session, user)) = sessions::load_live(db, token.session_id, now)? else {
            return Ok(None);
        };
        sessions::revoke(db, session.id, now)?;
        trail.record(
            Entry::anonymous(AuditAction::LoggedOut, now, request_id)
                .actor(user.id, user.hospital_id)
                .on(session.id.0),
        );
        Ok(Some(session.id))
    })
}
