//! Choosing a password: clear guidance, and length as the only measure (NIST SP 800-63B-4).

use leptos::prelude::*;

use crate::i18n::t;
use crate::state::config::Config;
use crate::ui::{Icon, IconName, PasswordField};

/// A new password with its rule and how far it is met.
#[component]
pub fn NewPassword(
    /// Its name.
    #[prop(into)]
    label: String,
    /// The password.
    value: RwSignal<String>,
    /// What is wrong.
    #[prop(into)]
    error: Signal<Option<String>>,
) -> impl IntoView {
    let want = Config::from_context().min_password_chars();
    // Code points, as the server counts.
    let have = Memo::new(move |_| value.with(|value| value.chars().count()));
    let done = move || have.get() >= want.get();
    let hint = Signal::derive(move || Some(t::auth::password_hint(want.get())));
    view! {
        <div class="flex flex-col gap-2">
            <PasswordField label value autocomplete="new-password" hint error />
            <Show when=move || have.get() != 0>
                <div class="flex items-center gap-3">
                    <progress
                        class="progress flex-1"
                        class:progress-success=done
                        class:progress-warning=move || !done()
                        max=move || want.get().to_string()
                        value=move || have.get().min(want.get()).to_string()
                        aria-label=t::auth::password_strength()
                    ></progress>
                    <span class="flex items-center gap-1 text-sm" class:text-success=done>
                        {move || {
                            if done() {
                                view! {
                                    <Icon name=IconName::Check class="size-4" />
                                    {t::auth::password_long_enough()}
                                }
                                    .into_any()
                            } else {
                                t::auth::password_progress(have.get(), want.get()).into_any()
                            }
                        }}
                    </span>
                </div>
            </Show>
        </div>
    }
}
