//! Choosing a free time of a doctor: a month of days, and the times of one day.
//!
//! Times are laid out on the viewer's clock, and the clinic's zone is named when it
//! differs, so that nobody comes an hour early.

pub mod model;

use leptos::prelude::*;
use visita_domain::{DoctorId, LocalDate, Ts};
use visita_wire::availability::{SlotView, SlotsView};

use crate::api::availability::list_slots;
use crate::i18n::t;
use crate::intl;
use crate::parts::civil::Month;
use crate::parts::zone::{today, viewer_civil, zone_name};
use crate::parts::{Remote, remote};
use crate::ui::{EmptyState, IconButton, IconName, Skeleton};
use model::{DayPart, Days, PlacedSlot, by_day, by_part, opening_day, window};

/// The free times of a doctor, to choose one. Asks the server again whenever `refresh` changes.
#[component]
pub fn SlotPicker(
    /// Whose times.
    doctor: DoctorId,
    /// Changes when the times may have changed.
    #[prop(optional, into)]
    refresh: Signal<u32>,
    /// A time whose day is shown first, if it has free times.
    #[prop(optional_no_strip)]
    near: Option<Ts>,
    /// The chosen time.
    #[prop(into)]
    on_pick: Callback<SlotView>,
) -> impl IntoView {
    let today = today();
    let asked_month = RwSignal::new(None::<Month>);
    let asked_day = RwSignal::new(near.and_then(viewer_civil).map(|civil| civil.date));
    // The month goes with the answer, so that two months with nothing free are not the same.
    let found = remote(move || {
        refresh.track();
        let asked = asked_month.get();
        let (from, to) = window(asked.unwrap_or(Month::of(today)), today);
        async move {
            list_slots(doctor, from, to)
                .await
                .map(|slots| (asked, slots))
        }
    });
    view! {
        <Remote data=found loading=PickerSkeleton let((asked, found))>
            <Picker found asked asked_month asked_day today on_pick />
        </Remote>
    }
}

/// The month and the times, once the free times are known.
#[component]
fn Picker(
    found: SlotsView,
    /// The month that was asked for; none shows the first with something free.
    asked: Option<Month>,
    asked_month: RwSignal<Option<Month>>,
    asked_day: RwSignal<Option<LocalDate>>,
    today: LocalDate,
    on_pick: Callback<SlotView>,
) -> impl IntoView {
    let days = by_day(&found.slots, viewer_civil);
    if days.is_empty() && asked.is_none() {
        return view! { <NothingFree/> }.into_any();
    }
    let opening = opening_day(&days, asked_day.get_untracked());
    let month = asked
        .or_else(|| opening.map(Month::of))
        .unwrap_or(Month::of(today));
    let days = StoredValue::new(days);
    // A day of another month is not shown under this one.
    let day = Memo::new(move |_| {
        days.with_value(|days| {
            asked_day
                .get()
                .filter(|day| days.contains_key(day))
                .or(opening)
                .filter(|day| month.contains(*day))
        })
    });
    view! {
        <div class="grid gap-6 lg:grid-cols-2">
            <div>
                <Calendar month days day asked_month asked_day today/>
                <ZoneNote clinic=found.time_zone/>
            </div>
            <Times month days day asked_month asked_day on_pick/>
        </div>
    }
    .into_any()
}

/// A month of days; those with free times can be chosen.
#[component]
fn Calendar(
    month: Month,
    days: StoredValue<Days>,
    day: Memo<Option<LocalDate>>,
    asked_month: RwSignal<Option<Month>>,
    asked_day: RwSignal<Option<LocalDate>>,
    today: LocalDate,
) -> impl IntoView {
    let go = move |to: Month| {
        asked_day.set(None);
        asked_month.set(Some(to));
    };
    let weeks: Vec<_> = month
        .weeks()
        .into_iter()
        // Weeks that are over only push the free ones down.
        .filter(|week| week.last().is_some_and(|sunday| *sunday >= today))
        .collect();
    let heads: Vec<_> = weeks.first().cloned().unwrap_or_default();
    view! {
        <div class="mb-2 flex items-center justify-between">
            <IconButton
                icon=IconName::ChevronLeft
                label=t::booking::month_previous()
                class="rtl:rotate-180"
                disabled=month <= Month::of(today)
                on_click=move |()| go(month.previous())
            />
            <h3 class="text-lg font-semibold" aria-live="polite">
                {intl::civil_month(month.first())}
            </h3>
            <IconButton
                icon=IconName::ChevronRight
                label=t::booking::month_next()
                class="rtl:rotate-180"
                on_click=move |()| go(month.next())
            />
        </div>
        <div role="group" aria-label=t::booking::calendar()>
            <div class="grid grid-cols-7 gap-1 text-center text-xs text-base-content/70" aria-hidden="true">
                {heads
                    .into_iter()
                    .map(|day| view! { <span class="py-1">{intl::weekday_short(day)}</span> })
                    .collect_view()}
            </div>
            <div class="grid grid-cols-7 gap-1">
                {weeks
                    .into_iter()
                    .flatten()
                    .map(|date| {
                        if month.contains(date) {
                            view! { <DayCell date days day asked_day today/> }.into_any()
                        } else {
                            view! { <span></span> }.into_any()
                        }
                    })
                    .collect_view()}
            </div>
        </div>
    }
}

/// One day of the month.
#[component]
fn DayCell(
    date: LocalDate,
    days: StoredValue<Days>,
    day: Memo<Option<LocalDate>>,
    asked_day: RwSignal<Option<LocalDate>>,
    today: LocalDate,
) -> impl IntoView {
    let free = days.with_value(|days| days.get(&date).map_or(0, Vec::len));
    let name = intl::civil_day_long(date);
    if free == 0 {
        return view! {
            <span
                class="flex min-h-12 flex-col items-center justify-center rounded-field opacity-40"
                aria-hidden="true"
            >
                {date.day()}
            </span>
        }
        .into_any();
    }
    let chosen = move || day.get() == Some(date);
    view! {
        <button
            type="button"
            class="btn min-h-12 flex-col gap-0 px-0"
            class:btn-primary=chosen
            class:btn-soft=move || !chosen()
            class:font-bold=date == today
            aria-pressed=move || chosen().to_string()
            aria-label=t::booking::day_free(i64::try_from(free).unwrap_or(i64::MAX), name)
            on:click=move |_| asked_day.set(Some(date))
        >
            <span class="text-base leading-5">{date.day()}</span>
            <span class="text-xs leading-4 font-normal opacity-80">{free}</span>
        </button>
    }
    .into_any()
}

/// The free times of the chosen day.
#[component]
fn Times(
    month: Month,
    days: StoredValue<Days>,
    day: Memo<Option<LocalDate>>,
    asked_month: RwSignal<Option<Month>>,
    asked_day: RwSignal<Option<LocalDate>>,
    on_pick: Callback<SlotView>,
) -> impl IntoView {
    view! {
        <section aria-live="polite">
            {move || match day.get() {
                None => {
                    view! { <EmptyMonth month days asked_month asked_day/> }.into_any()
                }
                Some(date) => {
                    let parts = days
                        .with_value(|days| days.get(&date).map(|day| by_part(day)))
                        .unwrap_or_default();
                    view! {
                        <h3 class="mb-3 text-lg font-semibold">{intl::civil_day_long(date)}</h3>
                        {parts
                            .into_iter()
                            .map(|(part, slots)| view! { <Part part slots on_pick/> })
                            .collect_view()}
                    }
                        .into_any()
                }
            }}
        </section>
    }
}

/// One part of the day with its times.
#[component]
fn Part(part: DayPart, slots: Vec<PlacedSlot>, on_pick: Callback<SlotView>) -> impl IntoView {
    let name = match part {
        DayPart::Morning => t::booking::morning(),
        DayPart::Afternoon => t::booking::afternoon(),
        DayPart::Evening => t::booking::evening(),
    };
    let label = name.clone();
    view! {
        <div class="mb-4" role="group" aria-label=label>
            <h4 class="mb-2 text-sm font-medium text-base-content/70">{name}</h4>
            <div class="grid grid-cols-3 gap-2 sm:grid-cols-4">
                {slots
                    .into_iter()
                    .map(|placed| {
                        view! {
                            <button
                                type="button"
                                class="btn min-h-12 border-base-300 bg-base-100 px-1 text-base hover:border-primary"
                                data-testid="slot"
                                on:click=move |_| on_pick.run(placed.slot)
                            >
                                {intl::time(placed.slot.starts_at)}
                            </button>
                        }
                    })
                    .collect_view()}
            </div>
        </div>
    }
}

/// The month has nothing, but a later one may.
#[component]
fn EmptyMonth(
    month: Month,
    days: StoredValue<Days>,
    asked_month: RwSignal<Option<Month>>,
    asked_day: RwSignal<Option<LocalDate>>,
) -> impl IntoView {
    let next = days.with_value(|days| days.keys().find(|day| **day > month.last()).copied());
    view! {
        <div class="rounded-box bg-base-200 p-4">
            <p>{t::booking::times_none_month(intl::civil_month(month.first()))}</p>
            {next
                .map(|day| {
                    view! {
                        <button
                            type="button"
                            class="btn btn-outline mt-3 min-h-11"
                            on:click=move |_| {
                                asked_day.set(Some(day));
                                asked_month.set(Some(Month::of(day)));
                            }
                        >
                            {t::booking::times_jump(intl::civil_day_long(day))}
                        </button>
                    }
                })}
        </div>
    }
}

/// Nothing is free for as long as one looks ahead.
#[component]
fn NothingFree() -> impl IntoView {
    view! {
        <EmptyState
            icon=IconName::CalendarClock
            title=t::booking::times_none()
            text=t::booking::times_none_hint()
        />
    }
}

/// Whose clock the times are on.
#[component]
fn ZoneNote(
    /// IANA zone of the clinic.
    clinic: String,
) -> impl IntoView {
    let viewer = intl::viewer_zone();
    let text = if viewer == clinic {
        t::booking::zone_same(zone_name(&clinic))
    } else {
        t::booking::zone_differs(zone_name(&viewer), zone_name(&clinic))
    };
    view! { <p class="mt-3 text-sm text-base-content/70">{text}</p> }
}

#[component]
fn PickerSkeleton() -> impl IntoView {
    view! {
        <div class="grid gap-6 lg:grid-cols-2" aria-busy="true">
            <Skeleton class="h-72 w-full" />
            <Skeleton class="h-72 w-full" />
        </div>
    }
}
