//! How people get into their accounts: registration, invitation, a forgotten password and
//! a new address.

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::{Value, json};
use visita_http::passwords::HashCost;
use visita_http::state::Limits;
use visita_testkit::TestDb;
use visita_wire::auth::TokenGrant;
use visita_wire::people::UserView;
use visita_wire::routes;

use crate::harness::{PASSWORD, Person, Setup, TestApp, on_both};
use crate::mailbox::Arrived;
use crate::person::Answer;

const CHOSEN: &str = "a-long-and-quiet-morning";

on_both!(db; r33_known_and_unknown_addresses_take_the_same_time);

on_both!(
    a_patient_signs_up_confirms_the_address_and_is_signed_in,
    a_forgotten_password_is_replaced_and_every_session_ends,
    r35_an_invited_person_chooses_the_password,
    a_new_address_signs_in_once_it_is_confirmed,
    r33_known_and_unknown_addresses_get_the_same_answer,
    r34_used_old_foreign_and_invented_codes_get_the_same_answer,
    r34_a_code_acts_on_its_own_account_only,
);

fn registration(app: &TestApp, email: &str) -> Value {
    json!({ "hospital_id": app.hospital, "name": "Zoe", "email": email })
}

/// Asks for an account, and reads the mail.
async fn registered(app: &TestApp, email: &str) -> Arrived {
    let answer = app
        .anonymous()
        .post(routes::REGISTER, &registration(app, email))
        .await;
    answer.expect(StatusCode::ACCEPTED);
    app.mailbox.next_to(email).await
}

/// Asks for a new password, and reads the mail.
async fn forgotten(app: &TestApp, email: &str) -> Arrived {
    let body = json!({ "email": email });
    let answer = app.anonymous().post(routes::FORGOT_PASSWORD, &body).await;
    answer.expect(StatusCode::ACCEPTED);
    app.mailbox.next_to(email).await
}

async fn choose(app: &TestApp, path: &str, token: &str) -> Answer {
    let body = json!({ "token": token, "password": CHOSEN });
    app.anonymous().post(path, &body).await
}

async fn verify(app: &TestApp, token: &str) -> Answer {
    let body = json!({ "token": token });
    app.anonymous().post(routes::VERIFY_EMAIL, &body).await
}

async fn login(app: &TestApp, email: &str, password: &str) -> Answer {
    let body = json!({ "email": email, "password": password });
    app.anonymous().post(routes::LOGIN, &body).await
}

async fn a_patient_signs_up_confirms_the_address_and_is_signed_in(app: TestApp) {
    let mail = registered(&app, "zoe@example.org").await;
    assert!(mail.subject.contains("confirm"), "{}", mail.subject);
    let (purpose, token) = mail.link();
    assert_eq!(purpose, "register");
    login(&app, "zoe@example.org", CHOSEN)
        .await
        .problem(401, "wrong_credentials");
    let answer = choose(&app, routes::ACTIVATE, token)
        .await
        .expect(StatusCode::OK);
    let grant: TokenGrant = answer.json();
    assert_eq!(grant.user.hospital_id, Some(app.hospital));
    assert_eq!(grant.user.time_zone.as_deref(), Some("Europe/Paris"));
    let cookie = answer.refresh_cookie();
    assert!(cookie.is_some(), "with all its attributes");
    let mut zoe = app.anonymous();
    zoe.keep(&answer);
    zoe.get(routes::DASHBOARD).await.expect(StatusCode::OK);
    login(&app, "zoe@example.org", CHOSEN)
        .await
        .expect(StatusCode::OK);
}

#[tokio::test]
async fn weak_passwords_are_refused_and_cost_no_code() {
    let app = TestApp::new().await;
    let token = registered(&app, "zoe.example@example.org").await.token();
    for password in ["short", "aaaaaaaaaaaaaaaaaaaa", "zoe.example@example.org"] {
        let body = json!({ "token": token, "password": password });
        let answer = app.anonymous().post(routes::ACTIVATE, &body).await;
        let body: Value = answer.problem(422, "weak_password").json();
        assert_eq!(body["errors"][0]["field"], "password");
        assert!(!body.to_string().contains(password), "{body}");
    }
    choose(&app, routes::ACTIVATE, &token)
        .await
        .expect(StatusCode::OK);
}

async fn a_forgotten_password_is_replaced_and_every_session_ends(app: TestApp) {
    let ana = app.patient("ana").await;
    let mail = forgotten(&app, &ana.email).await;
    let token = mail.token();
    choose(&app, routes::RESET_PASSWORD, &token)
        .await
        .expect(StatusCode::NO_CONTENT);
    ana.get(routes::ME).await.problem(401, "unauthenticated");
    ana.by_cookie(routes::REFRESH)
        .send()
        .await
        .problem(401, "unauthenticated");
    login(&app, &ana.email, PASSWORD)
        .await
        .problem(401, "wrong_credentials");
    login(&app, &ana.email, CHOSEN).await.expect(StatusCode::OK);
    let notice = app.mailbox.next_to(&ana.email).await;
    assert!(notice.subject.contains("was changed"), "{}", notice.subject);
    assert!(!notice.body.contains('#'), "a notice leads nowhere secret");
}

async fn r35_an_invited_person_chooses_the_password(app: TestApp) {
    let staff = app.staff("sam").await;
    let body = json!({ "role": "doctor", "name": "Dora", "email": "dora@example.org" });
    let made = staff.post(routes::USERS, &body).await;
    let view: UserView = made.expect(StatusCode::CREATED).json();
    assert_eq!(json!(view.state), "invited");
    let first = app.mailbox.next_to("dora@example.org").await;
    let again = staff.act(&routes::invitation(view.id)).await;
    let again: Value = again.expect(StatusCode::ACCEPTED).json();
    assert_eq!(again["valid_minutes"], 72 * 60);
    let second = app.mailbox.next_to("dora@example.org").await;
    assert_eq!(second.link().0, "invite");
    // An invited person is no stranger, and yet has no password to forget.
    let body = json!({ "email": "dora@example.org" });
    app.anonymous()
        .post(routes::FORGOT_PASSWORD, &body)
        .await
        .expect(StatusCode::ACCEPTED);
    app.clock.advance_secs(71 * 60 * 60);
    let answer = choose(&app, routes::ACTIVATE, &first.token()).await;
    let grant: TokenGrant = answer.expect(StatusCode::OK).json();
    assert_eq!(grant.user.id, view.id);
    choose(&app, routes::ACTIVATE, &second.token())
        .await
        .problem(400, "code_invalid");
    let mut sam = staff.clone();
    sam.sign_in().await;
    sam.act(&routes::invitation(view.id))
        .await
        .problem(409, "not_invited");
}

async fn a_new_address_signs_in_once_it_is_confirmed(app: TestApp) {
    let (ana, doctor) = (app.patient("ana").await, app.doctor("dora").await);
    let ask = |email: &str, password: &str| {
        let body = json!({ "email": email, "current_password": password });
        let ana = ana.clone();
        async move { ana.post(routes::MY_EMAIL, &body).await }
    };
    let wrong: Value = ask("new@example.org", "wrong")
        .await
        .problem(403, "wrong_password")
        .json();
    assert_eq!(wrong["errors"][0]["field"], "current_password");
    let own = ask(&ana.email, PASSWORD).await;
    own.problem(422, "validation_failed");
    let known = ask(&doctor.email, PASSWORD).await;
    let known = known.expect(StatusCode::ACCEPTED);
    let unknown = ask("new@example.org", PASSWORD).await;
    assert_eq!(known.bytes, unknown.expect(StatusCode::ACCEPTED).bytes);
    let (mut told, mut token) = (Vec::new(), None);
    for _ in 0..4 {
        let mail = app.mailbox.next().await;
        if mail.to == "new@example.org" {
            token = Some(mail.token());
        }
        told.push(mail.to);
    }
    told.sort();
    let expected = [&ana.email, &ana.email, &doctor.email, "new@example.org"];
    assert_eq!(told, expected, "the old address is told each time");
    verify(&app, &token.unwrap())
        .await
        .expect(StatusCode::NO_CONTENT);
    login(&app, &ana.email, PASSWORD)
        .await
        .problem(401, "wrong_credentials");
    login(&app, "new@example.org", PASSWORD)
        .await
        .expect(StatusCode::OK);
    // The sign-in sends mail too, at the same moment and in either order.
    let notice = app.mailbox.next_to(&ana.email).await;
    assert!(notice.subject.contains("was changed"), "{}", notice.subject);
}

/// What a client sees of an answer, but for what differs between any two.
fn seen(answer: &Answer) -> String {
    let mut headers: Vec<String> = answer
        .headers
        .iter()
        .filter(|(name, _)| !["date", "x-request-id"].contains(&name.as_str()))
        .map(|(name, value)| format!("{name}: {value:?}"))
        .collect();
    headers.sort();
    let mut body: Value = answer.json();
    body.as_object_mut().unwrap().remove("request_id");
    format!("{} {headers:?} {body}", answer.status)
}

async fn r33_known_and_unknown_addresses_get_the_same_answer(app: TestApp) {
    let (ana, bob, staff) = (
        app.patient("ana").await,
        app.patient("bob").await,
        app.staff("sam").await,
    );
    let disable = json!({ "state": "disabled" });
    staff
        .patch(&routes::user(bob.id), &disable)
        .await
        .expect(StatusCode::OK);
    let invited = json!({ "name": "Ivo", "email": "ivo@example.org" });
    staff
        .post(routes::PATIENTS, &invited)
        .await
        .expect(StatusCode::CREATED);
    let addresses = [
        "nobody@example.org",
        &ana.email,
        &bob.email,
        "ivo@example.org",
    ];
    for path in [routes::REGISTER, routes::FORGOT_PASSWORD] {
        let mut answers = Vec::new();
        for address in addresses {
            let body = match path {
                routes::REGISTER => registration(&app, address),
                _ => json!({ "email": address }),
            };
            let answer = app.anonymous().post(path, &body).await;
            answers.push(seen(&answer.expect(StatusCode::ACCEPTED)));
        }
        answers.dedup();
        assert_eq!(answers.len(), 1, "{path}: {answers:?}");
    }
}

/// How long the answer takes, at the median of many requests of each kind, sent in turn.
async fn medians(
    app: &TestApp,
    path: &str,
    bodies: [Value; 2],
    status: StatusCode,
) -> [Duration; 2] {
    const SAMPLES: usize = 200;
    let anonymous = app.anonymous();
    let mut times = [Vec::new(), Vec::new()];
    for round in 0..2 * SAMPLES {
        let which = round % 2;
        let start = Instant::now();
        anonymous.post(path, &bodies[which]).await.expect(status);
        times[which].push(start.elapsed());
        // So that no failure makes the next try wait.
        app.clock.advance_secs(25 * 60 * 60);
    }
    times.map(|mut of_one| {
        of_one.sort();
        of_one[SAMPLES / 2]
    })
}

async fn r33_known_and_unknown_addresses_take_the_same_time(db: TestDb) {
    let setup = Setup {
        // So that a hash that is left out shows: some ten milliseconds.
        hash: HashCost {
            memory_kib: 8 * 1024,
            passes: 1,
        },
        ..Setup::default()
    };
    let app = TestApp::with(db, setup).await;
    let ana = app.patient("ana").await;
    let sign_in = |email: &str| json!({ "email": email, "password": "not-the-password-at-all" });
    let accepted = StatusCode::ACCEPTED;
    let pairs = [
        (
            routes::LOGIN,
            [sign_in(&ana.email), sign_in("nobody@example.org")],
            StatusCode::UNAUTHORIZED,
        ),
        (
            routes::REGISTER,
            [
                registration(&app, &ana.email),
                registration(&app, "nobody@example.org"),
            ],
            accepted,
        ),
        (
            routes::FORGOT_PASSWORD,
            [
                json!({ "email": ana.email }),
                json!({ "email": "nobody@example.org" }),
            ],
            accepted,
        ),
    ];
    for (path, bodies, status) in pairs {
        let [known, unknown] = medians(&app, path, bodies, status).await;
        let (less, more) = (known.min(unknown), known.max(unknown));
        let shown = format!("{path}: {known:?} and {unknown:?}");
        assert!(more - less < Duration::from_millis(5), "{shown}");
        // A mail handed over in the request would be ten times as long.
        assert!(more < 2 * less, "{shown}");
    }
}

async fn r34_used_old_foreign_and_invented_codes_get_the_same_answer(app: TestApp) {
    let ana = app.patient("ana").await;
    let used = registered(&app, "used@example.org").await.token();
    choose(&app, routes::ACTIVATE, &used)
        .await
        .expect(StatusCode::OK);
    let old = registered(&app, "old@example.org").await.token();
    app.clock.advance_secs(10 * 60);
    let register = registered(&app, "new@example.org").await.token();
    let reset = forgotten(&app, &ana.email).await.token();
    let mut answers = Vec::new();
    for (path, token) in [
        (routes::ACTIVATE, used.as_str()),
        (routes::ACTIVATE, &old),
        (routes::ACTIVATE, &reset),
        (routes::ACTIVATE, "invented"),
        (routes::RESET_PASSWORD, &register),
        (routes::RESET_PASSWORD, &used),
        (routes::RESET_PASSWORD, "invented"),
    ] {
        let answer = choose(&app, path, token).await.problem(400, "code_invalid");
        answers.push(seen(&answer));
    }
    for token in [register.as_str(), &reset, "invented"] {
        let answer = verify(&app, token).await.problem(400, "code_invalid");
        answers.push(seen(&answer));
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    // None of this has spent the two that count.
    choose(&app, routes::ACTIVATE, &register)
        .await
        .expect(StatusCode::OK);
    choose(&app, routes::RESET_PASSWORD, &reset)
        .await
        .expect(StatusCode::NO_CONTENT);
}

async fn r34_a_code_acts_on_its_own_account_only(app: TestApp) {
    let (ana, bob) = (app.patient("ana").await, app.patient("bob").await);
    let anas = forgotten(&app, &ana.email).await.token();
    // Naming another account is no part of the request.
    let body = json!({ "token": anas, "password": CHOSEN, "email": bob.email });
    app.anonymous()
        .post(routes::RESET_PASSWORD, &body)
        .await
        .problem(422, "validation_failed");
    // Being somebody else changes nothing: the code is its own account's.
    let body = json!({ "token": anas, "password": CHOSEN });
    bob.post(routes::RESET_PASSWORD, &body)
        .await
        .expect(StatusCode::NO_CONTENT);
    login(&app, &bob.email, PASSWORD)
        .await
        .expect(StatusCode::OK);
    bob.get(routes::ME).await.expect(StatusCode::OK);
    login(&app, &ana.email, CHOSEN).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn r35_no_request_about_somebody_else_has_a_password() {
    // Where people prove or choose their own.
    let own = [
        "set_up_clinic",
        "step_up",
        "login",
        "activate",
        "reset_password",
        "change_password",
        "change_email",
    ];
    let document: Value = serde_json::from_str(&visita_http::openapi_json()).unwrap();
    let mut with_password = Vec::new();
    for item in document["paths"].as_object().unwrap().values() {
        for operation in item.as_object().unwrap().values() {
            let body = &operation["requestBody"]["content"]["application/json"]["schema"];
            if properties(&document, body)
                .iter()
                .any(|name| name.contains("password"))
            {
                with_password.push(operation["operationId"].as_str().unwrap().to_owned());
            }
        }
    }
    with_password.sort();
    let mut expected = own.map(str::to_owned);
    expected.sort();
    assert_eq!(with_password, expected);
}

/// Names of all properties of a schema, through references.
fn properties(document: &Value, schema: &Value) -> Vec<String> {
    match schema {
        Value::Object(map) => {
            if let Some(reference) = map.get("$ref").and_then(Value::as_str) {
                let found = document.pointer(reference.trim_start_matches('#'));
                return properties(document, found.unwrap());
            }
            let own = map.get("properties").and_then(Value::as_object);
            let names = own.into_iter().flatten().map(|(name, _)| name.clone());
            names
                .chain(map.values().flat_map(|inner| properties(document, inner)))
                .collect()
        }
        Value::Array(all) => all
            .iter()
            .flat_map(|inner| properties(document, inner))
            .collect(),
        _ => Vec::new(),
    }
}

#[tokio::test]
async fn nobody_floods_a_mailbox() {
    let setup = Setup {
        limits: Limits {
            mailbox_mails: NonZeroU32::new(2),
            ..Limits::default().unthrottled()
        },
        ..Setup::default()
    };
    let app = TestApp::with(TestDb::sqlite(), setup).await;
    let ask = |person: Person, email: &'static str| async move {
        let body = json!({ "email": email });
        person.post(routes::FORGOT_PASSWORD, &body).await
    };
    for _ in 0..2 {
        ask(app.anonymous(), "ana@example.org")
            .await
            .expect(StatusCode::ACCEPTED);
    }
    let stopped = ask(app.anonymous(), "ANA@example.org").await;
    let stopped = stopped.problem(429, "too_many_mails");
    assert_eq!(stopped.header("retry-after"), "600");
    let body = registration(&app, "ana@example.org");
    app.anonymous()
        .post(routes::REGISTER, &body)
        .await
        .problem(429, "too_many_mails");
    ask(app.anonymous(), "bob@example.org")
        .await
        .expect(StatusCode::ACCEPTED);
}
