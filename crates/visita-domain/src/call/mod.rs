//! The call as pure rules: what to do with each event of signaling and media.
//!
//! No I/O, clock or randomness here. The SPA feeds events with the present time into
//! [`CallMachine::step`], performs the effects it returns, and calls again at
//! [`CallMachine::deadline`]. The rules are those of perfect negotiation (webrtc-pc §10.7)
//! plus fencing by leg, `pc_gen` and `offer_id`, so that a lost, repeated or late signal
//! cannot leave the two sides with different ideas of the call.
//!
//! Media outlives signaling: losing the socket never touches a peer connection.

mod link;
mod machine;
mod policy;
mod signal;
mod state;

#[cfg(test)]
mod tests;

pub use machine::CallMachine;
pub use policy::{CONNECT_TIMEOUT_MS, PHONE_AFTER_MS, ReconnectPolicy, restart_delay_ms};
pub use signal::{Candidate, Leg, Signal, SignalBody, ice_ufrags};
pub use state::{CallState, CallView, Effect, EndReason, Event, PcOp, PcState, PeerPresence};
