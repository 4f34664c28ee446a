//! When: the doctor's free times, and for reception any other time.

use leptos::prelude::*;
use visita_domain::DoctorId;
use visita_domain::people::Role;
use visita_wire::availability::SlotView;

use super::flow::Flow;
use super::lost::Lost;
use super::overbook::OtherTime;
use super::summary::{DoctorLine, PatientLine};
use crate::parts::slots::SlotPicker;

/// Chooses a time of the chosen doctor.
#[component]
pub fn TimeStep(flow: Flow) -> impl IntoView {
    let doctor = Memo::new(move |_| flow.choice.get().doctor);
    move || {
        doctor.get().map(|doctor| {
            view! {
                <Lost flow doctor />
                <DoctorTimes flow doctor />
            }
        })
    }
}

#[component]
fn DoctorTimes(flow: Flow, doctor: DoctorId) -> impl IntoView {
    let pick = move |slot: SlotView| flow.pick(slot.starts_at);
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
