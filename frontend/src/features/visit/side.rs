//! Chat and documents beside the call: a column on wide screens, a sheet on phones.

use leptos::{ev, prelude::*};
use visita_domain::PatientId;

use super::room::Room;
use crate::i18n::t;
use crate::parts::chat::{ChatPanel, FilesOf};
use crate::parts::documents::DocumentPanel;
use crate::ui::{IconButton, IconName};

/// What the panel shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The conversation.
    Chat,
    /// The visit's documents.
    Documents,
}

/// The buttons that open and close the panel.
#[component]
pub fn SideButtons(room: Room, side: RwSignal<Option<Side>>) -> impl IntoView {
    let toggle = move |which| {
        side.update(|side| {
            *side = if *side == Some(which) {
                None
            } else {
                Some(which)
            }
        });
    };
    let unread = move || room.chat.map_or(0, |chat| chat.unread().get());
    let chat_label = move || match i64::try_from(unread()) {
        Ok(count @ 1..) => t::visit::chat_unread(count),
        _ => t::visit::chat(),
    };
    view! {
        {room
            .chat
            .map(|_| {
                view! {
                    <span class="indicator">
                        <Show when=move || unread() != 0>
                            <span class="indicator-item badge badge-primary badge-sm" aria-hidden="true">
                                {unread}
                            </span>
                        </Show>
                        <IconButton
                            icon=IconName::MessageSquare
                            label=Signal::derive(chat_label)
                            class="call-button"
                            pressed=Signal::derive(move || side.get() == Some(Side::Chat))
                            on_click=move |()| toggle(Side::Chat)
                        />
                    </span>
                }
            })}
        // A link shows no record beside its visit.
        {(!room.by_link)
            .then(|| {
                view! {
                    <span>
                        <IconButton
                            icon=IconName::FileText
                            label=t::visit::documents()
                            class="call-button"
                            pressed=Signal::derive(move || side.get() == Some(Side::Documents))
                            on_click=move |()| toggle(Side::Documents)
                        />
                    </span>
                }
            })}
    }
}

/// The panel.
#[component]
pub fn SidePanel(room: Room, side: RwSignal<Option<Side>>) -> impl IntoView {
    let escape = window_event_listener(ev::keydown, move |event| {
        if event.key() == "Escape" && !event.default_prevented() {
            side.try_set(None);
        }
    });
    on_cleanup(move || escape.remove());
    let title = move || match side.get() {
        Some(Side::Documents) => t::visit::documents(),
        _ => t::visit::chat(),
    };
    let visit = room.visit();
    let patient = (!room.is_patient()).then_some(visit.patient_id);
    view! {
        <Show when=move || side.get().is_some()>
            <aside
                class="absolute inset-x-0 bottom-0 z-20 flex h-[80%] flex-col rounded-t-box border-base-300 bg-base-100 text-base-content shadow-2xl md:static md:h-auto md:w-96 md:shrink-0 md:rounded-none md:border-s md:shadow-none"
                aria-label=title
            >
                <header class="flex min-h-14 shrink-0 items-center justify-between border-b border-base-300 px-4">
                    <h2 class="font-semibold">{title}</h2>
                    <IconButton
                        icon=IconName::X
                        label=t::common::close()
                        on_click=move |()| side.set(None)
                    />
                </header>
                <div class="min-h-0 grow">
                    {move || match (side.get(), room.chat) {
                        (Some(Side::Chat), Some(chat)) => {
                            let files = FilesOf { appointment: room.id(), patient };
                            let files = (!room.by_link).then_some(files);
                            view! { <ChatPanel chat files visible=true /> }.into_any()
                        }
                        (Some(Side::Documents), _) => {
                            view! { <Documents room patient /> }.into_any()
                        }
                        _ => ().into_any(),
                    }}
                </div>
            </aside>
        </Show>
    }
}

#[component]
fn Documents(room: Room, patient: Option<PatientId>) -> impl IntoView {
    view! {
        <div class="h-full overflow-y-auto p-3">
            <DocumentPanel patient appointment=Some(room.id()) />
        </div>
    }
}
