//! Medical documents: what may be uploaded, and how it is named.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{AppointmentId, DocumentId, HospitalId, PatientId, Ts, UserId};

/// Largest upload in bytes (SECURITY R22).
pub const MAX_DOCUMENT_BYTES: u64 = 25 * 1024 * 1024;
/// Longest file name kept, in code points.
pub const MAX_NAME_CHARS: usize = 120;

/// The kinds of file taken (SECURITY R23; DICOM follows with its own checks).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum MediaType {
    /// PDF.
    #[serde(rename = "application/pdf")]
    Pdf,
    /// JPEG image.
    #[serde(rename = "image/jpeg")]
    Jpeg,
    /// PNG image.
    #[serde(rename = "image/png")]
    Png,
}

impl MediaType {
    /// Every kind taken.
    pub const ALL: [Self; 3] = [Self::Pdf, Self::Jpeg, Self::Png];

    /// The IANA name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
        }
    }

    /// The kind of that IANA name.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The kind that a file name promises by its extension.
    #[must_use]
    pub fn from_extension(name: &str) -> Option<Self> {
        let (_, extension) = name.rsplit_once('.')?;
        match extension.to_ascii_lowercase().as_str() {
            "pdf" => Some(Self::Pdf),
            "jpg" | "jpeg" => Some(Self::Jpeg),
            "png" => Some(Self::Png),
            _ => None,
        }
    }
}

/// Where an upload stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DocumentState {
    /// Announced; the content has not arrived.
    Pending,
    /// Stored and readable.
    Stored,
}

/// Why a file is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DocumentError {
    /// Not one of [`MediaType`].
    #[error("only PDF, JPEG and PNG files are taken")]
    UnsupportedType,
    /// Declared type, extension and content disagree.
    #[error("the file is not what its name or type says")]
    Disguised,
    /// Larger than the limit.
    #[error("the file is too large")]
    TooLarge,
    /// No bytes.
    #[error("the file is empty")]
    Empty,
}

/// Extension, declared type and sniffed type must agree (SECURITY R23).
///
/// # Errors
/// [`DocumentError::UnsupportedType`] or [`DocumentError::Disguised`].
pub fn check_type(
    name: &str,
    declared: MediaType,
    sniffed: Option<MediaType>,
) -> Result<(), DocumentError> {
    let by_name = MediaType::from_extension(name).ok_or(DocumentError::UnsupportedType)?;
    if by_name == declared && sniffed == Some(declared) {
        Ok(())
    } else {
        Err(DocumentError::Disguised)
    }
}

/// A name that is safe to show and to offer for download: no path, no control or
/// direction-changing characters, at most [`MAX_NAME_CHARS`] (SECURITY R24).
#[must_use]
pub fn clean_name(name: &str) -> String {
    let base = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let kept: String = base
        .chars()
        .filter(|c| !hidden(*c) && !"<>:\"|?*".contains(*c))
        .collect();
    let kept = kept.trim().trim_start_matches('.');
    let (stem, extension) = kept
        .rsplit_once('.')
        .map_or((kept, String::new()), |(s, e)| (s, format!(".{e}")));
    let room = MAX_NAME_CHARS.saturating_sub(extension.chars().count());
    let stem: String = stem.chars().take(room).collect();
    if stem.is_empty() {
        format!("document{extension}")
    } else {
        format!("{stem}{extension}")
    }
}

/// A document of a patient.
#[derive(Clone, PartialEq, Eq)]
pub struct Document {
    /// Its id.
    pub id: DocumentId,
    /// The hospital.
    pub hospital_id: HospitalId,
    /// Whose it is.
    pub patient_id: PatientId,
    /// The patient's name, for display.
    pub patient_name: String,
    /// The visit it belongs to, if any.
    pub appointment_id: Option<AppointmentId>,
    /// Who uploaded it.
    pub uploaded_by: UserId,
    /// The uploader's name, for display.
    pub uploader_name: String,
    /// File name as shown. Health data.
    pub name: String,
    /// Kind.
    pub media_type: MediaType,
    /// Size in bytes, as declared until the content is stored.
    pub size: i64,
    /// Lower-case hex SHA-256 of the content, once stored.
    pub sha256: Option<String>,
    /// Where it stands.
    pub state: DocumentState,
    /// When it was announced.
    pub created_at: Ts,
}

impl std::fmt::Debug for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Document")
            .field("id", &self.id)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_paths_and_tricks() {
        for (given, kept) in [
            ("scan.pdf", "scan.pdf"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\a\\x-ray.png", "x-ray.png"),
            ("a\u{202e}gpj.exe", "agpj.exe"),
            ("b\r\nSet-Cookie: x.pdf", "bSet-Cookie x.pdf"),
            ("", "document"),
            (".htaccess", "htaccess"),
        ] {
            assert_eq!(clean_name(given), kept, "{given:?}");
        }
        let long = clean_name(&format!("{}.pdf", "x".repeat(4000)));
        assert_eq!(long.chars().count(), MAX_NAME_CHARS);
        assert!(long.ends_with(".pdf"));
    }

    #[test]
    fn type_extension_and_content_must_agree() {
        use MediaType::{Jpeg, Pdf, Png};
        assert_eq!(check_type("a.pdf", Pdf, Some(Pdf)), Ok(()));
        assert_eq!(check_type("a.jpeg", Jpeg, Some(Jpeg)), Ok(()));
        assert_eq!(
            check_type("a.png", Png, Some(Pdf)),
            Err(DocumentError::Disguised)
        );
        assert_eq!(
            check_type("a.png", Pdf, Some(Pdf)),
            Err(DocumentError::Disguised)
        );
        assert_eq!(
            check_type("a.pdf", Pdf, None),
            Err(DocumentError::Disguised)
        );
        assert_eq!(
            check_type("a.exe", Pdf, Some(Pdf)),
            Err(DocumentError::UnsupportedType)
        );
        assert_eq!(
            check_type("a.pdf.html", Pdf, Some(Pdf)),
            Err(DocumentError::UnsupportedType)
        );
    }
}
