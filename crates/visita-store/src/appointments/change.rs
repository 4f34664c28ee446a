//! What happens to an appointment after it was booked: one table of steps, one way to take them.

use diesel::prelude::*;
use visita_domain::access::Action;
use visita_domain::appointment::{
    Appointment, AppointmentState, ChangeKind, EARLY_ARRIVAL_MINUTES, Transition,
};
use visita_domain::audit::AuditAction;
use visita_domain::chat::SystemEvent;
use visita_domain::timer::TimerKind;
use visita_domain::{AppointmentId, Ts};

use super::history::{self, By};
use super::lobby::{self, LOBBY_STATES};
use super::moves::require_notice;
use super::row::load_visible;
use super::{letters, timers};
use crate::audit::{Entry, Trail};
use crate::chat::append_system;
use crate::conn::Db;
use crate::people::HospitalRow;
use crate::relation::require_role;
use crate::schema::appointments;
use crate::types::Val;
use crate::{AnyConn, Ctx, StoreError, text, tx};

/// One kind of change.
struct Step {
    action: Action,
    by: Transition,
    audit: AuditAction,
    /// As the history names it.
    kind: ChangeKind,
    /// What the conversation is told.
    tells: Option<SystemEvent>,
}

/// The patient enters the lobby, or staff lets them in on their behalf. Arriving again changes nothing.
///
/// # Errors
/// [`StoreError::TooEarly`], [`StoreError::Illegal`], [`StoreError::NotFound`], [`StoreError::Forbidden`].
pub fn arrive(conn: &mut AnyConn, ctx: &Ctx, id: AppointmentId) -> Result<Appointment, StoreError> {
    let step = Step {
        action: Action::Arrive,
        by: Transition::Arrive,
        audit: AuditAction::AppointmentArrived,
        kind: ChangeKind::Arrived,
        tells: None,
    };
    take(conn, ctx, id, &step, |appointment| {
        if ctx.now
            < appointment
                .range
                .start()
                .plus_minutes(-EARLY_ARRIVAL_MINUTES)
        {
            return Err(StoreError::TooEarly);
        }
        appointment.waiting_since = Some(ctx.now);
        Ok(())
    })
}

/// The patient leaves the lobby before being let in.
///
/// # Errors
/// [`StoreError::Illegal`], [`StoreError::NotFound`], [`StoreError::Forbidden`].
pub fn leave_lobby(
    conn: &mut AnyConn,
    ctx: &Ctx,
    id: AppointmentId,
) -> Result<Appointment, StoreError> {
    let step = Step {
        action: Action::LeaveLobby,
        by: Transition::LeaveLobby,
        audit: AuditAction::AppointmentLeft,
        kind: ChangeKind::Left,
        tells: None,
    };
    take(conn, ctx, id, &step, |appointment| {
        appointment.waiting_since = None;
        Ok(())
    })
}

/// The doctor lets the patient in.
///
/// # Errors
/// [`StoreError::Illegal`], [`StoreError::NotFound`], [`StoreError::Forbidden`].
pub fn admit(conn: &mut AnyConn, ctx: &Ctx, id: AppointmentId) -> Result<Appointment, StoreError> {
    let step = Step {
        action: Action::Admit,
        by: Transition::Admit,
        audit: AuditAction::AppointmentAdmitted,
        kind: ChangeKind::Admitted,
        tells: Some(SystemEvent::CallStarted),
    };
    take(conn, ctx, id, &step, |appointment| {
        appointment.admitted_at = Some(ctx.now);
        Ok(())
    })
}

/// The doctor ends the visit.
///
/// # Errors
/// [`StoreError::Illegal`], [`StoreError::NotFound`], [`StoreError::Forbidden`].
pub fn finish(conn: &mut AnyConn, ctx: &Ctx, id: AppointmentId) -> Result<Appointment, StoreError> {
    let step = Step {
        action: Action::Finish,
        by: Transition::Finish,
        audit: AuditAction::AppointmentFinished,
        kind: ChangeKind::Finished,
        tells: Some(SystemEvent::Finished),
    };
    take(conn, ctx, id, &step, |appointment| {
        appointment.finished_at = Some(ctx.now);
        Ok(())
    })
}

/// Calls the appointment off, or lets go of a hold. Patients do as long as their
/// hospital's notice allows.
///
/// # Errors
/// [`StoreError::TooLate`], [`StoreError::Illegal`], [`StoreError::NotFound`], [`StoreError::Forbidden`].
pub fn cancel(
    conn: &mut AnyConn,
    ctx: &Ctx,
    id: AppointmentId,
    reason: Option<&str>,
) -> Result<Appointment, StoreError> {
    let step = Step {
        action: Action::CancelAppointment,
        by: Transition::Cancel,
        audit: AuditAction::AppointmentCancelled,
        kind: ChangeKind::Cancelled,
        tells: Some(SystemEvent::Cancelled),
    };
    let reason = reason.map(str::trim).filter(|reason| !reason.is_empty());
    text::check("reason", reason.unwrap_or_default(), 0..=400)?;
    take(conn, ctx, id, &step, |appointment| {
        appointment.cancel_reason = reason.map(ToOwned::to_owned);
        Ok(())
    })
}

/// Records that the patient never came.
///
/// # Errors
/// [`StoreError::InvalidTime`] before the visit was to start, [`StoreError::Illegal`],
/// [`StoreError::NotFound`], [`StoreError::Forbidden`].
pub fn mark_no_show(
    conn: &mut AnyConn,
    ctx: &Ctx,
    id: AppointmentId,
) -> Result<Appointment, StoreError> {
    let step = Step {
        action: Action::MarkNoShow,
        by: Transition::MarkNoShow,
        audit: AuditAction::AppointmentNoShow,
        kind: ChangeKind::NoShow,
        tells: None,
    };
    take(conn, ctx, id, &step, |appointment| {
        if ctx.now < appointment.range.start() {
            return Err(StoreError::InvalidTime("the visit has not started yet"));
        }
        Ok(())
    })
}

fn take(
    conn: &mut AnyConn,
    ctx: &Ctx,
    id: AppointmentId,
    step: &Step,
    fill: impl Fn(&mut Appointment) -> Result<(), StoreError>,
) -> Result<Appointment, StoreError> {
    require_role(ctx, step.action)?;
    tx::write_tx(conn, ctx.tenant(), |db, trail| {
        let mut appointment = load_visible(db, ctx, step.action, id)?;
        let before = appointment.state;
        if step.by == Transition::Arrive && LOBBY_STATES.contains(&before) {
            // A page that was reloaded arrives again; the place in the queue stays.
            return Ok(appointment);
        }
        appointment.state = before.after(step.by)?;
        if before == AppointmentState::Held {
            return let_go(db, trail, ctx, appointment);
        }
        if step.by == Transition::Cancel {
            let hospital = HospitalRow::load(db, appointment.hospital_id)?;
            require_notice(ctx, &hospital, &appointment)?;
        }
        fill(&mut appointment)?;
        save(db, &mut appointment, step.kind, By::actor(ctx))?;
        if shows_in_lobby(before) || shows_in_lobby(appointment.state) {
            lobby::bump(db, appointment.hospital_id)?;
        }
        if let Some(event) = step.tells {
            append_system(db, ctx, &appointment, event)?;
        }
        foresee(db, &appointment, ctx.now)?;
        trail.record(
            Entry::by(ctx, step.audit)
                .on(id.0)
                .of(appointment.patient_id),
        );
        Ok(appointment)
    })
}

/// What is still to come for a visit in its new state.
fn foresee(db: &mut Db, changed: &Appointment, now: Ts) -> Result<(), StoreError> {
    match changed.state {
        AppointmentState::Cancelled => letters::cancelled(db, changed, now),
        AppointmentState::Finished | AppointmentState::NoShow => letters::over(db, changed),
        // Whoever was there is not one who never came, even after leaving the lobby.
        AppointmentState::Arrived => timers::remove(db, changed, &[TimerKind::NoShow]),
        AppointmentState::Held | AppointmentState::Booked | AppointmentState::InCall => Ok(()),
    }
}

/// Nobody was told of a hold, so nobody is told of its end.
fn let_go(
    db: &mut Db,
    trail: &mut Trail,
    ctx: &Ctx,
    mut held: Appointment,
) -> Result<Appointment, StoreError> {
    save(db, &mut held, ChangeKind::Released, By::actor(ctx))?;
    trail.record(
        Entry::by(ctx, AuditAction::AppointmentHoldReleased)
            .on(held.id.0)
            .of(held.patient_id),
    );
    Ok(held)
}

pub(super) fn shows_in_lobby(state: AppointmentState) -> bool {
    LOBBY_STATES.contains(&state)
}

/// Writes what can change, moves the version on, and adds it to the history.
pub(super) fn save(
    db: &mut Db,
    appointment: &mut Appointment,
    kind: ChangeKind,
    by: By,
) -> Result<(), StoreError> {
    use appointments as a;
    let read_version = appointment.version;
    appointment.version += 1;
    appointment.changed_at = by.at;
    let written = diesel::update(
        a::table
            .filter(a::hospital_id.eq(Val(appointment.hospital_id)))
            .filter(a::id.eq(Val(appointment.id)))
            .filter(a::version.eq(read_version)),
    )
    .set((
        a::starts_at.eq(Val(appointment.range.start())),
        a::ends_at.eq(Val(appointment.range.end())),
        a::doctor_id.eq(Val(appointment.doctor_id)),
        a::state.eq(Val(appointment.state)),
        a::reason.eq(&appointment.reason),
        a::hold_expires_at.eq(appointment.hold_expires_at.map(Val)),
        a::overbook_reason.eq(&appointment.overbook_reason),
        a::cancel_reason.eq(&appointment.cancel_reason),
        a::version.eq(appointment.version),
        a::changed_at.eq(Some(Val(by.at))),
        a::waiting_since.eq(appointment.waiting_since.map(Val)),
        a::admitted_at.eq(appointment.admitted_at.map(Val)),
        a::finished_at.eq(appointment.finished_at.map(Val)),
    ))
    .execute(db)?;
    if written == 1 {
        history::note(db, appointment, kind, by)
    } else {
        Err(StoreError::VersionMismatch {
            current: appointment.version,
        })
    }
}
