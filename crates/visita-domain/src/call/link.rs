//! One peer connection with one remote leg: negotiation, candidates, repair.

use super::policy::{
    CONNECT_TIMEOUT_MS, REBUILD_AFTER_RETURN_MS, REBUILD_PAUSE_MS, YIELD_OFFER_MS, restart_delay_ms,
};
use super::signal::{Candidate, Inbox, Outbox, SignalBody, ice_ufrags};
use super::state::{Effect, Event, PcOp, PcState};
use crate::OfferId;

/// Whether media flows, and since when it does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Health {
    /// The first connection of this pair is being made.
    Connecting { since: u64 },
    /// Media flows.
    Live,
    /// Media was there and is missing.
    Recovering { since: u64 },
}

impl Health {
    /// Since when media is missing.
    pub(super) fn missing_since(self) -> Option<u64> {
        match self {
            Self::Live => None,
            Self::Connecting { since } | Self::Recovering { since } => Some(since),
        }
    }
}

/// The signaling state together with the operation in flight: at most one at a time, which
/// is what makes `makingOffer` and `isSettingRemoteAnswerPending` unnecessary here.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Negotiation {
    /// Nothing in flight, nothing offered.
    Stable,
    /// The browser makes an offer.
    MakingOffer,
    /// An own offer waits for its answer.
    Offered(OfferId),
    /// The browser applies a remote offer and makes the answer.
    TakingOffer(OfferId),
    /// The browser applies a remote answer.
    TakingAnswer,
    /// The browser refused; only a rebuild helps.
    Broken,
}

/// Signals to send and operations to perform, in order.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Out {
    Send(u32, SignalBody),
    Op(PcOp),
}

#[derive(Debug)]
pub(super) struct Link {
    /// Number of the peer connection on this side; never used twice, unlike `pc_gen`, which
    /// starts at 1 with every pair of legs.
    pub(super) pc: u32,
    pub(super) pc_gen: u32,
    pub(super) health: Health,
    polite: bool,
    negotiation: Negotiation,
    /// The browser wants a negotiation.
    wanted: bool,
    /// Leaves the other side the first offer.
    offer_not_before: u64,
    /// The latest remote offer lost a glare: its candidates are void.
    ignoring: bool,
    /// User fragments of the remote description in force.
    remote_ufrags: Vec<String>,
    /// Local candidates found before their description was sent.
    held: Vec<Candidate>,
    pub(super) outbox: Outbox,
    pub(super) inbox: Inbox,
    restart_at: Option<u64>,
    rebuild_at: Option<u64>,
}

impl Link {
    /// A fresh peer connection. `first_to_offer` is the side that started the build.
    pub(super) fn new(
        pc: u32,
        pc_gen: u32,
        polite: bool,
        health: Health,
        first_to_offer: bool,
        now: u64,
    ) -> Self {
        let yielded = if first_to_offer { 0 } else { YIELD_OFFER_MS };
        Self {
            pc,
            pc_gen,
            health,
            polite,
            negotiation: Negotiation::Stable,
            wanted: false,
            offer_not_before: now + yielded,
            ignoring: false,
            remote_ufrags: Vec::new(),
            held: Vec::new(),
            outbox: Outbox::default(),
            inbox: Inbox::default(),
            restart_at: None,
            rebuild_at: Some(now + CONNECT_TIMEOUT_MS),
        }
    }

    /// The link that replaces this one. Media has been missing since it began to be missing here.
    pub(super) fn successor(&self, pc: u32, pc_gen: u32, first_to_offer: bool, now: u64) -> Self {
        let health = match self.health {
            Health::Live => Health::Recovering { since: now },
            missing => missing,
        };
        Self::new(pc, pc_gen, self.polite, health, first_to_offer, now)
    }

    /// True when this event names another peer connection than the present one.
    pub(super) fn is_stale(&self, event: &Event) -> bool {
        let named = match event {
            Event::NegotiationNeeded { pc }
            | Event::OfferMade { pc, .. }
            | Event::AnswerMade { pc, .. }
            | Event::AnswerTaken { pc }
            | Event::OpFailed { pc }
            | Event::LocalCandidate { pc, .. }
            | Event::PcState { pc, .. } => *pc,
            _ => self.pc,
        };
        named != self.pc
    }

    /// Takes in what the browser reports.
    pub(super) fn browser(&mut self, event: Event, now: u64, out: &mut Vec<Out>) {
        match event {
            Event::NegotiationNeeded { .. } => self.wanted = true,
            Event::OfferMade { offer_id, sdp, .. }
                if self.negotiation == Negotiation::MakingOffer =>
            {
                self.negotiation = Negotiation::Offered(offer_id);
                self.send(SignalBody::Offer { offer_id, sdp }, now, out);
                self.release_candidates(now, out);
            }
            Event::AnswerMade { sdp, .. } => {
                if let Negotiation::TakingOffer(re_offer) = self.negotiation {
                    self.negotiation = Negotiation::Stable;
                    self.send(SignalBody::Answer { re_offer, sdp }, now, out);
                    self.release_candidates(now, out);
                }
            }
            Event::AnswerTaken { .. } if self.negotiation == Negotiation::TakingAnswer => {
                self.negotiation = Negotiation::Stable;
            }
            Event::OpFailed { .. } => {
                self.negotiation = Negotiation::Broken;
                self.rebuild_at = Some(now + REBUILD_PAUSE_MS);
            }
            Event::LocalCandidate { candidate, .. } => match self.negotiation {
                // The description that these belong to is not sent yet.
                Negotiation::MakingOffer | Negotiation::TakingOffer(_) => self.held.push(candidate),
                _ => self.send(SignalBody::Candidate(candidate), now, out),
            },
            Event::PcState { state, .. } => self.pc_state(state, now),
            _ => {}
        }
    }

    fn pc_state(&mut self, state: PcState, now: u64) {
        match (state, self.health) {
            (PcState::Connected, _) => {
                self.health = Health::Live;
                self.restart_at = None;
                self.rebuild_at = None;
            }
            (PcState::Disconnected, Health::Live) => {
                self.health = Health::Recovering { since: now };
                self.restart_at = Some(now + restart_delay_ms(self.polite));
                self.rebuild_at = Some(now + CONNECT_TIMEOUT_MS);
            }
            (PcState::Failed, health) => {
                if health == Health::Live {
                    self.health = Health::Recovering { since: now };
                }
                self.restart_at = Some(now);
                self.rebuild_at.get_or_insert(now + CONNECT_TIMEOUT_MS);
            }
            _ => {}
        }
    }

    /// Signaling works again after a pause: repeat what is unacknowledged, repair at once.
    pub(super) fn signaling_returned(&mut self, now: u64) {
        self.outbox.resend_now(now);
        if matches!(self.health, Health::Recovering { .. }) {
            self.restart_at = Some(now);
        }
        if let Some(at) = self.rebuild_at.as_mut() {
            *at = (*at).max(now + REBUILD_AFTER_RETURN_MS);
        }
    }

    /// True when the peer connection is to be replaced now.
    pub(super) fn rebuild_due(&self, now: u64) -> bool {
        self.rebuild_at.is_some_and(|at| at <= now)
    }

    /// Does everything that is due and possible, given whether this side can send.
    pub(super) fn pump(&mut self, now: u64, bound: bool, out: &mut Vec<Out>) {
        if bound {
            self.outbox
                .due(now)
                .into_iter()
                .for_each(|(seq, body)| out.push(Out::Send(seq, body)));
            if let Some(next) = self.inbox.ack_due(now) {
                out.push(Out::Send(0, SignalBody::Ack { next }));
            }
            if self.restart_at.take_if(|at| *at <= now).is_some() {
                out.push(Out::Op(PcOp::RestartIce));
            }
        }
        while matches!(
            self.negotiation,
            Negotiation::Stable | Negotiation::Offered(_)
        ) {
            if let Some(body) = self.inbox.pop() {
                self.remote(body, out);
            } else if self.wanted
                && self.negotiation == Negotiation::Stable
                && now >= self.offer_not_before
            {
                self.wanted = false;
                self.negotiation = Negotiation::MakingOffer;
                out.push(Out::Op(PcOp::MakeOffer));
            } else {
                break;
            }
        }
    }

    fn remote(&mut self, body: SignalBody, out: &mut Vec<Out>) {
        match body {
            SignalBody::Offer { offer_id, sdp } => {
                let collision = matches!(self.negotiation, Negotiation::Offered(_));
                self.ignoring = collision && !self.polite;
                if !self.ignoring {
                    // The browser asks anew after the exchange if something is left.
                    self.wanted = false;
                    self.remote_ufrags = ice_ufrags(&sdp);
                    self.negotiation = Negotiation::TakingOffer(offer_id);
                    out.push(Out::Op(PcOp::TakeOffer { sdp }));
                }
            }
            SignalBody::Answer { re_offer, sdp } => {
                // Answers to an offer that was rolled back meanwhile are void.
                if self.negotiation == Negotiation::Offered(re_offer) {
                    self.wanted = false;
                    self.remote_ufrags = ice_ufrags(&sdp);
                    self.negotiation = Negotiation::TakingAnswer;
                    out.push(Out::Op(PcOp::TakeAnswer { sdp }));
                }
            }
            SignalBody::Candidate(candidate) => {
                let current = match &candidate.ufrag {
                    Some(ufrag) => self.remote_ufrags.contains(ufrag),
                    None => !self.ignoring && !self.remote_ufrags.is_empty(),
                };
                if current {
                    out.push(Out::Op(PcOp::AddCandidate(candidate)));
                }
            }
            SignalBody::Ack { .. } => {}
        }
    }

    fn send(&mut self, body: SignalBody, now: u64, out: &mut Vec<Out>) {
        let seq = self.outbox.push(body.clone(), now);
        out.push(Out::Send(seq, body));
    }

    fn release_candidates(&mut self, now: u64, out: &mut Vec<Out>) {
        for candidate in std::mem::take(&mut self.held) {
            self.send(SignalBody::Candidate(candidate), now, out);
        }
    }

    /// When [`Self::pump`] or a rebuild has something to do, given whether this side can
    /// send and whether the other can hear.
    pub(super) fn deadline(&self, bound: bool, heard: bool) -> Option<u64> {
        let offer = (self.wanted && self.negotiation == Negotiation::Stable)
            .then_some(self.offer_not_before);
        let sending = [
            self.outbox.deadline(),
            self.inbox.deadline(),
            self.restart_at,
        ];
        let sending = sending.into_iter().flatten().filter(|_| bound);
        let rebuild = self.rebuild_at.filter(|_| bound && heard);
        sending.chain(rebuild).chain(offer).min()
    }

    /// Turns outcomes into effects of the machine.
    pub(super) fn op(&self, op: PcOp) -> Effect {
        Effect::Pc { pc: self.pc, op }
    }
}
