//! The audit trail.

use visita_store::audit::AuditLine;
use visita_wire::oversight::{AccessView, ActorView, AuditEventView, AuditedPatient};

pub(crate) fn audit_event(line: AuditLine) -> AuditEventView {
    let actor = actor(&line);
    let patient = line.event.patient_id.map(|id| AuditedPatient {
        id,
        name: line.patient_name.unwrap_or_default(),
    });
    AuditEventView {
        id: line.event.id,
        at: line.event.at,
        hospital_id: line.event.hospital_id,
        actor,
        action: line.event.action.as_str().to_owned(),
        subject_id: line.event.subject_id,
        patient,
        request_id: line.event.request_id,
    }
}

/// None for what nobody did; a record is opened by somebody.
pub(crate) fn access(line: &AuditLine) -> Option<AccessView> {
    Some(AccessView {
        id: line.event.id,
        at: line.event.at,
        actor: actor(line)?,
        action: line.event.action.as_str().to_owned(),
    })
}

fn actor(line: &AuditLine) -> Option<ActorView> {
    let (name, role) = line.actor.clone()?;
    Some(ActorView {
        id: line.event.actor_id?,
        name,
        role,
    })
}
