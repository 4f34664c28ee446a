//! The outbox of a demo, which sends no mail.

use leptos::prelude::*;
use visita_wire::accounts::DemoMailView;

use super::frame::Frame;
use crate::api;
use crate::i18n::t;
use crate::intl;
use crate::parts::{Remote, remote};
use crate::routes::Route;
use crate::ui::{Button, EmptyState, IconName};

/// `/demo/mail`.
#[component]
pub fn DemoMailPage() -> impl IntoView {
    let data = remote(api::accounts::list_demo_mails);
    view! {
        <Frame title=t::common::demo_mail() text=t::auth::demo_mail_text()>
            <div class="flex flex-wrap items-center gap-4">
                <Button icon=IconName::Refresh on_click=move |()| data.refetch()>
                    {t::auth::demo_mail_refresh()}
                </Button>
                <a class="link link-primary font-medium" href=Route::Home.path()>
                    {t::auth::go_on()}
                </a>
            </div>
            <Remote data let(page)>
                <Mails mails=page.items />
            </Remote>
        </Frame>
    }
}

#[component]
fn Mails(
    /// Newest first.
    mails: Vec<DemoMailView>,
) -> impl IntoView {
    if mails.is_empty() {
        return view! {
            <EmptyState
                icon=IconName::Mail
                title=t::auth::demo_mail_none()
                text=t::auth::demo_mail_none_text()
            />
        }
        .into_any();
    }
    let shown = mails.into_iter().map(|mail| {
        view! {
            <li class="surface p-4">
                <h2 class="font-semibold">{mail.subject}</h2>
                <p class="mb-3 break-all text-sm text-base-content/70">
                    {mail.to} " · " {intl::date_time(mail.created_at)}
                </p>
                <p class="whitespace-pre-wrap break-words">{linked(&mail.body)}</p>
            </li>
        }
    });
    view! { <ul class="flex flex-col gap-4">{shown.collect_view()}</ul> }.into_any()
}

/// The text, with its link as one.
fn linked(body: &str) -> impl IntoView + use<> {
    let lines = body.split_inclusive('\n').map(|line| {
        let text = line.trim();
        if text.starts_with("http://") || text.starts_with("https://") {
            let href = text.to_owned();
            view! { <a class="link link-primary break-all" href=href rel="external">{text.to_owned()}</a> "\n" }
                .into_any()
        } else {
            line.to_owned().into_any()
        }
    });
    lines.collect_view()
}
