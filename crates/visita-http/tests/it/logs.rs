//! What the server writes down about requests: which route, and nothing of what people
//! said or are (SECURITY R64).

use std::io::Write;
use std::sync::{Arc, Mutex};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use visita_testkit::TestDb;
use visita_wire::documents::DocumentView;
use visita_wire::people::PatientView;
use visita_wire::routes;

use crate::calendar::link;
use crate::harness::{Answer, PASSWORD, Person, TestApp, booking};

/// In every field that people fill in. What follows the line break must not look like a
/// line of the log.
const CANARY: &str = "canary\r\n2026-11-23T08:00:00Z ERROR FORGED";

/// Keeps what is logged.
#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Sends it as it should be and in ways that are refused; no refusal repeats a word.
async fn said(person: &Person, method: Method, path: &str, body: Value) -> Answer {
    let mut odd = body.clone();
    odd["another"] = json!(CANARY);
    let mut long = body.clone();
    for value in long.as_object_mut().unwrap().values_mut() {
        if value.is_string() {
            *value = json!(CANARY.repeat(200));
        }
    }
    for wrong in [odd, long, json!([CANARY]), json!(CANARY)] {
        let refused = person.request(method.clone(), path).json(&wrong);
        let refused = refused.send().await;
        assert!(refused.status.is_client_error(), "{refused:?}");
        assert!(!format!("{refused:?}").contains("canary"), "{refused:?}");
    }
    person.request(method, path).json(&body).send().await
}

/// Everything that people write, once, and what is refused of it.
async fn a_day(app: &TestApp) -> Vec<String> {
    let (doctor, ana) = (
        app.doctor("canary-doctor").await,
        app.patient("canary-patient").await,
    );
    let staff = app.staff("canary-staff").await;
    let me = json!({ "name": CANARY });
    said(&ana, Method::PATCH, routes::ME, me).await;
    let record = json!({
        "name": "Canary Patient", "email": "canary@example.org", "date_of_birth": "1971-02-03",
        "sex": "female", "phone": "+33 canary", "record_number": CANARY,
        "emergency_contact": CANARY,
    });
    let made = said(&staff, Method::POST, routes::PATIENTS, record).await;
    if made.status == StatusCode::CREATED {
        let path = routes::patient(made.json::<PatientView>().id);
        let change = json!({ "phone": "canary", "emergency_contact": "canary" });
        said(&staff, Method::PATCH, &path, change).await;
    }
    let profile = json!({ "biography": CANARY, "specialty": "canary", "licence_number": "canary" });
    let path = routes::doctor(doctor.doctor_id());
    said(&doctor, Method::PATCH, &path, profile).await;
    let mut body = booking(doctor.doctor_id(), 60);
    body["reason"] = json!(CANARY);
    let booked = said(&ana, Method::POST, routes::APPOINTMENTS, body).await;
    let visit: visita_wire::appointments::AppointmentView =
        booked.expect(StatusCode::CREATED).json();
    let message = json!({ "client_id": visit.id, "body": CANARY });
    let path = routes::messages(visit.conversation_id.unwrap());
    let sent = said(&ana, Method::POST, &path, message).await;
    sent.expect(StatusCode::CREATED);
    let paper = json!({ "name": "canary.pdf", "media_type": "application/pdf", "size": 9 });
    let announced = said(&ana, Method::POST, routes::DOCUMENTS, paper).await;
    let paper: DocumentView = announced.expect(StatusCode::CREATED).json();
    let content = ana
        .request(Method::PUT, &routes::document_content(paper.id))
        .header("content-type", "application/pdf")
        .body("a canary!");
    assert!(content.send().await.status.is_client_error());
    let cancel = json!({ "reason": CANARY });
    let path = routes::appointment_action(visit.id, "cancel");
    said(&ana, Method::POST, &path, cancel).await;
    for (path, status) in [
        (format!("{}?specialty=canary", routes::DOCTORS), 200),
        (format!("{}?state=canary", routes::APPOINTMENTS), 422),
        (format!("{}?canary=1", routes::DOCUMENTS), 422),
        ("/api/v1/canary%0d%0aFORGED".to_owned(), 404),
        ("/canary.html?token=canary".to_owned(), 404),
    ] {
        let answer = ana.get(&path).await;
        assert_eq!(answer.status, status, "{answer:?}");
        assert!(!path.contains("422") || !format!("{answer:?}").contains("canary"));
    }
    let login = json!({ "email": "canary@example.org", "password": CANARY });
    let refused = ana.post(routes::LOGIN, &login).await;
    refused.problem(401, "wrong_credentials");
    let agent = ana.request(Method::GET, routes::ME);
    let agent = agent
        .header("user-agent", "canary")
        .header("referer", "https://canary.test")
        .header("x-forwarded-for", "198.51.100.77");
    agent.send().await.expect(StatusCode::OK);
    let feed = link(app, &ana).await;
    app.anonymous().get(&feed).await.expect(StatusCode::OK);
    let link = feed.split(['/', '.']).nth(2).unwrap().to_owned();
    vec![ana.token.unwrap(), ana.cookie.unwrap(), link]
}

#[tokio::test]
async fn r64_logs_name_routes_and_hold_nothing_of_requests() {
    let captured = Captured::default();
    let writer = captured.clone();
    // One for the process, and so one test of both databases.
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .init();
    let mut secrets = vec![
        "canary".to_owned(),
        "FORGED".to_owned(),
        PASSWORD.to_owned(),
    ];
    for db in [TestDb::sqlite(), TestDb::postgres()] {
        let app = TestApp::on(db).await;
        secrets.extend(a_day(&app).await);
        // The addresses of visitors; that of the server is no secret.
        secrets.push("198.51.100.77".to_owned());
    }
    let logs = String::from_utf8(captured.0.lock().unwrap().clone()).unwrap();
    let route = "route=\"/api/v1/conversations/{id}/messages\"";
    assert!(logs.contains(route), "{logs}");
    let ours: Vec<&str> = logs
        .lines()
        // reqwest and hyper run in this process too, and log as the client.
        .filter(|line| {
            ["hyper", "reqwest", "mio", "tungstenite"]
                .iter()
                .all(|lib| !line.contains(lib))
        })
        .collect();
    for secret in &secrets {
        let found = ours.iter().find(|line| line.contains(secret));
        assert_eq!(found, None, "{secret}");
    }
}
