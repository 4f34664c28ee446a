//! The waiting room and the call.

mod after;
mod by_link;
mod call;
mod check;
mod controls;
mod device_select;
mod lobby;
mod model;
mod room;
mod side;
mod video;

use leptos::prelude::*;
use visita_domain::AppointmentId;
use visita_domain::people::Role;
use visita_wire::appointments::AppointmentView;

pub use self::by_link::JoinPage;

use self::after::{FinishedScreen, LeftScreen, OffScreen};
use self::call::CallScreen;
use self::check::CheckScreen;
use self::lobby::LobbyScreen;
use self::model::Screen;
use self::room::Room;
use crate::api::appointments::get_appointment;
use crate::i18n::t;
use crate::intl;
use crate::parts::{Remote, remote};
use crate::routes::{Route, id_param};
use crate::shell::NotFoundPage;
use crate::state::session::Session;
use crate::state::socket::{Socket, Status};
use crate::ui::{Icon, IconName, Spinner};

/// The waiting room and the call.
#[component]
pub fn VisitPage() -> impl IntoView {
    let id = id_param::<AppointmentId>();
    let session = Session::from_context();
    move || {
        let role = session.role().get();
        match (id.get(), role) {
            (Some(id), Some(Role::Patient | Role::Doctor)) => view! { <Loaded id /> }.into_any(),
            _ => view! { <NotFoundPage /> }.into_any(),
        }
    }
}

#[component]
fn Loaded(id: AppointmentId) -> impl IntoView {
    let data = remote(move || get_appointment(id));
    view! {
        <Remote data loading=|| view! { <main class="min-h-dvh"><Spinner /></main> } let:visit>
            <Screens visit />
        </Remote>
    }
}

#[component]
fn Screens(visit: AppointmentView) -> impl IntoView {
    let starts_at = visit.starts_at;
    let room = Room::open(visit);
    if room.by_link {
        // The tap on the link's page was the wish to go in.
        room.enter();
    }
    let screen = room.screen();
    let title = t::visit::title(room.other_name());
    let named = title.clone();
    Effect::new(move |_| document().set_title(&t::shell::title(named.as_str())));
    view! {
        <div class="flex h-dvh flex-col overflow-hidden bg-base-200">
            <header class="flex min-h-14 shrink-0 items-center gap-3 border-b border-base-300 bg-base-100 px-3">
                {(!room.by_link).then(|| view! { <Back room /> })}
                <div class="min-w-0 grow">
                    <h1 class="truncate font-semibold">{title}</h1>
                    <p class="truncate text-sm text-base-content/70">
                        {intl::date_time(starts_at)}
                    </p>
                </div>
            </header>
            <SocketBanner />
            <main id="main" class="flex min-h-0 grow flex-col overflow-y-auto">
                {move || match screen.get() {
                    Screen::Check => view! { <CheckScreen room /> }.into_any(),
                    Screen::Lobby => view! { <LobbyScreen room /> }.into_any(),
                    Screen::Call => view! { <CallScreen room /> }.into_any(),
                    Screen::Left => view! { <LeftScreen room /> }.into_any(),
                    Screen::Finished => view! { <FinishedScreen room /> }.into_any(),
                    Screen::Off => view! { <OffScreen room /> }.into_any(),
                }}
            </main>
        </div>
    }
}

#[component]
fn Back(room: Room) -> impl IntoView {
    view! {
        <a
            href=Route::Appointment(room.id()).path()
            class="btn btn-ghost btn-square size-11"
            aria-label=t::visit::back()
            title=t::visit::back()
        >
            <Icon name=IconName::ArrowLeft class="rtl:rotate-180" />
        </a>
    }
}

/// Says when the clinic's server is away. A call goes on meanwhile.
#[component]
fn SocketBanner() -> impl IntoView {
    let status = Socket::from_context().status();
    let words = move || match status.get() {
        Status::Reconnecting => Some(t::visit::reconnecting_server()),
        Status::Offline => Some(t::visit::offline()),
        Status::Idle | Status::Connecting | Status::Connected => None,
    };
    view! {
        <div role="status" class="shrink-0">
            {move || {
                words()
                    .map(|words| {
                        view! {
                            <p class="flex items-center justify-center gap-2 bg-warning px-3 py-2 text-sm font-medium text-warning-content">
                                <Icon name=IconName::WifiOff class="size-4" />
                                {words}
                            </p>
                        }
                    })
            }}
        </div>
    }
}
