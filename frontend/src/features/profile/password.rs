//! Changing the password.

use leptos::prelude::*;
use visita_wire::ErrorCode;
use visita_wire::auth::ChangePassword;

use crate::api::{self, ApiFail};
use crate::i18n::t;
use crate::parts::{
    Beside, NewPassword, StepUpDialog, StepUpGate, fail_text, field_error, require,
};
use crate::state::toasts::Toasts;
use crate::ui::{
    Button, ButtonKind, Dialog, DialogActions, Form, IconName, PasswordField, Section,
};

/// The section.
#[component]
pub fn Password() -> impl IntoView {
    let open = RwSignal::new(false);
    let gate = StepUpGate::new();
    view! {
        <Section title=t::profile::password()>
            <div class="flex flex-wrap items-center justify-between gap-3">
                <p class="text-base-content/70">{t::profile::password_text()}</p>
                <Button icon=IconName::Key on_click=move |()| open.set(true)>
                    {t::profile::password_change()}
                </Button>
            </div>
            <Dialog open title=t::profile::password_change()>
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
    let current = RwSignal::new(String::new());
    let new = RwSignal::new(String::new());
    let fail = RwSignal::new(None::<ApiFail>);
    let again = RwSignal::new(None::<Callback<()>>);
    let factor = LocalResource::new(api::second_factor::status);
    // Until the answer is there, the stricter rule.
    let beside = Signal::derive(move || match factor.get() {
        Some(Ok(status)) if status.enrolled || status.required => Beside::Factor,
        _ => Beside::Nothing,
    });
    let send = Action::new_local(move |body: &ChangePassword| {
        let body = body.clone();
        async move {
            match api::auth::change_password(&body).await {
                Ok(()) => {
                    toasts.success(t::profile::password_changed());
                    open.try_set(false);
                }
                Err(answer) => {
                    let again = again.try_get_untracked().flatten();
                    if !again.is_some_and(|again| gate.catches(&answer, again)) {
                        fail.try_set(Some(answer));
                    }
                }
            }
        }
    });
    let submit = move |()| {
        let body = ChangePassword {
            current_password: Some(current.get_untracked()),
            new_password: new.get_untracked(),
        };
        let required = [
            (
                "current_password",
                body.current_password.as_deref().unwrap_or_default(),
            ),
            ("new_password", &*body.new_password),
        ];
        match require(&required) {
            Some(missing) => fail.set(Some(missing)),
            None => drop(send.dispatch_local(body)),
        }
    };
    again.set(Some(Callback::new(submit)));
    let of_code = move |code: ErrorCode| {
        fail.with(|fail| {
            fail.as_ref()
                .filter(|fail| fail.code == code)
                .map(fail_text)
        })
    };
    let current_error = field_error(fail.into(), "current_password");
    let new_fault = field_error(fail.into(), "new_password");
    let new_error = Signal::derive(move || new_fault.get().or(of_code(ErrorCode::WeakPassword)));
    let error = Signal::derive(move || {
        let shown_below = [ErrorCode::WrongPassword, ErrorCode::WeakPassword];
        fail.with(|fail| {
            let fail = fail
                .as_ref()
                .filter(|fail| !shown_below.contains(&fail.code));
            fail.map(fail_text)
        })
    });
    view! {
        <Form error on_submit=submit>
            <PasswordField
                label=t::profile::password_now()
                value=current
                autocomplete="current-password"
                error=current_error
            />
            <NewPassword label=t::profile::password_new() value=new error=new_error beside />
            <DialogActions>
                <Button kind=ButtonKind::Ghost on_click=move |()| open.set(false)>
                    {t::common::cancel()}
                </Button>
                <Button kind=ButtonKind::Primary submit=true busy=send.pending()>
                    {t::profile::password_change()}
                </Button>
            </DialogActions>
        </Form>
    }
}
