//! Booking: a time has exactly one winner.
//!
//! The domain looks first, so that one answer lists all conflicts. The guards of the
//! database have the last word; when they speak, another booking came in between, and
//! the domain looks again.

use diesel::prelude::*;
use uuid::Uuid;
use visita_domain::access::{Action, Facts};
use visita_domain::appointment::{Appointment, AppointmentState, ChangeKind};
use visita_domain::audit::AuditAction;
use visita_domain::booking::{self, BookingFacts, Conflict};
use visita_domain::chat::SystemEvent;
use visita_domain::people::{Doctor, Hospital, Role, UserState};
use visita_domain::slots::visit_at;
use visita_domain::{AppointmentId, ConversationId, PatientId, TimeRange, Ts};

use super::busy::{self, Asking};
use super::history::{self, By};
use super::row::load_visible;
use super::{Booked, Booking, hold, letters};
use crate::audit::{Entry, Trail};
use crate::availability::{hours_around, policy_for};
use crate::chat::{append_system, open_conversation};
use crate::conn::Db;
use crate::idempotency::{self, Creates};
use crate::people::{HospitalRow, load_visible_doctor};
use crate::relation::{patient_standing, require_role};
use crate::schema::appointments;
use crate::types::Val;
use crate::{AnyConn, Ctx, StoreError, ids, text, turns};

/// Books a visit: patients for themselves, doctors follow-ups for patients already seen,
/// staff for anybody of the hospital and, with a reason, over other visits.
///
/// # Errors
/// [`StoreError::Conflicts`] with every reason why the time cannot be booked,
/// [`StoreError::IdempotencyKeyReused`], [`StoreError::Archived`],
/// [`StoreError::PatientArchived`], [`StoreError::NotFound`],
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
    let id = AppointmentId(ids::fresh(ctx.now));
    let turn = turn(ctx, booking);
    retry_when_guarded(|guarded| {
        turns::write_in_turn(conn, ctx.tenant(), &turn, |db, trail| {
            idempotency::once(
                db,
                trail,
                ctx,
                Creates::Appointment,
                id.0,
                |db, trail, earlier| show(db, trail, ctx, AppointmentId(earlier)),
                |db, trail| {
                    let appointment = decide(db, ctx, booking, id)?;
                    hold::make_room(db, trail, ctx, &appointment)?;
                    note_guard(insert(db, &appointment), guarded)?;
                    history::note(db, &appointment, ChangeKind::Booked, By::actor(ctx))?;
                    append_system(db, ctx, &appointment, SystemEvent::Booked)?;
                    letters::booked(db, &appointment, ctx.now)?;
                    trail.record(
                        Entry::by(ctx, AuditAction::AppointmentBooked)
                            .on(id.0)
                            .of(appointment.patient_id),
                    );
                    load_visible(db, ctx, Action::ReadAppointment, id)
                },
            )
            .map(Booked::from)
        })
    })
}

/// Whose times a booking meets.
pub(super) fn turn(ctx: &Ctx, booking: &Booking) -> [Uuid; 2] {
    let patient = booking.patient_id.map_or(ctx.actor.user_id.0, |id| id.0);
    [booking.doctor_id.0, patient]
}

/// What the same request made before, as a read.
pub(super) fn show(
    db: &mut Db,
    trail: &mut Trail,
    ctx: &Ctx,
    id: AppointmentId,
) -> Result<Appointment, StoreError> {
    let appointment = load_visible(db, ctx, Action::ReadAppointment, id)?;
    trail.record(
        Entry::by(ctx, AuditAction::AppointmentRead)
            .on(id.0)
            .of(appointment.patient_id),
    );
    Ok(appointment)
}

/// Runs again, once, what the overlap guard stopped: the second look names all conflicts.
pub(super) fn retry_when_guarded<T>(
    mut f: impl FnMut(&mut bool) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let mut guarded = false;
    match f(&mut guarded) {
        Err(StoreError::Conflicts(_)) if guarded => f(&mut guarded),
        result => result,
    }
}

pub(super) fn note_guard<T>(
    result: Result<T, StoreError>,
    guarded: &mut bool,
) -> Result<T, StoreError> {
    *guarded |= matches!(result, Err(StoreError::Conflicts(_)));
    result
}

pub(super) fn decide(
    db: &mut Db,
    ctx: &Ctx,
    booking: &Booking,
    id: AppointmentId,
) -> Result<Appointment, StoreError> {
    let patient_id = match (booking.patient_id, ctx.actor.role) {
        (Some(id), _) => id,
        (None, Role::Patient) => PatientId::from(ctx.actor.user_id),
        (None, _) => return Err(StoreError::InvalidField("patient_id")),
    };
    let doctor = load_visible_doctor(db, ctx, Action::ReadDoctor, booking.doctor_id)?;
    let (patient, standing) = patient_standing(db, ctx, patient_id)?;
    let facts = Facts {
        doctor_id: Some(doctor.id),
        ..patient
    };
    ctx.require(Action::BookAppointment, &facts)?;
    if standing == UserState::Disabled {
        return Err(StoreError::PatientArchived);
    }
    let hospital = HospitalRow::load_open(db, doctor.hospital_id)?;
    let range = visit(&doctor, booking.starts_at, ctx.now)?;
    let wanted = Wanted {
        doctor: &doctor,
        hospital: &hospital,
        patient_id,
        range,
        overbook: booking.overbook_reason.is_some(),
        instead_of: None,
    };
    check(db, ctx, &wanted)?;
    Ok(Appointment {
        id,
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
        changed_at: ctx.now,
    })
}

pub(super) fn visit(doctor: &Doctor, starts_at: Ts, now: Ts) -> Result<TimeRange, StoreError> {
    if starts_at > now.plus_days(i64::from(booking::MAX_DAYS_AHEAD)) {
        return Err(StoreError::InvalidTime("at most two years ahead"));
    }
    visit_at(starts_at, doctor.visit_minutes).ok_or(StoreError::InvalidTime("not a time to book"))
}

/// A time that somebody wants.
pub(super) struct Wanted<'a> {
    pub(super) doctor: &'a Doctor,
    pub(super) hospital: &'a Hospital,
    pub(super) patient_id: PatientId,
    pub(super) range: TimeRange,
    pub(super) overbook: bool,
    /// The appointment that moves there, as it stands now.
    pub(super) instead_of: Option<&'a Appointment>,
}

/// Every reason against that time. Staff may pick any minute of the working hours;
/// others one of the slots that they were offered.
pub(super) fn check(db: &mut Db, ctx: &Ctx, wanted: &Wanted<'_>) -> Result<(), StoreError> {
    let (doctor, range) = (wanted.doctor, wanted.range);
    let asking = Asking {
        ctx,
        for_patient: Some(wanted.patient_id),
        but: wanted.instead_of.map(|appointment| appointment.id),
    };
    let hours = hours_around(db, doctor, wanted.hospital, range)?;
    let around = range.padded(i64::from(doctor.buffer_minutes));
    let of_doctor = busy::of_doctor(db, asking, doctor, around)?;
    let of_patient = busy::of_patient(db, asking, doctor.hospital_id, wanted.patient_id, range)?;
    let mut found = booking::conflicts(
        &BookingFacts {
            range,
            working: &hours.working,
            doctor_busy: &of_doctor.visits,
            doctor_held: &of_doctor.held,
            patient_busy: &of_patient.all(),
            buffer_minutes: doctor.buffer_minutes,
            overbook: wanted.overbook,
            policy: policy_for(ctx, wanted.hospital),
        },
        ctx.now,
    );
    let off_grid = ctx.actor.role != Role::Staff && !hours.grid.contains(&range);
    let bookable = doctor.state == UserState::Active && !off_grid;
    if !bookable && !found.contains(&Conflict::OutsideAvailability) {
        found.push(Conflict::OutsideAvailability);
        found.sort_unstable();
    }
    // Who waits already may be given to another doctor although the time has come.
    if wanted
        .instead_of
        .is_some_and(|present| present.range.start() == range.start())
    {
        found.retain(|conflict| *conflict != Conflict::InThePast);
    }
    if found.is_empty() {
        Ok(())
    } else {
        Err(StoreError::Conflicts(found))
    }
}

pub(super) fn insert(db: &mut Db, new: &Appointment) -> Result<(), StoreError> {
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
            a::hold_expires_at.eq(new.hold_expires_at.map(Val)),
            a::booked_by.eq(Val(new.booked_by)),
            a::created_at.eq(Val(new.created_at)),
        ))
        .execute(db)?;
    Ok(())
}
