//! The conversations, the newest first.

use leptos::prelude::*;
use visita_domain::chat::{MessageKind, SystemEvent};
use visita_domain::{ConversationId, UserId};
use visita_wire::chat::{ConversationView, MessageView};

use crate::i18n::t;
use crate::intl;
use crate::parts::{PagedList, day_word};
use crate::routes::Route;
use crate::state::clock::Clock;
use crate::state::pages::Pages;
use crate::state::session::Session;
use crate::ui::{Avatar, EmptyState, IconName};

/// The list, with links to each.
#[component]
pub fn ConversationList(
    /// The conversations.
    pages: Pages<ConversationView>,
    /// The open one.
    #[prop(into)]
    chosen: Signal<Option<ConversationId>>,
) -> impl IntoView {
    view! {
        <PagedList
            pages
            empty=|| {
                view! {
                    <EmptyState
                        icon=IconName::MessageSquare
                        title=t::chat::none_title()
                        text=t::chat::none_text()
                    />
                }
            }
            let:conversations
        >
            <ul class="flex flex-col gap-1 p-2">
                {conversations
                    .into_iter()
                    .map(|conversation| view! { <Line conversation chosen /> })
                    .collect_view()}
            </ul>
        </PagedList>
    }
}

#[component]
fn Line(conversation: ConversationView, chosen: Signal<Option<ConversationId>>) -> impl IntoView {
    let id = conversation.id;
    let me = Session::from_context().user_now().map(|user| user.id);
    let current = move || (chosen.get() == Some(id)).then_some("page");
    let unread = (conversation.last_seq - conversation.read_seq).max(0);
    // The own newest message and the clinic's notes are no news.
    let news = unread > 0
        && conversation
            .last_message
            .as_ref()
            .is_some_and(|last| last.sender_id.is_some() && last.sender_id != me);
    let minute = Clock::from_context().minute();
    let at = conversation
        .last_message
        .as_ref()
        .map(|last| last.created_at);
    let when = move || {
        at.map(|at| {
            let now = minute.get();
            let today = intl::civil_date_at(at, None) == intl::civil_date_at(now, None);
            if today {
                intl::time(at)
            } else {
                day_word(at, now)
            }
        })
    };
    let words = conversation
        .last_message
        .as_ref()
        .map(|last| preview(last, me));
    view! {
        <li>
            <a
                href=Route::Conversation(id).path()
                aria-current=current
                class="flex min-h-16 items-center gap-3 rounded-field px-2 py-2 hover:bg-base-200 aria-[current=page]:bg-primary/10"
            >
                <Avatar name=conversation.other_name.clone() />
                <span class="min-w-0 grow">
                    <span class="flex items-baseline justify-between gap-2">
                        <span class="truncate font-medium">{conversation.other_name}</span>
                        <span class="shrink-0 text-xs text-base-content/70">{when}</span>
                    </span>
                    <span class="flex items-center justify-between gap-2">
                        <span class="truncate text-sm text-base-content/70" class:font-semibold=news>
                            {words}
                        </span>
                        {news
                            .then(|| {
                                view! {
                                    <span class="badge badge-primary badge-sm shrink-0">
                                        <span aria-hidden="true">{unread}</span>
                                        <span class="sr-only">{t::chat::unread(unread)}</span>
                                    </span>
                                }
                            })}
                    </span>
                </span>
            </a>
        </li>
    }
}

/// The newest message in one line.
fn preview(last: &MessageView, me: Option<UserId>) -> String {
    let words = match last.kind {
        MessageKind::Text => last.body.clone(),
        MessageKind::File => t::chat::shared_file(last.body.as_str()),
        MessageKind::System => match SystemEvent::from_text(&last.body) {
            Some(SystemEvent::Booked) => t::chat::event_booked(),
            Some(SystemEvent::Rescheduled) => t::chat::event_rescheduled(),
            Some(SystemEvent::Reassigned) => t::chat::event_reassigned(),
            Some(SystemEvent::Cancelled) => t::chat::event_cancelled(),
            Some(SystemEvent::CallStarted) => t::chat::event_call_started(),
            Some(SystemEvent::Finished) => t::chat::event_finished(),
            None => t::chat::event_other(),
        },
    };
    if last.sender_id.is_some() && last.sender_id == me {
        t::chat::own_last(words)
    } else {
        words
    }
}
