//! Taking turns: who books a doctor's or a patient's time waits for whoever is at it.
//!
//! On PostgreSQL two inserts that meet in an exclusion constraint wait for each other, and
//! only its deadlock detector, a second later, ends that. The constraints stay the proof that
//! nothing overlaps; a turn only spares them the meeting. It is taken before the transaction
//! begins, because a serializable one sees nothing newer than its first statement. On SQLite,
//! with one writer at a time, there is nothing to take.

use diesel::connection::SimpleConnection;
use uuid::Uuid;

use crate::audit::Trail;
use crate::conn::Db;
use crate::{AnyConn, StoreError, Tenant, tx};

/// [`tx::write_tx`], while no other node or connection is in a turn of one of these ids.
pub(crate) fn write_in_turn<T>(
    conn: &mut AnyConn,
    tenant: Tenant,
    of: &[Uuid],
    f: impl FnMut(&mut Db, &mut Trail) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let keys = keys(of);
    // Where a lock cannot be taken or given back, the pool drops the connection, and all of
    // its locks end with it.
    let taken = each(&mut conn.db, "pg_advisory_lock", &keys);
    conn.suspect |= taken.is_err();
    taken?;
    let result = tx::write_tx(conn, tenant, f);
    let given_back = each(&mut conn.db, "pg_advisory_unlock", &keys);
    conn.suspect |= given_back.is_err();
    result
}

/// The keys of advisory locks, in the one order in which all take them. Two ids with one key
/// only wait for each other.
fn keys(of: &[Uuid]) -> Vec<i64> {
    let mut keys: Vec<i64> = of
        .iter()
        .map(|id| {
            let (high, low) = id.as_u64_pair();
            (high ^ low).cast_signed()
        })
        .collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// In one statement, whose columns PostgreSQL takes from left to right.
fn each(db: &mut Db, function: &str, keys: &[i64]) -> Result<(), StoreError> {
    match db {
        Db::Pg(conn) if !keys.is_empty() => {
            let calls: Vec<String> = keys
                .iter()
                .map(|key| format!("{function}({key})"))
                .collect();
            Ok(conn.batch_execute(&format!("SELECT {}", calls.join(", ")))?)
        }
        Db::Pg(_) | Db::Sqlite(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_take_turns_in_one_order_and_each_once() {
        let (a, b) = (Uuid::from_u128(7), Uuid::from_u128(u128::MAX - 1));
        assert_eq!(keys(&[a, b, a]), keys(&[b, a]));
        assert_eq!(keys(&[a, b]).len(), 2);
    }
}
