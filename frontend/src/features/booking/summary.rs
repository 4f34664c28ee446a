//! Who and with whom, in one line each.

use leptos::prelude::*;
use visita_domain::{DoctorId, PatientId};

use crate::api::people::{get_doctor, get_patient};
use crate::i18n::t;
use crate::parts::{Remote, remote};
use crate::ui::{Avatar, Skeleton};

/// The chosen doctor.
#[component]
pub fn DoctorLine(doctor: DoctorId) -> impl IntoView {
    let data = remote(move || get_doctor(doctor));
    view! {
        <Remote data loading=LineSkeleton let:doctor>
            <Line label=t::booking::summary_who() name=doctor.name note=doctor.specialty />
        </Remote>
    }
}

/// The chosen patient.
#[component]
pub fn PatientLine(patient: PatientId) -> impl IntoView {
    let data = remote(move || get_patient(patient));
    view! {
        <Remote data loading=LineSkeleton let:patient>
            <Line
                label=t::booking::summary_patient()
                name=patient.name
                note=patient.record_number
            />
        </Remote>
    }
}

#[component]
fn Line(label: String, name: String, note: String) -> impl IntoView {
    view! {
        <div class="flex items-center gap-3">
            <Avatar name=name.clone() />
            <p>
                <span class="sr-only">{label} ": "</span>
                <span class="block font-medium">{name}</span>
                <span class="block text-sm text-base-content/70">{note}</span>
            </p>
        </div>
    }
}

#[component]
fn LineSkeleton() -> impl IntoView {
    view! { <Skeleton class="h-10 w-48" /> }
}
