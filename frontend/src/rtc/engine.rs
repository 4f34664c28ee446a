//! Runs the domain's call machine: feeds it what socket and browser report, performs what
//! it says, wakes it at its deadlines, and shows the outcome as signals.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};
use std::time::Duration;

use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use leptos::task::spawn_local;
use visita_domain::AppointmentId;
use visita_domain::call::{
    CallMachine, CallState, CallView, Effect as CallEffect, Event, PcOp, PeerPresence,
};
use visita_wire::ErrorCode;
use visita_wire::calls::IceServer;
use visita_wire::ws::{ClientMsg, ServerMsg, SigNackReason};
use web_sys::{MediaStream, MediaStreamTrack};

use super::media::{Kind, Media};
use super::peer::{OnReport, Peer, PeerReport};
use super::remote::{PeerMedia, leg_from, leg_to, signal_from, signal_to};
use super::stats::{self, Judge, Quality};
use crate::state::clock::Clock;
use crate::state::socket::{Happening, Listening, Socket};

/// How often the connection's quality is looked at.
const SAMPLE: Duration = Duration::from_secs(2);

type Stream = RwSignal<Option<MediaStream>, LocalStorage>;

#[derive(Clone, Copy)]
struct Signals {
    view: RwSignal<CallView>,
    audio: Stream,
    video: Stream,
    peer_media: RwSignal<Option<PeerMedia>>,
    quality: RwSignal<Option<Quality>>,
}

/// A call of one visit, as pages use it. Left when the owner that opened it ends.
#[derive(Clone, Copy)]
pub struct Call {
    signals: Signals,
    engine: StoredValue<Rc<Engine>, LocalStorage>,
}

impl Call {
    /// Prepares the call; nothing happens until [`Self::join`].
    #[must_use]
    pub fn new(appointment: AppointmentId, media: Media) -> Self {
        let socket = Socket::from_context();
        let signals = Signals {
            view: RwSignal::new(CallMachine::new().view(0)),
            audio: RwSignal::new_local(None),
            video: RwSignal::new_local(None),
            peer_media: RwSignal::new(None),
            quality: RwSignal::new(None),
        };
        let engine = Engine::new(appointment, media, socket, signals);
        let call = Self {
            signals,
            engine: StoredValue::new_local(engine),
        };
        Effect::new(move |_| {
            // Reading the signals is the subscription; the engine reads them again.
            for kind in [Kind::Mic, Kind::Camera] {
                media.device(kind).track();
                media.wanted(kind).track();
            }
            call.with_engine(Engine::media_changed);
        });
        let sampling =
            set_interval_with_handle(move || call.with_engine(Engine::sample_quality), SAMPLE);
        on_cleanup(move || {
            if let Ok(sampling) = sampling {
                sampling.clear();
            }
            call.with_engine(|engine| engine.feed(Event::Leave));
        });
        call
    }

    /// Enters, comes back, or takes the call back from another device.
    pub fn join(self) {
        self.with_engine(|engine| engine.feed(Event::Join));
    }

    /// Leaves; the visit goes on and one can come back.
    pub fn leave(self) {
        self.with_engine(|engine| engine.feed(Event::Leave));
    }

    /// The visit was finished.
    pub fn visit_finished(self) {
        self.with_engine(|engine| engine.feed(Event::VisitFinished));
    }

    /// Where the call stands.
    #[must_use]
    pub fn state(self) -> Signal<CallState> {
        let view = self.signals.view;
        Memo::new(move |_| view.get().state).into()
    }

    /// The other side's presence in the call.
    #[must_use]
    pub fn peer(self) -> Signal<PeerPresence> {
        let view = self.signals.view;
        Memo::new(move |_| view.get().peer).into()
    }

    /// Media has been missing for so long that the telephone should be offered.
    #[must_use]
    pub fn offer_phone(self) -> Signal<bool> {
        let view = self.signals.view;
        Memo::new(move |_| view.get().offer_phone).into()
    }

    /// The other's voice.
    #[must_use]
    pub fn audio(self) -> Signal<Option<MediaStream>, LocalStorage> {
        self.signals.audio.into()
    }

    /// The other's picture.
    #[must_use]
    pub fn video(self) -> Signal<Option<MediaStream>, LocalStorage> {
        self.signals.video.into()
    }

    /// What the other's devices do, once it said so.
    #[must_use]
    pub fn peer_media(self) -> Signal<Option<PeerMedia>> {
        self.signals.peer_media.into()
    }

    /// How good the connection is, once it was measured.
    #[must_use]
    pub fn quality(self) -> Signal<Option<Quality>> {
        self.signals.quality.into()
    }

    fn with_engine(self, act: impl FnOnce(&Rc<Engine>)) {
        if let Some(engine) = self.engine.try_get_value() {
            act(&engine);
        }
    }
}

struct Engine {
    appointment: AppointmentId,
    media: Media,
    socket: Socket,
    signals: Signals,
    machine: RefCell<CallMachine>,
    /// Events wait here while one is performed, so that effects never nest.
    events: RefCell<VecDeque<Event>>,
    feeding: Cell<bool>,
    peer: RefCell<Option<Peer>>,
    ice_servers: RefCell<Vec<IceServer>>,
    /// Number of the `call.join` that waits for its answer.
    join_id: Cell<Option<u64>>,
    timer: RefCell<Option<Timeout>>,
    judge: RefCell<Judge>,
    /// Ends with the engine.
    listening: RefCell<Option<Listening>>,
}

impl Engine {
    fn new(appointment: AppointmentId, media: Media, socket: Socket, signals: Signals) -> Rc<Self> {
        let engine = Rc::new(Self {
            appointment,
            media,
            socket,
            signals,
            machine: RefCell::new(CallMachine::new()),
            events: RefCell::new(VecDeque::new()),
            feeding: Cell::new(false),
            peer: RefCell::new(None),
            ice_servers: RefCell::new(Vec::new()),
            join_id: Cell::new(None),
            timer: RefCell::new(None),
            judge: RefCell::new(Judge::default()),
            listening: RefCell::new(None),
        });
        let weak = Rc::downgrade(&engine);
        let listening = socket.listen(move |happening| {
            if let Some(engine) = weak.upgrade() {
                engine.hear(happening);
            }
        });
        engine.listening.replace(listening);
        engine
    }

    fn feed(self: &Rc<Self>, event: Event) {
        self.events.borrow_mut().push_back(event);
        if self.feeding.replace(true) {
            return;
        }
        while let Some(event) = self.next_event() {
            let effects = self.machine.borrow_mut().step(event, Clock::millis());
            for effect in effects {
                self.perform(effect);
            }
        }
        self.feeding.set(false);
        self.show();
        self.set_timer();
    }

    fn next_event(&self) -> Option<Event> {
        self.events.borrow_mut().pop_front()
    }

    fn show(&self) {
        let view = self.machine.borrow().view(Clock::millis());
        if self
            .signals
            .view
            .try_get_untracked()
            .is_some_and(|shown| shown != view)
        {
            self.signals.view.try_set(view);
        }
    }

    fn set_timer(self: &Rc<Self>) {
        let now = Clock::millis();
        let deadline = self.machine.borrow().deadline(now);
        let timer = deadline.map(|at| {
            let weak = Rc::downgrade(self);
            let delay = u32::try_from(at.saturating_sub(now))
                .unwrap_or(u32::MAX)
                .max(1);
            Timeout::new(delay, move || {
                if let Some(engine) = weak.upgrade() {
                    engine.feed(Event::Tick);
                }
            })
        });
        self.timer.replace(timer);
    }

    /// What the server says about this call.
    fn hear(self: &Rc<Self>, happening: &Happening) {
        match happening {
            Happening::Up => self.feed(Event::SocketUp),
            Happening::Down => self.feed(Event::SocketDown),
            Happening::Frame(msg, re) => {
                if let Some(event) = self.event_of(msg, *re) {
                    self.feed(event);
                }
            }
        }
    }

    fn event_of(&self, msg: &ServerMsg, re: Option<u64>) -> Option<Event> {
        let mine = |appointment: &AppointmentId| *appointment == self.appointment;
        match msg {
            ServerMsg::CallJoined {
                appointment,
                me,
                peer,
                polite,
                ice_servers,
            } if mine(appointment) => {
                self.ice_servers.replace(ice_servers.clone());
                let (me, peer) = (leg_from(*me), peer.map(leg_from));
                Some(Event::Joined {
                    me,
                    peer,
                    polite: *polite,
                })
            }
            ServerMsg::CallPeer {
                appointment,
                peer,
                connected,
            } if mine(appointment) => Some(Event::Peer {
                peer: peer.map(leg_from),
                connected: *connected,
            }),
            ServerMsg::CallReplaced { appointment } if mine(appointment) => Some(Event::Replaced),
            ServerMsg::Sig(signal) if mine(&signal.appointment) => {
                Some(Event::Signal(signal_from(signal)))
            }
            ServerMsg::SigNack {
                appointment,
                reason,
                ..
            } if mine(appointment) => Some(match reason {
                SigNackReason::Stale => Event::SignalStale,
                SigNackReason::NoPeer => Event::SignalNoPeer,
            }),
            ServerMsg::Error { code } if re.is_some() && re == self.join_id.get() => {
                let passing = matches!(
                    code,
                    ErrorCode::Unavailable | ErrorCode::RateLimited | ErrorCode::Internal
                );
                Some(Event::JoinFailed {
                    permanent: !passing,
                })
            }
            _ => None,
        }
    }

    fn perform(self: &Rc<Self>, effect: CallEffect) {
        let appointment = self.appointment;
        match effect {
            CallEffect::SendJoin { resume } => {
                let resume = resume.map(leg_to);
                self.join_id.set(self.socket.send(ClientMsg::CallJoin {
                    appointment,
                    resume,
                }));
            }
            CallEffect::SendLeave => {
                self.socket.send(ClientMsg::CallLeave { appointment });
            }
            // Without a socket it stays in the machine's outbox.
            CallEffect::SendSignal(signal) => {
                self.socket
                    .send(ClientMsg::Sig(signal_to(appointment, signal)));
            }
            CallEffect::OpenPc { pc } => self.open_peer(pc),
            CallEffect::ClosePc => self.close_peer(),
            CallEffect::Pc { op, .. } => self.on_peer(op),
        }
    }

    fn on_peer(&self, op: PcOp) {
        if let Some(peer) = &*self.peer.borrow() {
            peer.perform(op);
        }
    }

    fn open_peer(self: &Rc<Self>, number: u32) {
        self.close_peer();
        let weak = Rc::downgrade(self);
        let report: OnReport = Rc::new(move |report| reported(&weak, report));
        let peer = Peer::open(
            number,
            self.appointment,
            &self.ice_servers.borrow(),
            &self.own_tracks(),
            self.own_media(),
            report,
        );
        match peer {
            Ok(peer) => {
                self.peer.replace(Some(peer));
            }
            Err(_) => self
                .events
                .borrow_mut()
                .push_back(Event::OpFailed { pc: number }),
        }
    }

    fn close_peer(&self) {
        self.peer.replace(None);
        self.judge.replace(Judge::default());
        self.signals.audio.try_set(None);
        self.signals.video.try_set(None);
        self.signals.peer_media.try_set(None);
        self.signals.quality.try_set(None);
    }

    fn own_tracks(&self) -> Vec<MediaStreamTrack> {
        let track = |kind| self.own_track(kind);
        [Kind::Mic, Kind::Camera]
            .into_iter()
            .filter_map(track)
            .collect()
    }

    fn own_track(&self, kind: Kind) -> Option<MediaStreamTrack> {
        let device = self.media.device(kind);
        device
            .try_with_untracked(|device| device.track().cloned())
            .flatten()
    }

    fn own_media(&self) -> PeerMedia {
        let sends = |kind| {
            self.media
                .sends(kind)
                .try_get_untracked()
                .unwrap_or_default()
        };
        PeerMedia {
            mic: sends(Kind::Mic),
            camera: sends(Kind::Camera),
        }
    }

    /// A device was chosen, allowed, muted or lost.
    fn media_changed(self: &Rc<Self>) {
        let own = self.own_media();
        if let Some(peer) = &*self.peer.borrow() {
            for kind in [Kind::Mic, Kind::Camera] {
                peer.send_track(kind, self.own_track(kind).as_ref());
            }
            peer.tell_media(own);
        }
    }

    fn sample_quality(self: &Rc<Self>) {
        let Some(pc) = self.peer.borrow().as_ref().map(Peer::connection) else {
            return;
        };
        let engine = Rc::clone(self);
        spawn_local(async move {
            if let Some(sample) = stats::sample(&pc).await {
                let quality = engine.judge.borrow_mut().take(sample);
                engine.signals.quality.try_set(quality);
            }
        });
    }
}

fn reported(engine: &Weak<Engine>, report: PeerReport) {
    let Some(engine) = engine.upgrade() else {
        return;
    };
    match report {
        PeerReport::Event(event) => engine.feed(event),
        PeerReport::Stream(Kind::Mic, stream) => {
            engine.signals.audio.try_set(Some(stream));
        }
        PeerReport::Stream(Kind::Camera, stream) => {
            engine.signals.video.try_set(Some(stream));
        }
        PeerReport::Media(media) => {
            engine.signals.peer_media.try_set(Some(media));
        }
    }
}
