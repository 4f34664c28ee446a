//! The frame of a form: it sends by Enter, never reloads the page.

use leptos::ev;
use leptos::prelude::*;

/// A form. Faults come from the caller, so the browser's own bubbles are off.
#[component]
pub fn Form(
    /// What is wrong with the whole.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// Sends it.
    #[prop(into)]
    on_submit: Callback<()>,
    /// The fields and buttons.
    children: Children,
) -> impl IntoView {
    view! {
        <form
            class="flex flex-col gap-4"
            novalidate
            on:submit=move |event: ev::SubmitEvent| {
                event.prevent_default();
                on_submit.run(());
            }
        >
            <Show when=move || error.with(Option::is_some)>
                <div role="alert" class="alert alert-error alert-soft">
                    <span>{move || error.get()}</span>
                </div>
            </Show>
            {children()}
        </form>
    }
}
