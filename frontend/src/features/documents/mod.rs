//! The documents page: a patient's own, a doctor's by patient, reception's own uploads.

use leptos::prelude::*;
use visita_domain::PatientId;
use visita_domain::people::Role;

use crate::api::people::get_patient;
use crate::i18n::t;
use crate::parts::documents::DocumentPanel;
use crate::parts::{Remote, remote};
use crate::routes::{Route, id_query};
use crate::state::session::Session;
use crate::ui::{Alert, LinkButton, Page, PageHeader};

/// Documents that the viewer may see, or those of the patient in the query.
#[component]
pub fn DocumentsPage() -> impl IntoView {
    let role = Session::from_context().user_now().map(|user| user.role);
    let patient = id_query::<PatientId>("patient");
    view! {
        <Page>
            {move || match (patient.get(), role) {
                (Some(patient), Some(Role::Doctor | Role::Staff)) => {
                    view! { <OfPatient patient /> }.into_any()
                }
                (_, Some(Role::Patient)) => view! { <Own /> }.into_any(),
                _ => view! { <All staff=role == Some(Role::Staff) /> }.into_any(),
            }}
        </Page>
    }
}

/// A patient's own documents.
#[component]
fn Own() -> impl IntoView {
    view! {
        <PageHeader title=t::documents::title() text=t::documents::intro_patient() />
        <DocumentPanel />
    }
}

/// The documents of one patient, who can be given more.
#[component]
fn OfPatient(patient: PatientId) -> impl IntoView {
    let data = remote(move || get_patient(patient));
    view! {
        <Remote data let:found>
            <PageHeader
                title=t::documents::title_of(found.name.as_str())
                back=(Route::Patient(patient).path(), found.name)
            />
            <DocumentPanel patient=Some(patient) />
        </Remote>
    }
}

/// Documents of several patients. To add one, one goes to its patient first.
#[component]
fn All(
    /// Reception sees its own uploads only, and is told so.
    staff: bool,
) -> impl IntoView {
    let intro = if staff {
        t::documents::intro_staff()
    } else {
        t::documents::intro_doctor()
    };
    view! {
        <PageHeader title=t::documents::title() text=intro />
        <Alert>
            <div class="flex flex-wrap items-center gap-3">
                <span>{t::documents::choose_patient()}</span>
                <LinkButton href=Route::Patients.path()>{t::documents::all_patients()}</LinkButton>
            </div>
        </Alert>
        <DocumentPanel upload=false name_patient=true />
    }
}
