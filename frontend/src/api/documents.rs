//! Documents: announce, upload, list, download, delete.

use visita_domain::{AppointmentId, DocumentId, PatientId};
use visita_wire::documents::{AnnounceDocument, DocumentView};
use visita_wire::{Page, routes};
use web_sys::Blob;

use super::client::Authed;
use super::{Outcome, Query};

/// Announces an upload.
pub async fn announce_document(body: &AnnounceDocument) -> Outcome<DocumentView> {
    Authed.post(routes::DOCUMENTS, body).await
}

/// Uploads the content of an announced document.
pub async fn upload_content(id: DocumentId, content: &Blob) -> Outcome<DocumentView> {
    Authed
        .put_blob(&routes::document_content(id), content)
        .await
}

/// Documents that the viewer may see, the newest first.
pub async fn list_documents(
    patient_id: Option<PatientId>,
    appointment_id: Option<AppointmentId>,
    cursor: Option<String>,
) -> Outcome<Page<DocumentView>> {
    let query = Query::new()
        .with("patient_id", patient_id)
        .with("appointment_id", appointment_id)
        .with("cursor", cursor);
    Authed.get(&query.on(routes::DOCUMENTS)).await
}

/// The content.
pub async fn download_content(id: DocumentId) -> Outcome<Blob> {
    Authed.get_blob(&routes::document_content(id)).await
}

/// Deletes.
pub async fn delete_document(id: DocumentId) -> Outcome<()> {
    Authed.delete(&routes::document(id)).await
}
