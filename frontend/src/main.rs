//! The single-page app of Visita: shows and asks; the server decides.

mod api;
mod app;
mod features;
mod i18n;
mod intl;
mod parts;
mod routes;
mod rtc;
mod shell;
mod state;
mod ui;

fn main() {
    console_error_panic_hook::set_once();
    wasm_bindgen_futures::spawn_local(async {
        i18n::start().await;
        if let Some(splash) = leptos::prelude::document().get_element_by_id("splash") {
            splash.remove();
        }
        leptos::mount::mount_to_body(app::App);
    });
}
