//! A path that leads nowhere.

use leptos::prelude::*;

use crate::i18n::t;
use crate::routes::Route;
use crate::ui::{ButtonKind, EmptyState, IconName, LinkButton};

/// Shown for unknown paths and for records that are not there.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    view! {
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
