//! Doctors of the clinic.

use leptos::prelude::*;
use visita_domain::access::Action as Act;
use visita_wire::people::DoctorView;

use super::may;
use super::search::SearchField;
use crate::api;
use crate::i18n::t;
use crate::parts::{PagedList, debounced};
use crate::routes::Route;
use crate::state::pages::Pages;
use crate::ui::{Avatar, Badge, EmptyState, Icon, IconName, Page, PageHeader};

/// `/doctors`.
#[component]
pub fn DoctorsPage() -> impl IntoView {
    let typed = RwSignal::new(String::new());
    let search = debounced(typed);
    let pages = Pages::new(move |cursor| api::people::list_doctors(search.get(), cursor));
    let text = may(Act::BookAppointment).then(t::people::doctors_text);
    view! {
        <Page>
            <PageHeader title=t::people::doctors() text />
            <SearchField label=t::people::doctors_search() value=typed />
            <PagedList pages empty=no_doctors let(doctors)>
                <ul class="grid gap-4 md:grid-cols-2 xl:grid-cols-3">
                    {doctors
                        .into_iter()
                        .map(|doctor| view! { <DoctorCard doctor /> })
                        .collect_view()}
                </ul>
            </PagedList>
        </Page>
    }
}

fn no_doctors() -> impl IntoView {
    view! {
        <EmptyState
            icon=IconName::Stethoscope
            title=t::people::doctors_none()
            text=t::people::doctors_none_text()
        />
    }
}

#[component]
fn DoctorCard(
    /// The doctor.
    doctor: DoctorView,
) -> impl IntoView {
    view! {
        <li>
            <a
                class="surface flex h-full items-center gap-4 p-4 hover:border-primary/40"
                href=Route::Doctor(doctor.id).path()
            >
                <Avatar name=doctor.name.clone() large=true />
                <span class="min-w-0 flex-1">
                    <span class="block truncate text-lg font-semibold">{doctor.name}</span>
                    <span class="block truncate text-base-content/70">{doctor.specialty}</span>
                    {(!doctor.active)
                        .then(|| view! { <Badge>{t::people::doctor_inactive()}</Badge> })}
                </span>
                <Icon name=IconName::ChevronRight class="rtl:rotate-180" />
            </a>
        </li>
    }
}
