//! The worker's side: a lease on a mail that is due, and what became of it.
//!
//! A mail goes out at least once: a worker that is killed after the mail server took a mail
//! and before it recorded so leaves a lease that runs out, and the mail goes out again.

use diesel::prelude::*;
use visita_domain::account::{CodePurpose, MailKind, MailState, mail_retry_secs};
use visita_domain::appointment::AppointmentState;
use visita_domain::audit::AuditAction;
use visita_domain::calendar::CalendarVisit;
use visita_domain::people::{Email, UserState};
use visita_domain::{AppointmentId, CodeId, HospitalId, JoinLinkId, MailId, TimeRange, Ts};

use crate::audit::{Entry, Trail};
use crate::auth::codes::CodeRow;
use crate::conn::{Db, MultiBackend};
use crate::join::LinkPlace;
use crate::people::find_by_email;
use crate::schema::{account_codes, hospitals, mails};
use crate::types::Val;
use crate::{AnyConn, StoreError, Tenant, tx};

/// Seconds for which a mail belongs to the worker that took it; longer than any mail server
/// is waited for.
pub const LEASE_SECS: i64 = 120;

/// Why a mail is not sent whose link would lead nowhere, or which comes too late.
const OUTDATED: &str = "outdated";
/// Why a mail is given up that stopped every worker which took it.
const INTERRUPTED: &str = "interrupted";

/// A mail as it is to be written.
#[derive(Clone)]
pub struct Letter {
    /// Its id.
    pub id: MailId,
    /// To whom.
    pub to: Email,
    /// What it is about.
    pub kind: MailKind,
    /// BCP 47 tag.
    pub language: String,
    /// In whose name; none for the platform.
    pub hospital_name: Option<String>,
    /// When it was queued.
    pub created_at: Ts,
    /// The code whose link it carries.
    pub code: Option<LetterCode>,
    /// The visit that it is about.
    pub visit: Option<LetterVisit>,
}

/// What a mail may say of a visit.
#[derive(Clone)]
pub struct LetterVisit {
    /// Its id.
    pub id: AppointmentId,
    /// When it was to begin when the mail was queued.
    pub starts_at: Ts,
    /// What a file for calendars says of it; mails of before there were such files have none.
    pub calendar: Option<CalendarVisit>,
    /// The patient's join link.
    pub join_link: Option<LinkPlace>,
    /// The hospital's IANA zone.
    pub time_zone: String,
}

/// What the link of a mail is derived from.
#[derive(Clone)]
pub struct LetterCode {
    /// The code's id.
    pub id: CodeId,
    /// What it lets its holder do.
    pub purpose: CodePurpose,
    /// What was drawn for it.
    pub nonce: Vec<u8>,
    /// SHA-256 of the token: tells which key it was derived with.
    pub token_hash: Vec<u8>,
}

/// A mail that this worker alone sends, until the lease runs out.
#[derive(Clone)]
pub struct Taken {
    /// The mail.
    pub letter: Letter,
    /// Names the lease.
    leased_until: Ts,
    /// Tries with this one.
    attempts: i64,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = mails, check_for_backend(MultiBackend))]
pub(super) struct MailRow {
    pub(super) id: MailId,
    pub(super) hospital_id: Option<HospitalId>,
    pub(super) to_address: Email,
    pub(super) kind: MailKind,
    pub(super) language: String,
    pub(super) code_id: Option<CodeId>,
    pub(super) state: MailState,
    pub(super) attempts: i64,
    pub(super) next_try_at: Ts,
    pub(super) created_at: Ts,
    pub(super) sent_at: Option<Ts>,
    pub(super) last_error: Option<String>,
    pub(super) appointment_id: Option<AppointmentId>,
    pub(super) visit_starts_at: Option<Ts>,
    pub(super) visit_ends_at: Option<Ts>,
    pub(super) visit_created_at: Option<Ts>,
    pub(super) visit_version: Option<i64>,
    pub(super) join_link_id: Option<JoinLinkId>,
}

#[expect(
    clippy::large_enum_variant,
    reason = "one per mail, taken apart at once"
)]
/// What looking an address up, at the last moment, makes of a mail.
enum Fate {
    /// It goes out, with its code if it still has one.
    Send(MailRow, Option<CodeRow>),
    /// There is nobody to tell anything: no trace of the address stays.
    Forget,
    /// Its link leads nowhere any more, or what it reminds of has begun.
    Outdated,
}

/// Takes the mail that has been due longest, if one is. Of several workers, one gets it.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub fn take_due(conn: &mut AnyConn, now: Ts) -> Result<Option<Taken>, StoreError> {
    if !tx::read_tx(conn, Tenant::Accounts, |db| Ok(due(db, now)?.is_some()))? {
        return Ok(None);
    }
    tx::write_tx(conn, Tenant::Accounts, |db, trail| {
        while let Some(mail) = due(db, now)? {
            let id = mail.id;
            // A try that ends in a crash counts as one, or such a mail would be tried for ever.
            if mail.attempts > 0 && mail_retry_secs(mail.attempts).is_none() {
                fail(db, id, INTERRUPTED)?;
                continue;
            }
            match resolve(db, trail, mail, now)? {
                Fate::Send(mail, code) => return take(db, mail, code, now).map(Some),
                Fate::Forget => forget(db, id)?,
                Fate::Outdated => fail(db, id, OUTDATED)?,
            }
        }
        Ok(None)
    })
}

fn due(db: &mut Db, now: Ts) -> Result<Option<MailRow>, StoreError> {
    use mails as m;
    Ok(m::table
        .filter(m::state.eq(Val(MailState::Queued)))
        .filter(m::next_try_at.le(Val(now)))
        .filter(
            m::leased_until
                .is_null()
                .or(m::leased_until.le(Some(Val(now))).assume_not_null()),
        )
        .order((m::next_try_at, m::id))
        .limit(1)
        .select(MailRow::as_select())
        .first(db)
        .optional()?)
}

fn fail(db: &mut Db, id: MailId, why: &str) -> Result<(), StoreError> {
    diesel::update(mails::table.filter(mails::id.eq(Val(id))))
        .set((
            mails::state.eq(Val(MailState::Failed)),
            mails::leased_until.eq(None::<Val<Ts>>),
            mails::last_error.eq(Some(why)),
        ))
        .execute(db)?;
    Ok(())
}

/// The code goes with its mail.
fn forget(db: &mut Db, id: MailId) -> Result<(), StoreError> {
    let code_id: Option<CodeId> = mails::table
        .filter(mails::id.eq(Val(id)))
        .select(mails::code_id)
        .first(db)?;
    diesel::delete(mails::table.filter(mails::id.eq(Val(id)))).execute(db)?;
    if let Some(code_id) = code_id {
        diesel::delete(account_codes::table.filter(account_codes::id.eq(Val(code_id))))
            .execute(db)?;
    }
    Ok(())
}

/// Looks up whose address it is, which no request does (SECURITY R33).
fn resolve(db: &mut Db, trail: &mut Trail, mut mail: MailRow, now: Ts) -> Result<Fate, StoreError> {
    let Some(code_id) = mail.code_id else {
        let begun = mail.visit_starts_at.is_some_and(|at| at <= now);
        return Ok(if mail.kind.is_reminder() && begun {
            Fate::Outdated
        } else {
            Fate::Send(mail, None)
        });
    };
    let mut code: CodeRow = account_codes::table
        .filter(account_codes::id.eq(Val(code_id)))
        .select(CodeRow::as_select())
        .first(db)?;
    if code.used_at.is_some() {
        return Ok(Fate::Outdated);
    }
    match code.purpose {
        CodePurpose::Register | CodePurpose::Email => {
            if find_by_email(db, &mail.to_address)?.is_some() {
                mail.kind = MailKind::AlreadyRegistered;
                mail.code_id = None;
                end(db, code_id, now)?;
                return Ok(Fate::Send(mail, None));
            }
        }
        CodePurpose::Reset if code.user_id.is_none() => {
            let owner = find_by_email(db, &mail.to_address)?;
            let Some(owner) = owner.filter(|user| user.state == UserState::Active) else {
                return Ok(Fate::Forget);
            };
            code.user_id = Some(owner.id);
            mail.hospital_id = owner.hospital_id;
            mail.language = owner.language;
            trail.record(
                Entry::anonymous(AuditAction::PasswordResetAsked, now, None)
                    .at_hospital(owner.hospital_id)
                    .on(owner.id.0),
            );
        }
        CodePurpose::Reset | CodePurpose::Invite => {}
    }
    Ok(Fate::Send(mail, Some(code)))
}

fn end(db: &mut Db, id: CodeId, now: Ts) -> Result<(), StoreError> {
    diesel::update(account_codes::table.filter(account_codes::id.eq(Val(id))))
        .set(account_codes::used_at.eq(Some(Val(now))))
        .execute(db)?;
    Ok(())
}

/// Writes the lease, and what was found out. The code counts from now: a mail that was late
/// would else carry a dead link.
fn take(db: &mut Db, mail: MailRow, code: Option<CodeRow>, now: Ts) -> Result<Taken, StoreError> {
    let leased_until = now.plus_secs(LEASE_SECS);
    let attempts = mail.attempts + 1;
    diesel::update(mails::table.filter(mails::id.eq(Val(mail.id))))
        .set((
            mails::hospital_id.eq(mail.hospital_id.map(Val)),
            mails::kind.eq(Val(mail.kind)),
            mails::language.eq(&mail.language),
            mails::code_id.eq(mail.code_id.map(Val)),
            mails::attempts.eq(attempts),
            mails::leased_until.eq(Some(Val(leased_until))),
        ))
        .execute(db)?;
    if let Some(code) = &code {
        diesel::update(account_codes::table.filter(account_codes::id.eq(Val(code.id))))
            .set((
                account_codes::user_id.eq(code.user_id.map(Val)),
                account_codes::hospital_id.eq(mail.hospital_id.map(Val)),
                account_codes::expires_at.eq(Val(now.plus_secs(code.purpose.lifetime_secs()))),
            ))
            .execute(db)?;
    }
    Ok(Taken {
        letter: letter(db, mail, code)?,
        leased_until,
        attempts,
    })
}

pub(super) fn letter(
    db: &mut Db,
    mail: MailRow,
    code: Option<CodeRow>,
) -> Result<Letter, StoreError> {
    let hospital: Option<(String, String)> = match mail.hospital_id {
        Some(id) => Some(
            hospitals::table
                .filter(hospitals::id.eq(Val(id)))
                .select((hospitals::name, hospitals::time_zone))
                .first(db)?,
        ),
        None => None,
    };
    let (hospital_name, time_zone) = hospital.unzip();
    let visit = mail.appointment_id.zip(mail.visit_starts_at).zip(time_zone);
    let calendar = calendar_of(&mail);
    let join_link = mail.hospital_id.zip(mail.join_link_id);
    Ok(Letter {
        id: mail.id,
        to: mail.to_address,
        kind: mail.kind,
        language: mail.language,
        hospital_name,
        created_at: mail.created_at,
        code: code.map(|code| LetterCode {
            id: code.id,
            purpose: code.purpose,
            nonce: code.nonce,
            token_hash: code.token_hash,
        }),
        visit: visit.map(|((id, starts_at), time_zone)| LetterVisit {
            id,
            starts_at,
            calendar,
            join_link: join_link.map(|(hospital_id, id)| LinkPlace { hospital_id, id }),
            time_zone,
        }),
    })
}

/// The visit as it was when the mail was queued: a newer one comes with a newer mail.
fn calendar_of(mail: &MailRow) -> Option<CalendarVisit> {
    let range = TimeRange::new(mail.visit_starts_at?, mail.visit_ends_at?).ok()?;
    let cancelled = mail.kind == MailKind::VisitCancelled;
    Some(CalendarVisit {
        id: mail.appointment_id?,
        range,
        state: if cancelled {
            AppointmentState::Cancelled
        } else {
            AppointmentState::Booked
        },
        version: mail.visit_version?,
        created_at: mail.visit_created_at?,
        changed_at: mail.created_at,
    })
}

/// Records what became of a mail: sent, or the kind of failure, after which it is tried
/// again later or given up. Says nothing of a mail whose lease has gone to another worker.
///
/// # Errors
/// [`StoreError::Unavailable`]; the lease then runs out, and the mail goes out again.
pub fn settle(
    conn: &mut AnyConn,
    taken: &Taken,
    outcome: Result<(), &'static str>,
    now: Ts,
) -> Result<(), StoreError> {
    use mails as m;
    let retry = mail_retry_secs(taken.attempts);
    let (state, next_try_at, sent_at) = match (outcome, retry) {
        (Ok(()), _) => (MailState::Sent, now, Some(now)),
        (Err(_), Some(secs)) => (MailState::Queued, now.plus_secs(secs), None),
        (Err(_), None) => (MailState::Failed, now, None),
    };
    tx::write_tx(conn, Tenant::Accounts, |db, _| {
        diesel::update(
            m::table
                .filter(m::id.eq(Val(taken.letter.id)))
                .filter(m::state.eq(Val(MailState::Queued)))
                .filter(m::leased_until.eq(Some(Val(taken.leased_until)))),
        )
        .set((
            m::state.eq(Val(state)),
            m::next_try_at.eq(Val(next_try_at)),
            m::sent_at.eq(sent_at.map(Val)),
            m::last_error.eq(outcome.err()),
            m::leased_until.eq(None::<Val<Ts>>),
        ))
        .execute(db)?;
        Ok(())
    })
}
