//! The call in the browser: devices, peer connection, and the engine that runs the
//! domain's call machine.

pub mod devices;
pub mod engine;
pub mod level;
pub mod media;
mod peer;
mod remote;
pub mod stats;
mod webrtc_ext;
