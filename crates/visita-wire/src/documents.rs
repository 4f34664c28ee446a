//! Documents.

use serde::{Deserialize, Serialize};
use visita_domain::document::{DocumentState, MediaType};
use visita_domain::{AppointmentId, DocumentId, PatientId, Ts, UserId};

/// `POST /documents`: announces an upload; the content follows by `PUT /documents/{id}/content`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "validate", derive(validator::Validate))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AnnounceDocument {
    /// Whose it is; patients leave it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patient_id: Option<PatientId>,
    /// The visit it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appointment_id: Option<AppointmentId>,
    /// File name; stored without paths and control characters.
    #[cfg_attr(feature = "validate", validate(length(min = 1, max = 4096)))]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 4096))]
    pub name: String,
    /// Kind.
    pub media_type: MediaType,
    /// Size in bytes.
    #[cfg_attr(feature = "validate", validate(range(min = 1)))]
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub size: i64,
}

/// A document.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DocumentView {
    /// Its id.
    pub id: DocumentId,
    /// Whose it is.
    pub patient_id: PatientId,
    /// The patient's name.
    pub patient_name: String,
    /// The visit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appointment_id: Option<AppointmentId>,
    /// Who uploaded it.
    pub uploaded_by: UserId,
    /// The uploader's name.
    pub uploader_name: String,
    /// File name.
    pub name: String,
    /// Kind.
    pub media_type: MediaType,
    /// Size in bytes.
    pub size: i64,
    /// Lower-case hex SHA-256, once stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Where it stands.
    pub state: DocumentState,
    /// When it was announced.
    pub created_at: Ts,
}
