//! The tab's one WebSocket: signed in by ticket, kept alive, brought back, and told again
//! what the page follows.
//!
//! Frames are deliveries and hints; whoever needs to know asks again after a reconnect,
//! so nothing is kept here but the latest snapshots.

mod core;
mod follow;
mod link;

use std::collections::HashMap;
use std::rc::Rc;

use leptos::{ev, prelude::*};
use visita_domain::{AppointmentId, ConversationId, TabId};
use visita_wire::appointments::{LobbyView, Presence};
use visita_wire::ws::{ClientMsg, Position, ServerMsg};

use self::core::Core;
use super::session::{Phase, Session};

/// Whether the server is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Nobody is signed in.
    Idle,
    /// The first connection of this page is being made.
    Connecting,
    /// Frames pass.
    Connected,
    /// Lost, and on the way back.
    Reconnecting,
    /// The browser has no network.
    Offline,
}

/// A followed visit as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VisitLive {
    /// Where it stands.
    pub state: visita_domain::appointment::AppointmentState,
    /// Its version.
    pub version: i64,
    /// Start, since it may have been moved.
    pub starts_at: visita_domain::Ts,
    /// How the patient's page is connected.
    pub patient: Presence,
    /// The doctor has the visit page open.
    pub doctor_online: bool,
}

/// What listeners hear.
pub enum Happening<'a> {
    /// Frames pass, for the first time or again.
    Up,
    /// Frames no longer pass.
    Down,
    /// A frame came. The number is that of the question it answers.
    Frame(&'a ServerMsg, Option<u64>),
}

/// Ends a subscription when dropped.
#[must_use = "dropping it ends the subscription at once"]
pub struct Listening {
    core: std::rc::Weak<Core>,
    number: u64,
}

impl Drop for Listening {
    fn drop(&mut self) {
        if let Some(core) = self.core.upgrade() {
            core.forget_listener(self.number);
        }
    }
}

/// Signals that the socket keeps.
#[derive(Clone, Copy)]
struct Signals {
    status: RwSignal<Status>,
    lobby: RwSignal<Option<LobbyView>>,
    visits: RwSignal<HashMap<AppointmentId, VisitLive>>,
    appointments_changed: RwSignal<u64>,
    conversations_changed: RwSignal<u64>,
}

/// The socket, from the context.
#[derive(Clone, Copy)]
pub struct Socket {
    signals: Signals,
    core: StoredValue<Rc<Core>, LocalStorage>,
}

impl Socket {
    /// Puts the socket into the context; it connects while somebody is signed in.
    pub fn provide(session: Session) {
        let signals = Signals {
            status: RwSignal::new(Status::Idle),
            lobby: RwSignal::new(None),
            visits: RwSignal::new(HashMap::new()),
            appointments_changed: RwSignal::new(0),
            conversations_changed: RwSignal::new(0),
        };
        let core = Core::new(TabId::new(uuid::Uuid::new_v4()), signals);
        let socket = Self {
            signals,
            core: StoredValue::new_local(Rc::clone(&core)),
        };
        Effect::new(move |_| {
            if matches!(session.phase().get(), Phase::SignedIn | Phase::Joined) {
                core.start();
            } else {
                core.stop();
            }
        });
        let wake = move || socket.with_core(Core::wake);
        let online = window_event_listener(ev::online, move |_| wake());
        let offline = window_event_listener(ev::offline, move |_| wake());
        let shown = window_event_listener_untyped("pageshow", move |_| wake());
        let seen = window_event_listener_untyped("visibilitychange", move |_| wake());
        on_cleanup(move || {
            online.remove();
            offline.remove();
            shown.remove();
            seen.remove();
            socket.with_core(Core::stop);
        });
        provide_context(socket);
    }

    /// The socket of this page.
    #[must_use]
    pub fn from_context() -> Self {
        expect_context()
    }

    /// Whether the server is connected.
    #[must_use]
    pub fn status(self) -> Signal<Status> {
        self.signals.status.into()
    }

    /// Grows whenever one of the user's appointments changed: re-read lists.
    #[must_use]
    pub fn appointments_changed(self) -> Signal<u64> {
        self.signals.appointments_changed.into()
    }

    /// Grows whenever one of the user's conversations has something new: re-read badges.
    #[must_use]
    pub fn conversations_changed(self) -> Signal<u64> {
        self.signals.conversations_changed.into()
    }

    /// The lobby, followed while the calling owner lives. `None` until it came.
    #[must_use]
    pub fn lobby(self) -> Signal<Option<LobbyView>> {
        self.with_core(Core::follow_lobby);
        on_cleanup(move || self.with_core(Core::leave_lobby));
        self.signals.lobby.into()
    }

    /// A visit, followed while the calling owner lives. `None` until it came. While a
    /// patient follows, the lobby shows the patient online.
    #[must_use]
    pub fn visit(self, id: AppointmentId) -> Signal<Option<VisitLive>> {
        self.with_core(|core| core.follow_visit(id));
        on_cleanup(move || self.with_core(|core| core.leave_visit(id)));
        let visits = self.signals.visits;
        Memo::new(move |_| visits.with(|visits| visits.get(&id).copied())).into()
    }

    /// Sends a frame. The number names the answer; `None` while not connected.
    pub fn send(self, msg: ClientMsg) -> Option<u64> {
        self.core.try_get_value().and_then(|core| core.send(msg))
    }

    /// Hears everything until the answer is dropped. `Up` comes at once when connected.
    pub fn listen(self, hear: impl Fn(&Happening) + 'static) -> Option<Listening> {
        self.core.try_get_value().map(|core| {
            let number = core.add_listener(Rc::new(hear));
            Listening {
                core: Rc::downgrade(&core),
                number,
            }
        })
    }

    /// Keeps a conversation subscribed over reconnects; `position` says how far the copy goes.
    pub fn follow_conversation(
        self,
        id: ConversationId,
        position: impl Fn() -> Position + 'static,
    ) {
        self.with_core(|core| core.follow_conversation(id, Rc::new(position)));
    }

    /// Stops following a conversation.
    pub fn leave_conversation(self, id: ConversationId) {
        self.with_core(|core| core.leave_conversation(id));
    }

    fn with_core(self, act: impl FnOnce(&Rc<Core>)) {
        if let Some(core) = self.core.try_get_value() {
            act(&core);
        }
    }
}
