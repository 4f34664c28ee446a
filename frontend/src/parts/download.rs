//! Handing bytes to the browser's own download.

use std::time::Duration;

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Blob, HtmlAnchorElement, Url};

/// How long the browser may take to fetch the bytes from us.
const KEEP: Duration = Duration::from_secs(60);

/// Saves bytes under a name. False when the browser refuses.
#[must_use]
pub fn save(content: &Blob, name: &str) -> bool {
    let Ok(url) = Url::create_object_url_with_blob(content) else {
        return false;
    };
    let anchor = document()
        .create_element("a")
        .ok()
        .and_then(|element| element.dyn_into::<HtmlAnchorElement>().ok());
    let Some(anchor) = anchor else { return false };
    anchor.set_href(&url);
    anchor.set_download(name);
    anchor.click();
    set_timeout(
        move || {
            // Only memory is at stake when it fails.
            let _ = Url::revoke_object_url(&url);
        },
        KEEP,
    );
    true
}
