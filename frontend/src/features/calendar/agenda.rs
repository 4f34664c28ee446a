//! One day as a list, for phones.

use leptos::prelude::*;
use visita_domain::LocalDate;

use super::board::Board;
use super::model::Block;
use crate::i18n::t;
use crate::intl;
use crate::parts::StateBadge;
use crate::routes::Route;
use crate::state::clock::Clock;
use crate::ui::{Card, EmptyState, IconName};

/// The visits of a day by time, with the present among them.
#[component]
pub fn Agenda(
    /// The board that holds the days.
    board: Board,
    /// Which day.
    #[prop(into)]
    day: Signal<LocalDate>,
) -> impl IntoView {
    let blocks = Memo::new(move |_| {
        board.columns.with(|columns| {
            let of_day = columns.iter().find(|column| column.date == day.get());
            of_day
                .map(|column| column.blocks.clone())
                .unwrap_or_default()
        })
    });
    // How many of the day's visits have begun; none on other days. The rows are drawn anew
    // only when that changes, not every minute.
    let minute = Clock::from_context().minute();
    let begun = Memo::new(move |_| {
        let now = minute.get();
        let today = board.civil(now).map(|now| now.date) == Some(day.get());
        let begun = |blocks: &Vec<Block>| {
            let earlier = |block: &&Block| block.visit.starts_at <= now;
            blocks.iter().filter(earlier).count()
        };
        today.then(|| blocks.with(begun))
    });
    let rows = move || {
        let begun = begun.get();
        let now = |at: usize| (begun == Some(at)).then(|| view! { <Now board /> });
        let blocks = blocks.get();
        let last = now(blocks.len());
        let rows = blocks
            .into_iter()
            .enumerate()
            .map(|(at, block)| view! { {now(at)} <Row board block /> })
            .collect_view();
        view! { {rows} {last} }
    };
    view! {
        <Card>
            <Show
                when=move || !blocks.with(Vec::is_empty)
                fallback=|| {
                    view! {
                        <EmptyState icon=IconName::Calendar title=t::board::day_none() />
                    }
                }
            >
                <ol class="rows" data-testid="agenda">
                    {rows}
                </ol>
            </Show>
        </Card>
    }
}

#[component]
fn Row(board: Board, block: Block) -> impl IntoView {
    let minute = Clock::from_context().minute();
    let visit = block.visit;
    let (starts_at, ends_at) = (visit.starts_at, visit.ends_at);
    let now = move || (starts_at..ends_at).contains(&minute.get());
    let clock = |at| {
        board
            .civil(at)
            .map_or_else(String::new, |civil| intl::time_of_day(civil.time))
    };
    view! {
        <li>
            <a
                class="row-link border-s-4 ps-3"
                class:border-transparent=move || !now()
                class:border-primary=now
                aria-current=move || now().then_some("time")
                href=Route::Appointment(visit.id).path()
            >
                <span class="w-12 shrink-0 text-sm tabular-nums">
                    <span class="block font-semibold">{clock(starts_at)}</span>
                    <span class="block text-base-content/70">{clock(ends_at)}</span>
                </span>
                <span class="min-w-0 flex-1">
                    <span class="block truncate font-medium">{visit.patient_name}</span>
                    <span class="line-clamp-2 text-sm break-words text-base-content/70">{visit.reason}</span>
                </span>
                <StateBadge state=visit.state />
            </a>
        </li>
    }
}

/// The present minute among the visits.
#[component]
fn Now(board: Board) -> impl IntoView {
    let minute = Clock::from_context().minute();
    let time = move || {
        let now = board.civil(minute.get());
        now.map_or_else(String::new, |now| intl::time_of_day(now.time))
    };
    view! {
        <li data-testid="agenda-now" class="flex items-center gap-2 py-1 text-xs font-semibold text-error">
            <span class="size-2.5 shrink-0 rounded-full bg-error" aria-hidden="true"></span>
            <span class="tabular-nums">{move || t::board::now(time())}</span>
            <span class="grow border-t-2 border-error" aria-hidden="true"></span>
        </li>
    }
}
