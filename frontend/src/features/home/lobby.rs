//! Who waits now, and for how long.

use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use visita_domain::AppointmentId;
use visita_domain::appointment::AppointmentState;
use visita_wire::appointments::{LobbyEntry, Presence};

use crate::api;
use crate::i18n::t;
use crate::intl;
use crate::parts::fail_text;
use crate::routes::Route;
use crate::state::clock::Clock;
use crate::state::toasts::Toasts;
use crate::ui::{Avatar, Button, ButtonKind, IconName, LinkButton, Section};

/// The waiting room.
#[component]
pub fn Lobby(
    /// Who waits, longest first.
    entries: Signal<Vec<LobbyEntry>>,
    /// The viewer is the doctor, who lets patients in; others see the doctor's name.
    #[prop(optional)]
    may_admit: bool,
    /// The lobby has changed by something done here.
    #[prop(optional, into)]
    on_change: Option<Callback<()>>,
) -> impl IntoView {
    // A row is built anew only when something in it changed, so that a press is not lost.
    let key = |entry: &LobbyEntry| (entry.appointment_id, entry.state, entry.presence);
    view! {
        <Section title=t::home::lobby()>
            <Show when=move || entries.with(Vec::is_empty)>
                <p class="text-base-content/70">{t::home::lobby_none()}</p>
            </Show>
            <ul class="rows">
                <For each=move || entries.get() key let(entry)>
                    <LobbyRow entry may_admit on_change />
                </For>
            </ul>
            <p class="sr-only" role="status">
                {move || entries.with(|entries| waiting_count(entries))}
            </p>
        </Section>
    }
}

#[component]
fn LobbyRow(
    /// Who waits.
    entry: LobbyEntry,
    /// The viewer lets patients in.
    may_admit: bool,
    /// The lobby has changed.
    on_change: Option<Callback<()>>,
) -> impl IntoView {
    let second = Clock::from_context().second();
    let since = entry.waiting_since;
    let in_call = entry.state == AppointmentState::InCall;
    let waiting = move || match in_call {
        true => t::home::in_call_for(),
        false => t::home::waiting_for(duration(second.get().secs_since(since))),
    };
    let who = (!may_admit).then(|| entry.doctor_name.clone());
    view! {
        <li class="flex flex-wrap items-center gap-x-3 gap-y-2 py-3">
            <Avatar name=entry.patient_name.clone() />
            <span class="min-w-0 flex-1">
                <span class="block truncate font-medium">{entry.patient_name}</span>
                <span class="block text-sm text-base-content/70">
                    {intl::time(entry.starts_at)}
                    {who.map(|doctor| format!(" · {doctor}"))} " · "
                    <span class="tabular-nums">{waiting}</span>
                </span>
                <Connected presence=entry.presence />
            </span>
            {may_admit
                .then(|| view! { <Admit id=entry.appointment_id in_call on_change /> })}
        </li>
    }
}

/// Whether the patient's page is connected; said only when it is not.
#[component]
fn Connected(
    /// How it is.
    presence: Presence,
) -> impl IntoView {
    let (class, words) = match presence {
        Presence::Online => ("text-success", t::home::presence_online()),
        Presence::Reconnecting => ("text-warning", t::home::presence_reconnecting()),
        Presence::Away => ("text-base-content/70", t::home::presence_away()),
    };
    view! { <span class=format!("block text-sm {class}")>{words}</span> }
}

#[component]
fn Admit(
    /// The visit.
    id: AppointmentId,
    /// The patient was let in already.
    in_call: bool,
    /// The lobby has changed.
    on_change: Option<Callback<()>>,
) -> impl IntoView {
    let toasts = Toasts::from_context();
    let navigate = use_navigate();
    let admit = Action::new_local(move |(): &()| {
        let navigate = navigate.clone();
        async move {
            match api::appointments::admit(id).await {
                Ok(_) => navigate(&Route::Visit(id).path(), Default::default()),
                Err(fail) => {
                    toasts.error(fail_text(&fail));
                    if let Some(on_change) = on_change {
                        on_change.run(());
                    }
                }
            }
        }
    });
    if in_call {
        return view! {
            <LinkButton
                href=Route::Visit(id).path()
                kind=ButtonKind::Primary
                icon=IconName::Video
            >
                {t::home::rejoin()}
            </LinkButton>
        }
        .into_any();
    }
    view! {
        <Button
            kind=ButtonKind::Primary
            icon=IconName::DoorOpen
            busy=admit.pending()
            on_click=move |()| drop(admit.dispatch_local(()))
        >
            {t::home::admit()}
        </Button>
    }
    .into_any()
}

fn waiting_count(entries: &[LobbyEntry]) -> String {
    let waiting = entries
        .iter()
        .filter(|entry| entry.state == AppointmentState::Arrived);
    t::home::waiting_count(i64::try_from(waiting.count()).unwrap_or(i64::MAX))
}

/// "12 min", "1 h 5 min".
fn duration(secs: i64) -> String {
    match secs.max(0) / 60 {
        0 => t::home::under_a_minute(),
        minutes if minutes < 60 => t::home::minutes(minutes),
        minutes => t::home::hours(minutes / 60, minutes % 60),
    }
}
