//! Reading the trail.

use diesel::prelude::*;
use uuid::Uuid;
use visita_domain::audit::{AuditAction, AuditEvent};
use visita_domain::{AuditEventId, HospitalId, PatientId, Ts, UserId};

use super::chain::{chain_of, hospital_of};
use crate::conn::MultiBackend;
use crate::schema::audit_events;
use crate::types::Val;
use crate::{AnyConn, MAX_LIMIT, StoreError, tx};

#[derive(Queryable, Selectable)]
#[diesel(table_name = audit_events, check_for_backend(MultiBackend))]
pub(super) struct AuditEventRow {
    id: AuditEventId,
    chain_id: Uuid,
    at: Ts,
    actor_id: Option<UserId>,
    action: AuditAction,
    subject_id: Option<Uuid>,
    patient_id: Option<PatientId>,
    request_id: Option<Uuid>,
}

impl From<AuditEventRow> for AuditEvent {
    fn from(row: AuditEventRow) -> Self {
        Self {
            id: row.id,
            hospital_id: hospital_of(row.chain_id),
            at: row.at,
            actor_id: row.actor_id,
            action: row.action,
            subject_id: row.subject_id,
            patient_id: row.patient_id,
            request_id: row.request_id,
        }
    }
}

/// The newest events of a hospital, or of the platform itself when none is given,
/// whoever asks: for tests.
///
/// # Errors
/// [`StoreError::Unavailable`].
#[cfg(feature = "testing")]
pub fn newest(
    conn: &mut AnyConn,
    hospital_id: Option<HospitalId>,
    limit: i64,
) -> Result<Vec<AuditEvent>, StoreError> {
    tx::read_tx(conn, |db| {
        let rows: Vec<AuditEventRow> = audit_events::table
            .filter(audit_events::chain_id.eq(Val(chain_of(hospital_id))))
            .select(AuditEventRow::as_select())
            .order(audit_events::id.desc())
            .limit(limit.clamp(1, 10 * MAX_LIMIT))
            .load(db)?;
        Ok(rows.into_iter().map(AuditEvent::from).collect())
    })
}
