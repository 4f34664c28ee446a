//! Every waiting time of a call, with its reason, and the delays between attempts to reconnect.

/// Without media for this long the peer connection is built anew (`pc_gen + 1`).
/// libwebrtc needs up to 15 s to declare a path dead, so less would undercut its own repair.
pub const CONNECT_TIMEOUT_MS: u64 = 15_000;
/// Without media for this long the page offers the telephone. Nothing is hung up.
pub const PHONE_AFTER_MS: u64 = 20_000;
/// How long the side that did not start a build waits for the other's offer before making
/// its own. It only saves the round trip of a glare, so it may be short.
pub const YIELD_OFFER_MS: u64 = 1_500;
/// A signal that was not acknowledged is sent again after this time. The socket is reliable
/// while it lives, so this only matters around reconnects.
pub const RESEND_MS: u64 = 3_000;
/// After an acknowledgement that leaves something out: longer than [`ACK_DELAY_MS`] and a
/// round trip, since the rest may just be under way.
pub const RESEND_SOON_MS: u64 = 700;
/// Acknowledgements are collected for this long: candidates come in bursts.
pub const ACK_DELAY_MS: u64 = 200;
/// Pause before a rebuild after the browser refused a description, so that a permanent
/// fault does not spin.
pub const REBUILD_PAUSE_MS: u64 = 1_000;
/// A rebuild that fell due while signaling was away waits this long after its return,
/// because an ICE restart gets the first chance.
pub const REBUILD_AFTER_RETURN_MS: u64 = 5_000;
/// An unanswered `call.join` is repeated after this time.
pub const JOIN_RETRY_MS: u64 = 8_000;

/// How long after `disconnected` ICE is restarted. The two sides differ so that both do not
/// offer at once; two seconds because short losses heal by themselves, and Safari reports
/// `disconnected` during renegotiations.
#[must_use]
pub fn restart_delay_ms(polite: bool) -> u64 {
    if polite { 3_000 } else { 2_000 }
}

/// The delays between attempts to reconnect the WebSocket (LiveKit's table), as data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReconnectPolicy {
    /// Upper bounds by attempt, in ms.
    pub table: &'static [u64],
    /// The bound of all later attempts, in ms.
    pub last: u64,
}

impl Default for ReconnectPolicy {
    fn default() -> Self {
        Self {
            table: &[0, 300, 1_200, 2_700, 4_800],
            last: 7_000,
        }
    }
}

impl ReconnectPolicy {
    /// The time to wait before attempt number `attempt` (from 0), in ms, with full jitter:
    /// `random` is any uniform number, drawn by the caller. Without jitter every client
    /// of a restarted server would come back in the same millisecond.
    #[must_use]
    pub fn delay_ms(&self, attempt: usize, random: u64) -> u64 {
        let bound = self.table.get(attempt).copied().unwrap_or(self.last);
        random % (bound + 1)
    }
}
