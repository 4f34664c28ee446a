//! Who reads which part of the audit trail, and who opened a record.

use reqwest::StatusCode;
use serde_json::json;
use visita_wire::oversight::{AccessView, AuditEventView};
use visita_wire::{Page, routes};

use crate::harness::{TestApp, on_both};
use crate::person::Person;

on_both!(
    everybody_reads_their_part_of_the_trail,
    patients_see_who_opened_their_record,
    r46_another_hospitals_trail_is_not_found,
    r46_the_trail_names_no_patient_of_another_hospital,
);

async fn events(who: &Person, query: &str) -> Vec<AuditEventView> {
    let path = format!("{}{query}", routes::AUDIT_EVENTS);
    let page: Page<AuditEventView> = who.get(&path).await.expect(StatusCode::OK).json();
    page.items
}

async fn everybody_reads_their_part_of_the_trail(app: TestApp) {
    let (admin, staff) = (app.admin("ada").await, app.staff("sam").await);
    let (doctor, patient) = (app.doctor("dora").await, app.patient("pat").await);
    doctor.work_always().await;
    let visit = patient.book(&doctor, 60).await;
    doctor
        .get(&routes::appointment(visit.id))
        .await
        .expect(StatusCode::OK);

    let all = events(&staff, "").await;
    assert!(all.is_sorted_by(|a, b| a.id > b.id));
    let read = all
        .iter()
        .find(|event| event.action == "appointment.read")
        .unwrap();
    let actor = read.actor.as_ref().unwrap();
    assert_eq!((actor.id, actor.name.as_str()), (doctor.id, "dora"));
    assert_eq!(read.patient.as_ref().unwrap().name, "pat");
    assert!(read.request_id.is_some());

    let own = events(&doctor, "").await;
    assert!(!own.is_empty());
    assert!(
        own.iter()
            .all(|event| event.actor.as_ref().unwrap().id == doctor.id)
    );

    let configured = events(&admin, &format!("?hospital_id={}", app.hospital)).await;
    assert!(
        configured
            .iter()
            .any(|e| e.action == "user.created" || e.action == "auth.login_succeeded")
    );
    assert!(configured.iter().all(|event| event.patient.is_none()));
    assert!(
        !configured
            .iter()
            .any(|e| e.action.starts_with("appointment."))
    );

    for (query, some) in [
        (format!("?actor_id={}", doctor.id), true),
        (format!("?patient_id={}", patient.id), true),
        ("?action=appointment.booked".to_owned(), true),
        ("?action=document.read".to_owned(), false),
        ("?until=2020-01-01T00:00:00Z".to_owned(), false),
        (
            "?from=2020-01-01T00:00:00Z&until=2099-01-01T00:00:00Z".to_owned(),
            true,
        ),
    ] {
        assert_eq!(!events(&staff, &query).await.is_empty(), some, "{query}");
    }
    staff
        .get(&format!("{}?action=nothing", routes::AUDIT_EVENTS))
        .await
        .problem(422, "validation_failed");
    app.clock.advance_secs(1);
    events(&staff, "").await;
    app.clock.advance_secs(1);
    // Reading leaves its event too, and pages do not repeat.
    let first: Page<AuditEventView> = staff
        .get(&format!("{}?limit=2", routes::AUDIT_EVENTS))
        .await
        .json();
    assert_eq!(first.items[0].action, "audit.read");
    let cursor = first.next_cursor.unwrap();
    let next = events(&staff, &format!("?limit=2&cursor={cursor}")).await;
    assert!(next[0].id < first.items[1].id);

    let file = staff.get(routes::AUDIT_EXPORT).await.expect(StatusCode::OK);
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
    assert!(file.header("content-disposition").starts_with("attachment"));
    let text = String::from_utf8(file.bytes.clone()).unwrap();
    assert!(text.starts_with("at,action,actor_id,"), "{text}");
    assert!(text.lines().count() > all.len(), "{text}");
}

async fn patients_see_who_opened_their_record(app: TestApp) {
    let (doctor, patient) = (app.doctor("dora").await, app.patient("pat").await);
    let (staff, other) = (app.staff("sam").await, app.patient("pia").await);
    doctor.work_always().await;
    patient.book(&doctor, 60).await;
    let report = async |who: &Person| {
        let page: Page<AccessView> = who
            .get(routes::ACCESS_REPORT)
            .await
            .expect(StatusCode::OK)
            .json();
        page.items
    };
    assert_eq!(report(&patient).await, []);
    doctor.get(&routes::patient(patient.patient_id())).await;
    app.clock.advance_secs(1);
    let correct = json!({ "phone": "+33 1" });
    staff
        .patch(&routes::patient(patient.patient_id()), &correct)
        .await
        .expect(StatusCode::OK);
    patient.get(&routes::patient(patient.patient_id())).await;
    let seen: Vec<_> = report(&patient)
        .await
        .into_iter()
        .map(|one| (one.actor.name, one.action))
        .collect();
    assert_eq!(
        seen,
        [
            ("sam".to_owned(), "patient.changed".to_owned()),
            ("dora".to_owned(), "patient.read".to_owned()),
        ]
    );
    assert_eq!(report(&other).await, []);
    staff
        .get(routes::ACCESS_REPORT)
        .await
        .problem(403, "forbidden");
}

async fn r46_another_hospitals_trail_is_not_found(app: TestApp) {
    let away = app.other_hospital("away").await;
    let staff = app.staff("sam").await;
    for id in [away.0, uuid::Uuid::from_u128(7)] {
        for path in [routes::AUDIT_EVENTS, routes::AUDIT_EXPORT] {
            staff
                .get(&format!("{path}?hospital_id={id}"))
                .await
                .problem(404, "not_found");
        }
    }
    // Without naming it, its events do not show either.
    let stranger = app
        .person(visita_domain::people::Role::Staff, Some(away), "sue")
        .await;
    let seen = events(&stranger, "").await;
    assert!(seen.iter().all(|event| event.hospital_id == Some(away)));
}

async fn r46_the_trail_names_no_patient_of_another_hospital(app: TestApp) {
    let away = app.other_hospital("away").await;
    let role = visita_domain::people::Role::Patient;
    let foreign = app.person(role, Some(away), "secret-patient").await;
    let (staff, doctor) = (app.staff("sam").await, app.doctor("dora").await);
    // Asking for somebody is an event about them, whoever they are.
    let query = format!("?patient_id={}", foreign.id);
    let documents = format!("{}{query}", routes::DOCUMENTS);
    doctor.get(&documents).await.expect(StatusCode::OK);
    events(&staff, &query).await;
    assert_eq!(events(&staff, &query).await.len(), 2);
    for path in [routes::AUDIT_EVENTS, routes::AUDIT_EXPORT] {
        for query in ["", query.as_str()] {
            let told = staff.get(&format!("{path}{query}")).await;
            let told = told.expect(StatusCode::OK);
            assert!(!format!("{told:?}").contains("secret-patient"), "{told:?}");
        }
    }
}
