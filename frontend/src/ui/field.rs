//! Fields: a label, the control, a hint, and what is wrong beside it.

use leptos::prelude::*;

use super::{IconButton, IconName, unique_id};
use crate::i18n::t;

/// The frame around a control.
#[component]
fn Frame(
    /// The control's id.
    id: String,
    /// Its name.
    label: Signal<String>,
    /// May be left empty.
    optional: bool,
    /// What to write.
    hint: Signal<Option<String>>,
    /// What is wrong.
    error: Signal<Option<String>>,
    /// The control.
    children: Children,
) -> impl IntoView {
    let note_id = note_id(&id);
    view! {
        <div class="flex flex-col gap-1.5">
            <label class="text-sm font-medium" for=id>
                {label}
                {optional
                    .then(|| {
                        view! {
                            <span class="ms-1 font-normal text-base-content/70">
                                {t::common::optional()}
                            </span>
                        }
                    })}
            </label>
            {children()}
            <div id=note_id class="text-sm empty:hidden">
                {move || {
                    error
                        .get()
                        .map(|error| {
                            view! {
                                <p class="font-medium text-error" role="alert">
                                    {error}
                                </p>
                            }
                        })
                }}
                {move || {
                    hint.get().map(|hint| view! { <p class="text-base-content/70">{hint}</p> })
                }}
            </div>
        </div>
    }
}

fn note_id(id: &str) -> String {
    format!("{id}-note")
}

/// One line of text.
#[component]
pub fn TextField(
    /// Its name.
    #[prop(into)]
    label: Signal<String>,
    /// The text.
    value: RwSignal<String>,
    /// The type of `<input>`: `text`, `email`, `tel`, `date`, `time`, `number`, `search`.
    #[prop(default = "text")]
    kind: &'static str,
    /// What to write.
    #[prop(optional, into)]
    hint: Signal<Option<String>>,
    /// What is wrong.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// What the browser may fill in (HTML `autocomplete`).
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// May be left empty.
    #[prop(optional)]
    optional: bool,
    /// Most characters.
    #[prop(optional, into)]
    max_length: Option<u32>,
    /// Smallest value of dates and numbers.
    #[prop(optional, into)]
    min: Option<String>,
    /// Largest value of dates and numbers.
    #[prop(optional, into)]
    max: Option<String>,
    /// Step of numbers and times.
    #[prop(optional, into)]
    step: Option<String>,
    /// An example inside the empty field.
    #[prop(optional, into)]
    placeholder: Option<String>,
    /// Which keyboard a phone shows (HTML `inputmode`); the type's own without.
    #[prop(optional, into)]
    input_mode: Option<&'static str>,
    /// Cannot be changed now.
    #[prop(optional, into)]
    disabled: Signal<bool>,
) -> impl IntoView {
    let id = unique_id("field");
    let note = note_id(&id);
    view! {
        <Frame id=id.clone() label optional hint error>
            <input
                id=id
                type=kind
                inputmode=input_mode
                class="input w-full min-h-11"
                class:input-error=move || error.with(Option::is_some)
                prop:value=value
                on:input:target=move |event| value.set(event.target().value())
                autocomplete=autocomplete
                required=!optional
                maxlength=max_length.map(|n| n.to_string())
                min=min
                max=max
                step=step
                placeholder=placeholder
                disabled=disabled
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                aria-describedby=note
            />
        </Frame>
    }
}

/// A password, which can be made visible.
#[component]
pub fn PasswordField(
    /// Its name.
    #[prop(into)]
    label: Signal<String>,
    /// The password.
    value: RwSignal<String>,
    /// `current-password` or `new-password`.
    autocomplete: &'static str,
    /// What to write.
    #[prop(optional, into)]
    hint: Signal<Option<String>>,
    /// What is wrong.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
) -> impl IntoView {
    let id = unique_id("field");
    let note = note_id(&id);
    let shown = RwSignal::new(false);
    let icon = Signal::derive(move || {
        if shown.get() {
            IconName::EyeOff
        } else {
            IconName::Eye
        }
    });
    let toggle = Signal::derive(move || {
        if shown.get() {
            t::common::hide_password()
        } else {
            t::common::show_password()
        }
    });
    view! {
        <Frame id=id.clone() label optional=false hint error>
            <div class="relative">
                <input
                    id=id
                    type=move || if shown.get() { "text" } else { "password" }
                    class="input w-full min-h-11 pe-12"
                    class:input-error=move || error.with(Option::is_some)
                    prop:value=value
                    on:input:target=move |event| value.set(event.target().value())
                    autocomplete=autocomplete
                    autocapitalize="none"
                    spellcheck="false"
                    required
                    maxlength="128"
                    aria-invalid=move || error.with(Option::is_some).then_some("true")
                    aria-describedby=note
                />
                <div class="absolute inset-y-0 end-0 z-1 flex items-center">
                    <IconButton icon label=toggle on_click=move |()| shown.update(|s| *s = !*s) />
                </div>
            </div>
        </Frame>
    }
}

/// Several lines of text.
#[component]
pub fn TextArea(
    /// Its name.
    #[prop(into)]
    label: Signal<String>,
    /// The text.
    value: RwSignal<String>,
    /// Lines that show.
    #[prop(default = 4)]
    rows: u32,
    /// What to write.
    #[prop(optional, into)]
    hint: Signal<Option<String>>,
    /// What is wrong.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// May be left empty.
    #[prop(optional)]
    optional: bool,
    /// Most characters.
    #[prop(optional, into)]
    max_length: Option<u32>,
    /// An example inside the empty field.
    #[prop(optional, into)]
    placeholder: Option<String>,
) -> impl IntoView {
    let id = unique_id("field");
    let note = note_id(&id);
    view! {
        <Frame id=id.clone() label optional hint error>
            <textarea
                id=id
                class="textarea w-full"
                class:textarea-error=move || error.with(Option::is_some)
                rows=rows.to_string()
                prop:value=value
                on:input:target=move |event| value.set(event.target().value())
                required=!optional
                maxlength=max_length.map(|n| n.to_string())
                placeholder=placeholder
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                aria-describedby=note
            ></textarea>
        </Frame>
    }
}

/// One of several values: its stable text and its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The stable text.
    pub value: String,
    /// The words.
    pub label: String,
}

impl Choice {
    /// A choice.
    #[must_use]
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            label: label.into(),
        }
    }
}

/// One of several.
#[component]
pub fn SelectField(
    /// Its name.
    #[prop(into)]
    label: Signal<String>,
    /// The stable text of the choice; empty for none.
    value: RwSignal<String>,
    /// The choices.
    #[prop(into)]
    choices: Signal<Vec<Choice>>,
    /// The words of "none chosen yet"; without them one is always chosen.
    #[prop(optional, into)]
    none: Option<String>,
    /// What to choose.
    #[prop(optional, into)]
    hint: Signal<Option<String>>,
    /// What is wrong.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// May be left empty.
    #[prop(optional)]
    optional: bool,
    /// Cannot be changed now.
    #[prop(optional, into)]
    disabled: Signal<bool>,
) -> impl IntoView {
    let id = unique_id("field");
    let note = note_id(&id);
    view! {
        <Frame id=id.clone() label optional hint error>
            <select
                id=id
                class="select w-full min-h-11"
                class:select-error=move || error.with(Option::is_some)
                on:change:target=move |event| value.set(event.target().value())
                required=!optional
                disabled=disabled
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                aria-describedby=note
            >
                {none
                    .map(|none| {
                        view! {
                            <option value="" selected=move || value.with(String::is_empty)>
                                {none}
                            </option>
                        }
                    })}
                {move || {
                    choices
                        .get()
                        .into_iter()
                        .map(|choice| {
                            let own = choice.value.clone();
                            view! {
                                <option
                                    value=choice.value
                                    selected=move || value.with(|value| *value == own)
                                >
                                    {choice.label}
                                </option>
                            }
                        })
                        .collect_view()
                }}
            </select>
        </Frame>
    }
}

/// Yes or no.
#[component]
pub fn Check(
    /// What is agreed to.
    #[prop(into)]
    label: Signal<String>,
    /// Whether it is.
    value: RwSignal<bool>,
) -> impl IntoView {
    view! {
        <label class="flex min-h-11 cursor-pointer items-center gap-3">
            <input
                type="checkbox"
                class="checkbox checkbox-primary"
                prop:checked=value
                on:change:target=move |event| value.set(event.target().checked())
            />
            <span>{label}</span>
        </label>
    }
}
