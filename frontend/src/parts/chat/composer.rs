//! Writing a message and attaching a file.

use leptos::task::spawn_local;
use leptos::{ev, html, prelude::*};
use visita_domain::chat::{BodyError, MAX_MESSAGE_CHARS, check_body};
use visita_wire::ErrorCode;
use visita_wire::documents::{AnnounceDocument, DocumentView};
use wasm_bindgen::JsCast;
use web_sys::{File, HtmlInputElement};

use super::FilesOf;
use crate::api::ApiFail;
use crate::api::documents::{announce_document, upload_content};
use crate::i18n::t;
use crate::parts::documents::model::{FileFault, check};
use crate::parts::fail_text;
use crate::state::chat::Chat;
use crate::ui::{Icon, IconName, unique_id};

/// The composer grows with the text up to this height, in pixels.
const TALLEST: i32 = 160;

/// The field, the button to send, and the one to attach.
#[component]
pub fn Composer(chat: Chat, files: Option<FilesOf>) -> impl IntoView {
    let text = RwSignal::new(String::new());
    let fault = RwSignal::new(None::<String>);
    let field = NodeRef::<html::Textarea>::new();
    let id = unique_id("message");
    let send = move || {
        let body = text.get_untracked();
        match check_body(&body) {
            Ok(()) => {
                fault.set(None);
                chat.send_text(body.trim().to_owned());
                text.set(String::new());
                fit(field);
            }
            Err(BodyError::Empty) => {}
            Err(BodyError::TooLong) => fault.set(Some(t::chat::too_long(MAX_MESSAGE_CHARS))),
            Err(BodyError::Unstorable) => fault.set(Some(t::chat::unstorable())),
        }
    };
    let on_key = move |event: ev::KeyboardEvent| {
        let plain = event.key() == "Enter" && !event.shift_key() && !event.is_composing();
        if plain && has_keyboard() {
            event.prevent_default();
            send();
        }
    };
    view! {
        <form
            class="border-t border-base-300 p-2"
            on:submit=move |event| {
                event.prevent_default();
                send();
            }
        >
            <p class="px-1 pb-1 text-sm text-error empty:hidden" role="alert">
                {move || fault.get()}
            </p>
            <div class="flex items-end gap-1">
                {files.map(|files| view! { <Attach chat files fault /> })}
                <label class="sr-only" for=id.clone()>
                    {t::chat::message()}
                </label>
                <textarea
                    node_ref=field
                    id=id
                    rows="1"
                    class="textarea min-h-11 w-full grow resize-none py-2.5 text-base leading-snug"
                    placeholder=t::chat::placeholder()
                    enterkeyhint="send"
                    prop:value=text
                    on:input=move |event| {
                        text.set(event_target_value(&event));
                        fit(field);
                        chat.typing();
                    }
                    on:keydown=on_key
                ></textarea>
                <button
                    type="submit"
                    class="btn btn-primary btn-square size-11"
                    title=t::chat::send()
                    aria-label=t::chat::send()
                    disabled=move || text.with(|text| text.trim().is_empty())
                >
                    <Icon name=IconName::Send />
                </button>
            </div>
        </form>
    }
}

/// The button to attach a file: announced, uploaded, then sent as a message.
#[component]
fn Attach(chat: Chat, files: FilesOf, fault: RwSignal<Option<String>>) -> impl IntoView {
    let busy = RwSignal::new(false);
    let on_change = move |event: ev::Event| {
        let input = event
            .target()
            .and_then(|t| t.dyn_into::<HtmlInputElement>().ok());
        let Some(input) = input else { return };
        let file = input.files().and_then(|list| list.get(0));
        // Else choosing the same file again would change nothing.
        input.set_value("");
        let Some(file) = file else { return };
        fault.set(None);
        busy.set(true);
        spawn_local(async move {
            match store(&file, files).await {
                Ok(document) => chat.send_document(document.id, document.name),
                Err(words) => {
                    fault.try_set(Some(words));
                }
            }
            busy.try_set(false);
        });
    };
    view! {
        <label
            class="btn btn-ghost btn-square relative size-11 focus-within:outline-2"
            title=t::chat::attach()
            aria-busy=move || busy.get().then_some("true")
        >
            {move || {
                if busy.get() {
                    view! { <span class="loading loading-spinner loading-sm" aria-hidden="true"></span> }
                        .into_any()
                } else {
                    view! { <Icon name=IconName::Paperclip /> }.into_any()
                }
            }}
            <input
                type="file"
                class="absolute inset-0 cursor-pointer opacity-0"
                aria-label=t::chat::attach()
                accept=".pdf,.jpg,.jpeg,.png,application/pdf,image/jpeg,image/png"
                disabled=busy
                on:change=on_change
            />
        </label>
    }
}

/// Stores a file, or says in words why not.
async fn store(file: &File, files: FilesOf) -> Result<DocumentView, String> {
    #[expect(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        reason = "a file's size is a whole number below 2^53"
    )]
    let size = file.size() as i64;
    let media_type = check(&file.name(), &file.type_(), size).map_err(fault_text)?;
    let announced = announce_document(&AnnounceDocument {
        patient_id: files.patient,
        appointment_id: Some(files.appointment),
        name: file.name(),
        media_type,
        size,
    })
    .await
    .map_err(|fail| refusal(&fail))?;
    upload_content(announced.id, file)
        .await
        .map_err(|fail| refusal(&fail))
}

fn fault_text(fault: FileFault) -> String {
    match fault {
        FileFault::Type => t::documents::fault_type(),
        FileFault::Disguised => t::documents::fault_disguised(),
        FileFault::TooLarge => t::documents::fault_too_large(),
        FileFault::Empty => t::documents::fault_empty(),
    }
}

fn refusal(fail: &ApiFail) -> String {
    match fail.code {
        ErrorCode::UnsupportedFile => t::documents::fault_type(),
        ErrorCode::DisguisedFile => t::documents::fault_disguised(),
        ErrorCode::TooLarge => t::documents::fault_too_large(),
        _ => fail_text(fail),
    }
}

/// Enter sends where there is a keyboard; on phones it makes a new line, as people expect.
fn has_keyboard() -> bool {
    window()
        .match_media("(pointer: fine)")
        .ok()
        .flatten()
        .is_some_and(|query| query.matches())
}

/// Makes the field as high as its text.
fn fit(field: NodeRef<html::Textarea>) {
    request_animation_frame(move || {
        if let Some(field) = field.try_get_untracked().flatten() {
            let element: &web_sys::HtmlElement = field.as_ref();
            let style = web_sys::HtmlElement::style(element);
            // The browser takes every length.
            let _ = style.set_property("height", "auto");
            let height = element.scroll_height().min(TALLEST);
            let _ = style.set_property("height", &format!("{height}px"));
        }
    });
}
