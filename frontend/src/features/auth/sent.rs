//! "Look into your mailbox": what follows when a link was asked for.

use leptos::prelude::*;

use crate::i18n::t;
use crate::routes::Route;
use crate::state::config::Config;
use crate::ui::{Alert, AlertKind};

/// The same whether a mail goes out or not, as the server's answer is.
#[component]
pub fn MailSent(
    /// Minutes for which its link is good.
    minutes: i64,
) -> impl IntoView {
    let demo = Config::from_context().demo();
    view! {
        <Alert kind=AlertKind::Success>
            <p class="font-medium">{t::auth::mail_sent()}</p>
            <p>{t::auth::mail_sent_text(minutes)}</p>
        </Alert>
        <Show when=move || demo.get()>
            <Alert>
                {t::auth::demo_mail_hint()} " "
                <a class="link font-medium" href=Route::DemoMail.path()>
                    {t::common::demo_mail()}
                </a>
            </Alert>
        </Show>
    }
}
