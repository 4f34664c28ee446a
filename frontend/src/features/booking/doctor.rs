//! With whom: the clinic's doctors, each with the next free time.

use leptos::prelude::*;
use visita_domain::DoctorId;
use visita_domain::people::UserState;
use visita_wire::people::DoctorView;

use super::flow::Flow;
use super::model::Choice;
use crate::api::availability::list_slots;
use crate::api::people::{DoctorFilter, list_doctors};
use crate::i18n::t;
use crate::intl;
use crate::parts::zone::today;
use crate::parts::{PagedList, day_word, debounced};
use crate::state::clock::Clock;
use crate::state::pages::Pages;
use crate::ui::{Avatar, Button, EmptyState, Icon, IconName, Skeleton, TextField};

/// Doctors whose next free time is asked for: those that show first. More would cost the
/// server a question for every doctor that nobody looks at.
const WITH_NEXT_FREE: usize = 8;
/// Days ahead that count as "next".
const LOOK_AHEAD_DAYS: i64 = 14;

/// A search over the doctors, and a card for each.
#[component]
pub fn DoctorStep(flow: Flow) -> impl IntoView {
    let typed = RwSignal::new(String::new());
    let search = debounced(typed);
    let pages = Pages::new(move |cursor| {
        let filter = DoctorFilter {
            search: search.get(),
            state: Some(UserState::Active),
            ..DoctorFilter::default()
        };
        async move { list_doctors(&filter, cursor).await }
    });
    view! {
        <TextField
            kind="search"
            label=t::booking::doctor_search()
            hint=t::booking::doctor_search_hint()
            value=typed
        />
        <PagedList
            pages
            empty=move || view! { <NoDoctor typed /> }
            let:doctors
        >
            <ul class="grid gap-3 md:grid-cols-2">
                {doctors
                    .into_iter()
                    .enumerate()
                    .map(|(place, doctor)| {
                        view! { <DoctorCard flow doctor next_free=place < WITH_NEXT_FREE /> }
                    })
                    .collect_view()}
            </ul>
        </PagedList>
    }
}

#[component]
fn NoDoctor(typed: RwSignal<String>) -> impl IntoView {
    view! {
        <EmptyState
            icon=IconName::Stethoscope
            title=t::booking::doctor_none()
            text=t::booking::doctor_none_hint()
        >
            <Show when=move || !typed.with(String::is_empty)>
                <Button on_click=move |()| typed.set(String::new())>
                    {t::booking::doctor_clear()}
                </Button>
            </Show>
        </EmptyState>
    }
}

#[component]
fn DoctorCard(flow: Flow, doctor: DoctorView, next_free: bool) -> impl IntoView {
    let id = doctor.id;
    let path = move || {
        flow.path(Choice {
            doctor: Some(id),
            ..flow.choice.get()
        })
    };
    let languages: Vec<_> = doctor
        .languages
        .iter()
        .map(|tag| intl::language_name(tag))
        .collect();
    view! {
        <li>
            <a
                href=path
                class="surface flex h-full items-center gap-4 p-4 hover:border-primary focus-visible:border-primary"
                data-testid="doctor"
            >
                <Avatar name=doctor.name.clone() />
                <span class="min-w-0 grow">
                    <span class="block font-semibold">{doctor.name}</span>
                    <span class="block text-base-content/80">{doctor.specialty}</span>
                    {(!languages.is_empty())
                        .then(|| {
                            view! {
                                <span class="block text-sm text-base-content/70">
                                    {t::booking::doctor_speaks(languages.join(", "))}
                                </span>
                            }
                        })}
                    {next_free.then(|| view! { <NextFree doctor=id /> })}
                </span>
                <Icon name=IconName::ChevronRight class="rtl:rotate-180" />
            </a>
        </li>
    }
}

/// The doctor's first free time. Says nothing when it cannot be read: the next step will.
#[component]
fn NextFree(doctor: DoctorId) -> impl IntoView {
    let first_day = today().plus_days(-1);
    let found = LocalResource::new(move || {
        list_slots(doctor, first_day, first_day.plus_days(LOOK_AHEAD_DAYS))
    });
    view! {
        <span class="mt-1 block min-h-5 text-sm font-medium text-primary">
            {move || match found.get() {
                None => view! { <Skeleton class="h-4 w-32" /> }.into_any(),
                Some(Err(_)) => ().into_any(),
                Some(Ok(slots)) => {
                    match slots.slots.first() {
                        Some(slot) => {
                            let at = slot.starts_at;
                            let day = day_word(at, Clock::read());
                            let when = format!("{day}, {}", intl::time(at));
                            t::booking::doctor_next_free(when).into_any()
                        }
                        None => {
                            view! {
                                <span class="font-normal text-base-content/70">
                                    {t::booking::doctor_no_free()}
                                </span>
                            }
                                .into_any()
                        }
                    }
                }
            }}
        </span>
    }
}
