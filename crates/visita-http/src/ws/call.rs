//! Frames of calls: join, resume, and signals between the two legs.

use visita_domain::people::Role;
use visita_domain::{AppointmentId, LegId};
use visita_store::calls;
use visita_wire::ErrorCode;
use visita_wire::ws::{LegRef, ServerMsg, Signal, SignalBody};

use crate::turn::ice_servers;
use crate::ws::connection::{Fault, Socket};

/// Longest session description, in bytes. Browsers send about 10 KiB.
const MAX_SDP_BYTES: usize = 48 * 1024;
/// Longest candidate line, in bytes.
const MAX_CANDIDATE_BYTES: usize = 1024;
/// Longest media id or user fragment, in bytes (RFC 8839 §5.4 allows 256).
const MAX_NAME_BYTES: usize = 256;

impl Socket<'_> {
    /// Takes part in a call with a new leg, or with the own leg again.
    pub(super) async fn join_call(
        &mut self,
        re: Option<u64>,
        appointment: AppointmentId,
        resume: Option<LegRef>,
    ) -> Result<(), Fault> {
        let fresh = LegId::new(uuid::Uuid::new_v4());
        let resume = resume.map(|held| (held.leg, held.epoch));
        let joined = self
            .store(move |conn, ctx| calls::join(conn, ctx, appointment, fresh, resume))
            .await?;
        let Some(joined) = joined else {
            self.out
                .answer(re, ServerMsg::CallReplaced { appointment })
                .await?;
            return Ok(());
        };
        let me = LegRef {
            leg: joined.leg,
            epoch: joined.epoch,
        };
        let answer = match self.conn.join_call(appointment, me) {
            Ok(call) => ServerMsg::CallJoined {
                appointment,
                me,
                peer: call.peer,
                polite: self.actor.role == Role::Patient,
                ice_servers: ice_servers(
                    self.state.settings.turn.as_ref(),
                    appointment,
                    Some(me),
                    self.state.clock.now(),
                ),
            },
            // Another device of the user joined between the two lines above.
            Err(visita_hub::Replaced) => ServerMsg::CallReplaced { appointment },
        };
        self.out.answer(re, answer).await?;
        Ok(())
    }

    /// Passes a signal to the other leg, or says why not.
    pub(super) async fn signal(&mut self, re: Option<u64>, signal: Signal) -> Result<(), Fault> {
        if !is_well_formed(&signal.body) {
            return Err(ErrorCode::ValidationFailed.into());
        }
        let (appointment, pc_gen, sig_seq) = (signal.appointment, signal.pc_gen, signal.sig_seq);
        if let Err(reason) = self.conn.relay(signal) {
            let nack = ServerMsg::SigNack {
                appointment,
                pc_gen,
                sig_seq,
                reason,
            };
            self.out.answer(re, nack).await?;
        }
        Ok(())
    }
}

/// Whether it can be a session description or candidate at all (SECURITY R68); the browser
/// judges the rest.
fn is_well_formed(body: &SignalBody) -> bool {
    let is_name = |name: &Option<String>| {
        name.as_ref()
            .is_none_or(|name| name.len() <= MAX_NAME_BYTES && !name.contains(char::is_control))
    };
    match body {
        SignalBody::Offer { sdp, .. } | SignalBody::Answer { sdp, .. } => {
            sdp.len() <= MAX_SDP_BYTES && sdp.starts_with("v=0") && !sdp.contains('\0')
        }
        SignalBody::Candidate {
            candidate,
            sdp_mid,
            ufrag,
            ..
        } => {
            let is_candidate = candidate.as_ref().is_none_or(|line| {
                line.len() <= MAX_CANDIDATE_BYTES
                    && (line.is_empty() || line.starts_with("candidate:"))
                    && !line.contains(char::is_control)
            });
            is_candidate && is_name(sdp_mid) && is_name(ufrag)
        }
        SignalBody::Ack { .. } => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(line: &str) -> SignalBody {
        SignalBody::Candidate {
            candidate: Some(line.to_owned()),
            sdp_mid: Some("0".to_owned()),
            sdp_m_line_index: Some(0),
            ufrag: Some("Xy1+".to_owned()),
        }
    }

    fn offer(sdp: &str) -> SignalBody {
        SignalBody::Offer {
            offer_id: uuid::Uuid::nil().into(),
            sdp: sdp.to_owned(),
        }
    }

    #[test]
    fn only_what_can_be_sdp_or_a_candidate_is_passed_on() {
        for (body, passes) in [
            (offer("v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\n"), true),
            (offer(""), false),
            (offer("<script>"), false),
            (offer("v=0\0"), false),
            (offer(&format!("v=0{}", "x".repeat(MAX_SDP_BYTES))), false),
            (
                candidate("candidate:1 1 udp 2130706431 192.0.2.1 5000 typ host"),
                true,
            ),
            (candidate(""), true),
            (candidate("a=candidate:1"), false),
            (candidate("candidate:1\r\nm=audio"), false),
            (
                candidate(&format!("candidate:{}", "1".repeat(MAX_CANDIDATE_BYTES))),
                false,
            ),
        ] {
            assert_eq!(is_well_formed(&body), passes);
        }
    }
}
