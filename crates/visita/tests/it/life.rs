//! Starting, stopping and being killed.

use std::os::unix::fs::PermissionsExt;

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use visita_store::testing::RawConn;
use visita_testkit::TestDb;

use crate::process::{Server, folder};

/// Somebody signed in.
struct Caller {
    client: Client,
    base: String,
    token: String,
}

impl Caller {
    async fn sign_in(server: &Server, email: &str) -> Self {
        let client = Client::new();
        let base = format!("{}/api/v1", server.url);
        let answer = client
            .post(format!("{base}/auth/login"))
            .header("origin", &server.url)
            .header("x-visita-app", "1")
            .json(&json!({ "email": email, "password": "visita-demo-password" }))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let body: Value = answer.json().await.unwrap();
        let token = body["access_token"].as_str().unwrap().to_owned();
        Self {
            client,
            base,
            token,
        }
    }

    async fn get(&self, path: &str) -> Value {
        let answer = self
            .client
            .get(format!("{}{path}", self.base))
            .bearer_auth(&self.token)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        answer.json().await.unwrap()
    }

    async fn post(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        let answer = self
            .client
            .post(format!("{}{path}", self.base))
            .bearer_auth(&self.token)
            .json(body)
            .send()
            .await
            .unwrap();
        (answer.status(), answer.json().await.unwrap())
    }
}

#[tokio::test]
async fn it_starts_answers_and_stops_on_a_signal_with_success() {
    for signal in ["TERM", "INT"] {
        let folder = folder();
        let mut server = Server::start(folder.path(), &["--log-format=json"]);
        for path in ["/health/live", "/health/ready"] {
            let answer = reqwest::get(format!("{}{path}", server.url)).await.unwrap();
            assert_eq!(answer.status(), StatusCode::OK, "{path}");
        }
        let (status, log) = server.end(signal);
        assert_eq!(status.code(), Some(0), "{signal}: {log}");
        for line in log.lines() {
            assert!(serde_json::from_str::<Value>(line).is_ok(), "{line}");
        }
    }
}

#[test]
fn data_and_keys_are_for_the_owner_alone() {
    let folder = folder();
    let data = folder.path().join("deep/data");
    let _server = Server::start(&data, &[]);
    let mode =
        |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data), 0o700);
    for keys in ["token-keys.json", "audit-keys.json"] {
        assert_eq!(mode(&data.join(keys)), 0o600);
    }
}

#[test]
fn r65_a_start_with_other_settings_or_keys_is_in_the_trail() {
    let folder = folder();
    let path = folder.path();
    let start = |flags: &[&str]| {
        Server::start(path, flags).end("TERM");
        let url = format!("sqlite://{}", path.join("visita.db").display());
        let mut raw = RawConn::open(&url).unwrap();
        [
            "system.migrated",
            "system.settings_changed",
            "system.keys_changed",
        ]
        .map(|action| {
            let count = format!("(SELECT count(*) FROM audit_events WHERE action = '{action}')");
            raw.number(&count).unwrap()
        })
    };
    // The keys of tokens and those of the trail.
    assert_eq!(start(&[]), [1, 1, 2]);
    assert_eq!(start(&[]), [1, 1, 2]);
    assert_eq!(start(&["--max-document-mb", "7"]), [1, 2, 2]);
    std::fs::remove_file(path.join("token-keys.json")).unwrap();
    assert_eq!(start(&["--max-document-mb", "7"]), [1, 2, 3]);
}

#[tokio::test]
async fn the_first_page_is_served_with_the_policy_of_pages() {
    let folder = folder();
    let server = Server::start(folder.path(), &[]);
    for path in ["/", "/appointments"] {
        let answer = Client::new()
            .get(format!("{}{path}", server.url))
            .header("accept", "text/html")
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        let policy = answer.headers()["content-security-policy"]
            .to_str()
            .unwrap();
        assert!(policy.contains("default-src 'none'"), "{policy}");
        assert!(answer.text().await.unwrap().contains("Visita"), "{path}");
    }
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_kill_and_tokens_survive_a_restart() {
    survives_a_kill(&["--demo"]).await;
}

#[tokio::test]
async fn the_same_holds_on_postgresql() {
    let database = TestDb::postgres();
    survives_a_kill(&["--demo", "--database-url", database.url()]).await;
}

async fn survives_a_kill(flags: &[&str]) {
    let folder = folder();
    let mut server = Server::start(folder.path(), flags);
    let patient = Caller::sign_in(&server, "patient@demo.visita.test").await;
    let conversations = patient.get("/conversations").await;
    let id = conversations["items"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/conversations/{id}/messages");
    let mut sent = Vec::new();
    for n in 1..=20 {
        let client_id = format!("00000000-0000-7000-8000-{n:012}");
        let body = json!({ "client_id": client_id, "body": format!("message {n}") });
        let (status, message) = patient.post(&path, &body).await;
        assert!(status.is_success(), "{message}");
        sent.push((message["seq"].as_i64().unwrap(), client_id));
    }
    server.end("KILL");

    let server = Server::start(folder.path(), flags);
    let again = Caller {
        base: format!("{}/api/v1", server.url),
        ..patient
    };
    let after = sent[0].0 - 1;
    let kept = again
        .get(&format!("{path}?after_seq={after}&limit=100"))
        .await;
    let kept: Vec<_> = kept["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| {
            (
                message["seq"].as_i64().unwrap(),
                message["client_id"].as_str().unwrap().to_owned(),
            )
        })
        .collect();
    assert_eq!(kept, sent);
}
