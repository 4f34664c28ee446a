//! Sign up as a patient: the link that confirms the address comes by mail.

use leptos::prelude::*;
use visita_domain::HospitalId;
use visita_wire::accounts::Register;
use visita_wire::people::HospitalView;

use super::frame::Frame;
use super::sent::MailSent;
use crate::api;
use crate::i18n::{self, t};
use crate::parts::{FormFaults, Remote, remote};
use crate::routes::Route;
use crate::ui::{Alert, AlertKind, Button, ButtonKind, Choice, Form, SelectField, TextField};

/// `/register`.
#[component]
pub fn RegisterPage() -> impl IntoView {
    let hospitals = remote(|| api::people::list_hospitals(None));
    let sent = RwSignal::new(None::<i64>);
    view! {
        <Frame title=t::auth::register_title() text=t::auth::register_text()>
            <Show
                when=move || sent.get().is_none()
                fallback=move || view! { <MailSent minutes=sent.get().unwrap_or_default() /> }
            >
                <Remote data=hospitals let(page)>
                    <RegisterForm choices=open_to_patients(&page.items) sent />
                </Remote>
            </Show>
            <p class="text-base-content/80">
                {t::auth::have_account()} " "
                <a class="link link-primary font-medium" href=Route::SignIn.path()>
                    {t::auth::sign_in()}
                </a>
            </p>
        </Frame>
    }
}

fn open_to_patients(hospitals: &[HospitalView]) -> Vec<Choice> {
    let open = hospitals.iter().filter(|hospital| !hospital.archived);
    open.map(|hospital| Choice::new(hospital.id.to_string(), hospital.name.clone()))
        .collect()
}

#[component]
fn RegisterForm(
    /// The clinics that take patients.
    choices: Vec<Choice>,
    /// Minutes of the link, once it was asked for.
    sent: RwSignal<Option<i64>>,
) -> impl IntoView {
    let only = if let [only] = choices.as_slice() {
        only.value.clone()
    } else {
        String::new()
    };
    let none = choices.is_empty();
    let hospital = RwSignal::new(only);
    let name = RwSignal::new(String::new());
    let email = RwSignal::new(String::new());
    let faults = FormFaults::new();
    let send = Action::new_local(move |body: &Register| {
        let body = body.clone();
        async move {
            if let Some(accepted) = faults.take(api::accounts::register(&body).await) {
                sent.try_set(Some(accepted.valid_minutes));
            }
        }
    });
    let submit = move |()| {
        let (clinic, name, email) = (
            hospital.get_untracked(),
            name.get_untracked(),
            email.get_untracked(),
        );
        let required = [
            ("hospital_id", &*clinic),
            ("name", &name),
            ("email", &email),
        ];
        if faults.filled(&required)
            && let Ok(hospital_id) = clinic.parse::<HospitalId>()
        {
            send.dispatch_local(Register {
                hospital_id,
                name,
                email,
                language: i18n::language(),
            });
        }
    };
    if none {
        return view! { <Alert kind=AlertKind::Warning>{t::auth::clinic_none()}</Alert> }
            .into_any();
    }
    view! {
        <Form error=faults.text() on_submit=submit>
            <SelectField
                label=t::auth::clinic()
                value=hospital
                choices=choices
                none=t::auth::clinic_choose()
                error=faults.field("hospital_id")
            />
            <TextField
                label=t::auth::name()
                value=name
                hint=t::auth::name_hint()
                autocomplete="name"
                max_length=120_u32
                error=faults.field("name")
            />
            <TextField
                label=t::auth::email()
                kind="email"
                value=email
                hint=t::auth::email_hint()
                autocomplete="username"
                max_length=254_u32
                error=faults.field("email")
            />
            <Button kind=ButtonKind::Primary submit=true wide=true busy=send.pending()>
                {t::auth::create_account()}
            </Button>
        </Form>
    }
    .into_any()
}
