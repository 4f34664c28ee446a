//! Sign in and sign up.

use leptos::prelude::*;

use crate::ui::Spinner;

/// Sign in and sign up.
#[component]
pub fn SignInPage() -> impl IntoView {
    view! { <Spinner /> }
}

/// Sign in and sign up.
#[component]
pub fn RegisterPage() -> impl IntoView {
    view! { <Spinner /> }
}
