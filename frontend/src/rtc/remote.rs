//! Signals on the wire and in the machine are the same thing in two types: the domain
//! knows no wire. Also what the two pages tell each other beside the media.

use serde::{Deserialize, Serialize};
use visita_domain::AppointmentId;
use visita_domain::call as domain;
use visita_wire::ws;

/// What the other side's devices do; sent over the data channel, so it needs no server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerMedia {
    /// The microphone is heard.
    pub mic: bool,
    /// The camera is seen.
    pub camera: bool,
}

pub(super) fn leg_from(leg: ws::LegRef) -> domain::Leg {
    domain::Leg {
        id: leg.leg,
        epoch: leg.epoch,
    }
}

pub(super) fn leg_to(leg: domain::Leg) -> ws::LegRef {
    ws::LegRef {
        leg: leg.id,
        epoch: leg.epoch,
    }
}

pub(super) fn signal_to(appointment: AppointmentId, signal: domain::Signal) -> ws::Signal {
    let body = match signal.body {
        domain::SignalBody::Offer { offer_id, sdp } => ws::SignalBody::Offer { offer_id, sdp },
        domain::SignalBody::Answer { re_offer, sdp } => ws::SignalBody::Answer { re_offer, sdp },
        domain::SignalBody::Candidate(c) => ws::SignalBody::Candidate {
            candidate: Some(c.candidate),
            sdp_mid: c.sdp_mid,
            sdp_m_line_index: c.sdp_m_line_index,
            ufrag: c.ufrag,
        },
        domain::SignalBody::Ack { next } => ws::SignalBody::Ack { next },
    };
    ws::Signal {
        appointment,
        from: leg_to(signal.from),
        to: leg_to(signal.to),
        pc_gen: signal.pc_gen,
        sig_seq: signal.sig_seq,
        body,
    }
}

pub(super) fn signal_from(signal: &ws::Signal) -> domain::Signal {
    let body = match signal.body.clone() {
        ws::SignalBody::Offer { offer_id, sdp } => domain::SignalBody::Offer { offer_id, sdp },
        ws::SignalBody::Answer { re_offer, sdp } => domain::SignalBody::Answer { re_offer, sdp },
        ws::SignalBody::Candidate {
            candidate,
            sdp_mid,
            sdp_m_line_index,
            ufrag,
        } => domain::SignalBody::Candidate(domain::Candidate {
            candidate: candidate.unwrap_or_default(),
            sdp_mid,
            sdp_m_line_index,
            ufrag,
        }),
        ws::SignalBody::Ack { next } => domain::SignalBody::Ack { next },
    };
    domain::Signal {
        from: leg_from(signal.from),
        to: leg_from(signal.to),
        pc_gen: signal.pc_gen,
        sig_seq: signal.sig_seq,
        body,
    }
}
