//! Choosing a password: clear guidance, and length as the only measure (NIST SP 800-63B-4).

use leptos::prelude::*;

use visita_domain::people::MIN_PASSWORD_CHARS_BESIDE_FACTOR;

use crate::i18n::t;
use crate::state::config::Config;
use crate::ui::{Icon, IconName, PasswordField};

/// What stands beside a password, and so how long it must be (SECURITY R28).
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub enum Beside {
    /// Nothing: it is the only factor.
    #[default]
    Nothing,
    /// A second factor.
    Factor,
    /// Only the server knows: the page does not know whose password it is.
    Unknown,
}

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
    /// What stands beside it.
    #[prop(into, default = Beside::Nothing.into())]
    beside: Signal<Beside>,
) -> impl IntoView {
    let alone = Config::from_context().min_password_chars();
    let want = Memo::new(move |_| match beside.get() {
        Beside::Factor => MIN_PASSWORD_CHARS_BESIDE_FACTOR,
        Beside::Nothing | Beside::Unknown => alone.get(),
    });
    // Code points, as the server counts.
    let have = Memo::new(move |_| value.with(|value| value.chars().count()));
    let done = move || have.get() >= want.get();
    let may_do =
        move || beside.get() == Beside::Unknown && have.get() >= MIN_PASSWORD_CHARS_BESIDE_FACTOR;
    let hint = Signal::derive(move || {
        Some(match beside.get() {
            Beside::Unknown => {
                t::auth::password_hint_either(want.get(), MIN_PASSWORD_CHARS_BESIDE_FACTOR)
            }
            Beside::Nothing | Beside::Factor => t::auth::password_hint(want.get()),
        })
    });
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
                            } else if may_do() {
                                t::auth::password_may_do(have.get(), want.get()).into_any()
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
