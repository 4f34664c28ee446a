//! Booking a visit.

use leptos::prelude::*;

use crate::ui::Spinner;

/// Booking a visit.
#[component]
pub fn BookPage() -> impl IntoView {
    view! { <Spinner /> }
}
