//! Connections.

use std::future::Future;

use crate::{OpenError, StoreError};

/// Where the database is.
#[derive(Clone)]
pub struct StoreConfig {
    /// `sqlite:///abs/path/file.db`, `sqlite://relative.db`, `postgres://…` or `postgresql://…`.
    pub url: String,
    /// Most connections kept open.
    pub max_connections: u32,
}

/// A connection out of the pool.
pub struct AnyConn(());

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Store(());

impl Store {
    /// Opens it.
    pub fn open(_config: &StoreConfig) -> Result<Self, OpenError> {
        Err(OpenError::UnknownScheme)
    }

    /// Migrates it.
    pub fn migrate(&self) -> Result<Vec<String>, OpenError> {
        Ok(Vec::new())
    }

    /// Migrations that are not applied yet.
    pub fn pending_migrations(&self) -> Result<Vec<String>, OpenError> {
        Ok(Vec::new())
    }

    /// Runs `f` on a blocking thread.
    pub fn run<T, F>(&self, f: F) -> impl Future<Output = Result<T, StoreError>> + Send + 'static
    where
        F: FnOnce(&mut AnyConn) -> Result<T, StoreError> + Send + 'static,
        T: Send + 'static,
    {
        let _ = f;
        async { Err(StoreError::Unavailable) }
    }

    /// Runs `f` on this thread.
    pub fn run_blocking<T>(
        &self,
        f: impl FnOnce(&mut AnyConn) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let _ = f;
        Err(StoreError::Unavailable)
    }

    /// Whether the database answers.
    pub fn ping(&self) -> impl Future<Output = Result<(), StoreError>> + Send + 'static {
        async { Err(StoreError::Unavailable) }
    }
}
