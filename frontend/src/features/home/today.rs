//! Lists that several first pages share.

use leptos::prelude::*;
use visita_wire::appointments::AppointmentView;
use visita_wire::chat::ConversationView;

use crate::i18n::t;
use crate::intl;
use crate::parts::StateBadge;
use crate::routes::Route;
use crate::state::clock::Clock;
use crate::ui::{Avatar, EmptyState, Icon, IconName, Section};

/// Today's visits by time; past ones are pale.
#[component]
pub fn Today(
    /// The visits.
    visits: Vec<AppointmentView>,
    /// Names the doctor too.
    #[prop(optional)]
    with_doctor: bool,
) -> impl IntoView {
    let all = || {
        view! {
            <a class="link link-primary py-2" href=Route::Appointments.path()>
                {t::home::all_visits()}
            </a>
        }
    };
    let empty = visits.is_empty();
    view! {
        <Section title=t::home::today() action=all>
            {empty
                .then(|| {
                    view! {
                        <EmptyState
                            icon=IconName::Calendar
                            title=t::home::today_none_title()
                            text=t::home::today_none_text()
                        />
                    }
                })}
            <ol class="rows">
                {visits
                    .into_iter()
                    .map(|visit| view! { <TodayRow visit with_doctor /> })
                    .collect_view()}
            </ol>
        </Section>
    }
}

#[component]
fn TodayRow(
    /// The visit.
    visit: AppointmentView,
    /// Names the doctor too.
    with_doctor: bool,
) -> impl IntoView {
    let minute = Clock::from_context().minute();
    let (starts_at, ends_at) = (visit.starts_at, visit.ends_at);
    let now = move || (starts_at..ends_at).contains(&minute.get());
    let note = if with_doctor {
        visit.doctor_name
    } else {
        visit.reason
    };
    view! {
        <li>
            <a
                class="row-link border-s-4 border-transparent ps-3"
                class:border-primary=now
                aria-current=move || now().then_some("time")
                href=Route::Appointment(visit.id).path()
            >
                <span class="w-16 shrink-0 text-sm tabular-nums">
                    <span class="block font-semibold">{intl::time(starts_at)}</span>
                    <span class="block text-base-content/70">{intl::time(ends_at)}</span>
                </span>
                <span class="min-w-0 flex-1">
                    <span class="block truncate font-medium">{visit.patient_name}</span>
                    <span class="block truncate text-sm text-base-content/70">{note}</span>
                </span>
                <StateBadge state=visit.state />
            </a>
        </li>
    }
}

/// Conversations with unread messages.
#[component]
pub fn UnreadList(
    /// The conversations.
    unread: Vec<ConversationView>,
) -> impl IntoView {
    let all = || {
        view! {
            <a class="link link-primary py-2" href=Route::Messages.path()>
                {t::home::all_messages()}
            </a>
        }
    };
    let empty = unread.is_empty();
    view! {
        <Section title=t::home::unread() action=all>
            {empty.then(|| view! { <p class="text-base-content/70">{t::home::unread_none()}</p> })}
            <ul class="rows">
                {unread.into_iter().map(|conversation| view! { <UnreadRow conversation /> }).collect_view()}
            </ul>
        </Section>
    }
}

#[component]
fn UnreadRow(
    /// The conversation.
    conversation: ConversationView,
) -> impl IntoView {
    let count = conversation.last_seq.saturating_sub(conversation.read_seq);
    let last = conversation.last_message;
    let when = last
        .as_ref()
        .map(|message| intl::date_time(message.created_at));
    view! {
        <li>
            <a class="row-link" href=Route::Conversation(conversation.id).path()>
                <Avatar name=conversation.other_name.clone() />
                <span class="min-w-0 flex-1">
                    <span class="block truncate font-medium">{conversation.other_name}</span>
                    <span class="block truncate text-sm text-base-content/70">{when}</span>
                </span>
                <span class="badge badge-primary">
                    <span aria-hidden="true">{count}</span>
                    <span class="sr-only">{t::shell::unread(count)}</span>
                </span>
                <Icon name=IconName::ChevronRight class="rtl:rotate-180" />
            </a>
        </li>
    }
}
