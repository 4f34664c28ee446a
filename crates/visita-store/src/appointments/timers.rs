//! What happens to booked visits by itself: each piece is a row, taken out in the
//! transaction that does it. So it happens once, whoever is killed in between.

use diesel::prelude::*;
use visita_domain::account::MailKind;
use visita_domain::appointment::{Appointment, ChangeKind, Transition};
use visita_domain::audit::AuditAction;
use visita_domain::timer::{TimerKind, timers};
use visita_domain::{AppointmentId, HospitalId, Ts};

use super::history::By;
use super::{change, letters, row};
use crate::audit::{Entry, Trail};
use crate::conn::Db;
use crate::schema::visit_timers;
use crate::types::Val;
use crate::{AnyConn, StoreError, Tenant, tx};

/// What a run did.
#[derive(Debug, Default)]
pub struct Fired {
    /// Visits to which nobody came, as they are now.
    pub missed: Vec<Appointment>,
    /// Reminders that wait to be sent now.
    pub reminders: usize,
    /// More is due.
    pub more: bool,
}

/// Does what is due at that hospital, at most so many pieces, those that are due longest
/// first.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub fn fire_due(
    conn: &mut AnyConn,
    hospital_id: HospitalId,
    now: Ts,
    limit: i64,
) -> Result<Fired, StoreError> {
    let tenant = Tenant::Hospital(hospital_id);
    let idle = tx::read_tx(conn, tenant, |db| {
        Ok(due(db, hospital_id, now, 1)?.is_empty())
    })?;
    if idle {
        return Ok(Fired::default());
    }
    tx::write_tx(conn, tenant, |db, trail| {
        let found = due(db, hospital_id, now, limit)?;
        let mut fired = Fired {
            more: i64::try_from(found.len()) == Ok(limit),
            ..Fired::default()
        };
        for (id, kind) in found {
            let appointment = row::load(db, hospital_id, id)?;
            remove(db, &appointment, &[kind])?;
            if kind.has_a_point(appointment.range, appointment.state, now) {
                fire(db, trail, appointment, kind, now, &mut fired)?;
            }
        }
        Ok(fired)
    })
}

fn due(
    db: &mut Db,
    hospital_id: HospitalId,
    now: Ts,
    limit: i64,
) -> Result<Vec<(AppointmentId, TimerKind)>, StoreError> {
    use visit_timers as t;
    Ok(t::table
        .filter(t::hospital_id.eq(Val(hospital_id)))
        .filter(t::due_at.le(Val(now)))
        .order((t::due_at, t::appointment_id, t::kind))
        .limit(limit)
        .select((t::appointment_id, t::kind))
        .load(db)?)
}

fn fire(
    db: &mut Db,
    trail: &mut Trail,
    appointment: Appointment,
    kind: TimerKind,
    now: Ts,
    fired: &mut Fired,
) -> Result<(), StoreError> {
    match kind {
        TimerKind::DayBefore => letters::queue(db, &appointment, MailKind::VisitDayBefore, now)?,
        TimerKind::Soon => letters::queue(db, &appointment, MailKind::VisitSoon, now)?,
        TimerKind::NoShow => {
            fired.missed.push(miss(db, trail, appointment, now)?);
            return Ok(());
        }
    }
    fired.reminders += 1;
    Ok(())
}

/// Nobody came, and nobody said so: the clinic's own clock does.
fn miss(
    db: &mut Db,
    trail: &mut Trail,
    mut appointment: Appointment,
    now: Ts,
) -> Result<Appointment, StoreError> {
    appointment.state = appointment.state.after(Transition::MarkNoShow)?;
    change::save(db, &mut appointment, ChangeKind::NoShow, By::itself(now))?;
    trail.record(
        Entry::by_itself(AuditAction::AppointmentNoShow, now)
            .at_hospital(Some(appointment.hospital_id))
            .on(appointment.id.0)
            .of(appointment.patient_id),
    );
    Ok(appointment)
}

/// Sets what is to come for a visit that is booked for this time from now on.
pub(super) fn set(db: &mut Db, booked: &Appointment, now: Ts) -> Result<(), StoreError> {
    use visit_timers as t;
    remove(db, booked, &TimerKind::ALL)?;
    for (kind, due_at) in timers(booked.range, now) {
        diesel::insert_into(t::table)
            .values((
                t::hospital_id.eq(Val(booked.hospital_id)),
                t::appointment_id.eq(Val(booked.id)),
                t::kind.eq(Val(kind)),
                t::due_at.eq(Val(due_at)),
            ))
            .execute(db)?;
    }
    Ok(())
}

/// The visit has another end, because its doctor takes more or less time.
pub(super) fn follow_end(db: &mut Db, appointment: &Appointment) -> Result<(), StoreError> {
    use visit_timers as t;
    let due_at = TimerKind::NoShow.due_at(appointment.range);
    diesel::update(
        t::table
            .filter(t::hospital_id.eq(Val(appointment.hospital_id)))
            .filter(t::appointment_id.eq(Val(appointment.id)))
            .filter(t::kind.eq(Val(TimerKind::NoShow))),
    )
    .set(t::due_at.eq(Val(due_at)))
    .execute(db)?;
    Ok(())
}

/// These will not happen any more.
pub(super) fn remove(
    db: &mut Db,
    appointment: &Appointment,
    kinds: &[TimerKind],
) -> Result<(), StoreError> {
    use visit_timers as t;
    diesel::delete(
        t::table
            .filter(t::hospital_id.eq(Val(appointment.hospital_id)))
            .filter(t::appointment_id.eq(Val(appointment.id)))
            .filter(t::kind.eq_any(kinds.iter().copied().map(Val))),
    )
    .execute(db)?;
    Ok(())
}
