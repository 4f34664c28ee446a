//! Working hours.

use leptos::prelude::*;

use crate::ui::Spinner;

/// Working hours.
#[component]
pub fn AvailabilityPage() -> impl IntoView {
    view! { <Spinner /> }
}
