//! What the edited hours make of next week, before anything is booked.

use leptos::prelude::*;

use super::editor::Editor;
use super::model::{CivilException, DayPreview, preview};
use crate::i18n::t;
use crate::intl;
use crate::parts::civil::{Civil, monday_of};
use crate::parts::zone::{civil_in, today};
use crate::state::clock::Clock;
use crate::ui::{Badge, Section, Tone};

/// The exceptions on the clinic's clock.
fn on_the_clock(editor: Editor) -> Vec<CivilException> {
    editor.zone.with_value(|zone| {
        editor.exceptions.with(|exceptions| {
            exceptions
                .iter()
                .filter_map(|exception| {
                    Some(CivilException {
                        kind: exception.kind,
                        from: civil_in(exception.starts_at, zone)?,
                        until: civil_in(exception.ends_at, zone)?,
                    })
                })
                .collect()
        })
    })
}

/// Next week, day by day.
#[component]
pub fn Preview(editor: Editor) -> impl IntoView {
    let now = editor.zone.with_value(|zone| civil_in(Clock::read(), zone));
    let monday = monday_of(now.map_or_else(today, |Civil { date, .. }| date)).plus_days(7);
    let exceptions = Memo::new(move |_| on_the_clock(editor));
    let days = move || {
        let visit = editor.visit_minutes();
        (0..7)
            .map(|day| {
                editor.plan.with(|plan| {
                    exceptions
                        .with(|exceptions| preview(plan, exceptions, visit, monday.plus_days(day)))
                })
            })
            .map(|day| view! { <Day day /> })
            .collect_view()
    };
    view! {
        <Section title=t::availability::preview()>
            <p class="mb-3 text-sm text-base-content/70">
                {t::availability::preview_hint(intl::civil_day(monday))}
            </p>
            <ul class="flex flex-col">{days}</ul>
        </Section>
    }
}

#[component]
fn Day(day: DayPreview) -> impl IntoView {
    let count = i64::try_from(day.starts.len()).unwrap_or(i64::MAX);
    let span = day
        .starts
        .first()
        .zip(day.starts.last())
        .map(|(first, last)| {
            t::availability::preview_first_last(intl::time_of_day(*first), intl::time_of_day(*last))
        });
    view! {
        <li class="flex min-h-10 flex-wrap items-center gap-x-3 border-t border-base-300 py-1 first:border-t-0">
            <span class="w-28 font-medium">{intl::civil_day(day.date)}</span>
            {match span {
                Some(span) => {
                    view! {
                        <span class="grow tabular-nums">{span}</span>
                        <span class="text-sm text-base-content/70">
                            {t::availability::preview_count(count)}
                        </span>
                    }
                        .into_any()
                }
                None => {
                    view! {
                        <span class="grow text-base-content/70">
                            {t::availability::preview_none()}
                        </span>
                    }
                        .into_any()
                }
            }}
            {day
                .time_off
                .then(|| view! { <Badge tone=Tone::Warning>{t::availability::time_off()}</Badge> })}
            {day
                .extra_hours
                .then(|| {
                    view! { <Badge tone=Tone::Success>{t::availability::extra_hours()}</Badge> }
                })}
        </li>
    }
}
