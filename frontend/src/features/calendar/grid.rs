//! The board itself: a scale of hours, columns with work, visits and the present minute.

use leptos::html;
use leptos::prelude::*;
use visita_domain::LocalTime;
use visita_domain::appointment::AppointmentState;
use visita_domain::people::Role;

use super::board::{Board, Hand};
use super::drag::Handle;
use super::model::{Block, Column, Movable};
use crate::i18n::t;
use crate::intl;
use crate::parts::state_name;
use crate::state::clock::Clock;

/// Columns of visits under a row of heads. Scrolls inside itself, in both directions.
#[component]
pub fn Grid(
    /// What it shows.
    board: Board,
    /// What it is, for those who do not see it.
    label: String,
) -> impl IntoView {
    let area = NodeRef::<html::Div>::new();
    let frame = NodeRef::<html::Div>::new();
    let count = Memo::new(move |_| board.columns.with(Vec::len));
    // The working day, and today the present hour, is what one comes to see.
    Effect::new(move |done: Option<bool>| {
        let Some(frame) = frame.get() else {
            return false;
        };
        let ready = board.columns.with(|columns| !columns.is_empty());
        if ready && done != Some(true) {
            frame.set_scroll_top(start_of_view(board));
        }
        ready || done == Some(true)
    });
    // Widths are set, not found: heads and bodies are two grids that must agree.
    let least = if board.role == Role::Staff { 9 } else { 6 };
    let template = move || format!("4rem repeat({}, minmax({least}rem, 1fr))", count.get());
    let breadth = move || format!("{}rem", 4 + least * count.get());
    let height = move || format!("{}px", board.top(board.shown.get().until));
    // The bar that steers lies over the end of the board, so there is room to scroll past it.
    let steered = move || {
        board
            .motion
            .with(|m| m.as_ref().is_some_and(|m| m.hand == Hand::Keys))
    };
    let columns = move || {
        (0..count.get())
            .map(|index| view! { <ColumnBody board index /> })
            .collect_view()
    };
    view! {
        <div
            node_ref=frame
            role="region"
            aria-label=label
            tabindex="0"
            class="surface relative max-h-[calc(100dvh-26rem)] min-h-80 lg:max-h-[calc(100dvh-19rem)] overflow-auto overscroll-contain"
            class:pb-44=steered
        >
            <div class="sticky top-0 z-20 grid border-b border-base-300 bg-base-100" style:grid-template-columns=template
                style:min-width=breadth>
                <span class="sticky left-0 z-10 bg-base-100"></span>
                {move || {
                    board
                        .columns
                        .get()
                        .into_iter()
                        .map(|column| view! { <Head board column /> })
                        .collect_view()
                }}
            </div>
            <div class="grid" style:grid-template-columns=template
                style:min-width=breadth style:height=height>
                <Scale board />
                <div
                    node_ref=area
                    data-testid="board"
                    class="relative col-[2/-1] grid grid-flow-col auto-cols-fr"
                >
                    {columns}
                    <Ghost board count />
                </div>
            </div>
        </div>
        <Handle board area />
    }
}

fn start_of_view(board: Board) -> i32 {
    let now = board.civil(Clock::read());
    let today = board.columns.with_untracked(|columns| {
        columns
            .iter()
            .any(|c| now.is_some_and(|n| n.date == c.date))
    });
    let work = board.columns.with_untracked(|columns| {
        let starts = columns.iter().flat_map(|c| {
            let visits = c.blocks.iter().map(|block| block.span.from);
            c.hours.working.iter().map(|span| span.from).chain(visits)
        });
        starts.min()
    });
    let minute = match now.filter(|_| today) {
        Some(now) => now.time.minutes().saturating_sub(60),
        None => work.unwrap_or_default(),
    };
    #[expect(clippy::as_conversions, reason = "a few thousand pixels")]
    let pixels = untrack(|| board.top(minute)) as i32;
    pixels
}

#[component]
fn Head(board: Board, column: Column) -> impl IntoView {
    let minute = Clock::from_context().minute();
    let date = column.date;
    let today = move || {
        board
            .civil(minute.get())
            .is_some_and(|now| now.date == date)
    };
    let words = if board.role == Role::Staff {
        column.doctor_name
    } else {
        intl::civil_day(date)
    };
    let none = column.hours.working.is_empty().then(t::board::no_hours);
    view! {
        <div
            class="min-w-0 border-l border-base-300 px-2 py-2 text-center"
            class:text-primary=today
            aria-current=move || today().then_some("date")
        >
            <p class="truncate font-semibold" title=words.clone()>{words.clone()}</p>
            <p class="truncate text-xs text-base-content/70">{none}</p>
        </div>
    }
}

#[component]
fn Scale(board: Board) -> impl IntoView {
    let hours = move || {
        let shown = board.shown.get();
        (shown.from / 60..shown.until / 60)
            .map(|hour| {
                let time = LocalTime::from_minutes(hour * 60).unwrap_or(LocalTime::MIDNIGHT);
                view! {
                    <span
                        class="absolute right-2 text-xs text-base-content/70 tabular-nums"
                        style:top=move || format!("{}px", board.top(hour * 60))
                    >
                        {intl::time_of_day(time)}
                    </span>
                }
            })
            .collect_view()
    };
    view! { <div class="sticky left-0 z-10 bg-base-100" aria-hidden="true">{hours}</div> }
}

#[component]
fn ColumnBody(board: Board, index: usize) -> impl IntoView {
    let column = Memo::new(move |_| board.columns.with(|columns| columns.get(index).cloned()));
    let work = move || {
        let spans = column.with(|c| c.as_ref().map(|c| c.hours.working.clone()));
        spans
            .unwrap_or_default()
            .into_iter()
            .map(|span| {
                view! {
                    <div
                        class="absolute inset-x-0 bg-base-100"
                        style:top=move || format!("{}px", board.top(span.from))
                        style:height=move || {
                            format!("{}px", board.top(span.until) - board.top(span.from))
                        }
                    ></div>
                }
            })
            .collect_view()
    };
    let lines = move || {
        let shown = board.shown.get();
        (shown.from / 60..shown.until / 60)
            .map(|hour| {
                view! {
                    <div
                        class="absolute inset-x-0 border-t border-base-300"
                        style:top=move || format!("{}px", board.top(hour * 60))
                    ></div>
                }
            })
            .collect_view()
    };
    let blocks = move || column.get().map(|column| column.blocks).unwrap_or_default();
    view! {
        <div class="relative min-w-0 border-l border-base-300 bg-base-200" data-testid="column">
            {work}
            {lines}
            // Before the visits, so that it crosses out nobody's name.
            <NowLine board index />
            <ul>
                <For each=blocks key=|block| key(block) let:block>
                    <VisitBlock board block />
                </For>
            </ul>
        </div>
    }
}

/// A block is made anew only when something about it changed, so that the focus stays.
fn key(block: &Block) -> (visita_domain::AppointmentId, i64, u16, u16, u16) {
    (
        block.visit.id,
        block.visit.version,
        block.span.from,
        block.lane,
        block.lanes,
    )
}

fn tone(state: AppointmentState) -> &'static str {
    match state {
        AppointmentState::Booked => "border-primary bg-base-100 hover:bg-base-200",
        AppointmentState::Arrived => "border-warning bg-base-100 hover:bg-base-200",
        AppointmentState::InCall => "border-success bg-base-100 hover:bg-base-200",
        _ => "border-base-300 bg-base-200 hover:bg-base-300",
    }
}

#[component]
fn VisitBlock(board: Board, block: Block) -> impl IntoView {
    let Block {
        visit,
        span,
        lane,
        lanes,
    } = block;
    let id = visit.id;
    let movable = Movable::of(board.role, visit.state).any();
    let time =
        |minute| LocalTime::from_minutes(minute).map_or_else(|_| String::new(), intl::time_of_day);
    let when = format!("{} – {}", time(span.from), time(span.until));
    let state = state_name(visit.state);
    let label = format!("{}, {when}, {state}", visit.patient_name);
    let below = t::board::block(time(span.from), state);
    let moving = move || {
        board
            .motion
            .with(|motion| motion.as_ref().is_some_and(|motion| motion.visit.id == id))
    };
    let node = NodeRef::<html::Button>::new();
    // Who moved a visit goes on from it, although it is drawn anew in its new place.
    let version = visit.version;
    Effect::new(move |_| {
        if let (Some(node), true) = (node.get(), board.focus.get() == Some((id, version))) {
            board.focus.set(None);
            // Fails only for an element that has left the page.
            let _ = node.focus();
        }
    });
    let share = 100.0 / f64::from(lanes.max(1));
    let left = format!("{}%", share * f64::from(lane));
    let width = format!("calc({share}% - 2px)");
    let class = format!(
        "absolute flex min-h-11 flex-col overflow-hidden rounded-field border border-l-4 px-1.5 py-1 text-left text-xs leading-snug {}",
        tone(visit.state)
    );
    view! {
        <li>
            <button
                node_ref=node
                type="button"
                class=class
                class:opacity-40=moving
                class:cursor-grab=movable
                data-visit=id.to_string()
                data-testid="visit-block"
                aria-label=label
                aria-haspopup="dialog"
                aria-keyshortcuts=movable.then_some("M")
                style:top=move || format!("{}px", board.top(span.from))
                style:height=move || {
                    format!("{}px", board.top(span.until) - board.top(span.from) - 1.0)
                }
                style:left=left
                style:width=width
            >
                <span class="pointer-events-none block w-full truncate font-semibold">
                    {visit.patient_name.clone()}
                </span>
                <span class="pointer-events-none block w-full truncate text-base-content/70 tabular-nums">
                    {below.clone()}
                </span>
            </button>
        </li>
    }
}

/// The present minute, on today's columns.
#[component]
fn NowLine(board: Board, index: usize) -> impl IntoView {
    let minute = Clock::from_context().minute();
    let here = move || {
        let now = board.civil(minute.get())?;
        let date = board
            .columns
            .with(|columns| columns.get(index).map(|column| column.date))?;
        let at = now.time.minutes();
        let shown = board.shown.get();
        (now.date == date && shown.from <= at && at < shown.until).then_some(at)
    };
    move || {
        here().map(|at| {
            view! {
                <div
                    data-testid="now-line"
                    class="pointer-events-none absolute inset-x-0 border-t-2 border-error"
                    style:top=format!("{}px", board.top(at))
                >
                    <span class="absolute -top-1.5 -left-1 size-2.5 rounded-full bg-error"></span>
                </div>
            }
        })
    }
}

/// Where the visit on the move would stand, with the time in words.
#[component]
fn Ghost(board: Board, count: Memo<usize>) -> impl IntoView {
    let node = NodeRef::<html::Div>::new();
    // Keys may lead out of sight.
    Effect::new(move |_| {
        let target = board
            .motion
            .with(|m| m.as_ref().map(|m| (m.target, m.hand)));
        if let (Some((_, Hand::Keys)), Some(node)) = (target, node.get()) {
            let options = web_sys::ScrollIntoViewOptions::new();
            for way in ["block", "inline"] {
                // Setting a property of a plain object cannot fail.
                let _ = js_sys::Reflect::set(&options, &way.into(), &"nearest".into());
            }
            node.scroll_into_view_with_scroll_into_view_options(&options);
        }
    });
    let target = Memo::new(move |_| {
        board
            .motion
            .with(|motion| motion.as_ref().map(|m| (m.target, m.minutes)))
    });
    let shows = move || target.get().is_some();
    let column = move || target.get().map_or(0, |(place, _)| place.column);
    let share = move || 100.0 / f64::from(u32::try_from(count.get().max(1)).unwrap_or(1));
    let left = move || {
        let column = f64::from(u32::try_from(column()).unwrap_or_default());
        format!("{}%", share() * column)
    };
    let top = move || {
        target
            .get()
            .map_or(0.0, |(place, _)| board.top(place.minute))
    };
    let height = move || {
        let minutes = target.get().map_or(0, |(_, minutes)| minutes);
        f64::from(minutes) * f64::from(board.hour.get()) / 60.0
    };
    let words = move || {
        target
            .get()
            .map(|(place, _)| board.words(place))
            .unwrap_or_default()
    };
    view! {
        <Show when=shows>
            <div
                node_ref=node
                data-testid="target"
                class="pointer-events-none absolute z-10 min-h-11 scroll-m-16 scroll-mb-44 lg:scroll-mb-16 rounded-field border-2 border-dashed border-primary bg-base-100 p-1 text-xs leading-tight font-semibold text-primary"
                style:left=left
                style:top=move || format!("{}px", top())
                style:height=move || format!("{}px", height())
                style:width=move || format!("{}%", share())
            >
                {words}
            </div>
        </Show>
    }
}
