//! The SPA inside the binary. Debug builds read `frontend/dist` at run time instead,
//! so that a rebuilt page needs no rebuilt server.

use std::borrow::Cow;

use rust_embed::RustEmbed;
use visita_http::assets::Assets;

#[derive(RustEmbed)]
#[folder = "../../frontend/dist"]
#[allow_missing = true]
struct Dist;

/// Served in place of the SPA where it was not built: the API runs without it.
const NO_SPA: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Visita</title>\
<h1>The server runs, the pages are missing</h1>\
<p>Build them with <code>cargo xtask run</code> or <code>cargo xtask build</code>. \
The API is described at <a href=\"/docs/\">/docs</a>.</p></html>";

/// The files of the SPA.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spa;

impl Assets for Spa {
    fn get(&self, name: &str) -> Option<Cow<'static, [u8]>> {
        match Dist::get(name) {
            Some(file) => Some(file.data),
            None if name == "index.html" => Some(Cow::Borrowed(NO_SPA.as_bytes())),
            None => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_always_a_first_page_and_no_way_out_of_the_folder() {
        assert!(Spa.get("index.html").is_some());
        for name in [
            "missing.js",
            "../index.html",
            "../../Cargo.toml",
            "/etc/passwd",
        ] {
            assert!(Spa.get(name).is_none(), "{name}");
        }
    }
}
