//! Proving again who one is, when the server asks for it.

use leptos::prelude::*;
use visita_wire::ErrorCode;
use visita_wire::second_factor::StepUp;

use super::CodeField;
use crate::api::{self, ApiFail};
use crate::i18n::t;
use crate::parts::{fail_text, require};
use crate::ui::{Button, ButtonKind, Dialog, DialogActions, Form};

/// What waits for a proof.
#[derive(Clone, Copy)]
pub struct StepUpGate {
    open: RwSignal<bool>,
    then: RwSignal<Option<Callback<()>>>,
}

impl StepUpGate {
    /// Nothing waits.
    #[must_use]
    pub fn new() -> Self {
        Self {
            open: RwSignal::new(false),
            then: RwSignal::new(None),
        }
    }

    /// True when the failure is only that the last proof is too old: the person is asked,
    /// and then `again` runs.
    pub fn catches(self, fail: &ApiFail, again: Callback<()>) -> bool {
        let asked = fail.code == ErrorCode::StepUpRequired;
        if asked {
            self.then.try_set(Some(again));
            self.open.try_set(true);
        }
        asked
    }

    fn pass(self) {
        self.open.try_set(false);
        if let Some(again) = self.then.try_update(Option::take).flatten() {
            again.run(());
        }
    }
}

/// Asks for a code. Only accounts with a second factor are ever asked.
#[component]
pub fn StepUpDialog(
    /// What waits.
    gate: StepUpGate,
) -> impl IntoView {
    view! {
        <Dialog open=gate.open title=t::security::step_up_title()>
            <StepUpForm gate />
        </Dialog>
    }
}

#[component]
fn StepUpForm(
    /// What waits.
    gate: StepUpGate,
) -> impl IntoView {
    let code = RwSignal::new(String::new());
    let fail = RwSignal::new(None::<ApiFail>);
    let send = Action::new_local(move |body: &StepUp| {
        let body = body.clone();
        async move {
            match api::second_factor::step_up(&body).await {
                Ok(()) => gate.pass(),
                Err(answer) => drop(fail.try_set(Some(answer))),
            }
        }
    });
    let submit = move |()| {
        let typed = code.get_untracked();
        match require(&[("code", &typed)]) {
            Some(missing) => fail.set(Some(missing)),
            None => drop(send.dispatch_local(StepUp {
                code: Some(typed),
                password: None,
            })),
        }
    };
    let error = Signal::derive(move || fail.with(|fail| fail.as_ref().map(fail_text)));
    view! {
        <p class="mb-4 text-base-content/80">{t::security::step_up_text()}</p>
        <Form on_submit=submit>
            <CodeField value=code error />
            <DialogActions>
                <Button kind=ButtonKind::Primary submit=true busy=send.pending()>
                    {t::security::confirm()}
                </Button>
            </DialogActions>
        </Form>
    }
}
