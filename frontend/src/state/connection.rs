//! Whether the browser has a network. The socket knows more about the server;
//! this is for the banner and for what to say when a request fails.

use leptos::{ev, prelude::*};

/// The network, from the context.
#[derive(Clone, Copy)]
pub struct Connection(RwSignal<bool>);

impl Connection {
    /// Follows the browser's events and puts the state into the context.
    pub fn provide() {
        let online = RwSignal::new(window().navigator().on_line());
        let up = window_event_listener(ev::online, move |_| {
            online.try_set(true);
        });
        let down = window_event_listener(ev::offline, move |_| {
            online.try_set(false);
        });
        on_cleanup(move || {
            up.remove();
            down.remove();
        });
        provide_context(Self(online));
    }

    /// The network of this page.
    #[must_use]
    pub fn from_context() -> Self {
        expect_context()
    }

    /// True while the browser has a network.
    #[must_use]
    pub fn online(self) -> Signal<bool> {
        self.0.into()
    }
}
