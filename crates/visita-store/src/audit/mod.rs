//! The audit trail: who did what to which record. Ids only, never health data.
//!
//! Append-only: triggers of both databases refuse to change or remove a row. The event of
//! a change is written in its transaction, so one is never there without the other; the
//! event of a read is committed before the caller gets what it read ([`read`]).

mod group;

use std::sync::Arc;

use diesel::prelude::*;
use uuid::Uuid;
use visita_domain::audit::{AuditAction, AuditEvent};
use visita_domain::{AuditEventId, HospitalId, PatientId, Ts, UserId};

use crate::conn::{Db, MultiBackend};
use crate::schema::audit_events;
use crate::types::Val;
use crate::{AnyConn, Ctx, MAX_LIMIT, StoreError, ids, tx};

pub(crate) use group::Group;

/// Reads one consistent picture of health data and records who read it, before the
/// caller gets to see it: no record, no answer.
pub(crate) fn read<T>(
    conn: &mut AnyConn,
    f: impl FnOnce(&mut Db) -> Result<(T, Entry), StoreError>,
) -> Result<T, StoreError> {
    let (found, entry) = tx::read_tx(conn, f)?;
    let group = Arc::clone(&conn.audit);
    group.commit(conn, &entry)?;
    Ok(found)
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

    /// Appends the event.
    pub(crate) fn write(&self, db: &mut Db) -> Result<(), StoreError> {
        use audit_events as a;
        diesel::insert_into(a::table)
            .values((
                a::id.eq(Val(AuditEventId(ids::fresh(self.at)))),
                a::hospital_id.eq(self.hospital_id.map(Val)),
                a::at.eq(Val(self.at)),
                a::actor_id.eq(self.actor_id.map(Val)),
                a::action.eq(Val(self.action)),
                a::subject_id.eq(self.subject_id.map(Val)),
                a::patient_id.eq(self.patient_id.map(Val)),
                a::request_id.eq(self.request_id.map(Val)),
            ))
            .execute(db)?;
        Ok(())
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = audit_events, check_for_backend(MultiBackend))]
struct AuditEventRow {
    id: AuditEventId,
    hospital_id: Option<HospitalId>,
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
            hospital_id: row.hospital_id,
            at: row.at,
            actor_id: row.actor_id,
            action: row.action,
            subject_id: row.subject_id,
            patient_id: row.patient_id,
            request_id: row.request_id,
        }
    }
}

/// The newest events of a hospital, or of the platform itself when none is given.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub fn list(
    conn: &mut AnyConn,
    hospital_id: Option<HospitalId>,
    limit: i64,
) -> Result<Vec<AuditEvent>, StoreError> {
    tx::read_tx(conn, |db| {
        let mut query = audit_events::table
            .select(AuditEventRow::as_select())
            .order(audit_events::id.desc())
            .limit(limit.clamp(1, 10 * MAX_LIMIT))
            .into_boxed();
        query = match hospital_id {
            Some(id) => query.filter(audit_events::hospital_id.eq(Some(Val(id)))),
            None => query.filter(audit_events::hospital_id.is_null()),
        };
        let rows: Vec<AuditEventRow> = query.load(db)?;
        Ok(rows.into_iter().map(AuditEvent::from).collect())
    })
}
