//! The week: for every day the hours, to add, change, remove and copy.

use leptos::prelude::*;
use visita_domain::{LocalDate, Weekday};

use super::copy::CopyDialog;
use super::editor::Editor;
use super::model::{Fault, Interval};
use crate::i18n::t;
use crate::intl;
use crate::ui::{
    Button, ButtonKind, ButtonSize, IconButton, IconName, Section, TextField, unique_id,
};

/// The name of a weekday in the viewer's language.
#[must_use]
pub fn weekday_name(weekday: Weekday) -> String {
    // Any date on that weekday will do: the first week of 1970 began on a Thursday.
    let mut date = LocalDate::EPOCH;
    while date.weekday() != weekday {
        date = date.plus_days(1);
    }
    intl::weekday_long(date)
}

/// All seven days.
#[component]
pub fn Week(editor: Editor) -> impl IntoView {
    let copying = RwSignal::new(None::<Weekday>);
    let total = move || {
        let minutes = editor.plan.with(super::model::WeekPlan::weekly_minutes);
        t::availability::weekly_total(i64::from(minutes / 60))
    };
    view! {
        <Section
            title=t::availability::weekly()
            action=move || view! { <span class="text-base-content/70">{total}</span> }
        >
            <ul aria-label=t::availability::week_grid() class="divide-y divide-base-300">
                {Weekday::ALL
                    .into_iter()
                    .map(|weekday| view! { <Day editor weekday copying /> })
                    .collect_view()}
            </ul>
        </Section>
        <CopyDialog editor from=copying />
    }
}

#[component]
fn Day(editor: Editor, weekday: Weekday, copying: RwSignal<Option<Weekday>>) -> impl IntoView {
    let name = weekday_name(weekday);
    let keys = Memo::new(move |_| {
        editor.plan.with(|plan| {
            plan.day(weekday)
                .iter()
                .map(|interval| interval.key)
                .collect::<Vec<_>>()
        })
    });
    let is_off = move || keys.with(Vec::is_empty);
    let stored_name = StoredValue::new(name.clone());
    view! {
        <li class="grid gap-x-4 gap-y-2 py-4 first:pt-0 last:pb-0 sm:grid-cols-[7rem_1fr_auto]">
            <h3 class="flex min-h-11 items-center self-start font-semibold">{name}</h3>
            <div class="flex min-w-0 flex-col gap-2">
                <Show when=is_off>
                    <p class="flex min-h-11 items-center text-base-content/70">
                        {t::availability::day_off()}
                    </p>
                </Show>
                <For each=move || keys.get() key=|key| *key let:key>
                    <Hours editor weekday key name=stored_name.get_value() />
                </For>
            </div>
            <div class="flex items-start gap-1">
                <Button
                    kind=ButtonKind::Ghost
                    size=ButtonSize::Small
                    icon=IconName::Plus
                    on_click=move |()| editor.plan.update(|plan| plan.add(weekday))
                >
                    <span aria-hidden="true">{t::availability::add()}</span>
                    <span class="sr-only">
                        {t::availability::add_named(stored_name.get_value())}
                    </span>
                </Button>
                <Show when=move || !is_off()>
                    <IconButton
                        icon=IconName::Copy
                        label=t::availability::copy_named(stored_name.get_value())
                        on_click=move |()| copying.set(Some(weekday))
                    />
                </Show>
            </div>
        </li>
    }
}

/// One interval: two times, and what is wrong with them below.
#[component]
fn Hours(editor: Editor, weekday: Weekday, key: u32, name: String) -> impl IntoView {
    let interval = editor.plan.with_untracked(|plan| {
        plan.day(weekday)
            .iter()
            .find(|interval| interval.key == key)
            .cloned()
    });
    let note = unique_id("hours");
    let stored_name = StoredValue::new(name.clone());
    let fault = Memo::new(move |_| {
        let visit = editor.visit_minutes();
        editor.plan.with(|plan| plan.fault(weekday, key, visit))
    });
    let words = move || {
        fault.get().map(|fault| match fault {
            Fault::Missing => t::availability::fault_missing(),
            Fault::Reversed => t::availability::fault_reversed(),
            Fault::DaysReversed => t::availability::fault_days_reversed(),
            Fault::Overlaps => t::availability::fault_overlaps(),
            Fault::TooShort => t::availability::fault_too_short(i64::from(editor.visit_minutes())),
        })
    };
    let edit = move |change: fn(&mut Interval, String), text: String| {
        editor
            .plan
            .update(|plan| plan.edit(weekday, key, |interval| change(interval, text)));
    };
    let midnight = Memo::new(move |_| {
        editor.plan.with(|plan| {
            let mut day = plan.day(weekday).iter();
            day.find(|interval| interval.key == key)
                .and_then(midnight_words)
        })
    });
    let invalid = move || fault.get().is_some().then_some("true");
    let seasonal = RwSignal::new(interval.as_ref().is_some_and(is_seasonal));
    let days = interval
        .as_ref()
        .map(|interval| (interval.valid_from, interval.valid_until))
        .unwrap_or_default();
    let (from, until) = interval.map(|i| (i.from, i.until)).unwrap_or_default();
    // The inputs keep their own text: writing it back while one types would eat half a time.
    view! {
        <div>
            <div class="flex flex-wrap items-center gap-x-1">
                <input
                    type="time"
                    class="time-of-day input min-h-11 max-w-32 min-w-22 flex-1 px-2"
                    class:input-error=move || fault.get().is_some()
                    value=from
                    aria-label=t::availability::from_named(name.as_str())
                    aria-invalid=invalid
                    aria-describedby=note.clone()
                    on:input:target=move |event| {
                        edit(|interval, text| interval.from = text, event.target().value());
                    }
                />
                <span aria-hidden="true">"–"</span>
                <input
                    type="time"
                    class="time-of-day input min-h-11 max-w-32 min-w-22 flex-1 px-2"
                    class:input-error=move || fault.get().is_some()
                    value=until
                    aria-label=t::availability::until_named(name.as_str())
                    aria-invalid=invalid
                    aria-describedby=note.clone()
                    on:input:target=move |event| {
                        edit(|interval, text| interval.until = text, event.target().value());
                    }
                />
                <Show when=move || !seasonal.get()>
                    <IconButton
                        icon=IconName::CalendarClock
                        label=t::availability::season_named(stored_name.get_value())
                        on_click=move |()| seasonal.set(true)
                    />
                </Show>
                <IconButton
                    icon=IconName::Trash
                    label=t::availability::remove_named(name.as_str())
                    on_click=move |()| editor.plan.update(|plan| plan.remove(weekday, key))
                />
            </div>
            <p class="text-sm text-base-content/70 empty:hidden">{midnight}</p>
            <Show when=move || seasonal.get()>
                <Season editor weekday key days seasonal />
            </Show>
            <p id=note class="text-sm font-medium text-error empty:hidden" role="status">
                {words}
            </p>
        </div>
    }
}

/// Says in words what "00:00" at the end means.
fn midnight_words(interval: &Interval) -> Option<String> {
    let midnight = |text: &str| text == "00:00";
    match (midnight(&interval.from), midnight(&interval.until)) {
        (true, true) => Some(t::availability::whole_day()),
        (false, true) => Some(t::availability::until_midnight()),
        (_, false) => None,
    }
}

fn is_seasonal(interval: &Interval) -> bool {
    interval.valid_from.is_some() || interval.valid_until.is_some()
}

/// The first and the last day on which hours count; without a day they count for ever.
#[component]
fn Season(
    editor: Editor,
    weekday: Weekday,
    key: u32,
    /// As they were when the row was made.
    days: (Option<LocalDate>, Option<LocalDate>),
    seasonal: RwSignal<bool>,
) -> impl IntoView {
    let text = |day: Option<LocalDate>| day.map(|day| day.to_string()).unwrap_or_default();
    let edit = move |change: fn(&mut Interval, Option<LocalDate>), text: &str| {
        let day = text.parse().ok();
        editor
            .plan
            .update(|plan| plan.edit(weekday, key, |interval| change(interval, day)));
    };
    let (from, until) = (RwSignal::new(text(days.0)), RwSignal::new(text(days.1)));
    Effect::new(move |_| from.with(|text| edit(|interval, day| interval.valid_from = day, text)));
    Effect::new(move |_| until.with(|text| edit(|interval, day| interval.valid_until = day, text)));
    let always = move |()| {
        from.set(String::new());
        until.set(String::new());
        edit(|interval, day| interval.valid_from = day, "");
        edit(|interval, day| interval.valid_until = day, "");
        seasonal.set(false);
    };
    view! {
        <div class="mt-2 grid gap-2 border-s-2 border-base-300 ps-3 sm:grid-cols-2">
            <TextField kind="date" label=t::availability::season_first() value=from optional=true />
            <TextField kind="date" label=t::availability::season_last() value=until optional=true />
            <div class="flex flex-wrap items-center justify-between gap-2 sm:col-span-2">
                <p class="text-sm text-base-content/70">{t::availability::season_hint()}</p>
                <Button kind=ButtonKind::Ghost size=ButtonSize::Small on_click=always>
                    {t::availability::season_always()}
                </Button>
            </div>
        </div>
    }
}
