//! Holds, reassignment, and what a hospital lets patients do: as the API answers.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use visita_domain::AppointmentId;
use visita_domain::appointment::{AppointmentState, HOLD_MINUTES};
use visita_wire::appointments::AppointmentView;
use visita_wire::availability::{ExceptionView, NextSlotsView};
use visita_wire::people::HospitalView;
use visita_wire::{Page, routes};

use crate::harness::{Person, TestApp, on_both, start_of_tests};

on_both!(
    a_held_time_is_confirmed_by_its_holder_in_time,
    staff_gives_a_visit_to_another_doctor,
    a_hospital_bounds_what_patients_do,
    doctors_come_by_their_next_free_time,
    times_that_make_no_sense_are_refused_by_name,
    a_change_of_hours_asks_about_the_visits_that_it_strands,
);

fn wish(doctor: &Person, minutes: i64) -> Value {
    json!({
        "doctor_id": doctor.doctor_id(),
        "starts_at": start_of_tests().plus_minutes(minutes),
    })
}

async fn hold(who: &Person, doctor: &Person, minutes: i64) -> AppointmentView {
    let made = who
        .post(routes::APPOINTMENT_HOLDS, &wish(doctor, minutes))
        .await;
    let made = made.expect(StatusCode::CREATED);
    let view: AppointmentView = made.json();
    assert_eq!(made.header("location"), routes::appointment(view.id));
    view
}

fn confirm_path(id: AppointmentId) -> String {
    routes::appointment_action(id, "confirm")
}

fn why() -> Value {
    json!({ "reason": "Cough" })
}

async fn a_held_time_is_confirmed_by_its_holder_in_time(app: TestApp) {
    let (doctor, mut ana, mut bob) = (
        app.doctor("dora").await,
        app.patient("ana").await,
        app.patient("bob").await,
    );
    let held = hold(&ana, &doctor, 60).await;
    assert_eq!(held.state, AppointmentState::Held);
    let until = start_of_tests().plus_minutes(HOLD_MINUTES);
    assert_eq!(held.hold_expires_at, Some(until));
    let refused: Value = bob
        .try_book(&doctor, 60)
        .await
        .problem(409, "slot_taken")
        .json();
    assert_eq!(refused["conflicts"], json!(["held_by_another"]));
    bob.post(&confirm_path(held.id), &why())
        .await
        .problem(404, "not_found");
    let booked = ana.post(&confirm_path(held.id), &why()).await;
    let booked: AppointmentView = booked.expect(StatusCode::OK).json();
    assert_eq!(
        (booked.state, booked.hold_expires_at),
        (AppointmentState::Booked, None)
    );
    // A repeated request after a lost answer, and one that means something else.
    let again: AppointmentView = ana.post(&confirm_path(held.id), &why()).await.json();
    assert_eq!(again.version, booked.version);
    let other = json!({ "reason": "Something else" });
    ana.post(&confirm_path(held.id), &other)
        .await
        .problem(409, "illegal_transition");

    let late = hold(&bob, &doctor, 120).await;
    app.clock.advance_secs(60 * HOLD_MINUTES);
    ana.sign_in().await;
    bob.sign_in().await;
    bob.post(&confirm_path(late.id), &why())
        .await
        .problem(409, "hold_expired");
    ana.book(&doctor, 120).await;
    bob.post(&confirm_path(late.id), &why())
        .await
        .problem(409, "hold_expired");
    let all: Page<AppointmentView> = bob.get(routes::APPOINTMENTS).await.json();
    assert_eq!(all.items.len(), 0);
}

async fn doctors_come_by_their_next_free_time(app: TestApp) {
    let (dora, omar, ana) = (
        app.doctor("dora").await,
        app.doctor("omar").await,
        app.patient("ana").await,
    );
    let ask = async |wanted: Value| -> NextSlotsView {
        let found = ana.post(routes::NEXT_SLOTS, &wanted).await;
        found.expect(StatusCode::OK).json()
    };
    let all = ask(json!({})).await;
    assert_eq!((all.items.len(), all.more), (2, false));
    let first = all.items[0].next.unwrap();
    // The first doctor's next time goes, so the other one comes first.
    let taken = all.items[0].doctor.id;
    let wish = json!({ "doctor_id": taken, "starts_at": first.starts_at, "reason": "Cough" });
    ana.post(routes::APPOINTMENTS, &wish)
        .await
        .expect(StatusCode::CREATED);
    let then = ask(json!({ "limit": 1 })).await;
    assert_eq!((then.items.len(), then.more), (1, true));
    let ids = [dora.doctor_id(), omar.doctor_id()];
    assert!(ids.contains(&taken) && ids.contains(&then.items[0].doctor.id));
    assert_ne!(then.items[0].doctor.id, taken);
    // What a patient may not know of a doctor is not told here either.
    assert_eq!(then.items[0].doctor.email, None);
    assert_eq!(ask(json!({ "search": "nobody" })).await.items.len(), 0);
    for odd in [json!({ "state": "disabled" }), json!({ "limit": 0 })] {
        ana.post(routes::NEXT_SLOTS, &odd)
            .await
            .problem(422, "validation_failed");
    }
}

async fn staff_gives_a_visit_to_another_doctor(app: TestApp) {
    let (doctor, other, ana, staff) = (
        app.doctor("dora").await,
        app.doctor("omar").await,
        app.patient("ana").await,
        app.staff("sam").await,
    );
    let visit = ana.book(&doctor, 60).await;
    let path = routes::appointment(visit.id);
    let to = |who: &Person| json!({ "doctor_id": who.doctor_id() });
    let change = |who: &Person, body: Value, version: i64| {
        who.request(Method::PATCH, &path)
            .header("if-match", &format!("\"{version}\""))
            .json(&body)
            .send()
    };
    for who in [&ana, &doctor] {
        change(who, to(&other), visit.version)
            .await
            .problem(403, "forbidden");
    }
    let same: AppointmentView = change(&staff, json!({}), visit.version).await.json();
    assert_eq!(same.version, visit.version);
    let moved = change(&staff, to(&other), visit.version)
        .await
        .expect(StatusCode::OK);
    let moved: AppointmentView = moved.json();
    assert_eq!(
        (moved.doctor_id, moved.starts_at),
        (other.doctor_id(), visit.starts_at)
    );
    assert_eq!(moved.doctor_name, "omar");
    doctor.get(&path).await.problem(404, "not_found");
    let talk = visit.conversation_id.unwrap();
    doctor
        .get(&routes::messages(talk))
        .await
        .problem(404, "not_found");
    other
        .get(&routes::messages(talk))
        .await
        .expect(StatusCode::OK);
    // The new doctor is busy then, so the next one goes there on purpose only.
    let bob = app.patient("bob").await;
    let second = bob.book(&doctor, 60).await;
    let second_path = routes::appointment(second.id);
    let refused = staff
        .request(Method::PATCH, &second_path)
        .header("if-match", &format!("\"{}\"", second.version))
        .json(&to(&other))
        .send()
        .await;
    let refused: Value = refused.problem(409, "slot_taken").json();
    assert_eq!(refused["conflicts"], json!(["doctor_busy"]));
    let mut over = to(&other);
    over["overbook_reason"] = json!("The doctor is ill");
    let there = staff
        .request(Method::PATCH, &second_path)
        .header("if-match", &format!("\"{}\"", second.version))
        .json(&over)
        .send()
        .await;
    let there: AppointmentView = there.expect(StatusCode::OK).json();
    assert_eq!(there.overbook_reason.as_deref(), Some("The doctor is ill"));
}

async fn a_hospital_bounds_what_patients_do(app: TestApp) {
    let (doctor, ana, staff) = (
        app.doctor("dora").await,
        app.patient("ana").await,
        app.staff("sam").await,
    );
    let visit = ana.book(&doctor, 90).await;
    let path = routes::hospital(app.hospital);
    let policy = json!({ "lead_minutes": 60, "horizon_days": 2, "notice_minutes": 120 });
    let changed = staff.patch(&path, &json!({ "booking": policy })).await;
    let changed: HospitalView = changed.expect(StatusCode::OK).json();
    assert_eq!(json!(changed.booking), policy);
    ana.patch(&path, &json!({ "booking": policy }))
        .await
        .problem(403, "forbidden");
    for (field, value) in [
        ("lead_minutes", 43_201),
        ("horizon_days", 0),
        ("notice_minutes", 70_000),
    ] {
        let mut wrong = policy.clone();
        wrong[field] = json!(value);
        let refused = staff.patch(&path, &json!({ "booking": wrong })).await;
        assert!(refused.status.is_client_error(), "{field}");
    }
    for (minutes, conflict) in [(30, "too_soon"), (2 * 1440, "too_far_ahead")] {
        let refused: Value = ana
            .try_book(&doctor, minutes)
            .await
            .problem(409, "slot_taken")
            .json();
        assert_eq!(refused["conflicts"], json!([conflict]));
    }
    let cancel = routes::appointment_action(visit.id, "cancel");
    ana.post(&cancel, &json!({})).await.problem(409, "too_late");
    let refused = ana
        .request(Method::PATCH, &routes::appointment(visit.id))
        .header("if-match", &format!("\"{}\"", visit.version))
        .json(&json!({ "starts_at": start_of_tests().plus_minutes(600) }))
        .send()
        .await;
    refused.problem(409, "too_late");
    staff
        .post(&cancel, &json!({ "reason": "Asked by phone" }))
        .await
        .expect(StatusCode::OK);
}

async fn a_change_of_hours_asks_about_the_visits_that_it_strands(app: TestApp) {
    let (doctor, ana) = (app.doctor("dora").await, app.patient("ana").await);
    let visit = ana.book(&doctor, 60).await;
    let path = routes::availability(doctor.doctor_id());
    let hours = |more: Value| {
        let mut body =
            json!({ "rules": [{ "weekday": "friday", "from": "09:00", "until": "12:00" }] });
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        body
    };
    let asked = doctor.put(&path, &hours(json!({}))).await;
    let asked: Value = asked.problem(409, "visits_stranded").json();
    let named = json!([{
        "appointment_id": visit.id, "starts_at": visit.starts_at, "ends_at": visit.ends_at,
        "patient_name": "ana",
    }]);
    assert_eq!(
        (&asked["stranded"], &asked["stranded_count"]),
        (&named, &json!(1))
    );
    let off = json!({
        "kind": "time_off", "starts_at": visit.starts_at, "ends_at": visit.ends_at,
    });
    let exceptions = routes::exceptions(doctor.doctor_id());
    doctor
        .post(&exceptions, &off)
        .await
        .problem(409, "visits_stranded");
    doctor
        .put(&path, &hours(json!({ "keep_booked": true })))
        .await
        .expect(StatusCode::OK);
    // Outside of the hours already.
    let off: ExceptionView = doctor.post(&exceptions, &off).await.json();
    let removed = routes::exception(doctor.doctor_id(), off.id);
    doctor
        .delete(&format!("{removed}?keep_booked=maybe"))
        .await
        .problem(422, "validation_failed");
    doctor
        .delete(&format!("{removed}?keep_booked=true"))
        .await
        .expect(StatusCode::NO_CONTENT);
    let view: AppointmentView = ana.get(&routes::appointment(visit.id)).await.json();
    assert_eq!(view.state, AppointmentState::Booked);
}

/// Each a code of its own, and nothing changes.
async fn times_that_make_no_sense_are_refused_by_name(app: TestApp) {
    let (doctor, ana) = (app.doctor("dora").await, app.patient("ana").await);
    let id = doctor.doctor_id();
    for (starts_at, status, code) in [
        ("9999-12-01T10:00:00Z", 422, "invalid_time"),
        ("9999-12-31T23:45:00Z", 422, "validation_failed"),
        ("2026-02-30T10:00:00Z", 422, "validation_failed"),
        ("2026-11-24T10:00:00", 422, "validation_failed"),
        ("2026-11-24", 422, "validation_failed"),
        ("2020-01-01T10:00:00Z", 409, "slot_taken"),
    ] {
        let body = json!({ "doctor_id": id, "starts_at": starts_at });
        ana.post(routes::APPOINTMENT_HOLDS, &body)
            .await
            .problem(status, code);
        let body = json!({ "doctor_id": id, "starts_at": starts_at, "reason": "Cough" });
        ana.post(routes::APPOINTMENTS, &body)
            .await
            .problem(status, code);
    }
    let all: Page<AppointmentView> = ana.get(routes::APPOINTMENTS).await.json();
    assert_eq!(all.items.len(), 0);
    let visit = ana.book(&doctor, 60).await;
    for tag in ["\"0\"", "\"2\""] {
        let stale = ana
            .request(Method::PATCH, &routes::appointment(visit.id))
            .header("if-match", tag)
            .json(&json!({ "starts_at": start_of_tests().plus_minutes(120) }))
            .send()
            .await;
        let stale: Value = stale.problem(412, "version_mismatch").json();
        assert_eq!(stale["current_version"], visit.version);
    }
    let cancel = routes::appointment_action(visit.id, "cancel");
    ana.post(&cancel, &json!({})).await.expect(StatusCode::OK);
    ana.post(&cancel, &json!({}))
        .await
        .problem(409, "illegal_transition");
}
