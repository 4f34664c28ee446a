//! Slots, booking, moving and the steps of a visit.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;
use visita_domain::AppointmentId;
use visita_domain::appointment::{AppointmentState, ChangeKind};
use visita_domain::people::Role;
use visita_wire::appointments::{AppointmentView, HistoryView, LobbyView, Presence};
use visita_wire::availability::{AvailabilityView, ExceptionView, SlotsView};
use visita_wire::calls::CallView;
use visita_wire::dashboard::DashboardView;
use visita_wire::{Page, routes};

use crate::harness::{TestApp, booking, on_both, start_of_tests, step};

on_both!(
    of_many_who_book_one_time_one_wins,
    a_visit_runs_from_booking_to_finish,
    strangers_cannot_tell_a_visit_from_none,
);

#[tokio::test]
async fn slots_follow_hours_and_bookings() {
    let app = TestApp::new().await;
    let (doctor, ana) = (app.doctor("dora").await, app.patient("ana").await);
    let hours = json!({ "rules": [{ "weekday": "tuesday", "from": "09:00", "until": "10:30" }] });
    let path = routes::availability(doctor.doctor_id());
    let view: AvailabilityView = doctor
        .put(&path, &hours)
        .await
        .expect(StatusCode::OK)
        .json();
    assert_eq!(
        (view.time_zone.as_str(), view.rules.len()),
        ("Europe/Paris", 1)
    );
    let slots = async || -> Vec<String> {
        let days = "from=2026-11-23&to=2026-11-29";
        let path = format!("{}?{days}", routes::slots(doctor.doctor_id()));
        let view: SlotsView = ana.get(&path).await.expect(StatusCode::OK).json();
        view.slots
            .iter()
            .map(|slot| slot.starts_at.to_string()[11..16].to_owned())
            .collect()
    };
    // Paris is an hour ahead of UTC in November.
    assert_eq!(slots().await, ["08:00", "08:30", "09:00"]);
    ana.book(&doctor, 24 * 60 + 30).await;
    assert_eq!(slots().await, ["08:00", "09:00"]);
    let off = json!({
        "kind": "time_off",
        "starts_at": "2026-11-24T08:00:00Z", "ends_at": "2026-11-24T08:30:00Z",
    });
    let path = routes::exceptions(doctor.doctor_id());
    let off: ExceptionView = doctor
        .post(&path, &off)
        .await
        .expect(StatusCode::CREATED)
        .json();
    assert_eq!(slots().await, ["09:00"]);
    let path = routes::exception(doctor.doctor_id(), off.id);
    doctor.delete(&path).await.expect(StatusCode::NO_CONTENT);
    doctor.delete(&path).await.problem(404, "not_found");
    assert_eq!(slots().await, ["08:00", "09:00"]);
}

#[tokio::test]
async fn hours_and_ranges_that_make_no_sense_are_refused() {
    let app = TestApp::new().await;
    let (doctor, ana) = (app.doctor("dora").await, app.patient("ana").await);
    let path = routes::availability(doctor.doctor_id());
    let twice = json!({ "weekday": "monday", "from": "09:00", "until": "12:00" });
    doctor
        .put(&path, &json!({ "rules": [twice, twice] }))
        .await
        .problem(422, "invalid_time");
    let night = json!({ "weekday": "monday", "from": "22:00", "until": "06:00" });
    doctor
        .put(&path, &json!({ "rules": [night] }))
        .await
        .problem(422, "invalid_time");
    let late = json!({ "weekday": "monday", "from": "09:00", "until": "25:00" });
    let problem: Value = doctor
        .put(&path, &json!({ "rules": [late] }))
        .await
        .problem(422, "validation_failed")
        .json();
    assert_eq!(problem["errors"][0]["field"], "rules[0].until");
    let backwards = json!({
        "kind": "time_off",
        "starts_at": "2026-11-24T09:00:00Z", "ends_at": "2026-11-24T08:00:00Z",
    });
    let path = routes::exceptions(doctor.doctor_id());
    doctor
        .post(&path, &backwards)
        .await
        .problem(422, "invalid_time");
    let slots = routes::slots(doctor.doctor_id());
    for (query, code) in [
        ("", "validation_failed"),
        ("?from=2026-11-23&to=2027-11-23", "invalid_time"),
        ("?from=2026-11-23&to=2026-11-22", "invalid_time"),
        ("?from=2026-02-30&to=2026-03-01", "validation_failed"),
    ] {
        ana.get(&format!("{slots}{query}")).await.problem(422, code);
    }
}

#[tokio::test]
async fn a_conflict_names_every_reason() {
    let app = TestApp::new().await;
    let (doctor, ana, bob) = (
        app.doctor("dora").await,
        app.patient("ana").await,
        app.patient("bob").await,
    );
    ana.book(&doctor, 60).await;
    let taken: Value = bob
        .try_book(&doctor, 60)
        .await
        .problem(409, "slot_taken")
        .json();
    assert_eq!(taken["conflicts"], json!(["doctor_busy"]));
    let own: Value = ana
        .try_book(&doctor, 60)
        .await
        .problem(409, "slot_taken")
        .json();
    assert_eq!(own["conflicts"], json!(["doctor_busy", "patient_busy"]));
    let past: Value = bob
        .try_book(&doctor, -60)
        .await
        .problem(409, "slot_taken")
        .json();
    assert_eq!(past["conflicts"], json!(["in_the_past"]));
    // Staff book over it on purpose, with a reason that the patient does not see.
    let mut over = booking(doctor.doctor_id(), 60);
    over["patient_id"] = json!(bob.id);
    let staff = app.staff("sam").await;
    staff
        .post(routes::APPOINTMENTS, &over)
        .await
        .problem(409, "slot_taken");
    over["overbook_reason"] = json!("Urgent");
    let booked = staff
        .post(routes::APPOINTMENTS, &over)
        .await
        .expect(StatusCode::CREATED);
    let view: AppointmentView = booked.json();
    assert_eq!(view.overbook_reason.as_deref(), Some("Urgent"));
    assert_eq!(view.conversation_id, None);
    let path = routes::appointment(view.id);
    let seen: AppointmentView = bob.get(&path).await.expect(StatusCode::OK).json();
    assert_eq!(seen.overbook_reason, None);
    assert!(seen.conversation_id.is_some());
    let mut cheat = booking(doctor.doctor_id(), 60);
    cheat["overbook_reason"] = json!("I want to");
    let answer = app
        .patient("eve")
        .await
        .post(routes::APPOINTMENTS, &cheat)
        .await;
    answer.problem(403, "forbidden");
}

async fn of_many_who_book_one_time_one_wins(app: TestApp) {
    let doctor = app.doctor("dora").await;
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..24 {
        let (patient, doctor) = (app.patient(&format!("p{number}")).await, doctor.clone());
        tasks.spawn(async move { patient.try_book(&doctor, 60).await });
    }
    let answers = tasks.join_all().await;
    let won = answers
        .iter()
        .filter(|answer| answer.status == StatusCode::CREATED)
        .count();
    assert_eq!(won, 1, "{answers:?}");
    for answer in answers {
        if answer.status != StatusCode::CREATED {
            let body: Value = answer.problem(409, "slot_taken").json();
            assert_eq!(body["conflicts"], json!(["doctor_busy"]));
        }
    }
    let listed: Page<AppointmentView> = doctor.get(routes::APPOINTMENTS).await.json();
    assert_eq!(listed.items.len(), 1);
}

#[tokio::test]
async fn moving_needs_the_version_that_was_seen() {
    let app = TestApp::new().await;
    let (doctor, ana) = (app.doctor("dora").await, app.patient("ana").await);
    let visit = ana.book(&doctor, 60).await;
    let path = routes::appointment(visit.id);
    let seen = ana.get(&path).await.expect(StatusCode::OK);
    let tag = seen.header("etag").to_owned();
    assert_eq!(tag, format!("\"{}\"", visit.version));
    let to = |minutes| json!({ "starts_at": start_of_tests().plus_minutes(minutes) });
    ana.patch(&path, &to(120))
        .await
        .problem(428, "precondition_required");
    let with = |tag: &str, minutes| {
        ana.request(Method::PATCH, &path)
            .header("if-match", tag)
            .json(&to(minutes))
            .send()
    };
    for bad in ["3", "W/\"1\"", "\"x\"", "*"] {
        with(bad, 120).await.problem(400, "malformed_request");
    }
    let moved = with(&tag, 120).await.expect(StatusCode::OK);
    let view: AppointmentView = moved.json();
    assert_eq!((view.id, view.state), (visit.id, AppointmentState::Booked));
    assert_eq!(view.starts_at, start_of_tests().plus_minutes(120));
    assert_ne!(moved.header("etag"), tag);
    let stale: Value = with(&tag, 180)
        .await
        .problem(412, "version_mismatch")
        .json();
    assert_eq!(stale["current_version"], view.version);
    app.patient("bob").await.book(&doctor, 180).await;
    let taken = with(moved.header("etag"), 180).await;
    taken.problem(409, "slot_taken");
}

async fn a_visit_runs_from_booking_to_finish(app: TestApp) {
    let (doctor, ana) = (app.doctor("dora").await, app.patient("ana").await);
    let visit = ana.book(&doctor, 120).await;
    let path = routes::appointment(visit.id);
    ana.act(&step(visit.id, "arrive"))
        .await
        .problem(409, "too_early");
    app.clock.advance_secs(61 * 60);
    let (mut ana, mut doctor) = (ana, doctor);
    ana.sign_in().await;
    doctor.sign_in().await;
    ana.get(&routes::call(visit.id))
        .await
        .problem(409, "illegal_transition");
    let waits: AppointmentView = ana
        .act(&step(visit.id, "arrive"))
        .await
        .expect(StatusCode::OK)
        .json();
    assert_eq!(waits.state, AppointmentState::Arrived);
    ana.act(&step(visit.id, "arrive"))
        .await
        .expect(StatusCode::OK);
    let lobby: LobbyView = doctor
        .get(routes::LOBBY)
        .await
        .expect(StatusCode::OK)
        .json();
    let [entry] = lobby.items.as_slice() else {
        panic!("{lobby:?}");
    };
    assert_eq!(
        (entry.appointment_id, entry.presence),
        (visit.id, Presence::Away)
    );
    ana.act(&step(visit.id, "admit"))
        .await
        .problem(403, "forbidden");
    doctor
        .act(&step(visit.id, "finish"))
        .await
        .problem(409, "illegal_transition");
    doctor
        .act(&step(visit.id, "admit"))
        .await
        .expect(StatusCode::OK);
    let call: CallView = ana
        .get(&routes::call(visit.id))
        .await
        .expect(StatusCode::OK)
        .json();
    assert_eq!((call.ice_servers, call.expires_at), (vec![], None));
    let done: AppointmentView = doctor
        .act(&step(visit.id, "finish"))
        .await
        .expect(StatusCode::OK)
        .json();
    assert_eq!(done.state, AppointmentState::Finished);
    let cancel = ana.post(&step(visit.id, "cancel"), &json!({})).await;
    cancel.problem(409, "illegal_transition");
    let seen: AppointmentView = ana.get(&path).await.json();
    assert_eq!(seen.state, AppointmentState::Finished);
    let lobby: LobbyView = doctor.get(routes::LOBBY).await.json();
    assert!(lobby.items.is_empty());
    // Both read who did what, by the same names.
    let path = routes::appointment_history(visit.id);
    let told: HistoryView = ana.get(&path).await.expect(StatusCode::OK).json();
    let told: Vec<_> = told
        .items
        .into_iter()
        .map(|change| {
            assert_eq!(change.doctor_id, Some(visit.doctor_id));
            (change.kind, change.by.unwrap().role, change.version)
        })
        .collect();
    assert_eq!(
        told,
        [
            (ChangeKind::Booked, Role::Patient, 1),
            (ChangeKind::Arrived, Role::Patient, 2),
            (ChangeKind::Admitted, Role::Doctor, 3),
            (ChangeKind::Finished, Role::Doctor, 4),
        ]
    );
}

#[tokio::test]
async fn a_patient_leaves_the_waiting_room_and_may_cancel() {
    let app = TestApp::new().await;
    let (doctor, ana) = (app.doctor("dora").await, app.patient("ana").await);
    let visit = ana.book(&doctor, 30).await;
    ana.act(&step(visit.id, "arrive"))
        .await
        .expect(StatusCode::OK);
    let left: AppointmentView = ana
        .act(&step(visit.id, "leave"))
        .await
        .expect(StatusCode::OK)
        .json();
    assert_eq!(left.state, AppointmentState::Booked);
    let reason = json!({ "reason": "Feeling better" });
    let cancelled = ana
        .post(&step(visit.id, "cancel"), &reason)
        .await
        .expect(StatusCode::OK);
    let view: AppointmentView = cancelled.json();
    assert_eq!(view.state, AppointmentState::Cancelled);
    assert_eq!(view.cancel_reason.as_deref(), Some("Feeling better"));
    // The time is free again.
    app.patient("bob").await.book(&doctor, 30).await;
}

#[tokio::test]
async fn lists_are_filtered_and_ordered() {
    let app = TestApp::new().await;
    let (doctor, ana, bob) = (
        app.doctor("dora").await,
        app.patient("ana").await,
        app.patient("bob").await,
    );
    let early = ana.book(&doctor, 60).await;
    let late = bob.book(&doctor, 24 * 60).await;
    bob.post(&step(late.id, "cancel"), &json!({}))
        .await
        .expect(StatusCode::OK);
    let staff = app.staff("sam").await;
    let noon = start_of_tests().plus_minutes(240);
    for (query, expected) in [
        (String::new(), vec![early.id, late.id]),
        ("order=desc".to_owned(), vec![late.id, early.id]),
        ("state=cancelled,no_show".to_owned(), vec![late.id]),
        ("state=booked".to_owned(), vec![early.id]),
        (format!("to={noon}"), vec![early.id]),
        (format!("from={noon}"), vec![late.id]),
        (format!("patient_id={}", ana.id), vec![early.id]),
        (format!("doctor_id={}", Uuid::nil()), vec![]),
    ] {
        let path = format!("{}?{query}", routes::APPOINTMENTS);
        let page: Page<AppointmentView> = staff.get(&path).await.expect(StatusCode::OK).json();
        let ids: Vec<AppointmentId> = page.items.iter().map(|one| one.id).collect();
        assert_eq!(ids, expected, "{query}");
    }
    let own: Page<AppointmentView> = ana.get(routes::APPOINTMENTS).await.json();
    assert_eq!(own.items.len(), 1);
    let path = format!("{}?state=dreaming", routes::APPOINTMENTS);
    staff.get(&path).await.problem(422, "validation_failed");
}

async fn strangers_cannot_tell_a_visit_from_none(app: TestApp) {
    let (doctor, ana) = (app.doctor("dora").await, app.patient("ana").await);
    let visit = ana.book(&doctor, 60).await;
    let conversation = visit.conversation_id.unwrap();
    let none = Uuid::from_u128(0x0197_a3c2_6f5e_7c3a_9d1b_2f8e_4a6b_0c1d);
    let other = app.other_hospital("away").await;
    let away = app
        .person(visita_domain::people::Role::Patient, Some(other), "eve")
        .await;
    let nobody = |answer: crate::harness::Answer| {
        let mut body: Value = answer.problem(404, "not_found").json();
        body.as_object_mut().unwrap().remove("request_id");
        body.to_string()
    };
    for stranger in [app.patient("bob").await, app.doctor("dirk").await, away] {
        for (method, real, missing) in [
            (
                Method::GET,
                routes::appointment(visit.id),
                routes::appointment(none.into()),
            ),
            (
                Method::GET,
                routes::appointment_history(visit.id),
                routes::appointment_history(none.into()),
            ),
            (
                Method::GET,
                routes::call(visit.id),
                routes::call(none.into()),
            ),
            (
                Method::GET,
                routes::messages(conversation),
                routes::messages(none.into()),
            ),
            (
                Method::GET,
                routes::patient(ana.patient_id()),
                routes::patient(none.into()),
            ),
        ] {
            let real = stranger.request(method.clone(), &real).send().await;
            let missing = stranger.request(method, &missing).send().await;
            assert_eq!(nobody(real), nobody(missing), "{}", stranger.email);
        }
        // Writing tells no more than reading.
        let real = stranger.post(&step(visit.id, "cancel"), &json!({})).await;
        let missing = stranger
            .post(&step(none.into(), "cancel"), &json!({}))
            .await;
        assert_eq!(nobody(real), nobody(missing), "{}", stranger.email);
    }
    ana.get(&routes::appointment(visit.id))
        .await
        .expect(StatusCode::OK);
}

#[tokio::test]
async fn every_role_has_its_first_page() {
    let app = TestApp::new().await;
    let (doctor, ana) = (app.doctor("dora").await, app.patient("ana").await);
    let visit = ana.book(&doctor, 60).await;
    let first = async |person: &crate::harness::Person| -> DashboardView {
        person
            .get(routes::DASHBOARD)
            .await
            .expect(StatusCode::OK)
            .json()
    };
    match first(&ana).await {
        DashboardView::Patient { upcoming, .. } => assert_eq!(upcoming[0].id, visit.id),
        other => panic!("{other:?}"),
    }
    match first(&doctor).await {
        DashboardView::Doctor { today, .. } => assert_eq!(today[0].id, visit.id),
        other => panic!("{other:?}"),
    }
    match first(&app.staff("sam").await).await {
        DashboardView::Staff { today, doctors, .. } => {
            assert_eq!((today[0].id, doctors), (visit.id, 1));
            assert_eq!(today[0].conversation_id, None);
        }
        other => panic!("{other:?}"),
    }
    match first(&app.admin("ada").await).await {
        DashboardView::Admin {
            hospitals,
            patients,
            ..
        } => {
            assert_eq!((hospitals, patients), (1, 1));
        }
        other => panic!("{other:?}"),
    }
}
