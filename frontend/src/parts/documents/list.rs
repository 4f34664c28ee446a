//! The list of documents: what each is, from whom, and download or deletion.

use leptos::prelude::*;
use leptos::task::spawn_local;
use visita_domain::document::MediaType;
use visita_wire::documents::DocumentView;

use crate::api::documents::{delete_document, download_content};
use crate::i18n::t;
use crate::intl;
use crate::parts::PagedList;
use crate::parts::download::save;
use crate::routes::Route;
use crate::state::pages::Pages;
use crate::state::session::Session;
use crate::state::toasts::Toasts;
use crate::ui::{ConfirmDialog, EmptyState, Icon, IconButton, IconName};

/// Documents, the newest first, with the next page on demand.
#[component]
pub fn DocumentList(
    /// The documents.
    pages: Pages<DocumentView>,
    /// Whether the viewer can add some, for the words of an empty list.
    upload: bool,
    /// Names the patient of each document.
    name_patient: bool,
    /// Links the visit that a document belongs to.
    link_visit: bool,
) -> impl IntoView {
    let doomed = RwSignal::new(None::<DocumentView>);
    let asking = RwSignal::new(false);
    let on_delete = Callback::new(move |document| {
        doomed.set(Some(document));
        asking.set(true);
    });
    let empty_text = if upload {
        t::documents::empty_text()
    } else {
        t::documents::empty_text_viewer()
    };
    view! {
        <PagedList
            pages
            empty=move || {
                view! {
                    <EmptyState
                        icon=IconName::FileText
                        title=t::documents::empty_title()
                        text=empty_text.clone()
                    />
                }
            }
            let:documents
        >
            <ul class="flex flex-col gap-2" aria-label=t::documents::list()>
                {documents
                    .into_iter()
                    .map(|document| view! { <Row document name_patient link_visit on_delete /> })
                    .collect_view()}
            </ul>
        </PagedList>
        <DeleteDialog pages doomed asking />
    }
}

/// One document.
#[component]
fn Row(
    document: DocumentView,
    name_patient: bool,
    link_visit: bool,
    on_delete: Callback<DocumentView>,
) -> impl IntoView {
    let toasts = Toasts::from_context();
    let own = Session::from_context()
        .user_now()
        .is_some_and(|user| user.id == document.uploaded_by);
    let (icon, kind) = match document.media_type {
        MediaType::Pdf => (IconName::FileText, t::documents::kind_pdf()),
        MediaType::Jpeg | MediaType::Png => (IconName::Image, t::documents::kind_image()),
    };
    let by = if own {
        t::documents::by_you()
    } else {
        t::documents::by(document.uploader_name.as_str())
    };
    let mut facts = vec![
        intl::file_size(document.size),
        intl::date(document.created_at),
        by,
    ];
    if name_patient && document.patient_name != document.uploader_name {
        facts.push(document.patient_name.clone());
    }
    let facts = facts.join(" · ");
    let visit = document.appointment_id.filter(|_| link_visit);
    let busy = RwSignal::new(false);
    let stored = StoredValue::new(document.clone());
    let download = move |()| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            let Some(document) = stored.try_get_value() else {
                return;
            };
            let saved = match download_content(document.id).await {
                Ok(blob) => save(&blob, &document.name),
                Err(_) => false,
            };
            if !saved {
                toasts.error(t::documents::download_failed(document.name));
            }
            busy.try_set(false);
        });
    };
    view! {
        <li class="flex items-center gap-3 rounded-box border border-base-300 bg-base-100 p-3">
            <span class="self-start rounded-field bg-base-200 p-2" title=kind>
                <Icon name=icon />
            </span>
            <div class="min-w-0 grow">
                <p class="font-medium break-words">{document.name.clone()}</p>
                <p class="text-sm text-base-content/70">{facts}</p>
                {visit
                    .map(|id| {
                        view! {
                            <a
                                class="link inline-flex min-h-11 items-center text-sm"
                                href=Route::Appointment(id).path()
                            >
                                {t::documents::of_visit()}
                            </a>
                        }
                    })}
            </div>
            <IconButton
                icon=IconName::Download
                label=t::documents::download_named(document.name.as_str())
                disabled=busy
                on_click=download
            />
            {own
                .then(|| {
                    view! {
                        <IconButton
                            icon=IconName::Trash
                            label=t::documents::delete_named(document.name.as_str())
                            on_click=move |()| on_delete.run(stored.get_value())
                        />
                    }
                })}
        </li>
    }
}

/// Asks before a document is deleted.
#[component]
fn DeleteDialog(
    pages: Pages<DocumentView>,
    doomed: RwSignal<Option<DocumentView>>,
    asking: RwSignal<bool>,
) -> impl IntoView {
    let toasts = Toasts::from_context();
    let text = move || {
        doomed.with(|document| {
            document
                .as_ref()
                .map(|document| t::documents::delete_text(document.name.as_str()))
                .unwrap_or_default()
        })
    };
    let delete = move || {
        let Some(document) = doomed.get_untracked() else {
            return;
        };
        asking.set(false);
        spawn_local(async move {
            match delete_document(document.id).await {
                Ok(()) => {
                    pages.edit(|list| list.retain(|kept| kept.id != document.id));
                    toasts.success(t::documents::deleted(document.name));
                }
                Err(_) => toasts.error(t::documents::delete_failed(document.name)),
            }
        });
    };
    view! {
        <ConfirmDialog
            open=asking
            danger=true
            title=t::documents::delete_title()
            text=Signal::derive(text)
            confirm=t::documents::delete_confirm()
            on_confirm=move |()| delete()
        />
    }
}
