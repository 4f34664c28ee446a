//! Account codes: what a mailed link lets its holder do once (SECURITY R34).
//!
//! A wrong, an expired and a used code, and one of another purpose, are the same
//! [`StoreError::CodeInvalid`]. No request names an account: a code acts on its own only.

use diesel::prelude::*;
use visita_domain::account::CodePurpose;
use visita_domain::people::{Email, Role};
use visita_domain::{CodeId, HospitalId, Ts, UserId};

use crate::conn::{Db, MultiBackend};
use crate::schema::{account_codes, hospitals, totp_factors, users};
use crate::types::Val;
use crate::{AnyConn, StoreError, Tenant, tx};

/// The secret side of a code to store. The token itself never comes here.
#[derive(Clone, Copy)]
pub struct NewCode {
    /// Its id.
    pub id: CodeId,
    /// From which, with the key of the server, the token is derived.
    pub nonce: [u8; 32],
    /// SHA-256 of the token.
    pub token_hash: [u8; 32],
}

/// What a code is about.
pub(crate) struct CodeFor<'a> {
    pub(crate) purpose: CodePurpose,
    pub(crate) user_id: Option<UserId>,
    pub(crate) hospital_id: Option<HospitalId>,
    pub(crate) email: &'a Email,
    pub(crate) name: &'a str,
    pub(crate) language: &'a str,
}

/// Who holds a code, for the strength of the password to come.
#[derive(Clone)]
pub struct CodeHolder {
    /// The address that the mail went to.
    pub email: Email,
    /// Name as it was given; may be empty.
    pub name: String,
    /// What the account is; who registers becomes a patient.
    pub role: Role,
    /// Whether the account has a second factor.
    pub second_factor: bool,
    /// Name of the hospital; empty for the platform.
    pub clinic: String,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = account_codes, check_for_backend(MultiBackend))]
pub(crate) struct CodeRow {
    pub(crate) id: CodeId,
    pub(crate) purpose: CodePurpose,
    pub(crate) user_id: Option<UserId>,
    pub(crate) hospital_id: Option<HospitalId>,
    pub(crate) email: Email,
    pub(crate) name: String,
    pub(crate) language: String,
    pub(crate) nonce: Vec<u8>,
    pub(crate) token_hash: Vec<u8>,
    pub(crate) used_at: Option<Ts>,
}

/// Stores a code. It counts for its lifetime from now, and again from when its mail goes out.
pub(crate) fn insert(
    db: &mut Db,
    new: &NewCode,
    of: &CodeFor<'_>,
    now: Ts,
) -> Result<(), StoreError> {
    use account_codes as c;
    diesel::insert_into(c::table)
        .values((
            c::id.eq(Val(new.id)),
            c::purpose.eq(Val(of.purpose)),
            c::user_id.eq(of.user_id.map(Val)),
            c::hospital_id.eq(of.hospital_id.map(Val)),
            c::email.eq(Val(of.email.clone())),
            c::name.eq(of.name),
            c::language.eq(of.language),
            c::nonce.eq(new.nonce.as_slice()),
            c::token_hash.eq(new.token_hash.as_slice()),
            c::created_at.eq(Val(now)),
            c::expires_at.eq(Val(now.plus_secs(of.purpose.lifetime_secs()))),
        ))
        .execute(db)?;
    Ok(())
}

/// Whose code of one of these purposes this is, if it counts. Spends nothing: it tells
/// whether a password is worth hashing.
///
/// # Errors
/// [`StoreError::CodeInvalid`].
pub fn code_holder(
    conn: &mut AnyConn,
    token_hash: &[u8; 32],
    purposes: &[CodePurpose],
    now: Ts,
) -> Result<CodeHolder, StoreError> {
    use account_codes as c;
    tx::read_tx(conn, Tenant::Accounts, |db| {
        type Found = (CodeRow, Option<Role>, Option<Ts>, Option<String>);
        let row: Option<Found> = c::table
            .left_join(users::table.on(users::id.nullable().eq(c::user_id)))
            .left_join(totp_factors::table.on(totp_factors::user_id.nullable().eq(c::user_id)))
            .left_join(hospitals::table.on(hospitals::id.nullable().eq(c::hospital_id)))
            .filter(c::token_hash.eq(token_hash.as_slice()))
            .filter(c::purpose.eq_any(purposes.iter().copied().map(Val)))
            .filter(c::used_at.is_null())
            .filter(c::expires_at.gt(Val(now)))
            .select((
                CodeRow::as_select(),
                users::role.nullable(),
                totp_factors::confirmed_at.nullable(),
                hospitals::name.nullable(),
            ))
            .first(db)
            .optional()?;
        let (row, role, factor, clinic) = row.ok_or(StoreError::CodeInvalid)?;
        Ok(CodeHolder {
            email: row.email,
            name: row.name,
            role: role.unwrap_or(Role::Patient),
            second_factor: factor.is_some(),
            clinic: clinic.unwrap_or_default(),
        })
    })
}

/// Spends a code: of several at once, one gets it.
pub(crate) fn spend(
    db: &mut Db,
    token_hash: &[u8; 32],
    purposes: &[CodePurpose],
    now: Ts,
) -> Result<CodeRow, StoreError> {
    use account_codes as c;
    let spent = diesel::update(
        c::table
            .filter(c::token_hash.eq(token_hash.as_slice()))
            .filter(c::purpose.eq_any(purposes.iter().copied().map(Val)))
            .filter(c::used_at.is_null())
            .filter(c::expires_at.gt(Val(now))),
    )
    .set(c::used_at.eq(Some(Val(now))))
    .execute(db)?;
    if spent != 1 {
        return Err(StoreError::CodeInvalid);
    }
    Ok(c::table
        .filter(c::token_hash.eq(token_hash.as_slice()))
        .select(CodeRow::as_select())
        .first(db)?)
}

/// Spends every open code of a user, so that no older mail undoes what was just decided.
pub(crate) fn spend_all(db: &mut Db, user_id: UserId, now: Ts) -> Result<(), StoreError> {
    use account_codes as c;
    diesel::update(
        c::table
            .filter(c::user_id.eq(Some(Val(user_id))))
            .filter(c::used_at.is_null()),
    )
    .set(c::used_at.eq(Some(Val(now))))
    .execute(db)?;
    Ok(())
}
