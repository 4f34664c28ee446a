//! With whom: the clinic's doctors, each with the next free time, which is one tap away.

use leptos::prelude::*;
use visita_domain::Ts;
use visita_wire::availability::{DoctorNextSlot, NextSlotsView};
use visita_wire::people::{DoctorChoices, DoctorView};

use super::flow::{Flow, Wish};
use super::model::Choice as Chosen;
use crate::api::availability::list_next_slots;
use crate::api::people::doctor_choices;
use crate::i18n::t;
use crate::intl;
use crate::parts::{Remote, debounced, remote};
use crate::state::clock::Clock;
use crate::ui::{Avatar, Button, Choice, EmptyState, Icon, IconName, SelectField, TextField};

/// Most specialties that are shown as buttons: one tap instead of the two of a list.
const MOST_BUTTONS: usize = 8;

/// A search over the doctors, and a card for each.
#[component]
pub fn DoctorStep(flow: Flow) -> impl IntoView {
    let wish = flow.wish;
    let search = debounced(wish.search);
    let found = remote(move || {
        flow.refresh.track();
        let (search, specialty, language) =
            (search.get(), wish.specialty.get(), wish.language.get());
        async move { list_next_slots(&search, &specialty, &language).await }
    });
    view! {
        <Wishes wish />
        <Remote data=found let:found>
            <Doctors flow found />
        </Remote>
    }
}

/// What the doctors can be narrowed to.
#[component]
fn Wishes(wish: Wish) -> impl IntoView {
    let known = LocalResource::new(doctor_choices);
    // Without them the list still works; it only cannot be narrowed by them.
    let choices = Memo::new(move |_| known.get().and_then(Result::ok).unwrap_or_default());
    view! {
        <div class="flex flex-col gap-3">
            <div class="grid gap-3 sm:grid-cols-2">
                <TextField
                    kind="search"
                    label=t::booking::doctor_search()
                    hint=t::booking::doctor_search_hint()
                    value=wish.search
                />
                {move || languages(&choices.get(), wish)}
            </div>
            {move || specialties(choices.get(), wish)}
        </div>
    }
}

/// The languages, when there is something to choose.
fn languages(choices: &DoctorChoices, wish: Wish) -> Option<impl IntoView + use<>> {
    let named: Vec<Choice> = choices
        .languages
        .iter()
        .map(|tag| Choice::new(tag.clone(), intl::language_name(tag)))
        .collect();
    (named.len() > 1).then(|| {
        view! {
            <SelectField
                label=t::booking::doctor_language()
                value=wish.language
                choices=named
                none=t::booking::doctor_language_all()
                optional=true
            />
        }
    })
}

/// The specialties: as buttons while they are few.
fn specialties(choices: DoctorChoices, wish: Wish) -> Option<AnyView> {
    let all = choices.specialties;
    match all.len() {
        0 | 1 => None,
        2..=MOST_BUTTONS => Some(view! { <SpecialtyButtons all wish /> }.into_any()),
        _ => {
            let named: Vec<Choice> = all
                .into_iter()
                .map(|name| Choice::new(name.clone(), name))
                .collect();
            Some(
                view! {
                    <SelectField
                        label=t::booking::doctor_specialty()
                        value=wish.specialty
                        choices=named
                        none=t::booking::doctor_specialty_all()
                        optional=true
                    />
                }
                .into_any(),
            )
        }
    }
}

#[component]
fn SpecialtyButtons(
    /// The specialties.
    all: Vec<String>,
    wish: Wish,
) -> impl IntoView {
    let button = move |value: String, words: String| {
        let own = value.clone();
        let on = Memo::new(move |_| wish.specialty.with(|chosen| *chosen == own));
        view! {
            <button
                type="button"
                class="btn min-h-11 rounded-full font-normal"
                class:btn-primary=on
                class:btn-outline=move || !on.get()
                class:border-base-300=move || !on.get()
                aria-pressed=move || if on.get() { "true" } else { "false" }
                on:click=move |_| wish.specialty.set(value.clone())
            >
                {words}
            </button>
        }
    };
    view! {
        <div
            role="group"
            aria-label=t::booking::doctor_specialty()
            class="flex flex-wrap gap-2"
        >
            {button(String::new(), t::booking::doctor_specialty_all())}
            {all.into_iter().map(|name| button(name.clone(), name)).collect_view()}
        </div>
    }
}

#[component]
fn Doctors(flow: Flow, found: NextSlotsView) -> impl IntoView {
    if found.items.is_empty() {
        return view! { <NoDoctor wish=flow.wish /> }.into_any();
    }
    view! {
        <ul class="grid gap-3 md:grid-cols-2">
            {found
                .items
                .into_iter()
                .map(|item| view! { <DoctorCard flow item /> })
                .collect_view()}
        </ul>
        {found
            .more
            .then(|| view! { <p class="text-base-content/80">{t::booking::doctor_more()}</p> })}
    }
    .into_any()
}

#[component]
fn NoDoctor(wish: Wish) -> impl IntoView {
    view! {
        <EmptyState
            icon=IconName::Stethoscope
            title=t::booking::doctor_none()
            text=t::booking::doctor_none_hint()
        >
            <Show when=move || wish.is_narrow()>
                <Button on_click=move |()| wish.clear()>{t::booking::doctor_clear()}</Button>
            </Show>
        </EmptyState>
    }
}

/// The doctor, which leads to all free times, and the next one, which leads to the end.
#[component]
fn DoctorCard(flow: Flow, item: DoctorNextSlot) -> impl IntoView {
    let DoctorNextSlot { doctor, next } = item;
    let chosen = move |at: Option<Ts>| {
        move || {
            flow.path(Chosen {
                doctor: Some(doctor.id),
                at,
                ..flow.choice.get()
            })
        }
    };
    let next = match next {
        Some(slot) => {
            let at = slot.starts_at;
            view! { <NextFree at path=Signal::derive(chosen(Some(at))) /> }.into_any()
        }
        None => {
            view! { <p class="text-sm text-base-content/70">{t::booking::doctor_no_free()}</p> }
                .into_any()
        }
    };
    view! {
        <li class="surface flex h-full flex-col gap-3 p-4">
            <a
                href=chosen(None)
                class="-m-2 flex grow items-center gap-4 rounded-field p-2 hover:bg-base-200"
                data-testid="doctor"
            >
                <About doctor=doctor.clone() />
                <Icon name=IconName::ChevronRight class="rtl:rotate-180" />
            </a>
            {next}
        </li>
    }
}

#[component]
fn About(doctor: DoctorView) -> impl IntoView {
    let languages: Vec<_> = doctor
        .languages
        .iter()
        .map(|tag| intl::language_name(tag))
        .collect();
    view! {
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
        </span>
    }
}

/// The first free time, as a way straight to the confirmation.
#[component]
fn NextFree(
    /// The time.
    at: Ts,
    /// Where it leads.
    path: Signal<String>,
) -> impl IntoView {
    let minute = Clock::from_context().minute();
    view! {
        <a
            href=path
            class="btn btn-outline btn-primary min-h-11 w-full justify-start font-medium"
            data-testid="next-slot"
        >
            <Icon name=IconName::CalendarClock />
            {move || next_words(at, minute.get())}
        </a>
    }
}

/// "Next: today 14:30".
fn next_words(at: Ts, now: Ts) -> String {
    let day = |at| intl::civil_date_at(at, None);
    let (then, today) = (day(at), day(now));
    if then == today {
        t::booking::doctor_next_today(intl::time(at))
    } else if then == today.map(|today| today.plus_days(1)) {
        t::booking::doctor_next_tomorrow(intl::time(at))
    } else {
        t::booking::doctor_next_day(intl::day(at), intl::time(at))
    }
}
