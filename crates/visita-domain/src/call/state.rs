//! What the machine hears, what it asks to be done, and how it looks from outside.

use super::signal::{Candidate, Leg, Signal};
use crate::OfferId;

/// Why a call is over for this side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndReason {
    /// The user left; the visit goes on and one can come back.
    Left,
    /// The doctor has finished the visit.
    Finished,
    /// The server does not let this user into the call.
    Refused,
}

/// Where a call stands, for the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallState {
    /// Not asked for.
    Idle,
    /// Asked for, not yet let in.
    Joining,
    /// In the call, alone.
    Waiting,
    /// The other is there; media is being set up.
    Connecting,
    /// Media flows.
    Live,
    /// Media is interrupted and being repaired.
    Recovering,
    /// The same user took the call over elsewhere.
    Replaced,
    /// Over for this side.
    Ended(EndReason),
}

/// Whether the other side can hear signals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeerPresence {
    /// Has not joined, or has left.
    Absent,
    /// In the call, its socket is away. Media may flow all the same.
    Away,
    /// In the call and connected.
    Present,
}

/// The machine as the page shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallView {
    /// Where the call stands.
    pub state: CallState,
    /// The other side.
    pub peer: PeerPresence,
    /// Media has been missing for so long that the telephone should be offered.
    pub offer_phone: bool,
}

/// `RTCPeerConnectionState`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PcState {
    /// Nothing happened yet.
    New,
    /// ICE or DTLS is at work.
    Connecting,
    /// Media flows.
    Connected,
    /// No answer for some seconds; may heal by itself.
    Disconnected,
    /// ICE gave up.
    Failed,
    /// Closed by this side.
    Closed,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// The user enters, comes back, or takes the call back from another device.
    Join,
    /// The user leaves.
    Leave,
    /// The visit was finished.
    VisitFinished,
    /// The WebSocket works.
    SocketUp,
    /// The WebSocket is gone.
    SocketDown,
    /// `call.joined`.
    Joined {
        /// The own leg.
        me: Leg,
        /// The other leg, when its socket is there.
        peer: Option<Leg>,
        /// Role in perfect negotiation.
        polite: bool,
    },
    /// `call.join` was answered by an error. Temporary faults are tried again.
    JoinFailed {
        /// It cannot succeed later.
        permanent: bool,
    },
    /// `call.peer`; an absent leg has left.
    Peer {
        /// The other leg.
        peer: Option<Leg>,
        /// Its socket is connected.
        connected: bool,
    },
    /// `call.replaced`.
    Replaced,
    /// A signal came in.
    Signal(Signal),
    /// The server did not forward: the legs have changed.
    SignalStale,
    /// The server did not forward: the other socket is away.
    SignalNoPeer,
    /// The browser wants a negotiation.
    NegotiationNeeded {
        /// Of this peer connection.
        pc: u32,
    },
    /// [`PcOp::MakeOffer`] is done.
    OfferMade {
        /// Of this peer connection.
        pc: u32,
        /// A fresh id, drawn by the caller.
        offer_id: OfferId,
        /// The local description.
        sdp: String,
    },
    /// [`PcOp::TakeOffer`] is done.
    AnswerMade {
        /// Of this peer connection.
        pc: u32,
        /// The local description.
        sdp: String,
    },
    /// [`PcOp::TakeAnswer`] is done.
    AnswerTaken {
        /// Of this peer connection.
        pc: u32,
    },
    /// The browser refused one of the three operations above.
    OpFailed {
        /// Of this peer connection.
        pc: u32,
    },
    /// The browser found a local candidate.
    LocalCandidate {
        /// Of this peer connection.
        pc: u32,
        /// It.
        candidate: Candidate,
    },
    /// `connectionState` changed.
    PcState {
        /// Of this peer connection.
        pc: u32,
        /// To this.
        state: PcState,
    },
    /// [`super::CallMachine::deadline`] has come.
    Tick,
}

/// One step on a peer connection. They are performed in the order they are given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PcOp {
    /// `setLocalDescription()` in the stable state.
    MakeOffer,
    /// `setRemoteDescription(offer)`, which rolls an own offer back, then `setLocalDescription()`.
    TakeOffer {
        /// The remote description.
        sdp: String,
    },
    /// `setRemoteDescription(answer)`.
    TakeAnswer {
        /// The remote description.
        sdp: String,
    },
    /// `addIceCandidate`; a refusal is of no consequence.
    AddCandidate(Candidate),
    /// Fresh ICE servers, then `restartIce()`; the browser then wants a negotiation.
    RestartIce,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Send `call.join`.
    SendJoin {
        /// The own leg, to take it up again.
        resume: Option<Leg>,
    },
    /// Send `call.leave`.
    SendLeave,
    /// Send a signal.
    SendSignal(Signal),
    /// Close the present peer connection, if any, and open a new one.
    OpenPc {
        /// Its number on this side; events of other numbers are dropped.
        pc: u32,
    },
    /// Close the peer connection.
    ClosePc,
    /// Do this on the peer connection.
    Pc {
        /// Its number.
        pc: u32,
        /// The step.
        op: PcOp,
    },
}
