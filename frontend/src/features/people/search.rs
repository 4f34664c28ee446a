//! The search field above a list.

use leptos::prelude::*;

use crate::ui::{Icon, IconName, unique_id};

/// A search field.
#[component]
pub fn SearchField(
    /// What is searched.
    #[prop(into)]
    label: String,
    /// What was typed.
    value: RwSignal<String>,
) -> impl IntoView {
    let id = unique_id("search");
    view! {
        <div class="relative max-w-md flex-1">
            <label for=id.clone() class="sr-only">
                {label.clone()}
            </label>
            <Icon
                name=IconName::Search
                class="pointer-events-none absolute start-3 top-1/2 z-1 -translate-y-1/2 text-base-content/70"
            />
            <input
                id=id
                type="search"
                class="input w-full min-h-11 ps-10"
                placeholder=label
                autocomplete="off"
                prop:value=value
                on:input:target=move |event| value.set(event.target().value())
            />
        </div>
    }
}
