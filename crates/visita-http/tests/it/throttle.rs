//! How often credentials may be tried, and what a flood of them does (R27, R53).

use std::num::NonZeroU32;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use visita_http::state::Limits;
use visita_testkit::TestDb;
use visita_wire::routes;

use crate::harness::{PASSWORD, Setup, TestApp, on_both};
use crate::person::Answer;

on_both!(r53_a_hundred_sign_ins_at_once_are_served_or_told_to_wait,);

on_both!(db;
    r27_guesses_of_one_network_are_stopped_and_others_still_sign_in,
    r27_ten_thousand_guesses_are_stopped_and_the_owner_still_signs_in,
    r27_an_account_has_so_many_tries_and_a_stolen_device_too,
    r27_each_failure_makes_others_wait_and_the_trail_tells_once_a_minute,
    r27_the_present_password_is_guessed_as_slowly,
    r38_a_sign_in_on_a_device_that_is_not_known_is_told_by_mail,
);

async fn r53_a_hundred_sign_ins_at_once_are_served_or_told_to_wait(app: TestApp) {
    let ana = app.patient("ana").await;
    let body = json!({ "email": ana.email, "password": PASSWORD });
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let (anonymous, body) = (app.anonymous(), body.clone());
        tasks.spawn(async move { anonymous.post(routes::LOGIN, &body).await });
    }
    let answers = tasks.join_all().await;
    let good = answers
        .iter()
        .filter(|answer| answer.status == StatusCode::OK)
        .count();
    assert!(good >= 32, "{good}");
    for answer in answers {
        if answer.status != StatusCode::OK {
            assert!(answer.headers.contains_key("retry-after"), "{answer:?}");
            answer.problem(503, "unavailable");
        }
    }
    ana.get(routes::ME).await.expect(StatusCode::OK);
}

/// A server that counts tries and believes what the test says about addresses.
async fn throttled(db: TestDb, network: u32, account: u32) -> TestApp {
    let setup = Setup {
        limits: Limits {
            credential_tries: NonZeroU32::new(network),
            account_tries: NonZeroU32::new(account),
            ..Limits::default()
        },
        trusted_proxies: vec!["127.0.0.0/8"],
        ..Setup::default()
    };
    TestApp::with(db, setup).await
}

/// Signs in from an address, with a device's cookie if there is one.
async fn login(
    app: &TestApp,
    email: &str,
    password: &str,
    from: &str,
    device: Option<&str>,
) -> Answer {
    let mut request = app
        .anonymous()
        .request(Method::POST, routes::LOGIN)
        .header("x-forwarded-for", from);
    if let Some(device) = device {
        request = request.header("cookie", &format!("__Host-dev={device}"));
    }
    let body = json!({ "email": email, "password": password });
    request.json(&body).send().await
}

const WRONG: &str = "not-the-password-at-all";

async fn r27_guesses_of_one_network_are_stopped_and_others_still_sign_in(db: TestDb) {
    let app = throttled(db, 3, 100).await;
    let ana = app.patient("ana").await;
    for host in 1..=3 {
        app.clock.advance_secs(5);
        let guess = login(&app, &ana.email, WRONG, &format!("198.51.100.{host}"), None).await;
        guess.problem(401, "wrong_credentials");
    }
    let stopped = login(&app, &ana.email, PASSWORD, "198.51.100.9", None).await;
    let stopped = stopped.problem(429, "rate_limited");
    assert_eq!(stopped.header("retry-after"), "6");
    // Registration is a way to try addresses, so it counts with sign-in.
    let newcomer = json!({
        "hospital_id": app.hospital, "name": "New Person", "email": "new@example.org",
        "language": "en",
    });
    let registering = app
        .anonymous()
        .request(Method::POST, routes::REGISTER)
        .header("x-forwarded-for", "198.51.100.10")
        .json(&newcomer)
        .send()
        .await;
    registering.problem(429, "rate_limited");
    app.clock.advance_secs(5);
    let elsewhere = login(&app, &ana.email, PASSWORD, "203.0.113.5", None).await;
    elsewhere.expect(StatusCode::OK);
    ana.get(routes::ME).await.expect(StatusCode::OK);
}

async fn r27_ten_thousand_guesses_are_stopped_and_the_owner_still_signs_in(db: TestDb) {
    // Without the limit of the account, so that the row of failures alone stops them.
    let app = throttled(db, 60, 100_000).await;
    let (ana, bob) = (app.patient("ana").await, app.patient("bob").await);
    let known = login(&app, &ana.email, PASSWORD, "203.0.113.5", None).await;
    let device = known.cookie("__Host-dev").expect("a device cookie");
    let bobs = login(&app, &bob.email, PASSWORD, "203.0.113.6", None).await;
    let bobs = bobs.cookie("__Host-dev").expect("a device cookie");

    let mut hashed = 0;
    for guess in 0..10_000 {
        let from = format!("10.0.{}.1", guess % 200);
        let answer = login(&app, &ana.email, WRONG, &from, None).await;
        if answer.status == StatusCode::UNAUTHORIZED {
            hashed += 1;
        } else {
            answer.problem(429, "rate_limited");
        }
        app.clock.advance_secs(1);
    }
    assert_eq!(hashed, 100, "guesses that were looked at");
    let unknown = login(&app, &ana.email, PASSWORD, "192.0.2.1", None).await;
    let unknown = unknown.problem(429, "rate_limited");
    assert_eq!(unknown.header("retry-after"), "3600");
    for no_help in [bobs.as_str(), "", "AAAA"] {
        let stranger = login(&app, &ana.email, PASSWORD, "192.0.2.1", Some(no_help)).await;
        stranger.problem(429, "rate_limited");
    }
    // Nobody else waits for her.
    let other = login(&app, &bob.email, PASSWORD, "192.0.2.1", None).await;
    other.expect(StatusCode::OK);
    let owner = login(&app, &ana.email, PASSWORD, "192.0.2.1", Some(&device)).await;
    let owner = owner.expect(StatusCode::OK);
    assert_eq!(owner.cookie("__Host-dev"), None, "it is known already");
    // She has proved that she is there: the row of failures has ended.
    let elsewhere = login(&app, &ana.email, PASSWORD, "192.0.2.1", None).await;
    elsewhere.expect(StatusCode::OK);
}

async fn r27_an_account_has_so_many_tries_and_a_stolen_device_too(db: TestDb) {
    let app = throttled(db, 3, 2).await;
    let ana = app.patient("ana").await;
    let known = login(&app, &ana.email, PASSWORD, "203.0.113.5", None).await;
    let device = known.cookie("__Host-dev").expect("a device cookie");
    let mut wrong = 0;
    for network in 0..50 {
        app.clock.advance_secs(60);
        let answer = login(&app, &ana.email, WRONG, &format!("10.0.{network}.1"), None).await;
        if answer.status == StatusCode::UNAUTHORIZED {
            wrong += 1;
        } else {
            answer.problem(429, "rate_limited");
        }
    }
    // Her own two sign-ins took the account's tries; time may have given one back.
    assert!(wrong <= 1, "{wrong} guesses were looked at");
    let mut tries = 0;
    while login(&app, &ana.email, WRONG, "192.0.2.1", Some(&device))
        .await
        .status
        == StatusCode::UNAUTHORIZED
    {
        tries += 1;
        assert!(tries < 10, "a stolen device guesses without end");
    }
}

async fn r27_each_failure_makes_others_wait_and_the_trail_tells_once_a_minute(db: TestDb) {
    let app = throttled(db, 1000, 1000).await;
    let ana = app.patient("ana").await;
    for pause in [1, 2, 4, 8] {
        let wrong = login(&app, &ana.email, WRONG, "198.51.100.1", None).await;
        wrong.problem(401, "wrong_credentials");
        for _ in 0..5 {
            let early = login(&app, &ana.email, PASSWORD, "203.0.113.5", None).await;
            let early: Value = early.problem(429, "rate_limited").json();
            assert_eq!(early["retry_after_secs"], pause);
        }
        app.clock.advance_secs(pause);
    }
    let late = login(&app, &ana.email, PASSWORD, "203.0.113.5", None).await;
    late.expect(StatusCode::OK);
    let trail = app.dump("audit_events");
    assert_eq!(trail.matches("auth.login_throttled").count(), 1, "{trail}");
    assert_eq!(trail.matches("auth.login_failed").count(), 4, "{trail}");
}

async fn r27_the_present_password_is_guessed_as_slowly(db: TestDb) {
    let app = throttled(db, 1000, 1000).await;
    let ana = app.patient("ana").await;
    let guess = json!({ "current_password": WRONG, "new_password": "a-long-and-quiet-morning" });
    let answer = ana.post(routes::MY_PASSWORD, &guess).await;
    answer.problem(403, "wrong_password");
    let answer = ana.post(routes::MY_PASSWORD, &guess).await;
    answer.problem(429, "rate_limited");
    // Another way to ask is no more tries.
    let address = json!({ "current_password": WRONG, "email": "new@example.org" });
    let answer = ana.post(routes::MY_EMAIL, &address).await;
    answer.problem(429, "rate_limited");
    let step_up = json!({ "password": PASSWORD });
    let answer = ana.post(routes::STEP_UP, &step_up).await;
    answer.problem(429, "rate_limited");
    app.clock.advance_secs(1);
    let answer = ana.post(routes::STEP_UP, &step_up).await;
    answer.expect(StatusCode::NO_CONTENT);
}

async fn r38_a_sign_in_on_a_device_that_is_not_known_is_told_by_mail(db: TestDb) {
    let app = throttled(db, 1000, 1000).await;
    let ana = app.patient("ana").await;
    assert_eq!(app.dump("mails"), "", "her first sign-in is no news");
    let known = login(&app, &ana.email, PASSWORD, "203.0.113.5", None).await;
    let device = known.cookie("__Host-dev").expect("a device cookie");
    assert_eq!(app.dump("mails").matches("new_device_notice").count(), 1);
    login(&app, &ana.email, PASSWORD, "192.0.2.1", Some(&device))
        .await
        .expect(StatusCode::OK);
    assert_eq!(app.dump("mails").matches("new_device_notice").count(), 1);
    let wrong = login(&app, &ana.email, WRONG, "192.0.2.1", None).await;
    wrong.problem(401, "wrong_credentials");
    assert_eq!(app.dump("mails").matches("new_device_notice").count(), 1);
}
