//! The outbox as platform admins see it, and as a demo shows it.

use diesel::prelude::*;
use visita_domain::access::{Action, Facts};
use visita_domain::account::{MailKind, MailState};
use visita_domain::audit::AuditAction;
use visita_domain::people::Email;
use visita_domain::{MailId, Ts};

use super::worker::{Letter, MailRow, letter};
use crate::audit::Entry;
use crate::auth::codes::CodeRow;
use crate::page::Cursor;
use crate::schema::{account_codes, hospitals, mails};
use crate::types::Val;
use crate::{AnyConn, Ctx, MAX_LIMIT, PageQuery, Paged, StoreError, Tenant, tx};

/// A mail of the outbox, without its text.
#[derive(Clone)]
pub struct MailRecord {
    /// Its id.
    pub id: MailId,
    /// Name of the hospital in whose name it goes out; none for the platform.
    pub hospital_name: Option<String>,
    /// To whom. Shown in part only.
    pub to: Email,
    /// What it is about.
    pub kind: MailKind,
    /// What became of it.
    pub state: MailState,
    /// Tries so far.
    pub attempts: i64,
    /// When it was queued.
    pub created_at: Ts,
    /// When it is tried next, while it is queued.
    pub next_try_at: Ts,
    /// When the mail server took it.
    pub sent_at: Option<Ts>,
    /// Kind of the last failure.
    pub last_error: Option<String>,
}

/// The mails, newest first.
///
/// # Errors
/// [`StoreError::BadCursor`], [`StoreError::Forbidden`].
pub fn list_mails(
    conn: &mut AnyConn,
    ctx: &Ctx,
    state: Option<MailState>,
    page: &PageQuery,
) -> Result<Paged<MailRecord>, StoreError> {
    ctx.require(Action::ListMails, &Facts::default())?;
    let after = page.after()?;
    tx::read_tx(conn, ctx.accounts(), |db| {
        let mut query = mails::table
            .left_join(hospitals::table.on(hospitals::id.nullable().eq(mails::hospital_id)))
            .select((MailRow::as_select(), hospitals::name.nullable()))
            .order(mails::id.desc())
            .limit(page.bounded() + 1)
            .into_boxed();
        if let Some(state) = state {
            query = query.filter(mails::state.eq(Val(state)));
        }
        if let Some(after) = &after {
            query = query.filter(mails::id.lt(Val(after.id)));
        }
        let rows: Vec<(MailRow, Option<String>)> = query.load(db)?;
        let items = rows.into_iter().map(record).collect();
        Ok(Paged::cut(items, page.bounded(), |one: &MailRecord| {
            Cursor::new(&"", one.id.0)
        }))
    })
}

fn record((row, hospital_name): (MailRow, Option<String>)) -> MailRecord {
    MailRecord {
        id: row.id,
        hospital_name,
        to: row.to_address,
        kind: row.kind,
        state: row.state,
        attempts: row.attempts,
        created_at: row.created_at,
        next_try_at: row.next_try_at,
        sent_at: row.sent_at,
        last_error: row.last_error,
    }
}

/// Queues a mail again that failed, with as many tries as a new one.
///
/// # Errors
/// [`StoreError::NotFound`], [`StoreError::Forbidden`], [`StoreError::MailNotFailed`].
pub fn resend_mail(conn: &mut AnyConn, ctx: &Ctx, id: MailId) -> Result<(), StoreError> {
    ctx.require(Action::ResendMail, &Facts::default())?;
    tx::write_tx(conn, ctx.accounts(), |db, trail| {
        let mail: MailRow = mails::table
            .filter(mails::id.eq(Val(id)))
            .select(MailRow::as_select())
            .first(db)?;
        if mail.state != MailState::Failed {
            return Err(StoreError::MailNotFailed);
        }
        diesel::update(mails::table.filter(mails::id.eq(Val(id))))
            .set((
                mails::state.eq(Val(MailState::Queued)),
                mails::attempts.eq(0_i64),
                mails::next_try_at.eq(Val(ctx.now)),
            ))
            .execute(db)?;
        trail.record(
            Entry::by(ctx, AuditAction::MailResent)
                .at_hospital(mail.hospital_id)
                .on(id.0),
        );
        Ok(())
    })
}

/// The newest mails that went out, whole: for a demo, whose outbox everybody may read.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub fn newest_letters(conn: &mut AnyConn) -> Result<Vec<Letter>, StoreError> {
    tx::read_tx(conn, Tenant::Accounts, |db| {
        let rows: Vec<(MailRow, Option<CodeRow>)> = mails::table
            .left_join(account_codes::table.on(account_codes::id.nullable().eq(mails::code_id)))
            .filter(mails::state.eq(Val(MailState::Sent)))
            .order(mails::id.desc())
            .limit(MAX_LIMIT)
            .select((MailRow::as_select(), Option::<CodeRow>::as_select()))
            .load(db)?;
        rows.into_iter()
            .map(|(mail, code)| letter(db, mail, code))
            .collect()
    })
}
