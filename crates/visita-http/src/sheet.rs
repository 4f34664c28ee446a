//! Files for spreadsheets (CSV, RFC 4180), in which no cell is taken for a formula.

use std::borrow::Cow;

use visita_wire::oversight::AuditEventView;

const COLUMNS: [&str; 9] = [
    "at",
    "action",
    "actor_id",
    "actor_name",
    "actor_role",
    "subject_id",
    "patient_id",
    "patient_name",
    "request_id",
];

/// The audit trail as a file.
///
/// # Errors
/// Those of the writer, which memory does not have.
pub(crate) fn audit(events: impl Iterator<Item = AuditEventView>) -> Result<Vec<u8>, String> {
    let mut file = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    let told = |error: csv::Error| error.to_string();
    file.write_record(COLUMNS).map_err(told)?;
    for event in events {
        let id = |id: Option<String>| id.unwrap_or_default();
        let (actor_id, actor_name, actor_role) = event.actor.map_or_else(Default::default, |who| {
            (who.id.to_string(), who.name, who.role.as_str().to_owned())
        });
        let (patient_id, patient_name) = event
            .patient
            .map_or_else(Default::default, |who| (who.id.to_string(), who.name));
        let cells = [
            event.at.to_string(),
            event.action,
            actor_id,
            actor_name,
            actor_role,
            id(event.subject_id.map(|id| id.to_string())),
            patient_id,
            patient_name,
            id(event.request_id.map(|id| id.to_string())),
        ];
        file.write_record(cells.iter().map(|cell| harmless(cell).into_owned()))
            .map_err(told)?;
    }
    file.into_inner().map_err(|error| error.to_string())
}

/// A cell that a spreadsheet shows instead of running it (SECURITY R04).
fn harmless(cell: &str) -> Cow<'_, str> {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\0']) {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;
    use visita_domain::people::Role;
    use visita_domain::{AuditEventId, PatientId, UserId};
    use visita_wire::oversight::{ActorView, AuditedPatient};

    #[test]
    fn r04_no_cell_of_a_file_begins_like_a_formula() {
        let event = |actor: &str, patient: &str| AuditEventView {
            id: AuditEventId(Uuid::from_u128(1)),
            at: "2026-11-23T09:30:00Z".parse().unwrap(),
            hospital_id: None,
            actor: Some(ActorView {
                id: UserId(Uuid::from_u128(2)),
                name: actor.to_owned(),
                role: Role::Doctor,
            }),
            action: "patient.read".to_owned(),
            subject_id: None,
            patient: Some(AuditedPatient {
                id: PatientId(Uuid::from_u128(3)),
                name: patient.to_owned(),
            }),
            request_id: None,
        };
        let events = [
            event("=1+1", "+33"),
            event("-2", "@SUM(A1)"),
            event("\tx", "\0y"),
            event("Ana \"A\" Lima, MD", "José\r\nBob"),
        ];
        let file = String::from_utf8(audit(events.into_iter()).unwrap()).unwrap();
        assert_eq!(file, include_str!("../tests/golden/audit.csv"));
    }
}
