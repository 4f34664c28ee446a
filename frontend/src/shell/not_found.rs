//! A path that leads nowhere.

use leptos::prelude::*;

use crate::i18n::t;
use crate::routes::Route;
use crate::ui::{ButtonKind, EmptyState, IconName, LinkButton};

/// Shown for unknown paths and for records that are not there, where no frame is around.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    view! {
        <main class="mx-auto w-full max-w-xl p-4">
            <NotFound />
        </main>
    }
}

/// The same inside the frame.
#[component]
pub fn NotFound() -> impl IntoView {
    view! {
        <h1 class="sr-only">{t::common::not_found_title()}</h1>
        <EmptyState
            icon=IconName::Search
            title=t::common::not_found_title()
            text=t::common::not_found_text()
        >
            <LinkButton href=Route::Home.path() kind=ButtonKind::Primary>
                {t::common::to_start()}
            </LinkButton>
        </EmptyState>
    }
}
