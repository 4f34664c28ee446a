//! The machine: who is in the call, and which peer connection is the present one.

use super::link::{Health, Link, Out};
use super::policy::{JOIN_RETRY_MS, PHONE_AFTER_MS};
use super::signal::{Leg, Signal, SignalBody};
use super::state::{CallState, CallView, Effect, EndReason, Event, PeerPresence};

/// The other side as this one knows it.
#[derive(Debug)]
struct Peer {
    leg: Leg,
    /// Its socket is connected, as far as the server told.
    connected: bool,
    link: Link,
}

/// A place in the call.
#[derive(Debug)]
struct Seat {
    me: Leg,
    polite: bool,
    /// The server knows this connection as the leg's: signals pass.
    bound: bool,
    /// When `call.join` is to be repeated, while not bound.
    retry_at: Option<u64>,
    peer: Option<Peer>,
}

#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "one per tab, and it is mostly seated"
)]
enum Phase {
    Idle,
    Joining { retry_at: Option<u64> },
    Seated(Seat),
    Replaced,
    Ended(EndReason),
}

/// One side of a call between two. See the module's documentation.
#[derive(Debug)]
pub struct CallMachine {
    socket_up: bool,
    /// Peer connections opened so far: the number of the latest.
    opened: u32,
    phase: Phase,
}

/// What a step may use: the time, the effects so far, and numbers for peer connections.
struct Turn<'a> {
    now: u64,
    fx: &'a mut Vec<Effect>,
    opened: &'a mut u32,
}

impl Turn<'_> {
    /// Opens a peer connection, which closes the one before, and gives its number.
    fn open_pc(&mut self) -> u32 {
        *self.opened += 1;
        self.fx.push(Effect::OpenPc { pc: *self.opened });
        *self.opened
    }
}

impl Default for CallMachine {
    fn default() -> Self {
        Self::new()
    }
}

impl CallMachine {
    /// A call that nobody asked for yet, over a socket that is not connected.
    #[must_use]
    pub fn new() -> Self {
        Self {
            socket_up: false,
            opened: 0,
            phase: Phase::Idle,
        }
    }

    /// Takes in an event at `now` (ms of any monotonic clock) and says what to do.
    pub fn step(&mut self, event: Event, now: u64) -> Vec<Effect> {
        let mut fx = Vec::new();
        match event {
            Event::Join => self.join(now, &mut fx),
            Event::Leave => self.end(EndReason::Left, &mut fx),
            Event::VisitFinished => self.end(EndReason::Finished, &mut fx),
            Event::SocketUp => self.socket_up(now, &mut fx),
            Event::SocketDown => self.socket_down(),
            Event::Joined { me, peer, polite } => self.joined(me, peer, polite, now, &mut fx),
            Event::JoinFailed { permanent } => self.join_failed(permanent, now, &mut fx),
            Event::Replaced => self.replaced(&mut fx),
            Event::Peer { peer, connected } => {
                if let Phase::Seated(seat) = &mut self.phase {
                    let turn = &mut Turn {
                        now,
                        fx: &mut fx,
                        opened: &mut self.opened,
                    };
                    seat.set_peer(peer, connected, turn);
                }
            }
            Event::Signal(signal) => {
                if let Phase::Seated(seat) = &mut self.phase {
                    let turn = &mut Turn {
                        now,
                        fx: &mut fx,
                        opened: &mut self.opened,
                    };
                    seat.signal(signal, turn);
                }
            }
            Event::SignalStale => self.ask_again(now, &mut fx),
            Event::SignalNoPeer => {
                if let Phase::Seated(Seat {
                    peer: Some(peer), ..
                }) = &mut self.phase
                {
                    peer.connected = false;
                }
            }
            Event::Tick => {}
            browser => self.browser(browser, now, &mut fx),
        }
        self.pump(now, &mut fx);
        fx
    }

    /// When [`Event::Tick`] is due next, on the clock of `now`.
    #[must_use]
    pub fn deadline(&self, now: u64) -> Option<u64> {
        match &self.phase {
            Phase::Joining { retry_at } => retry_at.filter(|_| self.socket_up),
            Phase::Seated(seat) => {
                let retry = seat.retry_at.filter(|_| self.socket_up);
                let link = seat.peer.as_ref().and_then(|peer| {
                    let phone = peer.link.health.missing_since();
                    let phone = phone.map(|since| since + PHONE_AFTER_MS);
                    let link = peer.link.deadline(seat.bound, peer.connected);
                    phone.filter(|at| *at > now).into_iter().chain(link).min()
                });
                retry.into_iter().chain(link).min()
            }
            Phase::Idle | Phase::Replaced | Phase::Ended(_) => None,
        }
    }

    /// How the call stands.
    #[must_use]
    pub fn view(&self, now: u64) -> CallView {
        let mut view = CallView {
            state: CallState::Idle,
            peer: PeerPresence::Absent,
            offer_phone: false,
        };
        match &self.phase {
            Phase::Idle => {}
            Phase::Joining { .. } => view.state = CallState::Joining,
            Phase::Replaced => view.state = CallState::Replaced,
            Phase::Ended(reason) => view.state = CallState::Ended(*reason),
            Phase::Seated(Seat { peer: None, .. }) => view.state = CallState::Waiting,
            Phase::Seated(Seat {
                peer: Some(peer), ..
            }) => {
                view.peer = if peer.connected {
                    PeerPresence::Present
                } else {
                    PeerPresence::Away
                };
                view.state = match peer.link.health {
                    Health::Connecting { .. } => CallState::Connecting,
                    Health::Live => CallState::Live,
                    Health::Recovering { .. } => CallState::Recovering,
                };
                let since = peer.link.health.missing_since();
                view.offer_phone = since.is_some_and(|since| now >= since + PHONE_AFTER_MS);
            }
        }
        view
    }

    /// The present peer connection's generation.
    #[must_use]
    pub fn pc_gen(&self) -> Option<u32> {
        match &self.phase {
            Phase::Seated(Seat {
                peer: Some(peer), ..
            }) => Some(peer.link.pc_gen),
            _ => None,
        }
    }

    fn join(&mut self, now: u64, fx: &mut Vec<Effect>) {
        if matches!(self.phase, Phase::Joining { .. } | Phase::Seated(_)) {
            return;
        }
        self.phase = Phase::Joining {
            retry_at: Some(now + JOIN_RETRY_MS),
        };
        if self.socket_up {
            fx.push(Effect::SendJoin { resume: None });
        }
    }

    fn end(&mut self, reason: EndReason, fx: &mut Vec<Effect>) {
        match std::mem::replace(&mut self.phase, Phase::Ended(reason)) {
            Phase::Seated(seat) => {
                if reason == EndReason::Left {
                    fx.push(Effect::SendLeave);
                }
                if seat.peer.is_some() {
                    fx.push(Effect::ClosePc);
                }
            }
            Phase::Joining { .. } if reason == EndReason::Left => fx.push(Effect::SendLeave),
            _ => {}
        }
    }

    fn replaced(&mut self, fx: &mut Vec<Effect>) {
        if let Phase::Seated(seat) = &self.phase {
            if seat.peer.is_some() {
                fx.push(Effect::ClosePc);
            }
            self.phase = Phase::Replaced;
        } else if matches!(self.phase, Phase::Joining { .. }) {
            self.phase = Phase::Replaced;
        }
    }

    fn socket_up(&mut self, now: u64, fx: &mut Vec<Effect>) {
        self.socket_up = true;
        match &mut self.phase {
            Phase::Joining { retry_at } => {
                *retry_at = Some(now + JOIN_RETRY_MS);
                fx.push(Effect::SendJoin { resume: None });
            }
            Phase::Seated(seat) => {
                seat.bound = false;
                seat.retry_at = Some(now + JOIN_RETRY_MS);
                fx.push(Effect::SendJoin {
                    resume: Some(seat.me),
                });
            }
            Phase::Idle | Phase::Replaced | Phase::Ended(_) => {}
        }
    }

    /// Signals wait; the peer connection is not touched.
    fn socket_down(&mut self) {
        self.socket_up = false;
        if let Phase::Seated(seat) = &mut self.phase {
            seat.bound = false;
        }
    }

    /// The server says that the legs are others than we think: ask it for the present ones.
    fn ask_again(&mut self, now: u64, fx: &mut Vec<Effect>) {
        if let Phase::Seated(seat) = &mut self.phase
            && seat.bound
            && self.socket_up
        {
            seat.bound = false;
            seat.retry_at = Some(now + JOIN_RETRY_MS);
            fx.push(Effect::SendJoin {
                resume: Some(seat.me),
            });
        }
    }

    fn joined(&mut self, me: Leg, peer: Option<Leg>, polite: bool, now: u64, fx: &mut Vec<Effect>) {
        let has_pc = self.pc_gen().is_some();
        let turn = &mut Turn {
            now,
            fx,
            opened: &mut self.opened,
        };
        match &mut self.phase {
            Phase::Seated(seat) if seat.me == me => {
                seat.bound = true;
                seat.retry_at = None;
                if peer.is_some() {
                    seat.set_peer(peer, true, turn);
                } else if let Some(known) = &mut seat.peer {
                    // After a restart of the server the other's socket comes a little later.
                    // Only `call.peer` says that somebody left.
                    known.connected = false;
                }
                if let Some(known) = &mut seat.peer {
                    known.link.signaling_returned(now);
                }
            }
            Phase::Joining { .. } | Phase::Seated(_) => {
                if has_pc {
                    turn.fx.push(Effect::ClosePc);
                }
                let mut seat = Seat {
                    me,
                    polite,
                    bound: true,
                    retry_at: None,
                    peer: None,
                };
                seat.set_peer(peer, true, turn);
                self.phase = Phase::Seated(seat);
            }
            // Left while the answer was on its way: the server must not count us in.
            Phase::Ended(EndReason::Left) => turn.fx.push(Effect::SendLeave),
            Phase::Idle | Phase::Replaced | Phase::Ended(_) => {}
        }
    }

    fn join_failed(&mut self, permanent: bool, now: u64, fx: &mut Vec<Effect>) {
        if permanent {
            if matches!(self.phase, Phase::Joining { .. } | Phase::Seated(_)) {
                self.end(EndReason::Refused, fx);
            }
            return;
        }
        match &mut self.phase {
            Phase::Joining { retry_at } => *retry_at = Some(now + JOIN_RETRY_MS),
            Phase::Seated(seat) if !seat.bound => seat.retry_at = Some(now + JOIN_RETRY_MS),
            _ => {}
        }
    }

    fn browser(&mut self, event: Event, now: u64, fx: &mut Vec<Effect>) {
        if let Phase::Seated(seat) = &mut self.phase {
            let (me, bound) = (seat.me, seat.bound);
            if let Some(peer) = &mut seat.peer
                && !peer.link.is_stale(&event)
            {
                let mut out = Vec::new();
                peer.link.browser(event, now, &mut out);
                peer.perform(out, me, bound, fx);
            }
        }
    }

    /// Does what has come due.
    fn pump(&mut self, now: u64, fx: &mut Vec<Effect>) {
        let socket_up = self.socket_up;
        match &mut self.phase {
            Phase::Joining { retry_at } => {
                if socket_up && retry_at.is_some_and(|at| at <= now) {
                    *retry_at = Some(now + JOIN_RETRY_MS);
                    fx.push(Effect::SendJoin { resume: None });
                }
            }
            Phase::Seated(seat) => {
                if socket_up && seat.retry_at.is_some_and(|at| at <= now) {
                    seat.retry_at = Some(now + JOIN_RETRY_MS);
                    fx.push(Effect::SendJoin {
                        resume: Some(seat.me),
                    });
                }
                seat.pump(&mut Turn {
                    now,
                    fx,
                    opened: &mut self.opened,
                });
            }
            Phase::Idle | Phase::Replaced | Phase::Ended(_) => {}
        }
    }
}

impl Seat {
    /// Takes over what the server or a signal says about the other side.
    fn set_peer(&mut self, leg: Option<Leg>, connected: bool, turn: &mut Turn) {
        match (leg, &mut self.peer) {
            (None, Some(_)) => {
                self.peer = None;
                turn.fx.push(Effect::ClosePc);
            }
            (None, None) => {}
            (Some(leg), Some(peer)) if peer.leg == leg => {
                let back = connected && !peer.connected;
                peer.connected = connected;
                if back {
                    peer.link.signaling_returned(turn.now);
                }
            }
            (Some(leg), Some(peer)) if leg.epoch < peer.leg.epoch => {}
            (Some(leg), _) => {
                // A new leg is a new page on the other side: it remembers no negotiation.
                let health = Health::Connecting { since: turn.now };
                let pc = turn.open_pc();
                let link = Link::new(pc, 1, self.polite, health, !self.polite, turn.now);
                self.peer = Some(Peer {
                    leg,
                    connected,
                    link,
                });
            }
        }
    }

    fn signal(&mut self, signal: Signal, turn: &mut Turn) {
        if signal.to != self.me {
            return;
        }
        // The signal may overtake the `call.peer` that announces its sender.
        self.set_peer(Some(signal.from), true, turn);
        let Some(peer) = &mut self.peer else { return };
        if peer.leg != signal.from || signal.pc_gen < peer.link.pc_gen {
            return;
        }
        if signal.pc_gen > peer.link.pc_gen {
            peer.replace_link(signal.pc_gen, false, turn);
        }
        match signal.body {
            SignalBody::Ack { next } => peer.link.outbox.acked(next, turn.now),
            body => peer.link.inbox.take(signal.sig_seq, body, turn.now),
        }
    }

    fn pump(&mut self, turn: &mut Turn) {
        let (me, bound) = (self.me, self.bound);
        let Some(peer) = &mut self.peer else { return };
        if bound && peer.connected && peer.link.rebuild_due(turn.now) {
            peer.replace_link(peer.link.pc_gen + 1, true, turn);
        }
        let mut out = Vec::new();
        peer.link.pump(turn.now, bound, &mut out);
        peer.perform(out, me, bound, turn.fx);
    }
}

impl Peer {
    fn replace_link(&mut self, pc_gen: u32, first_to_offer: bool, turn: &mut Turn) {
        let pc = turn.open_pc();
        self.link = self.link.successor(pc, pc_gen, first_to_offer, turn.now);
    }

    /// Signals that cannot pass now stay in the outbox and are repeated later.
    fn perform(&self, out: Vec<Out>, me: Leg, bound: bool, fx: &mut Vec<Effect>) {
        for out in out {
            match out {
                Out::Op(op) => fx.push(self.link.op(op)),
                Out::Send(sig_seq, body) if bound => fx.push(Effect::SendSignal(Signal {
                    from: me,
                    to: self.leg,
                    pc_gen: self.link.pc_gen,
                    sig_seq,
                    body,
                })),
                Out::Send(..) => {}
            }
        }
    }
}
