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
    leptos::mount::mount_to_body(app::App);
}
