//! Files of secret seeds: made on first use, readable by the owner only, never in the database.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

/// The key file cannot be used.
#[derive(Debug, Error)]
pub enum KeyError {
    /// It cannot be read or written.
    #[error("the key file cannot be read or written: {0}")]
    Io(#[from] io::Error),
    /// It is not what this program wrote.
    #[error("the key file is damaged")]
    Damaged,
    /// The operating system gave no random bytes.
    #[error("no random bytes from the operating system")]
    NoRandom,
}

/// What is in the file: newest seed first, base64url.
#[derive(Serialize, Deserialize)]
struct KeyFile {
    seeds: Vec<String>,
}

/// The seeds of the file at `path`, newest first; a new file with one seed when there is none.
///
/// # Errors
/// [`KeyError`].
pub fn load_or_create(path: &Path) -> Result<Vec<[u8; 32]>, KeyError> {
    match load(path) {
        Err(KeyError::Io(missing)) if missing.kind() == io::ErrorKind::NotFound => {
            write_private(path, &file_of(&random_bytes()?)?)?;
            // Read back: of two servers that start at once, the one whose file stands wins.
            load(path)
        }
        other => other,
    }
}

/// The seeds of the file at `path`, newest first.
///
/// # Errors
/// [`KeyError`], also when there is no such file.
pub fn load(path: &Path) -> Result<Vec<[u8; 32]>, KeyError> {
    let file: KeyFile = serde_json::from_slice(&fs::read(path)?).map_err(|_| KeyError::Damaged)?;
    file.seeds
        .iter()
        .map(|text| {
            let seed = URL_SAFE_NO_PAD.decode(text).ok()?;
            <[u8; 32]>::try_from(seed).ok()
        })
        .collect::<Option<Vec<_>>>()
        .filter(|seeds| !seeds.is_empty())
        .ok_or(KeyError::Damaged)
}

fn file_of(seed: &[u8; 32]) -> Result<Vec<u8>, KeyError> {
    let file = KeyFile {
        seeds: vec![URL_SAFE_NO_PAD.encode(seed)],
    };
    serde_json::to_vec(&file).map_err(|_| KeyError::Damaged)
}

/// Whole or not at all: written beside, then linked into place unless another was first.
fn write_private(path: &Path, bytes: &[u8]) -> Result<(), KeyError> {
    let beside = path.with_extension(format!("{}.new", Uuid::new_v4().simple()));
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    let linked = fs::hard_link(&beside, path);
    fs::remove_file(&beside)?;
    match linked {
        Err(taken) if taken.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => Ok(other?),
    }
}

/// Random bytes of the operating system.
///
/// # Errors
/// [`KeyError::NoRandom`].
pub fn random_bytes<const N: usize>() -> Result<[u8; N], KeyError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| KeyError::NoRandom)?;
    Ok(bytes)
}
