//! The WebSocket protocol `visita.v1`: JSON text frames `{t, id?, re?, d}`.
//!
//! SQL is the truth, frames are deliveries and hints. A client that missed frames
//! asks again by sequence (`sync.get`), so nothing here needs to be kept.
//! Unknown `t` are ignored by clients and refused by the server.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use visita_domain::appointment::AppointmentState;
use visita_domain::{
    AppointmentId, ClientMessageId, ConnId, ConversationId, DocumentId, LegId, OfferId, TabId, Ts,
    UserId,
};

use crate::appointments::{LobbyView, Presence};
use crate::calls::IceServer;
use crate::chat::MessageView;
use crate::error::ErrorCode;

/// The subprotocol, offered by the client and echoed by the server.
pub const SUBPROTOCOL: &str = "visita.v1";
/// Version inside `hello`; a server that speaks another closes with [`close::PROTOCOL`].
pub const PROTOCOL_VERSION: u16 = 1;
/// Longest frame taken from a client, in bytes (REALTIME F).
pub const MAX_FRAME_BYTES: usize = 64 * 1024;
/// Seconds within which `hello` must come (SECURITY R21).
pub const HELLO_SECS: u64 = 5;
/// Seconds between the client's pings.
pub const PING_SECS: u64 = 25;
/// Seconds without any frame after which either side gives the other up.
pub const DEAD_SECS: u64 = 60;

/// Close codes (RFC 6455 §7.4.2, private range).
pub mod close {
    /// The server stops; come back at once.
    pub const DRAIN: u16 = 1001;
    /// A part of the server is down; come back later (RFC 6455 registry, "try again later").
    pub const UNAVAILABLE: u16 = 1013;
    /// No frame for too long.
    pub const TIMEOUT: u16 = 4000;
    /// A frame that the protocol does not know.
    pub const PROTOCOL: u16 = 4400;
    /// No, a used, or an ended ticket or session: sign in again.
    pub const AUTH: u16 = 4401;
    /// The client reads too slowly; resume by sequence.
    pub const SLOW: u16 = 4408;
    /// The same tab connected again.
    pub const REPLACED: u16 = 4409;
    /// Too many frames.
    pub const RATE: u16 = 4429;
}

/// A frame of either direction. `id` numbers a question, `re` names the question answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Frame<T> {
    /// Number of this frame, where an answer is wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<u64>,
    /// The `id` that this frame answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub re: Option<u64>,
    /// What it says.
    #[serde(flatten)]
    pub msg: T,
}

impl<T> From<T> for Frame<T> {
    fn from(msg: T) -> Self {
        Self {
            id: None,
            re: None,
            msg,
        }
    }
}

/// How far a client's copy of a conversation goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The conversation's epoch that the copy is of.
    pub epoch: i64,
    /// The copy is complete up to here.
    pub last_seq: i64,
}

/// Client to server.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "t", content = "d")]
pub enum ClientMsg {
    /// The first frame; nothing is answered before it.
    #[serde(rename = "hello")]
    Hello {
        /// From `POST /ws/tickets`.
        ticket: String,
        /// This load of the page.
        tab_id: TabId,
        /// [`PROTOCOL_VERSION`].
        proto: u16,
        /// Conversations that the tab has open, with the position of its copy.
        /// The server sends what is newer and keeps them subscribed.
        #[serde(default)]
        convs: BTreeMap<ConversationId, Position>,
    },
    /// Are you there?
    #[serde(rename = "ping")]
    Ping {},
    /// Follow a conversation from a position on.
    #[serde(rename = "conv.sub")]
    ConvSub {
        /// The conversation.
        conv: ConversationId,
        /// Position of the tab's copy.
        after: Position,
    },
    /// Stop following.
    #[serde(rename = "conv.unsub")]
    ConvUnsub {
        /// The conversation.
        conv: ConversationId,
    },
    /// Send a message. Repeat with the same `client_id` until acknowledged.
    #[serde(rename = "msg.send")]
    MsgSend {
        /// Where to.
        conv: ConversationId,
        /// Idempotency key.
        client_id: ClientMessageId,
        /// The words; empty for files.
        #[serde(default)]
        body: String,
        /// Share a document.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        document_id: Option<DocumentId>,
    },
    /// Ask for messages after a position.
    #[serde(rename = "sync.get")]
    SyncGet {
        /// The conversation.
        conv: ConversationId,
        /// Position of the tab's copy.
        after: Position,
    },
    /// All up to `seq` are read.
    #[serde(rename = "msg.read")]
    MsgRead {
        /// The conversation.
        conv: ConversationId,
        /// Up to here.
        seq: i64,
    },
    /// Words are being typed. Droppable.
    #[serde(rename = "typing")]
    Typing {
        /// The conversation.
        conv: ConversationId,
    },
    /// Follow the hospital's lobby (doctors: their own patients; staff: all).
    #[serde(rename = "lobby.sub")]
    LobbySub {},
    /// Stop following.
    #[serde(rename = "lobby.unsub")]
    LobbyUnsub {},
    /// Follow one visit. While a patient follows, the lobby shows the patient online.
    #[serde(rename = "visit.sub")]
    VisitSub {
        /// The appointment.
        appointment: AppointmentId,
    },
    /// Stop following.
    #[serde(rename = "visit.unsub")]
    VisitUnsub {
        /// The appointment.
        appointment: AppointmentId,
    },
    /// Take part in a call: a new leg, or the own leg again after a lost socket.
    #[serde(rename = "call.join")]
    CallJoin {
        /// The appointment.
        appointment: AppointmentId,
        /// The leg to take up again, with the epoch that the tab holds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resume: Option<LegRef>,
    },
    /// Leave a call. The visit goes on and one can come back.
    #[serde(rename = "call.leave")]
    CallLeave {
        /// The appointment.
        appointment: AppointmentId,
    },
    /// A signal for the other leg.
    #[serde(rename = "sig")]
    Sig(Signal),
}

impl std::fmt::Debug for ClientMsg {
    /// Tickets, bodies and SDP stay out of logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientMsg").finish_non_exhaustive()
    }
}

/// One participant's part in a call, fenced by its epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LegRef {
    /// The leg.
    pub leg: LegId,
    /// +1 with every join or takeover of this user; stored in SQL.
    pub epoch: i64,
}

/// A signal between the two legs of a call.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Signal {
    /// The call.
    pub appointment: AppointmentId,
    /// The sender's leg; the server forwards only from the current one.
    pub from: LegRef,
    /// The receiver's leg as the sender knows it; stale ones are refused.
    pub to: LegRef,
    /// Generation of the peer connection; +1 on a full rebuild. Receivers drop older ones.
    pub pc_gen: u32,
    /// Order of the sender's signals within `(from, to, pc_gen)`, from 1; 0 for `ack`.
    pub sig_seq: u32,
    /// What it says.
    pub body: SignalBody,
}

impl std::fmt::Debug for Signal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signal")
            .field("pc_gen", &self.pc_gen)
            .field("sig_seq", &self.sig_seq)
            .finish_non_exhaustive()
    }
}

/// The words of a signal.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
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
        /// The offer it answers; others are dropped.
        re_offer: OfferId,
        /// The description.
        sdp: String,
    },
    /// An ICE candidate.
    Candidate {
        /// `candidate` attribute; absent at the end of candidates.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        candidate: Option<String>,
        /// Media line id.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sdp_mid: Option<String>,
        /// Media line index.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sdp_m_line_index: Option<u16>,
        /// User fragment of the ICE session it belongs to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ufrag: Option<String>,
    },
    /// Every signal of this `pc_gen` before `next` has arrived; the sender repeats the rest.
    /// Carries `sig_seq` 0 and is never acknowledged itself.
    Ack {
        /// The number that the receiver waits for.
        next: u32,
    },
}

/// Server to client.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "t", content = "d")]
pub enum ServerMsg {
    /// Answers `hello`.
    #[serde(rename = "welcome")]
    Welcome {
        /// This connection.
        conn_id: ConnId,
        /// Who is connected.
        user_id: UserId,
        /// Seconds between pings.
        ping_secs: u64,
        /// The server's clock, for waiting times.
        server_time: Ts,
    },
    /// Answers `ping`, with the newest positions: a client that missed a hint finds out.
    #[serde(rename = "pong")]
    Pong {
        /// The server's clock.
        server_time: Ts,
        /// Newest `seq` of each followed conversation.
        convs: BTreeMap<ConversationId, i64>,
        /// Newest revision of the followed lobby.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lobby_rev: Option<i64>,
    },
    /// A frame could not be served; `re` says which.
    #[serde(rename = "error")]
    Error {
        /// Stable identity.
        code: ErrorCode,
    },
    /// The message is stored.
    #[serde(rename = "msg.ack")]
    MsgAck {
        /// Where.
        conv: ConversationId,
        /// The sender's key.
        client_id: ClientMessageId,
        /// Its place.
        seq: i64,
        /// When it was stored.
        created_at: Ts,
        /// It had been stored before.
        dup: bool,
    },
    /// The message is not stored. With `retry_ms`: try again; without: never will be.
    #[serde(rename = "msg.nack")]
    MsgNack {
        /// Where.
        conv: ConversationId,
        /// The sender's key.
        client_id: ClientMessageId,
        /// Why.
        code: ErrorCode,
        /// When to try again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_ms: Option<u64>,
    },
    /// A new message of a followed conversation, in order of `seq`.
    #[serde(rename = "msg.new")]
    MsgNew {
        /// The conversation's epoch.
        epoch: i64,
        /// The message.
        message: MessageView,
    },
    /// Answers `sync.get`.
    #[serde(rename = "sync.page")]
    SyncPage {
        /// The conversation.
        conv: ConversationId,
        /// Its epoch. When it differs from the asked one: drop the copy.
        epoch: i64,
        /// Messages by `seq`.
        items: Vec<MessageView>,
        /// The newest place of all.
        last_seq: i64,
        /// Ask again for more.
        more: bool,
    },
    /// A member has read up to `seq`.
    #[serde(rename = "msg.read")]
    MsgRead {
        /// The conversation.
        conv: ConversationId,
        /// Who.
        user_id: UserId,
        /// Up to here.
        seq: i64,
    },
    /// A member types.
    #[serde(rename = "typing")]
    Typing {
        /// The conversation.
        conv: ConversationId,
        /// Who.
        user_id: UserId,
    },
    /// The lobby as it stands, on `lobby.sub` and after every change.
    #[serde(rename = "lobby.snap")]
    LobbySnap(LobbyView),
    /// A followed visit as it stands, on `visit.sub` and after every change.
    #[serde(rename = "visit.state")]
    VisitState {
        /// The appointment.
        appointment: AppointmentId,
        /// Where it stands.
        state: AppointmentState,
        /// Its version.
        version: i64,
        /// Start, since it may have been moved.
        starts_at: Ts,
        /// Whether the patient's page is connected.
        patient: Presence,
        /// Whether the doctor has the visit page open.
        doctor_online: bool,
    },
    /// One of the user's appointments changed (booked, moved, cancelled …): re-read lists.
    #[serde(rename = "appointment.changed")]
    AppointmentChanged {
        /// The appointment.
        appointment: AppointmentId,
    },
    /// A conversation of the user has something new, followed or not: for badges.
    #[serde(rename = "conv.changed")]
    ConvChanged {
        /// The conversation.
        conv: ConversationId,
        /// Its newest place.
        last_seq: i64,
    },
    /// Answers `call.join`.
    #[serde(rename = "call.joined")]
    CallJoined {
        /// The appointment.
        appointment: AppointmentId,
        /// The own leg.
        me: LegRef,
        /// The other leg, when it is there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        peer: Option<LegRef>,
        /// Role in perfect negotiation; patients are polite.
        polite: bool,
        /// STUN and TURN servers.
        ice_servers: Vec<IceServer>,
    },
    /// The other leg came, changed or left (absent).
    #[serde(rename = "call.peer")]
    CallPeer {
        /// The appointment.
        appointment: AppointmentId,
        /// The other leg.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        peer: Option<LegRef>,
        /// The peer's socket is connected; media may flow without it.
        connected: bool,
    },
    /// The own user joined the call elsewhere; this leg is over.
    #[serde(rename = "call.replaced")]
    CallReplaced {
        /// The appointment.
        appointment: AppointmentId,
    },
    /// A signal of the other leg.
    #[serde(rename = "sig")]
    Sig(Signal),
    /// A signal was not forwarded.
    #[serde(rename = "sig.nack")]
    SigNack {
        /// The appointment.
        appointment: AppointmentId,
        /// Which.
        pc_gen: u32,
        /// Which.
        sig_seq: u32,
        /// `stale` or `no_peer`.
        reason: SigNackReason,
    },
    /// The server stops; reconnect after that time.
    #[serde(rename = "drain")]
    Drain {
        /// Milliseconds.
        after_ms: u64,
    },
    /// A message of a newer server.
    #[serde(other, rename = "unknown")]
    Unknown,
}

impl std::fmt::Debug for ServerMsg {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerMsg").finish_non_exhaustive()
    }
}

/// Why a signal was not forwarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SigNackReason {
    /// The sender's or receiver's leg is no longer the current one.
    Stale,
    /// The other side has not joined.
    NoPeer,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_have_the_documented_form() {
        let ping: Frame<ClientMsg> =
            serde_json::from_str(r#"{"t":"ping","id":7,"d":{}}"#).expect("ping");
        assert_eq!(
            ping,
            Frame {
                id: Some(7),
                re: None,
                msg: ClientMsg::Ping {}
            }
        );
        assert_eq!(
            serde_json::to_string(&ping).expect("json"),
            r#"{"id":7,"t":"ping","d":{}}"#
        );
        let later: Frame<ServerMsg> =
            serde_json::from_str(r#"{"t":"from.the.future"}"#).expect("unknown");
        assert_eq!(later.msg, ServerMsg::Unknown);
    }
}
