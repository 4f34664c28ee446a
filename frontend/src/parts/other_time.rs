//! Any date and time of the clinic's clock, for reception.

use leptos::prelude::*;
use visita_domain::Ts;

use super::civil::Civil;
use super::zone::{civil_in, zone_name};
use crate::i18n::t;
use crate::state::clock::Clock;
use crate::state::session::Session;
use crate::ui::{Button, ButtonKind, DialogActions, Form, TextField};

/// A form for a time that may not be free.
#[component]
pub fn OtherTimeForm(
    /// The time, which lies in the future.
    #[prop(into)]
    on_pick: Callback<Ts>,
) -> impl IntoView {
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
        Some(at) => on_pick.run(at),
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
