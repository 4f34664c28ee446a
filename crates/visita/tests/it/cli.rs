//! The commands that do one thing and stop.

use serde_json::Value;
use visita_store::testing::RawConn;

use crate::process::{folder, run, run_with_input, visita};

const PASSWORD: &str = "plum battery lantern 42\n";

#[test]
fn openapi_is_printed_without_any_setting() {
    let ended = run(visita().arg("openapi"));
    assert_eq!(ended.code, 0);
    let document: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
}

#[test]
fn migrate_brings_a_new_database_up_to_date_once() {
    let folder = folder();
    let migrate = || run(visita().args(["migrate", "--data-dir"]).arg(folder.path()));
    let first = migrate();
    assert_eq!(first.code, 0, "{}", first.stderr);
    assert!(first.stdout.starts_with("Applied "), "{}", first.stdout);
    assert_eq!(migrate().stdout, "The database is up to date\n");
}

#[test]
fn check_tells_what_it_looked_at() {
    let folder = folder();
    let check = || run(visita().args(["check", "--data-dir"]).arg(folder.path()));
    let before = check();
    assert_eq!(before.code, 0, "{}", before.stderr);
    assert!(
        before.stdout.contains("Database lacks "),
        "{}",
        before.stdout
    );
    run(visita().args(["migrate", "--data-dir"]).arg(folder.path()));
    let after = check();
    assert!(after.stdout.contains("up to date"), "{}", after.stdout);
}

#[test]
fn an_administrator_is_added_once_and_only_with_a_good_password() {
    let folder = folder();
    let add = |input: &str| {
        run_with_input(
            visita()
                .args(["user", "add", "--email", "Root@Clinic.example", "--name"])
                .args(["Robin Root", "--data-dir"])
                .arg(folder.path()),
            input,
        )
    };
    for weak in ["", "short\n", "root@clinic.example\n"] {
        let ended = add(weak);
        assert_eq!(ended.code, 1, "{weak:?}");
        assert!(ended.complaint().contains("password"), "{}", ended.stderr);
    }
    let added = add(PASSWORD);
    assert_eq!(added.code, 0, "{}", added.stderr);
    let twice = add(PASSWORD);
    assert_eq!(twice.code, 1);
    assert!(twice.complaint().contains("--email"), "{}", twice.stderr);
}

#[test]
fn a_password_can_come_from_a_file() {
    let folder = folder();
    let file = folder.path().join("password");
    std::fs::write(&file, PASSWORD).unwrap();
    let ended = run(visita()
        .args(["user", "add", "--email", "root@clinic.example", "--name"])
        .args(["Robin Root", "--data-dir"])
        .arg(folder.path())
        .arg("--password-file")
        .arg(&file));
    assert_eq!(ended.code, 0, "{}", ended.stderr);
}

#[test]
fn r70_audit_verify_names_the_first_bad_event() {
    let folder = folder();
    let file = folder.path().join("password");
    std::fs::write(&file, PASSWORD).unwrap();
    for email in ["root@clinic.example", "ruth@clinic.example"] {
        run(visita()
            .args(["user", "add", "--name", "Robin Root", "--email", email])
            .arg("--data-dir")
            .arg(folder.path())
            .arg("--password-file")
            .arg(&file));
    }
    let verify = || {
        run(visita()
            .args(["audit", "verify", "--data-dir"])
            .arg(folder.path()))
    };
    let whole = verify();
    assert_eq!(whole.code, 0, "{}", whole.stderr);
    assert!(
        whole.stdout.contains("The audit trail is whole"),
        "{}",
        whole.stdout
    );
    let url = format!("sqlite://{}", folder.path().join("visita.db").display());
    RawConn::open(&url)
        .unwrap()
        .run("DROP TRIGGER tr_audit_events_no_delete; DELETE FROM audit_events WHERE seq = 2")
        .unwrap();
    let cut = verify();
    assert_eq!(cut.code, 1);
    assert!(
        cut.stdout.contains("platform, strand 0, event 2: "),
        "{}",
        cut.stdout
    );
    let told = |action: &str| {
        let count = format!("(SELECT count(*) FROM audit_events WHERE action = '{action}')");
        RawConn::open(&url).unwrap().number(&count).unwrap()
    };
    assert_eq!(told("audit.verified"), 1);
    assert_eq!(told("audit.fault_found"), 1);
    // Without the key nothing can be verified, and no new one is made.
    let keys = folder.path().join("audit-keys.json");
    std::fs::remove_file(&keys).unwrap();
    assert_eq!(verify().code, 1);
    assert!(!keys.exists());
}
