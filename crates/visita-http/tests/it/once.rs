//! A request that creates and is sent twice under one key creates once (SECURITY §7.5).

use std::collections::BTreeSet;

use futures_util::future::join_all;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use visita_wire::routes;

use crate::harness::{Person, TestApp, booking, on_both, start_of_tests};

/// How many requests come at once.
const AT_ONCE: usize = 20;

/// An operation that creates.
struct Creation {
    operation: &'static str,
    table: &'static str,
    by: Person,
    path: String,
    body: Value,
    /// Something else to ask for under the same key.
    other: Value,
}

/// Every operation that creates, each with somebody who may.
async fn creations(app: &TestApp) -> Vec<Creation> {
    let (root, staff) = (app.admin("amy").await, app.staff("sam").await);
    let (dora, ana) = (app.doctor("dora").await, app.patient("ana").await);
    let at = |minutes| start_of_tests().plus_minutes(minutes);
    let hold = |minutes| json!({ "doctor_id": dora.doctor_id(), "starts_at": at(minutes) });
    let user = |email: &str, hospital: Option<_>| {
        json!({
            "name": "Nina", "email": email, "role": "doctor", "hospital_id": hospital, "language": "en",
        })
    };
    let patient = |email: &str| json!({ "name": "Paul", "email": email });
    let hospital =
        |slug: &str| json!({ "name": "East", "slug": slug, "time_zone": "Europe/Paris" });
    let time_off = |hours: i64| json!({ "kind": "time_off", "starts_at": at(3000), "ends_at": at(3000 + 60_i64 * hours) });
    let scan = |size| json!({ "name": "scan.pdf", "media_type": "application/pdf", "size": size });
    let of = |operation, table, by: &Person, path: &str, body, other| Creation {
        operation,
        table,
        by: by.clone(),
        path: path.to_owned(),
        body,
        other,
    };
    let exceptions = routes::exceptions(dora.doctor_id());
    vec![
        of(
            "book_appointment",
            "appointments",
            &ana,
            routes::APPOINTMENTS,
            booking(dora.doctor_id(), 60),
            booking(dora.doctor_id(), 120),
        ),
        of(
            "hold_appointment",
            "appointments",
            &ana,
            routes::APPOINTMENT_HOLDS,
            hold(240),
            hold(300),
        ),
        of(
            "create_hospital",
            "hospitals",
            &root,
            routes::HOSPITALS,
            hospital("east"),
            hospital("eastern"),
        ),
        // By an admin, who belongs to no hospital, and below by one of its people.
        of(
            "create_user",
            "users",
            &root,
            routes::USERS,
            user("n1@example.org", Some(app.hospital)),
            user("n2@example.org", Some(app.hospital)),
        ),
        of(
            "create_user",
            "users",
            &staff,
            routes::USERS,
            user("n3@example.org", None),
            user("n4@example.org", None),
        ),
        of(
            "create_patient",
            "users",
            &staff,
            routes::PATIENTS,
            patient("p1@example.org"),
            patient("p2@example.org"),
        ),
        of(
            "add_exception",
            "availability_exceptions",
            &dora,
            &exceptions,
            time_off(1),
            time_off(2),
        ),
        of(
            "announce_document",
            "documents",
            &ana,
            routes::DOCUMENTS,
            scan(7),
            scan(8),
        ),
    ]
}

impl Creation {
    async fn send(&self, by: &Person, key: &str, body: &Value) -> crate::harness::Answer {
        by.request(Method::POST, &self.path)
            .header("idempotency-key", key)
            .json(body)
            .send()
            .await
    }

    fn rows(&self, app: &TestApp) -> i64 {
        let count = format!("(SELECT count(*) FROM {})", self.table);
        app.db.raw().number(&count).unwrap()
    }
}

async fn of_twenty_requests_with_one_key_one_creates(app: TestApp) {
    for one in creations(&app).await {
        let before = one.rows(&app);
        let sent = (0..AT_ONCE).map(|_| one.send(&one.by, "k1", &one.body));
        let mut ids = BTreeSet::new();
        for answer in join_all(sent).await {
            let made: Value = answer.expect(StatusCode::CREATED).json();
            ids.insert(made["id"].as_str().unwrap().to_owned());
        }
        assert_eq!(ids.len(), 1, "{}", one.operation);
        assert_eq!(one.rows(&app), before + 1, "{}", one.operation);
    }
}

async fn a_key_names_one_request_for_a_day(app: TestApp) {
    for one in creations(&app).await {
        let first = one.send(&one.by, "k1", &one.body).await;
        let first = first.expect(StatusCode::CREATED);
        let before = one.rows(&app);
        let again = one.send(&one.by, "k1", &one.body).await;
        let again = again.expect(StatusCode::CREATED);
        assert_eq!(
            again.json::<Value>(),
            first.json::<Value>(),
            "{}",
            one.operation
        );
        assert_eq!(again.header("location"), first.header("location"));
        let other = one.send(&one.by, "k1", &one.other).await;
        other.problem(422, "idempotency_key_reused");
        assert_eq!(one.rows(&app), before, "{}", one.operation);
        for bad in ["", "with space", &"k".repeat(65)] {
            let refused = one.send(&one.by, bad, &one.body).await;
            refused.problem(400, "malformed_request");
        }
        // Another key is another request.
        let made = one.send(&one.by, "k2", &one.other).await;
        let made: Value = made.expect(StatusCode::CREATED).json();
        assert_ne!(made["id"], first.json::<Value>()["id"], "{}", one.operation);
    }
}

async fn a_key_is_forgotten_after_a_day_and_is_each_persons_own(app: TestApp) {
    let (mut sam, sue) = (app.staff("sam").await, app.staff("sue").await);
    let patient = |email: &str| json!({ "name": "Paul", "email": email });
    let register = |by: &Person, email| {
        by.request(Method::POST, routes::PATIENTS)
            .header("idempotency-key", "k1")
            .json(&patient(email))
            .send()
    };
    register(&sam, "p1@example.org")
        .await
        .expect(StatusCode::CREATED);
    register(&sue, "p2@example.org")
        .await
        .expect(StatusCode::CREATED);
    app.clock.advance_secs(24 * 60 * 60 - 1);
    sam.sign_in().await;
    register(&sam, "p3@example.org")
        .await
        .problem(422, "idempotency_key_reused");
    app.clock.advance_secs(1);
    register(&sam, "p3@example.org")
        .await
        .expect(StatusCode::CREATED);
    // What is over is taken away with the next request of the same person.
    let kept = |by: &Person| {
        let count = format!(
            "(SELECT count(*) FROM idempotency_records
              WHERE user_id = (SELECT id FROM users WHERE email = '{}'))",
            by.email
        );
        app.db.raw().number(&count).unwrap()
    };
    app.clock.advance_secs(24 * 60 * 60);
    sam.sign_in().await;
    sam.request(Method::POST, routes::PATIENTS)
        .header("idempotency-key", "k2")
        .json(&patient("p4@example.org"))
        .send()
        .await
        .expect(StatusCode::CREATED);
    assert_eq!([kept(&sam), kept(&sue)], [1, 1]);
}

async fn a_key_does_not_show_what_may_not_be_seen_any_more(app: TestApp) {
    let dora = app.doctor("dora").await;
    let path = routes::exceptions(dora.doctor_id());
    let at = |minutes| start_of_tests().plus_minutes(minutes);
    let time_off = json!({ "kind": "time_off", "starts_at": at(3000), "ends_at": at(3060) });
    let add = || {
        dora.request(Method::POST, &path)
            .header("idempotency-key", "k1")
            .json(&time_off)
            .send()
    };
    let added = add().await.expect(StatusCode::CREATED);
    let removed = dora.delete(added.header("location")).await;
    removed.expect(StatusCode::NO_CONTENT);
    add().await.problem(404, "not_found");
}

/// Operations that answer 201 and take no key, and what they have instead.
const WITHOUT: [(&str, &str); 4] = [
    (
        "create_calendar_feed",
        "its link is kept nowhere and shown once, and a new one replaces it",
    ),
    (
        "create_join_link",
        "what opens it is shown once, and one too many stands in the list to be revoked",
    ),
    ("send_message", "its client_id is a key"),
    (
        "create_socket_ticket",
        "a ticket is used up by its first use and kept nowhere",
    ),
];

#[tokio::test]
async fn every_operation_that_creates_takes_a_key_and_is_tried_here() {
    let app = TestApp::new().await;
    let tried: BTreeSet<String> = creations(&app)
        .await
        .iter()
        .map(|one| one.operation.to_owned())
        .collect();
    let document: Value = serde_json::from_str(&visita_http::openapi_json()).unwrap();
    let mut found = BTreeSet::new();
    for item in document["paths"].as_object().unwrap().values() {
        let operation = &item["post"];
        let signed_in = operation["security"].to_string().contains("bearer");
        if operation["responses"]["201"].is_null() || !signed_in {
            continue;
        }
        let id = operation["operationId"].as_str().unwrap();
        let takes = operation["parameters"]
            .to_string()
            .contains("Idempotency-Key");
        let told = operation["responses"]["422"].to_string();
        let excused = WITHOUT.iter().any(|(name, _)| *name == id);
        assert_eq!(takes, !excused, "{id}");
        if takes {
            assert!(told.contains("idempotency_key_reused"), "{id}: {told}");
            found.insert(id.to_owned());
        }
    }
    assert_eq!(found, tried);
}

on_both!(
    of_twenty_requests_with_one_key_one_creates,
    a_key_names_one_request_for_a_day,
    a_key_is_forgotten_after_a_day_and_is_each_persons_own,
    a_key_does_not_show_what_may_not_be_seen_any_more,
);
