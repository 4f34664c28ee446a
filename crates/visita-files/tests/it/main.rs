//! Taking contents in and giving them back.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::convert::Infallible;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use uuid::Uuid;
use visita_domain::DocumentId;
use visita_domain::document::{DocumentError, MediaType};
use visita_files::{Announced, Content, Files, FilesError, PutError};

const PDF: &[u8] = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0";
const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01";
const HTML: &[u8] = b"<!doctype html><html><script>alert(1)</script></html>";
const ZIP: &[u8] = b"PK\x03\x04\x14\0\0\0\x08\0";
const EXE: &[u8] = b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0";

struct Place {
    files: Files,
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::local(folder.path()).unwrap();
        Self { files, folder }
    }

    async fn put(
        &self,
        name: &str,
        media_type: MediaType,
        size: usize,
        chunks: Vec<Vec<u8>>,
    ) -> Result<Content, PutError> {
        let announced = Announced {
            id: id(),
            name,
            media_type,
            size: u64::try_from(size).unwrap(),
        };
        self.files.put(announced, sent(chunks)).await
    }

    /// Every file under the folder, as paths relative to it.
    fn left(&self) -> Vec<String> {
        fn walk(folder: &Path, root: &Path, found: &mut Vec<String>) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    walk(&path, root, found);
                } else {
                    let relative = path.strip_prefix(root).unwrap();
                    found.push(relative.to_string_lossy().into_owned());
                }
            }
        }
        let mut found = Vec::new();
        walk(self.folder.path(), self.folder.path(), &mut found);
        found
    }
}

fn id() -> DocumentId {
    DocumentId::new(Uuid::from_u128(7))
}

fn sent(
    chunks: Vec<Vec<u8>>,
) -> impl futures_util::Stream<Item = Result<Bytes, Infallible>> + Unpin {
    stream::iter(chunks.into_iter().map(|chunk| Ok(Bytes::from(chunk))))
}

async fn read(files: &Files, content: &Content) -> Vec<u8> {
    let download = files.open(id(), &content.sha256).await.unwrap();
    assert_eq!(download.size, content.size);
    download
        .body
        .try_fold(Vec::new(), |mut all, chunk| async move {
            all.extend_from_slice(&chunk);
            Ok(all)
        })
        .await
        .unwrap()
}

/// A PDF by its first bytes, of that length.
fn long_pdf(length: usize) -> Vec<u8> {
    let mut bytes = PDF.to_vec();
    bytes.resize(length, b' ');
    bytes
}

#[tokio::test]
async fn a_content_comes_back_byte_for_byte_under_a_name_without_words() {
    let place = Place::new();
    for (name, media_type, bytes) in [
        ("Ana's results.pdf", MediaType::Pdf, PDF.to_vec()),
        ("x.PNG", MediaType::Png, PNG.to_vec()),
        ("x.jpg", MediaType::Jpeg, JPEG.to_vec()),
        ("long.pdf", MediaType::Pdf, long_pdf(12_000_000)),
    ] {
        let chunks = bytes.chunks(60_000).map(<[u8]>::to_vec).collect();
        let content = place
            .put(name, media_type, bytes.len(), chunks)
            .await
            .unwrap();
        assert_eq!(read(&place.files, &content).await, bytes, "{name}");
    }
    let left = place.left();
    assert_eq!(left.len(), 4, "{left:?}");
    for path in left {
        let name = path.rsplit('/').next().unwrap();
        assert!(Uuid::parse_str(name).is_ok(), "{path}");
    }
}

#[tokio::test]
async fn the_hash_is_the_sha256_of_the_bytes() {
    let content = Place::new()
        .put("a.pdf", MediaType::Pdf, PDF.len(), vec![PDF.to_vec()])
        .await
        .unwrap();
    // By `printf '%PDF-1.4\n…' | sha256sum`.
    assert_eq!(content.sha256, PDF_SHA256);
}

const PDF_SHA256: &str = "5a838678058f6de375e8635b5f2fea47a4e5f07cb1a882a44b10f39abc6f34ff";

#[tokio::test]
async fn disguised_and_foreign_files_are_refused_and_leave_nothing() {
    use DocumentError::{Disguised, UnsupportedType};
    let place = Place::new();
    for (name, declared, bytes, expected) in [
        ("scan.pdf", MediaType::Pdf, PNG, Disguised),
        ("scan.png", MediaType::Png, HTML, Disguised),
        ("scan.png", MediaType::Png, PDF, Disguised),
        ("scan.png", MediaType::Pdf, PDF, Disguised),
        ("scan.jpg", MediaType::Jpeg, ZIP, Disguised),
        ("scan.pdf", MediaType::Pdf, EXE, Disguised),
        ("scan.pdf", MediaType::Pdf, b" ".as_slice(), Disguised),
        ("scan.zip", MediaType::Pdf, ZIP, UnsupportedType),
        ("scan.pdf.exe", MediaType::Pdf, PDF, UnsupportedType),
        ("scan", MediaType::Pdf, PDF, UnsupportedType),
    ] {
        let refused = place
            .put(name, declared, bytes.len(), vec![bytes.to_vec()])
            .await;
        assert!(
            matches!(&refused, Err(PutError::Refused(error)) if *error == expected),
            "{name} as {declared:?}: {refused:?}"
        );
    }
    assert_eq!(place.left(), Vec::<String>::new());
}

#[tokio::test]
async fn a_disguise_that_arrives_byte_by_byte_is_seen() {
    let place = Place::new();
    let chunks = HTML.iter().map(|byte| vec![*byte]).collect();
    let refused = place.put("a.png", MediaType::Png, HTML.len(), chunks).await;
    assert!(matches!(
        refused,
        Err(PutError::Refused(DocumentError::Disguised))
    ));
}

#[tokio::test]
async fn empty_long_and_short_contents_are_refused_and_leave_nothing() {
    let place = Place::new();
    let empty = place.put("a.pdf", MediaType::Pdf, 10, vec![]).await;
    assert!(matches!(
        empty,
        Err(PutError::Refused(DocumentError::Empty))
    ));
    let longer = long_pdf(20_000);
    let long = place
        .put("a.pdf", MediaType::Pdf, 19_999, vec![longer.clone()])
        .await;
    assert!(matches!(
        long,
        Err(PutError::Refused(DocumentError::TooLarge))
    ));
    let short = place
        .put("a.pdf", MediaType::Pdf, 20_001, vec![longer])
        .await;
    assert!(matches!(short, Err(PutError::Short)));
    assert_eq!(place.left(), Vec::<String>::new());
}

#[tokio::test]
async fn a_stream_that_never_ends_is_cut_off_at_the_announced_size() {
    let place = Place::new();
    let endless = stream::iter([Ok(Bytes::from_static(PDF))]).chain(stream::repeat_with(|| {
        Ok::<_, Infallible>(Bytes::from_static(&[0; 4096]))
    }));
    let announced = Announced {
        id: id(),
        name: "a.pdf",
        media_type: MediaType::Pdf,
        size: 9_000_000,
    };
    let refused = place.files.put(announced, endless).await;
    assert!(matches!(
        refused,
        Err(PutError::Refused(DocumentError::TooLarge))
    ));
    assert_eq!(place.left(), Vec::<String>::new());
}

#[tokio::test]
async fn the_limit_counts_before_anything_is_read() {
    let place = Place::new();
    let files = place.files.clone().with_max_bytes(100);
    let announced = |size| Announced {
        id: id(),
        name: "a.pdf",
        media_type: MediaType::Pdf,
        size,
    };
    let unread = stream::poll_fn(|_| -> std::task::Poll<Option<Result<Bytes, Infallible>>> {
        panic!("the body was read")
    });
    let refused = files.put(announced(101), unread).await;
    assert!(matches!(
        refused,
        Err(PutError::Refused(DocumentError::TooLarge))
    ));
    assert!(
        files
            .put(announced(100), sent(vec![long_pdf(100)]))
            .await
            .is_ok()
    );
}

#[tokio::test(start_paused = true)]
async fn a_sender_that_falls_silent_is_given_up_after_ten_seconds() {
    let place = Place::new();
    let silent =
        stream::iter([Ok::<_, Infallible>(Bytes::from(long_pdf(9_000)))]).chain(stream::pending());
    let announced = Announced {
        id: id(),
        name: "a.pdf",
        media_type: MediaType::Pdf,
        size: 10_000_000,
    };
    let before = tokio::time::Instant::now();
    let given_up = place.files.put(announced, silent).await;
    assert!(matches!(given_up, Err(PutError::Slow)));
    assert_eq!(before.elapsed().as_secs(), 10);
    assert_eq!(place.left(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_sender_that_trickles_is_given_up() {
    let place = Place::new();
    let trickle = Box::pin(stream::unfold(0_u32, |sent| async move {
        tokio::time::sleep(Duration::from_secs(9)).await;
        let chunk = if sent == 0 { PDF } else { b" ".as_slice() };
        Some((Ok::<_, Infallible>(Bytes::from_static(chunk)), sent + 1))
    }));
    let announced = Announced {
        id: id(),
        name: "a.pdf",
        media_type: MediaType::Pdf,
        size: 4096 * 20,
    };
    let before = tokio::time::Instant::now();
    let given_up = place.files.put(announced, trickle).await;
    assert!(matches!(given_up, Err(PutError::Slow)));
    assert_eq!(before.elapsed().as_secs(), 30);
}

#[tokio::test]
async fn a_broken_connection_leaves_nothing() {
    let place = Place::new();
    let broken = stream::iter([
        Ok(Bytes::from(long_pdf(6_000_000))),
        Err("connection reset"),
    ]);
    let announced = Announced {
        id: id(),
        name: "a.pdf",
        media_type: MediaType::Pdf,
        size: 7_000_000,
    };
    let result = place.files.put(announced, broken).await;
    assert!(matches!(result, Err(PutError::Broken)));
    assert_eq!(place.left(), Vec::<String>::new());
}

#[tokio::test]
async fn two_contents_of_one_document_do_not_overwrite_each_other() {
    let place = Place::new();
    let first = place
        .put("a.pdf", MediaType::Pdf, 100, vec![long_pdf(100)])
        .await
        .unwrap();
    let second = place
        .put("a.pdf", MediaType::Pdf, 200, vec![long_pdf(200)])
        .await
        .unwrap();
    assert_eq!(read(&place.files, &first).await.len(), 100);
    assert_eq!(read(&place.files, &second).await.len(), 200);
}

#[tokio::test]
async fn a_removed_content_is_missing_and_removing_again_is_no_error() {
    let place = Place::new();
    let content = place
        .put("a.pdf", MediaType::Pdf, PDF.len(), vec![PDF.to_vec()])
        .await
        .unwrap();
    place.files.remove(id(), &content.sha256).await.unwrap();
    place.files.remove(id(), &content.sha256).await.unwrap();
    let gone = place.files.open(id(), &content.sha256).await;
    assert!(matches!(gone, Err(FilesError::Missing)));
    assert_eq!(place.left(), Vec::<String>::new());
}

#[tokio::test]
async fn what_a_killed_process_left_in_staging_is_cleared() {
    let place = Place::new();
    let staging = place.folder.path().join("staging");
    std::fs::create_dir_all(&staging).unwrap();
    std::fs::write(staging.join(format!("{}#1", Uuid::nil())), b"half").unwrap();
    place.files.clear_staging().unwrap();
    assert_eq!(place.left(), Vec::<String>::new());
    place.files.clear_staging().unwrap();
    place.files.probe().await.unwrap();
}

#[tokio::test]
async fn a_file_in_place_of_the_folder_is_a_clear_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("documents");
    std::fs::write(&file, b"").unwrap();
    let error = Files::local(&file).unwrap_err();
    assert!(error.to_string().starts_with("the folder cannot be used"));
}
