//! The fields of a hospital, for adding and for changing one.

use leptos::prelude::*;
use visita_wire::people::HospitalView;

use crate::i18n::t;
use crate::intl;
use crate::parts::{FormFaults, ZoneField};
use crate::ui::{TextArea, TextField};

/// What was written.
#[derive(Clone, Copy)]
pub struct HospitalInputs {
    /// Display name.
    pub name: RwSignal<String>,
    /// IANA zone.
    pub time_zone: RwSignal<String>,
    /// Phone for patients.
    pub phone: RwSignal<String>,
    /// Postal address.
    pub address: RwSignal<String>,
}

impl HospitalInputs {
    /// For a new hospital, in the viewer's zone.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            name: RwSignal::new(String::new()),
            time_zone: RwSignal::new(intl::viewer_zone()),
            phone: RwSignal::new(String::new()),
            address: RwSignal::new(String::new()),
        }
    }

    /// For changing a hospital.
    #[must_use]
    pub fn of(hospital: &HospitalView) -> Self {
        Self {
            name: RwSignal::new(hospital.name.clone()),
            time_zone: RwSignal::new(hospital.time_zone.clone()),
            phone: RwSignal::new(hospital.phone.clone()),
            address: RwSignal::new(hospital.address.clone()),
        }
    }
}

/// The fields.
#[component]
pub fn HospitalFields(
    /// What was written.
    inputs: HospitalInputs,
    /// What is wrong.
    faults: FormFaults,
    /// More fields after the name.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <TextField
            label=t::people::name()
            value=inputs.name
            max_length=120_u32
            error=faults.field("name")
        />
        {children.map(|children| children())}
        <ZoneField value=inputs.time_zone error=faults.field("time_zone") />
        <TextField
            label=t::people::phone()
            kind="tel"
            value=inputs.phone
            hint=t::people::phone_hint()
            optional=true
            max_length=40_u32
            error=faults.field("phone")
        />
        <TextArea
            label=t::people::address()
            value=inputs.address
            rows=3
            optional=true
            max_length=400_u32
            error=faults.field("address")
        />
    }
}
