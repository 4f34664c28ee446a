//! Searching while one types.

use std::time::Duration;

use leptos::prelude::*;

/// A pause this long means that the word is whole. Shorter ones ask the server for every key.
const PAUSE: Duration = Duration::from_millis(250);

/// What was typed, once there is a pause.
#[must_use]
pub fn debounced(typed: RwSignal<String>) -> Signal<String> {
    let settled = RwSignal::new(typed.get_untracked());
    let mut settle = debounce(PAUSE, move |text: String| {
        settled.try_set(text);
    });
    Effect::new(move |_| {
        let text = typed.get();
        if settled.with_untracked(|settled| *settled != text) {
            settle(text);
        }
    });
    settled.into()
}
