//! The link with which calendar programs read the own visits: made, shown once, ended.

use leptos::prelude::*;
use leptos::task::spawn_local;
use visita_domain::Ts;
use visita_domain::people::Role;
use visita_wire::calendar::CalendarFeedView;

use crate::api::{self, ApiFail};
use crate::i18n::t;
use crate::intl;
use crate::parts::clipboard::copied;
use crate::parts::{Remote, fail_text, remote};
use crate::state::session::Session;
use crate::state::toasts::Toasts;
use crate::ui::{Alert, AlertKind, Button, ButtonKind, ConfirmDialog, IconName, Section};

/// What the person wants to do.
#[derive(Clone, Copy)]
enum Step {
    Create,
    Revoke,
}

/// What the section is made of.
#[derive(Clone, Copy)]
struct Parts {
    data: LocalResource<api::Outcome<CalendarFeedView>>,
    /// The link that was just made; the server cannot tell it again.
    link: RwSignal<Option<String>>,
    renewing: RwSignal<bool>,
    revoking: RwSignal<bool>,
    busy: RwSignal<bool>,
    toasts: Toasts,
}

impl Parts {
    fn run(self, step: Step) {
        self.busy.set(true);
        spawn_local(async move {
            let outcome = self.take(step).await;
            self.busy.try_set(false);
            self.renewing.try_set(false);
            self.revoking.try_set(false);
            if let Err(fail) = outcome {
                self.toasts.error(fail_text(&fail));
            }
        });
    }

    async fn take(self, step: Step) -> Result<(), ApiFail> {
        let link = match step {
            Step::Create => Some(api::calendar::create_feed().await?.url),
            Step::Revoke => {
                api::calendar::revoke_feed().await?;
                self.toasts.success(t::calendar::revoked());
                None
            }
        };
        self.link.try_set(link);
        self.data.refetch();
        Ok(())
    }
}

/// The section, for those who have visits of their own.
#[component]
pub fn CalendarLink() -> impl IntoView {
    let me = Session::from_context().user_now();
    let has_visits = me.is_some_and(|me| matches!(me.role, Role::Doctor | Role::Patient));
    has_visits.then(|| view! { <LinkSection /> })
}

#[component]
fn LinkSection() -> impl IntoView {
    let parts = Parts {
        data: remote(api::calendar::feed),
        link: RwSignal::new(None),
        renewing: RwSignal::new(false),
        revoking: RwSignal::new(false),
        busy: RwSignal::new(false),
        toasts: Toasts::from_context(),
    };
    view! {
        <Section title=t::calendar::section()>
            <div class="flex flex-col gap-4">
                <p class="text-base-content/70">{t::calendar::text()}</p>
                <Alert kind=AlertKind::Warning>{t::calendar::warning()}</Alert>
                {move || parts.link.get().map(|link| view! { <NewLink link /> })}
                <Remote data=parts.data let(feed)>
                    <Choices since=feed.created_at parts />
                </Remote>
            </div>
            <ConfirmDialog
                open=parts.renewing
                title=t::calendar::renew_ask()
                text=t::calendar::renew_text()
                confirm=t::calendar::renew()
                busy=parts.busy
                on_confirm=move |()| parts.run(Step::Create)
            />
            <ConfirmDialog
                open=parts.revoking
                title=t::calendar::revoke_ask()
                text=t::calendar::revoke_text()
                confirm=t::calendar::revoke()
                danger=true
                busy=parts.busy
                on_confirm=move |()| parts.run(Step::Revoke)
            />
        </Section>
    }
}

/// The link, this once.
#[component]
fn NewLink(
    /// The link.
    link: String,
) -> impl IntoView {
    let toasts = Toasts::from_context();
    let text = StoredValue::new(link.clone());
    let copy = move |()| {
        spawn_local(async move {
            if copied(&text.get_value()).await {
                toasts.success(t::calendar::copied());
            } else {
                toasts.error(t::calendar::copy_failed());
            }
        });
    };
    view! {
        <div class="surface flex flex-col gap-3 p-4" role="status">
            <p class="font-medium">{t::calendar::link()}</p>
            <p class="font-mono text-sm break-all select-all" data-testid="calendar-link" dir="ltr">
                {link}
            </p>
            <p class="text-sm text-base-content/70">{t::calendar::link_text()}</p>
            <div>
                <Button kind=ButtonKind::Primary icon=IconName::Copy on_click=copy>
                    {t::calendar::copy()}
                </Button>
            </div>
        </div>
    }
}

/// What can be done, by whether there is a link.
#[component]
fn Choices(
    /// When it was made.
    since: Option<Ts>,
    /// The section's parts.
    parts: Parts,
) -> impl IntoView {
    match since {
        None => view! {
            <div>
                <Button
                    icon=IconName::CalendarPlus
                    busy=parts.busy
                    on_click=move |()| parts.run(Step::Create)
                >
                    {t::calendar::create()}
                </Button>
            </div>
        }
        .into_any(),
        Some(since) => view! {
            <div class="flex flex-col gap-3">
                <Show when=move || parts.link.with(Option::is_none)>
                    <p>{t::calendar::since(intl::date_time(since))}</p>
                </Show>
                <div class="flex flex-wrap gap-3">
                    <Button icon=IconName::Refresh on_click=move |()| parts.renewing.set(true)>
                        {t::calendar::renew()}
                    </Button>
                    <Button kind=ButtonKind::Ghost on_click=move |()| parts.revoking.set(true)>
                        {t::calendar::revoke()}
                    </Button>
                </div>
            </div>
        }
        .into_any(),
    }
}
