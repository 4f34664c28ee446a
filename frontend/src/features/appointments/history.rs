//! What happened to a visit, in plain words.

use leptos::prelude::*;
use visita_domain::AppointmentId;
use visita_domain::appointment::ChangeKind;
use visita_wire::appointments::{ChangeView, HistoryView};

use crate::api::appointments::get_history;
use crate::i18n::t;
use crate::intl;
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
    let mut before = None;
    let mut rows = Vec::new();
    for change in history.items {
        let mut words = words(before.as_ref(), &change);
        if let (ChangeKind::Cancelled, Some(reason)) = (change.kind, &cancel_reason) {
            words = t::appointments::history_cancelled_for(reason);
        }
        rows.push(view! { <Line words change=change.clone() /> });
        before = Some(change);
    }
    view! {
        <ol class="flex flex-col gap-3" data-testid="history">
            {rows}
        </ol>
    }
}

#[component]
fn Line(change: ChangeView, words: String) -> impl IntoView {
    let own = Session::from_context().user_now().map(|user| user.id);
    let by = change.by.map(|by| {
        if Some(by.id) == own {
            t::appointments::history_you()
        } else {
            by.name
        }
    });
    let when = intl::date_time(change.at);
    let line = match by {
        Some(name) => t::appointments::history_by(when, name),
        None => when,
    };
    view! {
        <li class="border-s-2 border-base-300 ps-3">
            <p class="font-medium break-words">{words}</p>
            <p class="text-sm text-base-content/70">{line}</p>
        </li>
    }
}

/// What a change made of the visit, told by what differs from the change before.
fn words(before: Option<&ChangeView>, change: &ChangeView) -> String {
    match change.kind {
        ChangeKind::Held => t::appointments::history_held(),
        ChangeKind::Booked => match change.starts_at {
            Some(at) => t::appointments::history_booked_for(when(at)),
            None => t::appointments::history_booked(),
        },
        ChangeKind::Released => t::appointments::history_released(),
        ChangeKind::Moved => moved(before, change),
        ChangeKind::Arrived => t::appointments::history_arrived(),
        ChangeKind::Left => t::appointments::history_left(),
        ChangeKind::Admitted => t::appointments::history_admitted(),
        ChangeKind::Finished => t::appointments::history_finished(),
        ChangeKind::Cancelled => t::appointments::history_cancelled(),
        ChangeKind::NoShow => t::appointments::history_no_show(),
    }
}

fn moved(before: Option<&ChangeView>, change: &ChangeView) -> String {
    let old_time = before.and_then(|before| before.starts_at);
    let old_doctor = before.and_then(|before| before.doctor_id);
    let mut parts = Vec::new();
    if let Some(at) = change.starts_at.filter(|at| Some(*at) != old_time) {
        parts.push(match old_time {
            Some(old) => t::appointments::history_moved(when(old), when(at)),
            None => t::appointments::history_moved_to(when(at)),
        });
    }
    let given = change.doctor_id.is_some() && change.doctor_id != old_doctor;
    if let Some(name) = change.doctor_name.as_deref().filter(|_| given) {
        parts.push(t::appointments::history_given(name));
    }
    parts.join(" ")
}

fn when(at: visita_domain::Ts) -> String {
    format!("{}, {}", intl::day_long(at), intl::time(at))
}
