//! Another time, another doctor: the appointment keeps its identity.

use diesel::prelude::*;
use uuid::Uuid;
use visita_domain::access::{Action, Facts};
use visita_domain::appointment::{Appointment, ChangeKind, Transition};
use visita_domain::audit::AuditAction;
use visita_domain::chat::SystemEvent;
use visita_domain::people::{Hospital, Role};
use visita_domain::{AppointmentId, DoctorId};

use super::book::{Wanted, check, note_guard, retry_when_guarded, visit};
use super::history::By;
use super::row::load_visible;
use super::{Move, Moved, change, hold, letters, lobby};
use crate::audit::{Entry, Trail};
use crate::availability::policy_for;
use crate::chat::{append_system, hand_over};
use crate::conn::Db;
use crate::people::{HospitalRow, load_visible_doctor};
use crate::relation::require_role;
use crate::schema::appointments;
use crate::types::Val;
use crate::{AnyConn, Ctx, StoreError, text, turns, tx};

/// Moves an appointment to another time, or, by staff, to another doctor, or both.
/// `expected_version` is the one that the caller saw. Patients move as long as their
/// hospital's notice allows; staff may book over other visits with a reason.
///
/// # Errors
/// [`StoreError::VersionMismatch`], [`StoreError::Conflicts`], [`StoreError::Illegal`],
/// [`StoreError::TooLate`], [`StoreError::NotFound`], [`StoreError::Forbidden`].
pub fn reschedule(
    conn: &mut AnyConn,
    ctx: &Ctx,
    id: AppointmentId,
    expected_version: i64,
    wanted: &Move,
) -> Result<Moved, StoreError> {
    require_role(ctx, Action::RescheduleAppointment)?;
    if wanted.doctor_id.is_some() {
        require_role(ctx, Action::ReassignAppointment)?;
    }
    if let Some(reason) = &wanted.overbook_reason {
        require_role(ctx, Action::Overbook)?;
        text::check("overbook_reason", reason, 1..=400)?;
    }
    let turn = turn(conn, ctx, id, wanted)?;
    retry_when_guarded(|guarded| {
        turns::write_in_turn(conn, ctx.tenant(), &turn, |db, trail| {
            let before = load_visible(db, ctx, Action::RescheduleAppointment, id)?;
            if before.version != expected_version {
                return Err(StoreError::VersionMismatch {
                    current: before.version,
                });
            }
            let asks = wanted.starts_at.is_some() || wanted.doctor_id.is_some();
            if !asks {
                return Ok(Moved::nowhere(before));
            }
            let mut moved = decide(db, ctx, &before, wanted)?;
            if moved == before {
                return Ok(Moved::nowhere(moved));
            }
            hold::make_room(db, trail, ctx, &moved)?;
            let saved = change::save(db, &mut moved, ChangeKind::Moved, By::actor(ctx));
            note_guard(saved, guarded)?;
            tell(db, trail, ctx, &before, &moved)?;
            letters::moved(db, &before, &moved, ctx.now)?;
            let changed_hands = moved.doctor_id != before.doctor_id;
            Ok(Moved {
                former_doctor: changed_hands.then_some(before.doctor_id),
                appointment: moved,
            })
        })
    })
}

/// Whose times the appointment meets, as far as it is there; who may move it is decided later.
fn turn(
    conn: &mut AnyConn,
    ctx: &Ctx,
    id: AppointmentId,
    wanted: &Move,
) -> Result<Vec<Uuid>, StoreError> {
    use appointments as a;
    let known: Option<(Uuid, Uuid)> = tx::read_tx(conn, ctx.tenant(), |db| {
        Ok(a::table
            .filter(a::hospital_id.nullable().eq(ctx.actor.hospital_id.map(Val)))
            .filter(a::id.eq(Val(id)))
            .select((a::doctor_id, a::patient_id))
            .first(db)
            .optional()?)
    })?;
    let (doctor, patient) = known.unzip();
    let to = wanted.doctor_id.map(|id| id.0);
    Ok([doctor, patient, to].into_iter().flatten().collect())
}

/// The appointment as it will be.
fn decide(
    db: &mut Db,
    ctx: &Ctx,
    before: &Appointment,
    wanted: &Move,
) -> Result<Appointment, StoreError> {
    let mut moved = before.clone();
    let hospital = HospitalRow::load(db, before.hospital_id)?;
    require_notice(ctx, &hospital, before)?;
    let doctor_id: DoctorId = wanted.doctor_id.unwrap_or(before.doctor_id);
    let doctor = load_visible_doctor(db, ctx, Action::ReadDoctor, doctor_id)?;
    let starts_at = wanted.starts_at.unwrap_or(before.range.start());
    moved.range = visit(&doctor, starts_at, ctx.now)?;
    if doctor_id != before.doctor_id {
        moved.state = moved.state.after(Transition::Reassign)?;
        let facts = Facts {
            hospital_id: Some(doctor.hospital_id),
            ..Facts::default()
        };
        ctx.require(Action::ReassignAppointment, &facts)?;
        moved.doctor_id = doctor_id;
        moved.doctor_name.clone_from(&doctor.name);
    }
    if wanted.starts_at.is_some() {
        moved.state = moved.state.after(Transition::Reschedule)?;
    }
    // A deliberate double booking stays one only while staff handles it.
    moved.overbook_reason = match (&wanted.overbook_reason, ctx.actor.role) {
        (Some(reason), _) => Some(reason.clone()),
        (None, Role::Staff) => moved.overbook_reason,
        (None, _) => None,
    };
    let wanted = Wanted {
        doctor: &doctor,
        hospital: &hospital,
        patient_id: moved.patient_id,
        range: moved.range,
        overbook: moved.overbook_reason.is_some(),
        instead_of: Some(before),
    };
    check(db, ctx, &wanted)?;
    Ok(moved)
}

/// Patients change their minds as long as their hospital's notice allows.
pub(super) fn require_notice(
    ctx: &Ctx,
    hospital: &Hospital,
    appointment: &Appointment,
) -> Result<(), StoreError> {
    let policy = policy_for(ctx, hospital);
    let bound = ctx.actor.role == Role::Patient;
    if bound && !policy.may_change(appointment.range.start(), ctx.now) {
        Err(StoreError::TooLate)
    } else {
        Ok(())
    }
}

/// Tells the conversation, the lobby and the trail.
fn tell(
    db: &mut Db,
    trail: &mut Trail,
    ctx: &Ctx,
    before: &Appointment,
    moved: &Appointment,
) -> Result<(), StoreError> {
    let mut note = |db: &mut Db, event, action| {
        trail.record(Entry::by(ctx, action).on(moved.id.0).of(moved.patient_id));
        append_system(db, ctx, moved, event)
    };
    if moved.doctor_id != before.doctor_id {
        hand_over(db, before, moved)?;
        note(
            db,
            SystemEvent::Reassigned,
            AuditAction::AppointmentReassigned,
        )?;
        if change::shows_in_lobby(moved.state) {
            lobby::bump(db, moved.hospital_id)?;
        }
    }
    if moved.range.start() != before.range.start() {
        note(
            db,
            SystemEvent::Rescheduled,
            AuditAction::AppointmentRescheduled,
        )?;
    }
    Ok(())
}
