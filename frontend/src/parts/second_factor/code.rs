//! The one field for codes.

use leptos::prelude::*;

use crate::i18n::t;
use crate::ui::TextField;

/// A code of the app, or a recovery code for those who have lost it.
#[component]
pub fn CodeField(
    /// The code as typed.
    value: RwSignal<String>,
    /// What is wrong.
    #[prop(into)]
    error: Signal<Option<String>>,
    /// Only the app's code is taken: there are no recovery codes yet.
    #[prop(optional)]
    app_only: bool,
) -> impl IntoView {
    let recovery = RwSignal::new(false);
    let field = move || {
        if recovery.get() {
            view! {
                <TextField
                    label=t::security::recovery_code()
                    value
                    hint=Some(t::security::recovery_code_hint())
                    max_length=40_u32
                    error
                />
            }
            .into_any()
        } else {
            view! {
                <TextField
                    label=t::security::code()
                    value
                    hint=Some(t::security::code_hint())
                    autocomplete="one-time-code"
                    input_mode="numeric"
                    max_length=7_u32
                    error
                />
            }
            .into_any()
        }
    };
    let other = move || {
        if recovery.get() {
            t::security::use_app()
        } else {
            t::security::use_recovery()
        }
    };
    view! {
        <div class="flex flex-col gap-1">
            {field}
            {(!app_only)
                .then(|| {
                    view! {
                        <button
                            type="button"
                            class="link link-primary min-h-11 self-start text-sm font-medium"
                            on:click=move |_| {
                                value.set(String::new());
                                recovery.update(|on| *on = !*on);
                            }
                        >
                            {other}
                        </button>
                    }
                })}
        </div>
    }
}
