//! Booking and rescheduling: a time has exactly one winner.
//!
//! The domain looks first, so that one answer lists all conflicts. The guards of the
//! database have the last word; when they speak, another booking came in between, and
//! the domain looks again.

use diesel::prelude::*;
use visita_domain::access::{Action, Facts};
use visita_domain::appointment::{Appointment, AppointmentState, Transition};
use visita_domain::audit::AuditAction;
use visita_domain::booking::{self, BookingFacts, Conflict};
use visita_domain::chat::SystemEvent;
use visita_domain::people::{Doctor, Role, UserState};
use visita_domain::slots::visit_at;
use visita_domain::{AppointmentId, ConversationId, DoctorId, PatientId, TimeRange, Ts};

use super::row::load_visible;
use super::{Booked, Booking, Idempotency, busy, change};
use crate::audit::{Entry, Trail};
use crate::availability::hours_around;
use crate::chat::{append_system, open_conversation};
use crate::conn::Db;
use crate::people::{HospitalRow, load_visible_doctor};
use crate::relation::{patient_facts, require_role};
use crate::schema::{appointments, idempotency_records};
use crate::types::Val;
use crate::{AnyConn, Ctx, StoreError, ids, text, tx};

/// How long a repeated request is recognised, in hours (SECURITY §7.5).
const IDEMPOTENCY_HOURS: i64 = 24;
/// The operation whose keys these are.
const ROUTE: &str = "book_appointment";

/// Books a visit: patients for themselves, doctors follow-ups for patients already seen,
/// staff for anybody of the hospital and, with a reason, over other visits.
///
/// # Errors
/// [`StoreError::Conflicts`] with every reason why the time cannot be booked,
/// [`StoreError::IdempotencyKeyReused`], [`StoreError::Archived`], [`StoreError::NotFound`],
/// [`StoreError::Forbidden`], [`StoreError::InvalidField`].
pub fn book(conn: &mut AnyConn, ctx: &Ctx, booking: &Booking) -> Result<Booked, StoreError> {
    require_role(ctx, Action::BookAppointment)?;
    if booking.overbook_reason.is_some() {
        require_role(ctx, Action::Overbook)?;
    }
    text::check("reason", &booking.reason, 1..=1000)?;
    if let Some(reason) = &booking.overbook_reason {
        text::check("overbook_reason", reason, 1..=400)?;
    }
    if let Some(idempotency) = &booking.idempotency {
        text::check("idempotency_key", &idempotency.key, 1..=200)?;
    }
    retry_when_guarded(|guarded| {
        tx::write_tx(conn, ctx.tenant(), |db, trail| {
            if let Some(found) = replay(db, trail, ctx, booking.idempotency.as_ref())? {
                return Ok(found);
            }
            let appointment = decide(db, ctx, booking)?;
            note_guard(insert(db, &appointment), guarded)?;
            append_system(db, ctx, &appointment, SystemEvent::Booked)?;
            remember(db, ctx, booking.idempotency.as_ref(), appointment.id)?;
            trail.record(
                Entry::by(ctx, AuditAction::AppointmentBooked)
                    .on(appointment.id.0)
                    .of(appointment.patient_id),
            );
            Ok(Booked {
                appointment: load_visible(db, ctx, Action::ReadAppointment, appointment.id)?,
                replayed: false,
            })
        })
    })
}

/// Runs again, once, what the overlap guard stopped: the second look names all conflicts.
fn retry_when_guarded<T>(
    mut f: impl FnMut(&mut bool) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let mut guarded = false;
    match f(&mut guarded) {
        Err(StoreError::Conflicts(_)) if guarded => f(&mut guarded),
        result => result,
    }
}

fn note_guard<T>(result: Result<T, StoreError>, guarded: &mut bool) -> Result<T, StoreError> {
    *guarded |= matches!(result, Err(StoreError::Conflicts(_)));
    result
}

fn decide(db: &mut Db, ctx: &Ctx, booking: &Booking) -> Result<Appointment, StoreError> {
    let patient_id = match (booking.patient_id, ctx.actor.role) {
        (Some(id), _) => id,
        (None, Role::Patient) => PatientId::from(ctx.actor.user_id),
        (None, _) => return Err(StoreError::InvalidField("patient_id")),
    };
    let doctor = load_visible_doctor(db, ctx, Action::ReadDoctor, booking.doctor_id)?;
    let facts = Facts {
        doctor_id: Some(doctor.id),
        ..patient_facts(db, ctx, patient_id)?
    };
    ctx.require(Action::BookAppointment, &facts)?;
    HospitalRow::load_open(db, doctor.hospital_id)?;
    let range = visit(&doctor, booking.starts_at, ctx.now)?;
    let overbook = booking.overbook_reason.is_some();
    check(db, ctx, &doctor, patient_id, range, overbook, None)?;
    Ok(Appointment {
        id: AppointmentId(ids::fresh(ctx.now)),
        hospital_id: doctor.hospital_id,
        doctor_id: doctor.id,
        doctor_name: doctor.name,
        patient_id,
        patient_name: String::new(),
        range,
        state: AppointmentState::Booked,
        reason: booking.reason.trim().to_owned(),
        overbook_reason: booking.overbook_reason.clone(),
        cancel_reason: None,
        conversation_id: ConversationId(ids::fresh(ctx.now)),
        version: 1,
        waiting_since: None,
        admitted_at: None,
        finished_at: None,
        hold_expires_at: None,
        booked_by: ctx.actor.user_id,
        created_at: ctx.now,
    })
}

fn visit(doctor: &Doctor, starts_at: Ts, now: Ts) -> Result<TimeRange, StoreError> {
    if starts_at > now.plus_days(booking::MAX_DAYS_AHEAD) {
        return Err(StoreError::InvalidTime("at most two years ahead"));
    }
    visit_at(starts_at, doctor.visit_minutes).ok_or(StoreError::InvalidTime("not a time to book"))
}

/// Every reason against that time. Staff may pick any minute of the working hours;
/// others one of the slots that they were offered.
fn check(
    db: &mut Db,
    ctx: &Ctx,
    doctor: &Doctor,
    patient_id: PatientId,
    range: TimeRange,
    overbook: bool,
    but: Option<AppointmentId>,
) -> Result<(), StoreError> {
    let hours = hours_around(db, doctor, range)?;
    let around = range.padded(i64::from(doctor.buffer_minutes));
    let doctor_busy = busy::of_doctor(db, doctor, around, but)?;
    let patient_busy = busy::of_patient(db, doctor.hospital_id, patient_id, range, but)?;
    let mut found = booking::conflicts(
        &BookingFacts {
            range,
            working: &hours.working,
            doctor_busy: &doctor_busy,
            patient_busy: &patient_busy,
            buffer_minutes: doctor.buffer_minutes,
            overbook,
        },
        ctx.now,
    );
    let off_grid = ctx.actor.role != Role::Staff && !hours.grid.contains(&range);
    let bookable = doctor.state == UserState::Active && !off_grid;
    if !bookable && !found.contains(&Conflict::OutsideAvailability) {
        found.push(Conflict::OutsideAvailability);
        found.sort_unstable();
    }
    if found.is_empty() {
        Ok(())
    } else {
        Err(StoreError::Conflicts(found))
    }
}

fn insert(db: &mut Db, new: &Appointment) -> Result<(), StoreError> {
    use appointments as a;
    open_conversation(db, new)?;
    diesel::insert_into(a::table)
        .values((
            a::hospital_id.eq(Val(new.hospital_id)),
            a::id.eq(Val(new.id)),
            a::doctor_id.eq(Val(new.doctor_id)),
            a::patient_id.eq(Val(new.patient_id)),
            a::conversation_id.eq(Val(new.conversation_id)),
            a::starts_at.eq(Val(new.range.start())),
            a::ends_at.eq(Val(new.range.end())),
            a::state.eq(Val(new.state)),
            a::reason.eq(&new.reason),
            a::overbook_reason.eq(&new.overbook_reason),
            a::version.eq(new.version),
            a::booked_by.eq(Val(new.booked_by)),
            a::created_at.eq(Val(new.created_at)),
        ))
        .execute(db)?;
    Ok(())
}

/// What an earlier request with the same key booked.
fn replay(
    db: &mut Db,
    trail: &mut Trail,
    ctx: &Ctx,
    idempotency: Option<&Idempotency>,
) -> Result<Option<Booked>, StoreError> {
    use idempotency_records as i;
    let Some(idempotency) = idempotency else {
        return Ok(None);
    };
    diesel::delete(
        i::table
            .filter(i::user_id.eq(Val(ctx.actor.user_id)))
            .filter(i::expires_at.le(Val(ctx.now))),
    )
    .execute(db)?;
    let known: Option<(Vec<u8>, uuid::Uuid)> = i::table
        .filter(i::user_id.eq(Val(ctx.actor.user_id)))
        .filter(i::route.eq(ROUTE))
        .filter(i::idempotency_key.eq(&idempotency.key))
        .select((i::body_sha256, i::resource_id))
        .first(db)
        .optional()?;
    let Some((body_sha256, resource_id)) = known else {
        return Ok(None);
    };
    if body_sha256 != idempotency.body_sha256 {
        return Err(StoreError::IdempotencyKeyReused);
    }
    let id = AppointmentId(resource_id);
    let appointment = load_visible(db, ctx, Action::ReadAppointment, id)?;
    trail.record(
        Entry::by(ctx, AuditAction::AppointmentRead)
            .on(id.0)
            .of(appointment.patient_id),
    );
    Ok(Some(Booked {
        appointment,
        replayed: true,
    }))
}

fn remember(
    db: &mut Db,
    ctx: &Ctx,
    idempotency: Option<&Idempotency>,
    id: AppointmentId,
) -> Result<(), StoreError> {
    use idempotency_records as i;
    let Some(idempotency) = idempotency else {
        return Ok(());
    };
    diesel::insert_into(i::table)
        .values((
            i::user_id.eq(Val(ctx.actor.user_id)),
            i::route.eq(ROUTE),
            i::idempotency_key.eq(&idempotency.key),
            i::body_sha256.eq(idempotency.body_sha256.as_slice()),
            i::resource_id.eq(Val(id.0)),
            i::expires_at.eq(Val(ctx.now.plus_minutes(IDEMPOTENCY_HOURS * 60))),
        ))
        .execute(db)?;
    Ok(())
}

/// Moves an appointment to another time with the same doctor. `expected_version` is the
/// one that the caller saw.
///
/// # Errors
/// [`StoreError::VersionMismatch`], [`StoreError::Conflicts`], [`StoreError::Illegal`],
/// [`StoreError::NotFound`], [`StoreError::Forbidden`].
pub fn reschedule(
    conn: &mut AnyConn,
    ctx: &Ctx,
    id: AppointmentId,
    expected_version: i64,
    starts_at: Ts,
) -> Result<Appointment, StoreError> {
    require_role(ctx, Action::RescheduleAppointment)?;
    retry_when_guarded(|guarded| {
        tx::write_tx(conn, ctx.tenant(), |db, trail| {
            let mut moved = load_visible(db, ctx, Action::RescheduleAppointment, id)?;
            if moved.version != expected_version {
                return Err(StoreError::VersionMismatch {
                    current: moved.version,
                });
            }
            moved.state = moved.state.after(Transition::Reschedule)?;
            let doctor = doctor_of(db, ctx, moved.doctor_id)?;
            moved.range = visit(&doctor, starts_at, ctx.now)?;
            // A deliberate double booking stays one only while staff handles it.
            if ctx.actor.role != Role::Staff {
                moved.overbook_reason = None;
            }
            let overbook = moved.overbook_reason.is_some();
            check(
                db,
                ctx,
                &doctor,
                moved.patient_id,
                moved.range,
                overbook,
                Some(id),
            )?;
            note_guard(change::save(db, &mut moved), guarded)?;
            append_system(db, ctx, &moved, SystemEvent::Rescheduled)?;
            trail.record(
                Entry::by(ctx, AuditAction::AppointmentRescheduled)
                    .on(id.0)
                    .of(moved.patient_id),
            );
            Ok(moved)
        })
    })
}

fn doctor_of(db: &mut Db, ctx: &Ctx, id: DoctorId) -> Result<Doctor, StoreError> {
    load_visible_doctor(db, ctx, Action::ReadDoctor, id)
}
