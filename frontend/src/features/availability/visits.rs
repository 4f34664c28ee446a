//! How long a visit is, and the break after it.

use leptos::prelude::*;

use super::editor::Editor;
use crate::i18n::t;
use crate::ui::{Section, TextField};

/// Two numbers, in minutes.
#[component]
pub fn VisitLength(editor: Editor) -> impl IntoView {
    let visit_error = Signal::derive(move || {
        editor
            .typed_visit()
            .is_none()
            .then(t::availability::visit_invalid)
    });
    let buffer_error = Signal::derive(move || {
        editor
            .typed_buffer()
            .is_none()
            .then(t::availability::buffer_invalid)
    });
    view! {
        <Section title=t::availability::visits()>
            <div class="grid gap-4 sm:grid-cols-2">
                <TextField
                    kind="number"
                    label=t::availability::visit_minutes()
                    hint=t::availability::visit_minutes_hint()
                    value=editor.visit
                    min="5".to_owned()
                    max="240".to_owned()
                    step="5".to_owned()
                    error=visit_error
                />
                <TextField
                    kind="number"
                    label=t::availability::buffer_minutes()
                    hint=t::availability::buffer_minutes_hint()
                    value=editor.buffer
                    min="0".to_owned()
                    max="120".to_owned()
                    step="5".to_owned()
                    error=buffer_error
                />
            </div>
        </Section>
    }
}
