//! Visits in calendars outside of the clinic: files and feeds.

use std::num::NonZeroU32;

use reqwest::StatusCode;
use serde_json::json;
use visita_domain::AppointmentId;
use visita_http::state::Limits;
use visita_testkit::TestDb;
use visita_wire::calendar::{CalendarFeedView, NewCalendarFeed};
use visita_wire::routes;

use crate::harness::{Answer, Setup, TestApp, on_both, start_of_tests};
use crate::person::{Person, step};
use crate::walls::told;

on_both!(
    a_file_follows_its_visit_from_booking_to_cancellation,
    a_feed_is_read_by_its_link_alone,
    r54_unknown_revoked_and_renewed_links_get_the_same_answer,
    r40_the_link_of_a_disabled_account_ends_at_once,
);

async fn file(who: &Person, id: AppointmentId) -> String {
    let answer = who.get(&routes::appointment_calendar(id)).await;
    text(&answer.expect(StatusCode::OK))
}

/// The text without its folds.
fn text(answer: &Answer) -> String {
    let text = String::from_utf8(answer.bytes.clone()).unwrap();
    text.replace("\r\n ", "")
}

#[track_caller]
fn holds(text: &str, lines: &[&str]) {
    for line in lines {
        assert!(text.lines().any(|one| one == *line), "{line} in\n{text}");
    }
}

/// A new link of this person, as a path.
pub async fn link(app: &TestApp, who: &Person) -> String {
    let made = who.act(routes::CALENDAR_FEED).await;
    let feed: NewCalendarFeed = made.expect(StatusCode::CREATED).json();
    let path = feed.url.find("/calendar/").unwrap();
    let (origin, path) = feed.url.split_at(path);
    // People may come by TLS, which tests do not end.
    assert!(app.origin().ends_with(origin.split_once("://").unwrap().1));
    path.to_owned()
}

async fn a_file_follows_its_visit_from_booking_to_cancellation(app: TestApp) {
    let (doctor, patient) = (app.doctor("dora").await, app.patient("pat").await);
    let visit = patient.book(&doctor, 60).await;
    let uid = format!("UID:{}@visita", visit.id);
    let answer = patient.get(&routes::appointment_calendar(visit.id)).await;
    assert_eq!(
        answer.header("content-type"),
        "text/calendar; charset=utf-8; method=PUBLISH"
    );
    let saved = "attachment; filename=\"visit.ics\"";
    assert_eq!(answer.header("content-disposition"), saved);
    let page = format!("URL:{}/appointments/{}", app.origin(), visit.id);
    let booked = [
        "SEQUENCE:1",
        "DTSTART:20261123T090000Z",
        "DTEND:20261123T093000Z",
    ];
    holds(
        &text(&answer),
        &[&uid, &page, "METHOD:PUBLISH", "STATUS:CONFIRMED"],
    );
    holds(&text(&answer), &booked);

    app.clock.advance_secs(60);
    let moved = patient
        .request(reqwest::Method::PATCH, &routes::appointment(visit.id))
        .header("if-match", "\"1\"")
        .json(&json!({ "starts_at": start_of_tests().plus_minutes(120) }))
        .send();
    moved.await.expect(StatusCode::OK);
    // The same for everybody who may see the visit.
    for who in [&patient, &doctor] {
        let changed = [
            "SEQUENCE:2",
            "DTSTART:20261123T100000Z",
            "LAST-MODIFIED:20261123T080100Z",
        ];
        holds(
            &file(who, visit.id).await,
            &[&uid, changed[0], changed[1], changed[2]],
        );
    }
    let reason = json!({ "reason": "The cough is gone" });
    let off = doctor.post(&step(visit.id, "cancel"), &reason).await;
    off.expect(StatusCode::OK);
    let ended = file(&patient, visit.id).await;
    holds(
        &ended,
        &[&uid, "SEQUENCE:3", "METHOD:CANCEL", "STATUS:CANCELLED"],
    );
    for private in ["cough", "dora", "pat"] {
        assert!(!ended.contains(private), "{private} in\n{ended}");
    }
}

async fn a_feed_is_read_by_its_link_alone(app: TestApp) {
    let (doctor, patient) = (app.doctor("dora").await, app.patient("pat").await);
    let other = app.patient("pia").await;
    let kept = patient.book(&doctor, 60).await.id;
    let off = patient.book(&doctor, 120).await.id;
    let foreign = other.book(&doctor, 180).await.id;
    patient
        .post(&step(off, "cancel"), &json!({}))
        .await
        .expect(StatusCode::OK);

    let none: CalendarFeedView = patient.get(routes::CALENDAR_FEED).await.json();
    assert_eq!(none.created_at, None);
    let path = link(&app, &patient).await;
    let some: CalendarFeedView = patient.get(routes::CALENDAR_FEED).await.json();
    assert_eq!(some.created_at, Some(start_of_tests()));

    let answer = app.anonymous().get(&path).await.expect(StatusCode::OK);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(
        answer
            .header("content-disposition")
            .starts_with("attachment")
    );
    let feed = text(&answer);
    holds(
        &feed,
        &["METHOD:PUBLISH", "STATUS:CONFIRMED", "STATUS:CANCELLED"],
    );
    for (id, shown) in [(kept, true), (off, true), (foreign, false)] {
        assert_eq!(feed.contains(&format!("UID:{id}@visita")), shown);
    }
    let doctors = link(&app, &doctor).await;
    let doctors = text(&app.anonymous().get(&doctors).await);
    assert_eq!(doctors.matches("BEGIN:VEVENT").count(), 3);
    for private in ["cough", "dora", "pat", "pia", "example.org\r\n"] {
        assert!(!feed.contains(private), "{private} in\n{feed}");
        assert!(!doctors.contains(private), "{private} in\n{doctors}");
    }
}

async fn r54_unknown_revoked_and_renewed_links_get_the_same_answer(app: TestApp) {
    let patient = app.patient("pat").await;
    let renewed = link(&app, &patient).await;
    let revoked = link(&app, &patient).await;
    let token = revoked
        .trim_start_matches("/calendar/")
        .trim_end_matches(".ics");
    assert_eq!(token.len(), 64, "16 bytes of the hospital and 32 of chance");
    for table in ["calendar_feeds", "audit_events"] {
        assert!(!app.dump(table).contains(token), "{table}");
    }
    for _ in 0..2 {
        let ended = patient.delete(routes::CALENDAR_FEED).await;
        ended.expect(StatusCode::NO_CONTENT);
    }
    let (last, rest) = (token.chars().last().unwrap(), &token[..63]);
    let guessed = routes::feed(&format!("{rest}{}", if last == 'A' { 'B' } else { 'A' }));
    let first = app
        .anonymous()
        .get(&renewed)
        .await
        .problem(404, "not_found");
    for path in [
        &revoked,
        &guessed,
        &routes::feed("x"),
        &routes::feed("%2e%2e"),
    ] {
        // Signing in changes nothing.
        for who in [&app.anonymous(), &patient] {
            let refused = who.get(path).await.problem(404, "not_found");
            assert_eq!(told(&refused), told(&first), "{path}");
        }
    }
}

async fn r40_the_link_of_a_disabled_account_ends_at_once(app: TestApp) {
    let (staff, doctor) = (app.staff("sam").await, app.doctor("dora").await);
    let path = link(&app, &doctor).await;
    app.anonymous().get(&path).await.expect(StatusCode::OK);
    for (state, status) in [("disabled", 404), ("active", 200)] {
        let body = json!({ "state": state });
        let set = staff.patch(&routes::user(doctor.id), &body).await;
        set.expect(StatusCode::OK);
        assert_eq!(app.anonymous().get(&path).await.status, status, "{state}");
    }
}

#[tokio::test]
async fn r09_a_network_reads_feeds_only_so_often() {
    let setup = Setup {
        limits: Limits {
            feed_reads: NonZeroU32::new(3),
            ..Limits::default().unthrottled()
        },
        trusted_proxies: vec!["127.0.0.0/8"],
        ..Setup::default()
    };
    let app = TestApp::with(TestDb::sqlite(), setup).await;
    let patient = app.patient("pat").await;
    let path = link(&app, &patient).await;
    let look = async |path: &str, from: &str| {
        let request = app.anonymous().request(reqwest::Method::GET, path);
        request.header("x-forwarded-for", from).send().await
    };
    let wrong = routes::feed("wrong");
    for (path, status) in [(&path, 200), (&wrong, 404), (&path, 200)] {
        assert_eq!(look(path, "198.51.100.1").await.status, status);
    }
    let refused = look(&path, "198.51.100.2").await;
    assert!(refused.headers.contains_key("retry-after"));
    refused.problem(429, "rate_limited");
    assert_eq!(
        look(&path, "198.51.101.1").await.status,
        200,
        "another network"
    );
}
