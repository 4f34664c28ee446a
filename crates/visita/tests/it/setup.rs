//! First start of the real binary (SECURITY R31).

use std::path::Path;

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use visita_testkit::TestDb;

use crate::process::{Ended, Server, folder, run_with_input, visita};

const PASSWORD: &str = "seven quiet walnut lanterns";

async fn post(server: &Server, path: &str, body: &Value) -> (StatusCode, Value) {
    let url = format!("{}/api/v1{path}", server.url);
    let answer = Client::new().post(url).json(body).send().await.unwrap();
    (answer.status(), answer.json().await.unwrap())
}

async fn setup_needed(server: &Server) -> bool {
    let url = format!("{}/api/v1/config", server.url);
    let config: Value = reqwest::get(url).await.unwrap().json().await.unwrap();
    config["setup_needed"].as_bool().unwrap()
}

fn clinic(token: &str) -> Value {
    json!({
        "token": token,
        "hospital": { "name": "Harbour", "slug": "harbour", "time_zone": "Europe/Lisbon" },
        "name": "Robin", "email": "robin@example.org", "password": PASSWORD,
    })
}

/// The token in the address on the console.
fn token(line: &str) -> &str {
    line.trim().split_once("/setup#").unwrap().1
}

#[tokio::test]
async fn r31_the_first_start_prints_a_token_and_the_next_one_none() {
    sets_up(&[]).await;
}

#[tokio::test]
async fn r31_the_same_holds_on_postgresql() {
    let database = TestDb::postgres();
    sets_up(&["--database-url", database.url()]).await;
}

async fn sets_up(flags: &[&str]) {
    let folder = folder();
    let mut server = Server::start(folder.path(), flags);
    let unused = server.printed("/setup#").unwrap();
    assert!(setup_needed(&server).await);
    let (_, log) = server.end("TERM");
    assert!(!log.contains(token(&unused)), "{log}");

    // A restart prints another one, and the first is worth nothing.
    let mut server = Server::start(folder.path(), flags);
    let line = server.printed("/setup#").unwrap();
    assert!(line.trim().starts_with(&server.url), "{line}");
    let (status, told) = post(&server, "/setup", &clinic(token(&unused))).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{told}");
    assert_eq!(told["code"], "setup_token_invalid");
    let (status, told) = post(&server, "/setup", &clinic(token(&line))).await;
    assert_eq!(status, StatusCode::CREATED, "{told}");
    assert_eq!(told["user"]["role"], "admin");
    let login = json!({ "email": "robin@example.org", "password": PASSWORD });
    let (status, told) = post(&server, "/auth/login", &login).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    let (_, log) = server.end("TERM");
    assert!(
        !log.contains(token(&line)) && !log.contains("robin"),
        "{log}"
    );

    let mut server = Server::start(folder.path(), flags);
    assert!(!setup_needed(&server).await);
    let (status, told) = post(&server, "/setup", &clinic(token(&line))).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{told}");
    let (status, _) = post(&server, "/auth/login", &login).await;
    assert_eq!(status, StatusCode::OK);
    server.end("TERM");
    assert_eq!(server.printed("/setup#"), None);
}

#[tokio::test]
async fn r31_a_demo_is_set_up_already() {
    let folder = folder();
    let mut server = Server::start(folder.path(), &["--demo"]);
    assert!(!setup_needed(&server).await);
    server.end("TERM");
    assert_eq!(server.printed("/setup#"), None);
}

fn add_admin(folder: &Path, password: &str) -> Ended {
    let email = [
        "user",
        "add",
        "--email",
        "ruth@example.org",
        "--name",
        "Ruth",
    ];
    run_with_input(visita().args(email).arg("--data-dir").arg(folder), password)
}

#[tokio::test]
async fn r29_an_administrators_password_is_not_made_of_the_clinics_names() {
    let made_of_it = "lakeside-walnut-house";
    let elsewhere = folder();
    let added = add_admin(elsewhere.path(), made_of_it);
    assert_eq!(
        added.code, 0,
        "nobody there has that name: {}",
        added.stderr
    );

    let folder = folder();
    let mut server = Server::start(folder.path(), &[]);
    let line = server.printed("/setup#").unwrap();
    let mut clinic = clinic(token(&line));
    clinic["hospital"]["name"] = json!("Lakeside Walnut House");
    let (status, told) = post(&server, "/setup", &clinic).await;
    assert_eq!(status, StatusCode::CREATED, "{told}");
    server.end("TERM");
    let refused = add_admin(folder.path(), made_of_it);
    assert_eq!(refused.code, 1);
    assert!(
        refused.complaint().contains("password"),
        "{}",
        refused.stderr
    );
    let added = add_admin(folder.path(), PASSWORD);
    assert_eq!(added.code, 0, "{}", added.stderr);
}
