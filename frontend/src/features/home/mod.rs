//! The first page of each role: what to do next.

mod admin;
mod doctor;
mod lobby;
mod patient;
mod staff;
mod today;

use leptos::prelude::*;
use visita_domain::access::{Action, may_ever};
use visita_wire::appointments::{LobbyEntry, LobbyView};
use visita_wire::dashboard::DashboardView;

use crate::api;
use crate::parts::{Remote, remote};
use crate::state::clock::Clock;
use crate::state::session::Session;
use crate::state::socket::Socket;
use crate::ui::{Card, Page, Skeleton, SkeletonList};

/// `/`.
#[component]
pub fn HomePage() -> impl IntoView {
    let data = remote(api::dashboard::get_dashboard);
    let minute = Clock::from_context().minute();
    let socket = Socket::from_context();
    let (visits, conversations) = (
        socket.appointments_changed(),
        socket.conversations_changed(),
    );
    // "Today" changes by itself, and a lost hint is made good by the clock.
    Effect::new(move |before: Option<()>| {
        minute.track();
        visits.track();
        conversations.track();
        if before.is_some() {
            data.refetch();
        }
    });
    let role = Session::from_context().role().get_untracked();
    let sees_lobby = role.is_some_and(|role| may_ever(role, Action::ReadLobby));
    let live = if sees_lobby {
        socket.lobby()
    } else {
        Signal::stored(None)
    };
    view! {
        <Remote data loading=loading let(view)>
            {match view {
                DashboardView::Patient { upcoming, unread, documents } => {
                    view! { <patient::PatientHome upcoming unread documents /> }.into_any()
                }
                DashboardView::Doctor { today, lobby, unread } => {
                    view! {
                        <doctor::DoctorHome
                            today
                            lobby=waiting(live, lobby)
                            unread
                            on_change=move |()| data.refetch()
                        />
                    }
                        .into_any()
                }
                DashboardView::Staff { today, lobby, doctors, patients } => {
                    view! { <staff::StaffHome today lobby=waiting(live, lobby) doctors patients /> }.into_any()
                }
                DashboardView::Admin { hospitals, staff, doctors, patients } => {
                    view! { <admin::AdminHome hospitals staff doctors patients /> }.into_any()
                }
            }}
        </Remote>
    }
}

/// The live waiting room, and until it comes the one of the first answer.
fn waiting(live: Signal<Option<LobbyView>>, first: Vec<LobbyEntry>) -> Signal<Vec<LobbyEntry>> {
    Signal::derive(move || {
        live.get()
            .map_or_else(|| first.clone(), |lobby| lobby.items)
    })
}

fn loading() -> impl IntoView {
    view! {
        <Page>
            <Skeleton class="h-9 w-64" />
            <Card>
                <SkeletonList rows=2 />
            </Card>
            <Card>
                <SkeletonList rows=3 />
            </Card>
        </Page>
    }
}
