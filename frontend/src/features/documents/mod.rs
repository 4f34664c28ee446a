//! Documents.

use leptos::prelude::*;

use crate::ui::Spinner;

/// Documents.
#[component]
pub fn DocumentsPage() -> impl IntoView {
    view! { <Spinner /> }
}
