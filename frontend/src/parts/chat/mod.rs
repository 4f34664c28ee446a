//! A conversation to read and write in, the same beside a call and on the messages page.

mod composer;
mod entries;
mod row;

use leptos::{ev, html, prelude::*};
use visita_domain::{AppointmentId, PatientId};

use self::composer::Composer;
use self::entries::entries;
use self::row::EntryRow;
use super::fail_text;
use crate::i18n::t;
use crate::state::chat::{Chat, Load};
use crate::ui::{Button, ButtonKind, ButtonSize, EmptyState, ErrorState, IconName, Spinner};

/// So near to the oldest message at hand, older ones are fetched, in pixels.
const NEAR_TOP: i32 = 160;

/// Where files of the conversation belong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FilesOf {
    /// The visit.
    pub appointment: AppointmentId,
    /// Whose documents they become; none when the viewer is the patient.
    pub patient: Option<PatientId>,
}

/// The whole conversation: messages above, composer below. Fills its box.
#[component]
pub fn ChatPanel(
    /// The conversation.
    chat: Chat,
    /// Where attached files belong; without it no files can be attached.
    #[prop(optional_no_strip)]
    files: Option<FilesOf>,
    /// The viewer sees it now: what comes is read.
    #[prop(into)]
    visible: Signal<bool>,
) -> impl IntoView {
    view! {
        <div class="flex h-full min-h-0 flex-col">
            {move || match chat.loaded().get() {
                Load::Loading => view! { <div class="grow"><Spinner /></div> }.into_any(),
                Load::Failed(fail) => {
                    view! {
                        <div class="grow">
                            <ErrorState text=fail_text(&fail) on_retry=move |()| chat.reload() />
                        </div>
                    }
                        .into_any()
                }
                Load::Ready => view! { <Thread chat visible /> }.into_any(),
            }}
            <Composer chat files />
        </div>
    }
}

/// The messages. The box is a reversed column with one child, which makes the browser keep
/// its end in view when something is added, and its place when older ones come.
#[component]
fn Thread(chat: Chat, visible: Signal<bool>) -> impl IntoView {
    let model = chat.model();
    let list = Memo::new(move |_| model.with(|model| entries(model, chat.me())));
    let older = Memo::new(move |_| model.with(|m| m.has_older()));
    let scroller = NodeRef::<html::Div>::new();
    let shown = page_shown();
    Effect::new(move |_| {
        model.track();
        if visible.get() && shown.get() {
            chat.mark_read();
        }
    });
    let on_scroll = move |_: ev::Event| {
        if let Some(div) = scroller.get_untracked() {
            let above = div.scroll_height() - div.client_height() - div.scroll_top().abs();
            if above < NEAR_TOP {
                chat.load_older();
            }
        }
    };
    view! {
        <div
            node_ref=scroller
            class="flex min-h-0 grow flex-col-reverse overflow-y-auto overscroll-contain px-3 py-2"
            role="log"
            tabindex="0"
            aria-label=t::chat::messages()
            on:scroll=on_scroll
        >
            <div class="flex flex-col gap-1">
                <Show when=move || older.get()>
                    <div class="flex justify-center py-2">
                        <Button
                            kind=ButtonKind::Ghost
                            size=ButtonSize::Small
                            busy=chat.loading_older()
                            on_click=move |()| chat.load_older()
                        >
                            {t::chat::earlier()}
                        </Button>
                    </div>
                </Show>
                <Show when=move || list.with(Vec::is_empty)>
                    <EmptyState
                        icon=IconName::MessageSquare
                        title=t::chat::empty_title()
                        text=t::chat::empty_text()
                    />
                </Show>
                <For each=move || list.get() key=|entry| entry.key() let:entry>
                    <EntryRow chat entry />
                </For>
                <p class="min-h-5 text-sm text-base-content/70" aria-live="polite">
                    {move || chat.other_types().get().then(t::chat::typing)}
                </p>
            </div>
        </div>
    }
}

/// Whether the browser shows this page.
fn page_shown() -> Signal<bool> {
    let hidden = || document().hidden();
    let shown = RwSignal::new(!hidden());
    let changes = window_event_listener_untyped("visibilitychange", move |_| {
        shown.try_set(!hidden());
    });
    on_cleanup(move || changes.remove());
    shown.into()
}
