//! What web-sys lacks of WebRTC, bound by hand. All such bindings are in this file.

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use web_sys::{RtcIceCandidate, RtcPeerConnection};

#[wasm_bindgen]
extern "C" {
    /// The members of `RTCPeerConnection` that web-sys does not know.
    #[wasm_bindgen(extends = RtcPeerConnection, js_name = RTCPeerConnection)]
    #[derive(Debug, Clone)]
    pub type PeerConnectionExt;

    /// Asks for new ICE credentials; a negotiation is wanted afterwards.
    #[wasm_bindgen(method, js_name = restartIce)]
    pub fn restart_ice(this: &PeerConnectionExt);

    /// Without an argument the browser makes the right description for the state (perfect negotiation).
    #[wasm_bindgen(method, js_name = setLocalDescription)]
    pub fn set_implicit_local_description(this: &PeerConnectionExt) -> Promise;

    /// The members of `RTCIceCandidate` that web-sys does not know.
    #[wasm_bindgen(extends = RtcIceCandidate, js_name = RTCIceCandidate)]
    #[derive(Debug, Clone)]
    pub type IceCandidateExt;

    /// The ICE session that the candidate belongs to.
    #[wasm_bindgen(method, getter, js_name = usernameFragment)]
    pub fn username_fragment(this: &IceCandidateExt) -> Option<String>;
}
