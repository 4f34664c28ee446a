//! Sign in.

use leptos::prelude::*;
use visita_wire::MfaToken;
use visita_wire::auth::Login;
use visita_wire::config::DemoAccount;

use super::frame::Frame;
use super::second_step::SecondStep;
use crate::api::ApiFail;
use crate::i18n::t;
use crate::parts::{fail_text, field_error, require, role_name};
use crate::routes::Route;
use crate::state::config::Config;
use crate::state::session::Session;
use crate::ui::{Alert, AlertKind, Avatar, Button, ButtonKind, Form, PasswordField, TextField};

/// `/sign-in`. When it works, the guard around it goes on to the wanted page.
#[component]
pub fn SignInPage() -> impl IntoView {
    let needed = Config::from_context().setup_needed();
    view! {
        <Frame title=t::auth::sign_in_title() text=t::auth::sign_in_text()>
            <Show when=move || needed.get() != Some(true) fallback=SetupNeeded>
                <SignIn />
            </Show>
        </Frame>
    }
}

/// What to do where nobody has an account yet.
#[component]
fn SetupNeeded() -> impl IntoView {
    view! {
        <Alert kind=AlertKind::Warning>
            <p>{t::auth::setup_needed()}</p>
            <a class="link flex min-h-11 items-center font-medium" href=Route::Setup.path()>
                {t::auth::setup_by_code()}
            </a>
        </Alert>
    }
}

/// The password, then the code where the account has a second factor.
#[component]
fn SignIn() -> impl IntoView {
    let challenge = RwSignal::new(None::<MfaToken>);
    view! {
        <Show
            when=move || challenge.with(Option::is_some)
            fallback=move || view! { <FirstStep challenge /> }
        >
            <SecondStep challenge />
        </Show>
    }
}

#[component]
fn FirstStep(
    /// Takes what goes on with a code.
    challenge: RwSignal<Option<MfaToken>>,
) -> impl IntoView {
    let session = Session::from_context();
    let email = RwSignal::new(String::new());
    let password = RwSignal::new(String::new());
    let fail = RwSignal::new(None::<ApiFail>);
    let send = Action::new_local(move |login: &Login| {
        let login = login.clone();
        async move {
            let mut outcome = session.sign_in(login).await.err();
            let token = outcome.as_mut().and_then(|fail| fail.mfa_token.take());
            if token.is_some() {
                challenge.try_set(token);
            } else {
                fail.try_set(outcome);
            }
        }
    });
    let submit = move |()| {
        let login = Login {
            email: email.get_untracked(),
            password: password.get_untracked(),
        };
        match require(&[("email", &login.email), ("password", &login.password)]) {
            Some(missing) => fail.set(Some(missing)),
            None => drop(send.dispatch_local(login)),
        }
    };
    let error = Signal::derive(move || fail.with(|fail| fail.as_ref().map(fail_text)));
    view! {
        <Form error on_submit=submit>
            <TextField
                label=t::auth::email()
                kind="email"
                value=email
                autocomplete="username"
                max_length=254_u32
                error=field_error(fail.into(), "email")
            />
            <PasswordField
                label=t::auth::password()
                value=password
                autocomplete="current-password"
                error=field_error(fail.into(), "password")
            />
            <Button kind=ButtonKind::Primary submit=true wide=true busy=send.pending()>
                {t::auth::sign_in()}
            </Button>
        </Form>
        <a class="link link-primary font-medium" href=Route::Forgot.path()>
            {t::auth::forgot_link()}
        </a>
        <p class="text-base-content/80">
            {t::auth::new_here()} " "
            <a class="link link-primary font-medium" href=Route::Register.path()>
                {t::auth::create_account()}
            </a>
        </p>
        <DemoAccounts on_choose=move |account: DemoAccount| {
            fail.set(None);
            email.set(account.email);
            password.set(account.password);
        } />
    }
}

/// The accounts of a demo clinic: one of each role, and the others on demand. Nothing elsewhere.
#[component]
fn DemoAccounts(
    /// Takes the chosen one.
    #[prop(into)]
    on_choose: Callback<DemoAccount>,
) -> impl IntoView {
    let view = Config::from_context().view();
    let accounts = Memo::new(move |_| {
        view.with(|view| {
            view.as_ref()
                .map(|v| v.demo_accounts.clone())
                .unwrap_or_default()
        })
    });
    let list = move |accounts: Vec<DemoAccount>| {
        let buttons = accounts
            .into_iter()
            .map(|account| demo_button(account, on_choose));
        view! { <ul class="grid gap-2 sm:grid-cols-2">{buttons.collect_view()}</ul> }
    };
    let sections = move || {
        let (first, more) = first_of_each_role(accounts.get());
        let others = !more.is_empty();
        view! {
            {list(first)}
            {others
                .then(|| {
                    view! {
                        <details class="mt-2">
                            <summary class="flex min-h-11 cursor-pointer items-center font-medium text-primary">
                                {t::auth::demo_more()}
                            </summary>
                            {list(more)}
                        </details>
                    }
                })}
        }
    };
    view! {
        <Show when=move || accounts.with(|accounts| !accounts.is_empty())>
            <section class="surface p-4">
                <h2 class="font-semibold">{t::auth::demo_title()}</h2>
                <p class="mb-3 text-sm text-base-content/70">{t::auth::demo_text()}</p>
                {sections}
            </section>
        </Show>
    }
}

/// The first account of each role, and all others.
fn first_of_each_role(accounts: Vec<DemoAccount>) -> (Vec<DemoAccount>, Vec<DemoAccount>) {
    let mut seen = Vec::new();
    accounts.into_iter().partition(|account| {
        let new = !seen.contains(&account.role);
        seen.push(account.role);
        new
    })
}

fn demo_button(account: DemoAccount, on_choose: Callback<DemoAccount>) -> impl IntoView {
    let name = account.name.clone();
    let role = role_name(account.role);
    view! {
        <li>
            <button
                type="button"
                class="flex min-h-14 w-full items-center gap-3 rounded-field border border-base-300 px-3 py-2 text-start hover:bg-base-200"
                on:click=move |_| on_choose.run(account.clone())
            >
                <Avatar name=name.clone() />
                <span class="min-w-0">
                    <span class="block truncate font-medium">{name}</span>
                    <span class="block text-sm text-base-content/70">{role}</span>
                </span>
            </button>
        </li>
    }
}
