//! The waiting room and the call.

use leptos::prelude::*;

use crate::ui::Spinner;

/// The waiting room and the call.
#[component]
pub fn VisitPage() -> impl IntoView {
    view! { <Spinner /> }
}
