//! Conversations.

use leptos::prelude::*;

use crate::ui::Spinner;

/// Conversations.
#[component]
pub fn MessagesPage() -> impl IntoView {
    view! { <Spinner /> }
}
