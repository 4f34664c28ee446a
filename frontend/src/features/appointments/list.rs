//! The list of visits: upcoming or past, with filters; reception's by doctor and day.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use visita_domain::appointment::AppointmentState;
use visita_domain::people::Role;
use visita_domain::{PatientId, Ts};
use visita_wire::appointments::AppointmentView;

use super::model::{Tab, by_day};
use crate::api::appointments::{AppointmentFilter, list_appointments};
use crate::api::people::{DoctorFilter as Doctors, list_doctors};
use crate::i18n::t;
use crate::intl;
use crate::parts::zone::viewer_civil;
use crate::parts::{PagedList, StateBadge, day_range, day_word, state_name};
use crate::routes::Route;
use crate::state::clock::Clock;
use crate::state::pages::Pages;
use crate::state::session::Session;
use crate::state::socket::Socket;
use crate::ui::{
    Button, ButtonKind, Choice, EmptyState, Icon, IconName, LinkButton, Page, PageHeader,
    SelectField, Tabs, TextField,
};

/// What the list is narrowed to. Lives in the address, so that going into a visit and back
/// keeps it.
#[derive(Clone, Copy)]
struct Filters {
    tab: RwSignal<String>,
    state: RwSignal<String>,
    doctor: RwSignal<String>,
    day: RwSignal<String>,
    patient: Option<PatientId>,
}

impl Filters {
    fn from_address() -> Self {
        let query = use_query_map().get_untracked();
        let text = |name: &str| RwSignal::new(query.get(name).unwrap_or_default());
        let tab = Tab::from_text(query.get_str("tab").unwrap_or_default());
        let filters = Self {
            tab: RwSignal::new(tab.as_str().to_owned()),
            state: text("state"),
            doctor: text("doctor"),
            day: text("day"),
            patient: query.get_str("patient").and_then(|id| id.parse().ok()),
        };
        filters.keep_in_address();
        filters
    }

    fn keep_in_address(self) {
        let navigate = use_navigate();
        Effect::new(move |before: Option<String>| {
            let now = self.path();
            if before.is_some_and(|before| before != now) {
                let options = NavigateOptions {
                    replace: true,
                    scroll: false,
                    ..NavigateOptions::default()
                };
                navigate(&now, options);
            }
            now
        });
    }

    fn path(self) -> String {
        let tab = Some(self.tab.get()).filter(|tab| *tab != Tab::default().as_str());
        let query = crate::api::Query::new()
            .with("tab", tab)
            .with("state", Some(self.state.get()))
            .with("doctor", Some(self.doctor.get()))
            .with("day", Some(self.day.get()))
            .with("patient", self.patient);
        query.on(&Route::Appointments.path())
    }

    fn tab(self) -> Tab {
        self.tab.with(|tab| Tab::from_text(tab))
    }

    fn is_narrowed(self) -> bool {
        [self.state, self.doctor, self.day]
            .iter()
            .any(|filter| !filter.with(String::is_empty))
    }

    fn clear(self) {
        for filter in [self.state, self.doctor, self.day] {
            filter.set(String::new());
        }
    }

    /// The question to the server. A chosen day counts whole, whatever the tab.
    fn question(self, now: Ts) -> AppointmentFilter {
        let (from, to) = match self.day.with(|day| day.parse().ok().and_then(day_range)) {
            Some((from, to)) => (Some(from), Some(to)),
            None => self.tab().range(now),
        };
        AppointmentFilter {
            from,
            to,
            states: match self.state.with(|state| AppointmentState::from_text(state)) {
                Some(state) => vec![state],
                // A chosen day shows all that was or is on it.
                None if from.is_some() && to.is_some() => Vec::new(),
                None => self.tab().states().to_vec(),
            },
            doctor_id: self.doctor.with(|doctor| doctor.parse().ok()),
            patient_id: self.patient,
            newest_first: self.tab() == Tab::Past,
        }
    }
}

/// All visits that the viewer may see.
#[component]
pub fn AppointmentsPage() -> impl IntoView {
    let role = Session::from_context().user_now().map(|user| user.role);
    let filters = Filters::from_address();
    let news = Socket::from_context().appointments_changed();
    let pages = Pages::new(move |cursor| {
        news.track();
        let question = filters.question(Clock::read());
        async move { list_appointments(&question, cursor).await }
    });
    let title = if role == Some(Role::Patient) {
        t::appointments::title_own()
    } else {
        t::appointments::title()
    };
    let tabs = vec![
        Choice::new(Tab::Upcoming.as_str(), t::appointments::upcoming()),
        Choice::new(Tab::Past.as_str(), t::appointments::past()),
    ];
    let book = filters.patient.map_or(Route::Book, Route::BookFor).path();
    view! {
        <Page>
            <PageHeader title>
                <LinkButton kind=ButtonKind::Primary icon=IconName::CalendarPlus href=book>
                    {t::appointments::book()}
                </LinkButton>
            </PageHeader>
            <Tabs label=t::appointments::tabs() tabs value=filters.tab />
            <FilterBar filters staff=role == Some(Role::Staff) />
            <PagedList
                pages
                empty=move || view! { <Nothing filters role /> }
                let:visits
            >
                <Days visits role />
            </PagedList>
        </Page>
    }
}

/// State for all; doctor and day for reception.
#[component]
fn FilterBar(filters: Filters, staff: bool) -> impl IntoView {
    let states = AppointmentState::ALL
        .into_iter()
        .filter(|state| *state != AppointmentState::Held)
        .map(|state| Choice::new(state.as_str(), state_name(state)))
        .collect::<Vec<_>>();
    view! {
        <div class="grid items-end gap-3 sm:grid-cols-2 lg:grid-cols-4">
            {staff.then(|| view! { <DoctorFilter value=filters.doctor /> })}
            {staff
                .then(|| {
                    view! {
                        <TextField
                            kind="date"
                            label=t::appointments::filter_day()
                            value=filters.day
                        />
                    }
                })}
            <SelectField
                label=t::appointments::filter_state()
                value=filters.state
                choices=states
                none=t::appointments::filter_state_all()
            />
            <Show when=move || filters.is_narrowed()>
                <div>
                    <Button kind=ButtonKind::Ghost on_click=move |()| filters.clear()>
                        {t::appointments::filter_clear()}
                    </Button>
                </div>
            </Show>
        </div>
    }
}

#[component]
fn DoctorFilter(value: RwSignal<String>) -> impl IntoView {
    let doctors = LocalResource::new(|| async { list_doctors(&Doctors::default(), None).await });
    // Without the names the list still works; it only cannot be narrowed by doctor.
    let choices = Signal::derive(move || {
        doctors
            .get()
            .and_then(Result::ok)
            .map(|page| {
                page.items
                    .into_iter()
                    .map(|doctor| Choice::new(doctor.id.to_string(), doctor.name))
                    .collect::<Vec<_>>()
            })
            .unwrap_or_default()
    });
    view! {
        <SelectField
            label=t::appointments::filter_doctor()
            value
            choices
            none=t::appointments::filter_doctor_all()
        />
    }
}

#[component]
fn Nothing(filters: Filters, role: Option<Role>) -> impl IntoView {
    let (title, text) = match filters.tab() {
        _ if filters.is_narrowed() => (
            t::appointments::empty_filtered(),
            t::appointments::empty_filtered_hint(),
        ),
        Tab::Upcoming if role == Some(Role::Patient) => (
            t::appointments::empty_upcoming(),
            t::appointments::empty_upcoming_hint(),
        ),
        Tab::Upcoming => (
            t::appointments::empty_upcoming(),
            t::appointments::empty_upcoming_hint_viewer(),
        ),
        Tab::Past => (
            t::appointments::empty_past(),
            t::appointments::empty_past_hint(),
        ),
    };
    view! { <EmptyState icon=IconName::Calendar title text /> }
}

/// The visits under their days.
#[component]
fn Days(visits: Vec<AppointmentView>, role: Option<Role>) -> impl IntoView {
    by_day(&visits, |at| viewer_civil(at).map(|civil| civil.date))
        .into_iter()
        .map(|(date, visits)| {
            let first = visits.first().map(|visit| visit.starts_at);
            let word = first
                .map(|at| day_word(at, Clock::read()))
                .unwrap_or_default();
            let long = intl::civil_day_long(date);
            view! {
                <section class="surface p-2 sm:p-4">
                    <h2 class="px-2 pb-2 text-lg font-semibold">
                        {if word == intl::civil_day(date) {
                            long
                        } else {
                            format!("{word}, {long}")
                        }}
                    </h2>
                    <ul>
                        {visits
                            .into_iter()
                            .map(|visit| view! { <VisitRow visit role /> })
                            .collect_view()}
                    </ul>
                </section>
            }
        })
        .collect_view()
}

/// One visit, the whole row a link.
#[component]
fn VisitRow(visit: AppointmentView, role: Option<Role>) -> impl IntoView {
    let range = intl::time_range(visit.starts_at, visit.ends_at);
    let (main, note) = match role {
        Some(Role::Patient) => (visit.doctor_name, None),
        Some(Role::Staff) => (
            visit.patient_name,
            Some(t::appointments::with(visit.doctor_name)),
        ),
        _ => (visit.patient_name, None),
    };
    view! {
        <li class="border-t border-base-300 first:border-t-0">
            <a
                href=Route::Appointment(visit.id).path()
                class="flex min-h-16 items-center gap-3 rounded-field px-2 py-3 hover:bg-base-200 focus-visible:bg-base-200"
                data-testid="visit-row"
            >
                <span class="min-w-0 grow sm:flex sm:items-center sm:gap-4">
                    <span class="block shrink-0 font-semibold tabular-nums sm:w-36">{range}</span>
                    <span class="block min-w-0">
                    <span class="block truncate font-medium">{main}</span>
                    {note
                        .map(|note| {
                            view! {
                                <span class="block truncate text-sm text-base-content/70">
                                    {note}
                                </span>
                            }
                        })}
                    {(!visit.reason.is_empty())
                        .then(|| {
                            view! {
                                <span class="block truncate text-sm text-base-content/70">
                                    {visit.reason}
                                </span>
                            }
                        })}
                    </span>
                </span>
                <StateBadge state=visit.state />
                <Icon name=IconName::ChevronRight class="rtl:rotate-180" />
            </a>
        </li>
    }
}
