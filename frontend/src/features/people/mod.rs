//! Hospitals, accounts, doctors and patients.

use leptos::prelude::*;

use crate::ui::Spinner;

/// Hospitals, accounts, doctors and patients.
#[component]
pub fn HospitalsPage() -> impl IntoView {
    view! { <Spinner /> }
}

/// Hospitals, accounts, doctors and patients.
#[component]
pub fn HospitalPage() -> impl IntoView {
    view! { <Spinner /> }
}

/// Hospitals, accounts, doctors and patients.
#[component]
pub fn UsersPage() -> impl IntoView {
    view! { <Spinner /> }
}

/// Hospitals, accounts, doctors and patients.
#[component]
pub fn UserPage() -> impl IntoView {
    view! { <Spinner /> }
}

/// Hospitals, accounts, doctors and patients.
#[component]
pub fn DoctorsPage() -> impl IntoView {
    view! { <Spinner /> }
}

/// Hospitals, accounts, doctors and patients.
#[component]
pub fn DoctorPage() -> impl IntoView {
    view! { <Spinner /> }
}

/// Hospitals, accounts, doctors and patients.
#[component]
pub fn PatientsPage() -> impl IntoView {
    view! { <Spinner /> }
}

/// Hospitals, accounts, doctors and patients.
#[component]
pub fn PatientPage() -> impl IntoView {
    view! { <Spinner /> }
}
