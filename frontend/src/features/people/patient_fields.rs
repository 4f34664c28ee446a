//! The fields of a patient's record, for registering and for changing one.

use leptos::prelude::*;
use visita_domain::people::Sex;
use visita_wire::people::PatientView;

use crate::i18n::t;
use crate::parts::{FormFaults, sex_name};
use crate::ui::{Choice, SelectField, TextField};

const SEXES: [Sex; 4] = [Sex::Unknown, Sex::Female, Sex::Male, Sex::Other];

/// What was written.
#[derive(Clone, Copy)]
pub struct PatientInputs {
    /// Name.
    pub name: RwSignal<String>,
    /// `YYYY-MM-DD` or empty.
    pub born: RwSignal<String>,
    sex: RwSignal<String>,
    /// Phone.
    pub phone: RwSignal<String>,
    /// The clinic's number of the record.
    pub record_number: RwSignal<String>,
    /// Whom to call.
    pub emergency: RwSignal<String>,
}

impl PatientInputs {
    /// For a new patient.
    #[must_use]
    pub fn empty() -> Self {
        let text = || RwSignal::new(String::new());
        Self {
            name: text(),
            born: text(),
            sex: RwSignal::new(sex_text(Sex::Unknown).to_owned()),
            phone: text(),
            record_number: text(),
            emergency: text(),
        }
    }

    /// For changing a record.
    #[must_use]
    pub fn of(patient: &PatientView) -> Self {
        let born = patient
            .date_of_birth
            .map(|date| date.to_string())
            .unwrap_or_default();
        Self {
            name: RwSignal::new(patient.name.clone()),
            born: RwSignal::new(born),
            sex: RwSignal::new(sex_text(patient.sex).to_owned()),
            phone: RwSignal::new(patient.phone.clone()),
            record_number: RwSignal::new(patient.record_number.clone()),
            emergency: RwSignal::new(patient.emergency_contact.clone()),
        }
    }

    /// The chosen sex.
    #[must_use]
    pub fn sex(self) -> Sex {
        let text = self.sex.get_untracked();
        SEXES
            .into_iter()
            .find(|sex| sex_text(*sex) == text)
            .unwrap_or(Sex::Unknown)
    }
}

fn sex_text(sex: Sex) -> &'static str {
    match sex {
        Sex::Female => "female",
        Sex::Male => "male",
        Sex::Other => "other",
        Sex::Unknown => "unknown",
    }
}

/// The fields.
#[component]
pub fn PatientFields(
    /// What was written.
    inputs: PatientInputs,
    /// What is wrong.
    faults: FormFaults,
    /// The record number is the clinic's to write.
    with_record_number: bool,
) -> impl IntoView {
    let sexes: Vec<Choice> = SEXES
        .into_iter()
        .map(|sex| Choice::new(sex_text(sex), sex_name(sex)))
        .collect();
    view! {
        <TextField
            label=t::people::name()
            value=inputs.name
            max_length=120_u32
            error=faults.field("name")
        />
        <div class="grid gap-4 sm:grid-cols-2">
            <TextField
                label=t::people::date_of_birth()
                kind="date"
                min="1900-01-01"
                value=inputs.born
                optional=true
                error=faults.field("date_of_birth")
            />
            <SelectField
                label=t::people::sex()
                value=inputs.sex
                choices=sexes
                error=faults.field("sex")
            />
            <TextField
                label=t::people::phone()
                kind="tel"
                value=inputs.phone
                optional=true
                max_length=40_u32
                error=faults.field("phone")
            />
            {with_record_number
                .then(|| {
                    view! {
                        <TextField
                            label=t::people::record_number()
                            value=inputs.record_number
                            optional=true
                            max_length=60_u32
                            error=faults.field("record_number")
                        />
                    }
                })}
        </div>
        <TextField
            label=t::people::emergency_contact()
            value=inputs.emergency
            hint=t::people::emergency_contact_hint()
            optional=true
            max_length=200_u32
            error=faults.field("emergency_contact")
        />
    }
}
