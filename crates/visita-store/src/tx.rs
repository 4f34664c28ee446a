//! Transactions. Every statement of the store runs inside one of these functions.
//!
//! diesel's own `transaction()` is a plain `BEGIN`: on SQLite a read that turns into a
//! write then fails at once with "database is locked", and PostgreSQL silently loses
//! updates. None of these may be nested. Those that write hand out a [`Trail`], whose
//! events are written last, before the commit: all of a change and its events, or nothing.
//! Each says whose rows it may touch ([`Tenant`]), and PostgreSQL keeps it to that.

use std::sync::PoisonError;
use std::time::Duration;

use diesel::connection::{AnsiTransactionManager, TransactionManager};

use crate::audit::Trail;
use crate::conn::Db;
use crate::{AnyConn, StoreError, Tenant};

/// How often a transaction is tried before the caller is told to come back.
const MAX_TRIES: u32 = 14;
/// Longest pause between two tries, in milliseconds.
const MAX_PAUSE_MS: u64 = 120;

/// What a transaction on PostgreSQL is protected from; SQLite runs one writer at a time.
#[derive(Clone, Copy)]
enum Level {
    /// A fixed picture of the database, for reading.
    Snapshot,
    /// As if transactions ran one after the other.
    Serializable,
    /// Rows are locked by hand, by an UPDATE before the first read that counts.
    RowLocks,
}

impl Level {
    fn begin(self, db: &mut Db, tenant: Tenant, writes: bool) -> Result<(), diesel::result::Error> {
        match db {
            Db::Pg(conn) => {
                let begin = match (self, writes) {
                    (Self::Snapshot, false) => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
                    (Self::Snapshot, true) => "BEGIN ISOLATION LEVEL REPEATABLE READ",
                    (Self::Serializable, _) => "BEGIN ISOLATION LEVEL SERIALIZABLE",
                    (Self::RowLocks, _) => "BEGIN ISOLATION LEVEL READ COMMITTED",
                };
                // Both in one message to the server: no round trip of its own.
                let sql = format!("{begin}; {}", tenant.set_local());
                AnsiTransactionManager::begin_transaction_sql(conn, &sql)
            }
            Db::Sqlite(conn) => {
                let sql = if writes { "BEGIN IMMEDIATE" } else { "BEGIN" };
                AnsiTransactionManager::begin_transaction_sql(conn, sql)
            }
        }
    }
}

/// Reads one consistent picture; writes nothing.
pub(crate) fn read_tx<T>(
    conn: &mut AnyConn,
    tenant: Tenant,
    f: impl FnOnce(&mut Db) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    Level::Snapshot.begin(&mut conn.db, tenant, false)?;
    let result = f(&mut conn.db);
    end(&mut conn.db, result)
}

/// Only appends: what it reads may change before it commits.
pub(crate) fn append_tx<T>(
    conn: &mut AnyConn,
    tenant: Tenant,
    f: impl FnMut(&mut Db, &mut Trail) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    with_retry(conn, tenant, Level::Snapshot, f)
}

/// Reads, decides and writes as if alone. `f` runs again when another transaction
/// got in between, so it must not have effects outside the database.
pub(crate) fn write_tx<T>(
    conn: &mut AnyConn,
    tenant: Tenant,
    f: impl FnMut(&mut Db, &mut Trail) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    with_retry(conn, tenant, Level::Serializable, f)
}

/// Writes that order themselves by the lock of one row, taken by an UPDATE: cheaper than
/// [`write_tx`] where many write to the same place and no other read decides.
pub(crate) fn row_lock_tx<T>(
    conn: &mut AnyConn,
    tenant: Tenant,
    f: impl FnMut(&mut Db, &mut Trail) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    with_retry(conn, tenant, Level::RowLocks, f)
}

fn with_retry<T>(
    conn: &mut AnyConn,
    tenant: Tenant,
    level: Level,
    mut f: impl FnMut(&mut Db, &mut Trail) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let gate = conn.write_gate.clone();
    for attempt in 0..MAX_TRIES {
        let result = {
            // A writer that panicked has rolled back; the gate protects no data.
            let _turn = gate
                .as_deref()
                .map(|gate| gate.lock().unwrap_or_else(PoisonError::into_inner));
            once(conn, tenant, level, &mut f)
        };
        match result {
            Err(error) if error.is_contention() => pause(attempt),
            result => return result,
        }
    }
    Err(StoreError::Unavailable)
}

fn once<T>(
    conn: &mut AnyConn,
    tenant: Tenant,
    level: Level,
    f: impl FnOnce(&mut Db, &mut Trail) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    level.begin(&mut conn.db, tenant, true)?;
    let mut trail = Trail::default();
    let result = f(&mut conn.db, &mut trail).and_then(|value| {
        let heads = trail.write(&mut conn.db, &conn.scribe)?;
        Ok((value, heads))
    });
    let (value, heads) = end(&mut conn.db, result)?;
    conn.scribe.remember(heads);
    Ok(value)
}

/// Commits what succeeded and rolls back what did not.
fn end<T>(db: &mut Db, result: Result<T, StoreError>) -> Result<T, StoreError> {
    match result {
        Ok(value) => {
            <Db as TransactionManager<Db>>::commit_transaction(db)?;
            Ok(value)
        }
        Err(error) => {
            // The first error is the one that explains; a connection that cannot even
            // roll back is dropped by the pool.
            if let Err(second) = <Db as TransactionManager<Db>>::rollback_transaction(db) {
                tracing::debug!(error = %second, "A roll-back failed");
            }
            Err(error)
        }
    }
}

/// Grows with the attempts and differs between rivals, or they would meet again.
fn pause(attempt: u32) {
    let longest = (2_u64 << attempt.min(10)).min(MAX_PAUSE_MS) * 1000;
    let random = getrandom::u64().unwrap_or(longest / 2);
    std::thread::sleep(Duration::from_micros(random % longest));
}
