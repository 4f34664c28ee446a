//! How a visit's state and time are shown, the same everywhere.

use leptos::prelude::*;
use visita_domain::Ts;
use visita_domain::appointment::AppointmentState;

use crate::i18n::t;
use crate::intl;
use crate::state::clock::Clock;
use crate::state::session::Session;
use crate::ui::{Badge, Tone};

/// Where a visit stands.
#[component]
pub fn StateBadge(
    /// The state.
    state: AppointmentState,
) -> impl IntoView {
    let tone = match state {
        AppointmentState::Held | AppointmentState::Finished => Tone::Neutral,
        AppointmentState::Booked => Tone::Primary,
        AppointmentState::Arrived => Tone::Warning,
        AppointmentState::InCall => Tone::Success,
        AppointmentState::Cancelled | AppointmentState::NoShow => Tone::Error,
    };
    view! { <Badge tone>{state_name(state)}</Badge> }
}

/// The name of a state.
#[must_use]
pub fn state_name(state: AppointmentState) -> String {
    match state {
        AppointmentState::Held => t::visits::state_held(),
        AppointmentState::Booked => t::visits::state_booked(),
        AppointmentState::Arrived => t::visits::state_arrived(),
        AppointmentState::InCall => t::visits::state_in_call(),
        AppointmentState::Finished => t::visits::state_finished(),
        AppointmentState::Cancelled => t::visits::state_cancelled(),
        AppointmentState::NoShow => t::visits::state_no_show(),
    }
}

/// "Today, 14:30 – 14:50", and the clinic's time when its clock differs.
#[component]
pub fn VisitWhen(
    /// From.
    starts_at: Ts,
    /// Until before.
    ends_at: Ts,
) -> impl IntoView {
    let minute = Clock::from_context().minute();
    let zone = Session::from_context().clinic_zone();
    let day = move || day_word(starts_at, minute.get());
    let clinic =
        move || zone.with(|zone| zone.as_ref().and_then(|z| intl::clinic_time(starts_at, z)));
    view! {
        <span>
            <span class="font-medium">{day} ", " {intl::time_range(starts_at, ends_at)}</span>
            {move || {
                clinic()
                    .map(|time| {
                        view! {
                            <span class="block text-sm text-base-content/70">
                                {t::visits::clinic_time(time)}
                            </span>
                        }
                    })
            }}
        </span>
    }
}

/// "Today", "Tomorrow", or "Tue 24 Nov", as the viewer's calendar has it.
#[must_use]
pub fn day_word(at: Ts, now: Ts) -> String {
    let day = intl::civil_date_at(at, None);
    if day == intl::civil_date_at(now, None) {
        t::visits::today()
    } else if day == intl::civil_date_at(now, None).map(|today| today.plus_days(1)) {
        t::visits::tomorrow()
    } else {
        intl::day(at)
    }
}
