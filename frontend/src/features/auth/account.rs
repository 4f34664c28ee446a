//! `/account#PURPOSE.TOKEN`: where the links of mails lead.

use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use visita_domain::account::CodePurpose;
use visita_wire::accounts::{Activate, ResetPassword, VerifyEmail};

use super::frame::Frame;
use crate::api;
use crate::i18n::t;
use crate::parts::{Beside, FormFaults, NewPassword};
use crate::routes::Route;
use crate::state::session::Session;
use crate::ui::{Alert, AlertKind, Button, ButtonKind, Form};

/// What a link lets its holder do.
type Code = (CodePurpose, String);

/// The page. Open to whoever is signed in, too: a new address is confirmed by its owner.
#[component]
pub fn AccountPage() -> impl IntoView {
    let code = RwSignal::new(take_code());
    // Another link opened in this tab changes the fragment and loads no page.
    let listener = window_event_listener(leptos::ev::hashchange, move |_| {
        if let Some(other) = take_code() {
            code.set(Some(other));
        }
    });
    on_cleanup(move || listener.remove());
    move || match code.get() {
        Some((CodePurpose::Register | CodePurpose::Invite, token)) => {
            view! { <Welcome token /> }.into_any()
        }
        Some((CodePurpose::Reset, token)) => view! { <Reset token /> }.into_any(),
        Some((CodePurpose::Email, token)) => view! { <Confirm token /> }.into_any(),
        None => view! { <NoCode /> }.into_any(),
    }
}

/// Purpose and token in the fragment, which leaves the address bar and the history at once.
fn take_code() -> Option<Code> {
    let window = window();
    let hash = window.location().hash().ok()?;
    let (purpose, token) = hash.strip_prefix('#')?.split_once('.')?;
    let code = (CodePurpose::from_text(purpose)?, token.to_owned());
    let history = window.history().ok()?;
    let state = history.state().unwrap_or_default();
    // A browser that refuses shows a token that works once.
    let _ = history.replace_state_with_url(&state, "", Some(&Route::Account.path()));
    Some(code)
}

/// The page without its link: somebody typed the address or loaded it again.
#[component]
fn NoCode() -> impl IntoView {
    view! {
        <Frame title=t::auth::account_title() text="">
            <Alert kind=AlertKind::Warning>{t::auth::account_no_code()}</Alert>
            <ToSignIn />
        </Frame>
    }
}

#[component]
fn ToSignIn() -> impl IntoView {
    view! {
        <a class="link link-primary font-medium" href=Route::SignIn.path()>
            {t::auth::back_to_sign_in()}
        </a>
    }
}

/// The first password.
#[component]
fn Welcome(
    /// Of the link.
    token: String,
) -> impl IntoView {
    let session = Session::from_context();
    let navigate = use_navigate();
    let faults = FormFaults::new();
    let send = Action::new_local(move |password: &String| {
        let body = Activate {
            token: token.clone(),
            password: password.clone(),
            name: None,
        };
        let navigate = navigate.clone();
        async move {
            if faults.take(session.activate(body).await).is_some() {
                navigate(&Route::Home.path(), Default::default());
            }
        }
    });
    view! {
        <Frame title=t::auth::account_title() text=t::auth::account_text()>
            <PasswordForm faults send words=t::auth::account_send() />
        </Frame>
    }
}

/// Another password.
#[component]
fn Reset(
    /// Of the link.
    token: String,
) -> impl IntoView {
    let done = RwSignal::new(false);
    let faults = FormFaults::new();
    let send = Action::new_local(move |password: &String| {
        let body = ResetPassword {
            token: token.clone(),
            password: password.clone(),
        };
        async move {
            if faults
                .take(api::accounts::reset_password(&body).await)
                .is_some()
            {
                done.try_set(true);
            }
        }
    });
    view! {
        <Frame title=t::auth::reset_title() text=t::auth::reset_text()>
            <Show
                when=move || done.get()
                fallback=move || {
                    view! { <PasswordForm faults send words=t::auth::reset_send() /> }
                }
            >
                <Alert kind=AlertKind::Success>{t::auth::reset_done()}</Alert>
                <ToSignIn />
            </Show>
        </Frame>
    }
}

#[component]
fn PasswordForm(
    /// What is wrong.
    faults: FormFaults,
    /// Takes the password.
    send: Action<String, ()>,
    /// On the button.
    words: String,
) -> impl IntoView {
    let password = RwSignal::new(String::new());
    let submit = move |()| {
        let password = password.get_untracked();
        if faults.filled(&[("password", &password)]) {
            send.dispatch_local(password);
        }
    };
    view! {
        <Form error=faults.text() on_submit=submit>
            <NewPassword
                label=t::auth::password()
                value=password
                error=faults.field("password")
                beside=Beside::Unknown
            />
            <Button kind=ButtonKind::Primary submit=true wide=true busy=send.pending()>
                {words}
            </Button>
        </Form>
    }
}

/// A new address. Asks for a tap, because mail programs open links by themselves.
#[component]
fn Confirm(
    /// Of the link.
    token: String,
) -> impl IntoView {
    let done = RwSignal::new(false);
    let faults = FormFaults::new();
    let send = Action::new_local(move |(): &()| {
        let body = VerifyEmail {
            token: token.clone(),
        };
        async move {
            if faults
                .take(api::accounts::verify_email(&body).await)
                .is_some()
            {
                done.try_set(true);
            }
        }
    });
    view! {
        <Frame title=t::auth::confirm_title() text=t::auth::confirm_text()>
            <Show
                when=move || done.get()
                fallback=move || {
                    view! {
                        <Form
                            error=faults.text()
                            on_submit=move |()| {
                                send.dispatch_local(());
                            }
                        >
                            <Button
                                kind=ButtonKind::Primary
                                submit=true
                                wide=true
                                busy=send.pending()
                            >
                                {t::auth::confirm_send()}
                            </Button>
                        </Form>
                    }
                }
            >
                <Alert kind=AlertKind::Success>{t::auth::confirm_done()}</Alert>
                <a class="link link-primary font-medium" href=Route::Home.path()>
                    {t::auth::go_on()}
                </a>
            </Show>
        </Frame>
    }
}
