//! Reading documents. Every read is recorded.

use visita_domain::DocumentId;
use visita_domain::access::{Action, Facts};
use visita_domain::audit::AuditAction;
use visita_domain::document::{Document, DocumentState};

use super::DocumentFilter;
use super::row::{self, Criteria};
use crate::audit::{self, Entry};
use crate::relation::require_role;
use crate::{AnyConn, Ctx, PageQuery, Paged, StoreError};

/// Stored documents that the actor may read, newest first: patients their own, doctors
/// those of their patients, staff what they uploaded.
///
/// # Errors
/// [`StoreError::BadCursor`], [`StoreError::Forbidden`].
pub fn list(
    conn: &mut AnyConn,
    ctx: &Ctx,
    filter: &DocumentFilter,
    page: &PageQuery,
) -> Result<Paged<Document>, StoreError> {
    ctx.require(Action::ListDocuments, &Facts::default())?;
    let after = page.after_time()?;
    let criteria = Criteria::visible_to(ctx, filter.clone(), after, page.bounded() + 1)?;
    audit::read(conn, ctx.tenant(), |db| {
        let found = criteria.load(db)?;
        let entry = Entry::by(ctx, AuditAction::DocumentsListed);
        let entry = match filter.patient_id {
            Some(patient) => entry.of(patient),
            None => entry,
        };
        Ok((Paged::cut(found, page.bounded(), row::cursor), entry))
    })
}

/// One document's metadata.
///
/// # Errors
/// [`StoreError::NotFound`], [`StoreError::Forbidden`].
pub fn get(conn: &mut AnyConn, ctx: &Ctx, id: DocumentId) -> Result<Document, StoreError> {
    read(conn, ctx, id, AuditAction::DocumentRead)
}

/// One document whose content is about to be sent. The read is recorded before the first byte.
///
/// # Errors
/// [`StoreError::NotFound`], [`StoreError::Forbidden`], [`StoreError::WrongDocumentState`]
/// while the content is missing.
pub fn for_download(conn: &mut AnyConn, ctx: &Ctx, id: DocumentId) -> Result<Document, StoreError> {
    let document = read(conn, ctx, id, AuditAction::DocumentDownloaded)?;
    if document.state == DocumentState::Stored {
        Ok(document)
    } else {
        Err(StoreError::WrongDocumentState)
    }
}

fn read(
    conn: &mut AnyConn,
    ctx: &Ctx,
    id: DocumentId,
    action: AuditAction,
) -> Result<Document, StoreError> {
    require_role(ctx, Action::ReadDocument)?;
    audit::read(conn, ctx.tenant(), |db| {
        let document = row::load_visible(db, ctx, Action::ReadDocument, id)?;
        let entry = Entry::by(ctx, action).on(id.0).of(document.patient_id);
        Ok((document, entry))
    })
}
