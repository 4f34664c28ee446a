//! What happens by the clock alone: reminders, visits to which nobody comes, holds that
//! are over; once, on however many nodes, and after whatever death.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use reqwest::StatusCode;
use serde_json::json;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use visita_domain::MailId;
use visita_domain::appointment::{AppointmentState, ChangeKind};
use visita_http::AppState;
use visita_http::jobs::Jobs;
use visita_http::mail::{Handing, Mailer, Post, Transport};
use visita_hub::Hub;
use visita_store::mail::LEASE_SECS;
use visita_store::pruning::KEPT_DAYS;
use visita_testkit::TestDb;
use visita_wire::appointments::{AppointmentView, HistoryView};
use visita_wire::routes;
use visita_wire::ws::ServerMsg;

use crate::harness::{Setup, TestApp, booking, on_both, run, step};
use crate::mailbox::Arrived;
use crate::person::Person;
use crate::ws_stage::Stage;

const DAY: i64 = 24 * 60;

/// Moves the clock on and has the jobs look.
fn later(app: &TestApp, minutes: i64) {
    app.clock.advance_secs(minutes * 60);
    app.state.jobs.wake();
}

/// A mail about a visit says when and where, not with whom and not why.
fn tells_nothing_private(mail: &Arrived) {
    for private in ["dora", "pat", "cough", "General medicine", "private"] {
        let text = format!("{}\n{}", mail.subject, mail.body).to_lowercase();
        assert!(!text.contains(&private.to_lowercase()), "{private}: {text}");
    }
    assert!(
        mail.body.contains("(Europe/Paris, UTC+01:00)"),
        "{}",
        mail.body
    );
}

async fn patients_are_told_of_their_visits_and_reminded(app: TestApp) {
    let (doctor, patient) = (app.doctor("dora").await, app.patient("pat").await);
    let staff = app.staff("sam").await;
    let visit = patient.book(&doctor, DAY + 60).await;
    let next = async |subject: &str, page: &str| {
        let mail = app.mailbox.next().await;
        assert_eq!(mail.to, patient.email);
        assert_eq!(mail.subject, format!("Hospital home: {subject}"));
        let link = format!("{}/{page}/{}\n", app.origin(), visit.id);
        assert!(mail.body.contains(&link), "{}", mail.body);
        let join = format!("  {}/j#v1.", app.origin());
        let joins = subject != "your visit is cancelled";
        assert_eq!(mail.body.contains(&join), joins, "{}", mail.body);
        tells_nothing_private(&mail);
        mail.body
    };
    let body = next("your visit is booked", "appointments").await;
    assert!(body.contains("Tuesday 24 November 2026, 10:00"), "{body}");
    let starts_at = visit.starts_at.plus_minutes(60);
    staff
        .request(reqwest::Method::PATCH, &routes::appointment(visit.id))
        .header("If-Match", &format!("\"{}\"", visit.version))
        .json(&json!({ "starts_at": starts_at }))
        .send()
        .await
        .expect(StatusCode::OK);
    let body = next("your visit has another time", "appointments").await;
    assert!(body.contains("Tuesday 24 November 2026, 11:00"), "{body}");
    later(&app, 2 * 60);
    next("a reminder of your visit", "appointments").await;
    later(&app, DAY - 10);
    next("your visit begins soon", "appointments").await;
    let staff = app.staff("sue").await;
    let why = json!({ "reason": "private" });
    let cancelled = staff.post(&step(visit.id, "cancel"), &why).await;
    cancelled.expect(StatusCode::OK);
    next("your visit is cancelled", "appointments").await;
}

async fn a_visit_to_which_nobody_comes_ends_and_open_pages_hear_of_it(app: TestApp) {
    let stage = Stage::of(app).await;
    // The visit is from minute 30 to minute 60, and its patient has 15 more.
    stage.clock.advance_secs(74 * 60);
    let patient = stage.sign_in_again(&stage.patient).await;
    let mut socket = stage.socket(&patient).await;
    later(&stage, 1);
    let changed = socket
        .until(|frame| match frame.msg {
            ServerMsg::AppointmentChanged { appointment } => Some(appointment),
            _ => None,
        })
        .await;
    assert_eq!(changed, stage.visit);
    let view: AppointmentView = patient.get(&routes::appointment(stage.visit)).await.json();
    assert_eq!(view.state, AppointmentState::NoShow);
    let path = routes::appointment_history(stage.visit);
    let told: HistoryView = patient.get(&path).await.json();
    let noted = told.items.last().unwrap();
    assert_eq!(noted.kind, ChangeKind::NoShow);
    assert!(noted.by.is_none(), "the clock noted it");
}

/// Another node on the same database: all but what is in memory.
fn another_node(app: &TestApp) -> AppState {
    AppState {
        hub: Hub::default(),
        jobs: Jobs::default(),
        ..app.state.clone()
    }
}

async fn of_two_nodes_on_one_database_one_reminds(mut app: TestApp) {
    let doctor = app.doctor("dora").await;
    let mut patients = Vec::new();
    for n in 0..5 {
        let patient = app.patient(&format!("pat{n}")).await;
        patient.book(&doctor, DAY + 30 * (n + 1)).await;
        patients.push(patient);
    }
    let node = another_node(&app);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (stop, server) = run(node.clone(), listener, |_| ());
    app.clock.advance_secs(4 * 60 * 60);
    for _ in 0..20 {
        node.jobs.wake();
        app.state.jobs.wake();
    }
    let mut reminded = Vec::new();
    while reminded.len() < patients.len() {
        let mail = app.mailbox.next().await;
        if mail.subject.ends_with("a reminder of your visit") {
            reminded.push(mail.to);
        }
    }
    reminded.sort();
    let expected: Vec<_> = patients.iter().map(|one| one.email.clone()).collect();
    assert_eq!(reminded, expected);
    // Both finish what they were at; nothing more was queued.
    drop(stop);
    tokio::task::spawn_blocking(move || server.join().unwrap())
        .await
        .unwrap();
    app.stop().await;
    let count = "(SELECT count(*) FROM mails WHERE kind = 'visit_day_before')";
    assert_eq!(app.db.raw().number(count).unwrap(), 5);
    let held = "(SELECT count(*) FROM job_leases WHERE holder IS NOT NULL)";
    assert_eq!(
        app.db.raw().number(held).unwrap(),
        0,
        "who stops leaves no lease behind"
    );
}

/// A mail server that takes the first reminder, and then the process dies before it can
/// say so.
struct Deadly {
    taken: UnboundedSender<(MailId, String)>,
    died: Arc<AtomicBool>,
}

impl Transport for Deadly {
    fn hand_over<'a>(&'a self, post: &'a Post) -> Handing<'a> {
        Box::pin(async move {
            let taken = self.taken.send((post.id, post.subject.clone()));
            taken.map_err(|_| "nobody reads")?;
            let reminds = post.subject.ends_with("a reminder of your visit");
            assert!(
                !reminds || self.died.swap(true, Ordering::SeqCst),
                "dies here"
            );
            Ok(())
        })
    }
}

async fn a_reminder_comes_twice_rather_than_never_when_the_server_dies_in_between(db: TestDb) {
    let (taken, mut received) = unbounded_channel();
    let transport = Deadly {
        taken,
        died: Arc::default(),
    };
    let setup = Setup {
        mailer: Some(Mailer::new("Visita <visita@localhost>", transport).unwrap()),
        ..Setup::default()
    };
    let mut app = TestApp::with(db, setup).await;
    let (doctor, patient) = (app.doctor("dora").await, app.patient("pat").await);
    patient.book(&doctor, DAY + 60).await;
    received.recv().await.unwrap();
    later(&app, 90);
    let first = received.recv().await.unwrap();
    app.restart().await;
    app.clock.advance_secs(LEASE_SECS);
    app.state.mailer.wake();
    let again = received.recv().await.unwrap();
    assert_eq!(again, first, "the same mail, with the same Message-ID");
    // And not a third time.
    app.clock.advance_secs(LEASE_SECS);
    later(&app, DAY - 40);
    let soon = received.recv().await.unwrap();
    assert!(soon.1.ends_with("your visit begins soon"), "{}", soon.1);
}

async fn a_hold_that_is_over_ends_by_itself(app: TestApp) {
    let (doctor, patient) = (app.doctor("dora").await, app.patient("pat").await);
    let mut wish = booking(doctor.doctor_id(), DAY);
    wish.as_object_mut().unwrap().remove("reason");
    let held: AppointmentView = patient.post(routes::APPOINTMENT_HOLDS, &wish).await.json();
    assert_eq!(held.state, AppointmentState::Held);
    a_whole_run(&app, &doctor, 0).await;
    let left = "(SELECT count(*) FROM appointments WHERE state = 'held')";
    assert_eq!(app.db.raw().number(left).unwrap(), 0);
}

/// Moves the clock on by 90 minutes, so many days after the start of tests, until all jobs were
/// looked after. They are done in turn: when a later run reminds, the earlier is over.
async fn a_whole_run(app: &TestApp, doctor: &Person, today: i64) {
    for (name, minutes) in [("one", 60), ("two", 90)] {
        let minutes = (today + 1) * DAY + minutes;
        app.patient(name).await.book(doctor, minutes).await;
    }
    for (name, minutes) in [("one", 60), ("two", 30)] {
        later(app, minutes);
        loop {
            let mail = app.mailbox.next_to(&format!("{name}@example.org")).await;
            if mail.subject.ends_with("a reminder of your visit") {
                break;
            }
        }
    }
}

async fn sessions_and_mails_that_are_long_over_are_deleted(app: TestApp) {
    let (mut doctor, patient) = (app.doctor("dora").await, app.patient("pat").await);
    let address = json!({ "email": patient.email });
    app.anonymous()
        .post(routes::FORGOT_PASSWORD, &address)
        .await
        .expect(StatusCode::ACCEPTED);
    app.mailbox.next_to(&patient.email).await;
    let days = KEPT_DAYS + 1;
    app.clock.advance_secs(days * 24 * 60 * 60);
    doctor.sign_in().await;
    a_whole_run(&app, &doctor, days).await;
    let count = |of: &str| {
        let count = format!("(SELECT count(*) FROM {of})");
        app.db.raw().number(&count).unwrap()
    };
    let owner = "user_id = (SELECT id FROM users WHERE email =";
    // The newest of each person stays.
    for who in [&doctor, &patient] {
        assert_eq!(
            count(&format!("sessions WHERE {owner} '{}')", who.email)),
            1
        );
    }
    let of_patient = format!("mails WHERE to_address = '{}'", patient.email);
    assert_eq!([count(&of_patient), count("account_codes")], [0, 0]);
}

on_both!(
    patients_are_told_of_their_visits_and_reminded,
    a_visit_to_which_nobody_comes_ends_and_open_pages_hear_of_it,
    of_two_nodes_on_one_database_one_reminds,
    a_hold_that_is_over_ends_by_itself,
    sessions_and_mails_that_are_long_over_are_deleted,
);
on_both!(
    db;
    a_reminder_comes_twice_rather_than_never_when_the_server_dies_in_between,
);
