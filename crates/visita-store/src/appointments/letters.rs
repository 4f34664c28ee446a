//! What patients are told of their visits by mail, and when. Queued in the transaction of
//! what it tells, so a change and its mail are there together or not at all.

use diesel::prelude::*;
use visita_domain::Ts;
use visita_domain::account::{MailKind, MailState};
use visita_domain::appointment::Appointment;
use visita_domain::people::UserState;
use visita_domain::timer::TimerKind;

use super::timers;
use crate::StoreError;
use crate::conn::Db;
use crate::join;
use crate::mail::{self, MailedVisit, NewMail};
use crate::people::UserRow;
use crate::schema::mails;
use crate::types::Val;

/// Queues a mail to the patient, unless the account is closed.
pub(super) fn queue(
    db: &mut Db,
    appointment: &Appointment,
    kind: MailKind,
    now: Ts,
) -> Result<(), StoreError> {
    let patient = UserRow::load(db, appointment.patient_id.into())?;
    if patient.state == UserState::Disabled {
        return Ok(());
    }
    let new = NewMail {
        visit: Some(MailedVisit {
            id: appointment.id,
            range: appointment.range,
            version: appointment.version,
            created_at: appointment.created_at,
            join_link: join::of_patient(db, appointment)?,
        }),
        ..NewMail::notice(&patient, kind, now)
    };
    mail::enqueue(db, &new).map(drop)
}

/// The visit is booked.
pub(super) fn booked(db: &mut Db, appointment: &Appointment, now: Ts) -> Result<(), StoreError> {
    timers::set(db, appointment, now)?;
    join::give_to_patient(db, appointment, now)?;
    queue(db, appointment, MailKind::VisitBooked, now)
}

/// The visit has another time, another doctor, or both.
pub(super) fn moved(
    db: &mut Db,
    before: &Appointment,
    after: &Appointment,
    now: Ts,
) -> Result<(), StoreError> {
    if before.range.start() != after.range.start() {
        withdraw(db, after)?;
        timers::set(db, after, now)?;
        return queue(db, after, MailKind::VisitMoved, now);
    }
    timers::follow_end(db, after)?;
    if before.doctor_id == after.doctor_id {
        return Ok(());
    }
    queue(db, after, MailKind::VisitReassigned, now)
}

/// The visit is called off.
pub(super) fn cancelled(db: &mut Db, appointment: &Appointment, now: Ts) -> Result<(), StoreError> {
    over(db, appointment)?;
    queue(db, appointment, MailKind::VisitCancelled, now)
}

/// Nothing is to come any more.
pub(super) fn over(db: &mut Db, appointment: &Appointment) -> Result<(), StoreError> {
    withdraw(db, appointment)?;
    timers::remove(db, appointment, &TimerKind::ALL)
}

/// Takes reminders back that have not gone out: what they say is no longer true.
fn withdraw(db: &mut Db, appointment: &Appointment) -> Result<(), StoreError> {
    let reminders = MailKind::ALL
        .iter()
        .copied()
        .filter(|kind| kind.is_reminder());
    diesel::delete(
        mails::table
            .filter(mails::hospital_id.eq(Some(Val(appointment.hospital_id))))
            .filter(mails::appointment_id.eq(Some(Val(appointment.id))))
            .filter(mails::state.eq(Val(MailState::Queued)))
            .filter(mails::kind.eq_any(reminders.map(Val))),
    )
    .execute(db)?;
    Ok(())
}
