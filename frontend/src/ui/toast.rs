//! The corner in which short notices show.

use leptos::prelude::*;

use super::{AlertKind, Icon, IconButton, IconName};
use crate::i18n::t;

/// The notices: id, kind and words.
#[component]
pub fn ToastList(
    /// What shows now.
    #[prop(into)]
    toasts: Signal<Vec<(u64, AlertKind, String)>>,
    /// Closes one.
    #[prop(into)]
    on_close: Callback<u64>,
) -> impl IntoView {
    view! {
        <div class="toast-corner" role="status" aria-live="polite">
            <For each=move || toasts.get() key=|(id, ..)| *id let((id, kind, text))>
                <div class=format!("toast-card {}", tone(kind))>
                    <Icon name=icon(kind) class="tone shrink-0" />
                    <span class="flex-1">{text}</span>
                    <IconButton
                        icon=IconName::X
                        label=t::common::close()
                        class="-my-2 -me-2"
                        on_click=move |()| on_close.run(id)
                    />
                </div>
            </For>
        </div>
    }
}

fn tone(kind: AlertKind) -> &'static str {
    match kind {
        AlertKind::Info => "toast-info",
        AlertKind::Success => "toast-success",
        AlertKind::Warning | AlertKind::Error => "toast-error",
    }
}

fn icon(kind: AlertKind) -> IconName {
    match kind {
        AlertKind::Info => IconName::Info,
        AlertKind::Success => IconName::CircleCheck,
        AlertKind::Warning | AlertKind::Error => IconName::Alert,
    }
}
