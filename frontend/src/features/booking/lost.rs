//! The time asked for cannot be had: why, and the free times nearest to it.

use leptos::prelude::*;
use visita_domain::booking::Conflict;
use visita_domain::people::Role;
use visita_domain::{DoctorId, Ts};

use super::flow::Flow;
use super::model::nearest;
use crate::api::availability::list_slots;
use crate::i18n::t;
use crate::intl;
use crate::parts::day_word;
use crate::parts::zone::{today, viewer_civil};
use crate::state::clock::Clock;
use crate::ui::{Alert, AlertKind, Button};

/// How many other times are offered at once.
const OFFERED: usize = 3;
/// Days after the wanted one in which other times are looked for.
const LOOK_AHEAD_DAYS: i64 = 14;

/// Why the last choice did not work out, and what is free instead.
#[component]
pub fn Lost(flow: Flow, doctor: DoctorId) -> impl IntoView {
    let words = move || flow.lost.with(|lost| why(lost, flow.role));
    let title = move || {
        if flow.lost.with(|lost| somebody_was_faster(lost)) {
            t::booking::taken_title()
        } else {
            t::booking::taken_title_other()
        }
    };
    view! {
        <Show when=move || !flow.lost.with(Vec::is_empty)>
            <Alert kind=AlertKind::Warning>
                <p class="font-semibold">{title}</p>
                <p>{words}</p>
                {flow.last.get_untracked().map(|wanted| view! { <Nearest flow doctor wanted /> })}
            </Alert>
        </Show>
    }
}

fn somebody_was_faster(lost: &[Conflict]) -> bool {
    let taken = lost.contains(&Conflict::DoctorBusy) || lost.contains(&Conflict::HeldByAnother);
    taken && !lost.contains(&Conflict::PatientBusy)
}

fn why(lost: &[Conflict], role: Role) -> String {
    let has = |conflict| lost.contains(&conflict);
    if has(Conflict::PatientBusy) && role == Role::Patient {
        t::booking::taken_patient_busy()
    } else if has(Conflict::PatientBusy) {
        t::booking::taken_patient_busy_staff()
    } else if has(Conflict::InThePast) {
        t::booking::taken_past()
    } else if has(Conflict::TooSoon) {
        t::booking::taken_too_soon()
    } else if has(Conflict::TooFarAhead) {
        t::booking::taken_too_far()
    } else if has(Conflict::DoctorBusy) {
        t::booking::taken_text()
    } else if has(Conflict::HeldByAnother) {
        t::booking::taken_held()
    } else {
        t::booking::taken_outside()
    }
}

/// The free times nearest to the wanted one. Says nothing when they cannot be read or there
/// are none: all times stand below.
#[component]
fn Nearest(flow: Flow, doctor: DoctorId, wanted: Ts) -> impl IntoView {
    // A day earlier than needed: the clinic's day may begin before the viewer's.
    let day = viewer_civil(wanted).map_or_else(today, |civil| civil.date);
    let from = day.max(today()).plus_days(-1);
    let found = LocalResource::new(move || {
        flow.refresh.track();
        list_slots(doctor, from, from.plus_days(LOOK_AHEAD_DAYS))
    });
    let offers = move || {
        let slots = found.get()?.ok()?;
        let near = nearest(&slots.slots, wanted, OFFERED);
        (!near.is_empty()).then_some(near)
    };
    move || {
        offers().map(|near| {
            view! {
                <div role="group" aria-label=t::booking::nearest() class="mt-3">
                    <p class="mb-2 font-medium">{t::booking::nearest()}</p>
                    <div class="flex flex-wrap gap-2" data-testid="nearest">
                        {near
                            .into_iter()
                            .map(|slot| {
                                let at = slot.starts_at;
                                let day = day_word(at, Clock::read());
                                view! {
                                    <Button on_click=move |()| flow.pick(at)>
                                        {format!("{day}, {}", intl::time(at))}
                                    </Button>
                                }
                            })
                            .collect_view()}
                    </div>
                </div>
            }
        })
    }
}
