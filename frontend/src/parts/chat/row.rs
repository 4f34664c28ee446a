//! One line of a thread.

use leptos::prelude::*;
use leptos::task::spawn_local;
use visita_domain::chat::SystemEvent;
use visita_domain::{ClientMessageId, DocumentId};

use super::entries::{Entry, Said};
use crate::api::documents::download_content;
use crate::i18n::t;
use crate::intl;
use crate::parts::day_word;
use crate::parts::download::save;
use crate::state::chat::Chat;
use crate::state::chat::model::Sending;
use crate::state::clock::Clock;
use crate::state::toasts::Toasts;
use crate::ui::{Button, ButtonKind, ButtonSize, Icon, IconName};

/// A day, an event, or a message.
#[component]
pub fn EntryRow(chat: Chat, entry: Entry) -> impl IntoView {
    match entry {
        Entry::Day(at) => {
            let minute = Clock::from_context().minute();
            view! {
                <p class="my-2 self-center rounded-full bg-base-200 px-3 py-1 text-xs font-medium text-base-content/80">
                    {move || day_word(at, minute.get())}
                </p>
            }
            .into_any()
        }
        Entry::System { event, at, .. } => view! {
            <p class="my-1 self-center text-center text-sm text-base-content/70">
                {event_text(event)} " · " {intl::time(at)}
            </p>
        }
        .into_any(),
        Entry::Said(said) => view! { <Bubble chat said /> }.into_any(),
    }
}

fn event_text(event: Option<SystemEvent>) -> String {
    match event {
        Some(SystemEvent::Booked) => t::chat::event_booked(),
        Some(SystemEvent::Rescheduled) => t::chat::event_rescheduled(),
        Some(SystemEvent::Reassigned) => t::chat::event_reassigned(),
        Some(SystemEvent::Cancelled) => t::chat::event_cancelled(),
        Some(SystemEvent::CallStarted) => t::chat::event_call_started(),
        Some(SystemEvent::Finished) => t::chat::event_finished(),
        None => t::chat::event_other(),
    }
}

/// Somebody's words or file.
#[component]
fn Bubble(chat: Chat, said: Said) -> impl IntoView {
    let id = said.client_id;
    let (side, ground) = if said.own {
        (
            "self-end items-end",
            "bg-primary text-primary-content rounded-ee-sm",
        )
    } else {
        (
            "self-start items-start",
            "bg-base-200 text-base-content rounded-es-sm",
        )
    };
    let writer = if said.own {
        view! { <span class="sr-only">{t::chat::you()}</span> }.into_any()
    } else {
        said.name
            .map(|name| view! { <span class="mt-2 text-xs font-medium text-base-content/70">{name}</span> })
            .into_any()
    };
    let failed = matches!(said.sending, Some(Sending::Failed(_)));
    view! {
        <div class=format!("flex max-w-[85%] flex-col gap-0.5 {side}")>
            {writer}
            <div class=format!("max-w-full rounded-2xl px-3.5 py-2 {ground}") class:opacity-70=said.sending.is_some()>
                {match said.document {
                    Some(document) => view! { <FileLine document name=said.body /> }.into_any(),
                    None => {
                        view! {
                            <p class="whitespace-pre-wrap break-words [overflow-wrap:anywhere]">
                                {said.body}
                            </p>
                        }
                            .into_any()
                    }
                }}
            </div>
            <span class="text-xs text-base-content/70">
                {intl::time(said.at)}
                {said.sending.map(|sending| format!(" · {}", sending_text(sending)))}
                {said.seen.then(|| format!(" · {}", t::chat::seen()))}
            </span>
            {failed.then(|| view! { <Refused chat id /> })}
        </div>
    }
}

fn sending_text(sending: Sending) -> String {
    match sending {
        Sending::Queued | Sending::InFlight => t::chat::sending(),
        Sending::Failed(_) => t::chat::not_sent(),
    }
}

/// What can be done about a message that was refused.
#[component]
fn Refused(chat: Chat, id: ClientMessageId) -> impl IntoView {
    view! {
        <div class="flex gap-2" role="alert">
            <Button size=ButtonSize::Small on_click=move |()| chat.retry(id)>
                {t::chat::send_again()}
            </Button>
            <Button
                kind=ButtonKind::Ghost
                size=ButtonSize::Small
                on_click=move |()| chat.discard(id)
            >
                {t::chat::discard()}
            </Button>
        </div>
    }
}

/// A shared document, to download.
#[component]
fn FileLine(document: DocumentId, name: String) -> impl IntoView {
    let toasts = Toasts::from_context();
    let busy = RwSignal::new(false);
    let shown = name.clone();
    let label = t::chat::download(name.as_str());
    let download = move |_| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        let name = name.clone();
        spawn_local(async move {
            let saved = match download_content(document).await {
                Ok(blob) => save(&blob, &name),
                Err(_) => false,
            };
            if !saved {
                toasts.error(t::chat::download_failed(name));
            }
            busy.try_set(false);
        });
    };
    view! {
        <button
            type="button"
            class="flex min-h-11 max-w-full items-center gap-2 text-start underline-offset-2 hover:underline"
            aria-label=label
            aria-busy=move || busy.get().then_some("true")
            on:click=download
        >
            <Icon name=IconName::FileText />
            <span class="min-w-0 break-words [overflow-wrap:anywhere]">{shown}</span>
            <Icon name=IconName::Download class="size-4" />
        </button>
    }
}
