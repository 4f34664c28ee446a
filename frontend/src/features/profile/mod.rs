//! The own account.

use leptos::prelude::*;

use crate::ui::Spinner;

/// The own account.
#[component]
pub fn ProfilePage() -> impl IntoView {
    view! { <Spinner /> }
}
