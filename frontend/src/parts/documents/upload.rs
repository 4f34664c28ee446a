//! Adding documents: by button or by dropping files, one after the other.

use js_sys::Uint8Array;
use leptos::prelude::*;
use leptos::task::spawn_local;
use visita_domain::document::MediaType;
use visita_domain::{AppointmentId, PatientId};
use visita_wire::ErrorCode;
use visita_wire::documents::{AnnounceDocument, DocumentView};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{DragEvent, Event, File, FileList, HtmlInputElement};

use super::model::{FileFault, check, sniff};
use crate::api::ApiFail;
use crate::api::documents::{announce_document, upload_content};
use crate::i18n::t;
use crate::intl;
use crate::state::toasts::Toasts;
use crate::ui::{Button, ButtonKind, ButtonSize, Icon, IconName};

/// Bytes that tell what a file is: a PDF may begin a little late.
const HEAD_BYTES: i32 = 1024;

/// Where one file stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    Waiting,
    Sending,
    Refused(FileFault),
    Failed(Failure),
}

/// Why the server did not take a file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Failure {
    Offline,
    Type,
    Disguised,
    TooLarge,
    Other,
}

impl Failure {
    fn of(fail: &ApiFail) -> Self {
        match fail.code {
            _ if fail.offline => Self::Offline,
            ErrorCode::UnsupportedFile => Self::Type,
            ErrorCode::DisguisedFile => Self::Disguised,
            ErrorCode::TooLarge => Self::TooLarge,
            _ => Self::Other,
        }
    }
}

/// One file on its way.
#[derive(Clone)]
struct Item {
    key: u32,
    file: File,
    progress: Progress,
}

/// The files on their way. Stored ones leave the list.
#[derive(Clone, Copy)]
struct Queue {
    items: RwSignal<Vec<Item>, LocalStorage>,
    next_key: StoredValue<u32>,
    running: StoredValue<bool>,
    patient: Option<PatientId>,
    appointment: Option<AppointmentId>,
    on_stored: Callback<DocumentView>,
    toasts: Toasts,
}

impl Queue {
    fn add(self, files: &FileList) {
        for index in 0..files.length() {
            if let Some(file) = files.get(index) {
                self.push(file);
            }
        }
        self.run();
    }

    fn push(self, file: File) {
        let progress = match check(&file.name(), &file.type_(), size_of(&file)) {
            Ok(_) => Progress::Waiting,
            Err(fault) => Progress::Refused(fault),
        };
        let key = self
            .next_key
            .try_update_value(|next| {
                *next += 1;
                *next
            })
            .unwrap_or_default();
        self.items.try_update(|items| {
            items.push(Item {
                key,
                file,
                progress,
            });
        });
    }

    fn set(self, key: u32, progress: Progress) {
        self.items.try_update(|items| {
            if let Some(item) = items.iter_mut().find(|item| item.key == key) {
                item.progress = progress;
            }
        });
    }

    fn remove(self, key: u32) {
        self.items
            .try_update(|items| items.retain(|item| item.key != key));
    }

    fn next_waiting(self) -> Option<Item> {
        self.items
            .try_with_untracked(|items| {
                items
                    .iter()
                    .find(|item| item.progress == Progress::Waiting)
                    .cloned()
            })
            .flatten()
    }

    /// Sends what waits, one file at a time: a phone's upload is narrow.
    fn run(self) {
        if self.running.try_get_value() != Some(false) {
            return;
        }
        self.running.set_value(true);
        spawn_local(async move {
            while let Some(item) = self.next_waiting() {
                self.set(item.key, Progress::Sending);
                match send(&item.file, self.patient, self.appointment).await {
                    Ok(document) => {
                        self.remove(item.key);
                        self.toasts
                            .success(t::documents::uploaded(document.name.as_str()));
                        self.on_stored.try_run(document);
                    }
                    Err(fail) => self.set(item.key, Progress::Failed(Failure::of(&fail))),
                }
            }
            self.running.try_set_value(false);
        });
    }
}

async fn send(
    file: &File,
    patient_id: Option<PatientId>,
    appointment_id: Option<AppointmentId>,
) -> Result<DocumentView, ApiFail> {
    let media_type = MediaType::from_extension(&file.name())
        .ok_or_else(|| ApiFail::of(ErrorCode::UnsupportedFile))?;
    // The server looks too; looking here first spares a long upload.
    if sniff(&head(file).await) != Some(media_type) {
        return Err(ApiFail::of(ErrorCode::DisguisedFile));
    }
    let announced = announce_document(&AnnounceDocument {
        patient_id,
        appointment_id,
        name: file.name(),
        media_type,
        size: size_of(file),
    })
    .await?;
    upload_content(announced.id, file).await
}

/// The first bytes of a file; none when it cannot be read any more.
async fn head(file: &File) -> Vec<u8> {
    let Ok(start) = file.slice_with_i32_and_i32(0, HEAD_BYTES) else {
        return Vec::new();
    };
    match JsFuture::from(start.array_buffer()).await {
        Ok(bytes) => Uint8Array::new(&bytes).to_vec(),
        Err(_) => Vec::new(),
    }
}

/// Takes files by drop, by button and by keyboard, checks them, sends them, and says how it went.
#[component]
pub fn Uploader(
    /// Whose documents they are; none when the viewer is the patient or the visit says it.
    patient: Option<PatientId>,
    /// The visit they belong to.
    appointment: Option<AppointmentId>,
    /// Called with every document once it is stored.
    #[prop(into)]
    on_stored: Callback<DocumentView>,
) -> impl IntoView {
    let queue = Queue {
        items: RwSignal::new_local(Vec::new()),
        next_key: StoredValue::new(0),
        running: StoredValue::new(false),
        patient,
        appointment,
        on_stored,
        toasts: Toasts::from_context(),
    };
    let over = RwSignal::new(false);
    let on_drop = move |event: DragEvent| {
        event.prevent_default();
        over.set(false);
        if let Some(files) = event.data_transfer().and_then(|data| data.files()) {
            queue.add(&files);
        }
    };
    let on_change = move |event: Event| {
        let input = event
            .target()
            .and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        if let Some(input) = input {
            if let Some(files) = input.files() {
                queue.add(&files);
            }
            // Else choosing the same file again would change nothing.
            input.set_value("");
        }
    };
    view! {
        <div
            class="rounded-box border-2 border-dashed p-4 text-center transition-colors"
            class:border-primary=over
            class:bg-base-200=over
            class=("border-base-300", move || !over.get())
            on:dragover=move |event| {
                event.prevent_default();
                over.set(true);
            }
            on:dragleave=move |_| over.set(false)
            on:drop=on_drop
        >
            <label class="btn btn-primary min-h-11 focus-within:outline-2 focus-within:outline-offset-2">
                <Icon name=IconName::Upload />
                {t::documents::upload()}
                <input
                    type="file"
                    class="sr-only"
                    multiple
                    accept=".pdf,.jpg,.jpeg,.png,application/pdf,image/jpeg,image/png"
                    on:change=on_change
                />
            </label>
            <p class="mt-2 text-sm text-base-content/70">
                <span class="hidden md:block" aria-hidden="true">
                    {move || {
                        if over.get() { t::documents::drop_now() } else { t::documents::drop() }
                    }}
                </span>
                {t::documents::drop_hint()}
            </p>
        </div>
        <ul class="space-y-2 empty:hidden" aria-label=t::documents::uploads() aria-live="polite">
            <For each=move || queue.items.get() key=|item| (item.key, tag(item.progress)) let:item>
                <UploadRow queue item/>
            </For>
        </ul>
    }
}

/// Makes a row of the list new when its progress changes.
fn tag(progress: Progress) -> u8 {
    match progress {
        Progress::Waiting => 0,
        Progress::Sending => 1,
        Progress::Refused(_) => 2,
        Progress::Failed(_) => 3,
    }
}

/// One file on its way, or why it is not.
#[component]
fn UploadRow(queue: Queue, item: Item) -> impl IntoView {
    let key = item.key;
    let fault = match item.progress {
        Progress::Waiting | Progress::Sending => None,
        Progress::Refused(fault) => Some(match fault {
            FileFault::Type => t::documents::fault_type(),
            FileFault::Disguised => t::documents::fault_disguised(),
            FileFault::TooLarge => t::documents::fault_too_large(),
            FileFault::Empty => t::documents::fault_empty(),
        }),
        Progress::Failed(failure) => Some(match failure {
            Failure::Offline => t::documents::fault_offline(),
            Failure::Type => t::documents::fault_type(),
            Failure::Disguised => t::documents::fault_disguised(),
            Failure::TooLarge => t::documents::fault_too_large(),
            Failure::Other => t::documents::fault_other(),
        }),
    };
    let may_retry = matches!(
        item.progress,
        Progress::Failed(Failure::Offline | Failure::Other)
    );
    let failed = fault.is_some();
    let size = intl::file_size(size_of(&item.file));
    view! {
        <li class="rounded-box border border-base-300 bg-base-100 p-3">
            <div class="flex items-center gap-3">
                <span class="min-w-0 grow truncate">{item.file.name()}</span>
                <span class="shrink-0 text-sm text-base-content/70">{size}</span>
            </div>
            {match fault {
                Some(fault) => view! { <p class="mt-1 text-sm text-error">{fault}</p> }.into_any(),
                None if item.progress == Progress::Sending => {
                    view! {
                        <progress
                            class="progress progress-primary mt-2 w-full"
                            aria-label=t::documents::uploading()
                        ></progress>
                    }
                        .into_any()
                }
                None => {
                    view! { <p class="mt-1 text-sm text-base-content/70">{t::documents::waiting()}</p> }
                        .into_any()
                }
            }}
            {failed
                .then(|| {
                    view! {
                        <div class="mt-2 flex gap-2">
                            {may_retry
                                .then(|| {
                                    view! {
                                        <Button
                                            size=ButtonSize::Small
                                            on_click=move |()| {
                                                queue.set(key, Progress::Waiting);
                                                queue.run();
                                            }
                                        >
                                            {t::documents::try_again()}
                                        </Button>
                                    }
                                })}
                            <Button
                                kind=ButtonKind::Ghost
                                size=ButtonSize::Small
                                on_click=move |()| queue.remove(key)
                            >
                                {t::documents::dismiss()}
                            </Button>
                        </div>
                    }
                })}
        </li>
    }
}

fn size_of(file: &File) -> i64 {
    #[expect(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        reason = "a file's size is a whole number below 2^53"
    )]
    let size = file.size() as i64;
    size
}
