//! Changing the address.

use leptos::prelude::*;
use visita_wire::accounts::ChangeEmail;

use crate::api;
use crate::i18n::t;
use crate::parts::{FormFaults, StepUpDialog, StepUpGate};
use crate::state::session::Session;
use crate::state::toasts::Toasts;
use crate::ui::{
    Button, ButtonKind, Dialog, DialogActions, Form, IconName, PasswordField, Section, TextField,
};

/// The section.
#[component]
pub fn EmailAddress() -> impl IntoView {
    let open = RwSignal::new(false);
    let gate = StepUpGate::new();
    let own = Session::from_context().user_now().map(|me| me.email);
    view! {
        <Section title=t::profile::email()>
            <div class="flex flex-wrap items-center justify-between gap-3">
                <p class="break-all text-base-content/70">{own}</p>
                <Button icon=IconName::Mail on_click=move |()| open.set(true)>
                    {t::profile::email_change()}
                </Button>
            </div>
            <Dialog open title=t::profile::email_change()>
                <ChangeForm open gate />
            </Dialog>
            <StepUpDialog gate />
        </Section>
    }
}

#[component]
fn ChangeForm(
    /// The dialog.
    open: RwSignal<bool>,
    /// Asks for a proof when the server does.
    gate: StepUpGate,
) -> impl IntoView {
    let toasts = Toasts::from_context();
    let email = RwSignal::new(String::new());
    let password = RwSignal::new(String::new());
    let faults = FormFaults::new();
    let again = RwSignal::new(None::<Callback<()>>);
    let send = Action::new_local(move |body: &ChangeEmail| {
        let body = body.clone();
        async move {
            let outcome = api::accounts::change_email(&body).await;
            let retry = again.try_get_untracked().flatten();
            if let (Err(fail), Some(retry)) = (&outcome, retry)
                && gate.catches(fail, retry)
            {
                return;
            }
            if faults.take(outcome).is_some() {
                toasts.success(t::profile::email_sent());
                open.try_set(false);
            }
        }
    });
    let submit = move |()| {
        let body = ChangeEmail {
            email: email.get_untracked(),
            current_password: Some(password.get_untracked()),
        };
        let required = [
            ("email", &*body.email),
            (
                "current_password",
                body.current_password.as_deref().unwrap_or_default(),
            ),
        ];
        if faults.filled(&required) {
            send.dispatch_local(body);
        }
    };
    again.set(Some(Callback::new(submit)));
    view! {
        <Form error=faults.text() on_submit=submit>
            <p class="text-base-content/70">{t::profile::email_text()}</p>
            <TextField
                label=t::profile::email_new()
                kind="email"
                value=email
                autocomplete="email"
                max_length=254_u32
                error=faults.field("email")
            />
            <PasswordField
                label=t::profile::password_now()
                value=password
                autocomplete="current-password"
                error=faults.field("current_password")
            />
            <DialogActions>
                <Button kind=ButtonKind::Ghost on_click=move |()| open.set(false)>
                    {t::common::cancel()}
                </Button>
                <Button kind=ButtonKind::Primary submit=true busy=send.pending()>
                    {t::profile::email_change()}
                </Button>
            </DialogActions>
        </Form>
    }
}
