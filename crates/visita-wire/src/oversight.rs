//! Who did what: the audit trail, and a patient's "who opened my record".

use serde::{Deserialize, Serialize};
use uuid::Uuid;
use visita_domain::people::Role;
use visita_domain::{AuditEventId, HospitalId, PatientId, Ts, UserId};

/// One event of the trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditEventView {
    /// Its id, ordered by time.
    pub id: AuditEventId,
    /// When.
    pub at: Ts,
    /// The hospital it concerns; absent for the platform.
    pub hospital_id: Option<HospitalId>,
    /// Who; absent when nobody was signed in.
    pub actor: Option<ActorView>,
    /// What, as `area.verb`.
    pub action: String,
    /// Which record.
    pub subject_id: Option<Uuid>,
    /// Whose health data it touched.
    pub patient: Option<AuditedPatient>,
    /// The request, as in logs and error bodies.
    pub request_id: Option<Uuid>,
}

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ActorView {
    /// The account.
    pub id: UserId,
    /// Its name today.
    pub name: String,
    /// What it is.
    pub role: Role,
}

/// Whose record it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditedPatient {
    /// The patient.
    pub id: PatientId,
    /// The name today.
    pub name: String,
}

/// Somebody who opened or changed the own record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AccessView {
    /// The event.
    pub id: AuditEventId,
    /// When.
    pub at: Ts,
    /// Who.
    pub actor: ActorView,
    /// What, as `area.verb`.
    pub action: String,
}
