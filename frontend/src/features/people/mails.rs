//! The outbox: what went out, what waits, and what failed.

use leptos::prelude::*;
use visita_domain::MailId;
use visita_domain::account::{MailKind, MailState};
use visita_wire::accounts::MailView;

use crate::api;
use crate::i18n::t;
use crate::intl;
use crate::parts::{PagedList, fail_text};
use crate::state::pages::Pages;
use crate::state::toasts::Toasts;
use crate::ui::{
    Badge, Button, Card, Cell, Choice, EmptyState, IconName, Page, PageHeader, Row, Table, Tabs,
    Tone,
};

/// `/mails`.
#[component]
pub fn MailsPage() -> impl IntoView {
    let state = RwSignal::new(String::new());
    let pages = Pages::new(move |cursor| {
        let state = state.with(|text| MailState::from_text(text));
        api::accounts::list_mails(state, cursor)
    });
    let resent = Callback::new(move |()| pages.reload());
    view! {
        <Page>
            <PageHeader title=t::people::mails() text=t::people::mails_text() />
            <Card>
                <div class="mb-4">
                    <Tabs label=t::people::mail_state() tabs=tabs() value=state />
                </div>
                <PagedList pages empty=no_mails let(mails)>
                    <MailTable mails resent />
                </PagedList>
            </Card>
        </Page>
    }
}

fn tabs() -> Vec<Choice> {
    let states = [MailState::Failed, MailState::Queued, MailState::Sent];
    let all = std::iter::once(Choice::new("", t::people::all()));
    all.chain(states.map(|state| Choice::new(state.as_str(), state_words(state))))
        .collect()
}

fn state_words(state: MailState) -> String {
    match state {
        MailState::Queued => t::people::mail_queued(),
        MailState::Sent => t::people::mail_sent(),
        MailState::Failed => t::people::mail_failed(),
    }
}

fn kind_words(kind: MailKind) -> String {
    match kind {
        MailKind::Register => t::people::mail_register(),
        MailKind::AlreadyRegistered => t::people::mail_already_registered(),
        MailKind::Invite => t::people::mail_invite(),
        MailKind::Reset => t::people::mail_reset(),
        MailKind::EmailChange => t::people::mail_email_change(),
        MailKind::EmailChangeAskedNotice | MailKind::EmailChangedNotice => {
            t::people::mail_email_notice()
        }
        MailKind::PasswordChangedNotice => t::people::mail_password_notice(),
        MailKind::NewDeviceNotice => t::people::mail_device_notice(),
        MailKind::SecondFactorChangedNotice => t::people::mail_factor_notice(),
        MailKind::RefreshReusedNotice => t::people::mail_reuse_notice(),
        MailKind::VisitBooked => t::people::mail_visit_booked(),
        MailKind::VisitMoved | MailKind::VisitReassigned => t::people::mail_visit_changed(),
        MailKind::VisitCancelled => t::people::mail_visit_cancelled(),
        MailKind::VisitDayBefore | MailKind::VisitSoon => t::people::mail_visit_reminder(),
    }
}

fn no_mails() -> impl IntoView {
    view! {
        <EmptyState
            icon=IconName::Mail
            title=t::people::mails_none()
            text=t::people::mails_none_text()
        />
    }
}

#[component]
fn MailTable(
    /// The rows.
    mails: Vec<MailView>,
    /// One was sent again.
    resent: Callback<()>,
) -> impl IntoView {
    let headers = vec![
        t::people::mail_kind(),
        t::people::mail_to(),
        t::people::mail_when(),
        t::people::mail_state(),
    ];
    view! {
        <Table caption=t::people::mails() headers>
            {mails
                .into_iter()
                .map(|mail| {
                    let tone = match mail.state {
                        MailState::Queued => Tone::Info,
                        MailState::Sent => Tone::Success,
                        MailState::Failed => Tone::Error,
                    };
                    let failed = mail.state == MailState::Failed;
                    let id = mail.id;
                    view! {
                        <Row>
                            <Cell>
                                <span class="font-medium">{kind_words(mail.kind)}</span>
                                <span class="block text-sm text-base-content/70">
                                    {mail.hospital_name}
                                </span>
                            </Cell>
                            <Cell label=t::people::mail_to()>{mail.to}</Cell>
                            <Cell label=t::people::mail_when()>
                                {intl::date_time(mail.created_at)}
                            </Cell>
                            <Cell label=t::people::mail_state()>
                                <span class="flex flex-wrap items-center gap-2">
                                    <Badge tone>{state_words(mail.state)}</Badge>
                                    {mail.last_error}
                                    {failed.then(|| view! { <Resend id resent /> })}
                                </span>
                            </Cell>
                        </Row>
                    }
                })
                .collect_view()}
        </Table>
    }
}

#[component]
fn Resend(
    /// The mail.
    id: MailId,
    /// It was sent again.
    resent: Callback<()>,
) -> impl IntoView {
    let toasts = Toasts::from_context();
    let send = Action::new_local(move |(): &()| async move {
        match api::accounts::resend_mail(id).await {
            Ok(()) => {
                toasts.success(t::people::mail_resent());
                resent.try_run(());
            }
            Err(fail) => toasts.error(fail_text(&fail)),
        }
    });
    view! {
        <Button
            icon=IconName::Send
            busy=send.pending()
            on_click=move |()| {
                send.dispatch_local(());
            }
        >
            {t::people::mail_resend()}
        </Button>
    }
}
