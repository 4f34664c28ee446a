//! Join links over HTTP: one tap from a mail to the lobby, for one browser and one visit.

use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::json;
use visita_domain::AppointmentId;
use visita_wire::appointments::AppointmentView;
use visita_wire::auth::APP_HEADER;
use visita_wire::join::{JoinGrant, JoinLinkView, NewJoinLinkView};
use visita_wire::ws::{ClientMsg, ServerMsg, close};
use visita_wire::{Page, routes};

use crate::harness::{Answer, Person, TestApp, booking, on_both, start_of_tests, step};
use crate::ws_client::Socket;
use crate::ws_stage::Stage;

on_both!(
    a_link_leads_into_the_lobby_and_to_no_other_page,
    r54_wrong_revoked_and_foreign_links_get_one_answer,
    of_two_browsers_at_once_one_is_let_in_and_the_clinic_lets_the_other,
    coming_early_is_no_error_and_a_visit_that_is_over_says_so,
    r12_the_cookie_names_a_browser_and_is_out_of_reach_of_pages,
    r46_a_link_hears_of_its_visit_alone,
    r40_revoking_a_link_closes_its_socket_within_a_second,
    r40_the_end_of_a_visit_closes_the_sockets_of_its_links_within_a_second,
);

/// A link to that visit, made by somebody of the clinic.
pub async fn new_link(clinic: &Person, visit: AppointmentId, joins_as: &str) -> String {
    let name = (joins_as != "patient").then_some("Rosa");
    let body = json!({ "joins_as": joins_as, "guest_name": name });
    let made = clinic.post(&routes::join_links(visit), &body).await;
    made.expect(StatusCode::CREATED)
        .json::<NewJoinLinkView>()
        .url
}

/// Presents a link, or comes back by the cookie alone, as the page does.
pub async fn join(browser: &Person, link: Option<&str>) -> Answer {
    let token = link.map(|link| link.split_once('#').unwrap().1);
    let mut request = browser
        .request(Method::POST, routes::JOIN_EXCHANGE)
        .header("sec-fetch-site", "same-origin")
        .header(APP_HEADER, "1");
    if let Some(cookie) = &browser.cookie {
        request = request.header("cookie", &format!("__Host-join={cookie}"));
    }
    request.json(&json!({ "token": token })).send().await
}

fn join_cookie(answer: &Answer) -> String {
    let set = answer.header("set-cookie");
    let value = set.strip_prefix("__Host-join=").unwrap();
    value.split(';').next().unwrap().to_owned()
}

/// A browser that was let in.
async fn let_in(app: &TestApp, link: &str) -> (Person, JoinGrant) {
    let browser = app.anonymous();
    let answer = join(&browser, Some(link)).await.expect(StatusCode::OK);
    let grant: JoinGrant = answer.json();
    let browser = Person {
        id: grant.user_id,
        token: grant.access_token.clone(),
        cookie: Some(join_cookie(&answer)),
        ..browser
    };
    (browser, grant)
}

async fn two(app: &TestApp) -> (Person, Person) {
    (app.doctor("dora").await, app.patient("pat").await)
}

async fn links(clinic: &Person, visit: AppointmentId) -> Vec<JoinLinkView> {
    let all: Page<JoinLinkView> = clinic.get(&routes::join_links(visit)).await.json();
    all.items
}

async fn guest_link(clinic: &Person, visit: AppointmentId) -> JoinLinkView {
    let mut all = links(clinic, visit).await.into_iter();
    all.rfind(|link| link.guest_name.is_some()).unwrap()
}

async fn a_link_leads_into_the_lobby_and_to_no_other_page(app: TestApp) {
    let (doctor, patient) = two(&app).await;
    let visit = patient.book(&doctor, 30).await;
    let link = new_link(&doctor, visit.id, "patient").await;
    assert!(
        link.starts_with(&format!("{}/j#v1.", app.origin())),
        "{link}"
    );
    let (phone, grant) = let_in(&app, &link).await;
    assert_eq!(grant.user_id, patient.id);
    assert_eq!(
        (grant.name.as_str(), grant.visit.state),
        ("pat", visit.state)
    );
    assert_eq!(grant.visit.appointment_id, visit.id);
    assert_eq!(grant.visit.doctor_name, "dora");

    let arrived = phone.act(&step(visit.id, "arrive")).await;
    let arrived: AppointmentView = arrived.expect(StatusCode::OK).json();
    let conversation = arrived.conversation_id.unwrap();
    doctor
        .act(&step(visit.id, "admit"))
        .await
        .expect(StatusCode::OK);
    phone
        .get(&routes::call(visit.id))
        .await
        .expect(StatusCode::OK);
    phone
        .get(&routes::messages(conversation))
        .await
        .expect(StatusCode::OK);
    for closed in [
        routes::ME,
        routes::APPOINTMENTS,
        routes::CONVERSATIONS,
        routes::DOCUMENTS,
        routes::DASHBOARD,
        routes::SESSIONS,
        routes::ACCESS_REPORT,
    ] {
        phone.get(closed).await.problem(403, "forbidden");
    }
    let cancel = phone.post(&step(visit.id, "cancel"), &json!({})).await;
    cancel.problem(403, "forbidden");
    let other = patient.book(&doctor, 90).await;
    let other = phone.get(&routes::appointment(other.id)).await;
    other.problem(404, "not_found");

    // A guest sees when and with whom, not why.
    let link = new_link(&doctor, visit.id, "interpreter").await;
    let (rosa, grant) = let_in(&app, &link).await;
    assert_eq!(grant.name, "Rosa");
    let seen = rosa.get(&routes::appointment(visit.id)).await;
    let seen: AppointmentView = seen.expect(StatusCode::OK).json();
    assert_eq!((seen.reason.as_str(), seen.conversation_id), ("", None));
    rosa.get(&routes::messages(conversation))
        .await
        .problem(403, "forbidden");
}

async fn r54_wrong_revoked_and_foreign_links_get_one_answer(app: TestApp) {
    let (doctor, patient) = two(&app).await;
    let visit = patient.book(&doctor, 30).await;
    let link = new_link(&doctor, visit.id, "family").await;
    let id = guest_link(&doctor, visit.id).await.id;
    let (browser, _) = let_in(&app, &link).await;
    doctor
        .delete(&routes::join_link(visit.id, id))
        .await
        .expect(StatusCode::NO_CONTENT);
    browser
        .get(&routes::appointment(visit.id))
        .await
        .problem(401, "unauthenticated");
    let (start, mac) = link.rsplit_once('.').unwrap();
    let made_up = format!("{start}.{}", mac.chars().rev().collect::<String>());
    let nobody = app.anonymous();
    let mut bodies = Vec::new();
    for link in [&link, &made_up, "https://clinic.example/j#x"] {
        let answer = join(&nobody, Some(link)).await;
        answer.clone().problem(400, "join_link_invalid");
        let mut body: serde_json::Value = answer.json();
        body.as_object_mut().unwrap().remove("request_id");
        bodies.push(body);
    }
    // The cookie of a link that was revoked, and none at all.
    for browser in [&browser, &nobody] {
        join(browser, None).await.problem(400, "join_link_invalid");
    }
    assert!(bodies.iter().all(|body| *body == bodies[0]), "{bodies:?}");
}

async fn of_two_browsers_at_once_one_is_let_in_and_the_clinic_lets_the_other(app: TestApp) {
    let (doctor, patient) = two(&app).await;
    let visit = patient.book(&doctor, 30).await;
    let link = new_link(&doctor, visit.id, "patient").await;
    let (one, two) = (app.anonymous(), app.anonymous());
    let (first, second) = tokio::join!(join(&one, Some(&link)), join(&two, Some(&link)));
    let (let_in, waits) = if first.status == StatusCode::OK {
        (first, second)
    } else {
        (second, first)
    };
    let token = let_in.expect(StatusCode::OK).json::<JoinGrant>();
    waits.clone().problem(409, "join_link_in_use");
    let holder = Person {
        token: token.access_token,
        ..one.clone()
    };
    let waiting = Person {
        cookie: Some(join_cookie(&waits)),
        ..two
    };
    // It cannot help itself in by its cookie.
    join(&waiting, None).await.problem(400, "join_link_invalid");
    let asks = &links(&doctor, visit.id).await[0];
    assert!(asks.asked_at.is_some() && asks.opened_at.is_some());
    doctor
        .act(&routes::admit_device(visit.id, asks.id))
        .await
        .expect(StatusCode::NO_CONTENT);
    holder
        .get(&routes::appointment(visit.id))
        .await
        .problem(401, "unauthenticated");
    let renewed = join(&waiting, None).await.expect(StatusCode::OK);
    assert!(renewed.json::<JoinGrant>().access_token.is_some());
}

async fn coming_early_is_no_error_and_a_visit_that_is_over_says_so(app: TestApp) {
    let (doctor, patient) = two(&app).await;
    let visit = patient.book(&doctor, 24 * 60).await;
    let link = new_link(&doctor, visit.id, "patient").await;
    let (mut phone, grant) = let_in(&app, &link).await;
    assert_eq!(grant.visit.opens_at, visit.starts_at.plus_minutes(-60));
    phone
        .act(&step(visit.id, "arrive"))
        .await
        .problem(409, "too_early");
    // It moves with its visit, without another link.
    let to = start_of_tests().plus_minutes(90);
    let moved = doctor
        .request(Method::PATCH, &routes::appointment(visit.id))
        .header("if-match", "\"1\"")
        .json(&json!({ "starts_at": to }))
        .send()
        .await;
    moved.expect(StatusCode::OK);
    app.clock.advance_secs(60 * 60);
    let again = join(&phone, None).await.expect(StatusCode::OK);
    let again: JoinGrant = again.json();
    assert_eq!(again.visit.starts_at, to);
    phone.token = again.access_token;
    phone
        .act(&step(visit.id, "arrive"))
        .await
        .expect(StatusCode::OK);

    for action in ["admit", "finish"] {
        // The doctor's token is too old by now.
        let doctor = app_again(&doctor).await;
        doctor
            .act(&step(visit.id, action))
            .await
            .expect(StatusCode::OK);
    }
    phone
        .get(&routes::appointment(visit.id))
        .await
        .problem(401, "unauthenticated");
    let over = join(&phone, None).await.expect(StatusCode::OK);
    let over: JoinGrant = over.json();
    assert_eq!(over.access_token, None);
    assert_eq!(
        over.visit.state,
        visita_domain::appointment::AppointmentState::Finished
    );
    app.clock.advance_secs(24 * 60 * 60);
    join(&phone, None).await.problem(400, "join_link_invalid");
}

async fn app_again(who: &Person) -> Person {
    let mut again = who.clone();
    again.sign_in().await;
    again
}

async fn r12_the_cookie_names_a_browser_and_is_out_of_reach_of_pages(app: TestApp) {
    let (doctor, patient) = two(&app).await;
    let one = patient.book(&doctor, 30).await;
    let two = patient.book(&doctor, 90).await;
    let link = new_link(&doctor, one.id, "patient").await;
    let answer = join(&app.anonymous(), Some(&link)).await;
    let set = answer.header("set-cookie");
    for part in [
        "__Host-join=",
        "Path=/",
        "Secure",
        "HttpOnly",
        "SameSite=Strict",
    ] {
        assert!(set.contains(part), "{set}");
    }
    // A second link takes nothing away from the first.
    let browser = Person {
        cookie: Some(join_cookie(&answer)),
        ..app.anonymous()
    };
    let other = new_link(&doctor, two.id, "patient").await;
    let answer = join(&browser, Some(&other)).await.expect(StatusCode::OK);
    let browser = Person {
        cookie: Some(join_cookie(&answer)),
        ..browser
    };
    for (link, visit) in [(&link, one.id), (&other, two.id)] {
        let grant = join(&browser, Some(link)).await.expect(StatusCode::OK);
        assert_eq!(grant.json::<JoinGrant>().visit.appointment_id, visit);
    }
    // Another site's page gets nowhere.
    let foreign = app
        .anonymous()
        .request(Method::POST, routes::JOIN_EXCHANGE)
        .header("sec-fetch-site", "cross-site")
        .header(APP_HEADER, "1")
        .json(&json!({}))
        .send()
        .await;
    foreign.problem(403, "cross_site");
    // And opening the page changes nothing.
    let before = app.dump("join_links");
    app.anonymous().get("/j").await;
    assert_eq!(before, app.dump("join_links"));
}

async fn r46_a_link_hears_of_its_visit_alone(app: TestApp) {
    let stage = Stage::of(app).await;
    let link = new_link(&stage.doctor, stage.visit, "patient").await;
    let (phone, _) = let_in(&stage, &link).await;
    let mut socket = stage.socket(&phone).await;
    // The hub tells the patient, who is the same person, of another visit.
    let other = booking(stage.doctor.doctor_id(), 120);
    let other = stage.patient.post(routes::APPOINTMENTS, &other).await;
    let other: AppointmentView = other.expect(StatusCode::CREATED).json();
    let body = json!({ "client_id": uuid::Uuid::new_v4(), "body": "Hello" });
    let conversation = other.conversation_id.unwrap();
    let sent = stage
        .doctor
        .post(&routes::messages(conversation), &body)
        .await;
    sent.expect(StatusCode::CREATED);
    stage.act(&stage.patient, "arrive").await;
    match socket.frame().await.msg {
        ServerMsg::AppointmentChanged { appointment } => assert_eq!(appointment, stage.visit),
        other => panic!("{other:?}"),
    }
}

async fn followed(stage: &Stage, link: &str) -> Socket {
    let (browser, _) = let_in(stage, link).await;
    let mut socket = stage.socket(&browser).await;
    let sub = ClientMsg::VisitSub {
        appointment: stage.visit,
    };
    let state = socket.ask(sub).await;
    assert!(matches!(state, ServerMsg::VisitState { .. }), "{state:?}");
    socket
}

async fn r40_revoking_a_link_closes_its_socket_within_a_second(app: TestApp) {
    let stage = Stage::of(app).await;
    let link = new_link(&stage.doctor, stage.visit, "interpreter").await;
    let (browser, _) = let_in(&stage, &link).await;
    let mut socket = stage.socket(&browser).await;
    let id = guest_link(&stage.doctor, stage.visit).await.id;
    let revoked = stage
        .staff
        .delete(&routes::join_link(stage.visit, id))
        .await;
    revoked.expect(StatusCode::NO_CONTENT);
    let start = Instant::now();
    assert_eq!(socket.closed().await, Some(close::AUTH));
    assert!(start.elapsed() < Duration::from_secs(1));
}

async fn r40_the_end_of_a_visit_closes_the_sockets_of_its_links_within_a_second(app: TestApp) {
    let stage = Stage::of(app).await;
    let patient = new_link(&stage.doctor, stage.visit, "patient").await;
    let guest = new_link(&stage.doctor, stage.visit, "family").await;
    let mut sockets = [
        followed(&stage, &patient).await,
        followed(&stage, &guest).await,
    ];
    let cancel = stage
        .staff
        .post(&step(stage.visit, "cancel"), &json!({}))
        .await;
    cancel.expect(StatusCode::OK);
    let start = Instant::now();
    for socket in &mut sockets {
        assert_eq!(socket.closed().await, Some(close::AUTH));
    }
    assert!(start.elapsed() < Duration::from_secs(1));
}
