//! First start: no default account, one printed token, one winner (SECURITY R31).

use futures_util::future::join_all;
use reqwest::StatusCode;
use serde_json::{Value, json};
use visita_domain::people::{Email, Role};
use visita_http::first_start::SETUP_TOKEN_SECS;
use visita_store::people;
use visita_wire::auth::TokenGrant;
use visita_wire::config::ConfigView;
use visita_wire::people::{HospitalView, UserView};
use visita_wire::{Page, routes};

use crate::harness::{Answer, PASSWORD, Person, TestApp, on_both, start_of_tests};
use crate::texts::TEXTS;

on_both!(empty;
    r31_nobody_gets_in_before_the_clinic_is_set_up_and_the_token_works_once,
    r31_a_wrong_an_old_and_a_used_token_get_the_same_answer,
    r31_of_many_set_ups_at_once_one_wins,
    r31_nothing_is_created_when_anything_is_invalid,
    r31_a_token_is_worth_nothing_once_somebody_has_an_account,
    r01_the_first_clinic_keeps_every_character,
);

fn body(token: &str, email: &str) -> Value {
    json!({
        "token": token,
        "hospital": { "name": "Harbour Health Lisbon", "slug": "harbour", "time_zone": "Europe/Lisbon" },
        "name": "Robin", "email": email, "password": PASSWORD,
    })
}

async fn set_up(app: &TestApp, token: &str) -> Answer {
    let body = body(token, "robin@example.org");
    app.anonymous().post(routes::SETUP, &body).await
}

async fn setup_needed(app: &TestApp) -> bool {
    let config: ConfigView = app.anonymous().get(routes::CONFIG).await.json();
    config.setup_needed
}

async fn hospitals(app: &TestApp) -> Vec<HospitalView> {
    let page: Page<HospitalView> = app.anonymous().get(routes::HOSPITALS).await.json();
    page.items
}

async fn is_empty(app: &TestApp) -> bool {
    hospitals(app).await.is_empty() && !app.store(people::has_users).await
}

async fn r31_nobody_gets_in_before_the_clinic_is_set_up_and_the_token_works_once(app: TestApp) {
    assert!(setup_needed(&app).await);
    let anonymous = app.anonymous();
    for email in ["admin@example.org", "root@example.org"] {
        for password in ["admin", "password", "visita-demo-password", PASSWORD] {
            let login = json!({ "email": email, "password": password });
            let answer = anonymous.post(routes::LOGIN, &login).await;
            answer.problem(401, "wrong_credentials");
        }
    }
    let token = app.setup_token.clone();
    let answer = set_up(&app, &token).await.expect(StatusCode::CREATED);
    let grant: TokenGrant = answer.json();
    assert_eq!(
        (grant.user.role, grant.user.hospital_id),
        (Role::Admin, None)
    );
    let cookie = answer.header("set-cookie");
    assert!(cookie.starts_with("__Host-rt=") && cookie.contains("; HttpOnly"));
    let mut robin = Person {
        email: "robin@example.org".to_owned(),
        ..app.anonymous()
    };
    robin.keep(&answer);
    robin.get(routes::DASHBOARD).await.expect(StatusCode::OK);
    assert_eq!(hospitals(&app).await[0].time_zone, "Europe/Lisbon");
    assert!(!setup_needed(&app).await);
    let again = body(&token, "eve@example.org");
    let refused = anonymous.post(routes::SETUP, &again).await;
    refused.problem(403, "setup_token_invalid");
    robin.sign_in().await;
    robin.get(routes::ME).await.expect(StatusCode::OK);
}

async fn r31_a_wrong_an_old_and_a_used_token_get_the_same_answer(app: TestApp) {
    let token = app.setup_token.clone();
    let mut answers = vec![set_up(&app, "a-token-that-nobody-printed").await];
    app.clock.advance_secs(SETUP_TOKEN_SECS);
    answers.push(set_up(&app, &token).await);
    assert!(is_empty(&app).await && setup_needed(&app).await);
    app.clock.advance_secs(-1);
    set_up(&app, &token).await.expect(StatusCode::CREATED);
    answers.push(set_up(&app, &token).await);
    let mut told: Vec<String> = answers
        .into_iter()
        .map(|answer| {
            let mut body: Value = answer.problem(403, "setup_token_invalid").json();
            body.as_object_mut().unwrap().remove("request_id");
            body.to_string()
        })
        .collect();
    told.dedup();
    assert_eq!(told.len(), 1, "{told:?}");
}

async fn r31_of_many_set_ups_at_once_one_wins(app: TestApp) {
    let rivals = (0..6).map(|n| {
        let (who, email) = (app.anonymous(), format!("rival{n}@example.org"));
        let body = body(&app.setup_token, &email);
        async move { who.post(routes::SETUP, &body).await }
    });
    let (won, lost): (Vec<_>, Vec<_>) = join_all(rivals)
        .await
        .into_iter()
        .partition(|answer| answer.status == StatusCode::CREATED);
    assert_eq!((won.len(), lost.len()), (1, 5), "{lost:?}");
    for answer in lost {
        answer.problem(403, "setup_token_invalid");
    }
    let mut winner = app.anonymous();
    winner.keep(&won[0]);
    let users: Page<UserView> = winner.get(routes::USERS).await.json();
    assert_eq!((users.items.len(), hospitals(&app).await.len()), (1, 1));
}

async fn r31_nothing_is_created_when_anything_is_invalid(app: TestApp) {
    for (path, value, code, field) in [
        ("/email", "no address", "validation_failed", "email"),
        ("/name", "", "validation_failed", "name"),
        ("/name", " ", "validation_failed", "name"),
        ("/password", "short", "weak_password", "password"),
        (
            "/password",
            "harbour health lisbon",
            "weak_password",
            "password",
        ),
        ("/hospital/name", "", "validation_failed", "hospital.name"),
        ("/hospital/name", " ", "validation_failed", "hospital.name"),
        (
            "/hospital/slug",
            "No Slug",
            "validation_failed",
            "hospital.slug",
        ),
        (
            "/hospital/time_zone",
            "Mars/Base",
            "validation_failed",
            "hospital.time_zone",
        ),
    ] {
        let mut sent = body(&app.setup_token, "robin@example.org");
        *sent.pointer_mut(path).unwrap() = json!(value);
        let answer = app.anonymous().post(routes::SETUP, &sent).await;
        let told: Value = answer.problem(422, code).json();
        assert_eq!(told["errors"][0]["field"], field, "{path} {value:?}");
        assert!(is_empty(&app).await, "{path} {value:?}");
    }
    // None of this has used the token up.
    let token = app.setup_token.clone();
    set_up(&app, &token).await.expect(StatusCode::CREATED);
}

async fn r31_a_token_is_worth_nothing_once_somebody_has_an_account(app: TestApp) {
    let email = Email::parse("cli@example.org").unwrap();
    app.store(move |conn| people::create_admin(conn, "Cli", &email, "phc", start_of_tests()))
        .await;
    let refused = set_up(&app, &app.setup_token).await;
    refused.problem(403, "setup_token_invalid");
    assert!(!setup_needed(&app).await);
    assert!(hospitals(&app).await.is_empty());
}

async fn r01_the_first_clinic_keeps_every_character(app: TestApp) {
    let text: String = TEXTS.concat().chars().take(100).collect();
    let mut body = body(&app.setup_token, "robin@example.org");
    body["name"] = json!(text);
    for name in ["name", "phone", "address"] {
        let text: String = text
            .chars()
            .take(if name == "phone" { 40 } else { 100 })
            .collect();
        body["hospital"][name] = json!(text);
    }
    let answer = app.anonymous().post(routes::SETUP, &body).await;
    let answer = answer.expect(StatusCode::CREATED);
    let mut robin = app.anonymous();
    robin.keep(&answer);
    let me: Value = robin.get(routes::ME).await.json();
    assert_eq!(me["name"], text);
    let id = hospitals(&app).await[0].id;
    let made: Value = robin.get(&routes::hospital(id)).await.json();
    for name in ["name", "phone", "address"] {
        assert_eq!(made[name], body["hospital"][name], "{name}");
    }
}
