//! What the server refuses to start with: one line, which names the setting.

use std::net::TcpListener;

use crate::process::{Ended, folder, run, visita};

/// Starts a server that must not come up.
fn refused(env: &[(&str, &str)], flags: &[&str]) -> Ended {
    let folder = folder();
    let mut command = visita();
    command
        .arg("serve")
        .env("VISITA_LISTEN", "127.0.0.1:0")
        .env("VISITA_DATA_DIR", folder.path().join("data"));
    command.envs(env.iter().copied()).args(flags);
    let ended = run(&mut command);
    assert_eq!(ended.stdout, "", "nothing is promised");
    ended
}

#[track_caller]
fn check(env: &[(&str, &str)], code: i32, parts: &[&str]) {
    let ended = refused(env, &[]);
    assert_eq!(ended.code, code, "{}", ended.stderr);
    assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
    for part in parts {
        assert!(
            ended.complaint().contains(part),
            "{part:?} in {:?}",
            ended.complaint()
        );
    }
}

#[test]
fn a_taken_port_names_the_address_and_touches_no_data() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = folder();
    let data = folder.path().join("data");
    let mut command = visita();
    command.args(["serve", "--listen", &address, "--data-dir"]);
    let ended = run(command.arg(&data));
    assert_eq!(ended.code, 1);
    assert!(
        ended.complaint().contains("VISITA_LISTEN"),
        "{}",
        ended.stderr
    );
    assert!(ended.complaint().contains(&address), "{}", ended.stderr);
    assert!(!data.exists());
}

#[test]
fn a_file_in_place_of_the_data_folder_is_named() {
    let folder = folder();
    let file = folder.path().join("data");
    std::fs::write(&file, b"").unwrap();
    let path = file.to_str().unwrap();
    check(&[("VISITA_DATA_DIR", path)], 1, &["VISITA_DATA_DIR", path]);
}

/// `/proc` takes no folders from anybody, root included.
#[test]
fn a_data_folder_that_cannot_be_made_is_named() {
    let path = "/proc/visita";
    check(&[("VISITA_DATA_DIR", path)], 1, &["VISITA_DATA_DIR", path]);
}

#[test]
fn a_database_url_of_no_known_scheme_is_a_wrong_setting_and_not_shown() {
    for url in [
        "mysql://root:hunter2@db/visita",
        "visita.db",
        "host=db dbname=visita",
    ] {
        let ended = refused(&[("VISITA_DATABASE_URL", url)], &[]);
        assert_eq!(ended.code, 2, "{url}");
        assert!(ended.complaint().contains("VISITA_DATABASE_URL: "), "{url}");
        assert!(!ended.stderr.contains("hunter2"), "{}", ended.stderr);
    }
}

#[test]
fn a_malformed_database_url_is_told_without_its_password() {
    for url in [
        "postgres://visita:hunter2@db:port/visita",
        "postgres://visita:hunter2@[::1/visita",
    ] {
        let ended = refused(&[("VISITA_DATABASE_URL", url)], &[]);
        assert_ne!(ended.code, 0, "{url}");
        assert!(ended.complaint().contains("VISITA_DATABASE_URL"), "{url}");
        assert!(!ended.stderr.contains("hunter2"), "{}", ended.stderr);
    }
}

#[test]
fn a_postgresql_that_is_down_is_told_with_its_address() {
    // Bound and dropped: nobody listens there.
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let url = format!("postgres://visita:hunter2@127.0.0.1:{port}/visita");
    let ended = refused(&[("VISITA_DATABASE_URL", &url)], &[]);
    assert_eq!(ended.code, 1);
    let complaint = ended.complaint();
    assert!(complaint.contains("VISITA_DATABASE_URL"), "{complaint}");
    assert!(complaint.contains("127.0.0.1"), "{complaint}");
    assert!(!ended.stderr.contains("hunter2"), "{}", ended.stderr);
}

#[test]
fn an_unknown_database_host_is_named() {
    check(
        &[(
            "VISITA_DATABASE_URL",
            "postgres://visita@no-such-host.invalid/visita",
        )],
        1,
        &["VISITA_DATABASE_URL", "no-such-host.invalid"],
    );
}

#[test]
fn a_demo_listens_on_loopback_only() {
    let ended = refused(&[], &["--demo", "--listen", "0.0.0.0:0"]);
    assert_eq!(ended.code, 2);
    assert!(
        ended.complaint().contains("VISITA_DEMO"),
        "{}",
        ended.stderr
    );
}

#[test]
fn an_open_address_without_tls_is_refused() {
    let ended = refused(&[], &["--listen", "0.0.0.0:0"]);
    assert_eq!(ended.code, 2);
    let complaint = ended.complaint();
    assert!(complaint.contains("VISITA_PUBLIC_ORIGINS"), "{complaint}");
}

#[test]
fn a_wrong_value_in_the_environment_names_its_variable() {
    for (name, value) in [
        ("VISITA_LISTEN", "nowhere"),
        ("VISITA_PUBLIC_ORIGINS", "http://clinic.example"),
        ("VISITA_MAX_DOCUMENT_MB", "many"),
        ("VISITA_DATABASE_CONNECTIONS", "0"),
        ("VISITA_LOG_FORMAT", "xml"),
        ("VISITA_DEMO", "perhaps"),
        ("VISITA_TURN_URLS", "turn.example"),
        ("VISITA_TURN_SECRET", "short"),
        ("VISITA_TURN_SECRET_FILE", "/proc/none"),
        ("VISITA_DATABASE_URL_FILE", "/proc/none"),
    ] {
        let mut command = visita();
        let ended = run(command.arg("serve").env(name, value));
        assert_eq!(ended.code, 2, "{name}: {}", ended.stderr);
        let expected = format!("visita: {name}: ");
        assert!(ended.stderr.starts_with(&expected), "{}", ended.stderr);
    }
}

#[test]
fn a_second_server_in_one_data_folder_is_refused() {
    let folder = folder();
    let _first = crate::process::Server::start(folder.path(), &[]);
    let mut command = visita();
    command.args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]);
    let ended = run(command.arg(folder.path()));
    assert_eq!(ended.code, 1);
    let complaint = ended.complaint();
    assert!(complaint.contains("another server"), "{complaint}");
}
