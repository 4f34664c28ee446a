//! Every widget on one page.

use leptos::prelude::*;

use crate::ui::Spinner;

/// Every widget on one page.
#[component]
pub fn DevUiPage() -> impl IntoView {
    view! { <Spinner /> }
}
