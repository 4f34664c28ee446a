//! `/security/setup`: the second factor that an account needs before anything else.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::frame::Frame;
use crate::api;
use crate::i18n::t;
use crate::parts::{Enrol, Remote, remote};
use crate::state::session::Session;
use crate::ui::{Button, ButtonKind, Spinner};

/// The page. When it is done, the guard around it goes on to the first page.
#[component]
pub fn EnrolPage() -> impl IntoView {
    let session = Session::from_context();
    let seed = remote(api::second_factor::start);
    view! {
        <Frame title=t::security::setup_title() text=t::security::setup_text()>
            <Remote data=seed loading=|| view! { <Spinner /> }.into_any() let(enrolment)>
                <Enrol enrolment on_done=move |()| session.enrolled() />
            </Remote>
            <Button
                kind=ButtonKind::Ghost
                on_click=move |()| spawn_local(session.sign_out())
            >
                {t::shell::sign_out()}
            </Button>
        </Frame>
    }
}
