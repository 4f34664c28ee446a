//! Metadata of medical documents. The content lies in `visita-files` under the document's id.

use visita_domain::document::{Document, MediaType};
use visita_domain::{AppointmentId, DocumentId, PatientId};

use crate::{AnyConn, Ctx, PageQuery, Paged, StoreError};

/// An upload to announce.
#[derive(Clone)]
pub struct NewDocument {
    /// Whose it is; patients leave it out.
    pub patient_id: Option<PatientId>,
    /// The visit it belongs to.
    pub appointment_id: Option<AppointmentId>,
    /// File name, cleaned here.
    pub name: String,
    /// Kind.
    pub media_type: MediaType,
    /// Size in bytes as declared.
    pub size: i64,
}

/// Which documents.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DocumentFilter {
    /// Of that patient.
    pub patient_id: Option<PatientId>,
    /// Of that visit.
    pub appointment_id: Option<AppointmentId>,
}

macro_rules! stub { ($($(#[$d:meta])* $n:ident($($a:ident: $t:ty),*) -> $r:ty;)*) => {$(
    $(#[$d])* pub fn $n(conn: &mut AnyConn, $($a: $t),*) -> Result<$r, StoreError> { let _ = (conn, $($a),*); Err(StoreError::Unavailable) }
)*}}

stub! {
    /// Stub.
    announce(ctx: &Ctx, new: &NewDocument) -> Document;
    /// Stub.
    for_upload(ctx: &Ctx, id: DocumentId) -> Document;
    /// Stub.
    mark_stored(ctx: &Ctx, id: DocumentId, size: i64, sha256: &str) -> Document;
    /// Stub.
    list(ctx: &Ctx, filter: &DocumentFilter, page: &PageQuery) -> Paged<Document>;
    /// Stub.
    get(ctx: &Ctx, id: DocumentId) -> Document;
    /// Stub.
    for_download(ctx: &Ctx, id: DocumentId) -> Document;
    /// Stub.
    delete(ctx: &Ctx, id: DocumentId) -> Document;
}
