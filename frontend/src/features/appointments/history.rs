//! What happened to a visit, in plain words, on the clinic's clock: a history reads the same
//! to everybody who tells of it.

use leptos::prelude::*;
use visita_domain::appointment::ChangeKind;
use visita_domain::{AppointmentId, Ts};
use visita_wire::appointments::{ChangeView, HistoryView};

use crate::api::appointments::get_history;
use crate::i18n::t;
use crate::intl;
use crate::parts::zone::zone_name;
use crate::parts::{Remote, remote};
use crate::state::session::Session;
use crate::state::socket::Socket;
use crate::ui::Section;

/// The visit's history, oldest first; follows the visit.
#[component]
pub fn History(
    /// Whose.
    id: AppointmentId,
    /// Why it was cancelled.
    cancel_reason: Option<String>,
) -> impl IntoView {
    let news = Socket::from_context().appointments_changed();
    let data = remote(move || {
        news.track();
        get_history(id)
    });
    view! {
        <Section title=t::appointments::history()>
            <Remote data let:history>
                <Lines history cancel_reason=cancel_reason.clone() />
            </Remote>
        </Section>
    }
}

#[component]
fn Lines(history: HistoryView, cancel_reason: Option<String>) -> impl IntoView {
    let session = Session::from_context();
    let own_zone = intl::viewer_zone();
    let zone = session.clinic_zone().get_untracked();
    let zone = zone.unwrap_or_else(|| own_zone.clone());
    let far = (zone != own_zone).then(|| t::board::zone(zone_name(&zone)));
    let mut before = None;
    let mut rows = Vec::new();
    for change in history.items {
        let mut words = words(before.as_ref(), &change, &zone);
        if let (ChangeKind::Cancelled, Some(reason)) = (change.kind, &cancel_reason) {
            words = t::appointments::history_cancelled_for(reason);
        }
        let line = who_and_when(session, &change, &zone);
        rows.push(view! { <Line words line /> });
        before = Some(change);
    }
    view! {
        {far.map(|words| view! { <p class="mb-3 text-sm text-base-content/70">{words}</p> })}
        <ol class="flex flex-col gap-3" data-testid="history">
            {rows}
        </ol>
    }
}

fn who_and_when(session: Session, change: &ChangeView, zone: &str) -> String {
    let when = intl::date_time_in(change.at, zone);
    let own = session.user_now().map(|user| user.id);
    match &change.by {
        Some(by) if Some(by.id) == own => t::appointments::history_by_you(when),
        Some(by) => t::appointments::history_by(when, by.name.as_str()),
        None => t::appointments::history_by_itself(when),
    }
}

#[component]
fn Line(words: String, line: String) -> impl IntoView {
    view! {
        <li class="border-s-2 border-base-300 ps-3">
            <p class="font-medium break-words">{words}</p>
            <p class="text-sm text-base-content/70">{line}</p>
        </li>
    }
}

/// What a change made of the visit, told by what differs from the change before.
fn words(before: Option<&ChangeView>, change: &ChangeView, zone: &str) -> String {
    match change.kind {
        ChangeKind::Held => t::appointments::history_held(),
        ChangeKind::Booked => match change.starts_at {
            Some(at) => t::appointments::history_booked_for(when(at, zone)),
            None => t::appointments::history_booked(),
        },
        ChangeKind::Released => t::appointments::history_released(),
        ChangeKind::Moved => moved(before, change, zone),
        ChangeKind::Arrived => t::appointments::history_arrived(),
        ChangeKind::Left => t::appointments::history_left(),
        ChangeKind::Admitted => t::appointments::history_admitted(),
        ChangeKind::Finished => t::appointments::history_finished(),
        ChangeKind::Cancelled => t::appointments::history_cancelled(),
        ChangeKind::NoShow => t::appointments::history_no_show(),
    }
}

fn moved(before: Option<&ChangeView>, change: &ChangeView, zone: &str) -> String {
    let old_time = before.and_then(|before| before.starts_at);
    let old_doctor = before.and_then(|before| before.doctor_id);
    let mut parts = Vec::new();
    if let Some(at) = change.starts_at.filter(|at| Some(*at) != old_time) {
        parts.push(match old_time {
            Some(old) => t::appointments::history_moved(when(old, zone), when(at, zone)),
            None => t::appointments::history_moved_to(when(at, zone)),
        });
    }
    let given = change.doctor_id.is_some() && change.doctor_id != old_doctor;
    if let Some(name) = change.doctor_name.as_deref().filter(|_| given) {
        parts.push(t::appointments::history_given(name));
    }
    parts.join(" ")
}

fn when(at: Ts, zone: &str) -> String {
    let (day, time) = intl::day_and_time_in(at, zone);
    format!("{day}, {time}")
}
