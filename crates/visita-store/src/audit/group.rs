//! Group commit of audited reads (SECURITY §4.1).
//!
//! A read of health data is answered after its event is on the disk, and a forced write
//! of the disk costs more than the read. So whoever comes while a commit runs waits for
//! the next one, which carries all that have gathered: the first to get the turn writes
//! for everybody, and no event waits for a timer.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Entry;
use crate::{AnyConn, StoreError, Tenant, tx};

/// Most events of one commit (SECURITY §4.1).
const MAX_GROUP: usize = 256;

/// What became of an event that was left to the group.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Committed,
    /// The group failed, perhaps because of another's event or connection.
    Failed,
}

/// Events that wait for a commit; shared by all connections of a store.
#[derive(Default)]
pub(crate) struct Group {
    waiting: Mutex<VecDeque<(Entry, SyncSender<Outcome>)>>,
    turn: Mutex<()>,
}

impl Group {
    /// Returns once the event is committed, by this connection or by another.
    ///
    /// # Errors
    /// Those of writing it alone, after the group has failed.
    pub(crate) fn commit(&self, conn: &mut AnyConn, entry: &Entry) -> Result<(), StoreError> {
        let (tell, told) = sync_channel(1);
        lock(&self.waiting).push_back((entry.clone(), tell));
        let outcome = {
            let _turn = lock(&self.turn);
            self.lead_until_told(conn, &told)
        };
        match outcome {
            Outcome::Committed => Ok(()),
            Outcome::Failed => tx::append_tx(conn, entry.tenant(), |_, trail| {
                trail.record(entry.clone());
                Ok(())
            }),
        }
    }

    /// With the turn in hand: the event was written by the one before, or it still waits.
    fn lead_until_told(&self, conn: &mut AnyConn, told: &Receiver<Outcome>) -> Outcome {
        loop {
            match told.try_recv() {
                Ok(outcome) => return outcome,
                // Whoever took it panicked before it could say how it ended.
                Err(TryRecvError::Disconnected) => return Outcome::Failed,
                Err(TryRecvError::Empty) => self.write_group(conn),
            }
        }
    }

    fn write_group(&self, conn: &mut AnyConn) {
        let group: Vec<_> = {
            let mut waiting = lock(&self.waiting);
            let count = waiting.len().min(MAX_GROUP);
            waiting.drain(..count).collect()
        };
        let written = tx::append_tx(conn, of_all(&group), |_, trail| {
            for (entry, _) in &group {
                trail.record(entry.clone());
            }
            Ok(())
        });
        let outcome = match written {
            Ok(()) => Outcome::Committed,
            Err(error) => {
                tracing::debug!(%error, events = group.len(), "A group of audit events failed");
                Outcome::Failed
            }
        };
        for (_, tell) in group {
            // Nobody is told when the asking thread has gone.
            let _ = tell.try_send(outcome);
        }
    }
}

/// Whose trails a group writes: readers of several hospitals share a commit.
fn of_all(group: &[(Entry, SyncSender<Outcome>)]) -> Tenant {
    let mut tenants = group.iter().map(|(entry, _)| entry.tenant());
    let first = tenants.next().unwrap_or(Tenant::Platform);
    if tenants.all(|other| other == first) {
        first
    } else {
        Tenant::Accounts
    }
}

/// What a panicking thread leaves behind is complete: entries are moved in one step.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
