//! Two machines with model browsers, joined by a model server over sockets that lose,
//! repeat and reorder signals, break, and come back.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::call::{CallMachine, CallState, Candidate, Effect, Event, Leg, PcOp, PcState, Signal};
use crate::{LegId, OfferId};

/// A small deterministic generator (splitmix64): every run is named by its seed.
pub(super) struct Rng(u64);

impl Rng {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// An `RTCPeerConnection` reduced to its signaling state.
struct ModelPc {
    pc: u32,
    polite: bool,
    /// The own offer that waits.
    offered: Option<OfferId>,
    /// The offer of the last completed exchange: both sides must name the same.
    session: Option<OfferId>,
    /// Something waits to be negotiated.
    needs: bool,
    connected: bool,
}

/// What the world does next.
enum Happens {
    Deliver {
        to: usize,
        conn: u64,
        event: Event,
    },
    OpDone {
        side: usize,
        page: u64,
        op: PcOp,
        pc: u32,
    },
    Wanted {
        side: usize,
        page: u64,
        pc: u32,
    },
    SocketUp {
        side: usize,
    },
    Connected {
        session: OfferId,
    },
    Tick {
        side: usize,
        page: u64,
    },
}

struct Side {
    machine: CallMachine,
    page: u64,
    pc: Option<ModelPc>,
    /// The live socket, by number.
    conn: Option<u64>,
    /// Bound at the server as this leg over that socket.
    bound: bool,
    leg: Option<Leg>,
    pub(super) opened: u32,
}

pub(super) struct World {
    pub(super) now: u64,
    rng: Rng,
    queue: BTreeMap<(u64, u64), Happens>,
    number: u64,
    sides: [Side; 2],
    epochs: [i64; 2],
    /// Percent of signals lost, repeated, delayed.
    pub(super) loss: u64,
    pub(super) noise: u64,
    pub(super) glares: u32,
}

impl World {
    pub(super) fn new(seed: u64) -> Self {
        let side = || Side {
            machine: CallMachine::new(),
            page: 0,
            pc: None,
            conn: None,
            bound: false,
            leg: None,
            opened: 0,
        };
        let mut world = Self {
            now: 1_000,
            rng: Rng::new(seed),
            queue: BTreeMap::new(),
            number: 0,
            sides: [side(), side()],
            epochs: [0, 0],
            loss: 0,
            noise: 0,
            glares: 0,
        };
        for index in 0..2 {
            world.feed(index, Event::Join);
            world.at(5, Happens::SocketUp { side: index });
        }
        world
    }

    fn fresh(&mut self) -> Uuid {
        self.number += 1;
        Uuid::from_u128(u128::from(self.number))
    }

    fn at(&mut self, delay: u64, what: Happens) {
        self.number += 1;
        self.queue.insert((self.now + delay, self.number), what);
    }

    /// Runs until `until` on the world's clock.
    pub(super) fn run(&mut self, until: u64) {
        while let Some((&key, _)) = self.queue.first_key_value() {
            if key.0 > until {
                break;
            }
            let what = self.queue.remove(&key).unwrap();
            self.now = key.0;
            self.happen(what);
        }
        self.now = until;
    }

    fn happen(&mut self, what: Happens) {
        match what {
            Happens::Deliver { to, conn, event } => {
                if self.sides[to].conn == Some(conn) {
                    self.feed(to, event);
                }
            }
            Happens::SocketUp { side } => {
                if self.sides[side].conn.is_none() {
                    self.number += 1;
                    self.sides[side].conn = Some(self.number);
                    self.feed(side, Event::SocketUp);
                }
            }
            Happens::Tick { side, page } => {
                if self.sides[side].page == page {
                    match self.sides[side].machine.deadline(self.now) {
                        Some(at) if at <= self.now => self.feed(side, Event::Tick),
                        Some(at) => self.at(at - self.now, Happens::Tick { side, page }),
                        None => {}
                    }
                }
            }
            Happens::Wanted { side, page, pc } => {
                let model = self.model(side, page, pc);
                if model.is_some_and(|model| model.needs && model.offered.is_none()) {
                    self.feed(side, Event::NegotiationNeeded { pc });
                }
            }
            Happens::OpDone { side, page, op, pc } => self.op_done(side, page, op, pc),
            Happens::Connected { session } => {
                for side in 0..2 {
                    if let Some(pc) = &mut self.sides[side].pc
                        && pc.session == Some(session)
                        && !pc.connected
                    {
                        pc.connected = true;
                        let pc = pc.pc;
                        let state = PcState::Connected;
                        self.feed(side, Event::PcState { pc, state });
                    }
                }
            }
        }
    }

    fn model(&mut self, side: usize, page: u64, pc: u32) -> Option<&mut ModelPc> {
        let side = &mut self.sides[side];
        let present = side.page == page;
        side.pc.as_mut().filter(|model| present && model.pc == pc)
    }

    fn op_done(&mut self, side: usize, page: u64, op: PcOp, pc: u32) {
        let id = OfferId(self.fresh());
        let candidate = Candidate {
            candidate: "candidate".to_owned(),
            sdp_mid: None,
            sdp_m_line_index: Some(0),
            ufrag: None,
        };
        let Some(model) = self.model(side, page, pc) else {
            return;
        };
        let event = match op {
            PcOp::MakeOffer => {
                assert_eq!(model.offered, None, "an offer in have-local-offer");
                model.offered = Some(id);
                model.needs = false;
                Event::OfferMade {
                    pc,
                    offer_id: id,
                    sdp: id.to_string(),
                }
            }
            PcOp::TakeOffer { sdp } => {
                let rolled_back = model.offered.take().is_some();
                assert!(
                    model.polite || !rolled_back,
                    "the impolite side rolled back"
                );
                // The first exchange covers what both wanted; a later one may leave an own wish.
                let wanted = model.session.is_some() && (rolled_back || model.needs);
                model.session = Some(sdp.parse().unwrap());
                model.connected = false;
                model.needs = wanted;
                self.glares += u32::from(rolled_back);
                if wanted {
                    self.at(1, Happens::Wanted { side, page, pc });
                }
                Event::AnswerMade { pc, sdp }
            }
            PcOp::TakeAnswer { sdp } => {
                let answered: OfferId = sdp.parse().unwrap();
                assert_eq!(
                    model.offered.take(),
                    Some(answered),
                    "an answer out of place"
                );
                model.session = Some(answered);
                model.connected = false;
                if model.needs {
                    self.at(1, Happens::Wanted { side, page, pc });
                }
                Event::AnswerTaken { pc }
            }
            PcOp::RestartIce => {
                model.needs = true;
                self.at(1, Happens::Wanted { side, page, pc });
                return;
            }
            PcOp::AddCandidate(_) => return,
        };
        let gathers = !matches!(event, Event::AnswerTaken { .. });
        // Candidates may come before the promise of the description is handled.
        if gathers {
            self.feed(
                side,
                Event::LocalCandidate {
                    pc,
                    candidate: candidate.clone(),
                },
            );
        }
        self.feed(side, event);
        if gathers {
            self.feed(side, Event::LocalCandidate { pc, candidate });
        }
        self.connect_if_agreed();
    }

    fn connect_if_agreed(&mut self) {
        let session = |side: &Side| side.pc.as_ref().and_then(|pc| pc.session);
        if let (Some(a), Some(b)) = (session(&self.sides[0]), session(&self.sides[1]))
            && a == b
        {
            self.at(50, Happens::Connected { session: a });
        }
    }

    fn feed(&mut self, side: usize, event: Event) {
        let now = self.now;
        let effects = self.sides[side].machine.step(event, now);
        for effect in effects {
            self.perform(side, effect);
        }
        let page = self.sides[side].page;
        if let Some(at) = self.sides[side].machine.deadline(now) {
            self.at(at.saturating_sub(now).max(1), Happens::Tick { side, page });
        }
    }

    fn perform(&mut self, side: usize, effect: Effect) {
        let page = self.sides[side].page;
        match effect {
            Effect::OpenPc { pc } => {
                let state = &mut self.sides[side];
                state.opened += 1;
                state.pc = Some(ModelPc {
                    pc,
                    polite: side == 0,
                    offered: None,
                    session: None,
                    needs: true,
                    connected: false,
                });
                self.at(2, Happens::Wanted { side, page, pc });
            }
            Effect::ClosePc => self.sides[side].pc = None,
            Effect::Pc { pc, op } => {
                let took = 1 + self.rng.below(20);
                // One operation at a time: later ones queue behind by the machine's own rule.
                self.at(took, Happens::OpDone { side, page, op, pc });
            }
            Effect::SendJoin { resume } => self.server_join(side, resume),
            Effect::SendLeave => {}
            Effect::SendSignal(signal) => self.server_signal(side, &signal),
        }
    }

    fn server_join(&mut self, side: usize, resume: Option<Leg>) {
        let Some(conn) = self.sides[side].conn else {
            return;
        };
        let leg = match (resume, self.sides[side].leg) {
            (Some(asked), Some(current)) if asked == current => current,
            _ => {
                self.epochs[side] += 1;
                Leg {
                    id: LegId(self.fresh()),
                    epoch: self.epochs[side],
                }
            }
        };
        self.sides[side].leg = Some(leg);
        self.sides[side].bound = true;
        let other = 1 - side;
        let peer = self.sides[other].leg.filter(|_| self.sides[other].bound);
        let event = Event::Joined {
            me: leg,
            peer,
            polite: side == 0,
        };
        self.at(
            10,
            Happens::Deliver {
                to: side,
                conn,
                event,
            },
        );
        self.tell_peer(other, Some(leg), true);
    }

    fn tell_peer(&mut self, to: usize, peer: Option<Leg>, connected: bool) {
        if let Some(conn) = self.sides[to].conn
            && self.sides[to].bound
        {
            let event = Event::Peer { peer, connected };
            self.at(10, Happens::Deliver { to, conn, event });
        }
    }

    fn server_signal(&mut self, side: usize, signal: &Signal) {
        let Some(conn) = self.sides[side].conn else {
            return;
        };
        let other = 1 - side;
        if self.sides[side].leg != Some(signal.from) || self.sides[other].leg != Some(signal.to) {
            self.at(
                10,
                Happens::Deliver {
                    to: side,
                    conn,
                    event: Event::SignalStale,
                },
            );
            return;
        }
        let Some(to_conn) = self.sides[other].conn.filter(|_| self.sides[other].bound) else {
            self.at(
                10,
                Happens::Deliver {
                    to: side,
                    conn,
                    event: Event::SignalNoPeer,
                },
            );
            return;
        };
        if self.rng.chance(self.loss) {
            return;
        }
        let copies = 1 + u32::from(self.rng.chance(self.noise));
        for _ in 0..copies {
            let late = if self.rng.chance(self.noise) {
                self.rng.below(2_000)
            } else {
                0
            };
            let event = Event::Signal(signal.clone());
            self.at(
                10 + late,
                Happens::Deliver {
                    to: other,
                    conn: to_conn,
                    event,
                },
            );
        }
    }

    pub(super) fn drop_socket(&mut self, side: usize, away: u64) {
        if self.sides[side].conn.take().is_some() {
            self.sides[side].bound = false;
            self.feed(side, Event::SocketDown);
            let leg = self.sides[side].leg;
            self.tell_peer(1 - side, leg, false);
        }
        self.at(away, Happens::SocketUp { side });
    }

    /// Both sockets at once; nobody is told who was there.
    pub(super) fn restart_server(&mut self, away: u64) {
        for side in 0..2 {
            self.sides[side].bound = false;
        }
        for side in 0..2 {
            let extra = self.rng.below(500);
            self.drop_socket(side, away + extra);
        }
    }

    pub(super) fn lose_media(&mut self, heals: bool) {
        for side in 0..2 {
            let Some(pc) = self.sides[side].pc.as_mut().filter(|pc| pc.connected) else {
                continue;
            };
            pc.connected = false;
            let (pc, session) = (pc.pc, pc.session);
            let state = PcState::Disconnected;
            self.feed(side, Event::PcState { pc, state });
            if heals && let Some(session) = session {
                self.at(500, Happens::Connected { session });
            }
        }
    }

    pub(super) fn fail_media(&mut self) {
        for side in 0..2 {
            let Some(pc) = self.sides[side].pc.as_mut() else {
                continue;
            };
            pc.connected = false;
            let pc = pc.pc;
            let state = PcState::Failed;
            self.feed(side, Event::PcState { pc, state });
        }
    }

    /// A camera is turned on: the browser wants to negotiate.
    pub(super) fn want_negotiation(&mut self, side: usize) {
        let page = self.sides[side].page;
        if let Some(pc) = &mut self.sides[side].pc {
            pc.needs = true;
            let pc = pc.pc;
            self.at(1, Happens::Wanted { side, page, pc });
        }
    }

    pub(super) fn reload_page(&mut self, side: usize) {
        let state = &mut self.sides[side];
        state.machine = CallMachine::new();
        state.page += 1;
        state.pc = None;
        state.bound = false;
        state.conn = None;
        let leg = state.leg;
        self.tell_peer(1 - side, leg, false);
        self.feed(side, Event::Join);
        self.at(300, Happens::SocketUp { side });
        if let Some(pc) = &mut self.sides[1 - side].pc {
            pc.connected = false;
            let pc = pc.pc;
            let state = PcState::Disconnected;
            self.feed(1 - side, Event::PcState { pc, state });
        }
    }

    pub(super) fn chaos(&mut self) {
        let side = usize::from(self.rng.chance(50));
        let away = self.rng.below(8_000);
        match self.rng.below(8) {
            0 | 1 => self.drop_socket(side, away),
            2 => self.restart_server(away),
            3 => self.lose_media(true),
            4 => self.lose_media(false),
            5 => self.fail_media(),
            6 => self.want_negotiation(side),
            _ => self.reload_page(side),
        }
    }

    pub(super) fn states(&self) -> [CallState; 2] {
        [0, 1].map(|side| self.sides[side].machine.view(self.now).state)
    }

    pub(super) fn opened(&self) -> [u32; 2] {
        [0, 1].map(|side| self.sides[side].opened)
    }

    /// Both live, one generation, one completed exchange, nothing half done.
    pub(super) fn assert_agreed(&self) {
        assert_eq!(self.states(), [CallState::Live; 2], "both sides have media");
        let [a, b] = [0, 1].map(|side| self.sides[side].pc.as_ref().unwrap());
        let generation = |side: usize| self.sides[side].machine.pc_gen();
        assert_eq!(generation(0), generation(1), "one generation");
        assert!(
            a.session.is_some() && a.session == b.session,
            "one exchange"
        );
        assert_eq!((a.offered, b.offered), (None, None), "both stable");
        assert!(!a.needs && !b.needs, "nothing left to negotiate");
        let open: Vec<_> = (0..2)
            .filter_map(|side| self.sides[side].machine.deadline(self.now))
            .collect();
        assert!(open.is_empty(), "nothing left to do: {open:?}");
    }
}
