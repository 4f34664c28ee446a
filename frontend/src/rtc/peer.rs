//! One `RTCPeerConnection` with everything that belongs to it: operations in order, local
//! and remote tracks, the data channel and the closures. Dropping it closes and frees all.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};

use js_sys::{Array, Reflect};
use leptos::task::spawn_local;
use visita_domain::call::{Candidate, Event, PcOp, PcState};
use visita_domain::{AppointmentId, OfferId};
use visita_wire::calls::IceServer;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    MediaStream, MediaStreamTrack, RtcConfiguration, RtcDataChannel, RtcDataChannelInit,
    RtcIceCandidateInit, RtcIceServer, RtcPeerConnection, RtcPeerConnectionIceEvent,
    RtcPeerConnectionState, RtcRtpSender, RtcRtpTransceiverDirection, RtcRtpTransceiverInit,
    RtcSdpType, RtcSessionDescriptionInit, RtcTrackEvent,
};

use super::media::Kind;
use super::remote::PeerMedia;
use super::webrtc_ext::{IceCandidateExt, PeerConnectionExt};
use crate::api::calls::get_call;

/// What a peer connection tells the engine.
pub(super) enum PeerReport {
    /// For the call machine.
    Event(Event),
    /// A remote track came; the stream holds all of its kind.
    Stream(Kind, MediaStream),
    /// What the other's devices do.
    Media(PeerMedia),
}

pub(super) type OnReport = Rc<dyn Fn(PeerReport)>;

/// What the operations need; it may outlive the [`Peer`] by one await.
struct Shared {
    number: u32,
    appointment: AppointmentId,
    pc: PeerConnectionExt,
    channel: RtcDataChannel,
    ops: RefCell<VecDeque<PcOp>>,
    running: Cell<bool>,
    closed: Cell<bool>,
    report: OnReport,
    /// Both own tracks travel under its id, so that the other browser keeps lips and voice together.
    group: MediaStream,
    /// Some ICE server needs credentials, which end.
    relayed: bool,
    audio: MediaStream,
    video: MediaStream,
    /// Told when the channel opens.
    own_media: Cell<PeerMedia>,
}

/// A peer connection.
pub(super) struct Peer {
    shared: Rc<Shared>,
    _closures: Closures,
}

struct Closures {
    _negotiation: Closure<dyn FnMut(web_sys::Event)>,
    _candidate: Closure<dyn FnMut(RtcPeerConnectionIceEvent)>,
    _state: Closure<dyn FnMut(web_sys::Event)>,
    _track: Closure<dyn FnMut(RtcTrackEvent)>,
    _open: Closure<dyn FnMut(web_sys::Event)>,
    _message: Closure<dyn FnMut(web_sys::MessageEvent)>,
}

impl Peer {
    /// Opens a connection that sends the given tracks.
    ///
    /// # Errors
    /// When the browser has no WebRTC or refuses the ICE servers.
    pub(super) fn open(
        number: u32,
        appointment: AppointmentId,
        ice_servers: &[IceServer],
        tracks: &[MediaStreamTrack],
        own_media: PeerMedia,
        report: OnReport,
    ) -> Result<Self, JsValue> {
        let pc = RtcPeerConnection::new_with_configuration(&configuration(ice_servers))?;
        let init = RtcDataChannelInit::new();
        init.set_negotiated(true);
        init.set_id(0);
        let channel = pc.create_data_channel_with_data_channel_dict("state", &init);
        let shared = Rc::new(Shared {
            number,
            appointment,
            pc: pc.unchecked_into(),
            channel,
            ops: RefCell::new(VecDeque::new()),
            running: Cell::new(false),
            closed: Cell::new(false),
            report,
            group: MediaStream::new()?,
            relayed: ice_servers.iter().any(|server| server.credential.is_some()),
            audio: MediaStream::new()?,
            video: MediaStream::new()?,
            own_media: Cell::new(own_media),
        });
        let closures = listen(&shared);
        for track in tracks {
            shared.add_track(track);
        }
        Ok(Self {
            shared,
            _closures: closures,
        })
    }

    /// Queues an operation; they run one after the other.
    pub(super) fn perform(&self, op: PcOp) {
        self.shared.ops.borrow_mut().push_back(op);
        if !self.shared.running.replace(true) {
            let shared = Rc::clone(&self.shared);
            spawn_local(async move {
                while let Some(op) = shared.next_op() {
                    shared.run(op).await;
                }
                shared.running.set(false);
            });
        }
    }

    /// Sends this track instead of the present one of its kind.
    pub(super) fn send_track(&self, kind: Kind, track: Option<&MediaStreamTrack>) {
        let sender = self.shared.sender(kind);
        match (sender, track) {
            (Some(sender), track) => {
                if sender.track().as_ref() != track {
                    let replacing = JsFuture::from(sender.replace_track(track));
                    // The only fault is a connection that is closed meanwhile.
                    spawn_local(async move { drop(replacing.await) });
                    self.shared.send_in_direction(&sender);
                }
            }
            (None, Some(track)) => self.shared.add_track(track),
            (None, None) => {}
        }
    }

    /// Tells the other page what the own devices do.
    pub(super) fn tell_media(&self, own: PeerMedia) {
        self.shared.own_media.set(own);
        self.shared.tell_media();
    }

    /// For statistics.
    pub(super) fn connection(&self) -> RtcPeerConnection {
        self.shared.pc.clone().into()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let shared = &self.shared;
        shared.closed.set(true);
        shared.ops.borrow_mut().clear();
        shared.pc.set_onnegotiationneeded(None);
        shared.pc.set_onicecandidate(None);
        shared.pc.set_onconnectionstatechange(None);
        shared.pc.set_ontrack(None);
        shared.channel.set_onopen(None);
        shared.channel.set_onmessage(None);
        shared.channel.close();
        shared.pc.close();
    }
}

impl Shared {
    fn tell(&self, event: Event) {
        if !self.closed.get() {
            (self.report)(PeerReport::Event(event));
        }
    }

    fn next_op(&self) -> Option<PcOp> {
        self.ops.borrow_mut().pop_front()
    }

    async fn run(self: &Rc<Self>, op: PcOp) {
        let pc = self.number;
        let done = match op {
            PcOp::MakeOffer => self.make_offer().await.map(|sdp| {
                let offer_id = OfferId::new(uuid::Uuid::new_v4());
                Some(Event::OfferMade { pc, offer_id, sdp })
            }),
            PcOp::TakeOffer { sdp } => {
                let taken = self.set_remote(RtcSdpType::Offer, &sdp).await;
                let made = match taken {
                    Ok(()) => self.describe().await,
                    Err(error) => Err(error),
                };
                made.map(|sdp| Some(Event::AnswerMade { pc, sdp }))
            }
            PcOp::TakeAnswer { sdp } => {
                let taken = self.set_remote(RtcSdpType::Answer, &sdp).await;
                taken.map(|()| Some(Event::AnswerTaken { pc }))
            }
            PcOp::AddCandidate(candidate) => {
                // Candidates of a description that was replaced meanwhile are refused.
                drop(self.add_candidate(&candidate).await);
                Ok(None)
            }
            PcOp::RestartIce => {
                self.restart_ice();
                Ok(None)
            }
        };
        match done {
            Ok(Some(event)) => self.tell(event),
            Ok(None) => {}
            Err(_) => self.tell(Event::OpFailed { pc }),
        }
    }

    /// An offer must hold both kinds, or a side without devices would hear and see nothing.
    async fn make_offer(&self) -> Result<String, JsValue> {
        for kind in [Kind::Mic, Kind::Camera] {
            if self.sender(kind).is_none() {
                let init = RtcRtpTransceiverInit::new();
                init.set_direction(RtcRtpTransceiverDirection::Recvonly);
                self.pc
                    .add_transceiver_with_str_and_init(kind.track_kind(), &init);
            }
        }
        self.describe().await
    }

    async fn describe(&self) -> Result<String, JsValue> {
        JsFuture::from(self.pc.set_implicit_local_description()).await?;
        self.pc
            .local_description()
            .map(|description| description.sdp())
            .ok_or(JsValue::NULL)
    }

    async fn set_remote(&self, kind: RtcSdpType, sdp: &str) -> Result<(), JsValue> {
        let description = RtcSessionDescriptionInit::new(kind);
        description.set_sdp(sdp);
        JsFuture::from(self.pc.set_remote_description(&description))
            .await
            .map(drop)
    }

    async fn add_candidate(&self, candidate: &Candidate) -> Result<(), JsValue> {
        let init = RtcIceCandidateInit::new(&candidate.candidate);
        init.set_sdp_mid(candidate.sdp_mid.as_deref());
        init.set_sdp_m_line_index(candidate.sdp_m_line_index);
        if let Some(ufrag) = &candidate.ufrag {
            Reflect::set(&init, &"usernameFragment".into(), &ufrag.into())?;
        }
        let adding = self
            .pc
            .add_ice_candidate_with_opt_rtc_ice_candidate_init(Some(&init));
        JsFuture::from(adding).await.map(drop)
    }

    /// Fresh credentials first: the old ones may have ended, and a restart without a relay
    /// may be in vain. Without an answer the old ones have to do.
    /// Other operations do not wait for it: what follows is a wish to negotiate.
    fn restart_ice(self: &Rc<Self>) {
        if !self.relayed {
            self.pc.restart_ice();
            return;
        }
        let shared = Rc::clone(self);
        spawn_local(async move {
            let call = get_call(shared.appointment).await;
            if shared.closed.get() {
                return;
            }
            if let Ok(call) = call {
                let fresh = configuration(&call.ice_servers);
                // A refusal leaves the old servers, which is the best that is left.
                drop(shared.pc.set_configuration_with_configuration(&fresh));
            }
            shared.pc.restart_ice();
        });
    }

    fn add_track(&self, track: &MediaStreamTrack) {
        self.pc.add_track(track, &self.group, &Array::new());
    }

    fn sender(&self, kind: Kind) -> Option<RtcRtpSender> {
        self.pc.get_transceivers().iter().find_map(|transceiver| {
            let transceiver = web_sys::RtcRtpTransceiver::unchecked_from_js(transceiver);
            (transceiver.receiver().track().kind() == kind.track_kind())
                .then(|| transceiver.sender())
        })
    }

    /// A transceiver that only received starts to send.
    fn send_in_direction(&self, sender: &RtcRtpSender) {
        for transceiver in self.pc.get_transceivers() {
            let transceiver = web_sys::RtcRtpTransceiver::unchecked_from_js(transceiver);
            if transceiver.sender() == *sender
                && transceiver.direction() == RtcRtpTransceiverDirection::Recvonly
            {
                transceiver.set_direction(RtcRtpTransceiverDirection::Sendrecv);
            }
        }
    }

    fn tell_media(&self) {
        if self.channel.ready_state() == web_sys::RtcDataChannelState::Open
            && let Ok(text) = serde_json::to_string(&self.own_media.get())
        {
            // A channel that closes at this moment needs no news.
            drop(self.channel.send_with_str(&text));
        }
    }

    fn track_came(&self, track: &MediaStreamTrack) {
        let (kind, stream) = if track.kind() == Kind::Mic.track_kind() {
            (Kind::Mic, &self.audio)
        } else {
            (Kind::Camera, &self.video)
        };
        for old in stream.get_tracks() {
            stream.remove_track(&MediaStreamTrack::unchecked_from_js(old));
        }
        stream.add_track(track);
        (self.report)(PeerReport::Stream(kind, stream.clone()));
    }
}

/// Connects the browser's events with the reports. The closures hold the shared part
/// weakly, so that nothing keeps itself alive.
fn listen(shared: &Rc<Shared>) -> Closures {
    let pc = &shared.pc;
    let number = shared.number;

    let weak = Rc::downgrade(shared);
    let negotiation = Closure::<dyn FnMut(web_sys::Event)>::new(move |_| {
        with(&weak, |shared| {
            shared.tell(Event::NegotiationNeeded { pc: number })
        });
    });
    pc.set_onnegotiationneeded(Some(negotiation.as_ref().unchecked_ref()));

    let weak = Rc::downgrade(shared);
    let candidate = Closure::<dyn FnMut(RtcPeerConnectionIceEvent)>::new(
        move |event: RtcPeerConnectionIceEvent| {
            if let Some(found) = event
                .candidate()
                .filter(|found| !found.candidate().is_empty())
            {
                let ufrag = found.unchecked_ref::<IceCandidateExt>().username_fragment();
                let candidate = Candidate {
                    candidate: found.candidate(),
                    sdp_mid: found.sdp_mid(),
                    sdp_m_line_index: found.sdp_m_line_index(),
                    ufrag,
                };
                with(&weak, |shared| {
                    shared.tell(Event::LocalCandidate {
                        pc: number,
                        candidate,
                    });
                });
            }
        },
    );
    pc.set_onicecandidate(Some(candidate.as_ref().unchecked_ref()));

    let weak = Rc::downgrade(shared);
    let state = Closure::<dyn FnMut(web_sys::Event)>::new(move |_| {
        with(&weak, |shared| {
            let state = pc_state(shared.pc.connection_state());
            shared.tell(Event::PcState { pc: number, state });
        });
    });
    pc.set_onconnectionstatechange(Some(state.as_ref().unchecked_ref()));

    let weak = Rc::downgrade(shared);
    let track = Closure::<dyn FnMut(RtcTrackEvent)>::new(move |event: RtcTrackEvent| {
        with(&weak, |shared| shared.track_came(&event.track()));
    });
    pc.set_ontrack(Some(track.as_ref().unchecked_ref()));

    let weak = Rc::downgrade(shared);
    let open = Closure::<dyn FnMut(web_sys::Event)>::new(move |_| with(&weak, Shared::tell_media));
    shared
        .channel
        .set_onopen(Some(open.as_ref().unchecked_ref()));

    let weak = Rc::downgrade(shared);
    let message =
        Closure::<dyn FnMut(web_sys::MessageEvent)>::new(move |event: web_sys::MessageEvent| {
            // Words of a newer page that cannot be read are ignored.
            let said = event
                .data()
                .as_string()
                .and_then(|text| serde_json::from_str(&text).ok());
            if let Some(media) = said {
                with(&weak, |shared| (shared.report)(PeerReport::Media(media)));
            }
        });
    shared
        .channel
        .set_onmessage(Some(message.as_ref().unchecked_ref()));

    Closures {
        _negotiation: negotiation,
        _candidate: candidate,
        _state: state,
        _track: track,
        _open: open,
        _message: message,
    }
}

fn with(shared: &Weak<Shared>, act: impl FnOnce(&Shared)) {
    if let Some(shared) = shared.upgrade().filter(|shared| !shared.closed.get()) {
        act(&shared);
    }
}

fn pc_state(state: RtcPeerConnectionState) -> PcState {
    match state {
        RtcPeerConnectionState::Connecting => PcState::Connecting,
        RtcPeerConnectionState::Connected => PcState::Connected,
        RtcPeerConnectionState::Disconnected => PcState::Disconnected,
        RtcPeerConnectionState::Failed => PcState::Failed,
        RtcPeerConnectionState::Closed => PcState::Closed,
        _ => PcState::New,
    }
}

fn configuration(servers: &[IceServer]) -> RtcConfiguration {
    let list = Array::new();
    for server in servers {
        let entry = RtcIceServer::new();
        let urls: Array = server
            .urls
            .iter()
            .map(|url| JsValue::from_str(url))
            .collect();
        entry.set_urls(&urls);
        if let Some(username) = &server.username {
            entry.set_username(username);
        }
        if let Some(credential) = &server.credential {
            entry.set_credential(credential);
        }
        list.push(&entry);
    }
    let configuration = RtcConfiguration::new();
    configuration.set_ice_servers(&list);
    configuration
}
