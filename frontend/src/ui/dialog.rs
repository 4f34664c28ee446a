//! Dialogs on the browser's own `<dialog>`, which keeps the focus inside and gives it back.

use leptos::html;
use leptos::prelude::*;

use super::{Button, ButtonKind, IconButton, IconName, unique_id};
use crate::i18n::t;

/// A dialog over the page. Its content exists only while it is open.
#[component]
pub fn Dialog(
    /// Whether it shows. Escape and the close button set it to false.
    open: RwSignal<bool>,
    /// What it is about.
    #[prop(into)]
    title: Signal<String>,
    /// Room for forms of two columns.
    #[prop(optional)]
    wide: bool,
    /// The content.
    children: ChildrenFn,
) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    let title_id = unique_id("dialog");
    let labelled_by = title_id.clone();
    Effect::new(move |_| {
        let Some(dialog) = node.get() else { return };
        match (open.get(), dialog.open()) {
            // Fails only when the dialog is open already or no part of the page.
            (true, false) => drop(dialog.show_modal()),
            (false, true) => dialog.close(),
            _ => {}
        }
    });
    view! {
        <dialog
            node_ref=node
            class="modal modal-bottom sm:modal-middle"
            aria-labelledby=labelled_by
            on:close=move |_| {
                open.try_set(false);
            }
        >
            <div class=if wide { "modal-box max-w-2xl" } else { "modal-box" }>
                <header class="mb-4 flex items-start justify-between gap-4">
                    <h2 id=title_id class="text-xl font-semibold">
                        {title}
                    </h2>
                    <IconButton
                        icon=IconName::X
                        label=t::common::close()
                        class="-mt-2 -me-2"
                        on_click=move |()| open.set(false)
                    />
                </header>
                <Show when=move || open.get()>{children()}</Show>
            </div>
        </dialog>
    }
}

/// The buttons at the end of a dialog; the main one comes last.
#[component]
pub fn DialogActions(
    /// The buttons.
    children: Children,
) -> impl IntoView {
    view! { <div class="modal-action flex-col-reverse sm:flex-row">{children()}</div> }
}

/// Asks before something that cannot be undone.
#[component]
pub fn ConfirmDialog(
    /// Whether it shows.
    open: RwSignal<bool>,
    /// The question.
    #[prop(into)]
    title: Signal<String>,
    /// What will happen.
    #[prop(into)]
    text: Signal<String>,
    /// The words of the button that does it.
    #[prop(into)]
    confirm: Signal<String>,
    /// It cannot be undone.
    #[prop(optional)]
    danger: bool,
    /// It is under way.
    #[prop(optional, into)]
    busy: Signal<bool>,
    /// Why it did not work.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// Does it.
    #[prop(into)]
    on_confirm: Callback<()>,
) -> impl IntoView {
    let kind = if danger {
        ButtonKind::Danger
    } else {
        ButtonKind::Primary
    };
    view! {
        <Dialog open title>
            <p class="text-base-content/80">{text}</p>
            <Show when=move || error.with(Option::is_some)>
                <p class="mt-3 text-error" role="alert">
                    {move || error.get()}
                </p>
            </Show>
            <DialogActions>
                <Button kind=ButtonKind::Ghost on_click=move |()| open.set(false)>
                    {t::common::keep()}
                </Button>
                <Button kind busy on_click=on_confirm>
                    {move || confirm.get()}
                </Button>
            </DialogActions>
        </Dialog>
    }
}
