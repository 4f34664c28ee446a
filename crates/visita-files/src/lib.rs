//! Documents at rest: checked while they stream in, durable before anybody says so.
//!
//! Nothing here knows of databases or HTTP. Object keys are UUIDs: neither the
//! visible name nor anything else that a person typed reaches the disk
//! (SECURITY R24).

mod error;
mod intake;
mod key;

use std::io::ErrorKind;
use std::path::{Path as FolderPath, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use visita_domain::DocumentId;
use visita_domain::document::{MAX_DOCUMENT_BYTES, MediaType};

pub use error::{FilesError, PutError};

/// What the uploader said before sending the content.
#[derive(Clone, Copy)]
pub struct Announced<'a> {
    /// The document.
    pub id: DocumentId,
    /// File name; only its extension counts here.
    pub name: &'a str,
    /// Kind.
    pub media_type: MediaType,
    /// Size in bytes; the content must have exactly so many.
    pub size: u64,
}

/// What was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// Size in bytes.
    pub size: u64,
    /// Lower-case hex SHA-256.
    pub sha256: String,
}

/// A content being read.
pub struct Download {
    /// Size in bytes.
    pub size: u64,
    /// The bytes, in chunks.
    pub body: BoxStream<'static, Result<Bytes, FilesError>>,
}

/// The place where contents of documents are kept.
///
/// Encryption at rest goes between [`intake`] and the object store, so that
/// callers need not change.
#[derive(Debug, Clone)]
pub struct Files {
    store: Arc<dyn ObjectStore>,
    staging: PathBuf,
    max_bytes: u64,
}

impl Files {
    /// Contents in a folder of this machine, which is created when missing.
    /// Every write is flushed to the disk before it counts as done.
    ///
    /// # Errors
    /// [`FilesError`] when the folder cannot be created or opened.
    pub fn local(folder: &FolderPath) -> Result<Self, FilesError> {
        std::fs::create_dir_all(folder).map_err(FilesError::folder)?;
        let store = LocalFileSystem::new_with_prefix(folder)
            .map_err(FilesError::from)?
            .with_fsync(true);
        Ok(Self {
            store: Arc::new(store),
            staging: folder.join(key::STAGING),
            max_bytes: MAX_DOCUMENT_BYTES,
        })
    }

    /// The same place with another limit, in bytes.
    #[must_use]
    pub fn with_max_bytes(self, max_bytes: u64) -> Self {
        Self { max_bytes, ..self }
    }

    /// Largest content taken, in bytes.
    #[must_use]
    pub fn max_bytes(&self) -> u64 {
        self.max_bytes
    }

    /// Takes a content in: checks it while it streams, and returns when it is durable.
    /// Nothing stays behind on any failure. Taking the same content in twice is harmless,
    /// and two contents for one document never overwrite each other: the row in SQL
    /// names the one that counts by its hash.
    ///
    /// # Errors
    /// [`PutError`].
    pub async fn put<S, E>(&self, announced: Announced<'_>, body: S) -> Result<Content, PutError>
    where
        S: futures_util::Stream<Item = Result<Bytes, E>> + Unpin,
    {
        intake::take(self.store.as_ref(), announced, self.max_bytes, body).await
    }

    /// Opens a stored content.
    ///
    /// # Errors
    /// [`FilesError::Missing`] when there is none, [`FilesError::Storage`] when the disk fails.
    pub async fn open(&self, id: DocumentId, sha256: &str) -> Result<Download, FilesError> {
        let found = self.store.get(&key::content(id, sha256)).await?;
        Ok(Download {
            size: found.meta.size,
            body: found.into_stream().map_err(FilesError::from).boxed(),
        })
    }

    /// Removes a stored content; a missing one is no error.
    ///
    /// # Errors
    /// [`FilesError::Storage`].
    pub async fn remove(&self, id: DocumentId, sha256: &str) -> Result<(), FilesError> {
        remove(self.store.as_ref(), &key::content(id, sha256)).await
    }

    /// Removes what uploads left behind when the process was killed. Call it only
    /// before the server takes requests: it knows no running upload from a dead one.
    ///
    /// # Errors
    /// [`FilesError::Folder`].
    pub fn clear_staging(&self) -> Result<(), FilesError> {
        match std::fs::remove_dir_all(&self.staging) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(FilesError::folder(error)),
            _ => Ok(()),
        }
    }

    /// Writes, reads and removes a small object, for the readiness check.
    ///
    /// # Errors
    /// [`FilesError::Storage`].
    pub async fn probe(&self) -> Result<(), FilesError> {
        let probe = key::staging();
        self.store
            .put(&probe, Bytes::from_static(b"probe").into())
            .await?;
        remove(self.store.as_ref(), &probe).await
    }
}

async fn remove(store: &dyn ObjectStore, path: &Path) -> Result<(), FilesError> {
    match store.delete(path).await {
        Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
