//! For whom: reception and doctors look a patient up.

use leptos::prelude::*;
use visita_domain::people::{Role, UserState};
use visita_wire::people::PatientView;

use super::flow::Flow;
use super::model::Choice;
use crate::api::people::{PatientFilter, list_patients};
use crate::i18n::t;
use crate::intl;
use crate::parts::{PagedList, debounced};
use crate::state::pages::Pages;
use crate::ui::{Avatar, EmptyState, Icon, IconName, TextField};

/// A search over the patients that the viewer may book for.
#[component]
pub fn PatientStep(flow: Flow) -> impl IntoView {
    let typed = RwSignal::new(String::new());
    let search = debounced(typed);
    let pages = Pages::new(move |cursor| {
        let filter = PatientFilter {
            search: search.get(),
            ..PatientFilter::default()
        };
        async move { list_patients(&filter, cursor).await }
    });
    let hint = if flow.role == Role::Doctor {
        t::booking::patient_none_hint_doctor()
    } else {
        t::booking::patient_none_hint()
    };
    view! {
        <TextField
            kind="search"
            label=t::booking::patient_search()
            hint=t::booking::patient_search_hint()
            value=typed
        />
        <PagedList
            pages
            empty=move || {
                view! {
                    <EmptyState
                        icon=IconName::Users
                        title=t::booking::patient_none()
                        text=hint.clone()
                    />
                }
            }
            let:patients
        >
            <ul class="grid gap-2 md:grid-cols-2">
                {patients
                    .into_iter()
                    // A visit can be booked before the invitation is opened.
                    .filter(|patient| patient.state != UserState::Disabled)
                    .map(|patient| view! { <PatientCard flow patient /> })
                    .collect_view()}
            </ul>
        </PagedList>
    }
}

#[component]
fn PatientCard(flow: Flow, patient: PatientView) -> impl IntoView {
    let id = patient.id;
    let path = move || {
        flow.path(Choice {
            patient: Some(id),
            ..flow.choice.get()
        })
    };
    let mut facts = Vec::new();
    if let Some(born) = patient.date_of_birth {
        facts.push(t::booking::patient_born(intl::civil_date(born)));
    }
    if !patient.record_number.is_empty() {
        facts.push(t::booking::patient_record(patient.record_number));
    }
    view! {
        <li>
            <a
                href=path
                class="surface flex min-h-16 items-center gap-3 p-3 hover:border-primary focus-visible:border-primary"
            >
                <Avatar name=patient.name.clone() />
                <span class="min-w-0 grow">
                    <span class="block truncate font-medium">{patient.name}</span>
                    <span class="block text-sm text-base-content/70">{facts.join(" · ")}</span>
                </span>
                <Icon name=IconName::ChevronRight class="rtl:rotate-180" />
            </a>
        </li>
    }
}
