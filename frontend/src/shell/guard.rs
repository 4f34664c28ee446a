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
        Phase::Unreachable => view! {
            <main>
                <ErrorState text=t::common::unreachable() on_retry=move |()| session.resume() />
            </main>
        }
        .into_any(),
        Phase::SignedOut => {
            let wanted = wanted(
                &location.pathname.get_untracked(),
                &location.search.get_untracked(),
            );
            view! { <Redirect path=sign_in_before(&wanted) options=replace() /> }.into_any()
        }
        Phase::Enrolling => to_enrolment().into_any(),
        // Whoever came by a link has one page.
        Phase::Joined => {
            view! { <Redirect path=Route::Join.path() options=replace() /> }.into_any()
        }
        Phase::SignedIn => view! { <Outlet /> }.into_any(),
    }
}

/// The page of those who must set up a second factor; others have no business there.
#[component]
pub fn Enrolling() -> impl IntoView {
    let session = Session::from_context();
    move || match session.phase().get() {
        Phase::Loading => view! { <Spinner /> }.into_any(),
        Phase::Enrolling => view! { <Outlet /> }.into_any(),
        Phase::SignedOut | Phase::Unreachable | Phase::Joined | Phase::SignedIn => {
            view! { <Redirect path=Route::Home.path() options=replace() /> }.into_any()
        }
    }
}

fn to_enrolment() -> impl IntoView {
    view! { <Redirect path=Route::SecuritySetup.path() options=replace() /> }
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
        Phase::Enrolling => to_enrolment().into_any(),
        Phase::SignedOut | Phase::Unreachable | Phase::Joined => view! { <Outlet /> }.into_any(),
    }
}

fn wanted(path: &str, search: &str) -> String {
    match search {
        "" => path.to_owned(),
        search => format!("{path}?{search}"),
    }
}

/// Sign-in, which afterwards goes on to the wanted page.
fn sign_in_before(wanted: &str) -> String {
    if wanted == Route::Home.path() {
        return Route::SignIn.path();
    }
    let next = String::from(js_sys::encode_uri_component(wanted));
    format!("{}?next={next}", Route::SignIn.path())
}

/// The page that was not shown is no step to go back to.
fn replace() -> NavigateOptions {
    NavigateOptions {
        replace: true,
        ..NavigateOptions::default()
    }
}
