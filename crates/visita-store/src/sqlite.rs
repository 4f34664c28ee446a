//! SQLite: opening the file, pragmas, and the check that they hold (SECURITY §7.1).

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel::sqlite::SqliteConnection;

use crate::OpenError;

/// First version without the WAL bug that corrupts databases with two writers.
const MIN_VERSION: (u32, u32, u32) = (3, 51, 3);

/// `busy_timeout` comes first: the switch to WAL itself may meet a locked file.
const PRAGMAS: &str = "PRAGMA busy_timeout = 5000;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA trusted_schema = OFF;
    PRAGMA mmap_size = 0;";

/// What the pragmas must read back as (`synchronous` 2 is FULL).
const EXPECTED: [(&str, &str, &str); 5] = [
    ("busy_timeout", "timeout", "5000"),
    ("journal_mode", "journal_mode", "wal"),
    ("synchronous", "synchronous", "2"),
    ("foreign_keys", "foreign_keys", "1"),
    ("trusted_schema", "trusted_schema", "0"),
];

/// Opens the file at `path`, creating it if its folder exists.
pub(crate) fn connect(path: &str) -> Result<SqliteConnection, OpenError> {
    let failed = |reason: String| OpenError::Sqlite {
        path: path.to_owned(),
        reason,
    };
    if path.is_empty() || path.starts_with(":memory:") {
        return Err(failed("a file is needed".to_owned()));
    }
    let mut conn = SqliteConnection::establish(path).map_err(|error| failed(error.to_string()))?;
    conn.batch_execute(PRAGMAS)
        .map_err(|error| failed(error.to_string()))?;
    Ok(conn)
}

/// Reads version and pragmas back.
pub(crate) fn check(conn: &mut SqliteConnection) -> Result<(), OpenError> {
    let version = one_text(conn, "sqlite_version()")?;
    if parse_version(&version) < Some(MIN_VERSION) {
        return Err(OpenError::SqliteVersion(version));
    }
    for (name, column, wanted) in EXPECTED {
        let found = one_text(
            conn,
            &format!("CAST((SELECT {column} FROM pragma_{name}) AS TEXT)"),
        )?;
        if found != wanted {
            return Err(OpenError::Setting {
                name,
                found,
                wanted,
            });
        }
    }
    Ok(())
}

fn one_text(conn: &mut SqliteConnection, expression: &str) -> Result<String, OpenError> {
    diesel::select(sql::<Text>(expression))
        .get_result(conn)
        .map_err(|error| OpenError::Refused(error.to_string()))
}

fn parse_version(text: &str) -> Option<(u32, u32, u32)> {
    let mut parts = text.split('.').map(|part| part.parse().ok());
    Some((parts.next()??, parts.next()??, parts.next()??))
}

#[cfg(test)]
mod tests {
    use super::{MIN_VERSION, parse_version};

    #[test]
    fn versions_compare_by_number() {
        assert_eq!(parse_version("3.51.3"), Some(MIN_VERSION));
        assert!(parse_version("3.9.99") < Some(MIN_VERSION));
        assert!(parse_version("3.53.2") > Some(MIN_VERSION));
        assert!(parse_version("nonsense") < Some(MIN_VERSION));
    }
}
