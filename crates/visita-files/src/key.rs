//! Names of objects. All are UUIDs.

use object_store::path::Path;
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};
use visita_domain::DocumentId;

/// Folder of uploads that have not ended.
pub(crate) const STAGING: &str = "staging";

/// A fresh name for an upload under way.
pub(crate) fn staging() -> Path {
    Path::from_iter([STAGING, &Uuid::new_v4().to_string()])
}

/// The name of a document's content: a UUID (version 8) of document and hash.
///
/// It depends on the content, so that of two uploads racing for one document the
/// loser cannot replace the winner's bytes.
pub(crate) fn content(id: DocumentId, sha256: &str) -> Path {
    let digest = Sha256::new()
        .chain_update(id.0.as_bytes())
        .chain_update(sha256.as_bytes())
        .finalize();
    let mut bytes = [0; 16];
    for (to, from) in bytes.iter_mut().zip(digest) {
        *to = from;
    }
    let name = Builder::from_custom_bytes(bytes).into_uuid().to_string();
    // Two levels, because folders with very many entries are slow on some file systems.
    let (shard, _) = name.split_at(2);
    Path::from_iter(["documents", shard, &name])
}
