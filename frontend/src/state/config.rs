//! What the server tells everybody about itself, read once.

use leptos::prelude::*;
use leptos::task::spawn_local;
use visita_wire::config::ConfigView;

use crate::api;

/// The server's public configuration, from the context.
#[derive(Clone, Copy)]
pub struct Config(RwSignal<Option<ConfigView>>);

impl Config {
    /// Asks the server and puts the answer into the context when it comes.
    pub fn provide() {
        let config = Self(RwSignal::new(None));
        provide_context(config);
        spawn_local(async move {
            // Without an answer the app works as for any clinic: no demo, default rules.
            if let Ok(view) = api::dashboard::get_config().await {
                config.0.try_set(Some(view));
            }
        });
    }

    /// The configuration of this page.
    #[must_use]
    pub fn from_context() -> Self {
        expect_context()
    }

    /// The answer, once it is there.
    #[must_use]
    pub fn view(self) -> Signal<Option<ConfigView>> {
        self.0.into()
    }

    /// True for a demo clinic.
    #[must_use]
    pub fn demo(self) -> Signal<bool> {
        let view = self.0;
        Signal::derive(move || view.with(|view| view.as_ref().is_some_and(|view| view.demo)))
    }

    /// True while nobody has an account; none before the server has answered.
    #[must_use]
    pub fn setup_needed(self) -> Signal<Option<bool>> {
        let view = self.0;
        Signal::derive(move || view.with(|view| view.as_ref().map(|view| view.setup_needed)))
    }

    /// The clinic has its first account now.
    pub fn is_set_up(self) {
        self.0.try_update(|view| {
            if let Some(view) = view {
                view.setup_needed = false;
            }
        });
    }

    /// The shortest password that the server takes.
    #[must_use]
    pub fn min_password_chars(self) -> Signal<usize> {
        let view = self.0;
        Signal::derive(move || {
            view.with(|view| {
                view.as_ref()
                    .map_or(visita_domain::people::MIN_PASSWORD_CHARS, |view| {
                        view.min_password_chars
                    })
            })
        })
    }
}
