//! Sessions: from sign-in to sign-out.

use diesel::prelude::*;
use visita_domain::access::{Action, Actor, Assurance, Facts};
use visita_domain::account::MailKind;
use visita_domain::audit::AuditAction;
use visita_domain::people::{Role, User, UserState};
use visita_domain::{HospitalId, SessionId, Ts, UserId};

use super::{Caller, NewSession, Session, refresh};
use crate::audit::{Entry, Trail};
use crate::conn::{Db, MultiBackend};
use crate::mail::{self, NewMail};
use crate::people::UserRow;
use crate::schema::{sessions, users};
use crate::types::Val;
use crate::{AnyConn, Ctx, MAX_LIMIT, StoreError, Tenant, ids, tx};

/// Longest part kept of what a browser says of itself.
const MAX_USER_AGENT_CHARS: usize = 200;

#[derive(Queryable, Selectable)]
#[diesel(table_name = sessions, check_for_backend(MultiBackend))]
struct SessionRow {
    id: SessionId,
    user_id: UserId,
    created_at: Ts,
    last_seen_at: Ts,
    expires_at: Ts,
    user_agent: String,
    second_factor: bool,
}

impl From<SessionRow> for Session {
    fn from(row: SessionRow) -> Self {
        Self {
            id: row.id,
            user_id: row.user_id,
            created_at: row.created_at,
            last_seen_at: row.last_seen_at,
            expires_at: row.expires_at,
            user_agent: row.user_agent,
            second_factor: row.second_factor,
        }
    }
}

/// The session and its user, if it has not ended and the user may sign in.
pub(super) fn load_live(
    db: &mut Db,
    id: SessionId,
    now: Ts,
) -> Result<Option<(Session, User)>, StoreError> {
    let row: Option<(SessionRow, UserRow)> = sessions::table
        .inner_join(users::table.on(users::id.eq(sessions::user_id)))
        .filter(sessions::id.eq(Val(id)))
        .filter(sessions::revoked_at.is_null())
        .filter(sessions::idle_expires_at.gt(Val(now)))
        .filter(sessions::expires_at.gt(Val(now)))
        .filter(users::state.eq(Val(UserState::Active)))
        .select((SessionRow::as_select(), UserRow::as_select()))
        .first(db)
        .optional()?;
    Ok(row.map(|(session, user)| (session.into(), user.into())))
}

/// Opens a session after the password was found right, where no second factor is asked for.
///
/// # Errors
/// [`StoreError::NotFound`] when the user may not sign in.
pub fn open_session(conn: &mut AnyConn, new: &NewSession) -> Result<(Session, User), StoreError> {
    tx::write_tx(conn, Tenant::Accounts, |db, trail| open(db, trail, new))
}

/// Opens a session within a transaction. Its owner is told when it is on a device that is
/// not known, but for the first of all.
pub(super) fn open(
    db: &mut Db,
    trail: &mut Trail,
    new: &NewSession,
) -> Result<(Session, User), StoreError> {
    let user = UserRow::load(db, new.user_id)?;
    if user.state != UserState::Active {
        return Err(StoreError::NotFound);
    }
    if !new.known_device && has_signed_in(db, user.id)? {
        mail::enqueue(
            db,
            &NewMail::notice(&user, MailKind::NewDeviceNotice, new.now),
        )?;
    }
    let session = Session {
        id: SessionId(ids::fresh(new.now)),
        user_id: new.user_id,
        created_at: new.now,
        last_seen_at: new.now,
        expires_at: new.now.plus_secs(new.absolute_secs),
        user_agent: new
            .user_agent
            .chars()
            .filter(|c| !c.is_control())
            .take(MAX_USER_AGENT_CHARS)
            .collect(),
        second_factor: new.second_factor,
    };
    let idle_expires_at = new.now.plus_secs(new.idle_secs).min(session.expires_at);
    diesel::insert_into(sessions::table)
        .values((
            sessions::id.eq(Val(session.id)),
            sessions::user_id.eq(Val(session.user_id)),
            sessions::user_agent.eq(&session.user_agent),
            sessions::created_at.eq(Val(session.created_at)),
            sessions::last_seen_at.eq(Val(session.last_seen_at)),
            sessions::idle_secs.eq(new.idle_secs),
            sessions::idle_expires_at.eq(Val(idle_expires_at)),
            sessions::expires_at.eq(Val(session.expires_at)),
            sessions::auth_time.eq(Val(new.now)),
            sessions::second_factor.eq(new.second_factor),
        ))
        .execute(db)?;
    refresh::insert(db, session.id, &new.refresh_hash, new.now)?;
    trail.record(
        Entry::anonymous(AuditAction::LoginSucceeded, new.now, new.request_id)
            .actor(user.id, user.hospital_id)
            .on(session.id.0),
    );
    Ok((session, user))
}

fn has_signed_in(db: &mut Db, user_id: UserId) -> Result<bool, StoreError> {
    let any: Option<SessionId> = sessions::table
        .filter(sessions::user_id.eq(Val(user_id)))
        .select(sessions::id)
        .first(db)
        .optional()?;
    Ok(any.is_some())
}

/// Who the session's user is now: one indexed statement at every request.
///
/// # Errors
/// [`StoreError::NotFound`] when the session has ended or the user may not sign in.
pub fn authenticate(
    conn: &mut AnyConn,
    session_id: SessionId,
    now: Ts,
) -> Result<Caller, StoreError> {
    type Found = (UserId, Role, Option<HospitalId>, Ts, bool);
    let (user_id, role, hospital_id, auth_time, second_factor): Found = sessions::table
        .inner_join(users::table.on(users::id.eq(sessions::user_id)))
        .filter(sessions::id.eq(Val(session_id)))
        .filter(sessions::revoked_at.is_null())
        .filter(sessions::idle_expires_at.gt(Val(now)))
        .filter(sessions::expires_at.gt(Val(now)))
        .filter(users::state.eq(Val(UserState::Active)))
        .select((
            users::id,
            users::role,
            users::hospital_id,
            sessions::auth_time,
            sessions::second_factor,
        ))
        // One statement is one picture: no transaction around it. Outside of one, a
        // connection sees sessions and users, and nothing else (`Tenant::AT_REST`).
        .first(&mut conn.db)?;
    Ok(Caller {
        actor: Actor {
            user_id,
            role,
            hospital_id,
            session_id,
            visit: None,
        },
        assurance: Assurance {
            auth_time,
            second_factor,
        },
    })
}

/// The own sessions that have not ended, newest first.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub fn list_sessions(conn: &mut AnyConn, ctx: &Ctx) -> Result<Vec<Session>, StoreError> {
    ctx.require(Action::ReadOwnAccount, &Facts::default())?;
    tx::read_tx(conn, ctx.tenant(), |db| {
        let rows: Vec<SessionRow> = sessions::table
            .filter(sessions::user_id.eq(Val(ctx.actor.user_id)))
            .filter(sessions::revoked_at.is_null())
            .filter(sessions::idle_expires_at.gt(Val(ctx.now)))
            .filter(sessions::expires_at.gt(Val(ctx.now)))
            .order((sessions::created_at.desc(), sessions::id.desc()))
            .limit(MAX_LIMIT)
            .select(SessionRow::as_select())
            .load(db)?;
        Ok(rows.into_iter().map(Session::from).collect())
    })
}

/// Ends one of the own sessions.
///
/// # Errors
/// [`StoreError::NotFound`] when it has ended or is not the actor's.
pub fn end_session(conn: &mut AnyConn, ctx: &Ctx, session_id: SessionId) -> Result<(), StoreError> {
    ctx.require(Action::EndOwnSession, &Facts::default())?;
    tx::write_tx(conn, ctx.tenant(), |db, trail| {
        let ended = diesel::update(
            sessions::table
                .filter(sessions::id.eq(Val(session_id)))
                .filter(sessions::user_id.eq(Val(ctx.actor.user_id)))
                .filter(sessions::revoked_at.is_null()),
        )
        .set(sessions::revoked_at.eq(Some(Val(ctx.now))))
        .execute(db)?;
        if ended == 0 {
            return Err(StoreError::NotFound);
        }
        let action = if session_id == ctx.actor.session_id {
            AuditAction::LoggedOut
        } else {
            AuditAction::SessionEnded
        };
        trail.record(Entry::by(ctx, action).on(session_id.0));
        Ok(())
    })
}

/// Ends all own sessions but the present one. Returns the ids of those that ended.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub fn end_other_sessions(conn: &mut AnyConn, ctx: &Ctx) -> Result<Vec<SessionId>, StoreError> {
    ctx.require(Action::EndOwnSession, &Facts::default())?;
    tx::write_tx(conn, ctx.tenant(), |db, trail| {
        let ended = end_sessions_of(db, ctx.actor.user_id, Some(ctx.actor.session_id), ctx.now)?;
        for id in &ended {
            trail.record(Entry::by(ctx, AuditAction::SessionEnded).on(id.0));
        }
        Ok(ended)
    })
}

/// Ends the sessions of a user, but one. Returns the ids of those that ended.
pub(crate) fn end_sessions_of(
    db: &mut Db,
    user_id: UserId,
    but: Option<SessionId>,
    now: Ts,
) -> Result<Vec<SessionId>, StoreError> {
    let open: Vec<SessionId> = sessions::table
        .filter(sessions::user_id.eq(Val(user_id)))
        .filter(sessions::revoked_at.is_null())
        .select(sessions::id)
        .load(db)?;
    let ending: Vec<SessionId> = open.into_iter().filter(|id| Some(*id) != but).collect();
    diesel::update(sessions::table.filter(sessions::id.eq_any(ending.iter().copied().map(Val))))
        .set(sessions::revoked_at.eq(Some(Val(now))))
        .execute(db)?;
    Ok(ending)
}

/// Ends one session whoever asks.
pub(super) fn revoke(db: &mut Db, id: SessionId, now: Ts) -> Result<(), StoreError> {
    diesel::update(sessions::table.filter(sessions::id.eq(Val(id))))
        .set(sessions::revoked_at.eq(Some(Val(now))))
        .execute(db)?;
    Ok(())
}

/// Moves the idle limit on after a renewal.
pub(super) fn touch(db: &mut Db, session: &mut Session, now: Ts) -> Result<(), StoreError> {
    let idle_secs: i64 = sessions::table
        .filter(sessions::id.eq(Val(session.id)))
        .select(sessions::idle_secs)
        .first(db)?;
    session.last_seen_at = now;
    diesel::update(sessions::table.filter(sessions::id.eq(Val(session.id))))
        .set((
            sessions::last_seen_at.eq(Val(now)),
            sessions::idle_expires_at.eq(Val(now.plus_secs(idle_secs).min(session.expires_at))),
        ))
        .execute(db)?;
    Ok(())
}
