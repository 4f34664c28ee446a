//! Announcing, storing and deleting documents.

use diesel::prelude::*;
use visita_domain::access::{Action, Facts};
use visita_domain::audit::AuditAction;
use visita_domain::document::{Document, DocumentState, clean_name};
use visita_domain::people::Role;
use visita_domain::{DocumentId, PatientId};

use super::{NewDocument, load_visible};
use crate::appointments;
use crate::audit::{Entry, Trail};
use crate::conn::Db;
use crate::idempotency::{self, Creates};
use crate::relation::{patient_facts, require_role};
use crate::schema::documents;
use crate::types::Val;
use crate::{AnyConn, Ctx, StoreError, ids, tx};

/// Announces an upload for a patient, and for a visit of that patient when one is named.
/// A visit alone names its patient.
///
/// # Errors
/// [`StoreError::NotFound`] for the patient or the visit, [`StoreError::Forbidden`],
/// [`StoreError::IdempotencyKeyReused`],
/// [`StoreError::InvalidField`] when the size is not positive or no patient is named.
pub fn announce(conn: &mut AnyConn, ctx: &Ctx, new: &NewDocument) -> Result<Document, StoreError> {
    require_role(ctx, Action::UploadDocument)?;
    if new.size < 1 {
        return Err(StoreError::InvalidField("size"));
    }
    let id = DocumentId(ids::fresh(ctx.now));
    tx::write_tx(conn, ctx.tenant(), |db, trail| {
        let made = idempotency::once(
            db,
            trail,
            ctx,
            Creates::Document,
            id.0,
            |db, trail, earlier| show(db, trail, ctx, DocumentId(earlier)),
            |db, trail| {
                let patient_id = patient_of(db, ctx, new)?;
                let facts = Facts {
                    appointment_id: new.appointment_id,
                    ..patient_facts(db, ctx, patient_id)?
                };
                ctx.require(Action::UploadDocument, &facts)?;
                insert(db, ctx, id, patient_id, new)?;
                trail.record(
                    Entry::by(ctx, AuditAction::DocumentAnnounced)
                        .on(id.0)
                        .of(patient_id),
                );
                load_own(db, ctx, id)
            },
        )?;
        Ok(made.record)
    })
}

/// What the same request announced before, as a read.
fn show(db: &mut Db, trail: &mut Trail, ctx: &Ctx, id: DocumentId) -> Result<Document, StoreError> {
    let document = load_own(db, ctx, id)?;
    trail.record(
        Entry::by(ctx, AuditAction::DocumentRead)
            .on(id.0)
            .of(document.patient_id),
    );
    Ok(document)
}

fn patient_of(db: &mut Db, ctx: &Ctx, new: &NewDocument) -> Result<PatientId, StoreError> {
    let of_visit = match new.appointment_id {
        Some(id) => {
            let visit = appointments::load_visible(db, ctx, Action::ReadAppointment, id)?;
            Some(visit.patient_id)
        }
        None => None,
    };
    let own = (ctx.actor.role == Role::Patient).then(|| PatientId::from(ctx.actor.user_id));
    let named = new.patient_id.or(own);
    match (of_visit, named) {
        // Somebody else's visit is no place for this patient's document.
        (Some(of_visit), Some(named)) if of_visit != named => Err(StoreError::NotFound),
        (of_visit, named) => of_visit
            .or(named)
            .ok_or(StoreError::InvalidField("patient_id")),
    }
}

fn insert(
    db: &mut Db,
    ctx: &Ctx,
    id: DocumentId,
    patient_id: PatientId,
    new: &NewDocument,
) -> Result<(), StoreError> {
    use documents as d;
    let hospital_id = ctx.actor.hospital_id.ok_or(StoreError::Forbidden)?;
    diesel::insert_into(d::table)
        .values((
            d::hospital_id.eq(Val(hospital_id)),
            d::id.eq(Val(id)),
            d::patient_id.eq(Val(patient_id)),
            d::appointment_id.eq(new.appointment_id.map(Val)),
            d::uploaded_by.eq(Val(ctx.actor.user_id)),
            d::name.eq(clean_name(&new.name)),
            d::media_type.eq(Val(new.media_type)),
            d::size.eq(new.size),
            d::state.eq(Val(DocumentState::Pending)),
            d::created_at.eq(Val(ctx.now)),
        ))
        .execute(db)?;
    Ok(())
}

/// The announced document whose content the actor may now send.
///
/// # Errors
/// [`StoreError::NotFound`] unless the actor announced it, [`StoreError::WrongDocumentState`]
/// when its content is there already.
pub fn for_upload(conn: &mut AnyConn, ctx: &Ctx, id: DocumentId) -> Result<Document, StoreError> {
    require_role(ctx, Action::UploadDocument)?;
    tx::read_tx(conn, ctx.tenant(), |db| load_pending(db, ctx, id))
}

/// Records that the content is durable. `sha256` is lower-case hex.
///
/// # Errors
/// [`StoreError::NotFound`] unless the actor announced it, [`StoreError::WrongDocumentState`]
/// when its content is there already.
pub fn mark_stored(
    conn: &mut AnyConn,
    ctx: &Ctx,
    id: DocumentId,
    size: i64,
    sha256: &str,
) -> Result<Document, StoreError> {
    use documents as d;
    require_role(ctx, Action::UploadDocument)?;
    tx::write_tx(conn, ctx.tenant(), |db, trail| {
        let pending = load_pending(db, ctx, id)?;
        diesel::update(
            d::table
                .filter(d::hospital_id.eq(Val(pending.hospital_id)))
                .filter(d::id.eq(Val(id))),
        )
        .set((
            d::size.eq(size),
            d::sha256.eq(sha256),
            d::state.eq(Val(DocumentState::Stored)),
        ))
        .execute(db)?;
        trail.record(
            Entry::by(ctx, AuditAction::DocumentStored)
                .on(id.0)
                .of(pending.patient_id),
        );
        load_own(db, ctx, id)
    })
}

/// Takes an upload back. The row stays for the messages that shared it; the caller
/// removes the content.
///
/// # Errors
/// [`StoreError::NotFound`] unless the actor uploaded it, [`StoreError::Forbidden`].
pub fn delete(conn: &mut AnyConn, ctx: &Ctx, id: DocumentId) -> Result<Document, StoreError> {
    use documents as d;
    require_role(ctx, Action::DeleteDocument)?;
    tx::write_tx(conn, ctx.tenant(), |db, trail| {
        let document = load_own(db, ctx, id)?;
        diesel::update(
            d::table
                .filter(d::hospital_id.eq(Val(document.hospital_id)))
                .filter(d::id.eq(Val(id))),
        )
        .set(d::deleted_at.eq(Some(Val(ctx.now))))
        .execute(db)?;
        trail.record(
            Entry::by(ctx, AuditAction::DocumentDeleted)
                .on(id.0)
                .of(document.patient_id),
        );
        Ok(document)
    })
}

/// Only who announced a document sends its content and takes it back: the rule of
/// `Action::DeleteDocument`.
fn load_own(db: &mut Db, ctx: &Ctx, id: DocumentId) -> Result<Document, StoreError> {
    load_visible(db, ctx, Action::DeleteDocument, id)
}

fn load_pending(db: &mut Db, ctx: &Ctx, id: DocumentId) -> Result<Document, StoreError> {
    let document = load_own(db, ctx, id)?;
    if document.state == DocumentState::Pending {
        Ok(document)
    } else {
        Err(StoreError::WrongDocumentState)
    }
}
