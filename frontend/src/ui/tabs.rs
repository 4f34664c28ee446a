//! Tabs: one of several views of the same thing.

use leptos::prelude::*;

use super::Choice;

/// A row of tabs. The caller shows the view of the chosen one.
#[component]
pub fn Tabs(
    /// What the tabs choose, for those who do not see them.
    #[prop(into)]
    label: String,
    /// The tabs.
    #[prop(into)]
    tabs: Signal<Vec<Choice>>,
    /// The stable text of the chosen one.
    value: RwSignal<String>,
) -> impl IntoView {
    // Buttons with a pressed state: all reachable by Tab, no hidden keys to learn.
    view! {
        <div role="group" aria-label=label class="tabs tabs-border overflow-x-auto flex-nowrap">
            {move || {
                tabs.get()
                    .into_iter()
                    .map(|tab| {
                        let own = StoredValue::new(tab.value);
                        let chosen = move || value.with(|value| own.with_value(|own| own == value));
                        view! {
                            <button
                                type="button"
                                class="tab min-h-11 whitespace-nowrap"
                                class:tab-active=chosen
                                aria-pressed=move || if chosen() { "true" } else { "false" }
                                on:click=move |_| value.set(own.get_value())
                            >
                                {tab.label}
                            </button>
                        }
                    })
                    .collect_view()
            }}
        </div>
    }
}
