//! A doctor's first page: who waits, and the day.

use leptos::prelude::*;
use visita_wire::appointments::{AppointmentView, LobbyEntry};
use visita_wire::chat::ConversationView;

use super::lobby::Lobby;
use super::today::{Today, UnreadList};
use crate::i18n::t;
use crate::intl;
use crate::state::clock::Clock;
use crate::state::session::Session;
use crate::ui::{Page, PageHeader};

/// The page.
#[component]
pub fn DoctorHome(
    /// Today's visits.
    today: Vec<AppointmentView>,
    /// Who waits.
    lobby: Signal<Vec<LobbyEntry>>,
    /// Conversations with unread messages.
    unread: Vec<ConversationView>,
    /// Something here has changed the day.
    #[prop(into)]
    on_change: Callback<()>,
) -> impl IntoView {
    let name = Session::from_context()
        .user_now()
        .map(|user| user.name)
        .unwrap_or_default();
    view! {
        <Page>
            <PageHeader title=t::home::greeting(name) text=intl::day_long(Clock::read()) />
            <div class="grid grid-cols-1 items-start gap-6 xl:grid-cols-[minmax(0,3fr)_minmax(0,2fr)] xl:grid-rows-[auto_1fr]">
                <div class="xl:col-start-2">
                    <Lobby entries=lobby may_admit=true on_change />
                </div>
                <div class="xl:col-start-1 xl:row-span-2 xl:row-start-1">
                    <Today visits=today />
                </div>
                <div class="xl:col-start-2">
                    <UnreadList unread />
                </div>
            </div>
        </Page>
    }
}
