//! How long a session lives, and what ends it.

use reqwest::{Method, StatusCode};
use serde_json::json;
use visita_domain::people::Role;
use visita_wire::auth::SessionView;
use visita_wire::{Page, routes};

use crate::harness::{PASSWORD, Person, TestApp, on_both};

on_both!(
    r39_every_sign_in_opens_a_session_of_its_own,
    r39_what_the_database_holds_of_a_token_opens_nothing,
    r42_all_other_sessions_end_at_once,
    r41_sessions_end_when_idle_and_in_any_case,
    r41_asking_again_and_again_does_not_keep_a_session_alive,
    r41_no_parameter_of_a_client_skips_the_end,
);

#[tokio::test]
async fn r61_signing_out_clears_the_browser() {
    let app = TestApp::new().await;
    let ana = app.patient("ana").await;
    let out = ana.by_cookie(routes::LOGOUT).send().await;
    let out = out.expect(StatusCode::NO_CONTENT);
    assert_eq!(out.header("clear-site-data"), "\"cache\", \"storage\"");
    // The browser drops the cookie at once, too.
    assert_eq!(out.cookie("__Host-rt").as_deref(), Some(""));
    // Nobody else's storages are cleared: not by a request from another site.
    let foreign = app.anonymous().act(routes::LOGOUT).await;
    assert!(!foreign.headers.contains_key("clear-site-data"));
}

async fn sessions(person: &Person) -> Vec<SessionView> {
    let all: Page<SessionView> = person.get(routes::SESSIONS).await.json();
    all.items
}

async fn r39_every_sign_in_opens_a_session_of_its_own(app: TestApp) {
    let first = app.patient("ana").await;
    let mut second = first.clone();
    // Signed in already, and with a cookie that somebody else may have planted.
    let planted = second.cookie.clone().unwrap();
    let body = json!({ "email": second.email, "password": PASSWORD });
    let answer = second
        .request(reqwest::Method::POST, routes::LOGIN)
        .header("cookie", &format!("__Host-rt={planted}"))
        .json(&body)
        .send()
        .await
        .expect(StatusCode::OK);
    second.keep(&answer);
    assert_ne!(second.cookie.as_ref(), Some(&planted));
    let (ours, theirs) = (sessions(&second).await, sessions(&first).await);
    let current = |all: &[SessionView]| all.iter().find(|one| one.current).unwrap().id;
    assert_eq!(ours.len(), 2);
    assert_ne!(current(&ours), current(&theirs));
}

async fn r39_what_the_database_holds_of_a_token_opens_nothing(app: TestApp) {
    let ana = app.patient("ana").await;
    let token = ana.cookie.clone().unwrap();
    let dump = app.dump("refresh_tokens");
    assert!(!dump.contains(&token), "{dump}");
    let sign = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let words: Vec<&str> = dump
        .split(|c| !sign(c))
        .filter(|word| word.len() > 30)
        .collect();
    assert!(!words.is_empty(), "the dump holds a hash: {dump}");
    for word in words {
        let mut thief = app.anonymous();
        thief.cookie = Some(word.to_owned());
        let answer = thief.by_cookie(routes::REFRESH).send().await;
        answer.problem(401, "unauthenticated");
    }
    let owner = ana.by_cookie(routes::REFRESH).send().await;
    owner.expect(StatusCode::OK);
}

async fn r42_all_other_sessions_end_at_once(app: TestApp) {
    let here = app.patient("ana").await;
    let bob = app.patient("bob").await;
    let mut others = [here.clone(), here.clone()];
    for other in &mut others {
        other.sign_in().await;
    }
    here.delete(routes::SESSIONS)
        .await
        .expect(StatusCode::NO_CONTENT);
    for other in &others {
        other.get(routes::ME).await.problem(401, "unauthenticated");
        let renewed = other.by_cookie(routes::REFRESH).send().await;
        renewed.problem(401, "unauthenticated");
    }
    assert_eq!(sessions(&here).await.len(), 1);
    bob.get(routes::ME).await.expect(StatusCode::OK);
}

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;

async fn r41_sessions_end_when_idle_and_in_any_case(app: TestApp) {
    for (role, name, idle, absolute) in [
        (Role::Staff, "sam", 15 * MINUTE, 12 * HOUR),
        (Role::Doctor, "dora", 15 * MINUTE, 12 * HOUR),
        (Role::Patient, "ana", 60 * MINUTE, 24 * HOUR),
    ] {
        let mut person = app.person(role, Some(app.hospital), name).await;
        app.clock.advance_secs(idle - 1);
        let renewed = person.by_cookie(routes::REFRESH).send().await;
        person.keep(&renewed.expect(StatusCode::OK));
        app.clock.advance_secs(idle);
        let late = person.by_cookie(routes::REFRESH).send().await;
        late.problem(401, "unauthenticated");

        person.sign_in().await;
        let mut age = 0;
        while age + idle / 2 < absolute {
            app.clock.advance_secs(idle / 2);
            age += idle / 2;
            let renewed = person.by_cookie(routes::REFRESH).send().await;
            person.keep(&renewed.expect(StatusCode::OK));
        }
        app.clock.advance_secs(absolute - age);
        let old = person.by_cookie(routes::REFRESH).send().await;
        old.problem(401, "unauthenticated");
        person.get(routes::ME).await.problem(401, "unauthenticated");
    }
}

async fn r41_asking_again_and_again_does_not_keep_a_session_alive(app: TestApp) {
    let staff = app.staff("sam").await;
    // A token of five minutes whenever one ends, as a script that polls would have it.
    for minute in 1..15 {
        app.clock.advance_secs(MINUTE);
        let polling = staff.with_fresh_token(&app);
        for path in [routes::ME, routes::DASHBOARD, routes::SESSIONS] {
            let answer = polling.get(path).await;
            assert_eq!(answer.status, StatusCode::OK, "minute {minute} {path}");
        }
        polling
            .act(routes::WS_TICKETS)
            .await
            .expect(StatusCode::CREATED);
    }
    app.clock.advance_secs(MINUTE);
    let polling = staff.with_fresh_token(&app);
    polling
        .get(routes::ME)
        .await
        .problem(401, "unauthenticated");
}

/// CVE-2026-25476: elsewhere a parameter told the server not to look at the time.
async fn r41_no_parameter_of_a_client_skips_the_end(app: TestApp) {
    const WISHES: [&str; 3] = ["skip_timeout_reset=1", "keep_alive=true", "remember_me=1"];
    let staff = app.staff("sam").await;
    let asking = async |person: &Person, wish: &str| {
        let path = format!("{}?{wish}", routes::ME);
        let (name, value) = wish.split_once('=').unwrap();
        let header = format!("x-{}", name.replace('_', "-"));
        person
            .request(Method::GET, &path)
            .header(&header, value)
            .header("cookie", wish)
            .send()
            .await
            .status
    };
    for minute in 1..15 {
        app.clock.advance_secs(MINUTE);
        let polling = staff.with_fresh_token(&app);
        for wish in WISHES {
            let status = asking(&polling, wish).await;
            assert_eq!(status, StatusCode::OK, "minute {minute} {wish}");
        }
    }
    app.clock.advance_secs(MINUTE);
    let polling = staff.with_fresh_token(&app);
    for wish in WISHES {
        let status = asking(&polling, wish).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{wish}");
        let path = format!("{}?{wish}", routes::REFRESH);
        let renewed = staff.by_cookie(&path).send().await;
        renewed.problem(401, "unauthenticated");
        let (name, value) = wish.split_once('=').unwrap();
        let body = json!({ "email": staff.email, "password": PASSWORD, name: value });
        let login = app.anonymous().post(routes::LOGIN, &body).await;
        login.problem(422, "validation_failed");
    }
}
