//! Migrations, embedded in the program, one folder per database with the same names.

use std::collections::BTreeSet;

use diesel::connection::{AnsiTransactionManager, SimpleConnection};
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::conn::Db;
use crate::{OpenError, Tenant};

const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");
const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");

/// Key of the advisory lock: the letters "visita" as a number.
const LOCK_PG: &str = "SELECT pg_advisory_xact_lock(130195926873185)";

/// Applies what is missing. The lock is taken before the look, so that of two nodes that
/// start at once the second finds nothing left to do.
pub(crate) fn run(db: &mut Db) -> Result<Vec<String>, OpenError> {
    match db {
        Db::Pg(conn) => {
            AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN").map_err(failed)?;
            // A migration may take longer than a request; so may the wait for another node's.
            let result = conn
                .batch_execute("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0;")
                .and_then(|()| conn.batch_execute(Tenant::OF_MIGRATIONS))
                .and_then(|()| conn.batch_execute(LOCK_PG))
                .map_err(failed)
                .and_then(|()| apply(conn, || POSTGRES));
            end(conn, result)
        }
        Db::Sqlite(conn) => {
            AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN IMMEDIATE")
                .map_err(failed)?;
            let result = apply(conn, || SQLITE);
            end(conn, result)
        }
    }
}

/// Names of what is missing.
pub(crate) fn pending(db: &mut Db) -> Result<Vec<String>, OpenError> {
    match db {
        Db::Pg(conn) => missing(conn, || POSTGRES),
        Db::Sqlite(conn) => missing(conn, || SQLITE),
    }
}

/// The name of the newest migration that this program knows.
pub(crate) fn newest() -> String {
    // Both databases have the same names.
    let known = diesel::migration::MigrationSource::<Sqlite>::migrations(&SQLITE);
    let names = known.unwrap_or_default().into_iter();
    names
        .map(|migration| migration.name().to_string())
        .max()
        .unwrap_or_default()
}

/// Undoes every migration, the newest first.
#[cfg(feature = "testing")]
pub(crate) fn revert_all(db: &mut Db) -> Result<(), OpenError> {
    let result = match db {
        Db::Pg(conn) => conn.revert_all_migrations(POSTGRES),
        Db::Sqlite(conn) => conn.revert_all_migrations(SQLITE),
    };
    result
        .map(drop)
        .map_err(|error| OpenError::Migration(error.to_string()))
}

fn apply<C, DB>(conn: &mut C, source: fn() -> EmbeddedMigrations) -> Result<Vec<String>, OpenError>
where
    C: MigrationHarness<DB>,
    DB: diesel::backend::Backend,
{
    let names = missing(conn, source)?;
    conn.run_pending_migrations(source())
        .map_err(|error| OpenError::Migration(error.to_string()))?;
    Ok(names)
}

fn missing<C, DB>(
    conn: &mut C,
    source: fn() -> EmbeddedMigrations,
) -> Result<Vec<String>, OpenError>
where
    C: MigrationHarness<DB>,
    DB: diesel::backend::Backend,
{
    let failed =
        |error: Box<dyn std::error::Error + Send + Sync>| OpenError::Migration(error.to_string());
    let known = diesel::migration::MigrationSource::<DB>::migrations(&source()).map_err(failed)?;
    let known: BTreeSet<String> = known
        .iter()
        .map(|migration| migration.name().version().to_string())
        .collect();
    let applied = conn.applied_migrations().map_err(failed)?;
    if let Some(newer) = applied
        .iter()
        .map(ToString::to_string)
        .find(|version| !known.contains(version))
    {
        return Err(OpenError::Newer(newer));
    }
    let pending = conn.pending_migrations(source()).map_err(failed)?;
    Ok(pending
        .iter()
        .map(|migration| migration.name().to_string())
        .collect())
}

fn end<C, T>(conn: &mut C, result: Result<T, OpenError>) -> Result<T, OpenError>
where
    C: Connection,
{
    use diesel::connection::TransactionManager;
    match result {
        Ok(value) => {
            C::TransactionManager::commit_transaction(conn).map_err(failed)?;
            Ok(value)
        }
        Err(error) => {
            if let Err(second) = C::TransactionManager::rollback_transaction(conn) {
                tracing::debug!(error = %second, "A roll-back failed");
            }
            Err(error)
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape of `map_err`")]
fn failed(error: diesel::result::Error) -> OpenError {
    OpenError::Migration(error.to_string())
}
