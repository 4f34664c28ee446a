//! The number beside "Messages".

use leptos::prelude::*;

/// How many conversations hold unread messages; `None` until it is known.
#[must_use]
pub fn count() -> Signal<Option<i64>> {
    Signal::derive(|| None)
}
