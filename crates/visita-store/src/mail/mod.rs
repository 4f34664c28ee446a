//! Mail to send. It is queued in the transaction of what causes it, so one is never there
//! without the other, and a crash loses neither.

mod oversight;
mod worker;

use diesel::prelude::*;
use visita_domain::account::{MailKind, MailState};
use visita_domain::people::{Email, User};
use visita_domain::{AppointmentId, CodeId, HospitalId, JoinLinkId, MailId, TimeRange, Ts};

pub use oversight::{MailRecord, list_mails, newest_letters, resend_mail};
pub use worker::{LEASE_SECS, Letter, LetterCode, LetterVisit, Taken, settle, take_due};

use crate::conn::Db;
use crate::schema::mails;
use crate::types::Val;
use crate::{StoreError, ids};

/// A mail to queue.
#[derive(Clone)]
pub(crate) struct NewMail {
    /// The hospital in whose name it goes out; none for the platform.
    pub(crate) hospital_id: Option<HospitalId>,
    /// To whom.
    pub(crate) to: Email,
    /// What it is about.
    pub(crate) kind: MailKind,
    /// BCP 47 tag.
    pub(crate) language: String,
    /// The code whose link it carries.
    pub(crate) code_id: Option<CodeId>,
    /// The visit that it is about.
    pub(crate) visit: Option<MailedVisit>,
    /// The present time, from which on it is due.
    pub(crate) now: Ts,
}

/// A visit as a mail tells it, at the moment that the mail is queued.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MailedVisit {
    pub(crate) id: AppointmentId,
    pub(crate) range: TimeRange,
    pub(crate) version: i64,
    pub(crate) created_at: Ts,
    /// The patient's link to it.
    pub(crate) join_link: Option<JoinLinkId>,
}

impl NewMail {
    /// A notice to the owner of an account, without a link.
    pub(crate) fn notice(to: &User, kind: MailKind, now: Ts) -> Self {
        Self {
            hospital_id: to.hospital_id,
            to: to.email.clone(),
            kind,
            language: to.language.clone(),
            code_id: None,
            visit: None,
            now,
        }
    }
}

/// Queues a mail in the caller's transaction. The same statement whatever the mail.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub(crate) fn enqueue(db: &mut Db, new: &NewMail) -> Result<MailId, StoreError> {
    use mails as m;
    let id = MailId(ids::fresh(new.now));
    diesel::insert_into(m::table)
        .values((
            m::id.eq(Val(id)),
            m::hospital_id.eq(new.hospital_id.map(Val)),
            m::to_address.eq(Val(new.to.clone())),
            m::kind.eq(Val(new.kind)),
            m::language.eq(&new.language),
            m::code_id.eq(new.code_id.map(Val)),
            m::state.eq(Val(MailState::Queued)),
            m::attempts.eq(0_i64),
            m::next_try_at.eq(Val(new.now)),
            m::created_at.eq(Val(new.now)),
            m::appointment_id.eq(new.visit.map(|visit| Val(visit.id))),
            m::visit_starts_at.eq(new.visit.map(|visit| Val(visit.range.start()))),
            m::visit_ends_at.eq(new.visit.map(|visit| Val(visit.range.end()))),
            m::visit_created_at.eq(new.visit.map(|visit| Val(visit.created_at))),
            m::visit_version.eq(new.visit.map(|visit| visit.version)),
            m::join_link_id.eq(new.visit.and_then(|visit| visit.join_link).map(Val)),
        ))
        .execute(db)?;
    Ok(id)
}
