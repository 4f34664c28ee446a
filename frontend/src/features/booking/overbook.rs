//! Reception books outside the free times: any time, and a reason when it is not free.

use leptos::prelude::*;
use visita_domain::Ts;
use visita_domain::booking::Conflict;

use super::confirm::Attempt;
use super::flow::Flow;
use super::model::Choice;
use crate::i18n::t;
use crate::parts::civil::Civil;
use crate::parts::zone::{civil_in, zone_name};
use crate::state::clock::Clock;
use crate::state::session::Session;
use crate::ui::{
    Alert, AlertKind, Button, ButtonKind, Dialog, DialogActions, Form, TextArea, TextField,
};

/// Longest reason taken, in characters (the contract's limit).
const REASON_MAX: u32 = 400;

/// Says why the time is not free and asks why it is booked all the same.
#[component]
pub fn Overbook(attempt: Attempt) -> impl IntoView {
    let has = move |conflict| attempt.conflicts.with(|found| found.contains(&conflict));
    view! {
        <Alert kind=AlertKind::Warning>
            <p class="font-semibold">{t::booking::overbook_title()}</p>
            <Show when=move || has(Conflict::DoctorBusy)>
                <p>{t::booking::overbook_busy()}</p>
            </Show>
            <Show when=move || has(Conflict::OutsideAvailability)>
                <p>{t::booking::overbook_outside()}</p>
            </Show>
        </Alert>
        <TextArea
            label=t::booking::overbook_label()
            hint=t::booking::overbook_hint()
            value=attempt.overbook
            rows=2
            max_length=REASON_MAX
            error=Signal::derive(move || attempt.overbook_fault())
        />
    }
}

/// A button that opens a dialog for a date and a time of the clinic's clock.
#[component]
pub fn OtherTime(flow: Flow) -> impl IntoView {
    let open = RwSignal::new(false);
    view! {
        <div>
            <Button on_click=move |()| open.set(true)>{t::booking::other_time()}</Button>
        </div>
        <Dialog open title=t::booking::other_time_title()>
            <OtherTimeForm flow open />
        </Dialog>
    }
}

#[component]
fn OtherTimeForm(flow: Flow, open: RwSignal<bool>) -> impl IntoView {
    // Every member of a hospital has its zone; UTC only stands in for a platform account.
    let zone = Session::from_context()
        .clinic_zone()
        .get_untracked()
        .unwrap_or_else(|| "UTC".to_owned());
    let words = t::booking::other_time_text(zone_name(&zone));
    let date = RwSignal::new(String::new());
    let time = RwSignal::new(String::new());
    let invalid = RwSignal::new(false);
    let first = civil_in(Clock::read(), &zone).map(|now| now.date.to_string());
    let at = move || -> Option<Ts> {
        let civil = Civil {
            date: date.get_untracked().parse().ok()?,
            time: time.get_untracked().get(..5)?.parse().ok()?,
        };
        let at = civil.instant(|at| civil_in(at, &zone))?;
        (at > Clock::read()).then_some(at)
    };
    let submit = move |()| match at() {
        None => invalid.set(true),
        Some(at) => {
            open.set(false);
            flow.lost.set(Vec::new());
            flow.go(Choice {
                at: Some(at),
                ..flow.choice.get_untracked()
            });
        }
    };
    let error = Signal::derive(move || invalid.get().then(t::booking::other_invalid));
    view! {
        <Form on_submit=submit>
            <p class="text-base-content/80">{words}</p>
            <div class="grid gap-4 sm:grid-cols-2">
                <TextField
                    kind="date"
                    label=t::booking::other_date()
                    value=date
                    min=first.unwrap_or_default()
                />
                <TextField kind="time" label=t::booking::other_clock() value=time error />
            </div>
            <DialogActions>
                <Button kind=ButtonKind::Primary submit=true>
                    {t::booking::other_use()}
                </Button>
            </DialogActions>
        </Form>
    }
}
