//! Signals between two legs: their content, and the two queues that bring them over in
//! order and exactly once although sockets come and go.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;

use super::policy::{ACK_DELAY_MS, RESEND_MS, RESEND_SOON_MS};
use crate::{LegId, OfferId};

/// Most signals kept out of order or unacknowledged. A negotiation needs about thirty;
/// whoever sends more without pause is broken and gets a rebuild instead of memory.
const MAX_QUEUED: usize = 512;

/// One participant's part in a call, fenced by its epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Leg {
    /// The leg.
    pub id: LegId,
    /// +1 with every join or takeover of this user.
    pub epoch: i64,
}

/// An ICE candidate as it travels.
#[derive(Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The `candidate` attribute.
    pub candidate: String,
    /// Media line id.
    pub sdp_mid: Option<String>,
    /// Media line index.
    pub sdp_m_line_index: Option<u16>,
    /// User fragment of the ICE session it belongs to.
    pub ufrag: Option<String>,
}

/// The words of a signal.
#[derive(Clone, PartialEq, Eq)]
pub enum SignalBody {
    /// An SDP offer.
    Offer {
        /// Names the offer for its answer.
        offer_id: OfferId,
        /// The description.
        sdp: String,
    },
    /// An SDP answer.
    Answer {
        /// The offer it answers.
        re_offer: OfferId,
        /// The description.
        sdp: String,
    },
    /// An ICE candidate.
    Candidate(Candidate),
    /// All signals before `next` have arrived. Never acknowledged itself, `sig_seq` 0.
    Ack {
        /// The number that the receiver waits for.
        next: u32,
    },
}

/// A signal with its fences.
#[derive(Clone, PartialEq, Eq)]
pub struct Signal {
    /// The sender's leg.
    pub from: Leg,
    /// The receiver's leg as the sender knows it.
    pub to: Leg,
    /// Generation of the peer connection.
    pub pc_gen: u32,
    /// Order within `(from, to, pc_gen)`, from 1; 0 for acknowledgements.
    pub sig_seq: u32,
    /// What it says.
    pub body: SignalBody,
}

impl fmt::Debug for SignalBody {
    /// SDP and candidates hold addresses and stay out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Offer { offer_id, .. } => write!(f, "Offer({offer_id})"),
            Self::Answer { re_offer, .. } => write!(f, "Answer({re_offer})"),
            Self::Candidate(_) => f.write_str("Candidate"),
            Self::Ack { next } => write!(f, "Ack({next})"),
        }
    }
}

impl fmt::Debug for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Candidate").finish_non_exhaustive()
    }
}

impl fmt::Debug for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{} {:?}", self.pc_gen, self.sig_seq, self.body)
    }
}

/// The user fragments of a description (RFC 8839 §5.4): candidates of others are stale.
#[must_use]
pub fn ice_ufrags(sdp: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for line in sdp.lines() {
        if let Some(ufrag) = line.trim_end().strip_prefix("a=ice-ufrag:")
            && !found.iter().any(|known| known == ufrag)
        {
            found.push(ufrag.to_owned());
        }
    }
    found
}

/// Signals sent and not yet acknowledged.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    sent: u32,
    unacked: VecDeque<(u32, SignalBody)>,
    resend_at: Option<u64>,
}

impl Outbox {
    /// Numbers a signal and keeps it until it is acknowledged.
    pub(super) fn push(&mut self, body: SignalBody, now: u64) -> u32 {
        self.sent += 1;
        if self.unacked.len() >= MAX_QUEUED {
            self.unacked.pop_front();
        }
        self.unacked.push_back((self.sent, body));
        self.resend_at.get_or_insert(now + RESEND_MS);
        self.sent
    }

    /// The receiver has everything before `next`. It hears, so what it misses is repeated soon.
    pub(super) fn acked(&mut self, next: u32, now: u64) {
        self.unacked.retain(|(seq, _)| *seq >= next);
        self.resend_at = (!self.unacked.is_empty()).then_some(now + RESEND_SOON_MS);
    }

    /// Signaling is back: whatever is unacknowledged goes out again at once.
    pub(super) fn resend_now(&mut self, now: u64) {
        if !self.unacked.is_empty() {
            self.resend_at = Some(now);
        }
    }

    /// The signals to repeat when their time has come.
    pub(super) fn due(&mut self, now: u64) -> Vec<(u32, SignalBody)> {
        if self.resend_at.is_none_or(|at| at > now) {
            return Vec::new();
        }
        self.resend_at = Some(now + RESEND_MS);
        self.unacked.iter().cloned().collect()
    }

    pub(super) fn deadline(&self) -> Option<u64> {
        self.resend_at
    }
}

/// Signals received, brought into order and without repeats.
#[derive(Debug)]
pub(super) struct Inbox {
    next: u32,
    early: BTreeMap<u32, SignalBody>,
    ready: VecDeque<SignalBody>,
    ack_at: Option<u64>,
}

impl Default for Inbox {
    fn default() -> Self {
        Self {
            next: 1,
            early: BTreeMap::new(),
            ready: VecDeque::new(),
            ack_at: None,
        }
    }
}

impl Inbox {
    /// Takes a signal in. Repeats are dropped but acknowledged again, since the sender
    /// repeats only what it has no acknowledgement for.
    pub(super) fn take(&mut self, seq: u32, body: SignalBody, now: u64) {
        self.ack_at.get_or_insert(now + ACK_DELAY_MS);
        if seq >= self.next && self.early.len() < MAX_QUEUED {
            self.early.insert(seq, body);
        }
        while let Some(body) = self.early.remove(&self.next) {
            self.ready.push_back(body);
            self.next += 1;
        }
    }

    /// The next signal in order.
    pub(super) fn pop(&mut self) -> Option<SignalBody> {
        self.ready.pop_front()
    }

    /// The acknowledgement to send when its time has come.
    pub(super) fn ack_due(&mut self, now: u64) -> Option<u32> {
        self.ack_at.take_if(|at| *at <= now).map(|_| self.next)
    }

    pub(super) fn deadline(&self) -> Option<u64> {
        self.ack_at
    }
}
