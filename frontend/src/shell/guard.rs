//! Who may see a page: pages inside [`Guarded`] have a signed-in user.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::components::{Outlet, Redirect};
use leptos_router::hooks::use_location;

use crate::i18n::t;
use crate::routes::Route;
use crate::state::session::{Phase, Session};
use crate::ui::{ErrorState, Spinner};

/// Pages of signed-in users, inside the shell.
#[component]
pub fn Guarded() -> impl IntoView {
    let session = Session::from_context();
    let location = use_location();
    move || match session.phase().get() {
        Phase::Loading => view! { <Spinner /> }.into_any(),
        Phase::Unreachable => {
            view! {
                <ErrorState text=t::common::unreachable() on_retry=move |()| session.resume() />
            }
                .into_any()
        }
        Phase::SignedOut => {
            let path = location.pathname.get_untracked();
            let next = if path == Route::Home.path() {
                Route::SignIn.path()
            } else {
                let next = String::from(js_sys::encode_uri_component(&path));
                format!("{}?next={next}", Route::SignIn.path())
            };
            view! { <Redirect path=next options=replace() /> }.into_any()
        }
        Phase::SignedIn => view! { <Outlet /> }.into_any(),
    }
}

/// Pages for those who are not signed in; others go on to where they wanted.
#[component]
pub fn Public() -> impl IntoView {
    let session = Session::from_context();
    let query = leptos_router::hooks::use_query_map();
    move || match session.phase().get() {
        Phase::Loading => view! { <Spinner /> }.into_any(),
        Phase::SignedIn => {
            let next = query.with_untracked(|query| query.get("next"));
            // Only paths of this app: `//host` would lead elsewhere.
            let next = next.filter(|next| next.starts_with('/') && !next.starts_with("//"));
            let next = next.unwrap_or_else(|| Route::Home.path());
            view! { <Redirect path=next options=replace() /> }.into_any()
        }
        Phase::SignedOut | Phase::Unreachable => view! { <Outlet /> }.into_any(),
    }
}

/// The page that was not shown is no step to go back to.
fn replace() -> NavigateOptions {
    NavigateOptions { replace: true, ..NavigateOptions::default() }
}
