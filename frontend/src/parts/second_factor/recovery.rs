//! Recovery codes, shown once: to copy, to download, and to say that they are saved.

use js_sys::Array;
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::Blob;

use crate::i18n::t;
use crate::parts::clipboard::copied;
use crate::parts::download::save;
use crate::state::toasts::Toasts;
use crate::ui::{Button, ButtonKind, IconName};

/// The codes. The page that shows them cannot show them again.
#[component]
pub fn RecoveryCodes(
    /// The codes.
    codes: Vec<String>,
    /// The person says that they are saved.
    #[prop(into)]
    on_saved: Callback<()>,
) -> impl IntoView {
    let toasts = Toasts::from_context();
    let text = StoredValue::new(codes.join("\n") + "\n");
    let copy = move |()| {
        spawn_local(async move {
            if copied(&text.get_value()).await {
                toasts.success(t::security::copied());
            } else {
                toasts.error(t::security::copy_failed());
            }
        });
    };
    let download = move |()| {
        let parts = Array::of1(&text.get_value().into());
        let saved = Blob::new_with_str_sequence(&parts)
            .is_ok_and(|blob| save(&blob, &t::security::file_name()));
        if !saved {
            toasts.error(t::security::copy_failed());
        }
    };
    let list = codes
        .into_iter()
        .map(|code| view! { <li class="select-all">{code}</li> })
        .collect_view();
    view! {
        <div class="flex flex-col gap-4">
            <h2 class="text-lg font-semibold">{t::security::codes_title()}</h2>
            <p class="text-base-content/80">{t::security::codes_text()}</p>
            <ul class="surface grid gap-2 p-4 font-mono sm:grid-cols-2" data-testid="recovery-codes">
                {list}
            </ul>
            <div class="flex flex-wrap gap-3">
                <Button icon=IconName::Copy on_click=copy>
                    {t::security::copy()}
                </Button>
                <Button icon=IconName::Download on_click=download>
                    {t::security::download()}
                </Button>
            </div>
            <Button kind=ButtonKind::Primary wide=true on_click=on_saved>
                {t::security::saved()}
            </Button>
        </div>
    }
}
