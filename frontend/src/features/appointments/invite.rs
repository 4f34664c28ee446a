//! Who may join a visit by a link: made, shown once, and revoked by the clinic.

use leptos::prelude::*;
use leptos::task::spawn_local;
use visita_domain::access::{Action, may_ever};
use visita_domain::appointment::AppointmentState;
use visita_domain::join::{JoinAs, MAX_GUEST_NAME};
use visita_domain::people::Role;
use visita_domain::{AppointmentId, JoinLinkId};
use visita_wire::Page as Items;
use visita_wire::join::{CreateJoinLink, JoinLinkView};

use crate::api::{self, Outcome};
use crate::i18n::t;
use crate::intl;
use crate::parts::clipboard::copied;
use crate::parts::{Remote, fail_text, remote};
use crate::state::toasts::Toasts;
use crate::ui::{
    Badge, Button, ButtonKind, Choice, ConfirmDialog, Form, IconName, Section, SelectField,
    TextField, Tone,
};

/// The section, for those who make links, while there is something to join.
#[component]
pub fn Invite(role: Role, id: AppointmentId, state: AppointmentState) -> impl IntoView {
    let shows = may_ever(role, Action::ManageJoinLinks) && !state.is_final();
    shows.then(|| view! { <Links id /> })
}

#[derive(Clone, Copy)]
struct Parts {
    id: AppointmentId,
    data: LocalResource<Outcome<Items<JoinLinkView>>>,
    kind: RwSignal<String>,
    name: RwSignal<String>,
    made: RwSignal<Option<String>>,
    revoking: RwSignal<bool>,
    chosen: RwSignal<Option<JoinLinkId>>,
    busy: RwSignal<bool>,
    toasts: Toasts,
}

impl Parts {
    fn joins_as(self) -> JoinAs {
        self.kind
            .with(|kind| JoinAs::from_text(kind).unwrap_or(JoinAs::Interpreter))
    }

    fn make(self) {
        let joins_as = self.joins_as();
        let body = CreateJoinLink {
            joins_as,
            guest_name: (joins_as != JoinAs::Patient).then(|| self.name.get_untracked()),
        };
        self.run(async move {
            let made = api::join::create(self.id, &body).await?;
            self.made.try_set(Some(made.url));
            self.name.try_set(String::new());
            Ok(())
        });
    }

    fn revoke(self) {
        if let Some(link) = self.chosen.get_untracked() {
            self.made.set(None);
            self.run(async move { api::join::revoke(self.id, link).await });
        }
    }

    fn let_in(self, link: JoinLinkId) {
        self.run(async move { api::join::admit_device(self.id, link).await });
    }

    fn run(self, work: impl Future<Output = Outcome<()>> + 'static) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        spawn_local(async move {
            if let Err(fail) = work.await {
                self.toasts.error(fail_text(&fail));
            }
            self.data.refetch();
            self.revoking.try_set(false);
            self.busy.try_set(false);
        });
    }
}

#[component]
fn Links(id: AppointmentId) -> impl IntoView {
    let parts = Parts {
        id,
        data: remote(move || api::join::list(id)),
        kind: RwSignal::new(JoinAs::Interpreter.as_str().to_owned()),
        name: RwSignal::new(String::new()),
        made: RwSignal::new(None),
        revoking: RwSignal::new(false),
        chosen: RwSignal::new(None),
        busy: RwSignal::new(false),
        toasts: Toasts::from_context(),
    };
    view! {
        <Section title=t::join::invite()>
            <div class="flex flex-col gap-4">
                <p class="text-base-content/70">{t::join::invite_text()}</p>
                <Remote data=parts.data let:links>
                    <ul class="flex flex-col gap-2">
                        {links
                            .items
                            .into_iter()
                            .map(|link| view! { <Row parts link /> })
                            .collect_view()}
                    </ul>
                </Remote>
                <NewLinkForm parts />
                {move || parts.made.get().map(|link| view! { <Made parts link /> })}
            </div>
            <ConfirmDialog
                open=parts.revoking
                title=t::join::revoke_ask()
                text=t::join::revoke_text()
                confirm=t::join::revoke()
                danger=true
                busy=parts.busy
                on_confirm=move |()| parts.revoke()
            />
        </Section>
    }
}

fn kind_name(kind: JoinAs) -> String {
    match kind {
        JoinAs::Patient => t::join::as_patient(),
        JoinAs::Interpreter => t::join::as_interpreter(),
        JoinAs::Family => t::join::as_family(),
        JoinAs::Other => t::join::as_other(),
    }
}

/// One link: for whom, whether it is in use, and what can be done about it.
#[component]
fn Row(parts: Parts, link: JoinLinkView) -> impl IntoView {
    let id = link.id;
    let opened = link.opened_at.map_or_else(t::join::not_opened, |at| {
        t::join::opened(intl::date_time(at))
    });
    let revoke = move |()| {
        parts.chosen.set(Some(id));
        parts.revoking.set(true);
    };
    view! {
        <li class="surface flex flex-wrap items-center justify-between gap-3 p-3">
            <div class="min-w-0">
                <p class="font-medium break-words">
                    {link.guest_name.unwrap_or_else(t::join::as_patient)}
                </p>
                <p class="text-sm text-base-content/70">
                    {format!("{} · {opened}", kind_name(link.joins_as))}
                </p>
                {link
                    .asked_at
                    .map(|_| view! { <Badge tone=Tone::Warning>{t::join::asks()}</Badge> })}
            </div>
            <div class="flex flex-wrap gap-2">
                {link
                    .asked_at
                    .map(|_| {
                        view! {
                            <Button
                                kind=ButtonKind::Primary
                                busy=parts.busy
                                on_click=move |()| parts.let_in(id)
                            >
                                {t::join::let_in()}
                            </Button>
                        }
                    })}
                <Button kind=ButtonKind::Ghost on_click=revoke>
                    {t::join::revoke()}
                </Button>
            </div>
        </li>
    }
}

#[component]
fn NewLinkForm(parts: Parts) -> impl IntoView {
    let choices = [
        JoinAs::Interpreter,
        JoinAs::Family,
        JoinAs::Other,
        JoinAs::Patient,
    ]
    .map(|kind| Choice::new(kind.as_str(), kind_name(kind)))
    .to_vec();
    let max = u32::try_from(MAX_GUEST_NAME).unwrap_or(u32::MAX);
    view! {
        <Form on_submit=move |()| parts.make()>
            <div class="grid items-start gap-4 sm:grid-cols-2">
                <SelectField label=t::join::invite_kind() value=parts.kind choices=choices />
                <Show
                    when=move || parts.joins_as() != JoinAs::Patient
                    fallback=|| {
                        view! {
                            <p class="text-sm text-base-content/70 sm:pt-8">
                                {t::join::patient_again()}
                            </p>
                        }
                    }
                >
                    <TextField label=t::join::invite_name() value=parts.name max_length=max />
                </Show>
            </div>
            <div>
                <Button submit=true icon=IconName::Plus busy=parts.busy>
                    {t::join::invite_make()}
                </Button>
            </div>
        </Form>
    }
}

/// The link, this once.
#[component]
fn Made(parts: Parts, link: String) -> impl IntoView {
    let text = StoredValue::new(link.clone());
    let copy = move |()| {
        spawn_local(async move {
            if copied(&text.get_value()).await {
                parts.toasts.success(t::join::copied());
            } else {
                parts.toasts.error(t::join::copy_failed());
            }
        });
    };
    view! {
        <div class="surface flex flex-col gap-3 p-4" role="status">
            <p class="font-medium">{t::join::new_link()}</p>
            <p class="font-mono text-sm break-all select-all" data-testid="join-link" dir="ltr">
                {link}
            </p>
            <p class="text-sm text-base-content/70">{t::join::new_link_text()}</p>
            <div>
                <Button kind=ButtonKind::Primary icon=IconName::Copy on_click=copy>
                    {t::join::copy()}
                </Button>
            </div>
        </div>
    }
}
