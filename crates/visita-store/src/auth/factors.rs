//! Second factors of the signed-in: codes of an authenticator app, and recovery codes.
//!
//! The store sees sealed seeds, steps and hashes; seeds and codes stay outside (SECURITY R37).

use diesel::prelude::*;
use visita_domain::access::{Action, Facts};
use visita_domain::account::MailKind;
use visita_domain::audit::AuditAction;
use visita_domain::{SessionId, Ts, UserId};

use super::sessions::end_sessions_of;
use crate::audit::Entry;
use crate::conn::Db;
use crate::mail::{self, NewMail};
use crate::people::UserRow;
use crate::schema::{recovery_codes, sessions, totp_enrolments, totp_factors};
use crate::types::Val;
use crate::{AnyConn, Ctx, StoreError, Tenant, tx};

/// The seed of an authenticator app, sealed by a key that the database does not hold.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedSeed {
    /// Nonce, ciphertext and tag.
    pub bytes: Vec<u8>,
    /// Which key opens it.
    pub key_id: String,
}

/// What the owner may know of the own second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FactorStatus {
    /// Since when there is one.
    pub confirmed_at: Option<Ts>,
    /// Recovery codes that still work.
    pub recovery_codes_left: i64,
}

/// What was found to be right, and is spent by its use.
#[derive(Clone, PartialEq, Eq)]
pub enum Proof {
    /// The code of that step of 30 seconds.
    Step(i64),
    /// The recovery code at that place, which had that hash.
    RecoveryCode {
        /// 0 to 9.
        idx: i16,
        /// The hash that was verified.
        hash: String,
    },
}

/// The state of the own second factor.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub fn factor_status(conn: &mut AnyConn, ctx: &Ctx) -> Result<FactorStatus, StoreError> {
    ctx.require(Action::ReadOwnFactor, &Facts::default())?;
    let user_id = ctx.actor.user_id;
    tx::read_tx(conn, ctx.tenant(), |db| {
        let confirmed_at = totp_factors::table
            .filter(totp_factors::user_id.eq(Val(user_id)))
            .select(totp_factors::confirmed_at)
            .first(db)
            .optional()?;
        let recovery_codes_left = recovery_codes::table
            .filter(recovery_codes::user_id.eq(Val(user_id)))
            .filter(recovery_codes::used_at.is_null())
            .count()
            .get_result(db)?;
        Ok(FactorStatus {
            confirmed_at,
            recovery_codes_left,
        })
    })
}

/// Keeps a seed until a code confirms it; a factor in use stays in use until then.
///
/// # Errors
/// [`StoreError::Forbidden`] when there is a factor and the session was opened without it.
pub fn begin_enrolment(
    conn: &mut AnyConn,
    ctx: &Ctx,
    seed: &SealedSeed,
    expires_at: Ts,
) -> Result<(), StoreError> {
    ctx.require(Action::SetUpOwnFactor, &Facts::default())?;
    let user_id = ctx.actor.user_id;
    tx::write_tx(conn, ctx.tenant(), |db, _| {
        refuse_weaker_session(db, ctx)?;
        drop_enrolment(db, user_id)?;
        diesel::insert_into(totp_enrolments::table)
            .values((
                totp_enrolments::user_id.eq(Val(user_id)),
                totp_enrolments::seed_sealed.eq(&seed.bytes),
                totp_enrolments::key_id.eq(&seed.key_id),
                totp_enrolments::expires_at.eq(Val(expires_at)),
            ))
            .execute(db)?;
        Ok(())
    })
}

/// The seed that waits for its first code.
///
/// # Errors
/// [`StoreError::NotFound`] when none does, or no longer.
pub fn pending_enrolment(conn: &mut AnyConn, ctx: &Ctx) -> Result<SealedSeed, StoreError> {
    ctx.require(Action::SetUpOwnFactor, &Facts::default())?;
    tx::read_tx(conn, ctx.tenant(), |db| {
        let row: (Vec<u8>, String) = totp_enrolments::table
            .filter(totp_enrolments::user_id.eq(Val(ctx.actor.user_id)))
            .filter(totp_enrolments::expires_at.gt(Val(ctx.now)))
            .select((totp_enrolments::seed_sealed, totp_enrolments::key_id))
            .first(db)?;
        Ok(seed_of(row))
    })
}

/// Makes the pending seed the account's factor, with new recovery codes. The session has
/// shown the factor now; all others of the user end, and their ids are returned.
///
/// # Errors
/// [`StoreError::NotFound`] when another seed, or none, is pending by now.
pub fn confirm_enrolment(
    conn: &mut AnyConn,
    ctx: &Ctx,
    seed: &SealedSeed,
    step: i64,
    code_hashes: &[String],
) -> Result<Vec<SessionId>, StoreError> {
    ctx.require(Action::SetUpOwnFactor, &Facts::default())?;
    let user_id = ctx.actor.user_id;
    tx::write_tx(conn, ctx.tenant(), |db, trail| {
        refuse_weaker_session(db, ctx)?;
        let pending: Vec<u8> = totp_enrolments::table
            .filter(totp_enrolments::user_id.eq(Val(user_id)))
            .filter(totp_enrolments::expires_at.gt(Val(ctx.now)))
            .select(totp_enrolments::seed_sealed)
            .first(db)?;
        if pending != seed.bytes {
            return Err(StoreError::NotFound);
        }
        drop_factor(db, user_id)?;
        diesel::insert_into(totp_factors::table)
            .values((
                totp_factors::user_id.eq(Val(user_id)),
                totp_factors::seed_sealed.eq(&seed.bytes),
                totp_factors::key_id.eq(&seed.key_id),
                totp_factors::confirmed_at.eq(Val(ctx.now)),
                totp_factors::last_step.eq(step),
            ))
            .execute(db)?;
        put_recovery_codes(db, user_id, code_hashes)?;
        mark_session(db, ctx, true)?;
        tell_owner(db, ctx)?;
        trail.record(Entry::by(ctx, AuditAction::SecondFactorAdded).on(user_id.0));
        end_sessions_of(db, user_id, Some(ctx.actor.session_id), ctx.now)
    })
}

/// Removes the own factor with its recovery codes. All other sessions end, and their ids
/// are returned.
///
/// # Errors
/// [`StoreError::NotFound`] when there is none.
pub fn remove_factor(conn: &mut AnyConn, ctx: &Ctx) -> Result<Vec<SessionId>, StoreError> {
    ctx.require(Action::RemoveOwnFactor, &Facts::default())?;
    let user_id = ctx.actor.user_id;
    tx::write_tx(conn, ctx.tenant(), |db, trail| {
        if !drop_factor(db, user_id)? {
            return Err(StoreError::NotFound);
        }
        mark_session(db, ctx, false)?;
        tell_owner(db, ctx)?;
        trail.record(Entry::by(ctx, AuditAction::SecondFactorRemoved).on(user_id.0));
        end_sessions_of(db, user_id, Some(ctx.actor.session_id), ctx.now)
    })
}

/// Replaces all recovery codes, used and unused.
///
/// # Errors
/// [`StoreError::NotFound`] without a factor that they stand in for.
pub fn renew_recovery_codes(
    conn: &mut AnyConn,
    ctx: &Ctx,
    code_hashes: &[String],
) -> Result<(), StoreError> {
    ctx.require(Action::SetUpOwnFactor, &Facts::default())?;
    let user_id = ctx.actor.user_id;
    tx::write_tx(conn, ctx.tenant(), |db, trail| {
        load_seed(db, user_id)?.ok_or(StoreError::NotFound)?;
        put_recovery_codes(db, user_id, code_hashes)?;
        trail.record(Entry::by(ctx, AuditAction::RecoveryCodesRenewed).on(user_id.0));
        Ok(())
    })
}

/// The own seed, to check a code before a step-up.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub fn own_factor(conn: &mut AnyConn, ctx: &Ctx) -> Result<Option<SealedSeed>, StoreError> {
    ctx.require(Action::StepUp, &Facts::default())?;
    tx::read_tx(conn, ctx.tenant(), |db| load_seed(db, ctx.actor.user_id))
}

/// The hash of an unused recovery code. Leads to one verification whatever was typed.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub fn recovery_code_hash(
    conn: &mut AnyConn,
    user_id: UserId,
    idx: i16,
) -> Result<Option<String>, StoreError> {
    tx::read_tx(conn, Tenant::Accounts, |db| {
        Ok(recovery_codes::table
            .filter(recovery_codes::user_id.eq(Val(user_id)))
            .filter(recovery_codes::idx.eq(idx))
            .filter(recovery_codes::used_at.is_null())
            .select(recovery_codes::code_hash)
            .first(db)
            .optional()?)
    })
}

/// Notes that the session's person has proved again who they are, by the password when
/// `proof` is none. False when the proof was spent before.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub fn step_up(conn: &mut AnyConn, ctx: &Ctx, proof: Option<&Proof>) -> Result<bool, StoreError> {
    ctx.require(Action::StepUp, &Facts::default())?;
    tx::write_tx(conn, ctx.tenant(), |db, trail| {
        if let Some(proof) = proof
            && !spend(db, ctx.actor.user_id, proof, ctx.now)?
        {
            return Ok(false);
        }
        diesel::update(sessions::table.filter(sessions::id.eq(Val(ctx.actor.session_id))))
            .set(sessions::auth_time.eq(Val(ctx.now)))
            .execute(db)?;
        if matches!(proof, Some(Proof::RecoveryCode { .. })) {
            trail.record(Entry::by(ctx, AuditAction::RecoveryCodeUsed).on(ctx.actor.user_id.0));
        }
        trail.record(Entry::by(ctx, AuditAction::SteppedUp).on(ctx.actor.session_id.0));
        Ok(true)
    })
}

/// Uses a proof up. False when it, or a later one of its kind, was used before: the
/// comparison is part of the UPDATE, so of two at once one loses (SECURITY R36).
pub(super) fn spend(
    db: &mut Db,
    user_id: UserId,
    proof: &Proof,
    now: Ts,
) -> Result<bool, StoreError> {
    let spent = match proof {
        Proof::Step(step) => diesel::update(
            totp_factors::table
                .filter(totp_factors::user_id.eq(Val(user_id)))
                .filter(totp_factors::last_step.lt(step)),
        )
        .set(totp_factors::last_step.eq(step))
        .execute(db)?,
        Proof::RecoveryCode { idx, hash } => diesel::update(
            recovery_codes::table
                .filter(recovery_codes::user_id.eq(Val(user_id)))
                .filter(recovery_codes::idx.eq(idx))
                .filter(recovery_codes::code_hash.eq(hash))
                .filter(recovery_codes::used_at.is_null()),
        )
        .set(recovery_codes::used_at.eq(Some(Val(now))))
        .execute(db)?,
    };
    Ok(spent == 1)
}

pub(super) fn load_seed(db: &mut Db, user_id: UserId) -> Result<Option<SealedSeed>, StoreError> {
    let row = totp_factors::table
        .filter(totp_factors::user_id.eq(Val(user_id)))
        .select((totp_factors::seed_sealed, totp_factors::key_id))
        .first(db)
        .optional()?;
    Ok(row.map(seed_of))
}

fn seed_of((bytes, key_id): (Vec<u8>, String)) -> SealedSeed {
    SealedSeed { bytes, key_id }
}

/// Nobody exchanges a factor from a session that was opened without it.
fn refuse_weaker_session(db: &mut Db, ctx: &Ctx) -> Result<(), StoreError> {
    let shown: bool = sessions::table
        .filter(sessions::id.eq(Val(ctx.actor.session_id)))
        .select(sessions::second_factor)
        .first(db)?;
    if !shown && load_seed(db, ctx.actor.user_id)?.is_some() {
        return Err(StoreError::Forbidden);
    }
    Ok(())
}

/// Notes what the present session stands on after a change of the factor.
fn mark_session(db: &mut Db, ctx: &Ctx, second_factor: bool) -> Result<(), StoreError> {
    diesel::update(sessions::table.filter(sessions::id.eq(Val(ctx.actor.session_id))))
        .set((
            sessions::second_factor.eq(second_factor),
            sessions::auth_time.eq(Val(ctx.now)),
        ))
        .execute(db)?;
    Ok(())
}

/// By mail, in case it was not they.
fn tell_owner(db: &mut Db, ctx: &Ctx) -> Result<(), StoreError> {
    let owner = UserRow::load(db, ctx.actor.user_id)?;
    let notice = NewMail::notice(&owner, MailKind::SecondFactorChangedNotice, ctx.now);
    mail::enqueue(db, &notice).map(drop)
}

fn drop_enrolment(db: &mut Db, user_id: UserId) -> Result<(), StoreError> {
    diesel::delete(totp_enrolments::table.filter(totp_enrolments::user_id.eq(Val(user_id))))
        .execute(db)?;
    Ok(())
}

/// True when there was a factor.
fn drop_factor(db: &mut Db, user_id: UserId) -> Result<bool, StoreError> {
    drop_enrolment(db, user_id)?;
    diesel::delete(recovery_codes::table.filter(recovery_codes::user_id.eq(Val(user_id))))
        .execute(db)?;
    let dropped =
        diesel::delete(totp_factors::table.filter(totp_factors::user_id.eq(Val(user_id))))
            .execute(db)?;
    Ok(dropped == 1)
}

fn put_recovery_codes(db: &mut Db, user_id: UserId, hashes: &[String]) -> Result<(), StoreError> {
    diesel::delete(recovery_codes::table.filter(recovery_codes::user_id.eq(Val(user_id))))
        .execute(db)?;
    for (idx, hash) in (0_i16..).zip(hashes) {
        diesel::insert_into(recovery_codes::table)
            .values((
                recovery_codes::user_id.eq(Val(user_id)),
                recovery_codes::idx.eq(idx),
                recovery_codes::code_hash.eq(hash),
            ))
            .execute(db)?;
    }
    Ok(())
}
