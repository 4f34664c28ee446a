//! Security headers of every answer (SECURITY §6.1-6.2).

use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::state::Settings;

/// Features of browsers that our pages use, and powerful ones that they never do.
const PERMISSIONS: &str = "camera=(self), microphone=(self), display-capture=(self), \
    fullscreen=(self), picture-in-picture=(self), screen-wake-lock=(self), autoplay=(self), \
    publickey-credentials-get=(self), publickey-credentials-create=(self), \
    accelerometer=(), geolocation=(), gyroscope=(), hid=(), idle-detection=(), magnetometer=(), \
    midi=(), payment=(), serial=(), usb=(), xr-spatial-tracking=()";

/// Swagger UI sets style attributes; it gets a policy of its own and no other page does.
const DOCS_POLICY: &str = "default-src 'none'; script-src 'self'; \
    style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The headers, made once at start.
pub(crate) struct HeaderSet {
    fixed: Vec<(HeaderName, HeaderValue)>,
    /// Whether `/docs` is the description of the API, and no page of the SPA.
    has_docs: bool,
    page_policy: HeaderValue,
}

impl HeaderSet {
    /// The headers for these settings and this `index.html`.
    pub(crate) fn new(settings: &Settings, index_html: Option<&str>) -> Self {
        let mut fixed = vec![
            (
                header::X_CONTENT_TYPE_OPTIONS,
                HeaderValue::from_static("nosniff"),
            ),
            (
                header::REFERRER_POLICY,
                HeaderValue::from_static("no-referrer"),
            ),
            (
                HeaderName::from_static("cross-origin-opener-policy"),
                HeaderValue::from_static("same-origin"),
            ),
            (
                HeaderName::from_static("cross-origin-resource-policy"),
                HeaderValue::from_static("same-origin"),
            ),
            (
                HeaderName::from_static("permissions-policy"),
                HeaderValue::from_static(PERMISSIONS),
            ),
            (
                HeaderName::from_static("x-robots-tag"),
                HeaderValue::from_static("noindex"),
            ),
        ];
        if settings.only_https() {
            fixed.push((
                header::STRICT_TRANSPORT_SECURITY,
                HeaderValue::from_static("max-age=63072000; includeSubDomains"),
            ));
        }
        let policy = page_policy(settings, index_html.unwrap_or_default());
        Self {
            fixed,
            has_docs: settings.api_docs,
            page_policy: HeaderValue::from_str(&policy)
                .unwrap_or(HeaderValue::from_static("default-src 'none'")),
        }
    }

    /// Adds what the handler has not set itself.
    pub(crate) fn apply(&self, path: &str, request_id: Option<&str>, headers: &mut HeaderMap) {
        let mut set = |name: &HeaderName, value: &HeaderValue| {
            if !headers.contains_key(name) {
                headers.insert(name.clone(), value.clone());
            }
        };
        for (name, value) in &self.fixed {
            set(name, value);
        }
        let is_docs = self.has_docs && path.starts_with("/docs");
        let policy = if is_docs {
            &HeaderValue::from_static(DOCS_POLICY)
        } else {
            &self.page_policy
        };
        set(&header::CONTENT_SECURITY_POLICY, policy);
        // Assets say how long they keep; all else may hold health data.
        set(
            &header::CACHE_CONTROL,
            &HeaderValue::from_static("no-store"),
        );
        name_charset(headers);
        if let Some(id) = request_id.and_then(|id| HeaderValue::from_str(id).ok()) {
            headers.insert(REQUEST_ID, id);
        }
    }
}

/// All our texts are UTF-8 (SECURITY R17); the bundled documentation does not say so itself.
fn name_charset(headers: &mut HeaderMap) {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let Some(kind) = kind.filter(|kind| kind.starts_with("text/") && !kind.contains(';')) else {
        return;
    };
    if let Ok(named) = HeaderValue::from_str(&format!("{kind}; charset=utf-8")) {
        headers.insert(header::CONTENT_TYPE, named);
    }
}

/// `data:` images are the icons inside the style sheet.
fn page_policy(settings: &Settings, index_html: &str) -> String {
    let hashes: String = inline_scripts(index_html)
        .iter()
        .map(|script| format!(" 'sha256-{}'", STANDARD.encode(Sha256::digest(script))))
        .collect();
    let sockets: String = settings
        .public_origins
        .iter()
        .map(|origin| format!(" {}", origin.socket_origin()))
        .collect();
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'{hashes}; style-src 'self'; \
         img-src 'self' blob: data:; media-src 'self' blob:; font-src 'self'; \
         connect-src 'self'{sockets}; worker-src 'self'; manifest-src 'self'; frame-src blob:; \
         base-uri 'none'; object-src 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}

/// The texts of scripts without `src`, exactly as a browser hashes them.
fn inline_scripts(html: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = html;
    while let Some((_, after)) = rest.split_once("<script") {
        let Some((attributes, content)) = after.split_once('>') else {
            break;
        };
        let Some((script, remaining)) = content.split_once("</script>") else {
            break;
        };
        if !attributes.contains("src=") && !script.is_empty() {
            found.push(script);
        }
        rest = remaining;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Origin;

    #[test]
    fn r14_inline_scripts_are_listed_by_hash_and_others_are_not() {
        let html = "<html><script src=\"/a.js\"></script>\
                    <script type=\"module\">\nalert(1)\n</script></html>";
        assert_eq!(inline_scripts(html), ["\nalert(1)\n"]);
        let settings = Settings::at(vec![Origin::parse("https://clinic.example").unwrap()]);
        let policy = page_policy(&settings, html);
        let hash = STANDARD.encode(Sha256::digest("\nalert(1)\n"));
        assert!(policy.contains(&format!(
            "script-src 'self' 'wasm-unsafe-eval' 'sha256-{hash}';"
        )));
        assert!(policy.contains("connect-src 'self' wss://clinic.example;"));
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"));
    }
}
