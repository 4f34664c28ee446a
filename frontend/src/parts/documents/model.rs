//! Checks of a file before it is sent.

use visita_domain::document::{MAX_DOCUMENT_BYTES, MediaType};

/// Why a file is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileFault {
    /// Not PDF, JPEG or PNG.
    Type,
    /// The name says one kind, the browser another.
    Disguised,
    /// Larger than [`MAX_DOCUMENT_BYTES`].
    TooLarge,
    /// No bytes.
    Empty,
}

/// What the server would refuse anyway, told before a long upload. `declared` is the
/// browser's guess and may be empty.
///
/// # Errors
/// [`FileFault`], the plainest first.
pub fn check(name: &str, declared: &str, size: i64) -> Result<MediaType, FileFault> {
    let by_name = MediaType::from_extension(name).ok_or(FileFault::Type)?;
    if !declared.is_empty() && MediaType::from_text(declared) != Some(by_name) {
        return Err(FileFault::Disguised);
    }
    match u64::try_from(size) {
        Ok(0) | Err(_) => Err(FileFault::Empty),
        Ok(bytes) if bytes > MAX_DOCUMENT_BYTES => Err(FileFault::TooLarge),
        Ok(_) => Ok(by_name),
    }
}

/// The kind that the first bytes of a file say.
#[must_use]
pub fn sniff(head: &[u8]) -> Option<MediaType> {
    if head.starts_with(b"\x89PNG\r\n\x1a\n") {
        Some(MediaType::Png)
    } else if head.starts_with(b"\xff\xd8\xff") {
        Some(MediaType::Jpeg)
    } else if head.windows(5).any(|bytes| bytes == b"%PDF-") {
        Some(MediaType::Pdf)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn files_are_checked_before_they_are_sent() {
        for (name, declared, size, expected) in [
            ("a.pdf", "application/pdf", 10_u64, Ok(MediaType::Pdf)),
            ("a.JPG", "image/jpeg", 10, Ok(MediaType::Jpeg)),
            ("a.png", "", 10, Ok(MediaType::Png)),
            ("a.docx", "application/msword", 10, Err(FileFault::Type)),
            ("a", "application/pdf", 10, Err(FileFault::Type)),
            ("a.pdf", "image/png", 10, Err(FileFault::Disguised)),
            ("a.pdf", "application/pdf", 0, Err(FileFault::Empty)),
            (
                "a.pdf",
                "application/pdf",
                MAX_DOCUMENT_BYTES,
                Ok(MediaType::Pdf),
            ),
            (
                "a.pdf",
                "application/pdf",
                MAX_DOCUMENT_BYTES + 1,
                Err(FileFault::TooLarge),
            ),
        ] {
            let size = i64::try_from(size).expect("a size");
            assert_eq!(check(name, declared, size), expected, "{name} {declared}");
        }
    }

    #[wasm_bindgen_test]
    fn first_bytes_tell_the_kind() {
        for (head, expected) in [
            (b"%PDF-1.7".as_slice(), Some(MediaType::Pdf)),
            (b"\n\n%PDF-1.4", Some(MediaType::Pdf)),
            (b"\x89PNG\r\n\x1a\nrest", Some(MediaType::Png)),
            (b"\xff\xd8\xff\xe0", Some(MediaType::Jpeg)),
            (b"PK\x03\x04", None),
            (b"", None),
        ] {
            assert_eq!(sniff(head), expected, "{head:?}");
        }
    }
}
