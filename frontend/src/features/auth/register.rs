//! Sign up as a patient.

use leptos::prelude::*;
use visita_domain::HospitalId;
use visita_wire::auth::Register;
use visita_wire::people::HospitalView;

use super::frame::Frame;
use crate::api::{self, ApiFail};
use crate::i18n::{self, t};
use crate::parts::{NewPassword, Remote, fail_text, field_error, remote, require};
use crate::routes::Route;
use crate::state::session::Session;
use crate::ui::{Alert, AlertKind, Button, ButtonKind, Choice, Form, SelectField, TextField};

/// `/register`.
#[component]
pub fn RegisterPage() -> impl IntoView {
    let hospitals = remote(|| api::people::list_hospitals(None));
    view! {
        <Frame title=t::auth::register_title() text=t::auth::register_text()>
            <Remote data=hospitals let(page)>
                <RegisterForm choices=open_to_patients(&page.items) />
            </Remote>
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
) -> impl IntoView {
    let session = Session::from_context();
    let only = if let [only] = choices.as_slice() {
        only.value.clone()
    } else {
        String::new()
    };
    let none = choices.is_empty();
    let hospital = RwSignal::new(only);
    let name = RwSignal::new(String::new());
    let email = RwSignal::new(String::new());
    let password = RwSignal::new(String::new());
    let fail = RwSignal::new(None::<ApiFail>);
    let send = Action::new_local(move |body: &Register| {
        let body = body.clone();
        async move {
            let outcome = session.register(body).await;
            fail.try_set(outcome.err());
        }
    });
    let submit = move |()| {
        let fields = (
            hospital.get_untracked(),
            name.get_untracked(),
            email.get_untracked(),
            password.get_untracked(),
        );
        let missing = require(&[
            ("hospital_id", &fields.0),
            ("name", &fields.1),
            ("email", &fields.2),
            ("password", &fields.3),
        ]);
        match (missing, fields.0.parse::<HospitalId>()) {
            (None, Ok(hospital_id)) => {
                let (_, name, email, password) = fields;
                let body = Register {
                    hospital_id,
                    name,
                    email,
                    password,
                    language: i18n::language(),
                };
                drop(send.dispatch_local(body));
            }
            (missing, _) => fail.set(missing),
        }
    };
    let error = Signal::derive(move || fail.with(|fail| fail.as_ref().map(fail_text)));
    if none {
        return view! { <Alert kind=AlertKind::Warning>{t::auth::clinic_none()}</Alert> }
            .into_any();
    }
    view! {
        <Form error on_submit=submit>
            <SelectField
                label=t::auth::clinic()
                value=hospital
                choices=choices
                none=t::auth::clinic_choose()
                error=field_error(fail.into(), "hospital_id")
            />
            <TextField
                label=t::auth::name()
                value=name
                hint=t::auth::name_hint()
                autocomplete="name"
                max_length=120_u32
                error=field_error(fail.into(), "name")
            />
            <TextField
                label=t::auth::email()
                kind="email"
                value=email
                hint=t::auth::email_hint()
                autocomplete="username"
                max_length=254_u32
                error=field_error(fail.into(), "email")
            />
            <NewPassword
                label=t::auth::password()
                value=password
                error=field_error(fail.into(), "password")
            />
            <Button kind=ButtonKind::Primary submit=true wide=true busy=send.pending()>
                {t::auth::create_account()}
            </Button>
        </Form>
    }
    .into_any()
}
