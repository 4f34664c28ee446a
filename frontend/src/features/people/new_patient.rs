//! Reception registers a patient.

use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use visita_wire::people::CreatePatient;

use super::patient_fields::{PatientFields, PatientInputs};
use crate::api;
use crate::i18n::t;
use crate::parts::FormFaults;
use crate::routes::Route;
use crate::state::toasts::Toasts;
use crate::ui::{Button, ButtonKind, Card, Form, Page, PageHeader, TextField};

/// `/patients/new`.
#[component]
pub fn NewPatientPage() -> impl IntoView {
    let toasts = Toasts::from_context();
    let navigate = use_navigate();
    let inputs = PatientInputs::empty();
    let email = RwSignal::new(String::new());
    let faults = FormFaults::new();
    let send = Action::new_local(move |body: &CreatePatient| {
        let (body, navigate) = (body.clone(), navigate.clone());
        async move {
            if let Some(patient) = faults.take(api::people::create_patient(&body).await) {
                toasts.success(t::people::invited());
                navigate(&Route::Patient(patient.id).path(), Default::default());
            }
        }
    });
    let submit = move |()| {
        let body = CreatePatient {
            name: inputs.name.get_untracked(),
            email: email.get_untracked(),
            date_of_birth: inputs.born.get_untracked().parse().ok(),
            sex: Some(inputs.sex()),
            phone: inputs.phone.get_untracked(),
            record_number: inputs.record_number.get_untracked(),
            emergency_contact: inputs.emergency.get_untracked(),
        };
        let required = [("name", &*body.name), ("email", &*body.email)];
        if faults.filled(&required) {
            send.dispatch_local(body);
        }
    };
    view! {
        <Page narrow=true>
            <PageHeader
                title=t::people::patient_new()
                text=t::people::user_new_text()
                back=(Route::Patients.path(), t::people::patients())
            />
            <Card>
                <Form error=faults.text() on_submit=submit>
                    <PatientFields inputs faults with_record_number=true />
                    <TextField
                        label=t::people::email()
                        kind="email"
                        value=email
                        max_length=254_u32
                        error=faults.field("email")
                    />
                    <div class="flex justify-end">
                        <Button kind=ButtonKind::Primary submit=true busy=send.pending()>
                            {t::people::patient_new()}
                        </Button>
                    </div>
                </Form>
            </Card>
        </Page>
    }
}
