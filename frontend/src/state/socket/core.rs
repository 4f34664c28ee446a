//! The life of the connection: ticket, hello, pings, loss, and the way back.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use gloo_timers::callback::{Interval, Timeout};
use leptos::prelude::*;
use leptos::task::spawn_local;
use visita_domain::TabId;
use visita_domain::call::ReconnectPolicy;
use visita_wire::ws::{ClientMsg, DEAD_SECS, Frame, PING_SECS, PROTOCOL_VERSION, ServerMsg};
use visita_wire::{ErrorCode, routes};

use super::follow::Followed;
use super::link::{Link, LinkEvent, OnLink};
use super::{Happening, Signals, Status};
use crate::api::calls::create_socket_ticket;
use crate::state::clock::Clock;

/// From the ticket to `welcome`; a network that swallows packets must not hold us longer.
const CONNECT_MS: u64 = 10_000;
/// How long a pong may take.
const PONG_MS: u64 = 8_000;
/// How long a pong may take when there is a reason to doubt the connection.
const DOUBT_MS: u64 = 4_000;
/// How often the deadlines are looked at. They are kept by the clock, not by counting.
const WATCH_MS: u32 = 1_000;

pub(super) type Hear = Rc<dyn Fn(&Happening)>;

/// Where the connection stands.
enum Stage {
    /// Nobody is signed in.
    Stopped,
    /// A ticket is asked for or the handshake runs.
    Opening { since: u64, link: Option<Link> },
    /// Frames pass.
    Up {
        link: Link,
        pinged_at: u64,
        heard_at: u64,
        doubted: bool,
    },
    /// The next attempt waits for its time.
    Waiting { _retry: Timeout },
}

pub(super) struct Core {
    tab: TabId,
    signals: Signals,
    stage: RefCell<Stage>,
    /// Attempts of old connections are dropped by their number.
    attempt: Cell<u64>,
    failures: Cell<usize>,
    last_id: Cell<u64>,
    watch: RefCell<Option<Interval>>,
    listeners: RefCell<BTreeMap<u64, Hear>>,
    pub(super) followed: RefCell<Followed>,
}

impl Core {
    pub(super) fn new(tab: TabId, signals: Signals) -> Rc<Self> {
        Rc::new(Self {
            tab,
            signals,
            stage: RefCell::new(Stage::Stopped),
            attempt: Cell::new(0),
            failures: Cell::new(0),
            last_id: Cell::new(0),
            watch: RefCell::new(None),
            listeners: RefCell::new(BTreeMap::new()),
            followed: RefCell::new(Followed::default()),
        })
    }

    pub(super) fn signals(&self) -> Signals {
        self.signals
    }

    /// Connects, unless it does already.
    pub(super) fn start(self: &Rc<Self>) {
        if !matches!(*self.stage.borrow(), Stage::Stopped) {
            return;
        }
        let core = Rc::downgrade(self);
        self.watch.replace(Some(Interval::new(WATCH_MS, move || {
            if let Some(core) = core.upgrade() {
                core.look_at_deadlines();
            }
        })));
        self.failures.set(0);
        self.open();
    }

    /// Closes; nothing is followed any more by the server.
    pub(super) fn stop(self: &Rc<Self>) {
        self.watch.replace(None);
        self.attempt.set(self.attempt.get() + 1);
        let before = self.stage.replace(Stage::Stopped);
        if matches!(before, Stage::Up { .. }) {
            self.tell(&Happening::Down);
        }
        self.signals.status.try_set(Status::Idle);
        self.signals.lobby.try_set(None);
        self.signals
            .visits
            .try_update(std::collections::HashMap::clear);
    }

    /// The network or the page came back: find out at once whether the connection lives.
    pub(super) fn wake(self: &Rc<Self>) {
        let retry = match &mut *self.stage.borrow_mut() {
            Stage::Waiting { .. } => true,
            Stage::Up { doubted, .. } if !*doubted => {
                *doubted = true;
                false
            }
            _ => return,
        };
        if retry {
            self.failures.set(0);
            self.open();
        } else {
            self.ping();
        }
    }

    /// Sends a frame under a fresh number.
    pub(super) fn send(&self, msg: ClientMsg) -> Option<u64> {
        let id = self.last_id.get() + 1;
        self.last_id.set(id);
        match &*self.stage.borrow() {
            Stage::Up { link, .. } => link
                .send(&Frame {
                    id: Some(id),
                    re: None,
                    msg,
                })
                .then_some(id),
            _ => None,
        }
    }

    pub(super) fn add_listener(self: &Rc<Self>, hear: Hear) -> u64 {
        let number = self.last_id.get() + 1;
        self.last_id.set(number);
        if matches!(*self.stage.borrow(), Stage::Up { .. }) {
            hear(&Happening::Up);
        }
        self.listeners.borrow_mut().insert(number, hear);
        number
    }

    pub(super) fn forget_listener(&self, number: u64) {
        self.listeners.borrow_mut().remove(&number);
    }

    fn tell(&self, happening: &Happening) {
        // Listeners may come and go while they are told.
        let listeners: Vec<Hear> = self.listeners.borrow().values().cloned().collect();
        for hear in listeners {
            hear(happening);
        }
    }

    fn open(self: &Rc<Self>) {
        let attempt = self.attempt.get() + 1;
        self.attempt.set(attempt);
        self.stage.replace(Stage::Opening {
            since: Clock::millis(),
            link: None,
        });
        self.show_trouble();
        let core = Rc::clone(self);
        spawn_local(async move {
            let ticket = create_socket_ticket().await;
            if core.attempt.get() != attempt {
                return;
            }
            match ticket {
                Ok(ticket) => core.connect(attempt, ticket.ticket),
                // The session is over; whoever keeps the session has heard of it too.
                Err(fail) if fail.code == ErrorCode::Unauthenticated => core.stop(),
                Err(_) => core.lost(),
            }
        });
    }

    fn connect(self: &Rc<Self>, attempt: u64, ticket: String) {
        let core = Rc::downgrade(self);
        let ticket = RefCell::new(Some(ticket));
        let report: OnLink = Rc::new(move |event| {
            if let Some(core) = core.upgrade().filter(|core| core.attempt.get() == attempt) {
                core.link_event(event, &ticket);
            }
        });
        match Link::open(routes::WS, &report) {
            Ok(opened) => {
                if let Stage::Opening { link, .. } = &mut *self.stage.borrow_mut() {
                    *link = Some(opened);
                }
            }
            Err(_) => self.lost(),
        }
    }

    fn link_event(self: &Rc<Self>, event: LinkEvent, ticket: &RefCell<Option<String>>) {
        match event {
            LinkEvent::Open => {
                let Some(ticket) = ticket.take() else { return };
                let hello = ClientMsg::Hello {
                    ticket,
                    tab_id: self.tab,
                    proto: PROTOCOL_VERSION,
                    convs: self.followed.borrow_mut().positions(),
                };
                if let Stage::Opening {
                    link: Some(link), ..
                } = &*self.stage.borrow()
                {
                    // A socket that does not take it will close.
                    let _ = link.send(&hello.into());
                }
            }
            LinkEvent::Frame(frame) => self.frame(&frame),
            LinkEvent::Closed => self.lost(),
        }
    }

    fn frame(self: &Rc<Self>, frame: &Frame<ServerMsg>) {
        let now = Clock::millis();
        if let Stage::Up {
            heard_at, doubted, ..
        } = &mut *self.stage.borrow_mut()
        {
            *heard_at = now;
            *doubted = false;
        }
        match &frame.msg {
            ServerMsg::Welcome { .. } => self.welcome(now),
            ServerMsg::Drain { after_ms } => self.leave_before_drain(*after_ms),
            msg => {
                self.note(msg);
                self.tell(&Happening::Frame(msg, frame.re));
            }
        }
    }

    fn welcome(self: &Rc<Self>, now: u64) {
        let before = self.stage.replace(Stage::Stopped);
        let Stage::Opening {
            link: Some(link), ..
        } = before
        else {
            self.stage.replace(before);
            return;
        };
        self.stage.replace(Stage::Up {
            link,
            pinged_at: now,
            heard_at: now,
            doubted: false,
        });
        self.failures.set(0);
        self.signals.status.try_set(Status::Connected);
        let messages = self.followed.borrow().messages();
        for msg in messages {
            self.send(msg);
        }
        self.tell(&Happening::Up);
    }

    /// The server stops soon: be gone before, each client at its own time.
    fn leave_before_drain(self: &Rc<Self>, after_ms: u64) {
        let core = Rc::downgrade(self);
        let attempt = self.attempt.get();
        let delay = u32::try_from(after_ms).unwrap_or(u32::MAX);
        leptos::prelude::set_timeout(
            move || {
                if let Some(core) = core.upgrade().filter(|core| core.attempt.get() == attempt) {
                    core.lost();
                }
            },
            std::time::Duration::from_millis(delay.into()),
        );
    }

    /// The connection is gone: say so, and come back after the policy's time.
    fn lost(self: &Rc<Self>) {
        if matches!(*self.stage.borrow(), Stage::Stopped | Stage::Waiting { .. }) {
            return;
        }
        // Late reports of this connection are nobody's.
        self.attempt.set(self.attempt.get() + 1);
        let failures = self.failures.get();
        self.failures.set(failures + 1);
        let delay = ReconnectPolicy::default().delay_ms(failures, random());
        let core = Rc::downgrade(self);
        let retry = Timeout::new(u32::try_from(delay).unwrap_or(u32::MAX), move || {
            if let Some(core) = core.upgrade() {
                core.open();
            }
        });
        let before = self.stage.replace(Stage::Waiting { _retry: retry });
        let was_up = matches!(before, Stage::Up { .. });
        drop(before);
        self.show_trouble();
        if was_up {
            self.tell(&Happening::Down);
        }
    }

    fn show_trouble(&self) {
        let online = window().navigator().on_line();
        let status = match self.signals.status.try_get_untracked() {
            _ if !online => Status::Offline,
            Some(Status::Idle | Status::Connecting) => Status::Connecting,
            _ => Status::Reconnecting,
        };
        self.signals.status.try_set(status);
    }

    fn ping(self: &Rc<Self>) {
        if let Stage::Up { pinged_at, .. } = &mut *self.stage.borrow_mut() {
            *pinged_at = Clock::millis();
        }
        if self.send(ClientMsg::Ping {}).is_none() {
            self.lost();
        }
    }

    fn look_at_deadlines(self: &Rc<Self>) {
        enum Due {
            Nothing,
            Ping,
            Lost,
        }
        let now = Clock::millis();
        let due = match &*self.stage.borrow() {
            Stage::Opening { since, .. } if now >= since + CONNECT_MS => Due::Lost,
            Stage::Up {
                pinged_at,
                heard_at,
                doubted,
                ..
            } => {
                let limit = if *doubted { DOUBT_MS } else { PONG_MS };
                let unanswered = heard_at < pinged_at && now >= pinged_at + limit;
                if unanswered || now >= heard_at + DEAD_SECS * 1_000 {
                    Due::Lost
                } else if now >= pinged_at + PING_SECS * 1_000 {
                    Due::Ping
                } else {
                    Due::Nothing
                }
            }
            _ => Due::Nothing,
        };
        match due {
            Due::Nothing => {}
            Due::Ping => self.ping(),
            Due::Lost => self.lost(),
        }
    }
}

/// Any uniform number, for jitter only.
fn random() -> u64 {
    #[expect(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a number from 0 below 2^32 fits"
    )]
    let drawn = (js_sys::Math::random() * 4_294_967_296.0) as u64;
    drawn
}
