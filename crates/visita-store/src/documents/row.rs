//! Rows of documents, and the one query that reads them.

use diesel::dsl::exists;
use diesel::prelude::*;
use uuid::Uuid;
use visita_domain::access::{Action, Facts};
use visita_domain::document::{Document, DocumentState, MediaType};
use visita_domain::people::Role;
use visita_domain::{AppointmentId, DoctorId, DocumentId, HospitalId, PatientId, Ts, UserId};

use super::DocumentFilter;
use crate::conn::{Db, MultiBackend};
use crate::page::Cursor;
use crate::relation::{related, relating};
use crate::schema::{PATIENTS, UPLOADERS, appointments, documents, users};
use crate::types::Val;
use crate::{Ctx, StoreError};

#[derive(Queryable, Selectable)]
#[diesel(table_name = documents, check_for_backend(MultiBackend))]
struct DocumentRow {
    id: DocumentId,
    hospital_id: HospitalId,
    patient_id: PatientId,
    appointment_id: Option<AppointmentId>,
    uploaded_by: UserId,
    name: String,
    media_type: MediaType,
    size: i64,
    sha256: Option<String>,
    state: DocumentState,
    created_at: Ts,
}

impl DocumentRow {
    fn named(self, patient_name: String, uploader_name: String) -> Document {
        Document {
            id: self.id,
            hospital_id: self.hospital_id,
            patient_id: self.patient_id,
            patient_name,
            appointment_id: self.appointment_id,
            uploaded_by: self.uploaded_by,
            uploader_name,
            name: self.name,
            media_type: self.media_type,
            size: self.size,
            sha256: self.sha256,
            state: self.state,
            created_at: self.created_at,
        }
    }
}

/// Which documents of one hospital, newest first. Everything given must hold;
/// deleted ones never do.
pub(crate) struct Criteria {
    hospital_id: HospitalId,
    viewer: Option<(Role, UserId)>,
    id: Option<DocumentId>,
    state: Option<DocumentState>,
    filter: DocumentFilter,
    after: Option<(Ts, Uuid)>,
    limit: i64,
}

impl Criteria {
    /// Stored ones that the actor may read: the SQL of `Action::ReadDocument` in `access::decide`.
    pub(crate) fn visible_to(
        ctx: &Ctx,
        filter: DocumentFilter,
        after: Option<(Ts, Uuid)>,
        limit: i64,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            hospital_id: ctx.actor.hospital_id.ok_or(StoreError::Forbidden)?,
            viewer: Some((ctx.actor.role, ctx.actor.user_id)),
            id: None,
            state: Some(DocumentState::Stored),
            filter,
            after,
            limit,
        })
    }

    /// Reads them: one statement, names included.
    pub(crate) fn load(&self, db: &mut Db) -> Result<Vec<Document>, StoreError> {
        use documents as d;
        let mut query = d::table
            .inner_join(PATIENTS.on(PATIENTS.field(users::id).eq(d::patient_id)))
            .inner_join(UPLOADERS.on(UPLOADERS.field(users::id).eq(d::uploaded_by)))
            .filter(d::hospital_id.eq(Val(self.hospital_id)))
            .filter(d::deleted_at.is_null())
            .select((
                DocumentRow::as_select(),
                PATIENTS.field(users::name),
                UPLOADERS.field(users::name),
            ))
            .order((d::created_at.desc(), d::id.desc()))
            .limit(self.limit)
            .into_boxed();
        match self.viewer {
            None => {}
            Some((Role::Staff, user)) => query = query.filter(d::uploaded_by.eq(Val(user))),
            Some((Role::Patient, user)) => query = query.filter(d::patient_id.eq(Val(user))),
            Some((Role::Doctor, user)) => {
                query = query.filter(exists(
                    appointments::table
                        .filter(appointments::hospital_id.eq(Val(self.hospital_id)))
                        .filter(appointments::patient_id.eq(d::patient_id))
                        .filter(appointments::doctor_id.eq(Val(user)))
                        .filter(appointments::state.eq_any(relating())),
                ));
            }
            Some((Role::Admin | Role::Guest, _)) => return Err(StoreError::Forbidden),
        }
        if let Some(id) = self.id {
            query = query.filter(d::id.eq(Val(id)));
        }
        if let Some(state) = self.state {
            query = query.filter(d::state.eq(Val(state)));
        }
        if let Some(patient_id) = self.filter.patient_id {
            query = query.filter(d::patient_id.eq(Val(patient_id)));
        }
        if let Some(appointment_id) = self.filter.appointment_id {
            query = query.filter(d::appointment_id.eq(Some(Val(appointment_id))));
        }
        if let Some((at, id)) = self.after {
            query = query.filter(
                d::created_at
                    .lt(Val(at))
                    .or(d::created_at.eq(Val(at)).and(d::id.lt(Val(id)))),
            );
        }
        let rows: Vec<(DocumentRow, String, String)> = query.load(db)?;
        Ok(rows
            .into_iter()
            .map(|(row, patient, uploader)| row.named(patient, uploader))
            .collect())
    }
}

/// The document of that id in any state, if the actor may do this to it.
pub(crate) fn load_visible(
    db: &mut Db,
    ctx: &Ctx,
    action: Action,
    id: DocumentId,
) -> Result<Document, StoreError> {
    let hospital_id = ctx.actor.hospital_id.ok_or(StoreError::Forbidden)?;
    let found = Criteria {
        hospital_id,
        viewer: None,
        id: Some(id),
        state: None,
        filter: DocumentFilter::default(),
        after: None,
        limit: 1,
    }
    .load(db)?;
    let document = found.into_iter().next().ok_or(StoreError::NotFound)?;
    let doctor = DoctorId::from(ctx.actor.user_id);
    let facts = Facts {
        hospital_id: Some(document.hospital_id),
        patient_id: Some(document.patient_id),
        appointment_id: document.appointment_id,
        owner_id: Some(document.uploaded_by),
        related: ctx.actor.role == Role::Doctor
            && related(db, hospital_id, doctor, document.patient_id)?,
        ..Facts::default()
    };
    ctx.require(action, &facts)?;
    // Until the content is there, the document is the uploader's affair.
    if document.state == DocumentState::Pending && document.uploaded_by != ctx.actor.user_id {
        return Err(StoreError::NotFound);
    }
    Ok(document)
}

/// A stored document of that patient that the actor may read, to be shared in a conversation.
pub(crate) fn load_shareable(
    db: &mut Db,
    ctx: &Ctx,
    patient_id: PatientId,
    id: DocumentId,
) -> Result<Document, StoreError> {
    let document = load_visible(db, ctx, Action::ReadDocument, id)?;
    if document.patient_id != patient_id {
        return Err(StoreError::NotFound);
    }
    if document.state != DocumentState::Stored {
        return Err(StoreError::WrongDocumentState);
    }
    Ok(document)
}

/// The newest stored documents that the actor may read.
pub(crate) fn newest(db: &mut Db, ctx: &Ctx, limit: i64) -> Result<Vec<Document>, StoreError> {
    Criteria::visible_to(ctx, DocumentFilter::default(), None, limit)?.load(db)
}

/// Names the place of a document in a list by time.
pub(super) fn cursor(document: &Document) -> Cursor {
    Cursor::new(&document.created_at, document.id.0)
}
