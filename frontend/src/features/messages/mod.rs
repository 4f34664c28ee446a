//! Conversations: the list, and one of them. Side by side on wide screens, one after the
//! other on phones.

mod list;

use leptos::prelude::*;
use visita_domain::people::Role;
use visita_domain::{ConversationId, PatientId};
use visita_wire::chat::ConversationView;

use self::list::ConversationList;
use crate::api::chat::list_conversations;
use crate::i18n::t;
use crate::intl;
use crate::parts::chat::{ChatPanel, FilesOf};
use crate::routes::{Route, id_param};
use crate::state::chat::Chat;
use crate::state::pages::Pages;
use crate::state::session::Session;
use crate::state::socket::Socket;
use crate::ui::{Avatar, EmptyState, Icon, IconName};

/// Conversations.
#[component]
pub fn MessagesPage() -> impl IntoView {
    let chosen = id_param::<ConversationId>();
    let changed = Socket::from_context().conversations_changed();
    let pages = Pages::new(move |cursor| {
        changed.track();
        list_conversations(cursor)
    });
    Effect::new(move |_| document().set_title(&t::shell::title(t::chat::title())));
    let none_chosen = move || chosen.get().is_none();
    view! {
        <h1 class="sr-only">{t::chat::title()}</h1>
        <div class="messages-frame surface grid overflow-hidden lg:grid-cols-[20rem_1fr]">
            <nav
                class="min-h-0 overflow-y-auto border-base-300 lg:block lg:border-e"
                class:hidden=move || !none_chosen()
                aria-label=t::chat::conversations()
            >
                <ConversationList pages chosen />
            </nav>
            <div class="min-h-0 min-w-0 lg:block" class:hidden=none_chosen>
                {move || match chosen.get() {
                    Some(id) => view! { <Conversation id pages /> }.into_any(),
                    None => {
                        view! {
                            <EmptyState
                                icon=IconName::MessageSquare
                                title=t::chat::choose_title()
                                text=t::chat::choose_text()
                            />
                        }
                            .into_any()
                    }
                }}
            </div>
        </div>
    }
}

/// One conversation with its head.
#[component]
fn Conversation(id: ConversationId, pages: Pages<ConversationView>) -> impl IntoView {
    let items = pages.items();
    let find = move |items: &Vec<ConversationView>| items.iter().find(|c| c.id == id).cloned();
    let known = Memo::new(move |_| items.with(find));
    let read_seq = known.with_untracked(|known| known.as_ref().map(|known| known.read_seq));
    let chat = Chat::open(id, read_seq);
    Effect::new(move |_| {
        // What is read here is read in the list too.
        let last = chat.model().with(|model| model.position().last_seq);
        pages.edit(|list| {
            if let Some(shown) = list.iter_mut().find(|shown| shown.id == id) {
                shown.read_seq = shown.read_seq.max(last);
            }
        });
    });
    // The files' place is known once the list is; the composer is made then.
    let files = Memo::new(move |_| known.with(|known| known.as_ref().map(files_of)));
    view! {
        <section class="flex h-full min-h-0 flex-col" aria-label=t::chat::messages()>
            <header class="flex min-h-16 items-center gap-3 border-b border-base-300 px-3 py-2">
                <a
                    href=Route::Messages.path()
                    class="btn btn-ghost btn-square size-11 lg:hidden"
                    aria-label=t::chat::back()
                >
                    <Icon name=IconName::ArrowLeft class="rtl:rotate-180" />
                </a>
                {move || known.get().map(|known| view! { <Head known /> })}
            </header>
            <div class="min-h-0 grow">
                {move || view! { <ChatPanel chat files=files.get() visible=true /> }}
            </div>
        </section>
    }
}

/// With whom, and about which visit.
#[component]
fn Head(known: ConversationView) -> impl IntoView {
    view! {
        <Avatar name=known.other_name.clone() />
        <div class="min-w-0 grow">
            <h2 class="truncate font-semibold">{known.other_name}</h2>
            <p class="truncate text-sm text-base-content/70">
                {t::chat::visit_on(intl::date_time(known.starts_at))}
            </p>
        </div>
        <a
            href=Route::Appointment(known.appointment_id).path()
            class="btn btn-ghost min-h-11 min-w-11 px-2"
            aria-label=t::chat::open_visit()
        >
            <Icon name=IconName::Calendar />
            <span class="hidden sm:inline">{t::chat::open_visit()}</span>
        </a>
    }
}

/// Doctors add to the patient's documents, patients to their own.
fn files_of(known: &ConversationView) -> FilesOf {
    let doctor = Session::from_context()
        .user_now()
        .is_some_and(|user| user.role == Role::Doctor);
    FilesOf {
        appointment: known.appointment_id,
        patient: doctor.then(|| PatientId::from(known.other_id)),
    }
}
