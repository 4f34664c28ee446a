//! Serves the SPA: files with a hash in their name for ever, everything else fresh,
//! and `index.html` for every page address (SECURITY R60).

use std::borrow::Cow;

use actix_web::http::Method;
use actix_web::http::header::{
    ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
    VARY,
};
use actix_web::{HttpRequest, HttpResponse};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use visita_wire::ErrorCode;

use crate::error::ApiError;
use crate::state::State;

/// Where the files of the SPA come from: names without a leading slash, `name.br` for
/// the compressed sibling.
pub trait Assets: Send + Sync {
    /// The bytes of a file.
    fn get(&self, name: &str) -> Option<Cow<'static, [u8]>>;
}

/// A server without an SPA.
#[derive(Debug, Clone, Copy)]
pub struct NoAssets;

impl Assets for NoAssets {
    fn get(&self, _name: &str) -> Option<Cow<'static, [u8]>> {
        None
    }
}

const INDEX: &str = "index.html";

/// The page that starts the SPA, when there is one.
pub(crate) fn index_html(assets: &dyn Assets) -> Option<String> {
    String::from_utf8(assets.get(INDEX)?.into_owned()).ok()
}

/// A file, or the start page for a page's address; nothing for anything else.
pub(crate) fn serve(state: &State, req: &HttpRequest) -> Result<HttpResponse, ApiError> {
    if !matches!(*req.method(), Method::GET | Method::HEAD) {
        return Err(ErrorCode::NotFound.into());
    }
    let name = req.path().trim_start_matches('/');
    if let Some(response) = file(state, req, name).filter(|_| name != INDEX) {
        return Ok(response);
    }
    let is_page = !name.rsplit('/').next().unwrap_or_default().contains('.');
    let is_api = name.split('/').next() == Some("api");
    // Tools that look whether the clinic is up ask for the start page without naming a type.
    let asks_for_page = name.is_empty() || accepts(req, "text/html");
    if is_page && !is_api && asks_for_page {
        return file(state, req, INDEX).ok_or_else(|| ErrorCode::NotFound.into());
    }
    Err(ErrorCode::NotFound.into())
}

fn accepts(req: &HttpRequest, what: &str) -> bool {
    let header = if what == "br" {
        ACCEPT_ENCODING
    } else {
        ACCEPT
    };
    req.headers().get_all(header).any(|value| {
        value
            .to_str()
            .is_ok_and(|list| list.split(',').any(|item| item_is(item, what)))
    })
}

fn item_is(item: &str, what: &str) -> bool {
    let mut parts = item.split(';').map(str::trim);
    parts.next() == Some(what) && !parts.any(|part| part == "q=0")
}

fn file(state: &State, req: &HttpRequest, name: &str) -> Option<HttpResponse> {
    // Compressed siblings are reached by negotiation only.
    if name.is_empty() || name.ends_with(".br") {
        return None;
    }
    let plain = state.assets.get(name)?;
    let tag = format!(
        "\"{}\"",
        URL_SAFE_NO_PAD.encode(Sha256::digest(&plain).get(..12).unwrap_or_default())
    );
    let mut response = HttpResponse::Ok();
    response
        .insert_header((ETAG, tag.clone()))
        .insert_header((VARY, "accept-encoding"))
        .insert_header((CONTENT_TYPE, content_type(name)))
        .insert_header((
            CACHE_CONTROL,
            if is_hashed(name) {
                "public, max-age=31536000, immutable"
            } else {
                "no-cache"
            },
        ));
    let known = req.headers().get(IF_NONE_MATCH);
    if known.is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return Some(
            response
                .status(actix_web::http::StatusCode::NOT_MODIFIED)
                .finish(),
        );
    }
    let packed = accepts(req, "br")
        .then(|| state.assets.get(&format!("{name}.br")))
        .flatten();
    Some(match packed {
        Some(bytes) => response
            .insert_header((CONTENT_ENCODING, "br"))
            .body(bytes.into_owned()),
        None => response.body(plain.into_owned()),
    })
}

/// True for names that the build gave a content hash: a part of 12 or more hex digits.
fn is_hashed(name: &str) -> bool {
    name.split(['-', '_', '.', '/'])
        .any(|part| part.len() >= 12 && part.bytes().all(|b| b.is_ascii_hexdigit()))
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_with_a_content_hash_are_kept_for_ever() {
        for (name, hashed) in [
            ("frontend-1a2b3c4d5e6f7a8b.js", true),
            ("frontend-1a2b3c4d5e6f7a8b_bg.wasm", true),
            ("index.html", false),
            ("icons.svg", false),
            ("decade-face.css", false),
        ] {
            assert_eq!(is_hashed(name), hashed, "{name}");
        }
    }

    #[test]
    fn refused_encodings_are_not_accepted() {
        assert!(item_is(" br", "br") && item_is("br;q=0.5", "br"));
        assert!(!item_is("br;q=0", "br") && !item_is("brotli", "br"));
    }
}
