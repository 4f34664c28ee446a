//! How people get into their accounts: registration, invitation, a forgotten password and
//! a new address.
//!
//! What anybody may ask for (a registration, a new password) does not look the address up.
//! The mail worker does, when it sends: whether there is an account shows in no answer
//! and in no time that one takes (SECURITY R33).

use diesel::prelude::*;
use uuid::Uuid;
use visita_domain::access::{Action, Facts};
use visita_domain::account::{CodePurpose, MailKind};
use visita_domain::audit::AuditAction;
use visita_domain::people::{Email, User, UserState};
use visita_domain::{SessionId, Ts, UserId};

use super::{FirstAccess, HospitalRow, NewPatient, NewRegistration, UserRow, patients, users};
use crate::audit::{Entry, Trail};
use crate::auth::codes::{self, CodeFor, CodeRow};
use crate::auth::{NewCode, end_sessions_of, put_hash};
use crate::conn::Db;
use crate::mail::{self, NewMail};
use crate::types::Val;
use crate::{AnyConn, Ctx, StoreError, Tenant, schema, text, tx};

/// What the holder of a code adds to become the owner of an account.
#[derive(Clone)]
pub struct Activation {
    /// PHC string of the password.
    pub password_hash: String,
    /// Another name than the one given before.
    pub name: Option<String>,
}

/// Queues the mail that confirms the address of a registration; nothing else exists yet.
///
/// # Errors
/// [`StoreError::NotFound`] or [`StoreError::Archived`] for the hospital,
/// [`StoreError::InvalidField`]. None says anything of the address.
pub fn ask_registration(
    conn: &mut AnyConn,
    new: &NewRegistration,
    code: &NewCode,
    now: Ts,
    request_id: Option<Uuid>,
) -> Result<(), StoreError> {
    let name = new.name.trim();
    text::check("name", name, 1..=120)?;
    text::check("language", &new.language, 2..=35)?;
    tx::append_tx(conn, Tenant::Hospital(new.hospital_id), |db, trail| {
        HospitalRow::load_open(db, new.hospital_id)?;
        let of = CodeFor {
            purpose: CodePurpose::Register,
            user_id: None,
            hospital_id: Some(new.hospital_id),
            email: &new.email,
            name,
            language: &new.language,
        };
        queue(db, code, &of, MailKind::Register, now)?;
        trail.record(
            Entry::anonymous(AuditAction::RegistrationAsked, now, request_id)
                .at_hospital(Some(new.hospital_id))
                .on(code.id.0),
        );
        Ok(())
    })
}

/// Stores a code and queues the mail that carries it.
fn queue(
    db: &mut Db,
    code: &NewCode,
    of: &CodeFor<'_>,
    kind: MailKind,
    now: Ts,
) -> Result<(), StoreError> {
    codes::insert(db, code, of, now)?;
    let mail = NewMail {
        hospital_id: of.hospital_id,
        to: of.email.clone(),
        kind,
        language: of.language.to_owned(),
        code_id: Some(code.id),
        visit: None,
        now,
    };
    mail::enqueue(db, &mail).map(drop)
}

/// Inserts a user who gets in as the access says.
pub(super) fn insert_with_access(
    db: &mut Db,
    trail: &mut Trail,
    ctx: &Ctx,
    user: &User,
    access: &FirstAccess,
) -> Result<(), StoreError> {
    match access {
        FirstAccess::Password(hash) => users::insert(db, user, Some(hash)),
        FirstAccess::Invitation(code) => {
            users::insert(db, user, None)?;
            invite(db, trail, ctx, user, code)
        }
    }
}

fn invite(
    db: &mut Db,
    trail: &mut Trail,
    ctx: &Ctx,
    user: &User,
    code: &NewCode,
) -> Result<(), StoreError> {
    let of = CodeFor {
        purpose: CodePurpose::Invite,
        user_id: Some(user.id),
        hospital_id: user.hospital_id,
        email: &user.email,
        name: &user.name,
        language: &user.language,
    };
    queue(db, code, &of, MailKind::Invite, ctx.now)?;
    trail.record(
        Entry::by(ctx, AuditAction::UserInvited)
            .at_hospital(user.hospital_id)
            .on(user.id.0),
    );
    Ok(())
}

/// Invites somebody again who has not come yet. Earlier invitations keep counting.
///
/// # Errors
/// [`StoreError::NotFound`], [`StoreError::Forbidden`], [`StoreError::NotInvited`].
pub fn invite_again(
    conn: &mut AnyConn,
    ctx: &Ctx,
    id: UserId,
    code: &NewCode,
) -> Result<(), StoreError> {
    crate::relation::require_role(ctx, Action::ReadUser)?;
    tx::write_tx(conn, ctx.accounts(), |db, trail| {
        let user = users::load_visible(db, ctx, id)?.user;
        let facts = Facts {
            hospital_id: user.hospital_id,
            ..Facts::default()
        };
        ctx.require(Action::InviteUser(user.role), &facts)?;
        if user.state != UserState::Invited {
            return Err(StoreError::NotInvited);
        }
        invite(db, trail, ctx, &user, code)
    })
}

/// Turns a code into an account with a password, which its holder has chosen: a registered
/// patient is made now, somebody who was invited comes in.
///
/// # Errors
/// [`StoreError::CodeInvalid`], also when the address has got an account meanwhile or the
/// hospital closed; [`StoreError::InvalidField`] for the name.
pub fn activate(
    conn: &mut AnyConn,
    token_hash: &[u8; 32],
    how: &Activation,
    now: Ts,
    request_id: Option<Uuid>,
) -> Result<User, StoreError> {
    let done = tx::write_tx(conn, Tenant::Accounts, |db, trail| {
        let purposes = [CodePurpose::Register, CodePurpose::Invite];
        let code = codes::spend(db, token_hash, &purposes, now)?;
        match code.user_id {
            None => settle(db, trail, &code, how, now, request_id),
            Some(user_id) => come_in(db, trail, user_id, how, now, request_id),
        }
    });
    done.map_err(|error| match error {
        StoreError::EmailTaken | StoreError::Archived | StoreError::NotFound => {
            StoreError::CodeInvalid
        }
        other => other,
    })
}

/// The account of a registration.
fn settle(
    db: &mut Db,
    trail: &mut Trail,
    code: &CodeRow,
    how: &Activation,
    now: Ts,
    request_id: Option<Uuid>,
) -> Result<User, StoreError> {
    let new = NewPatient {
        hospital_id: code.hospital_id.ok_or(StoreError::CodeInvalid)?,
        name: how.name.clone().unwrap_or_else(|| code.name.clone()),
        email: code.email.clone(),
        password_hash: how.password_hash.clone(),
        language: code.language.clone(),
    };
    patients::register(db, trail, &new, now, request_id)
}

/// The account of an invitation.
fn come_in(
    db: &mut Db,
    trail: &mut Trail,
    user_id: UserId,
    how: &Activation,
    now: Ts,
    request_id: Option<Uuid>,
) -> Result<User, StoreError> {
    let mut user = UserRow::load(db, user_id)?;
    if user.state != UserState::Invited {
        return Err(StoreError::CodeInvalid);
    }
    if let Some(hospital_id) = user.hospital_id {
        HospitalRow::load_open(db, hospital_id)?;
    }
    if let Some(name) = &how.name {
        user.name = name.trim().to_owned();
    }
    user.state = UserState::Active;
    users::update(db, &user)?;
    users::insert_credentials(db, user.id, &how.password_hash, now)?;
    codes::spend_all(db, user.id, now)?;
    trail.record(
        Entry::anonymous(AuditAction::UserActivated, now, request_id)
            .actor(user.id, user.hospital_id)
            .on(user.id.0),
    );
    Ok(user)
}

/// Queues a mail for a forgotten password. Whose it is, if anybody's, the worker finds out.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub fn ask_reset(
    conn: &mut AnyConn,
    email: &Email,
    code: &NewCode,
    now: Ts,
) -> Result<(), StoreError> {
    tx::append_tx(conn, Tenant::Platform, |db, _| {
        let of = CodeFor {
            purpose: CodePurpose::Reset,
            user_id: None,
            hospital_id: None,
            email,
            name: "",
            language: "en",
        };
        queue(db, code, &of, MailKind::Reset, now)
    })
}

/// The user of a spent code, if it may sign in.
fn active(db: &mut Db, code: &CodeRow) -> Result<User, StoreError> {
    let user = UserRow::load(db, code.user_id.ok_or(StoreError::CodeInvalid)?)?;
    if user.state == UserState::Active {
        Ok(user)
    } else {
        Err(StoreError::CodeInvalid)
    }
}

/// Sets the password that the holder of a code has chosen, tells the owner by mail, and
/// ends all sessions, whose ids are returned. A second factor stays (SECURITY R35).
///
/// # Errors
/// [`StoreError::CodeInvalid`].
pub fn reset_password(
    conn: &mut AnyConn,
    token_hash: &[u8; 32],
    new_hash: &str,
    now: Ts,
    request_id: Option<Uuid>,
) -> Result<Vec<SessionId>, StoreError> {
    tx::write_tx(conn, Tenant::Accounts, |db, trail| {
        let code = codes::spend(db, token_hash, &[CodePurpose::Reset], now)?;
        let user = active(db, &code)?;
        put_hash(db, user.id, new_hash, Some(now))?;
        codes::spend_all(db, user.id, now)?;
        let ended = end_sessions_of(db, user.id, None, now)?;
        let notice = NewMail::notice(&user, MailKind::PasswordChangedNotice, now);
        mail::enqueue(db, &notice)?;
        trail.record(
            Entry::anonymous(AuditAction::PasswordReset, now, request_id)
                .actor(user.id, user.hospital_id)
                .on(user.id.0),
        );
        Ok(ended)
    })
}

/// Queues a mail that confirms a new address, and tells the old one.
///
/// # Errors
/// [`StoreError::InvalidField`] when it is the present address.
pub fn ask_email_change(
    conn: &mut AnyConn,
    ctx: &Ctx,
    email: &Email,
    code: &NewCode,
) -> Result<(), StoreError> {
    ctx.require(Action::ChangeOwnEmail, &Facts::default())?;
    tx::append_tx(conn, ctx.tenant(), |db, trail| {
        let user = UserRow::load(db, ctx.actor.user_id)?;
        if user.email == *email {
            return Err(StoreError::InvalidField("email"));
        }
        let of = CodeFor {
            purpose: CodePurpose::Email,
            user_id: Some(user.id),
            hospital_id: user.hospital_id,
            email,
            name: "",
            language: &user.language,
        };
        queue(db, code, &of, MailKind::EmailChange, ctx.now)?;
        let notice = NewMail::notice(&user, MailKind::EmailChangeAskedNotice, ctx.now);
        mail::enqueue(db, &notice)?;
        trail.record(Entry::by(ctx, AuditAction::EmailChangeAsked).on(user.id.0));
        Ok(())
    })
}

/// Gives an account the address to which its code went, and tells the old one.
///
/// # Errors
/// [`StoreError::CodeInvalid`], also when the address has got another account meanwhile.
pub fn verify_email(
    conn: &mut AnyConn,
    token_hash: &[u8; 32],
    now: Ts,
    request_id: Option<Uuid>,
) -> Result<(), StoreError> {
    let done = tx::write_tx(conn, Tenant::Accounts, |db, trail| {
        let code = codes::spend(db, token_hash, &[CodePurpose::Email], now)?;
        let mut user = active(db, &code)?;
        let notice = NewMail::notice(&user, MailKind::EmailChangedNotice, now);
        mail::enqueue(db, &notice)?;
        user.email = code.email;
        users::update(db, &user)?;
        // A code for a forgotten password went to the old address.
        codes::spend_all(db, user.id, now)?;
        trail.record(
            Entry::anonymous(AuditAction::EmailChanged, now, request_id)
                .actor(user.id, user.hospital_id)
                .on(user.id.0),
        );
        Ok(())
    });
    done.map_err(|error| match error {
        StoreError::EmailTaken => StoreError::CodeInvalid,
        other => other,
    })
}

/// The user of that address, whatever the state.
pub(crate) fn find_by_email(db: &mut Db, email: &Email) -> Result<Option<User>, StoreError> {
    let row: Option<UserRow> = schema::users::table
        .filter(schema::users::email.eq(Val(email.clone())))
        .select(UserRow::as_select())
        .first(db)
        .optional()?;
    Ok(row.map(User::from))
}
