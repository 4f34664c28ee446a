//! When: the doctor's free times, and for reception any other time.

use leptos::prelude::*;
use visita_domain::DoctorId;
use visita_domain::booking::Conflict;
use visita_domain::people::Role;
use visita_wire::availability::SlotView;

use super::flow::Flow;
use super::model::Choice;
use super::overbook::OtherTime;
use super::summary::{DoctorLine, PatientLine};
use crate::i18n::t;
use crate::parts::slots::SlotPicker;
use crate::ui::{Alert, AlertKind};

/// Chooses a time of the chosen doctor.
#[component]
pub fn TimeStep(flow: Flow) -> impl IntoView {
    let doctor = Memo::new(move |_| flow.choice.get().doctor);
    view! {
        <Lost flow />
        {move || doctor.get().map(|doctor| view! { <DoctorTimes flow doctor /> })}
    }
}

#[component]
fn DoctorTimes(flow: Flow, doctor: DoctorId) -> impl IntoView {
    let pick = move |slot: SlotView| {
        flow.lost.set(Vec::new());
        flow.last.set(Some(slot.starts_at));
        flow.go(Choice {
            at: Some(slot.starts_at),
            ..flow.choice.get_untracked()
        });
    };
    let patient = flow.choice.get_untracked().patient;
    view! {
        <div class="flex flex-wrap gap-x-8 gap-y-2">
            {patient.map(|patient| view! { <PatientLine patient /> })}
            <DoctorLine doctor />
        </div>
        <SlotPicker doctor refresh=flow.refresh near=flow.last.get_untracked() on_pick=pick />
        {(flow.role == Role::Staff).then(|| view! { <OtherTime flow /> })}
    }
}

/// Why the last choice did not work out.
#[component]
fn Lost(flow: Flow) -> impl IntoView {
    let words = move || {
        let lost = flow.lost.get();
        let patient_busy = lost.contains(&Conflict::PatientBusy);
        if patient_busy && flow.role == Role::Patient {
            t::booking::taken_patient_busy()
        } else if patient_busy {
            t::booking::taken_patient_busy_staff()
        } else if lost.contains(&Conflict::InThePast) {
            t::booking::taken_past()
        } else if lost.contains(&Conflict::TooSoon) {
            t::booking::taken_too_soon()
        } else if lost.contains(&Conflict::TooFarAhead) {
            t::booking::taken_too_far()
        } else if lost.contains(&Conflict::DoctorBusy) {
            t::booking::taken_text()
        } else if lost.contains(&Conflict::HeldByAnother) {
            t::booking::taken_held()
        } else {
            t::booking::taken_outside()
        }
    };
    let title = move || {
        let faster = |lost: &Vec<Conflict>| {
            let taken =
                lost.contains(&Conflict::DoctorBusy) || lost.contains(&Conflict::HeldByAnother);
            taken && !lost.contains(&Conflict::PatientBusy)
        };
        if flow.lost.with(faster) {
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
            </Alert>
        </Show>
    }
}
