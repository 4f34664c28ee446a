//! Enrolling an authenticator app: scan, confirm by a code, save the recovery codes.

use leptos::prelude::*;
use visita_wire::ErrorCode;
use visita_wire::second_factor::{ConfirmTotp, QrCode, TotpEnrolment};

use super::{CodeField, RecoveryCodes};
use crate::api::{self, ApiFail};
use crate::i18n::t;
use crate::parts::{fail_text, field_error, require};
use crate::ui::{Button, ButtonKind, Form};

/// From the seed to the saved recovery codes.
#[component]
pub fn Enrol(
    /// The seed, fresh from the server.
    enrolment: TotpEnrolment,
    /// The app is enrolled and the codes are saved.
    #[prop(into)]
    on_done: Callback<()>,
) -> impl IntoView {
    let codes = RwSignal::new(None::<Vec<String>>);
    let enrolment = StoredValue::new(enrolment);
    move || match codes.get() {
        Some(codes) => view! { <RecoveryCodes codes on_saved=on_done /> }.into_any(),
        None => view! { <Scan enrolment=enrolment.get_value() codes /> }.into_any(),
    }
}

#[component]
fn Scan(
    /// The seed.
    enrolment: TotpEnrolment,
    /// Takes the recovery codes.
    codes: RwSignal<Option<Vec<String>>>,
) -> impl IntoView {
    let code = RwSignal::new(String::new());
    let fail = RwSignal::new(None::<ApiFail>);
    let send = Action::new_local(move |body: &ConfirmTotp| {
        let body = body.clone();
        async move {
            match api::second_factor::confirm(&body).await {
                Ok(answer) => drop(codes.try_set(Some(answer.recovery_codes))),
                Err(answer) => drop(fail.try_set(Some(answer))),
            }
        }
    });
    let submit = move |()| {
        let body = ConfirmTotp {
            code: code.get_untracked(),
        };
        match require(&[("code", &body.code)]) {
            Some(missing) => fail.set(Some(missing)),
            None => drop(send.dispatch_local(body)),
        }
    };
    let of_field = field_error(fail.into(), "code");
    let is_code = |fail: &&ApiFail| fail.code == ErrorCode::WrongCode;
    let wrong = move || fail.with(|fail| fail.as_ref().filter(is_code).map(fail_text));
    let code_error = Signal::derive(move || of_field.get().or_else(wrong));
    let error = Signal::derive(move || {
        let other = |fail: &&ApiFail| !is_code(fail) && fail.code != ErrorCode::ValidationFailed;
        fail.with(|fail| fail.as_ref().filter(other).map(fail_text))
    });
    let TotpEnrolment {
        secret,
        otpauth_url,
        qr,
        ..
    } = enrolment;
    view! {
        <div class="flex flex-col gap-5">
            <p>{t::security::step_scan()}</p>
            <Qr qr />
            <details>
                <summary class="flex min-h-11 cursor-pointer items-center font-medium text-primary">
                    {t::security::step_type()}
                </summary>
                <p class="mt-2 text-sm font-medium">{t::security::key()}</p>
                <code class="block font-mono break-all select-all" data-testid="totp-key">
                    {in_fours(&secret)}
                </code>
                <a class="link link-primary flex min-h-11 items-center" href=otpauth_url>
                    {t::security::open_app()}
                </a>
            </details>
            <p>{t::security::step_confirm()}</p>
            <Form error on_submit=submit>
                <CodeField value=code error=code_error app_only=true />
                <Button kind=ButtonKind::Primary submit=true wide=true busy=send.pending()>
                    {t::security::confirm()}
                </Button>
            </Form>
        </div>
    }
}

/// Always dark on light: many apps read no other.
#[component]
fn Qr(
    /// The code.
    qr: QrCode,
) -> impl IntoView {
    let view_box = format!("0 0 {0} {0}", qr.size);
    view! {
        <svg
            role="img"
            aria-label=t::security::qr()
            viewBox=view_box
            shape-rendering="crispEdges"
            class="mx-auto w-56 max-w-full rounded-box bg-white text-black"
        >
            <path d=qr.path fill="currentColor" />
        </svg>
    }
}

/// Easier to type.
fn in_fours(secret: &str) -> String {
    let signs: Vec<char> = secret.chars().collect();
    let fours: Vec<String> = signs.chunks(4).map(|four| four.iter().collect()).collect();
    fours.join(" ")
}
