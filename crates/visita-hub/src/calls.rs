//! The legs of the calls that run through this node, and the relay between them.
//!
//! A leg outlives its socket: media flows between browsers, and the socket that
//! comes back takes up the same leg. Signals are forwarded only from the current
//! leg, bound to the socket they came from, to the other side's current leg
//! (REALTIME A). Epochs come from SQL; this registry may be lost at any time and
//! is rebuilt by clients that resume.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use tokio::time::Instant;
use visita_domain::{AppointmentId, ConnId, UserId};
use visita_wire::ws::{LegRef, ServerMsg, SigNackReason, Signal, SignalBody};

/// Bytes of signals kept for a leg whose socket is away.
pub const MAX_KEPT_BYTES: usize = 64 * 1024;
/// How long signals are kept for a leg whose socket is away.
pub const KEPT_FOR: Duration = Duration::from_secs(30);
/// How long a call whose legs have all lost their sockets is remembered.
const CALL_FORGOTTEN_AFTER: Duration = Duration::from_secs(30 * 60);

/// A frame for another socket, with its length in bytes, roughly.
pub(crate) type Post = (ConnId, ServerMsg, usize);

/// Length of a notice without a payload of clients, in bytes, roughly.
const NOTICE_BYTES: usize = 256;

/// The answer to a join.
#[derive(Debug, Clone, PartialEq)]
pub struct Joined {
    /// The other side's leg, when it is there.
    pub peer: Option<LegRef>,
}

/// A newer leg of the same user has joined meanwhile: this one is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the leg was replaced by a newer one")]
pub struct Replaced;

#[derive(Debug)]
struct Leg {
    me: LegRef,
    /// The socket that speaks for it now.
    conn: Option<ConnId>,
    /// When the socket was lost.
    lost_at: Instant,
    kept: VecDeque<(Instant, Signal)>,
    kept_bytes: usize,
}

impl Leg {
    fn keep(&mut self, signal: Signal, now: Instant) -> Result<(), SigNackReason> {
        self.drop_old(now);
        let bytes = length(&signal);
        if self.kept_bytes + bytes > MAX_KEPT_BYTES {
            return Err(SigNackReason::NoPeer);
        }
        self.kept_bytes += bytes;
        self.kept.push_back((now, signal));
        Ok(())
    }

    fn drop_old(&mut self, now: Instant) {
        while let Some((at, signal)) = self.kept.front()
            && *at + KEPT_FOR <= now
        {
            self.kept_bytes -= length(signal);
            self.kept.pop_front();
        }
    }

    fn take_kept(&mut self, now: Instant) -> VecDeque<(Instant, Signal)> {
        self.drop_old(now);
        self.kept_bytes = 0;
        std::mem::take(&mut self.kept)
    }
}

type Legs = HashMap<UserId, Leg>;

/// All calls of this node.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    calls: HashMap<AppointmentId, Legs>,
}

impl Calls {
    /// Binds a leg that SQL has made or confirmed to its socket.
    ///
    /// Posts go out after the answer: what was kept for a resumed leg, the old
    /// socket's notice when it is replaced, and the other side's notice.
    pub(crate) fn join(
        &mut self,
        appointment: AppointmentId,
        user: UserId,
        me: LegRef,
        conn: ConnId,
        now: Instant,
    ) -> Result<(Joined, Vec<Post>), Replaced> {
        self.forget_abandoned(now);
        let legs = self.calls.entry(appointment).or_default();
        let mut posts = Vec::new();
        if let Some(known) = legs.get_mut(&user) {
            if known.me.epoch > me.epoch {
                return Err(Replaced);
            }
            if known.me == me {
                known.conn = Some(conn);
                for (_, signal) in known.take_kept(now) {
                    let bytes = length(&signal);
                    posts.push((conn, ServerMsg::Sig(signal), bytes));
                }
            } else if let Some(old) = known.conn
                && old != conn
            {
                posts.push((old, ServerMsg::CallReplaced { appointment }, NOTICE_BYTES));
            }
        }
        if legs.get(&user).is_none_or(|known| known.me != me) {
            let leg = Leg {
                me,
                conn: Some(conn),
                lost_at: now,
                kept: VecDeque::new(),
                kept_bytes: 0,
            };
            legs.insert(user, leg);
        }
        let peer = legs.iter().find(|(other, _)| **other != user);
        let peer_ref = peer.map(|(_, leg)| leg.me);
        if let Some((_, leg)) = peer {
            match leg.conn {
                Some(socket) => posts.push(peer_notice(socket, appointment, Some(me), true)),
                // Media may still flow; the answer alone cannot say that the socket is away.
                None => posts.push(peer_notice(conn, appointment, peer_ref, false)),
            }
        }
        Ok((Joined { peer: peer_ref }, posts))
    }

    /// Ends the leg that this socket speaks for.
    pub(crate) fn leave(
        &mut self,
        appointment: AppointmentId,
        user: UserId,
        conn: ConnId,
    ) -> Vec<Post> {
        let Some(legs) = self.calls.get_mut(&appointment) else {
            return Vec::new();
        };
        if legs.get(&user).is_none_or(|leg| leg.conn != Some(conn)) {
            return Vec::new();
        }
        legs.remove(&user);
        let posts = others(legs, user)
            .map(|socket| peer_notice(socket, appointment, None, false))
            .collect();
        if legs.is_empty() {
            self.calls.remove(&appointment);
        }
        posts
    }

    /// A socket is gone; its legs stay.
    pub(crate) fn lose(&mut self, user: UserId, conn: ConnId, now: Instant) -> Vec<Post> {
        let mut posts = Vec::new();
        for (appointment, legs) in &mut self.calls {
            let Some(leg) = legs.get_mut(&user) else {
                continue;
            };
            if leg.conn != Some(conn) {
                continue;
            }
            leg.conn = None;
            leg.lost_at = now;
            let me = leg.me;
            posts.extend(
                others(legs, user).map(|socket| peer_notice(socket, *appointment, Some(me), false)),
            );
        }
        posts
    }

    /// Forwards a signal, or keeps it for a leg whose socket is away.
    pub(crate) fn relay(
        &mut self,
        user: UserId,
        conn: ConnId,
        signal: Signal,
        now: Instant,
    ) -> Result<Option<Post>, SigNackReason> {
        let legs = self
            .calls
            .get_mut(&signal.appointment)
            .ok_or(SigNackReason::Stale)?;
        let own = legs.get(&user).ok_or(SigNackReason::Stale)?;
        if own.me != signal.from || own.conn != Some(conn) {
            return Err(SigNackReason::Stale);
        }
        let mut peers = legs
            .iter_mut()
            .filter(|(other, _)| **other != user)
            .peekable();
        if peers.peek().is_none() {
            return Err(SigNackReason::NoPeer);
        }
        let (_, peer) = peers
            .find(|(_, leg)| leg.me == signal.to)
            .ok_or(SigNackReason::Stale)?;
        match peer.conn {
            Some(socket) => {
                let bytes = length(&signal);
                Ok(Some((socket, ServerMsg::Sig(signal), bytes)))
            }
            None => peer.keep(signal, now).map(|()| None),
        }
    }

    /// The visit is over.
    pub(crate) fn end(&mut self, appointment: AppointmentId) {
        self.calls.remove(&appointment);
    }

    fn forget_abandoned(&mut self, now: Instant) {
        self.calls.retain(|_, legs| {
            legs.values()
                .any(|leg| leg.conn.is_some() || now < leg.lost_at + CALL_FORGOTTEN_AFTER)
        });
    }
}

fn others(legs: &Legs, user: UserId) -> impl Iterator<Item = ConnId> + '_ {
    legs.iter()
        .filter(move |(other, _)| **other != user)
        .filter_map(|(_, leg)| leg.conn)
}

fn peer_notice(
    socket: ConnId,
    appointment: AppointmentId,
    peer: Option<LegRef>,
    connected: bool,
) -> Post {
    let msg = ServerMsg::CallPeer {
        appointment,
        peer,
        connected,
    };
    (socket, msg, NOTICE_BYTES)
}

/// Length of a signal's frame in bytes, roughly: its texts and the fixed rest.
fn length(signal: &Signal) -> usize {
    let texts = match &signal.body {
        SignalBody::Offer { sdp, .. } | SignalBody::Answer { sdp, .. } => sdp.len(),
        SignalBody::Candidate {
            candidate,
            sdp_mid,
            ufrag,
            ..
        } => [candidate, sdp_mid, ufrag]
            .into_iter()
            .flatten()
            .map(String::len)
            .sum(),
        SignalBody::Ack { .. } => 0,
    };
    texts + 2 * NOTICE_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const VISIT: AppointmentId = AppointmentId::new(Uuid::from_u128(1));
    const DOCTOR: UserId = UserId::new(Uuid::from_u128(2));
    const PATIENT: UserId = UserId::new(Uuid::from_u128(3));
    const DESK: ConnId = ConnId::new(Uuid::from_u128(4));
    const PHONE: ConnId = ConnId::new(Uuid::from_u128(5));
    const TABLET: ConnId = ConnId::new(Uuid::from_u128(6));

    fn leg(id: u128, epoch: i64) -> LegRef {
        LegRef {
            leg: Uuid::from_u128(id).into(),
            epoch,
        }
    }

    fn offer(from: LegRef, to: LegRef, sig_seq: u32, bytes: usize) -> Signal {
        Signal {
            appointment: VISIT,
            from,
            to,
            pc_gen: 1,
            sig_seq,
            body: SignalBody::Offer {
                offer_id: Uuid::from_u128(9).into(),
                sdp: "x".repeat(bytes),
            },
        }
    }

    fn notice(peer: Option<LegRef>, connected: bool) -> ServerMsg {
        ServerMsg::CallPeer {
            appointment: VISIT,
            peer,
            connected,
        }
    }

    /// Doctor (leg 20, epoch 1, desk) and patient (leg 30, epoch 1, phone) in a call.
    fn in_call(now: Instant) -> (Calls, LegRef, LegRef) {
        let (mut calls, doctor, patient) = (Calls::default(), leg(20, 1), leg(30, 1));
        let (joined, posts) = calls.join(VISIT, DOCTOR, doctor, DESK, now).expect("joins");
        assert_eq!((joined.peer, posts.len()), (None, 0));
        let (joined, posts) = calls
            .join(VISIT, PATIENT, patient, PHONE, now)
            .expect("joins");
        assert_eq!(joined.peer, Some(doctor));
        assert_eq!(told(posts), [(DESK, notice(Some(patient), true))]);
        (calls, doctor, patient)
    }

    fn told(posts: Vec<Post>) -> Vec<(ConnId, ServerMsg)> {
        posts.into_iter().map(|(to, msg, _)| (to, msg)).collect()
    }

    #[test]
    fn signals_pass_between_current_legs_only() {
        let now = Instant::now();
        let (mut calls, doctor, patient) = in_call(now);
        let good = offer(doctor, patient, 1, 10);
        let (to, msg, _) = calls
            .relay(DOCTOR, DESK, good.clone(), now)
            .expect("current")
            .expect("online");
        assert_eq!((to, msg), (PHONE, ServerMsg::Sig(good.clone())));
        for (what, user, conn, signal) in [
            (
                "older own epoch",
                DOCTOR,
                DESK,
                offer(leg(20, 0), patient, 2, 1),
            ),
            (
                "other own leg",
                DOCTOR,
                DESK,
                offer(leg(21, 1), patient, 2, 1),
            ),
            ("socket not bound to the leg", DOCTOR, TABLET, good.clone()),
            ("leg of somebody else", PATIENT, PHONE, good.clone()),
            (
                "older epoch of the peer",
                DOCTOR,
                DESK,
                offer(doctor, leg(30, 0), 2, 1),
            ),
            ("to itself", DOCTOR, DESK, offer(doctor, doctor, 2, 1)),
            (
                "somebody outside the call",
                UserId::new(Uuid::from_u128(77)),
                TABLET,
                good.clone(),
            ),
        ] {
            assert_eq!(
                calls.relay(user, conn, signal, now),
                Err(SigNackReason::Stale),
                "{what}"
            );
        }
    }

    #[test]
    fn without_the_other_side_there_is_no_peer() {
        let (mut calls, now) = (Calls::default(), Instant::now());
        calls
            .join(VISIT, DOCTOR, leg(20, 1), DESK, now)
            .expect("joins");
        assert_eq!(
            calls.relay(DOCTOR, DESK, offer(leg(20, 1), leg(30, 1), 1, 1), now),
            Err(SigNackReason::NoPeer)
        );
    }

    #[test]
    fn a_new_leg_replaces_the_old_socket_and_fences_it() {
        let now = Instant::now();
        let (mut calls, doctor, patient) = in_call(now);
        let newer = leg(31, 2);
        let (joined, posts) = calls
            .join(VISIT, PATIENT, newer, TABLET, now)
            .expect("joins");
        assert_eq!(joined.peer, Some(doctor));
        assert_eq!(
            told(posts),
            [
                (PHONE, ServerMsg::CallReplaced { appointment: VISIT }),
                (DESK, notice(Some(newer), true)),
            ]
        );
        assert_eq!(
            calls.relay(PATIENT, PHONE, offer(patient, doctor, 1, 1), now),
            Err(SigNackReason::Stale)
        );
        assert_eq!(
            calls.relay(DOCTOR, DESK, offer(doctor, patient, 1, 1), now),
            Err(SigNackReason::Stale),
            "the doctor's browser still means the old leg"
        );
        assert_eq!(
            calls.join(VISIT, PATIENT, patient, PHONE, now),
            Err(Replaced),
            "a join that lost the race does not bring the old leg back"
        );
    }

    #[test]
    fn a_leg_outlives_its_socket_and_gets_what_was_kept() {
        let now = Instant::now();
        let (mut calls, doctor, patient) = in_call(now);
        assert_eq!(
            told(calls.lose(PATIENT, PHONE, now)),
            [(DESK, notice(Some(patient), false))]
        );
        let signals = [offer(doctor, patient, 1, 10), offer(doctor, patient, 2, 10)];
        for signal in &signals {
            assert_eq!(calls.relay(DOCTOR, DESK, signal.clone(), now), Ok(None));
        }
        let soon = now + Duration::from_secs(5);
        let (joined, posts) = calls
            .join(VISIT, PATIENT, patient, TABLET, soon)
            .expect("resumes");
        assert_eq!(joined.peer, Some(doctor));
        let [first, second] = signals;
        assert_eq!(
            told(posts),
            [
                (TABLET, ServerMsg::Sig(first)),
                (TABLET, ServerMsg::Sig(second)),
                (DESK, notice(Some(patient), true)),
            ]
        );
        assert_eq!(
            told(calls.lose(PATIENT, PHONE, soon)),
            [],
            "the old socket no longer speaks for the leg"
        );
    }

    #[test]
    fn signals_are_kept_within_bounds() {
        let now = Instant::now();
        let (mut calls, doctor, patient) = in_call(now);
        calls.lose(PATIENT, PHONE, now);
        let half = offer(doctor, patient, 1, MAX_KEPT_BYTES / 2);
        assert_eq!(calls.relay(DOCTOR, DESK, half.clone(), now), Ok(None));
        assert_eq!(
            calls.relay(DOCTOR, DESK, half.clone(), now),
            Err(SigNackReason::NoPeer),
            "too much"
        );
        let later = now + KEPT_FOR;
        assert_eq!(
            calls.relay(DOCTOR, DESK, half.clone(), later),
            Ok(None),
            "the first is too old by now and makes room"
        );
        let (_, posts) = calls
            .join(VISIT, PATIENT, patient, PHONE, later)
            .expect("resumes");
        assert_eq!(posts.len(), 2, "one signal and the doctor's notice");
    }

    #[test]
    fn leaving_tells_the_other_side_and_only_the_bound_socket_can() {
        let now = Instant::now();
        let (mut calls, _, _) = in_call(now);
        assert_eq!(told(calls.leave(VISIT, PATIENT, TABLET)), []);
        assert_eq!(
            told(calls.leave(VISIT, PATIENT, PHONE)),
            [(DESK, notice(None, false))]
        );
        assert_eq!(told(calls.leave(VISIT, DOCTOR, DESK)), []);
        assert!(calls.calls.is_empty());
    }

    #[test]
    fn joining_a_peer_whose_socket_is_away_says_so() {
        let now = Instant::now();
        let (mut calls, doctor, _) = in_call(now);
        calls.lose(DOCTOR, DESK, now);
        let (joined, posts) = calls
            .join(VISIT, PATIENT, leg(31, 2), TABLET, now)
            .expect("joins");
        assert_eq!(joined.peer, Some(doctor));
        assert_eq!(
            told(posts),
            [
                (PHONE, ServerMsg::CallReplaced { appointment: VISIT }),
                (TABLET, notice(Some(doctor), false)),
            ]
        );
    }

    #[test]
    fn abandoned_and_ended_calls_are_forgotten() {
        let now = Instant::now();
        let (mut calls, _, _) = in_call(now);
        calls.lose(DOCTOR, DESK, now);
        calls.lose(PATIENT, PHONE, now);
        calls.forget_abandoned(now + CALL_FORGOTTEN_AFTER - Duration::from_secs(1));
        assert_eq!(calls.calls.len(), 1);
        calls.forget_abandoned(now + CALL_FORGOTTEN_AFTER);
        assert!(calls.calls.is_empty());

        let (mut calls, doctor, patient) = in_call(now);
        calls.end(VISIT);
        assert_eq!(
            calls.relay(DOCTOR, DESK, offer(doctor, patient, 1, 1), now),
            Err(SigNackReason::Stale)
        );
    }
}
