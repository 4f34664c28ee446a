//! Presence in a visit as leases.
//!
//! A lease belongs to one socket and ends 60 s after that socket's last frame, so
//! a dead node or a silent phone fades by itself. Ending a lease compares the
//! socket: a late disconnect of an old socket cannot erase the new one. Presence
//! is advice for people and never moves a visit.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use tokio::time::Instant;
use visita_domain::{AppointmentId, ConnId, HospitalId, UserId};
use visita_wire::appointments::Presence;

/// How long a lease lasts after the socket's last frame.
pub const LEASE: Duration = Duration::from_secs(60);
/// How long somebody whose socket was lost counts as reconnecting.
pub const GRACE: Duration = Duration::from_secs(60);

/// Somebody's place in a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Seat {
    pub(crate) appointment: AppointmentId,
    pub(crate) user: UserId,
}

#[derive(Debug)]
struct Lease {
    hospital: HospitalId,
    /// End of the lease of each socket that sits here.
    sockets: HashMap<ConnId, Instant>,
    /// When the last socket went without saying good-bye.
    lost_at: Option<Instant>,
}

impl Lease {
    fn presence(&self, now: Instant) -> Presence {
        let newest = self.sockets.values().max().copied();
        if newest.is_some_and(|ends| now < ends) {
            return Presence::Online;
        }
        match newest.max(self.lost_at) {
            Some(lost) if now < lost + GRACE => Presence::Reconnecting,
            _ => Presence::Away,
        }
    }
}

/// A seat whose presence changed, and the hospital whose lobby shows it.
pub(crate) type Changed = (Seat, HospitalId);

/// All leases of this node.
#[derive(Debug, Default)]
pub(crate) struct Leases {
    seats: HashMap<Seat, Lease>,
    by_socket: HashMap<ConnId, HashSet<Seat>>,
}

impl Leases {
    /// A socket takes a seat. True when the presence changed by it.
    pub(crate) fn take(
        &mut self,
        seat: Seat,
        hospital: HospitalId,
        conn: ConnId,
        now: Instant,
    ) -> bool {
        let before = self.presence(seat, now);
        let lease = self.seats.entry(seat).or_insert_with(|| Lease {
            hospital,
            sockets: HashMap::new(),
            lost_at: None,
        });
        lease.sockets.insert(conn, now + LEASE);
        lease.lost_at = None;
        self.by_socket.entry(conn).or_default().insert(seat);
        before != Presence::Online
    }

    /// A frame came from this socket: its leases start anew. Tells what changed by it.
    pub(crate) fn renew(&mut self, conn: ConnId, now: Instant) -> Vec<Changed> {
        let Some(seats) = self.by_socket.get(&conn) else {
            return Vec::new();
        };
        let mut changed = Vec::new();
        for seat in seats {
            if let Some(lease) = self.seats.get_mut(seat) {
                if lease.presence(now) != Presence::Online {
                    changed.push((*seat, lease.hospital));
                }
                lease.sockets.insert(conn, now + LEASE);
            }
        }
        changed
    }

    /// A socket leaves a seat on purpose. True when nobody sits there any more.
    pub(crate) fn give_up(&mut self, seat: Seat, conn: ConnId) -> bool {
        if let Some(seats) = self.by_socket.get_mut(&conn) {
            seats.remove(&seat);
            if seats.is_empty() {
                self.by_socket.remove(&conn);
            }
        }
        let Some(lease) = self.seats.get_mut(&seat) else {
            return false;
        };
        let left = lease.sockets.remove(&conn).is_some() && lease.sockets.is_empty();
        if left {
            self.seats.remove(&seat);
        }
        left
    }

    /// A socket is gone. Tells which seats have nobody left and are reconnecting now.
    pub(crate) fn lose(&mut self, conn: ConnId, now: Instant) -> Vec<Changed> {
        let mut changed = Vec::new();
        for seat in self.by_socket.remove(&conn).unwrap_or_default() {
            if let Some(lease) = self.seats.get_mut(&seat)
                && lease.sockets.remove(&conn).is_some()
                && lease.sockets.is_empty()
            {
                lease.lost_at = Some(now);
                changed.push((seat, lease.hospital));
            }
        }
        changed
    }

    /// Forgets a seat that is away. True when it was forgotten by this call.
    pub(crate) fn forget_if_away(&mut self, seat: Seat, now: Instant) -> bool {
        let away = self
            .seats
            .get(&seat)
            .is_some_and(|lease| lease.sockets.is_empty() && lease.presence(now) == Presence::Away);
        if away {
            self.seats.remove(&seat);
        }
        away
    }

    /// How somebody is connected now.
    pub(crate) fn presence(&self, seat: Seat, now: Instant) -> Presence {
        self.seats
            .get(&seat)
            .map_or(Presence::Away, |lease| lease.presence(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const HOSPITAL: HospitalId = HospitalId::new(Uuid::from_u128(1));
    const SEAT: Seat = Seat {
        appointment: AppointmentId::new(Uuid::from_u128(2)),
        user: UserId::new(Uuid::from_u128(3)),
    };
    const OLD: ConnId = ConnId::new(Uuid::from_u128(4));
    const NEW: ConnId = ConnId::new(Uuid::from_u128(5));
    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_lost_socket_is_reconnecting_for_a_minute_and_then_away() {
        let (mut leases, start) = (Leases::default(), Instant::now());
        assert_eq!(leases.presence(SEAT, start), Presence::Away);
        assert!(leases.take(SEAT, HOSPITAL, OLD, start));
        assert_eq!(leases.presence(SEAT, start), Presence::Online);
        let lost = start + 10 * SECOND;
        assert_eq!(leases.lose(OLD, lost), [(SEAT, HOSPITAL)]);
        assert_eq!(leases.presence(SEAT, lost), Presence::Reconnecting);
        assert!(!leases.forget_if_away(SEAT, lost + GRACE - SECOND));
        assert_eq!(leases.presence(SEAT, lost + GRACE), Presence::Away);
        assert!(leases.forget_if_away(SEAT, lost + GRACE));
        assert!(leases.seats.is_empty() && leases.by_socket.is_empty());
    }

    #[test]
    fn a_late_disconnect_of_the_old_socket_does_not_erase_the_new_one() {
        let (mut leases, start) = (Leases::default(), Instant::now());
        leases.take(SEAT, HOSPITAL, OLD, start);
        assert!(!leases.take(SEAT, HOSPITAL, NEW, start + SECOND));
        assert_eq!(leases.lose(OLD, start + 2 * SECOND), []);
        assert_eq!(leases.presence(SEAT, start + 3 * SECOND), Presence::Online);
        assert_eq!(leases.lose(OLD, start + 3 * SECOND), []);
        assert_eq!(leases.lose(NEW, start + 4 * SECOND), [(SEAT, HOSPITAL)]);
    }

    #[test]
    fn frames_renew_a_lease_and_silence_ends_it() {
        let (mut leases, start) = (Leases::default(), Instant::now());
        leases.take(SEAT, HOSPITAL, OLD, start);
        assert_eq!(leases.renew(OLD, start + 59 * SECOND), []);
        assert_eq!(
            leases.presence(SEAT, start + 118 * SECOND),
            Presence::Online
        );
        assert_eq!(
            leases.presence(SEAT, start + 119 * SECOND),
            Presence::Reconnecting
        );
        assert_eq!(leases.presence(SEAT, start + 179 * SECOND), Presence::Away);
        assert_eq!(leases.renew(OLD, start + 180 * SECOND), [(SEAT, HOSPITAL)]);
        assert_eq!(leases.renew(NEW, start + 180 * SECOND), []);
    }

    #[test]
    fn leaving_on_purpose_is_away_at_once_unless_another_tab_stays() {
        let (mut leases, start) = (Leases::default(), Instant::now());
        leases.take(SEAT, HOSPITAL, OLD, start);
        leases.take(SEAT, HOSPITAL, NEW, start);
        assert!(!leases.give_up(SEAT, OLD));
        assert_eq!(leases.presence(SEAT, start), Presence::Online);
        assert!(leases.give_up(SEAT, NEW));
        assert_eq!(leases.presence(SEAT, start), Presence::Away);
        assert!(!leases.give_up(SEAT, NEW));
    }
}
