//! Visits: list and particulars.

use leptos::prelude::*;

use crate::ui::Spinner;

/// Visits: list and particulars.
#[component]
pub fn AppointmentsPage() -> impl IntoView {
    view! { <Spinner /> }
}

/// Visits: list and particulars.
#[component]
pub fn AppointmentPage() -> impl IntoView {
    view! { <Spinner /> }
}
