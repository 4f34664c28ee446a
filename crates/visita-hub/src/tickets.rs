//! Single-use tickets that carry a sign-in from REST into a socket's first frame.
//!
//! Only hashes are kept. A ticket is known to the node that issued it; behind a
//! load balancer both requests of one browser must reach the same node, or the
//! book must move into the shared bus store.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use tokio::time::Instant;
use visita_domain::{HospitalId, SessionId, UserId};

/// How long a ticket is good for (SECURITY R21).
pub const TICKET_LIFE: Duration = Duration::from_secs(30);
/// Unused tickets that one session may hold.
pub const MAX_PER_SESSION: usize = 16;
/// Tickets of the last 30 s on this node, used or not.
pub const MAX_TICKETS: usize = 20_000;

/// SHA-256 of a ticket's text.
pub type TicketHash = [u8; 32];

/// Whom a ticket lets in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TicketHolder {
    /// The session it was issued to.
    pub session_id: SessionId,
    /// The session's user.
    pub user_id: UserId,
    /// The hospital of a session that was opened by a join link.
    pub visit_at: Option<HospitalId>,
}

/// No room for one more ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many unused tickets")]
pub struct TooManyTickets;

#[derive(Debug, Default)]
pub(crate) struct Tickets {
    open: HashMap<TicketHash, (TicketHolder, Instant)>,
    /// Open tickets by session.
    held: HashMap<SessionId, usize>,
    /// By end, which is also the order of issue. Used ones stay until their end.
    ends: VecDeque<(Instant, TicketHash)>,
}

impl Tickets {
    pub(crate) fn issue(
        &mut self,
        hash: TicketHash,
        holder: TicketHolder,
        now: Instant,
    ) -> Result<(), TooManyTickets> {
        self.purge(now);
        if self.ends.len() >= MAX_TICKETS {
            return Err(TooManyTickets);
        }
        let held = self.held.entry(holder.session_id).or_default();
        if *held >= MAX_PER_SESSION {
            return Err(TooManyTickets);
        }
        *held += 1;
        let ends = now + TICKET_LIFE;
        self.open.insert(hash, (holder, ends));
        self.ends.push_back((ends, hash));
        Ok(())
    }

    /// Takes the ticket: it is good once.
    pub(crate) fn redeem(&mut self, hash: &TicketHash, now: Instant) -> Option<TicketHolder> {
        let (holder, ends) = self.take(hash)?;
        (now < ends).then_some(holder)
    }

    /// Tickets of an ended session are worth nothing.
    pub(crate) fn revoke(&mut self, ended: impl Fn(&TicketHolder) -> bool) {
        let gone: Vec<TicketHash> = self
            .open
            .iter()
            .filter(|(_, (holder, _))| ended(holder))
            .map(|(hash, _)| *hash)
            .collect();
        for hash in gone {
            self.take(&hash);
        }
    }

    fn take(&mut self, hash: &TicketHash) -> Option<(TicketHolder, Instant)> {
        let (holder, ends) = self.open.remove(hash)?;
        if let Some(held) = self.held.get_mut(&holder.session_id) {
            *held -= 1;
            if *held == 0 {
                self.held.remove(&holder.session_id);
            }
        }
        Some((holder, ends))
    }

    fn purge(&mut self, now: Instant) {
        while let Some((ends, hash)) = self.ends.front().copied()
            && ends <= now
        {
            self.take(&hash);
            self.ends.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn holder(session: u128) -> TicketHolder {
        TicketHolder {
            session_id: Uuid::from_u128(session).into(),
            user_id: Uuid::from_u128(1).into(),
            visit_at: None,
        }
    }

    #[test]
    fn a_ticket_is_good_once_and_for_thirty_seconds() {
        let (mut tickets, now) = (Tickets::default(), Instant::now());
        tickets.issue([1; 32], holder(7), now).expect("room");
        tickets.issue([2; 32], holder(7), now).expect("room");
        let last = now + TICKET_LIFE - Duration::from_millis(1);
        assert_eq!(tickets.redeem(&[1; 32], last), Some(holder(7)));
        assert_eq!(tickets.redeem(&[1; 32], last), None, "replayed");
        assert_eq!(tickets.redeem(&[2; 32], now + TICKET_LIFE), None, "expired");
        assert_eq!(tickets.redeem(&[3; 32], now), None, "never issued");
    }

    #[test]
    fn unused_tickets_are_bounded_per_session_and_make_room_when_they_end() {
        let (mut tickets, now) = (Tickets::default(), Instant::now());
        for n in 0..MAX_PER_SESSION {
            let byte = u8::try_from(n).expect("small");
            tickets.issue([byte; 32], holder(7), now).expect("room");
        }
        assert_eq!(tickets.issue([99; 32], holder(7), now), Err(TooManyTickets));
        assert_eq!(tickets.issue([98; 32], holder(8), now), Ok(()));
        let later = now + TICKET_LIFE;
        assert_eq!(tickets.issue([99; 32], holder(7), later), Ok(()));
        assert_eq!(tickets.open.len(), 1, "ended ones are forgotten");
        assert_eq!(tickets.redeem(&[99; 32], later), Some(holder(7)));
        assert!(tickets.held.is_empty() && tickets.open.is_empty());
    }

    #[test]
    fn an_ended_session_loses_its_tickets() {
        let (mut tickets, now) = (Tickets::default(), Instant::now());
        tickets.issue([1; 32], holder(7), now).expect("room");
        tickets.issue([2; 32], holder(8), now).expect("room");
        tickets.revoke(|holder| holder.session_id == Uuid::from_u128(7).into());
        assert_eq!(tickets.redeem(&[1; 32], now), None);
        assert_eq!(tickets.redeem(&[2; 32], now), Some(holder(8)));
    }
}
