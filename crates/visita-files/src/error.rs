//! What can go wrong with contents. Texts hold no file names.

use thiserror::Error;
use visita_domain::document::DocumentError;

/// The place that holds the contents failed.
#[derive(Debug, Error)]
pub enum FilesError {
    /// No such content.
    #[error("the content is missing")]
    Missing,
    /// The folder cannot be used.
    #[error("the folder cannot be used: {0}")]
    Folder(#[source] std::io::Error),
    /// The disk or object store failed.
    #[error("the object store failed")]
    Storage(#[source] object_store::Error),
}

impl FilesError {
    pub(crate) fn folder(error: std::io::Error) -> Self {
        Self::Folder(error)
    }
}

impl From<object_store::Error> for FilesError {
    fn from(error: object_store::Error) -> Self {
        match error {
            object_store::Error::NotFound { .. } => Self::Missing,
            other => Self::Storage(other),
        }
    }
}

/// Why a content was not taken.
#[derive(Debug, Error)]
pub enum PutError {
    /// Empty, too large, of another kind, or not what it says.
    #[error(transparent)]
    Refused(#[from] DocumentError),
    /// Ended before the announced size.
    #[error("the content is shorter than announced")]
    Short,
    /// Nothing came for too long, or too slowly.
    #[error("the content came too slowly")]
    Slow,
    /// The connection broke.
    #[error("the content broke off")]
    Broken,
    /// It could not be kept.
    #[error(transparent)]
    Files(#[from] FilesError),
}

impl From<object_store::Error> for PutError {
    fn from(error: object_store::Error) -> Self {
        Self::Files(error.into())
    }
}
