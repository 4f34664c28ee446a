//! A forgotten password.

use leptos::prelude::*;
use visita_wire::accounts::ForgotPassword;

use super::frame::Frame;
use super::sent::MailSent;
use crate::api;
use crate::i18n::t;
use crate::parts::FormFaults;
use crate::routes::Route;
use crate::ui::{Button, ButtonKind, Form, TextField};

/// `/forgot`.
#[component]
pub fn ForgotPage() -> impl IntoView {
    let sent = RwSignal::new(None::<i64>);
    view! {
        <Frame title=t::auth::forgot_title() text=t::auth::forgot_text()>
            {move || match sent.get() {
                Some(minutes) => view! { <MailSent minutes /> }.into_any(),
                None => view! { <ForgotForm sent /> }.into_any(),
            }}
            <a class="link link-primary font-medium" href=Route::SignIn.path()>
                {t::auth::back_to_sign_in()}
            </a>
        </Frame>
    }
}

#[component]
fn ForgotForm(
    /// Minutes of the link, once it was asked for.
    sent: RwSignal<Option<i64>>,
) -> impl IntoView {
    let email = RwSignal::new(String::new());
    let faults = FormFaults::new();
    let send = Action::new_local(move |email: &String| {
        let body = ForgotPassword {
            email: email.clone(),
        };
        async move {
            if let Some(accepted) = faults.take(api::accounts::forgot_password(&body).await) {
                sent.try_set(Some(accepted.valid_minutes));
            }
        }
    });
    let submit = move |()| {
        let email = email.get_untracked();
        if faults.filled(&[("email", &email)]) {
            send.dispatch_local(email);
        }
    };
    view! {
        <Form error=faults.text() on_submit=submit>
            <TextField
                label=t::auth::email()
                kind="email"
                value=email
                autocomplete="username"
                max_length=254_u32
                error=faults.field("email")
            />
            <Button kind=ButtonKind::Primary submit=true wide=true busy=send.pending()>
                {t::auth::forgot_send()}
            </Button>
        </Form>
    }
}
