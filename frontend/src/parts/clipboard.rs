//! Handing text to other programs.

use leptos::prelude::window;
use wasm_bindgen_futures::JsFuture;

/// Copies a text. False when the browser refuses; outside a secure context it has no
/// clipboard at all.
pub async fn copied(text: &str) -> bool {
    let navigator = window().navigator();
    let known = js_sys::Reflect::get(&navigator, &"clipboard".into());
    if known.is_ok_and(|clipboard| clipboard.is_undefined()) {
        return false;
    }
    JsFuture::from(navigator.clipboard().write_text(text))
        .await
        .is_ok()
}
