//! The demo clinic tells a story, and keeps it.

use std::collections::BTreeMap;

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use crate::process::{Server, folder, run, visita};

async fn token(server: &Server, mailbox: &str) -> String {
    let answer = Client::new()
        .post(format!("{}/api/v1/auth/login", server.url))
        .header("origin", &server.url)
        .header("x-visita-app", "1")
        .json(&json!({
            "email": format!("{mailbox}@demo.visita.test"),
            "password": "visita-demo-password",
        }))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::OK, "{mailbox}");
    let body: Value = answer.json().await.unwrap();
    body["access_token"].as_str().unwrap().to_owned()
}

async fn get(server: &Server, token: &str, path: &str) -> Value {
    let answer = Client::new()
        .get(format!("{}/api/v1{path}", server.url))
        .bearer_auth(token)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::OK, "{path}");
    answer.json().await.unwrap()
}

/// Visits of one caller by state.
async fn states(server: &Server, token: &str) -> BTreeMap<String, usize> {
    let list = get(server, token, "/appointments?limit=100").await;
    let mut states = BTreeMap::new();
    for item in list["items"].as_array().unwrap() {
        *states
            .entry(item["state"].as_str().unwrap().to_owned())
            .or_default() += 1;
    }
    states
}

#[tokio::test]
async fn every_account_signs_in_and_every_state_has_its_visits() {
    let folder = folder();
    let server = Server::start(folder.path(), &["--demo"]);
    let config = get(&server, "", "/config").await;
    let accounts = config["demo_accounts"].as_array().unwrap();
    let of = |role: &str| accounts.iter().filter(|a| a["role"] == role).count();
    assert_eq!(of("admin"), 1);
    assert!(of("staff") >= 2 && of("doctor") >= 6 && of("patient") >= 12);
    for mailbox in ["admin", "staff", "doctor", "patient"] {
        let token = token(&server, mailbox).await;
        get(&server, &token, "/dashboard").await;
    }
    let staff = token(&server, "staff").await;
    let found = states(&server, &staff).await;
    for state in ["booked", "arrived", "finished", "cancelled", "no_show"] {
        assert!(
            found.get(state).is_some_and(|n| *n > 0),
            "{state}: {found:?}"
        );
    }
    let lobby = get(&server, &staff, "/lobby").await;
    assert_eq!(lobby["items"].as_array().map(Vec::len), Some(2), "{lobby}");
    let patient = token(&server, "patient").await;
    let documents = get(&server, &patient, "/documents").await;
    assert!(documents["items"].as_array().unwrap().len() >= 4);
    let conversations = get(&server, &patient, "/conversations").await;
    assert!(conversations["items"].as_array().unwrap().len() >= 3);
}

#[tokio::test]
async fn every_document_of_the_demo_can_be_opened() {
    let folder = folder();
    let server = Server::start(folder.path(), &["--demo"]);
    let patient = token(&server, "patient").await;
    let documents = get(&server, &patient, "/documents").await;
    for document in documents["items"].as_array().unwrap() {
        let id = document["id"].as_str().unwrap();
        let answer = Client::new()
            .get(format!("{}/api/v1/documents/{id}/content", server.url))
            .bearer_auth(&patient)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let length = answer.bytes().await.unwrap().len();
        assert_eq!(document["size"].as_u64(), u64::try_from(length).ok());
    }
}

#[tokio::test]
async fn a_second_start_keeps_the_data_as_they_are() {
    let folder = folder();
    let mut server = Server::start(folder.path(), &["--demo"]);
    let doctor = token(&server, "doctor").await;
    let before = states(&server, &doctor).await;
    server.end("TERM");
    let server = Server::start(folder.path(), &["--demo"]);
    // The token was signed before the restart.
    assert_eq!(states(&server, &doctor).await, before);
}

#[test]
fn a_demo_never_moves_into_a_real_clinic() {
    let folder = folder();
    let mut command = visita();
    command.args(["user", "add", "--email", "admin@demo.visita.test", "--name"]);
    let added = crate::process::run_with_input(
        command
            .args(["Robin Root", "--data-dir"])
            .arg(folder.path()),
        "plum battery lantern 42\n",
    );
    assert_eq!(added.code, 0, "{}", added.stderr);
    let mut command = visita();
    command.args(["serve", "--demo", "--listen", "127.0.0.1:0", "--data-dir"]);
    let ended = run(command.arg(folder.path()));
    assert_eq!(ended.code, 1);
    assert!(ended.complaint().contains("demo"), "{}", ended.stderr);
}
