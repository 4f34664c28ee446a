//! The audit trail and the own access report.

use visita_domain::Ts;
use visita_wire::oversight::{AccessView, AuditEventView};
use visita_wire::{Page, routes};
use web_sys::Blob;

use super::client::Authed;
use super::{Outcome, Query};

/// Which events; ids as texts, because they come from fields and queries.
#[derive(Clone, Default)]
pub struct EventFilter {
    /// Of that hospital instead of the platform.
    pub hospital_id: Option<String>,
    /// By that user.
    pub actor_id: Option<String>,
    /// Touching that patient's data.
    pub patient_id: Option<String>,
    /// Of that kind.
    pub action: Option<String>,
    /// Not before that instant.
    pub from: Option<Ts>,
    /// Before that instant.
    pub until: Option<Ts>,
}

impl EventFilter {
    fn query(self) -> Query {
        Query::new()
            .with("hospital_id", self.hospital_id)
            .with("actor_id", self.actor_id)
            .with("patient_id", self.patient_id)
            .with("action", self.action)
            .with("from", self.from)
            .with("until", self.until)
    }
}

/// The trail, newest first.
pub async fn list_audit_events(
    filter: EventFilter,
    cursor: Option<String>,
) -> Outcome<Page<AuditEventView>> {
    let query = filter.query().with("cursor", cursor);
    Authed.get(&query.on(routes::AUDIT_EVENTS)).await
}

/// The trail as a file for spreadsheets.
pub async fn export_audit_events(filter: EventFilter) -> Outcome<Blob> {
    Authed
        .get_blob(&filter.query().on(routes::AUDIT_EXPORT))
        .await
}

/// Who opened the own record, newest first.
pub async fn access_report(cursor: Option<String>) -> Outcome<Page<AccessView>> {
    let query = Query::new().with("cursor", cursor);
    Authed.get(&query.on(routes::ACCESS_REPORT)).await
}
