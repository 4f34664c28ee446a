//! The page: which days, what was read of them, and the board or the agenda.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use visita_domain::people::Role;
use visita_domain::{DoctorId, LocalDate};
use visita_wire::auth::Me;

use super::agenda::Agenda;
use super::ask::AskDialog;
use super::board::Board;
use super::card::{Steering, VisitCard};
use super::data::{Colleague, Visits, kept, load_colleagues, load_visits};
use super::grid::Grid;
use super::model::{hour_pixels, shown};
use super::{day, week};
use crate::api::{ApiFail, Outcome};
use crate::i18n::t;
use crate::intl;
use crate::parts::zone::{civil_in, today, zone_name};
use crate::parts::{fail_text, remote};
use crate::routes::Route;
use crate::shell::NotFoundPage;
use crate::state::clock::Clock;
use crate::state::session::Session;
use crate::state::socket::Socket;
use crate::ui::{
    Alert, AlertKind, Button, EmptyState, ErrorState, IconButton, IconName, PageHeader,
    SkeletonList,
};

/// What shows.
#[derive(Clone, PartialEq)]
enum Phase {
    Loading,
    Failed(ApiFail),
    Ready,
}

/// `/calendar`: the own week for doctors, the day over all doctors for reception.
#[component]
pub fn CalendarPage() -> impl IntoView {
    match Session::from_context().user_now() {
        Some(user) if matches!(user.role, Role::Doctor | Role::Staff) => {
            view! { <Loaded user /> }.into_any()
        }
        _ => view! { <NotFoundPage /> }.into_any(),
    }
}

/// What was read, and again and again.
#[derive(Clone, Copy)]
struct Reading {
    colleagues: LocalResource<Outcome<Vec<Colleague>>>,
    visits: LocalResource<Outcome<Visits>>,
    known: Memo<Option<Outcome<Vec<Colleague>>>>,
    seen: Memo<Option<Outcome<Visits>>>,
}

impl Reading {
    fn start(only: Option<DoctorId>, day: RwSignal<LocalDate>, zone: String) -> Self {
        let role_days = Memo::new(move |_| match only {
            Some(_) => week::days(day.get()),
            None => (day.get(), day.get()),
        });
        let news = Socket::from_context().appointments_changed();
        let colleagues = remote(move || load_colleagues(only));
        let visits = remote(move || {
            news.track();
            let (first, last) = role_days.get();
            load_visits(first, last, zone.clone())
        });
        Self {
            colleagues,
            visits,
            known: kept(colleagues),
            seen: kept(visits),
        }
    }

    fn phase(self) -> Phase {
        match (self.known.get(), self.seen.get()) {
            (Some(Err(fail)), _) | (_, Some(Err(fail))) => Phase::Failed(fail),
            (Some(Ok(_)), Some(Ok(_))) => Phase::Ready,
            _ => Phase::Loading,
        }
    }

    fn again(self) {
        self.colleagues.refetch();
        self.visits.refetch();
    }

    fn all_shown(self) -> bool {
        self.seen
            .with(|seen| !matches!(seen, Some(Ok(visits)) if !visits.complete))
    }

    /// True while the days on the screen are not those that were asked for.
    fn behind(self, day: LocalDate) -> bool {
        self.seen.with(|seen| match seen {
            Some(Ok(visits)) => !(visits.first..=visits.last).contains(&day),
            _ => false,
        })
    }

    fn board(self, role: Role, zone: String) -> Board {
        let named = zone.clone();
        let columns = Memo::new(move |_| match (self.known.get(), self.seen.get()) {
            (Some(Ok(known)), Some(Ok(seen))) if role == Role::Staff => {
                day::columns(&known, &seen, &named)
            }
            (Some(Ok(known)), Some(Ok(seen))) => week::columns(&known, &seen, &named),
            _ => Vec::new(),
        });
        Board {
            columns,
            shown: Memo::new(move |_| columns.with(|columns| shown(columns))),
            hour: Memo::new(move |_| columns.with(|columns| hour_pixels(columns))),
            zone: StoredValue::new(zone),
            role,
            motion: RwSignal::new(None),
            proposal: RwSignal::new(None),
            card: RwSignal::new(None),
            said: RwSignal::new(String::new()),
            notice: RwSignal::new(None),
            focus: RwSignal::new(None),
            reload: Callback::new(move |()| self.visits.refetch()),
        }
    }
}

/// The day of the address, else today, kept in the address from then on.
fn day_in_address(zone: &str) -> RwSignal<LocalDate> {
    let now = civil_in(Clock::read(), zone).map_or_else(today, |now| now.date);
    let asked = use_query_map()
        .get_untracked()
        .get_str("day")
        .and_then(|day| day.parse().ok());
    let day = RwSignal::new(asked.unwrap_or(now));
    let navigate = use_navigate();
    Effect::new(move |before: Option<LocalDate>| {
        let chosen = day.get();
        if before.is_some_and(|before| before != chosen) {
            let query = crate::api::Query::new().with("day", Some(chosen));
            let options = NavigateOptions {
                replace: true,
                scroll: false,
                ..NavigateOptions::default()
            };
            navigate(&query.on(&Route::Calendar.path()), options);
        }
        chosen
    });
    day
}

#[component]
fn Loaded(user: Me) -> impl IntoView {
    // Every member of a hospital has its zone; UTC only stands in for a platform account.
    let zone = user.time_zone.clone().unwrap_or_else(|| "UTC".to_owned());
    let day = day_in_address(&zone);
    let staff = user.role == Role::Staff;
    let only = (!staff).then(|| DoctorId::from(user.id));
    let reading = Reading::start(only, day, zone.clone());
    let board = reading.board(user.role, zone.clone());
    let phase = Memo::new(move |_| reading.phase());
    let far = (intl::viewer_zone() != zone).then(|| t::board::zone(zone_name(&zone)));
    let title = if staff {
        t::board::title_day()
    } else {
        t::board::title_week()
    };
    // What is on the move was taken from days that no longer show.
    Effect::new(move |_| {
        day.track();
        untrack(|| board.cancel());
    });
    view! {
        <div class="mx-auto flex w-full max-w-[100rem] flex-col gap-4">
            <PageHeader title text=Signal::stored(far) />
            <Toolbars day staff zone />
            {move || {
                board
                    .notice
                    .get()
                    .map(|words| view! { <Alert kind=AlertKind::Warning>{words}</Alert> })
            }}
            <Show when=move || !reading.all_shown()>
                <Alert kind=AlertKind::Warning>{t::board::too_many()}</Alert>
            </Show>
            <p class="sr-only" role="status" aria-live="assertive" data-testid="said">
                {move || board.said.get()}
            </p>
            <div aria-busy=move || reading.behind(day.get()).then_some("true")>
                {move || match phase.get() {
                    Phase::Loading => view! { <SkeletonList rows=6 /> }.into_any(),
                    Phase::Failed(fail) => {
                        view! {
                            <ErrorState text=fail_text(&fail) on_retry=move |()| reading.again() />
                        }
                            .into_any()
                    }
                    Phase::Ready => view! { <Body board day staff /> }.into_any(),
                }}
            </div>
            <Steering board />
        </div>
        <VisitCard board />
        <AskDialog board />
    }
}

#[component]
fn Body(board: Board, day: RwSignal<LocalDate>, staff: bool) -> impl IntoView {
    let empty = move || board.columns.with(Vec::is_empty);
    let idle = move || {
        board
            .columns
            .with(|columns| columns.iter().all(|column| column.blocks.is_empty()))
    };
    let label = if staff {
        t::board::title_day()
    } else {
        t::board::title_week()
    };
    let label = StoredValue::new(label);
    let frame = if staff { "" } else { "hidden lg:block" };
    view! {
        <Show
            when=move || !empty()
            fallback=|| {
                view! { <EmptyState icon=IconName::Calendar title=t::board::nobody() /> }
            }
        >
            <div class=frame>
                <div class="mb-2 text-sm text-base-content/70">
                    <Show when=move || !idle() fallback=|| view! { <p>{t::board::none()}</p> }>
                        <p class="pointer-coarse:hidden">{t::board::hint()}</p>
                        <p class="hidden pointer-coarse:block">{t::board::hint_touch()}</p>
                    </Show>
                </div>
                <Grid board label=label.get_value() />
            </div>
            {(!staff)
                .then(|| {
                    view! {
                        <div class="lg:hidden">
                            <Agenda board day />
                        </div>
                    }
                })}
        </Show>
    }
}

/// The way to other days: by weeks on the week's board, by days elsewhere.
#[component]
fn Toolbars(day: RwSignal<LocalDate>, staff: bool, zone: String) -> impl IntoView {
    let zone = StoredValue::new(zone);
    let week_words = move || {
        let (first, last) = week::days(day.get());
        t::board::range(intl::civil_day(first), intl::civil_date(last))
    };
    let day_words = move || intl::civil_day_long(day.get());
    if staff {
        view! { <Toolbar day days=1 zone class="flex" words=Signal::derive(day_words) /> }
            .into_any()
    } else {
        view! {
            <Toolbar day days=7 zone class="hidden lg:flex" words=Signal::derive(week_words) />
            <Toolbar day days=1 zone class="flex lg:hidden" words=Signal::derive(day_words) />
        }
        .into_any()
    }
}

#[component]
fn Toolbar(
    day: RwSignal<LocalDate>,
    /// How far one step goes, in days.
    days: i64,
    zone: StoredValue<String>,
    class: &'static str,
    words: Signal<String>,
) -> impl IntoView {
    let by_week = days > 1;
    let (before, after) = if by_week {
        (t::board::week_before(), t::board::week_after())
    } else {
        (t::board::day_before(), t::board::day_after())
    };
    let go_today = move |()| {
        let now = zone.with_value(|zone| civil_in(Clock::read(), zone));
        day.set(now.map_or_else(today, |now| now.date));
    };
    view! {
        <div class=format!("{class} flex-wrap items-center gap-2")>
            <IconButton
                icon=IconName::ChevronLeft
                label=before
                on_click=move |()| day.update(|day| *day = day.plus_days(-days))
            />
            <Button on_click=go_today>{t::board::today()}</Button>
            <IconButton
                icon=IconName::ChevronRight
                label=after
                on_click=move |()| day.update(|day| *day = day.plus_days(days))
            />
            <h2 class="min-w-0 text-lg font-semibold" aria-live="polite">{words}</h2>
        </div>
    }
}
