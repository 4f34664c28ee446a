//! Single rules of the machine.

use uuid::Uuid;

use crate::call::{
    CallMachine, CallState, Candidate, Effect, EndReason, Event, Leg, PHONE_AFTER_MS, PcOp,
    PcState, PeerPresence, ReconnectPolicy, Signal, SignalBody, ice_ufrags,
};
use crate::{LegId, OfferId};

const ME: Leg = leg(1, 1);
const PEER: Leg = leg(2, 1);

const fn leg(id: u128, epoch: i64) -> Leg {
    Leg {
        id: LegId(Uuid::from_u128(id)),
        epoch,
    }
}

fn offer_id(n: u128) -> OfferId {
    OfferId(Uuid::from_u128(n))
}

fn signal(pc_gen: u32, sig_seq: u32, body: SignalBody) -> Event {
    Event::Signal(Signal {
        from: PEER,
        to: ME,
        pc_gen,
        sig_seq,
        body,
    })
}

fn offer(n: u128, ufrag: &str) -> SignalBody {
    SignalBody::Offer {
        offer_id: offer_id(n),
        sdp: format!("v=0\r\na=ice-ufrag:{ufrag}\r\n"),
    }
}

fn candidate(ufrag: &str) -> SignalBody {
    SignalBody::Candidate(Candidate {
        candidate: "candidate:1".to_owned(),
        sdp_mid: Some("0".to_owned()),
        sdp_m_line_index: None,
        ufrag: Some(ufrag.to_owned()),
    })
}

/// In the call with a peer, peer connection 1 open.
fn seated(polite: bool) -> CallMachine {
    let mut machine = CallMachine::new();
    machine.step(Event::SocketUp, 0);
    assert_eq!(
        machine.step(Event::Join, 0),
        [Effect::SendJoin { resume: None }]
    );
    let joined = Event::Joined {
        me: ME,
        peer: Some(PEER),
        polite,
    };
    assert_eq!(machine.step(joined, 0), [Effect::OpenPc { pc: 1 }]);
    machine
}

fn live(polite: bool) -> CallMachine {
    let mut machine = seated(polite);
    pc_state(&mut machine, PcState::Connected, 0);
    assert_eq!(machine.view(0).state, CallState::Live);
    machine
}

fn pc_state(machine: &mut CallMachine, state: PcState, now: u64) -> Vec<Effect> {
    machine.step(Event::PcState { pc: 1, state }, now)
}

fn ops(effects: &[Effect]) -> Vec<PcOp> {
    let op = |effect: &Effect| match effect {
        Effect::Pc { op, .. } => Some(op.clone()),
        _ => None,
    };
    effects.iter().filter_map(op).collect()
}

fn make_offer(machine: &mut CallMachine, n: u128, now: u64) {
    let wanted = machine.step(Event::NegotiationNeeded { pc: 1 }, now);
    assert_eq!(ops(&wanted), [PcOp::MakeOffer]);
    machine.step(
        Event::OfferMade {
            pc: 1,
            offer_id: offer_id(n),
            sdp: String::new(),
        },
        now,
    );
}

#[test]
fn the_polite_side_leaves_the_first_offer_to_the_other() {
    let mut machine = seated(true);
    let wanted = Event::NegotiationNeeded { pc: 1 };
    assert_eq!(machine.step(wanted, 0), []);
    assert_eq!(machine.deadline(0), Some(1_500));
    assert_eq!(ops(&machine.step(Event::Tick, 1_500)), [PcOp::MakeOffer]);
}

#[test]
fn in_a_glare_the_impolite_side_ignores_and_the_polite_side_gives_way() {
    for polite in [false, true] {
        let mut machine = seated(polite);
        make_offer(&mut machine, 1, 2_000);
        let taken = ops(&machine.step(signal(1, 1, offer(9, "abc")), 2_000));
        let candidates = ops(&machine.step(signal(1, 2, candidate("abc")), 2_000));
        assert_eq!(taken.len(), usize::from(polite), "polite: {polite}");
        assert_eq!(candidates, [], "polite: {polite}");
    }
}

#[test]
fn answers_to_another_offer_are_dropped() {
    let mut machine = seated(false);
    make_offer(&mut machine, 1, 0);
    let answer = |n| SignalBody::Answer {
        re_offer: offer_id(n),
        sdp: "answer".to_owned(),
    };
    assert_eq!(ops(&machine.step(signal(1, 1, answer(7)), 0)), []);
    assert_eq!(
        ops(&machine.step(signal(1, 2, answer(1)), 0)),
        [PcOp::TakeAnswer {
            sdp: "answer".to_owned()
        }]
    );
}

#[test]
fn candidates_wait_for_their_description_and_those_of_another_session_are_dropped() {
    let mut machine = seated(true);
    assert_eq!(ops(&machine.step(signal(1, 2, candidate("new")), 0)), []);
    let taken = ops(&machine.step(signal(1, 1, offer(9, "new")), 0));
    assert!(matches!(taken.as_slice(), [PcOp::TakeOffer { .. }]));
    machine.step(signal(1, 3, candidate("old")), 0);
    let done = Event::AnswerMade {
        pc: 1,
        sdp: String::new(),
    };
    let after = ops(&machine.step(done, 0));
    assert!(
        matches!(after.as_slice(), [PcOp::AddCandidate(c)] if c.ufrag.as_deref() == Some("new"))
    );
}

#[test]
fn own_candidates_follow_their_description() {
    let mut machine = seated(false);
    machine.step(Event::NegotiationNeeded { pc: 1 }, 0);
    let found = Event::LocalCandidate {
        pc: 1,
        candidate: Candidate {
            candidate: String::new(),
            sdp_mid: None,
            sdp_m_line_index: None,
            ufrag: None,
        },
    };
    assert_eq!(machine.step(found, 0), []);
    let made = Event::OfferMade {
        pc: 1,
        offer_id: offer_id(1),
        sdp: String::new(),
    };
    let sent: Vec<_> = machine
        .step(made, 0)
        .into_iter()
        .map(|effect| match effect {
            Effect::SendSignal(signal) => (signal.sig_seq, format!("{:?}", signal.body)),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(sent[0].0, 1);
    assert!(sent[0].1.starts_with("Offer"));
    assert_eq!(sent[1], (2, "Candidate".to_owned()));
}

#[test]
fn repeats_are_dropped_and_older_generations_too() {
    let mut machine = seated(true);
    let first = ops(&machine.step(signal(2, 1, offer(9, "abc")), 0));
    assert_eq!(machine.pc_gen(), Some(2), "a newer generation is followed");
    assert_eq!(first.len(), 1);
    let done = Event::AnswerMade {
        pc: 2,
        sdp: String::new(),
    };
    machine.step(done, 0);
    assert_eq!(ops(&machine.step(signal(2, 1, offer(9, "abc")), 0)), []);
    assert_eq!(ops(&machine.step(signal(1, 1, offer(8, "abc")), 0)), []);
    assert_eq!(machine.pc_gen(), Some(2));
}

#[test]
fn ice_restarts_after_two_or_three_seconds_of_silence_and_at_once_on_failure() {
    for (polite, after) in [(false, 2_000), (true, 3_000)] {
        let mut machine = live(polite);
        assert_eq!(pc_state(&mut machine, PcState::Disconnected, 0), []);
        assert_eq!(machine.deadline(0), Some(after));
        assert_eq!(machine.step(Event::Tick, after - 1), []);
        assert_eq!(ops(&machine.step(Event::Tick, after)), [PcOp::RestartIce]);
        let failed = pc_state(&mut machine, PcState::Failed, 9_000);
        assert_eq!(ops(&failed), [PcOp::RestartIce]);
    }
}

#[test]
fn a_short_silence_heals_by_itself() {
    let mut machine = live(false);
    pc_state(&mut machine, PcState::Disconnected, 0);
    pc_state(&mut machine, PcState::Connected, 1_500);
    assert_eq!(machine.deadline(1_500), None);
    assert_eq!(machine.view(1_500).state, CallState::Live);
}

#[test]
fn after_fifteen_seconds_the_connection_is_built_anew_and_after_twenty_the_phone_is_offered() {
    let mut machine = live(false);
    pc_state(&mut machine, PcState::Disconnected, 0);
    machine.step(Event::Tick, 2_000);
    let rebuilt = machine.step(Event::Tick, 15_000);
    assert_eq!(rebuilt, [Effect::OpenPc { pc: 2 }]);
    assert!(!machine.view(PHONE_AFTER_MS - 1).offer_phone);
    assert_eq!(machine.deadline(15_000), Some(PHONE_AFTER_MS));
    assert!(machine.view(PHONE_AFTER_MS).offer_phone);
    assert_eq!(machine.view(PHONE_AFTER_MS).state, CallState::Recovering);
}

#[test]
fn a_lost_socket_does_not_touch_the_peer_connection_and_the_same_leg_is_resumed() {
    let mut machine = live(false);
    make_offer(&mut machine, 1, 0);
    assert_eq!(machine.step(Event::SocketDown, 10), []);
    assert_eq!(machine.deadline(10), None, "nothing can be sent");
    let up = machine.step(Event::SocketUp, 9_000);
    assert_eq!(up, [Effect::SendJoin { resume: Some(ME) }]);
    let joined = Event::Joined {
        me: ME,
        peer: None,
        polite: false,
    };
    let resumed = machine.step(joined, 9_000);
    assert!(
        matches!(resumed.as_slice(), [Effect::SendSignal(s)] if s.sig_seq == 1),
        "the unacknowledged offer goes out again: {resumed:?}"
    );
    assert_eq!(machine.view(9_000).state, CallState::Live);
    assert_eq!(machine.view(9_000).peer, PeerPresence::Away);
    machine.step(signal(1, 0, SignalBody::Ack { next: 2 }), 9_100);
    assert_eq!(machine.view(9_100).peer, PeerPresence::Present);
    assert_eq!(machine.deadline(9_100), None, "acknowledged");
}

#[test]
fn a_new_leg_of_the_peer_gets_a_new_peer_connection_and_an_older_one_is_nobody() {
    let mut machine = live(false);
    let peer = |leg| Event::Peer {
        peer: Some(leg),
        connected: true,
    };
    assert_eq!(machine.step(peer(leg(3, 2)), 0), [Effect::OpenPc { pc: 2 }]);
    assert_eq!(machine.view(0).state, CallState::Connecting);
    assert_eq!(machine.step(peer(PEER), 0), []);
    assert_eq!(machine.step(signal(9, 1, offer(1, "late")), 0), []);
    let gone = Event::Peer {
        peer: None,
        connected: false,
    };
    assert_eq!(machine.step(gone, 0), [Effect::ClosePc]);
    assert_eq!(machine.view(0).state, CallState::Waiting);
}

#[test]
fn the_stale_ask_the_server_again_but_once() {
    let mut machine = live(false);
    let asked = [Effect::SendJoin { resume: Some(ME) }];
    assert_eq!(machine.step(Event::SignalStale, 0), asked);
    assert_eq!(machine.step(Event::SignalStale, 0), []);
    assert_eq!(machine.step(Event::Tick, 8_000), asked, "unanswered");
}

#[test]
fn leaving_finishing_and_being_replaced_close_the_peer_connection() {
    for (event, effects, state) in [
        (
            Event::Leave,
            vec![Effect::SendLeave, Effect::ClosePc],
            CallState::Ended(EndReason::Left),
        ),
        (
            Event::VisitFinished,
            vec![Effect::ClosePc],
            CallState::Ended(EndReason::Finished),
        ),
        (Event::Replaced, vec![Effect::ClosePc], CallState::Replaced),
    ] {
        let mut machine = live(true);
        assert_eq!(machine.step(event, 0), effects);
        assert_eq!(machine.view(0).state, state);
        assert_eq!(
            machine.step(Event::Join, 0),
            [Effect::SendJoin { resume: None }],
            "one can come back"
        );
    }
}

#[test]
fn a_refused_join_ends_and_a_failed_one_is_repeated() {
    let mut machine = CallMachine::new();
    machine.step(Event::SocketUp, 0);
    machine.step(Event::Join, 0);
    machine.step(Event::JoinFailed { permanent: false }, 100);
    let again = machine.deadline(100).unwrap();
    assert_eq!(
        machine.step(Event::Tick, again),
        [Effect::SendJoin { resume: None }]
    );
    machine.step(Event::JoinFailed { permanent: true }, again);
    let ended = CallState::Ended(EndReason::Refused);
    assert_eq!(machine.view(again).state, ended);
}

#[test]
fn a_refused_description_leads_to_a_rebuild() {
    let mut machine = seated(false);
    machine.step(Event::NegotiationNeeded { pc: 1 }, 0);
    machine.step(Event::OpFailed { pc: 1 }, 0);
    assert_eq!(machine.step(Event::Tick, 1_000), [Effect::OpenPc { pc: 2 }]);
}

#[test]
fn user_fragments_are_read_once_each() {
    let sdp = "v=0\r\na=ice-ufrag:ab+/\r\na=ice-pwd:x\r\nm=video\r\na=ice-ufrag:ab+/\r\na=ice-ufrag:z\r\n";
    assert_eq!(ice_ufrags(sdp), ["ab+/", "z"]);
}

#[test]
fn reconnect_delays_grow_and_are_jittered_in_full() {
    let policy = ReconnectPolicy::default();
    let longest: Vec<_> = (0..7)
        .map(|attempt| (0..8_000).map(|r| policy.delay_ms(attempt, r)).max())
        .collect();
    let table = [0, 300, 1_200, 2_700, 4_800, 7_000, 7_000].map(Some);
    assert_eq!(longest, table);
    assert_eq!(
        policy.delay_ms(5, 7_001),
        0,
        "full jitter reaches down to zero"
    );
}
