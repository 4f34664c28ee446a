//! Second factors: enrolment, the second step of a sign-in, and proving again who one is.

use std::collections::BTreeSet;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use visita_domain::access::SecondFactor;
use visita_domain::people::Role;
use visita_http::matrix;
use visita_testkit::TestDb;
use visita_wire::auth::TokenGrant;
use visita_wire::routes;
use visita_wire::second_factor::{RecoveryCodes, TotpEnrolment, TotpStatus};

use crate::harness::{Answer, PASSWORD, Person, Setup, TestApp, on_both};
use crate::person::code_at;

on_both!(
    r36_a_code_signs_in_once,
    r36_of_twenty_sign_ins_at_once_with_one_code_one_succeeds,
    r37_a_recovery_code_signs_in_once,
    r37_the_database_holds_no_seed_and_no_recovery_code,
    r43_changing_the_factor_needs_a_recent_proof,
    r43_without_a_second_factor_the_password_proves_enough,
    r42_enrolling_and_removing_a_factor_end_the_other_sessions,
);

on_both!(db;
    r32_without_a_second_factor_no_role_but_patients_gets_anywhere,
    r32_the_second_factor_opens_the_doors_and_stays,
    r28_beside_a_second_factor_eight_characters_are_enough,
);

/// The first step of a sign-in, which leads to this token.
async fn mfa_token(app: &TestApp, person: &Person) -> String {
    let body = json!({ "email": person.email, "password": PASSWORD });
    let answer = app.anonymous().post(routes::LOGIN, &body).await;
    assert_eq!(answer.refresh_cookie(), None);
    let problem: Value = answer.problem(401, "mfa_required").json();
    problem["mfa_token"].as_str().unwrap().to_owned()
}

async fn verify(app: &TestApp, mfa_token: &str, code: &str) -> Answer {
    let body = json!({ "mfa_token": mfa_token, "code": code });
    app.anonymous().post(routes::MFA, &body).await
}

async fn sign_in(app: &TestApp, person: &Person, code: &str) -> Answer {
    verify(app, &mfa_token(app, person).await, code).await
}

/// What the app shows now.
fn code(app: &TestApp, secret: &str) -> String {
    code_at(secret, app.state.clock.now())
}

async fn r36_a_code_signs_in_once(app: TestApp) {
    let mut ana = app.patient("ana").await;
    let (secret, _) = ana.enrol(app.state.clock.now()).await;
    // The code that confirmed the enrolment is spent.
    let spent = sign_in(&app, &ana, &code(&app, &secret)).await;
    spent.problem(401, "wrong_code");
    app.clock.advance_secs(30);
    let token = mfa_token(&app, &ana).await;
    for wrong in ["000000", "12345", "0-0000-0000-0000-0000", "no code"] {
        if wrong.len() >= 6 {
            let answer = verify(&app, &token, wrong).await;
            answer.problem(401, "wrong_code");
        }
    }
    let good = verify(&app, &token, &code(&app, &secret)).await;
    let good = good.expect(StatusCode::OK);
    assert!(good.cookie("__Host-dev").is_some());
    ana.keep(&good);
    ana.get(routes::ME).await.expect(StatusCode::OK);
    // Neither the token nor the code works again, also with another token.
    let again = verify(&app, &token, &code(&app, &secret)).await;
    again.problem(401, "wrong_code");
    let again = sign_in(&app, &ana, &code(&app, &secret)).await;
    again.problem(401, "wrong_code");
    app.clock.advance_secs(30);
    let next = sign_in(&app, &ana, &code(&app, &secret)).await;
    next.expect(StatusCode::OK);
}

async fn r36_of_twenty_sign_ins_at_once_with_one_code_one_succeeds(app: TestApp) {
    let ana = app.patient("ana").await;
    let (secret, _) = ana.enrol(app.state.clock.now()).await;
    app.clock.advance_secs(30);
    let code = code(&app, &secret);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let body = json!({ "mfa_token": mfa_token(&app, &ana).await, "code": code });
        let anonymous = app.anonymous();
        tasks.spawn(async move { anonymous.post(routes::MFA, &body).await });
    }
    let answers = tasks.join_all().await;
    let good = |answer: &&Answer| answer.status == StatusCode::OK;
    assert_eq!(answers.iter().filter(good).count(), 1, "{answers:?}");
    for answer in answers.into_iter().filter(|answer| !good(&answer)) {
        answer.problem(401, "wrong_code");
    }
}

async fn r37_a_recovery_code_signs_in_once(app: TestApp) {
    let ana = app.patient("ana").await;
    let bob = app.patient("bob").await;
    let (_, codes) = ana.enrol(app.state.clock.now()).await;
    let (_, bobs) = bob.enrol(app.state.clock.now()).await;
    assert_eq!(codes.len(), 10);
    assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), 10);
    let foreign = sign_in(&app, &ana, &bobs[4]).await;
    foreign.problem(401, "wrong_code");
    let typed = codes[4].to_lowercase().replace('-', " ");
    let good = sign_in(&app, &ana, &typed).await;
    good.expect(StatusCode::OK);
    let again = sign_in(&app, &ana, &codes[4]).await;
    again.problem(401, "wrong_code");
    let status: TotpStatus = ana.get(routes::TOTP).await.json();
    assert_eq!((status.enrolled, status.recovery_codes_left), (true, 9));
    let renewed = ana.act(routes::RECOVERY_CODES).await.expect(StatusCode::OK);
    let renewed: RecoveryCodes = renewed.json();
    let old = sign_in(&app, &ana, &codes[5]).await;
    old.problem(401, "wrong_code");
    let new = sign_in(&app, &ana, &renewed.recovery_codes[5]).await;
    new.expect(StatusCode::OK);
}

async fn r37_the_database_holds_no_seed_and_no_recovery_code(app: TestApp) {
    let ana = app.patient("ana").await;
    let (secret, codes) = ana.enrol(app.state.clock.now()).await;
    let raw = totp_rs::Secret::try_from_base32(&secret).unwrap();
    let hex: String = raw
        .as_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let dump = app.dump("totp_factors") + &app.dump("recovery_codes");
    let dump = dump.to_lowercase();
    assert_eq!(dump.matches("$argon2id$").count(), 10, "{dump}");
    for secret in [secret.to_lowercase(), hex] {
        assert!(!dump.contains(&secret), "{dump}");
    }
    for code in codes {
        let (_, signs) = code.split_once('-').unwrap();
        for form in [signs.to_lowercase(), signs.replace('-', "").to_lowercase()] {
            assert!(!dump.contains(&form), "{dump}");
        }
    }
    assert_eq!(app.dump("totp_enrolments"), "");
}

async fn r43_changing_the_factor_needs_a_recent_proof(app: TestApp) {
    let mut ana = app.patient("ana").await;
    let (secret, codes) = ana.enrol(app.state.clock.now()).await;
    app.clock.advance_secs(5 * 60 + 1);
    let renewed = ana.by_cookie(routes::REFRESH).send().await;
    ana.keep(&renewed.expect(StatusCode::OK));
    let new_password =
        json!({ "current_password": PASSWORD, "new_password": "a-long-and-quiet-morning" });
    for answer in [
        ana.delete(routes::TOTP).await,
        ana.act(routes::TOTP).await,
        ana.act(routes::RECOVERY_CODES).await,
        ana.post(routes::MY_PASSWORD, &new_password).await,
    ] {
        let answer = answer.problem(401, "step_up_required");
        let challenge = answer.header("www-authenticate");
        assert!(
            challenge.contains("insufficient_user_authentication"),
            "{challenge}"
        );
    }
    // The password alone does not prove enough, and a used code nothing.
    let step_up = |body: Value| {
        let ana = ana.clone();
        async move { ana.post(routes::STEP_UP, &body).await }
    };
    let answer = step_up(json!({ "password": PASSWORD })).await;
    answer.problem(401, "wrong_code");
    let answer = step_up(json!({ "code": "000000" })).await;
    answer.problem(401, "wrong_code");
    let now = json!({ "code": code(&app, &secret) });
    step_up(now.clone()).await.expect(StatusCode::NO_CONTENT);
    step_up(now).await.problem(401, "wrong_code");
    ana.post(routes::MY_PASSWORD, &new_password)
        .await
        .expect(StatusCode::NO_CONTENT);
    app.clock.advance_secs(5 * 60 + 1);
    let renewed = ana.by_cookie(routes::REFRESH).send().await;
    ana.keep(&renewed.expect(StatusCode::OK));
    let recovery = ana
        .post(routes::STEP_UP, &json!({ "code": codes[0] }))
        .await;
    recovery.expect(StatusCode::NO_CONTENT);
    ana.delete(routes::TOTP)
        .await
        .expect(StatusCode::NO_CONTENT);
}

async fn r43_without_a_second_factor_the_password_proves_enough(app: TestApp) {
    let ana = app.patient("ana").await;
    let wrong = json!({ "password": "not-the-password-at-all" });
    let answer = ana.post(routes::STEP_UP, &wrong).await;
    answer.problem(401, "wrong_credentials");
    let answer = ana
        .post(routes::STEP_UP, &json!({ "code": "123456" }))
        .await;
    answer.problem(401, "wrong_credentials");
    let answer = ana
        .post(routes::STEP_UP, &json!({ "password": PASSWORD }))
        .await;
    answer.expect(StatusCode::NO_CONTENT);
}

async fn r42_enrolling_and_removing_a_factor_end_the_other_sessions(app: TestApp) {
    let here = app.patient("ana").await;
    let mut there = here.clone();
    there.sign_in().await;
    let (secret, _) = here.enrol(app.state.clock.now()).await;
    there.get(routes::ME).await.problem(401, "unauthenticated");
    here.get(routes::ME).await.expect(StatusCode::OK);
    app.clock.advance_secs(30);
    there.keep(&sign_in(&app, &here, &code(&app, &secret)).await);
    there.get(routes::ME).await.expect(StatusCode::OK);
    here.delete(routes::TOTP)
        .await
        .expect(StatusCode::NO_CONTENT);
    there.get(routes::ME).await.problem(401, "unauthenticated");
    there.sign_in().await;
    let status: TotpStatus = there.get(routes::TOTP).await.json();
    assert_eq!((status.enrolled, status.recovery_codes_left), (false, 0));
}

#[tokio::test]
async fn a_token_has_five_tries_and_five_minutes() {
    let app = TestApp::new().await;
    let ana = app.patient("ana").await;
    let (secret, _) = ana.enrol(app.state.clock.now()).await;
    app.clock.advance_secs(30);
    let (guessed, old) = (mfa_token(&app, &ana).await, mfa_token(&app, &ana).await);
    let right = code(&app, &secret);
    for _ in 0..5 {
        let wrong = if right == "111111" {
            "222222"
        } else {
            "111111"
        };
        let answer = verify(&app, &guessed, wrong).await;
        answer.problem(401, "wrong_code");
    }
    let answer = verify(&app, &guessed, &right).await;
    answer.problem(401, "wrong_code");
    app.clock.advance_secs(5 * 60);
    let answer = verify(&app, &old, &code(&app, &secret)).await;
    answer.problem(401, "wrong_code");
}

#[tokio::test]
async fn a_factor_in_use_stays_until_the_new_one_is_confirmed() {
    let app = TestApp::new().await;
    let ana = app.patient("ana").await;
    let (old, _) = ana.enrol(app.state.clock.now()).await;
    let started = ana.act(routes::TOTP).await.expect(StatusCode::OK);
    let started: TotpEnrolment = started.json();
    assert!(started.otpauth_url.contains(&started.secret));
    assert!(started.qr.size > 20 && started.qr.path.starts_with('M'));
    let wrong = json!({ "code": code(&app, &old) });
    let answer = ana.post(routes::TOTP_CONFIRM, &wrong).await;
    answer.problem(401, "wrong_code");
    app.clock.advance_secs(30);
    sign_in(&app, &ana, &code(&app, &old))
        .await
        .expect(StatusCode::OK);
    let body = json!({ "code": code(&app, &started.secret) });
    let answer = ana.post(routes::TOTP_CONFIRM, &body).await;
    answer.expect(StatusCode::OK);
    app.clock.advance_secs(30);
    let answer = sign_in(&app, &ana, &code(&app, &old)).await;
    answer.problem(401, "wrong_code");
    let answer = sign_in(&app, &ana, &code(&app, &started.secret)).await;
    answer.expect(StatusCode::OK);
    let answer = ana.post(routes::TOTP_CONFIRM, &body).await;
    answer.problem(404, "not_found");
}

/// A server of a real clinic.
async fn strict(db: TestDb) -> TestApp {
    let setup = Setup {
        second_factor: SecondFactor::RequiredOfStaff,
        ..Setup::default()
    };
    TestApp::with(db, setup).await
}

async fn first_sign_in(app: &TestApp, role: Role, name: &str) -> Person {
    let hospital = (role != Role::Admin).then_some(app.hospital);
    let mut person = app.account(role, hospital, name).await;
    let body = json!({ "email": person.email, "password": PASSWORD });
    let answer = person
        .post(routes::LOGIN, &body)
        .await
        .expect(StatusCode::OK);
    let grant: TokenGrant = answer.json();
    assert_eq!(grant.mfa_enrolment_required, role != Role::Patient);
    person.keep(&answer);
    person
}

/// What is open to a session that still has to show a second factor.
const OPEN: [&str; 10] = [
    "confirm_totp",
    "end_other_sessions",
    "end_session",
    "get_me",
    "get_totp",
    "list_sessions",
    "refresh",
    "renew_recovery_codes",
    "start_totp",
    "step_up",
];

async fn r32_without_a_second_factor_no_role_but_patients_gets_anywhere(db: TestDb) {
    let app = strict(db).await;
    for (role, name) in [
        (Role::Admin, "ada"),
        (Role::Staff, "sam"),
        (Role::Doctor, "dora"),
    ] {
        let person = first_sign_in(&app, role, name).await;
        let mut open = BTreeSet::new();
        for row in matrix::rows().unwrap() {
            // What strangers may do needs no second factor either.
            if row.verdicts["anonymous"] != 401 || row.operation == "verify_second_factor" {
                continue;
            }
            let nobody = uuid::Uuid::nil().to_string();
            let path = row
                .path
                .split('/')
                .map(|part| if part.starts_with('{') { &nobody } else { part })
                .collect::<Vec<_>>()
                .join("/");
            let method: Method = row.method.parse().unwrap();
            let answer = person.request(method, &path).json(&json!({})).send().await;
            let refused = answer.status == StatusCode::FORBIDDEN && {
                let problem: Value = answer.json();
                problem["code"] == "mfa_enrolment_required" || problem["code"] == "forbidden"
            };
            if !refused {
                open.insert(row.operation);
            }
        }
        let expected: BTreeSet<String> = OPEN.into_iter().map(str::to_owned).collect();
        assert_eq!(open, expected, "{role:?}");
        person
            .get(routes::DASHBOARD)
            .await
            .problem(403, "mfa_enrolment_required");
        person
            .act(routes::WS_TICKETS)
            .await
            .problem(403, "mfa_enrolment_required");
    }
    let patient = first_sign_in(&app, Role::Patient, "ana").await;
    patient.get(routes::DASHBOARD).await.expect(StatusCode::OK);
}

async fn r32_the_second_factor_opens_the_doors_and_stays(db: TestDb) {
    let app = strict(db).await;
    let mut doctor = first_sign_in(&app, Role::Doctor, "dora").await;
    let (secret, _) = doctor.enrol(app.state.clock.now()).await;
    doctor.get(routes::DASHBOARD).await.expect(StatusCode::OK);
    doctor
        .act(routes::WS_TICKETS)
        .await
        .expect(StatusCode::CREATED);
    let status: TotpStatus = doctor.get(routes::TOTP).await.json();
    assert!(status.required && status.enrolled);
    // Signed in again, and renewed, the session still stands on it.
    app.clock.advance_secs(30);
    let answer = sign_in(&app, &doctor, &code(&app, &secret))
        .await
        .expect(StatusCode::OK);
    let grant: TokenGrant = answer.json();
    assert!(!grant.mfa_enrolment_required);
    doctor.keep(&answer);
    let renewed = doctor
        .by_cookie(routes::REFRESH)
        .send()
        .await
        .expect(StatusCode::OK);
    let grant: TokenGrant = renewed.json();
    assert!(!grant.mfa_enrolment_required);
    doctor.keep(&renewed);
    doctor.get(routes::DASHBOARD).await.expect(StatusCode::OK);
    // It can be exchanged, not removed.
    let answer = doctor.delete(routes::TOTP).await;
    answer.problem(403, "forbidden");
    doctor.enrol(app.state.clock.now()).await;
    doctor.get(routes::DASHBOARD).await.expect(StatusCode::OK);
}

async fn r28_beside_a_second_factor_eight_characters_are_enough(db: TestDb) {
    let app = strict(db).await;
    let doctor = first_sign_in(&app, Role::Doctor, "dora").await;
    doctor.enrol(app.state.clock.now()).await;
    let patient = first_sign_in(&app, Role::Patient, "ana").await;
    let change = |new: &str| json!({ "current_password": PASSWORD, "new_password": new });
    let answer = patient.post(routes::MY_PASSWORD, &change("vq7#Lm2x")).await;
    answer.problem(422, "weak_password");
    let answer = doctor.post(routes::MY_PASSWORD, &change("vq7#Lm2")).await;
    answer.problem(422, "weak_password");
    let answer = doctor.post(routes::MY_PASSWORD, &change("vq7#Lm2x")).await;
    answer.expect(StatusCode::NO_CONTENT);
}
