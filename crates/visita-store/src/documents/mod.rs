//! Metadata of medical documents. The content lies in `visita-files` under the document's id.

mod read;
mod row;
mod write;

use visita_domain::document::MediaType;
use visita_domain::{AppointmentId, PatientId};

pub use read::{for_download, get, list};
pub use write::{announce, delete, for_upload, mark_stored};

pub(crate) use row::{load_shareable, load_visible, newest};

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
