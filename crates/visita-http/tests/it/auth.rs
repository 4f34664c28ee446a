//! Sign-in, tokens, renewal and sign-out.

use std::num::NonZeroU32;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use visita_http::state::Limits;
use visita_http::tokens::TokenKeys;
use visita_testkit::TestDb;
use visita_wire::auth::{APP_HEADER, SessionView};
use visita_wire::{Page, routes};

use crate::harness::{PASSWORD, Setup, TestApp, on_both};
use crate::person::Answer;

on_both!(
    a_refresh_token_works_once_and_its_reuse_ends_the_session,
    a_lost_answer_may_be_asked_for_again,
    signing_out_acts_on_the_next_request,
);

#[tokio::test]
async fn wrong_unknown_and_disabled_get_the_same_answer() {
    let app = TestApp::new().await;
    let (ana, bob) = (app.patient("ana").await, app.patient("bob").await);
    let staff = app.staff("sam").await;
    let disable = json!({ "state": "disabled" });
    staff
        .patch(&routes::user(bob.id), &disable)
        .await
        .expect(StatusCode::OK);
    let mut answers = Vec::new();
    for (email, password) in [
        (ana.email.as_str(), "not-the-password-at-all"),
        ("nobody@example.org", PASSWORD),
        (bob.email.as_str(), PASSWORD),
        ("no address", PASSWORD),
    ] {
        let body = json!({ "email": email, "password": password });
        let answer = app.anonymous().post(routes::LOGIN, &body).await;
        let mut body: Value = answer.problem(401, "wrong_credentials").json();
        body.as_object_mut().unwrap().remove("request_id");
        answers.push(body.to_string());
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    // The address is read without regard to case and white space.
    let body = json!({ "email": " ANA@Example.org ", "password": PASSWORD });
    app.anonymous()
        .post(routes::LOGIN, &body)
        .await
        .expect(StatusCode::OK);
}

#[tokio::test]
async fn a_disabled_user_is_out_with_the_next_request() {
    let app = TestApp::new().await;
    let (mut ana, staff) = (app.patient("ana").await, app.staff("sam").await);
    ana.get(routes::ME).await.expect(StatusCode::OK);
    let disable = json!({ "state": "disabled" });
    staff
        .patch(&routes::user(ana.id), &disable)
        .await
        .expect(StatusCode::OK);
    ana.get(routes::ME).await.problem(401, "unauthenticated");
    ana.by_cookie(routes::REFRESH)
        .send()
        .await
        .problem(401, "unauthenticated");
    let enable = json!({ "state": "active" });
    staff
        .patch(&routes::user(ana.id), &enable)
        .await
        .expect(StatusCode::OK);
    ana.get(routes::ME).await.problem(401, "unauthenticated");
    ana.sign_in().await;
    ana.get(routes::ME).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn weak_passwords_are_refused_with_a_reason() {
    let app = TestApp::new().await;
    let ana = app.patient("ana").await;
    let change =
        |current: &str, new: &str| json!({ "current_password": current, "new_password": new });
    let path = routes::MY_PASSWORD;
    ana.post(path, &change(PASSWORD, "short"))
        .await
        .problem(422, "weak_password");
    let wrong = ana
        .post(path, &change("wrong", "a-long-and-quiet-morning"))
        .await;
    let body: Value = wrong.problem(422, "validation_failed").json();
    assert_eq!(body["errors"][0]["field"], "current_password");
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() {
    let app = TestApp::new().await;
    let mut here = app.patient("ana").await;
    let mut there = here.clone();
    there.sign_in().await;
    let sessions: Page<SessionView> = here.get(routes::SESSIONS).await.json();
    assert_eq!(sessions.items.len(), 2);
    assert_eq!(sessions.items.iter().filter(|one| one.current).count(), 1);
    let body = json!({ "current_password": PASSWORD, "new_password": "a-long-and-quiet-morning" });
    here.post(routes::MY_PASSWORD, &body)
        .await
        .expect(StatusCode::NO_CONTENT);
    there.get(routes::ME).await.problem(401, "unauthenticated");
    here.get(routes::ME).await.expect(StatusCode::OK);
    let renewed = here
        .by_cookie(routes::REFRESH)
        .send()
        .await
        .expect(StatusCode::OK);
    here.keep(&renewed);
    let body = json!({ "email": here.email, "password": PASSWORD });
    here.post(routes::LOGIN, &body)
        .await
        .problem(401, "wrong_credentials");
}

#[tokio::test]
async fn forged_expired_and_foreign_tokens_are_refused() {
    let app = TestApp::new().await;
    let ana = app.patient("ana").await;
    let token = ana.token.clone().unwrap();
    let parts: Vec<&str> = token.split('.').collect();
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
    let mut richer = claims.clone();
    richer["sub"] = json!(app.staff("sam").await.id);
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let none = encode(&json!({ "alg": "none", "typ": "at+jwt" }));
    let hs256 = encode(&json!({ "alg": "HS256", "typ": "at+jwt" }));
    let other_ring = TokenKeys::from_seeds(&[[8; 32]]).unwrap();
    let session = serde_json::from_value(claims["sid"].clone()).unwrap();
    let foreign = other_ring
        .issue(ana.id, session, crate::harness::start_of_tests())
        .unwrap();
    for (name, forged) in [
        (
            "tampered",
            format!("{}.{}.{}", parts[0], encode(&richer), parts[2]),
        ),
        ("none", format!("{none}.{}.", parts[1])),
        ("HS256", format!("{hs256}.{}.{}", parts[1], parts[2])),
        ("foreign key", foreign),
        ("refresh token", ana.cookie.clone().unwrap()),
        ("nothing", String::new()),
    ] {
        let mut forger = ana.clone();
        forger.token = Some(forged);
        let answer = forger.get(routes::ME).await;
        assert_eq!(answer.header("www-authenticate"), "Bearer", "{name}");
        answer.problem(401, "unauthenticated");
    }
    ana.get(routes::ME).await.expect(StatusCode::OK);
    app.clock.advance_secs(5 * 60 + 6);
    ana.get(routes::ME).await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn a_token_of_another_role_opens_no_door() {
    let app = TestApp::new().await;
    let ana = app.patient("ana").await;
    ana.get(routes::USERS).await.problem(403, "forbidden");
    ana.get(routes::LOBBY).await.problem(403, "forbidden");
    // Not even with a body that would be refused: who it is comes first.
    ana.post(routes::HOSPITALS, &json!({ "x": 1 }))
        .await
        .problem(403, "forbidden");
    let anonymous = app.anonymous();
    anonymous
        .post(routes::HOSPITALS, &json!({ "x": 1 }))
        .await
        .problem(401, "unauthenticated");
}

async fn a_refresh_token_works_once_and_its_reuse_ends_the_session(app: TestApp) {
    let mut ana = app.patient("ana").await;
    let first = ana.clone();
    let renewed = ana
        .by_cookie(routes::REFRESH)
        .send()
        .await
        .expect(StatusCode::OK);
    ana.keep(&renewed);
    assert_ne!(ana.cookie, first.cookie);
    ana.get(routes::ME).await.expect(StatusCode::OK);
    app.clock.advance_secs(60);
    // Somebody else has the old token.
    let reused = first.by_cookie(routes::REFRESH).send().await;
    reused.problem(401, "unauthenticated");
    ana.get(routes::ME).await.problem(401, "unauthenticated");
    first.get(routes::ME).await.problem(401, "unauthenticated");
    ana.by_cookie(routes::REFRESH)
        .send()
        .await
        .problem(401, "unauthenticated");
}

async fn a_lost_answer_may_be_asked_for_again(app: TestApp) {
    let mut ana = app.patient("ana").await;
    ana.by_cookie(routes::REFRESH)
        .send()
        .await
        .expect(StatusCode::OK);
    app.clock.advance_secs(5);
    let again = ana
        .by_cookie(routes::REFRESH)
        .send()
        .await
        .expect(StatusCode::OK);
    ana.keep(&again);
    ana.get(routes::ME).await.expect(StatusCode::OK);
}

async fn signing_out_acts_on_the_next_request(app: TestApp) {
    let ana = app.patient("ana").await;
    ana.get(routes::ME).await.expect(StatusCode::OK);
    let out = ana
        .by_cookie(routes::LOGOUT)
        .send()
        .await
        .expect(StatusCode::NO_CONTENT);
    assert_eq!(out.refresh_cookie().as_deref(), Some(""));
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    ana.get(routes::ME).await.problem(401, "unauthenticated");
    ana.by_cookie(routes::REFRESH)
        .send()
        .await
        .problem(401, "unauthenticated");
    ana.by_cookie(routes::LOGOUT)
        .send()
        .await
        .expect(StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn ending_a_session_ends_that_session_only() {
    let app = TestApp::new().await;
    let here = app.patient("ana").await;
    let mut there = here.clone();
    there.sign_in().await;
    let sessions: Page<SessionView> = here.get(routes::SESSIONS).await.json();
    let other = sessions.items.iter().find(|one| !one.current).unwrap().id;
    app.patient("bob")
        .await
        .delete(&routes::session(other))
        .await
        .problem(404, "not_found");
    here.delete(&routes::session(other))
        .await
        .expect(StatusCode::NO_CONTENT);
    there.get(routes::ME).await.problem(401, "unauthenticated");
    here.get(routes::ME).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn sessions_end_when_idle_and_in_any_case() {
    let app = TestApp::new().await;
    let mut staff = app.staff("sam").await;
    app.clock.advance_secs(15 * 60 + 1);
    staff
        .by_cookie(routes::REFRESH)
        .send()
        .await
        .problem(401, "unauthenticated");
    staff.sign_in().await;
    for _ in 0..12 * 6 {
        app.clock.advance_secs(10 * 60);
        let renewed = staff.by_cookie(routes::REFRESH).send().await;
        if renewed.status != StatusCode::OK {
            renewed.problem(401, "unauthenticated");
            return;
        }
        staff.keep(&renewed);
    }
    panic!("the session outlived twelve hours");
}

#[tokio::test]
async fn cookies_count_only_from_our_own_pages() {
    let app = TestApp::new().await;
    let ana = app.patient("ana").await;
    let origin = app.origin();
    for path in [routes::REFRESH, routes::LOGOUT] {
        for (name, headers) in [
            ("nothing", vec![]),
            ("no site", vec![(APP_HEADER, "1")]),
            (
                "cross-site",
                vec![(APP_HEADER, "1"), ("sec-fetch-site", "cross-site")],
            ),
            (
                "same-site",
                vec![(APP_HEADER, "1"), ("sec-fetch-site", "same-site")],
            ),
            (
                "address bar",
                vec![(APP_HEADER, "1"), ("sec-fetch-site", "none")],
            ),
            (
                "cross-site with our origin",
                vec![
                    (APP_HEADER, "1"),
                    ("sec-fetch-site", "cross-site"),
                    ("origin", &origin),
                ],
            ),
            ("form", vec![("sec-fetch-site", "same-origin")]),
            (
                "foreign origin",
                vec![(APP_HEADER, "1"), ("origin", "https://evil.example")],
            ),
            ("null origin", vec![(APP_HEADER, "1"), ("origin", "null")]),
        ] {
            let cookie = format!("__Host-rt={}", ana.cookie.as_deref().unwrap());
            let mut request = app
                .anonymous()
                .request(Method::POST, path)
                .header("cookie", &cookie);
            for (header, value) in headers {
                request = request.header(header, value);
            }
            let answer = request.send().await;
            assert_eq!(
                answer.status,
                StatusCode::FORBIDDEN,
                "{path} {name}: {answer:?}"
            );
            answer.problem(403, "cross_site");
        }
    }
    let cookie = format!("__Host-rt={}", ana.cookie.as_deref().unwrap());
    let by_origin = app.anonymous().request(Method::POST, routes::REFRESH);
    let by_origin = by_origin
        .header("cookie", &cookie)
        .header("origin", &origin);
    by_origin
        .header(APP_HEADER, "1")
        .send()
        .await
        .expect(StatusCode::OK);
}

#[tokio::test]
async fn a_hundred_sign_ins_at_once_are_served_or_told_to_wait() {
    let app = TestApp::new().await;
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
async fn throttled(network: u32, account: u32) -> TestApp {
    let setup = Setup {
        limits: Limits {
            credential_tries: NonZeroU32::new(network),
            account_tries: NonZeroU32::new(account),
            ..Limits::default()
        },
        trusted_proxies: vec!["127.0.0.0/8"],
        ..Setup::default()
    };
    TestApp::with(TestDb::sqlite(), setup).await
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

#[tokio::test]
async fn r27_guesses_of_one_network_are_stopped_and_others_still_sign_in() {
    let app = throttled(3, 100).await;
    let ana = app.patient("ana").await;
    for host in 1..=3 {
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
    let elsewhere = login(&app, &ana.email, PASSWORD, "203.0.113.5", None).await;
    elsewhere.expect(StatusCode::OK);
    ana.get(routes::ME).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn r27_guesses_from_many_networks_are_stopped_and_the_owner_still_signs_in() {
    let app = throttled(3, 2).await;
    let (ana, bob) = (app.patient("ana").await, app.patient("bob").await);
    let known = login(&app, &ana.email, PASSWORD, "203.0.113.5", None).await;
    let device = known.cookie("__Host-dev").expect("a device cookie");
    let bobs = login(&app, &bob.email, PASSWORD, "203.0.113.6", None).await;
    let bobs = bobs.cookie("__Host-dev").expect("a device cookie");

    let mut wrong = 0;
    for network in 0..200 {
        let from = format!("10.0.{network}.1");
        let answer = login(&app, &ana.email, WRONG, &from, None).await;
        if answer.status == StatusCode::UNAUTHORIZED {
            wrong += 1;
        } else {
            answer.problem(429, "rate_limited");
        }
    }
    // Her own two sign-ins took the account's tries; time may have given one back.
    assert!(wrong <= 1, "{wrong} guesses were looked at");
    let unknown = login(&app, &ana.email, PASSWORD, "192.0.2.1", None).await;
    unknown.problem(429, "rate_limited");
    for no_help in [bobs.as_str(), "", "AAAA"] {
        let stranger = login(&app, &ana.email, PASSWORD, "192.0.2.1", Some(no_help)).await;
        stranger.problem(429, "rate_limited");
    }
    let owner = login(&app, &ana.email, PASSWORD, "192.0.2.1", Some(&device)).await;
    let owner = owner.expect(StatusCode::OK);
    assert_eq!(
        owner.cookie("__Host-dev"),
        None,
        "the device is known already"
    );
    // Her device has tries of its own, and not without end.
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
