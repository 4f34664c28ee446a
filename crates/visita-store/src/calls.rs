//! Legs of calls: who is in, on which device, under which fencing epoch.

use visita_domain::appointment::Appointment;
use visita_domain::{AppointmentId, LegId};

use crate::{AnyConn, Ctx, StoreError};

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

/// Stub.
pub fn join(
    conn: &mut AnyConn,
    ctx: &Ctx,
    appointment_id: AppointmentId,
    leg: LegId,
    resume: Option<(LegId, i64)>,
) -> Result<JoinedLeg, StoreError> {
    let _ = (conn, ctx, appointment_id, leg, resume);
    Err(StoreError::Unavailable)
}
