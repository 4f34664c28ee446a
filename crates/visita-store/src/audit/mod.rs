//! The audit trail: who did what to which record. Ids only, never health data.
//!
//! Append-only: triggers of both databases refuse to change or remove a row. The event of
//! a change is written in its transaction, so one is never there without the other; the
//! event of a read is committed before the caller gets what it read ([`read`]).

mod chain;
mod group;
mod read;
mod scribe;
mod trail;
mod verify;

use std::sync::Arc;

use uuid::Uuid;
use visita_domain::audit::{AuditAction, AuditEvent};
use visita_domain::{AuditEventId, HospitalId, PatientId, Ts, UserId};

use crate::conn::Db;
use crate::{AnyConn, Ctx, StoreError, Tenant, ids, tx};

pub use chain::AuditKeys;
pub(crate) use group::Group;
#[cfg(feature = "testing")]
pub use read::newest;
pub use read::{AuditFilter, AuditLine, MAX_EXPORT, access_report, export, list};
pub(crate) use scribe::Scribe;
pub(crate) use trail::Trail;
pub use verify::{Fault, FaultKind, Report, verify};

/// Reads one consistent picture of health data and records who read it, before the
/// caller gets to see it: no record, no answer.
pub(crate) fn read<T>(
    conn: &mut AnyConn,
    tenant: Tenant,
    f: impl FnOnce(&mut Db) -> Result<(T, Entry), StoreError>,
) -> Result<T, StoreError> {
    let (found, entry) = tx::read_tx(conn, tenant, f)?;
    record(conn, &entry)?;
    Ok(found)
}

/// Records that somebody asked for what is not theirs, or is not there: nobody can tell
/// the two apart, so the trail holds both.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub fn record_denial(
    conn: &mut AnyConn,
    ctx: &Ctx,
    subject_id: Option<Uuid>,
) -> Result<(), StoreError> {
    let entry = Entry {
        subject_id,
        ..Entry::by(ctx, AuditAction::AccessDenied)
    };
    record(conn, &entry)
}

/// Records what leaves no change: returns once the event is committed.
pub(crate) fn record(conn: &mut AnyConn, entry: &Entry) -> Result<(), StoreError> {
    let group = Arc::clone(&conn.audit);
    group.commit(conn, entry)
}

/// An event about to be written.
#[derive(Clone)]
pub(crate) struct Entry {
    action: AuditAction,
    hospital_id: Option<HospitalId>,
    actor_id: Option<UserId>,
    subject_id: Option<Uuid>,
    patient_id: Option<PatientId>,
    at: Ts,
    request_id: Option<Uuid>,
}

impl Entry {
    /// What the actor of this request does, in its hospital.
    pub(crate) fn by(ctx: &Ctx, action: AuditAction) -> Self {
        Self {
            action,
            hospital_id: ctx.actor.hospital_id,
            actor_id: Some(ctx.actor.user_id),
            subject_id: None,
            patient_id: None,
            at: ctx.now,
            request_id: ctx.request_id,
        }
    }

    /// What happens before anybody is signed in.
    pub(crate) fn anonymous(action: AuditAction, at: Ts, request_id: Option<Uuid>) -> Self {
        Self {
            action,
            hospital_id: None,
            actor_id: None,
            subject_id: None,
            patient_id: None,
            at,
            request_id,
        }
    }

    /// What the server does by itself, because its time has come.
    pub(crate) fn by_itself(action: AuditAction, at: Ts) -> Self {
        Self::anonymous(action, at, None)
    }

    /// By that user of that hospital.
    pub(crate) fn actor(self, user_id: UserId, hospital_id: Option<HospitalId>) -> Self {
        Self {
            actor_id: Some(user_id),
            hospital_id,
            ..self
        }
    }

    /// To that record.
    pub(crate) fn on(self, subject_id: Uuid) -> Self {
        Self {
            subject_id: Some(subject_id),
            ..self
        }
    }

    /// In that hospital, where the actor is of another or of none.
    pub(crate) fn at_hospital(self, hospital_id: Option<HospitalId>) -> Self {
        Self {
            hospital_id,
            ..self
        }
    }

    /// Touching that patient's data.
    pub(crate) fn of(self, patient_id: PatientId) -> Self {
        Self {
            patient_id: Some(patient_id),
            ..self
        }
    }

    /// Touching that patient's data, if one is named.
    pub(crate) fn maybe_of(self, patient_id: Option<PatientId>) -> Self {
        Self { patient_id, ..self }
    }

    /// In whose trail it stands.
    fn tenant(&self) -> Tenant {
        Tenant::of(self.hospital_id)
    }

    /// The event that it becomes.
    fn event(&self) -> AuditEvent {
        AuditEvent {
            id: AuditEventId(ids::fresh(self.at)),
            hospital_id: self.hospital_id,
            at: self.at,
            actor_id: self.actor_id,
            action: self.action,
            subject_id: self.subject_id,
            patient_id: self.patient_id,
            request_id: self.request_id,
        }
    }
}
