//! PostgreSQL: connecting, limits per connection, and the check of its durability (SECURITY §7.2).

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Integer, Nullable, Text};

use crate::{OpenError, Tenant};

/// No statement, lock or forgotten transaction may hold others up for long, and a commit
/// is acknowledged when it is written, whatever the server's default.
///
/// Scans of whole tables make serializable transactions conflict with every writer of the
/// table (PostgreSQL §13.2.3 asks to avoid them), and small tables invite them; every
/// query of the store has an index. Without scans the costs of a plan mean nothing to JIT.
const LIMITS: &str = "SELECT set_config('synchronous_commit', 'on', false)
        WHERE current_setting('synchronous_commit') = 'off';
    SET statement_timeout = '10s';
    SET lock_timeout = '3s';
    SET idle_in_transaction_session_timeout = '15s';
    SET TIME ZONE 'UTC';
    SET enable_seqscan = off;
    SET jit = off;
    SET client_min_messages = 'warning';";

/// Connects and sets the limits.
pub(crate) fn connect(url: &str) -> Result<PgConnection, OpenError> {
    let failed = |reason: &str| OpenError::Postgres {
        host: place(url),
        reason: without_secrets(&one_line(reason), url),
    };
    let mut conn =
        PgConnection::establish(&with_time_out(url)).map_err(|error| failed(&error.to_string()))?;
    conn.batch_execute(LIMITS)
        .map_err(|error| failed(&error.to_string()))?;
    Ok(conn)
}

/// Limits what statements outside of transactions see.
pub(crate) fn rest(conn: &mut PgConnection) -> Result<(), OpenError> {
    conn.batch_execute(Tenant::AT_REST)
        .map_err(|error| OpenError::Refused(one_line(&error.to_string())))
}

/// First half of the advisory locks on strands of the audit trail.
const STRAND_LOCKS: i32 = 0x7669_7361;
/// Most connections of all nodes together that write at once.
const MAX_STRANDS: i32 = 4_096;

/// A strand of the audit trail for this connection alone, until it ends, on whatever node it is.
/// Needs sessions of its own: a pooler that shares them between transactions will not do.
pub(crate) fn take_strand(conn: &mut PgConnection) -> Result<i16, OpenError> {
    let free = format!(
        "(SELECT n FROM generate_series(0, {MAX_STRANDS} - 1) AS n
            WHERE pg_try_advisory_lock({STRAND_LOCKS}, n) LIMIT 1)"
    );
    let strand: Option<i32> = diesel::select(sql::<Nullable<Integer>>(&free))
        .get_result(conn)
        .map_err(|error| OpenError::Refused(one_line(&error.to_string())))?;
    strand
        .and_then(|n| i16::try_from(n).ok())
        .ok_or_else(|| OpenError::Refused("too many connections write at once".to_owned()))
}

/// Refuses to acknowledge before writing; warns of a server that may not survive a crash
/// and of a role to whom row security does not apply.
pub(crate) fn check(conn: &mut PgConnection) -> Result<(), OpenError> {
    let found = setting(conn, "synchronous_commit")?;
    if found == "off" {
        return Err(OpenError::Setting {
            name: "synchronous_commit",
            found,
            wanted: "on",
        });
    }
    for name in ["fsync", "full_page_writes"] {
        if setting(conn, name)? != "on" {
            tracing::warn!(
                setting = name,
                "PostgreSQL runs with {name} off: a crash can lose acknowledged data"
            );
        }
    }
    if bypasses_row_security(conn)? {
        tracing::warn!(
            "The database role bypasses row security: only the queries keep hospitals apart. \
             Give the server a role that is neither superuser nor BYPASSRLS (docs/DESIGN.md)"
        );
    }
    Ok(())
}

/// Whether PostgreSQL shows this role every row, whatever the policies (SECURITY R57).
pub(crate) fn bypasses_row_security(conn: &mut PgConnection) -> Result<bool, OpenError> {
    diesel::select(sql::<Bool>(
        "(SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user)",
    ))
    .get_result(conn)
    .map_err(|error| OpenError::Refused(one_line(&error.to_string())))
}

fn setting(conn: &mut PgConnection, name: &str) -> Result<String, OpenError> {
    diesel::select(sql::<Text>(&format!("current_setting('{name}')")))
        .get_result(conn)
        .map_err(|error| OpenError::Refused(one_line(&error.to_string())))
}

/// libpq quotes a URL that it cannot read, password included.
fn without_secrets(reason: &str, url: &str) -> String {
    let reason = reason.replace(&with_time_out(url), "(the URL)");
    let password = url
        .split_once("://")
        .and_then(|(_, rest)| rest.rsplit_once('@'))
        .and_then(|(user, _)| user.split_once(':'))
        .map_or("", |(_, password)| password);
    if password.is_empty() {
        reason
    } else {
        reason.replace(password, "(password)")
    }
}

/// libpq waits for ever by default.
fn with_time_out(url: &str) -> String {
    if url.contains("connect_timeout=") {
        url.to_owned()
    } else {
        let joint = if url.contains('?') { '&' } else { '?' };
        format!("{url}{joint}connect_timeout=5")
    }
}

/// Host, port and database of the URL: no user, no password, no parameters.
fn place(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
    rest.split('?').next().unwrap_or_default().to_owned()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{place, with_time_out, without_secrets};

    #[test]
    fn what_libpq_quotes_is_told_without_the_password() {
        let url = "postgres://visita:hunter2@[::1/visita";
        for said in [
            format!("end of string in URI: \"{}\"", with_time_out(url)),
            "no such user visita:hunter2".to_owned(),
        ] {
            let told = without_secrets(&said, url);
            assert!(!told.contains("hunter2"), "{told}");
        }
        assert_eq!(without_secrets("refused", "postgres://h/d"), "refused");
    }

    #[test]
    fn messages_name_the_place_without_the_password() {
        assert_eq!(
            place("postgres://ana:s3cr@t@db.example:5433/visita?sslmode=require"),
            "db.example:5433/visita"
        );
        assert_eq!(place("postgresql://localhost/visita"), "localhost/visita");
    }

    #[test]
    fn a_time_out_is_added_once() {
        assert_eq!(
            with_time_out("postgres://h/d?a=b"),
            "postgres://h/d?a=b&connect_timeout=5"
        );
        assert_eq!(
            with_time_out("postgres://h/d?connect_timeout=9"),
            "postgres://h/d?connect_timeout=9"
        );
    }
}
