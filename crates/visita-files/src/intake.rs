//! Taking a content in: sniffed, counted, hashed and bounded in time while it streams.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, WriteMultipart};
use sha2::{Digest, Sha256};
use tokio::time::timeout;
use visita_domain::document::{DocumentError, MediaType, check_type};

use crate::{Announced, Content, FilesError, PutError, key};

/// Bytes that decide the kind.
const SNIFF_BYTES: usize = 8 * 1024;
/// Size of the parts sent to the object store. S3 takes no smaller ones.
const PART_BYTES: usize = 5 * 1024 * 1024;
/// Longest silence of the sender (SECURITY §5.1).
const IDLE: Duration = Duration::from_secs(10);
/// Slowest sender tolerated over a whole upload, in bytes per second (SECURITY §5.1).
const MIN_RATE: u64 = 4 * 1024;

/// The stream as it arrives: counted, hashed, and cut off when too long or too slow.
struct Intake<S> {
    body: S,
    hash: Sha256,
    size: u64,
    announced: u64,
}

impl<S, E> Intake<S>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
{
    async fn next(&mut self) -> Result<Option<Bytes>, PutError> {
        let Some(chunk) = timeout(IDLE, self.body.next())
            .await
            .map_err(|_| PutError::Slow)?
        else {
            return Ok(None);
        };
        let chunk = chunk.map_err(|_| PutError::Broken)?;
        self.size = u64::try_from(chunk.len())
            .ok()
            .and_then(|length| self.size.checked_add(length))
            .filter(|size| *size <= self.announced)
            .ok_or(DocumentError::TooLarge)?;
        self.hash.update(&chunk);
        Ok(Some(chunk))
    }

    /// The first bytes, at least [`SNIFF_BYTES`] unless the content is shorter.
    async fn head(&mut self) -> Result<Vec<u8>, PutError> {
        let mut head = Vec::with_capacity(SNIFF_BYTES);
        while head.len() < SNIFF_BYTES {
            match self.next().await? {
                Some(chunk) => head.extend_from_slice(&chunk),
                None => break,
            }
        }
        Ok(head)
    }

    async fn rest(&mut self, writer: &mut WriteMultipart) -> Result<(), PutError> {
        while let Some(chunk) = self.next().await? {
            // One part in flight while the next one fills: memory stays flat.
            writer.wait_for_capacity(1).await?;
            writer.write(&chunk);
        }
        if self.size < self.announced {
            return Err(PutError::Short);
        }
        Ok(())
    }

    fn content(self) -> Content {
        Content {
            size: self.size,
            sha256: hex(&self.hash.finalize()),
        }
    }
}

pub(crate) async fn take<S, E>(
    store: &dyn ObjectStore,
    announced: Announced<'_>,
    max_bytes: u64,
    body: S,
) -> Result<Content, PutError>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
{
    if announced.size > max_bytes {
        return Err(DocumentError::TooLarge.into());
    }
    let mut intake = Intake {
        body,
        hash: Sha256::new(),
        size: 0,
        announced: announced.size,
    };
    let staged = key::staging();
    let whole = IDLE + Duration::from_secs(announced.size / MIN_RATE);
    timeout(whole, receive(store, &staged, announced, &mut intake))
        .await
        .map_err(|_| PutError::Slow)??;
    let content = intake.content();
    publish(store, &staged, &key::content(announced.id, &content.sha256)).await?;
    Ok(content)
}

/// Writes the checked stream to the staging object. Dropping it removes the object.
async fn receive<S, E>(
    store: &dyn ObjectStore,
    staged: &Path,
    announced: Announced<'_>,
    intake: &mut Intake<S>,
) -> Result<(), PutError>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
{
    let head = intake.head().await?;
    if head.is_empty() {
        return Err(DocumentError::Empty.into());
    }
    check_type(announced.name, announced.media_type, sniff(&head))?;
    let upload = store.put_multipart(staged).await?;
    let mut writer = WriteMultipart::new_with_chunk_size(upload, PART_BYTES);
    writer.write(&head);
    match intake.rest(&mut writer).await {
        Ok(()) => {
            writer.finish().await?;
            Ok(())
        }
        Err(error) => {
            writer.abort().await?;
            Err(error)
        }
    }
}

async fn publish(store: &dyn ObjectStore, staged: &Path, to: &Path) -> Result<(), FilesError> {
    if let Err(error) = store.rename(staged, to).await {
        crate::remove(store, staged).await?;
        return Err(error.into());
    }
    Ok(())
}

fn sniff(head: &[u8]) -> Option<MediaType> {
    infer::get(head).and_then(|kind| MediaType::from_text(kind.mime_type()))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
