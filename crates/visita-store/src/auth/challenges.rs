//! Between password and code: a challenge carries the sign-in from one to the other.
//!
//! It stands in SQL, so any node can take the code, and its tries are counted there.

use diesel::prelude::*;
use uuid::Uuid;
use visita_domain::audit::AuditAction;
use visita_domain::people::{Role, User};
use visita_domain::{Ts, UserId};

use super::factors::{self, Proof, SealedSeed};
use super::{NewSession, Session, sessions};
use crate::audit::Entry;
use crate::conn::Db;
use crate::people::UserRow;
use crate::schema::{mfa_challenges, users};
use crate::types::Val;
use crate::{AnyConn, StoreError, Tenant, tx};

/// Codes that may be tried with one challenge.
pub const MAX_CHALLENGE_TRIES: i16 = 5;

/// A challenge to open.
#[derive(Clone)]
pub struct NewChallenge {
    /// SHA-256 of its token.
    pub hash: [u8; 32],
    /// Whose password was right.
    pub user_id: UserId,
    /// The present time.
    pub now: Ts,
    /// When it ends.
    pub expires_at: Ts,
}

/// Whom a challenge is about, and what a code is checked against.
#[derive(Clone)]
pub struct Challenge {
    /// Whose password was right.
    pub user_id: UserId,
    /// What the user is.
    pub role: Role,
    /// The factor.
    pub seed: SealedSeed,
}

/// Opens a challenge after the password was found right.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub fn open_challenge(conn: &mut AnyConn, new: &NewChallenge) -> Result<(), StoreError> {
    use mfa_challenges as c;
    tx::append_tx(conn, Tenant::Accounts, |db, _| {
        diesel::delete(
            c::table
                .filter(c::user_id.eq(Val(new.user_id)))
                .filter(c::expires_at.le(Val(new.now))),
        )
        .execute(db)?;
        diesel::insert_into(c::table)
            .values((
                c::hash.eq(new.hash.as_slice()),
                c::user_id.eq(Val(new.user_id)),
                c::created_at.eq(Val(new.now)),
                c::expires_at.eq(Val(new.expires_at)),
                c::tries.eq(0_i16),
            ))
            .execute(db)?;
        Ok(())
    })
}

/// Whom the challenge of that token is about, while it can still be met.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub fn challenged_user(
    conn: &mut AnyConn,
    hash: &[u8; 32],
    now: Ts,
) -> Result<Option<UserId>, StoreError> {
    use mfa_challenges as c;
    tx::read_tx(conn, Tenant::Accounts, |db| {
        Ok(c::table
            .filter(c::hash.eq(hash.as_slice()))
            .filter(c::used_at.is_null())
            .filter(c::expires_at.gt(Val(now)))
            .filter(c::tries.lt(MAX_CHALLENGE_TRIES))
            .select(c::user_id)
            .first(db)
            .optional()?)
    })
}

/// Takes one of the challenge's tries. None when it is used, over or out of tries, or the
/// user may not sign in.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub fn try_challenge(
    conn: &mut AnyConn,
    hash: &[u8; 32],
    now: Ts,
) -> Result<Option<Challenge>, StoreError> {
    use mfa_challenges as c;
    tx::row_lock_tx(conn, Tenant::Accounts, |db, _| {
        let taken = diesel::update(
            c::table
                .filter(c::hash.eq(hash.as_slice()))
                .filter(c::used_at.is_null())
                .filter(c::expires_at.gt(Val(now)))
                .filter(c::tries.lt(MAX_CHALLENGE_TRIES)),
        )
        .set(c::tries.eq(c::tries + 1))
        .execute(db)?;
        if taken == 0 {
            return Ok(None);
        }
        let (user_id, role): (UserId, Role) = c::table
            .inner_join(users::table.on(users::id.eq(c::user_id)))
            .filter(c::hash.eq(hash.as_slice()))
            .select((users::id, users::role))
            .first(db)?;
        let seed = factors::load_seed(db, user_id)?;
        Ok(seed.map(|seed| Challenge {
            user_id,
            role,
            seed,
        }))
    })
}

/// Meets the challenge by a proof, which is spent, and opens the session. None when the
/// proof was spent before.
///
/// # Errors
/// [`StoreError::NotFound`] when the challenge was met before or the user may not sign in.
pub fn meet_challenge(
    conn: &mut AnyConn,
    hash: &[u8; 32],
    proof: &Proof,
    new: &NewSession,
) -> Result<Option<(Session, User)>, StoreError> {
    tx::write_tx(conn, Tenant::Accounts, |db, trail| {
        if !factors::spend(db, new.user_id, proof, new.now)? {
            return Ok(None);
        }
        use_up(db, hash, new.now)?;
        let opened = sessions::open(db, trail, new)?;
        if matches!(proof, Proof::RecoveryCode { .. }) {
            trail.record(
                Entry::anonymous(AuditAction::RecoveryCodeUsed, new.now, new.request_id)
                    .actor(opened.1.id, opened.1.hospital_id)
                    .on(opened.1.id.0),
            );
        }
        Ok(Some(opened))
    })
}

fn use_up(db: &mut Db, hash: &[u8; 32], now: Ts) -> Result<(), StoreError> {
    use mfa_challenges as c;
    let used = diesel::update(
        c::table
            .filter(c::hash.eq(hash.as_slice()))
            .filter(c::used_at.is_null()),
    )
    .set(c::used_at.eq(Some(Val(now))))
    .execute(db)?;
    if used == 1 {
        Ok(())
    } else {
        Err(StoreError::NotFound)
    }
}

/// Records that somebody tried in vain to prove who they are: a code, or a sign-in that
/// was not even looked at.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub fn record_refusal(
    conn: &mut AnyConn,
    action: AuditAction,
    user_id: Option<UserId>,
    now: Ts,
    request_id: Option<Uuid>,
) -> Result<(), StoreError> {
    let tenant = match user_id {
        Some(_) => Tenant::Accounts,
        None => Tenant::Platform,
    };
    tx::append_tx(conn, tenant, |db, trail| {
        let entry = Entry::anonymous(action, now, request_id);
        match user_id {
            Some(id) => {
                let user = UserRow::load(db, id)?;
                trail.record(entry.at_hospital(user.hospital_id).on(id.0));
            }
            None => trail.record(entry),
        }
        Ok(())
    })
}
