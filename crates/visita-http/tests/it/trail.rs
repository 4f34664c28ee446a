//! Every kind of event is provoked, and found in the trail (SECURITY R65).

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use reqwest::{Method, StatusCode};
use serde_json::json;
use visita_domain::audit::AuditAction;
use visita_http::matrix::{ACTORS, rows};
use visita_http::state::Limits;
use visita_store::installation::{self, Part};
use visita_testkit::TestDb;
use visita_wire::routes;

use crate::harness::{PASSWORD, Person, Setup, TestApp, on_both};
use crate::matrix::World;
use crate::person::code_at;
use crate::ws_stage::Stage;

on_both!(db; r65_every_kind_of_event_is_provoked_and_found);

const CHOSEN: &str = "a-long-and-quiet-morning";
const WRONG: &str = "not-the-password-at-all";

/// What mailed links do.
async fn links(app: &TestApp) {
    let nobody = app.anonymous();
    let register =
        json!({ "hospital_id": app.hospital, "name": "Zoe", "email": "zoe@example.org" });
    nobody
        .post(routes::REGISTER, &register)
        .await
        .expect(StatusCode::ACCEPTED);
    let token = app.mailbox.next_to("zoe@example.org").await.token();
    let choice = json!({ "token": token, "password": CHOSEN });
    let answer = nobody
        .post(routes::ACTIVATE, &choice)
        .await
        .expect(StatusCode::OK);
    let mut zoe = nobody.clone();
    zoe.keep(&answer);
    let invite = json!({ "name": "Ivo", "email": "ivo@example.org" });
    let staff = app.staff("sybil").await;
    staff
        .post(routes::PATIENTS, &invite)
        .await
        .expect(StatusCode::CREATED);
    let token = app.mailbox.next_to("ivo@example.org").await.token();
    let choice = json!({ "token": token, "password": CHOSEN });
    nobody
        .post(routes::ACTIVATE, &choice)
        .await
        .expect(StatusCode::OK);
    let forgot = json!({ "email": "ivo@example.org" });
    nobody
        .post(routes::FORGOT_PASSWORD, &forgot)
        .await
        .expect(StatusCode::ACCEPTED);
    let token = app.mailbox.next_to("ivo@example.org").await.token();
    let choice = json!({ "token": token, "password": PASSWORD });
    nobody
        .post(routes::RESET_PASSWORD, &choice)
        .await
        .expect(StatusCode::NO_CONTENT);
    let change = json!({ "email": "zoe.new@example.org", "current_password": CHOSEN });
    zoe.post(routes::MY_EMAIL, &change)
        .await
        .expect(StatusCode::ACCEPTED);
    let token = app.mailbox.next_to("zoe.new@example.org").await.token();
    let verify = json!({ "token": token });
    nobody
        .post(routes::VERIFY_EMAIL, &verify)
        .await
        .expect(StatusCode::NO_CONTENT);
}

/// A second factor that is set up, missed, used, renewed and removed.
async fn factor(app: &TestApp) {
    let eva = app.patient("eva").await;
    let (seed, codes) = eva.enrol(app.state.clock.now()).await;
    for code in ["000000", &codes[0]] {
        let login = json!({ "email": eva.email, "password": PASSWORD });
        let asked = app.anonymous().post(routes::LOGIN, &login).await;
        let asked: serde_json::Value = asked.problem(401, "mfa_required").json();
        let body = json!({ "mfa_token": asked["mfa_token"], "code": code });
        app.anonymous().post(routes::MFA, &body).await;
        // A failure makes the next try wait.
        app.clock.advance_secs(5);
    }
    eva.act(routes::RECOVERY_CODES).await.expect(StatusCode::OK);
    app.clock.advance_secs(30);
    let proof = json!({ "code": code_at(&seed, app.state.clock.now()) });
    eva.post(routes::STEP_UP, &proof)
        .await
        .expect(StatusCode::NO_CONTENT);
    eva.delete(routes::TOTP)
        .await
        .expect(StatusCode::NO_CONTENT);
}

/// Sessions that are stolen, ended and signed out of; guesses until they are stopped.
async fn sessions(app: &TestApp, ana: &Person) {
    let thief = ana.clone();
    let mut ana = ana.clone();
    let renewed = ana.by_cookie(routes::REFRESH).send().await;
    ana.keep(&renewed.expect(StatusCode::OK));
    ana.get(routes::ME).await.expect(StatusCode::OK);
    app.clock.advance_secs(60);
    let reused = thief.by_cookie(routes::REFRESH).send().await;
    reused.problem(401, "unauthenticated");
    let guess = json!({ "email": ana.email, "password": WRONG });
    for _ in 0..2 {
        app.anonymous().post(routes::LOGIN, &guess).await;
    }
}

/// A visit that goes to another doctor.
async fn reassigned(app: &TestApp) {
    let (first, second) = (app.doctor("first").await, app.doctor("second").await);
    let visit = app.patient("moves").await.book(&first, 600).await;
    app.staff("desk")
        .await
        .request(Method::PATCH, &routes::appointment(visit.id))
        .header("if-match", &format!("\"{}\"", visit.version))
        .json(&json!({ "doctor_id": second.doctor_id() }))
        .send()
        .await
        .expect(StatusCode::OK);
}

/// What the program itself does at its start and from the command line.
async fn by_operators(app: &TestApp) {
    let settings = [(Part::Settings, String::new())];
    let now = app.state.clock.now();
    let work = move |conn: &mut _| {
        installation::note(conn, &settings, now)?;
        installation::note_verification(conn, true, now)?;
        installation::note_verification(conn, false, now)
    };
    app.state.store.run(work).await.unwrap();
}

async fn r65_every_kind_of_event_is_provoked_and_found(db: TestDb) {
    let setup = Setup {
        limits: Limits {
            // So many that only guesses are stopped, by the pauses after failures.
            account_tries: NonZeroU32::new(100_000),
            ..Limits::default().unthrottled()
        },
        ..Setup::default()
    };
    let stage = Stage::of(TestApp::with(db, setup).await).await;
    stage.admit().await;
    let mut call = stage.socket(&stage.patient).await;
    call.join(stage.visit, None).await;
    links(&stage).await;
    reassigned(&stage).await;
    factor(&stage).await;
    sessions(&stage, &stage.other_patient).await;
    by_operators(&stage).await;
    let world = World::new(stage.into_app()).await;
    for row in rows().unwrap() {
        for actor in ACTORS {
            world.ask(&row, actor).await;
        }
    }
    let trail = world.app.dump("audit_events");
    let found = |action: &&AuditAction| trail.contains(action.as_str());
    let missing: BTreeSet<_> = AuditAction::ALL
        .iter()
        .filter(|action| !found(action))
        .map(|action| action.as_str())
        .collect();
    assert_eq!(missing, BTreeSet::new());
}
