//! Doctors of the clinic.

use leptos::prelude::*;
use visita_domain::access::Action as Act;
use visita_domain::people::{DoctorOrder, UserState};
use visita_wire::people::{DoctorChoices, DoctorView};

use super::may;
use super::narrowing::{FilterSelect, ListControls, Narrowing, NoMatch};
use crate::api;
use crate::api::people::DoctorFilter;
use crate::i18n::t;
use crate::intl;
use crate::parts::{PagedList, user_state_badge, user_state_choices};
use crate::routes::Route;
use crate::state::pages::Pages;
use crate::ui::{Avatar, Badge, ButtonKind, Choice, Icon, IconName, LinkButton, Page, PageHeader};

/// `/doctors`.
#[component]
pub fn DoctorsPage() -> impl IntoView {
    // Who is invited and who archived is the clinic's to know.
    let inside = may(Act::ReadUser);
    let filters = ["specialty", "language", "state"];
    let narrowing = Narrowing::of_list(Route::Doctors, &filters);
    let pages = Pages::new(move |cursor| {
        let state = narrowing.chosen("state", UserState::from_text);
        let filter = DoctorFilter {
            search: narrowing.search(),
            specialty: narrowing.value("specialty").get(),
            language: narrowing.value("language").get(),
            state: state.filter(|_| inside),
            order: narrowing.order(DoctorOrder::from_text),
        };
        async move { api::people::list_doctors(&filter, cursor).await }
    });
    let text = (may(Act::BookAppointment) && !inside).then(t::people::doctors_text);
    view! {
        <Page>
            <PageHeader title=t::people::doctors() text>
                {inside
                    .then(|| {
                        view! {
                            <LinkButton
                                href=Route::NewUser.path()
                                kind=ButtonKind::Primary
                                icon=IconName::UserPlus
                            >
                                {t::people::doctor_new()}
                            </LinkButton>
                        }
                    })}
            </PageHeader>
            <DoctorControls narrowing inside />
            <PagedList pages empty=move || no_doctors(narrowing) let(doctors)>
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

#[component]
fn DoctorControls(
    /// What was chosen.
    narrowing: Narrowing,
    /// The viewer knows the doctors' states.
    inside: bool,
) -> impl IntoView {
    let known = LocalResource::new(api::people::doctor_choices);
    // Without them the list still works; it only cannot be narrowed by them.
    let choices = move |of: fn(DoctorChoices) -> Vec<Choice>| {
        Signal::derive(move || known.get().and_then(Result::ok).map(of).unwrap_or_default())
    };
    let specialties = choices(|all| {
        let named = |name: String| Choice::new(name.clone(), name);
        all.specialties.into_iter().map(named).collect()
    });
    let languages = choices(|all| {
        let named = |tag: String| {
            let name = intl::language_name(&tag);
            Choice::new(tag, name)
        };
        all.languages.into_iter().map(named).collect()
    });
    let orders = vec![
        Choice::new(DoctorOrder::Name.as_str(), t::people::by_name()),
        Choice::new(DoctorOrder::Specialty.as_str(), t::people::by_specialty()),
        Choice::new(DoctorOrder::Newest.as_str(), t::people::by_newest()),
    ];
    view! {
        <ListControls narrowing search_label=t::people::doctors_search() orders>
            <FilterSelect
                narrowing
                name="specialty"
                label=t::people::specialty()
                all=t::people::specialty_all()
                choices=specialties
            />
            <FilterSelect
                narrowing
                name="language"
                label=t::people::language()
                all=t::people::language_all()
                choices=languages
            />
            {inside
                .then(|| {
                    view! {
                        <FilterSelect
                            narrowing
                            name="state"
                            label=t::people::state()
                            all=t::people::state_all()
                            choices=user_state_choices()
                        />
                    }
                })}
        </ListControls>
    }
}

fn no_doctors(narrowing: Narrowing) -> impl IntoView {
    view! {
        <NoMatch
            narrowing
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
                    {doctor_state(doctor.state, doctor.active)}
                </span>
                <Icon name=IconName::ChevronRight class="rtl:rotate-180" />
            </a>
        </li>
    }
}

/// What the viewer may know of why a doctor takes no visits.
pub(super) fn doctor_state(state: Option<UserState>, active: bool) -> Option<AnyView> {
    let shown = match state {
        Some(state) => user_state_badge(state).into_any(),
        None => view! { <Badge>{t::people::doctor_inactive()}</Badge> }.into_any(),
    };
    (!active).then_some(shown)
}
