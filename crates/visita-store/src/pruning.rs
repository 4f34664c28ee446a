//! What nobody needs any more is deleted: sessions that are long over, mails that are long
//! gone, codes that no longer count. Records of care and the audit trail never are.
//!
//! Most ids are UUIDs of version 7, ordered by time, so the oldest rows are the first of
//! the primary key and no other index is needed.

use diesel::prelude::*;
use uuid::Uuid;
use visita_domain::account::MailState;
use visita_domain::{CodeId, MailId, SessionId, Ts, UserId};

use crate::conn::Db;
use crate::schema::{
    account_codes, mails, mfa_challenges, refresh_tokens, sessions, totp_enrolments,
};
use crate::types::Val;
use crate::{AnyConn, StoreError, Tenant, ids, tx};

/// Days for which what has ended is kept: mails for whoever asks where one went, sessions
/// for whoever asks what a device did. What both did stands in the audit trail for longer.
pub const KEPT_DAYS: i64 = 90;
/// Days after which a session is over for certain and its tokens tell no theft any more:
/// no session lasts longer than one (R41).
const TOKENS_DAYS: i64 = 7;

/// A kind of rows that become useless.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stale {
    /// Refresh tokens of sessions that are over.
    RefreshTokens,
    /// Sessions that are over, but not the newest of each person: whoever signs in after
    /// it on a new device is told so (R38).
    Sessions,
    /// Mails that went out, or never will.
    Mails,
    /// Codes of mailed links that do not count any more, with their mails.
    AccountCodes,
    /// Sign-ins that stopped before their second factor.
    Challenges,
    /// Seeds of second factors that nobody confirmed.
    Enrolments,
}

impl Stale {
    /// Every kind, tokens before their sessions.
    pub const ALL: [Self; 6] = [
        Self::RefreshTokens,
        Self::Sessions,
        Self::Mails,
        Self::AccountCodes,
        Self::Challenges,
        Self::Enrolments,
    ];
}

/// Deletes at most `limit` rows of that kind and says how many: as many as the limit when
/// there may be more.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub fn prune(conn: &mut AnyConn, stale: Stale, now: Ts, limit: i64) -> Result<usize, StoreError> {
    let before = |days: i64| ids::first_at(now.plus_days(-days));
    // Nobody else touches such rows, so no other read can be wrong.
    tx::row_lock_tx(conn, Tenant::Accounts, |db, _| match stale {
        Stale::RefreshTokens => tokens(db, SessionId(before(TOKENS_DAYS)), limit),
        Stale::Sessions => of_sessions(db, SessionId(before(KEPT_DAYS)), limit),
        Stale::Mails => of_mails(db, MailId(before(KEPT_DAYS)), limit),
        Stale::AccountCodes => codes(db, CodeId(before(KEPT_DAYS)), now, limit),
        Stale::Challenges => challenges(db, now, limit),
        Stale::Enrolments => enrolments(db, now, limit),
    })
}

fn tokens(db: &mut Db, before: SessionId, limit: i64) -> Result<usize, StoreError> {
    use refresh_tokens as t;
    let found: Vec<Vec<u8>> = t::table
        .filter(t::session_id.lt(Val(before)))
        .order(t::session_id)
        .limit(limit)
        .select(t::hash)
        .load(db)?;
    Ok(diesel::delete(t::table.filter(t::hash.eq_any(found))).execute(db)?)
}

fn of_sessions(db: &mut Db, before: SessionId, limit: i64) -> Result<usize, StoreError> {
    use sessions as s;
    let newer = diesel::alias!(sessions as newer);
    let found: Vec<Uuid> = s::table
        .filter(s::id.lt(Val(before)))
        .filter(diesel::dsl::exists(
            newer
                .filter(newer.field(s::user_id).eq(s::user_id))
                .filter(newer.field(s::created_at).gt(s::created_at)),
        ))
        .order(s::id)
        .limit(limit)
        .select(s::id)
        .load(db)?;
    let found = found.into_iter().map(Val);
    Ok(diesel::delete(s::table.filter(s::id.eq_any(found))).execute(db)?)
}

fn of_mails(db: &mut Db, before: MailId, limit: i64) -> Result<usize, StoreError> {
    use mails as m;
    let found: Vec<Uuid> = m::table
        .filter(m::id.lt(Val(before)))
        .filter(m::state.ne(Val(MailState::Queued)))
        .order(m::id)
        .limit(limit)
        .select(m::id)
        .load(db)?;
    let found = found.into_iter().map(Val);
    Ok(diesel::delete(m::table.filter(m::id.eq_any(found))).execute(db)?)
}

fn codes(db: &mut Db, before: CodeId, now: Ts, limit: i64) -> Result<usize, StoreError> {
    use account_codes as c;
    let found: Vec<Uuid> = c::table
        .filter(c::id.lt(Val(before)))
        // A code counts anew from when its mail goes out, however late that is.
        .filter(c::expires_at.le(Val(now)))
        .order(c::id)
        .limit(limit)
        .select(c::id)
        .load(db)?;
    let found = found.into_iter().map(Val);
    Ok(diesel::delete(c::table.filter(c::id.eq_any(found))).execute(db)?)
}

fn challenges(db: &mut Db, now: Ts, limit: i64) -> Result<usize, StoreError> {
    use mfa_challenges as c;
    let found: Vec<Vec<u8>> = c::table
        .filter(c::expires_at.le(Val(now.plus_days(-1))))
        .limit(limit)
        .select(c::hash)
        .load(db)?;
    Ok(diesel::delete(c::table.filter(c::hash.eq_any(found))).execute(db)?)
}

fn enrolments(db: &mut Db, now: Ts, limit: i64) -> Result<usize, StoreError> {
    use totp_enrolments as e;
    let found: Vec<UserId> = e::table
        .filter(e::expires_at.le(Val(now.plus_days(-1))))
        .limit(limit)
        .select(e::user_id)
        .load(db)?;
    let found = found.into_iter().map(Val);
    Ok(diesel::delete(e::table.filter(e::user_id.eq_any(found))).execute(db)?)
}
