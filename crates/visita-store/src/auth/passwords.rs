//! Password hashes. They leave the store only for the check of a sign-in.

use diesel::prelude::*;
use visita_domain::access::{Action, Facts};
use visita_domain::account::MailKind;
use visita_domain::audit::AuditAction;
use visita_domain::people::{Email, Role, UserState};
use visita_domain::{SessionId, Ts, UserId};

use super::{Credentials, codes, sessions::end_sessions_of};
use crate::audit::Entry;
use crate::conn::Db;
use crate::mail::{self, NewMail};
use crate::people::UserRow;
use crate::schema::{credentials, totp_factors, users};
use crate::types::Val;
use crate::{AnyConn, Ctx, StoreError, Tenant, tx};

/// What the password of that address is checked against, if there is such a user.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub fn find_credentials(
    conn: &mut AnyConn,
    email: &Email,
) -> Result<Option<Credentials>, StoreError> {
    tx::read_tx(conn, Tenant::Accounts, |db| {
        let row: Option<(UserId, String, UserState, Role, Option<Ts>)> = users::table
            .inner_join(credentials::table.on(credentials::user_id.eq(users::id)))
            .left_join(totp_factors::table.on(totp_factors::user_id.eq(users::id)))
            .filter(users::email.eq(Val(email.clone())))
            .select((
                users::id,
                credentials::password_hash,
                users::state,
                users::role,
                totp_factors::confirmed_at.nullable(),
            ))
            .first(db)
            .optional()?;
        Ok(row.map(
            |(user_id, password_hash, state, role, confirmed_at)| Credentials {
                user_id,
                password_hash,
                state,
                role,
                second_factor: confirmed_at.is_some(),
            },
        ))
    })
}

/// The own hash, to check the present password before a change or a step-up.
///
/// # Errors
/// [`StoreError::NotFound`] when the account has none.
pub fn own_password_hash(conn: &mut AnyConn, ctx: &Ctx) -> Result<String, StoreError> {
    ctx.require(Action::StepUp, &Facts::default())?;
    tx::read_tx(conn, ctx.tenant(), |db| {
        Ok(credentials::table
            .filter(credentials::user_id.eq(Val(ctx.actor.user_id)))
            .select(credentials::password_hash)
            .first(db)?)
    })
}

/// Sets a new password, tells the owner by mail, and ends all other sessions, whose ids
/// are returned.
///
/// # Errors
/// [`StoreError::NotFound`] when the account has no password.
pub fn change_password(
    conn: &mut AnyConn,
    ctx: &Ctx,
    new_hash: &str,
) -> Result<Vec<SessionId>, StoreError> {
    ctx.require(Action::ChangeOwnPassword, &Facts::default())?;
    tx::write_tx(conn, ctx.tenant(), |db, trail| {
        put_hash(db, ctx.actor.user_id, new_hash, Some(ctx.now))?;
        let owner = UserRow::load(db, ctx.actor.user_id)?;
        let notice = NewMail::notice(&owner, MailKind::PasswordChangedNotice, ctx.now);
        mail::enqueue(db, &notice)?;
        codes::spend_all(db, ctx.actor.user_id, ctx.now)?;
        let ended = end_sessions_of(db, ctx.actor.user_id, Some(ctx.actor.session_id), ctx.now)?;
        trail.record(Entry::by(ctx, AuditAction::PasswordChanged).on(ctx.actor.user_id.0));
        Ok(ended)
    })
}

/// Replaces the hash of an unchanged password by one with newer parameters.
///
/// # Errors
/// [`StoreError::NotFound`].
pub fn set_password_hash(
    conn: &mut AnyConn,
    user_id: UserId,
    hash: &str,
) -> Result<(), StoreError> {
    tx::write_tx(conn, Tenant::Accounts, |db, _| {
        put_hash(db, user_id, hash, None)
    })
}

pub(crate) fn put_hash(
    db: &mut Db,
    user_id: UserId,
    hash: &str,
    changed_at: Option<Ts>,
) -> Result<(), StoreError> {
    let target = credentials::table.filter(credentials::user_id.eq(Val(user_id)));
    let written = match changed_at {
        Some(at) => diesel::update(target)
            .set((
                credentials::password_hash.eq(hash),
                credentials::changed_at.eq(Val(at)),
            ))
            .execute(db)?,
        None => diesel::update(target)
            .set(credentials::password_hash.eq(hash))
            .execute(db)?,
    };
    if written == 1 {
        Ok(())
    } else {
        Err(StoreError::NotFound)
    }
}
