//! Opening a database: settings that hold, and one clear line when it does not work.

use std::time::Duration;

use visita_store::{OpenError, Store, StoreConfig, StoreError};
use visita_testkit::TestDb;

fn open(url: &str) -> Result<Store, OpenError> {
    Store::open(&StoreConfig {
        url: url.to_owned(),
        max_connections: 2,
        audit_keys: visita_testkit::audit_keys(),
    })
}

fn refusal(url: &str) -> OpenError {
    match open(url) {
        Ok(_) => panic!("it opened"),
        Err(error) => error,
    }
}

#[test]
fn an_unknown_scheme_is_refused() {
    for url in [
        "",
        "mysql://h/d",
        "postgresql:visita",
        "visita.db",
        "host=h dbname=d",
    ] {
        assert!(matches!(refusal(url), OpenError::UnknownScheme), "{url}");
    }
}

#[test]
fn an_absent_server_does_not_become_a_file() {
    let here = tempfile::tempdir().unwrap();
    let error = refusal("postgres://ana:s3cret@127.0.0.1:1/visita");
    let line = error.to_string();
    assert!(matches!(error, OpenError::Postgres { .. }));
    assert!(
        line.contains("127.0.0.1:1/visita") && !line.contains("s3cret"),
        "{line}"
    );
    assert!(!line.contains('\n'), "{line}");
    assert_eq!(std::fs::read_dir(here.path()).unwrap().count(), 0);
}

#[test]
fn a_wrong_password_is_said_without_the_password() {
    let db = TestDb::postgres();
    let mut raw = db.raw();
    let role = format!("visita_{}", uuid::Uuid::new_v4().simple());
    // Trust authentication takes any password, so the login itself is forbidden.
    raw.run(&format!("CREATE ROLE {role} NOLOGIN PASSWORD 'right'"))
        .unwrap();
    let place = db.url().split_once('@').unwrap().1;
    let line = refusal(&format!("postgres://{role}:wr0ng@{place}")).to_string();
    raw.run(&format!("DROP ROLE {role}")).unwrap();
    assert!(line.starts_with("cannot connect to PostgreSQL"), "{line}");
    assert!(!line.contains("wr0ng"), "{line}");
}

#[test]
fn a_folder_that_is_missing_or_a_file_that_is_no_database_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("nowhere/visita.db");
    let line = refusal(&format!("sqlite://{}", missing.display())).to_string();
    assert!(line.contains("nowhere/visita.db"), "{line}");
    let text = folder.path().join("notes.txt");
    std::fs::write(&text, "not a database, only words\n".repeat(100)).unwrap();
    let line = refusal(&format!("sqlite://{}", text.display())).to_string();
    assert!(line.contains("notes.txt"), "{line}");
    assert!(matches!(
        refusal("sqlite://:memory:"),
        OpenError::Sqlite { .. }
    ));
}

#[test]
fn pragmas_hold_on_connections_of_the_pool() {
    let db = TestDb::sqlite();
    let mut raw = db.raw();
    for (expression, wanted) in [
        ("(SELECT timeout FROM pragma_busy_timeout)", 5000),
        ("(SELECT synchronous FROM pragma_synchronous)", 2),
        ("(SELECT foreign_keys FROM pragma_foreign_keys)", 1),
        ("(SELECT trusted_schema FROM pragma_trusted_schema)", 0),
        ("(SELECT journal_mode = 'wal' FROM pragma_journal_mode)", 1),
    ] {
        assert_eq!(raw.number(expression).unwrap(), wanted, "{expression}");
    }
}

#[test]
fn postgres_limits_hold_and_commits_are_written() {
    let db = TestDb::postgres();
    let mut raw = db.raw();
    for (setting, wanted) in [
        ("statement_timeout", "10s"),
        ("lock_timeout", "3s"),
        ("idle_in_transaction_session_timeout", "15s"),
        ("synchronous_commit", "on"),
        ("TimeZone", "UTC"),
    ] {
        let query = format!("SELECT current_setting('{setting}') AS text");
        assert_eq!(raw.texts(&query).unwrap(), [wanted], "{setting}");
    }
}

#[test]
fn r57_a_role_that_row_security_does_not_bind_is_noticed() {
    let db = TestDb::postgres();
    assert!(!db.store().bypasses_row_security().unwrap());
    // The URL of the tests' superuser, without the option that takes another role.
    let (superuser, _) = db.url().split_once("options=").unwrap();
    let above = open(superuser.trim_end_matches(['?', '&'])).unwrap();
    assert!(above.bypasses_row_security().unwrap());
    assert!(!TestDb::sqlite().store().bypasses_row_security().unwrap());
}

#[tokio::test]
async fn a_migrated_database_is_ready_and_an_empty_one_is_not() {
    let db = TestDb::sqlite();
    db.store().ping().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let empty = open(&format!(
        "sqlite://{}",
        folder.path().join("a.db").display()
    ))
    .unwrap();
    assert!(matches!(empty.ping().await, Err(StoreError::Unavailable)));
    assert!(!empty.migrate().unwrap().is_empty());
    empty.ping().await.unwrap();
}

#[tokio::test]
async fn the_pool_recovers_when_the_server_has_cut_its_connections() {
    let db = TestDb::postgres();
    let store = open(db.url()).unwrap();
    store.ping().await.unwrap();
    db.raw()
        .run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
              WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        .unwrap();
    // Each of the two connections may fail once; then the pool has made new ones.
    let mut results = Vec::new();
    for _ in 0..3 {
        results.push(
            tokio::time::timeout(Duration::from_secs(20), store.ping())
                .await
                .unwrap(),
        );
    }
    assert!(results.last().unwrap().is_ok(), "{results:?}");
}
