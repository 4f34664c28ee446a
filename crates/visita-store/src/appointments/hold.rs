//! Holding a time while somebody fills in the form.
//!
//! A hold is a row like any other, so the guards of the database give a time to one hold or
//! one booking and never to two. What was held and never confirmed keeps its
//! `hold_expires_at`, which hides it from every list.

use diesel::prelude::*;
use visita_domain::access::Action;
use visita_domain::appointment::{
    Appointment, AppointmentState, ChangeKind, HOLD_MINUTES, Transition,
};
use visita_domain::audit::AuditAction;
use visita_domain::chat::SystemEvent;
use visita_domain::{AppointmentId, DoctorId, HospitalId, PatientId, Ts};

use super::book::{decide, insert, note_guard, retry_when_guarded, show, turn};
use super::history::{self, By, NewChange};
use super::row::load_visible;
use super::{Booking, Hold, change, letters};
use crate::audit::{Entry, Trail};
use crate::chat::append_system;
use crate::conn::{Db, MultiBackend};
use crate::idempotency::{self, Creates};
use crate::relation::require_role;
use crate::schema::appointments;
use crate::types::Val;
use crate::{AnyConn, Ctx, StoreError, Tenant, ids, text, turns, tx};

/// Keeps a time for [`HOLD_MINUTES`]. Whoever holds a time for a patient lets go of what
/// they held for that patient before.
///
/// # Errors
/// As for booking: [`StoreError::Conflicts`], [`StoreError::Archived`],
/// [`StoreError::IdempotencyKeyReused`],
/// [`StoreError::NotFound`], [`StoreError::Forbidden`].
pub fn hold(conn: &mut AnyConn, ctx: &Ctx, hold: &Hold) -> Result<Appointment, StoreError> {
    require_role(ctx, Action::BookAppointment)?;
    let booking = Booking {
        doctor_id: hold.doctor_id,
        starts_at: hold.starts_at,
        reason: String::new(),
        patient_id: hold.patient_id,
        overbook_reason: None,
    };
    let id = AppointmentId(ids::fresh(ctx.now));
    let turn = turn(ctx, &booking);
    retry_when_guarded(|guarded| {
        turns::write_in_turn(conn, ctx.tenant(), &turn, |db, trail| {
            idempotency::once(
                db,
                trail,
                ctx,
                Creates::Hold,
                id.0,
                |db, trail, earlier| show(db, trail, ctx, AppointmentId(earlier)),
                |db, trail| {
                    let held = Appointment {
                        state: AppointmentState::Held,
                        hold_expires_at: Some(ctx.now.plus_minutes(HOLD_MINUTES)),
                        ..decide(db, ctx, &booking, id)?
                    };
                    make_room(db, trail, ctx, &held)?;
                    note_guard(insert(db, &held), guarded)?;
                    history::note(db, &held, ChangeKind::Held, By::actor(ctx))?;
                    trail.record(
                        Entry::by(ctx, AuditAction::AppointmentHeld)
                            .on(id.0)
                            .of(held.patient_id),
                    );
                    load_visible(db, ctx, Action::ReadAppointment, id)
                },
            )
            .map(|made| made.record)
        })
    })
}

/// Turns a hold into a booking; only whoever holds it can. Confirming again what is booked
/// for the same reason changes nothing.
///
/// # Errors
/// [`StoreError::HoldExpired`], [`StoreError::Illegal`], [`StoreError::NotFound`],
/// [`StoreError::Forbidden`].
pub fn confirm(
    conn: &mut AnyConn,
    ctx: &Ctx,
    id: AppointmentId,
    reason: &str,
) -> Result<Appointment, StoreError> {
    require_role(ctx, Action::ConfirmHold)?;
    let reason = reason.trim();
    text::check("reason", reason, 1..=1000)?;
    tx::write_tx(conn, ctx.tenant(), |db, trail| {
        let mut held = load_visible(db, ctx, Action::ConfirmHold, id)?;
        if held.state == AppointmentState::Booked && held.reason == reason {
            return Ok(held);
        }
        if held.hold_expires_at.is_some_and(|at| at <= ctx.now) {
            return Err(StoreError::HoldExpired);
        }
        held.state = held.state.after(Transition::Confirm)?;
        held.hold_expires_at = None;
        reason.clone_into(&mut held.reason);
        change::save(db, &mut held, ChangeKind::Booked, By::actor(ctx))?;
        append_system(db, ctx, &held, SystemEvent::Booked)?;
        letters::booked(db, &held, ctx.now)?;
        trail.record(
            Entry::by(ctx, AuditAction::AppointmentBooked)
                .on(id.0)
                .of(held.patient_id),
        );
        Ok(held)
    })
}

/// Lets go of what the actor holds for the patient, and of holds around that time that are
/// over: the guards of the database do not read the clock.
pub(super) fn make_room(
    db: &mut Db,
    trail: &mut Trail,
    ctx: &Ctx,
    wanted: &Appointment,
) -> Result<(), StoreError> {
    use appointments as a;
    let own = a::booked_by
        .eq(Val(ctx.actor.user_id))
        .and(a::patient_id.eq(Val(wanted.patient_id)));
    let over = a::hold_expires_at
        .le(Some(Val(ctx.now)))
        .assume_not_null()
        .and(a::starts_at.lt(Val(wanted.range.end())))
        .and(a::ends_at.gt(Val(wanted.range.start())));
    let freed: Vec<Freed> = a::table
        .filter(a::hospital_id.eq(Val(wanted.hospital_id)))
        .filter(a::state.eq(Val(AppointmentState::Held)))
        .filter(own.or(over))
        .select(Freed::as_select())
        .load(db)?;
    for held in freed {
        let let_go = held.hold_expires_at.is_some_and(|at| at > ctx.now);
        // Whoever comes upon a hold that ran out has not ended it.
        let by = if let_go {
            By::actor(ctx)
        } else {
            By::itself(ctx.now)
        };
        end(db, wanted.hospital_id, &[held], by)?;
        if let_go {
            trail.record(
                Entry::by(ctx, AuditAction::AppointmentHoldReleased)
                    .on(held.id.0)
                    .of(held.patient_id),
            );
        }
    }
    Ok(())
}

/// Ends holds of that hospital that are over, at most so many, and says how many. Nothing
/// waits for it, because whoever wants such a time ends them too; it keeps the rows few.
/// As there, the trail has nothing of it: that the minutes pass is known from the start.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub fn release_over(
    conn: &mut AnyConn,
    hospital_id: HospitalId,
    now: Ts,
    limit: i64,
) -> Result<usize, StoreError> {
    let tenant = Tenant::Hospital(hospital_id);
    if tx::read_tx(conn, tenant, |db| over(db, hospital_id, now, 1))?.is_empty() {
        return Ok(0);
    }
    tx::write_tx(conn, tenant, |db, _| {
        let held = over(db, hospital_id, now, limit)?;
        end(db, hospital_id, &held, By::itself(now))?;
        Ok(held.len())
    })
}

/// A hold that is to end.
#[derive(Clone, Copy, Queryable, Selectable)]
#[diesel(table_name = appointments, check_for_backend(MultiBackend))]
struct Freed {
    id: AppointmentId,
    doctor_id: DoctorId,
    patient_id: PatientId,
    starts_at: Ts,
    version: i64,
    hold_expires_at: Option<Ts>,
}

fn over(
    db: &mut Db,
    hospital_id: HospitalId,
    now: Ts,
    limit: i64,
) -> Result<Vec<Freed>, StoreError> {
    use appointments as a;
    Ok(a::table
        .filter(a::hospital_id.eq(Val(hospital_id)))
        .filter(a::state.eq(Val(AppointmentState::Held)))
        .filter(a::hold_expires_at.le(Some(Val(now))).assume_not_null())
        .order((a::hold_expires_at, a::id))
        .limit(limit)
        .select(Freed::as_select())
        .load(db)?)
}

fn end(db: &mut Db, hospital_id: HospitalId, held: &[Freed], by: By) -> Result<(), StoreError> {
    use appointments as a;
    diesel::update(
        a::table
            .filter(a::hospital_id.eq(Val(hospital_id)))
            .filter(a::id.eq_any(held.iter().map(|held| Val(held.id)))),
    )
    .set((
        a::state.eq(Val(AppointmentState::Cancelled)),
        a::version.eq(a::version + 1),
        a::changed_at.eq(Some(Val(by.at))),
    ))
    .execute(db)?;
    for held in held {
        let released = NewChange {
            hospital_id,
            appointment_id: held.id,
            version: held.version + 1,
            kind: ChangeKind::Released,
            starts_at: held.starts_at,
            doctor_id: held.doctor_id,
        };
        history::append(db, &released, by)?;
    }
    Ok(())
}
