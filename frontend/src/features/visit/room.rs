//! What the screens of one visit share: the visit as it stands, the devices, the call.

use leptos::prelude::*;
use leptos::task::spawn_local;
use visita_domain::appointment::AppointmentState;
use visita_domain::call::CallState;
use visita_domain::people::Role;
use visita_domain::{AppointmentId, Ts};
use visita_wire::ErrorCode;
use visita_wire::appointments::{AppointmentView, Presence};

use super::model::{Screen, Stance, opens_at, screen};
use crate::api::appointments::{admit, arrive, finish, leave_lobby};
use crate::api::{ApiFail, Outcome};
use crate::rtc::engine::Call;
use crate::rtc::media::Media;
use crate::state::chat::Chat;
use crate::state::clock::Clock;
use crate::state::session::{Phase, Session};
use crate::state::socket::{Socket, VisitLive};

/// Remembers in which visit this tab is, so that a reload goes back in at once.
const KEY: &str = "visita.visit";

/// One visit as its screens use it.
#[derive(Clone, Copy)]
pub struct Room {
    visit: StoredValue<AppointmentView>,
    /// The newest version known and its state, from answers and from the socket.
    known: RwSignal<(i64, AppointmentState)>,
    live: Signal<Option<VisitLive>>,
    stance: RwSignal<Stance>,
    busy: RwSignal<bool>,
    fail: RwSignal<Option<ApiFail>>,
    /// The viewer came too early, and goes in when it is time.
    awaits: RwSignal<bool>,
    /// The viewer's role.
    pub role: Role,
    /// The viewer came by a join link: there is no page but this one.
    pub by_link: bool,
    /// Camera and microphone.
    pub media: Media,
    /// The call.
    pub call: Call,
    /// The conversation, for its members.
    pub chat: Option<Chat>,
}

impl Room {
    /// Opens the room of a visit; everything in it ends with the calling owner.
    #[must_use]
    pub fn open(visit: AppointmentView) -> Self {
        let id = visit.id;
        let media = Media::new();
        let session = Session::from_context();
        let role = session.user_now().map_or(Role::Patient, |user| user.role);
        let inside = kept() == Some(id.to_string());
        let room = Self {
            known: RwSignal::new((visit.version, visit.state)),
            live: Socket::from_context().visit(id),
            stance: RwSignal::new(if inside {
                Stance::Inside
            } else {
                Stance::Outside
            }),
            busy: RwSignal::new(false),
            fail: RwSignal::new(None),
            awaits: RwSignal::new(false),
            by_link: session.phase().get_untracked() == Phase::Joined,
            role,
            media,
            call: Call::new(id, media),
            chat: visit
                .conversation_id
                .map(|conversation| Chat::open(conversation, None)),
            visit: StoredValue::new(visit),
        };
        Effect::new(move |_| {
            if let Some(live) = room.live.get() {
                room.learn(live.version, live.state);
            }
        });
        let second = Clock::from_context().second();
        Effect::new(move |_| {
            // Only who waits follows the clock.
            if room.awaits.get() && second.get() >= room.opens_at() {
                room.awaits.set(false);
                room.enter();
            }
        });
        let shown = room.screen();
        Effect::new(move |_| match shown.get() {
            Screen::Call => room.call.join(),
            Screen::Finished | Screen::Off => {
                keep(None);
                room.call.visit_finished();
                room.media.stop();
            }
            Screen::Check | Screen::Lobby | Screen::Left => {}
        });
        let state = room.call.state();
        Effect::new(move |_| {
            // The other device needs camera and microphone, or shows that they are free.
            if state.get() == CallState::Replaced {
                room.media.stop();
            }
        });
        if inside && !room.known.get_untracked().1.is_final() {
            media.acquire();
        }
        room
    }

    /// The appointment as it was read when the page opened; who and when.
    #[must_use]
    pub fn visit(self) -> AppointmentView {
        self.visit.get_value()
    }

    /// The appointment's id.
    #[must_use]
    pub fn id(self) -> AppointmentId {
        self.visit.with_value(|visit| visit.id)
    }

    /// The name of the person on the other side.
    #[must_use]
    pub fn other_name(self) -> String {
        self.visit.with_value(|visit| {
            if self.is_patient() {
                visit.doctor_name.clone()
            } else {
                visit.patient_name.clone()
            }
        })
    }

    /// The viewer is the patient.
    #[must_use]
    pub fn is_patient(self) -> bool {
        self.role == Role::Patient
    }

    /// Where the visit stands.
    #[must_use]
    pub fn state(self) -> Signal<AppointmentState> {
        let known = self.known;
        Memo::new(move |_| known.get().1).into()
    }

    /// Which screen shows.
    #[must_use]
    pub fn screen(self) -> Signal<Screen> {
        let (known, stance) = (self.known, self.stance);
        Memo::new(move |_| screen(known.get().1, stance.get())).into()
    }

    /// How the patient's page is connected.
    #[must_use]
    pub fn patient(self) -> Signal<Presence> {
        let live = self.live;
        Memo::new(move |_| live.get().map_or(Presence::Away, |live| live.patient)).into()
    }

    /// The doctor has the visit open.
    #[must_use]
    pub fn doctor_online(self) -> Signal<bool> {
        let live = self.live;
        Memo::new(move |_| live.get().is_some_and(|live| live.doctor_online)).into()
    }

    /// A step is under way.
    #[must_use]
    pub fn busy(self) -> Signal<bool> {
        self.busy.into()
    }

    /// Why the last step did not work.
    #[must_use]
    pub fn fail(self) -> Signal<Option<ApiFail>> {
        self.fail.into()
    }

    /// Goes in: patients arrive in the waiting room, doctors just look at it.
    pub fn enter(self) {
        let done = move || {
            keep(Some(self.id()));
            self.stance.try_set(Stance::Inside);
            self.media.acquire();
        };
        if self.is_patient() {
            if self.is_too_early() {
                self.awaits.set(true);
                self.fail.set(Some(ApiFail::of(ErrorCode::TooEarly)));
            } else {
                self.step(arrive(self.id()), done);
            }
        } else {
            done();
        }
    }

    /// When the waiting room opens; a visit may be moved while its page is open.
    #[must_use]
    pub fn opens_at(self) -> Ts {
        let live = self.live.get_untracked().map(|live| live.starts_at);
        opens_at(live.unwrap_or_else(|| self.visit.with_value(|visit| visit.starts_at)))
    }

    /// The server would say so too; asking it in vain is no help to anybody.
    fn is_too_early(self) -> bool {
        let booked = self.known.get_untracked().1 == AppointmentState::Booked;
        booked && Clock::read() < self.opens_at()
    }

    /// Lets the patient in.
    pub fn admit(self) {
        self.step(admit(self.id()), || {});
    }

    /// Takes the call back from another device of the viewer.
    pub fn take_back(self) {
        self.media.acquire();
        self.call.join();
    }

    /// Ends the visit for both.
    pub fn finish(self) {
        self.step(finish(self.id()), || {});
    }

    /// Goes out. The visit stays open, and one can come back.
    pub fn leave(self) {
        let waiting = self.known.get_untracked().1 == AppointmentState::Arrived;
        keep(None);
        self.awaits.set(false);
        self.call.leave();
        self.media.stop();
        self.stance.set(Stance::Left);
        if self.is_patient() && waiting {
            self.step(leave_lobby(self.id()), || {});
        }
    }

    fn step(
        self,
        answer: impl Future<Output = Outcome<AppointmentView>> + 'static,
        done: impl FnOnce() + 'static,
    ) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.fail.set(None);
        spawn_local(async move {
            match answer.await {
                Ok(visit) => {
                    self.learn(visit.version, visit.state);
                    self.visit.try_set_value(visit);
                    done();
                }
                Err(fail) => {
                    self.fail.try_set(Some(fail));
                }
            }
            self.busy.try_set(false);
        });
    }

    /// News may come by two ways; the newer version counts.
    fn learn(self, version: i64, state: AppointmentState) {
        let known = self.known.try_get_untracked();
        if known.is_some_and(|(kept, _)| kept < version) {
            self.known.try_set((version, state));
        }
    }
}

fn storage() -> Option<web_sys::Storage> {
    window().session_storage().ok().flatten()
}

fn kept() -> Option<String> {
    storage().and_then(|storage| storage.get_item(KEY).ok().flatten())
}

/// Without storage a reload only shows the devices first.
fn keep(visit: Option<AppointmentId>) {
    if let Some(storage) = storage() {
        let _ = match visit {
            Some(id) => storage.set_item(KEY, &id.to_string()),
            None => storage.remove_item(KEY),
        };
    }
}
