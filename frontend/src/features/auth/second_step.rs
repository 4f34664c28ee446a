//! The code after the password.

use leptos::prelude::*;
use visita_wire::MfaToken;
use visita_wire::second_factor::VerifySecondFactor;

use crate::api::ApiFail;
use crate::i18n::t;
use crate::parts::{CodeField, fail_text, require};
use crate::state::session::Session;
use crate::ui::{Button, ButtonKind, Form};

/// Asks for the code that completes a sign-in.
#[component]
pub fn SecondStep(
    /// What the server gave for the password; none starts again.
    challenge: RwSignal<Option<MfaToken>>,
) -> impl IntoView {
    let session = Session::from_context();
    let code = RwSignal::new(String::new());
    let fail = RwSignal::new(None::<ApiFail>);
    let send = Action::new_local(move |body: &VerifySecondFactor| {
        let body = body.clone();
        async move {
            let outcome = session.verify(body).await;
            fail.try_set(outcome.err());
        }
    });
    let submit = move |()| {
        let Some(MfaToken(mfa_token)) = challenge.get_untracked() else {
            return;
        };
        let body = VerifySecondFactor {
            mfa_token,
            code: code.get_untracked(),
        };
        match require(&[("code", &body.code)]) {
            Some(missing) => fail.set(Some(missing)),
            None => drop(send.dispatch_local(body)),
        }
    };
    let error = Signal::derive(move || fail.with(|fail| fail.as_ref().map(fail_text)));
    view! {
        <p class="text-base-content/80">{t::security::sign_in_step()}</p>
        <Form on_submit=submit>
            <CodeField value=code error />
            <Button kind=ButtonKind::Primary submit=true wide=true busy=send.pending()>
                {t::security::go_on()}
            </Button>
            <Button kind=ButtonKind::Ghost wide=true on_click=move |()| challenge.set(None)>
                {t::security::start_again()}
            </Button>
        </Form>
    }
}
