//! Legs of calls: who is in, on which device, under which fencing epoch.

use diesel::prelude::*;
use visita_domain::access::Action;
use visita_domain::appointment::{Appointment, AppointmentState, IllegalTransition, Transition};
use visita_domain::audit::AuditAction;
use visita_domain::{AppointmentId, LegId};

use crate::appointments::load_visible;
use crate::audit::Entry;
use crate::conn::Db;
use crate::relation::require_role;
use crate::schema::call_legs;
use crate::types::Val;
use crate::{AnyConn, Ctx, StoreError, tx};

/// A leg that may take part in the call now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinedLeg {
    /// The leg.
    pub leg: LegId,
    /// Grows whenever another leg of the same user takes over; never decreases.
    pub epoch: i64,
    /// The visit.
    pub appointment: Appointment,
}

/// Takes part in the call of a visit that the doctor has opened: without `resume` by a new
/// `leg` under the next epoch, which fences off all earlier ones (REALTIME A8, invariant I9).
/// A `resume` keeps the user's newest leg, and gives `None` when another device has taken
/// the call over meanwhile: a phone that wakes up must not take it back by itself.
///
/// # Errors
/// [`StoreError::NotFound`], [`StoreError::Forbidden`], [`StoreError::Illegal`] unless
/// the visit is in the call.
pub fn join(
    conn: &mut AnyConn,
    ctx: &Ctx,
    appointment_id: AppointmentId,
    leg: LegId,
    resume: Option<(LegId, i64)>,
) -> Result<Option<JoinedLeg>, StoreError> {
    require_role(ctx, Action::JoinCall)?;
    tx::write_tx(conn, ctx.tenant(), |db, trail| {
        let appointment = load_visible(db, ctx, Action::JoinCall, appointment_id)?;
        if appointment.state != AppointmentState::InCall {
            return Err(IllegalTransition {
                from: appointment.state,
                by: Transition::Admit,
            }
            .into());
        }
        let newest = newest_leg(db, ctx, &appointment)?;
        let (leg, epoch) = match (newest, resume) {
            (Some(newest), Some(held)) if newest == held => newest,
            (Some(_), Some(_)) => return Ok(None),
            (newest, _) => {
                let epoch = newest.map_or(1, |(_, epoch)| epoch + 1);
                insert(db, ctx, &appointment, leg, epoch)?;
                (leg, epoch)
            }
        };
        trail.record(
            Entry::by(ctx, AuditAction::CallJoined)
                .on(appointment.id.0)
                .of(appointment.patient_id),
        );
        Ok(Some(JoinedLeg {
            leg,
            epoch,
            appointment,
        }))
    })
}

fn newest_leg(
    db: &mut Db,
    ctx: &Ctx,
    appointment: &Appointment,
) -> Result<Option<(LegId, i64)>, StoreError> {
    use call_legs as l;
    Ok(l::table
        .filter(l::hospital_id.eq(Val(appointment.hospital_id)))
        .filter(l::appointment_id.eq(Val(appointment.id)))
        .filter(l::user_id.eq(Val(ctx.actor.user_id)))
        .order(l::epoch.desc())
        .select((l::leg_id, l::epoch))
        .first(db)
        .optional()?)
}

fn insert(
    db: &mut Db,
    ctx: &Ctx,
    appointment: &Appointment,
    leg: LegId,
    epoch: i64,
) -> Result<(), StoreError> {
    use call_legs as l;
    diesel::insert_into(l::table)
        .values((
            l::hospital_id.eq(Val(appointment.hospital_id)),
            l::appointment_id.eq(Val(appointment.id)),
            l::user_id.eq(Val(ctx.actor.user_id)),
            l::epoch.eq(epoch),
            l::leg_id.eq(Val(leg)),
            l::joined_at.eq(Val(ctx.now)),
        ))
        .execute(db)?;
    Ok(())
}
