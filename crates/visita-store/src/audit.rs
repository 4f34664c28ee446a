//! The audit trail: who did what to which record.

use visita_domain::HospitalId;
use visita_domain::audit::AuditEvent;

use crate::{AnyConn, StoreError};

/// Stub.
pub fn list(
    conn: &mut AnyConn,
    hospital_id: Option<HospitalId>,
    limit: i64,
) -> Result<Vec<AuditEvent>, StoreError> {
    let _ = (conn, hospital_id, limit);
    Err(StoreError::Unavailable)
}
