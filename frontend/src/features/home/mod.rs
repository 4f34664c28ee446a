//! The first page of each role.

use leptos::prelude::*;

use crate::ui::Spinner;

/// The first page of each role.
#[component]
pub fn HomePage() -> impl IntoView {
    view! { <Spinner /> }
}
