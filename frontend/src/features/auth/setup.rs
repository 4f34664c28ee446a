//! First start: the clinic and its first administrator.

use js_sys::JsString;
use leptos::prelude::*;
use visita_wire::ErrorCode;
use visita_wire::auth::Setup;
use visita_wire::people::CreateHospital;

use super::frame::Frame;
use crate::i18n::{self, t};
use crate::intl;
use crate::parts::{Beside, FormFaults, NewPassword, ZoneField};
use crate::routes::Route;
use crate::state::config::Config;
use crate::state::session::Session;
use crate::ui::{Alert, Button, ButtonKind, Form, TextField};

/// `/setup#TOKEN`, the address that the server prints when nobody has an account.
#[component]
pub fn SetupPage() -> impl IntoView {
    let needed = Config::from_context().setup_needed();
    let token = RwSignal::new(take_token().unwrap_or_default());
    // Another link opened in this tab changes the fragment and loads no page.
    let listener = window_event_listener(leptos::ev::hashchange, move |_| {
        if let Some(other) = take_token() {
            token.set(other);
        }
    });
    on_cleanup(move || listener.remove());
    view! {
        <Frame title=t::auth::setup_title() text=t::auth::setup_text()>
            <Show
                when=move || needed.get() != Some(false)
                fallback=|| {
                    view! {
                        <Alert>
                            {t::auth::setup_done()} " "
                            <a class="link font-medium" href=Route::SignIn.path()>
                                {t::auth::sign_in()}
                            </a>
                        </Alert>
                    }
                }
            >
                <SetupForm token />
            </Show>
        </Frame>
    }
}

/// The token in the fragment, which leaves the address bar and the history at once.
fn take_token() -> Option<String> {
    let window = window();
    let hash = window.location().hash().ok()?;
    let token = hash.strip_prefix('#').filter(|token| !token.is_empty())?;
    let history = window.history().ok()?;
    let state = history.state().unwrap_or_default();
    // A browser that refuses shows a token that works once.
    let _ = history.replace_state_with_url(&state, "", Some(&Route::Setup.path()));
    Some(token.to_owned())
}

/// What was written.
#[derive(Clone, Copy)]
struct Inputs {
    token: RwSignal<String>,
    clinic: RwSignal<String>,
    time_zone: RwSignal<String>,
    phone: RwSignal<String>,
    name: RwSignal<String>,
    email: RwSignal<String>,
    password: RwSignal<String>,
}

impl Inputs {
    fn new(token: RwSignal<String>) -> Self {
        let empty = || RwSignal::new(String::new());
        Self {
            token,
            clinic: empty(),
            time_zone: RwSignal::new(intl::viewer_zone()),
            phone: empty(),
            name: empty(),
            email: empty(),
            password: empty(),
        }
    }

    fn body(self) -> Setup {
        let clinic = self.clinic.get_untracked();
        Setup {
            token: self.token.get_untracked().trim().to_owned(),
            hospital: CreateHospital {
                slug: slug(&clinic),
                name: clinic,
                time_zone: self.time_zone.get_untracked(),
                phone: self.phone.get_untracked(),
                address: String::new(),
            },
            name: self.name.get_untracked(),
            email: self.email.get_untracked(),
            password: self.password.get_untracked(),
            language: i18n::language(),
        }
    }
}

/// A short name for links, made of the clinic's name: `Clínica São José` is `clinica-sao-jose`.
fn slug(name: &str) -> String {
    // Accents become characters of their own, which are then left out.
    let apart = String::from(JsString::from(name).normalize("NFD"));
    let kept = apart
        .chars()
        .filter(|c| c.is_ascii() || c.is_alphanumeric());
    let mut slug = String::new();
    for c in kept.map(|c| c.to_ascii_lowercase()) {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(40);
    let slug = slug.trim_end_matches('-');
    // A name in another script has no short form here.
    if slug.len() < 2 { "clinic" } else { slug }.to_owned()
}

#[component]
fn SetupForm(
    /// From the address, or empty.
    token: RwSignal<String>,
) -> impl IntoView {
    let (session, config) = (Session::from_context(), Config::from_context());
    let inputs = Inputs::new(token);
    let faults = FormFaults::new();
    // Asked for only where the address had none or a bad one.
    let by_hand = RwSignal::new(token.with_untracked(String::is_empty));
    let send = Action::new_local(move |body: &Setup| {
        let body = body.clone();
        async move {
            let outcome = session.set_up(body).await;
            if matches!(&outcome, Err(fail) if fail.code == ErrorCode::SetupTokenInvalid) {
                by_hand.try_set(true);
            }
            if faults.take(outcome).is_some() {
                config.is_set_up();
            }
        }
    });
    let submit = move |()| {
        let body = inputs.body();
        if faults.filled(&[
            ("token", &body.token),
            ("hospital.name", &body.hospital.name),
            ("hospital.time_zone", &body.hospital.time_zone),
            ("name", &body.name),
            ("email", &body.email),
            ("password", &body.password),
        ]) {
            send.dispatch_local(body);
        }
    };
    view! {
        <Form error=faults.text() on_submit=submit>
            <Show when=move || by_hand.get()>
                <TextField
                    label=t::auth::setup_token()
                    value=token
                    hint=t::auth::setup_token_hint()
                    max_length=128_u32
                    error=faults.field("token")
                />
            </Show>
            <ClinicFields inputs faults />
            <AccountFields inputs faults />
            <Button kind=ButtonKind::Primary submit=true wide=true busy=send.pending()>
                {t::auth::setup_send()}
            </Button>
        </Form>
    }
}

#[component]
fn ClinicFields(
    /// What was written.
    inputs: Inputs,
    /// What is wrong.
    faults: FormFaults,
) -> impl IntoView {
    view! {
        <fieldset class="flex flex-col gap-4">
            <legend class="mb-2 text-lg font-semibold">{t::auth::clinic()}</legend>
            <TextField
                label=t::auth::setup_clinic_name()
                value=inputs.clinic
                hint=t::auth::setup_clinic_name_hint()
                autocomplete="organization"
                max_length=120_u32
                error=faults.field("hospital.name")
            />
            <ZoneField value=inputs.time_zone error=faults.field("hospital.time_zone") />
            <TextField
                label=t::people::phone()
                kind="tel"
                value=inputs.phone
                hint=t::people::phone_hint()
                autocomplete="tel"
                optional=true
                max_length=40_u32
                error=faults.field("hospital.phone")
            />
        </fieldset>
    }
}

#[component]
fn AccountFields(
    /// What was written.
    inputs: Inputs,
    /// What is wrong.
    faults: FormFaults,
) -> impl IntoView {
    view! {
        <fieldset class="flex flex-col gap-4">
            <legend class="mb-2 text-lg font-semibold">{t::auth::setup_account()}</legend>
            <TextField
                label=t::auth::name()
                value=inputs.name
                hint=t::auth::setup_name_hint()
                autocomplete="name"
                max_length=120_u32
                error=faults.field("name")
            />
            <TextField
                label=t::auth::email()
                kind="email"
                value=inputs.email
                hint=t::auth::email_hint()
                autocomplete="username"
                max_length=254_u32
                error=faults.field("email")
            />
            <NewPassword
                label=t::auth::password()
                value=inputs.password
                error=faults.field("password")
                beside=Beside::Unknown
            />
        </fieldset>
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::slug;

    #[wasm_bindgen_test]
    fn short_names_are_what_the_server_takes() {
        for (name, short) in [
            ("Harbour Health", "harbour-health"),
            (" Clínica  São José! ", "clinica-sao-jose"),
            ("24/7 Care", "24-7-care"),
            ("Клиника", "clinic"),
            ("X", "clinic"),
            ("", "clinic"),
        ] {
            assert_eq!(slug(name), short, "{name}");
        }
        assert_eq!(slug(&"a ".repeat(60)).len(), 39);
    }
}
