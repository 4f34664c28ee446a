//! The data folder: private, writable, and used by one server at a time.

use std::fs::{self, File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// The folder, checked.
#[derive(Debug)]
pub(crate) struct DataDir(PathBuf);

/// Held while a server runs; the operating system lets go of it when the process dies.
#[derive(Debug)]
pub(crate) struct DataLock(#[expect(dead_code, reason = "an open file holds the lock")] File);

impl DataDir {
    /// Creates the folder for its owner alone when it is missing, and tries to write in it.
    ///
    /// # Errors
    /// One line that names the folder.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let shown = path.display();
        create_private(path)
            .with_context(|| format!("VISITA_DATA_DIR: cannot create the folder {shown}"))?;
        let probe = path.join(".writable");
        File::create(&probe)
            .and_then(|mut file| file.write_all(b"x").and_then(|()| file.sync_all()))
            .with_context(|| format!("VISITA_DATA_DIR: cannot write in the folder {shown}"))?;
        fs::remove_file(&probe)
            .with_context(|| format!("VISITA_DATA_DIR: cannot remove files in {shown}"))?;
        Ok(Self(path.to_owned()))
    }

    /// Keeps other servers out of the folder: presence and calls live in one process.
    ///
    /// # Errors
    /// One line when another server holds it.
    pub(crate) fn lock(&self) -> Result<DataLock> {
        let path = self.0.join("visita.lock");
        let file = File::create(&path)
            .with_context(|| format!("VISITA_DATA_DIR: cannot write {}", path.display()))?;
        match file.try_lock() {
            Ok(()) => Ok(DataLock(file)),
            Err(TryLockError::WouldBlock) => bail!(
                "VISITA_DATA_DIR: another server is running in {}",
                self.0.display()
            ),
            Err(TryLockError::Error(error)) => Err(error)
                .with_context(|| format!("VISITA_DATA_DIR: cannot lock {}", path.display())),
        }
    }

    /// Where the contents of documents are kept.
    pub(crate) fn documents(&self) -> PathBuf {
        self.0.join("documents")
    }

    /// The file of the keys of the audit trail.
    pub(crate) fn audit_keys(&self) -> PathBuf {
        self.0.join("audit-keys.json")
    }

    /// Where mail is kept when there is no mail server.
    pub(crate) fn outbox(&self) -> PathBuf {
        self.0.join("outbox")
    }

    /// The file of the keys that sign access tokens.
    pub(crate) fn token_keys(&self) -> PathBuf {
        self.0.join("token-keys.json")
    }
}

#[cfg(unix)]
fn create_private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
}

#[cfg(not(unix))]
fn create_private(path: &Path) -> std::io::Result<()> {
    fs::create_dir_all(path)
}
