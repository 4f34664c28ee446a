//! The number beside "Messages".

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use visita_domain::access::{Action, may_ever};

use crate::api;
use crate::state::session::Session;
use crate::state::socket::Socket;

/// How many conversations hold unread messages, from the context.
#[derive(Clone, Copy)]
pub struct Unread(Signal<Option<i64>>);

impl Unread {
    /// Counts when something new comes, and after each step to another page,
    /// since messages are read on pages.
    pub fn provide() {
        let role = Session::from_context().role();
        let news = Socket::from_context().conversations_changed();
        let path = use_location().pathname;
        let count = LocalResource::new(move || {
            let member = role
                .get()
                .is_some_and(|role| may_ever(role, Action::ListConversations));
            news.track();
            path.track();
            async move {
                if !member {
                    return None;
                }
                // A badge is not worth a fault: without an answer there is none.
                let page = api::chat::list_conversations(None).await.ok()?;
                let unread = page.items.iter().filter(|one| one.last_seq > one.read_seq);
                i64::try_from(unread.count()).ok()
            }
        });
        let latest = Memo::new(move |before: Option<&Option<i64>>| {
            count.get().unwrap_or_else(|| before.copied().flatten())
        });
        provide_context(Self(latest.into()));
    }

    /// The number; `None` until it is known.
    #[must_use]
    pub fn count() -> Signal<Option<i64>> {
        expect_context::<Self>().0
    }
}
