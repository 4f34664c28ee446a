//! Hospitals, accounts, doctors and patients.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::StatusCode;
use serde_json::{Value, json};
use visita_domain::people::{Role, UserState};
use visita_wire::people::{DoctorChoices, DoctorView, HospitalView, PatientView, UserView};
use visita_wire::{Page, routes};

use crate::harness::{TestApp, booking, on_both};

on_both!(
    lists_turn_pages,
    lists_come_in_the_order_asked_for,
    accounts_are_made_and_changed_by_whom_they_may,
    archived_people_keep_their_history_and_come_back
);

#[tokio::test]
async fn hospitals_are_public_to_read_and_the_admins_to_make() {
    let app = TestApp::new().await;
    let admin = app.admin("ada").await;
    let body = json!({ "name": "Lakeside", "slug": "lakeside", "time_zone": "Europe/Zurich" });
    let made = admin
        .post(routes::HOSPITALS, &body)
        .await
        .expect(StatusCode::CREATED);
    let view: HospitalView = made.json();
    assert_eq!(made.header("location"), routes::hospital(view.id));
    admin
        .post(routes::HOSPITALS, &body)
        .await
        .problem(409, "slug_taken");
    let wrong = json!({ "name": "Moon", "slug": "moon", "time_zone": "Moon/Crater" });
    let problem: Value = admin
        .post(routes::HOSPITALS, &wrong)
        .await
        .problem(422, "validation_failed")
        .json();
    assert_eq!(problem["errors"][0]["field"], "time_zone");
    let all: Page<HospitalView> = app.anonymous().get(routes::HOSPITALS).await.json();
    assert_eq!(all.items.len(), 2);
    let archive = json!({ "archived": true });
    admin
        .patch(&routes::hospital(view.id), &archive)
        .await
        .expect(StatusCode::OK);
    let open: Page<HospitalView> = app.anonymous().get(routes::HOSPITALS).await.json();
    assert_eq!(open.items.len(), 1);
    let with_archived = format!("{}?scope=all", routes::HOSPITALS);
    let all: Page<HospitalView> = admin.get(&with_archived).await.json();
    let archived: Vec<_> = all.items.iter().map(|h| (h.id, h.archived)).collect();
    assert!(archived.contains(&(view.id, true)) && archived.contains(&(app.hospital, false)));
    let restore = json!({ "archived": false });
    admin
        .patch(&routes::hospital(view.id), &restore)
        .await
        .expect(StatusCode::OK);
    let open: Page<HospitalView> = app.anonymous().get(routes::HOSPITALS).await.json();
    assert_eq!(open.items.len(), 2);
    let staff = app.staff("sam").await;
    staff
        .patch(
            &routes::hospital(app.hospital),
            &json!({ "phone": "+33 2" }),
        )
        .await
        .expect(StatusCode::OK);
    let card: HospitalView = staff.get(&routes::hospital(app.hospital)).await.json();
    assert_eq!(card.phone, "+33 2");
}

async fn accounts_are_made_and_changed_by_whom_they_may(app: TestApp) {
    let (staff, admin) = (app.staff("sam").await, app.admin("ada").await);
    let account = |role: &str, email: &str| {
        json!({
            "role": role, "name": "New Person", "email": email,
            "hospital_id": app.hospital,
        })
    };
    let made = staff
        .post(routes::USERS, &account("doctor", "new@example.org"))
        .await;
    let view: UserView = made.expect(StatusCode::CREATED).json();
    assert_eq!(
        (view.role, view.hospital_id),
        (Role::Doctor, Some(app.hospital))
    );
    for role in ["staff", "admin"] {
        let answer = staff
            .post(routes::USERS, &account(role, "up@example.org"))
            .await;
        answer.problem(403, "forbidden");
    }
    let taken = account("patient", "NEW@example.org");
    staff
        .post(routes::USERS, &taken)
        .await
        .problem(409, "email_taken");
    admin
        .post(routes::USERS, &account("staff", "up@example.org"))
        .await
        .expect(StatusCode::CREATED);
    let search = json!({ "role": "doctor", "search": "new" });
    let found = staff.post(routes::USERS_SEARCH, &search).await;
    let found: Page<UserView> = found.expect(StatusCode::OK).json();
    assert_eq!(
        found.items.iter().map(|one| one.id).collect::<Vec<_>>(),
        [view.id]
    );
    let rename = json!({ "name": "Renamed" });
    staff
        .patch(&routes::user(view.id), &rename)
        .await
        .expect(StatusCode::OK);
    let view: UserView = admin.get(&routes::user(view.id)).await.json();
    assert_eq!(view.name, "Renamed");
}

#[tokio::test]
async fn r47_a_doctors_address_licence_and_state_are_for_the_clinic() {
    let app = TestApp::new().await;
    let (doctor, other) = (app.doctor("dora").await, app.doctor("dirk").await);
    let profile =
        json!({ "licence_number": "L-1", "biography": "Hello", "languages": ["en", "fr"] });
    let path = routes::doctor(doctor.doctor_id());
    doctor.patch(&path, &profile).await.expect(StatusCode::OK);
    for (viewer, inside) in [
        (&doctor, true),
        (&app.staff("sam").await, true),
        (&app.admin("ada").await, true),
        (&other, false),
        (&app.patient("ana").await, false),
    ] {
        let view: DoctorView = viewer.get(&path).await.expect(StatusCode::OK).json();
        assert_eq!(view.biography, "Hello");
        let expected = inside.then_some("L-1");
        assert_eq!(view.licence_number.as_deref(), expected, "{}", viewer.email);
        assert_eq!(view.email.is_some(), inside, "{}", viewer.email);
        let state = inside.then_some(UserState::Active);
        assert_eq!((view.state, view.active), (state, true), "{}", viewer.email);
        // Nor can the others learn it by asking the list.
        let invited = format!("{}?state=invited", routes::DOCTORS);
        let told = viewer.get(&invited).await;
        if inside && viewer.id != doctor.id {
            told.expect(StatusCode::OK);
        } else {
            told.problem(403, "forbidden");
        }
    }
    doctor
        .patch(&path, &json!({ "visit_minutes": 3 }))
        .await
        .problem(422, "validation_failed");
    other
        .patch(&path, &json!({ "biography": "x" }))
        .await
        .problem(404, "not_found");
}

#[tokio::test]
async fn patients_are_seen_by_staff_and_by_doctors_who_treat_them() {
    let app = TestApp::new().await;
    let (staff, doctor) = (app.staff("sam").await, app.doctor("dora").await);
    let ana = app.patient("ana").await;
    app.patient("bob").await;
    ana.book(&doctor, 60).await;
    let all: Page<PatientView> = staff.get(routes::PATIENTS).await.json();
    assert_eq!(all.items.len(), 2);
    let own: Page<PatientView> = doctor.get(routes::PATIENTS).await.json();
    assert_eq!(
        own.items.iter().map(|one| one.id).collect::<Vec<_>>(),
        [ana.patient_id()]
    );
    let path = routes::patient(ana.patient_id());
    let change = json!({ "phone": "+33 3", "date_of_birth": "1990-02-28", "sex": "female" });
    ana.patch(&path, &change).await.expect(StatusCode::OK);
    let record: PatientView = doctor.get(&path).await.expect(StatusCode::OK).json();
    assert_eq!(record.phone, "+33 3");
    let body = json!({
        "name": "Walk In", "email": "walk@example.org",
        "record_number": "R-7",
    });
    let made = staff
        .post(routes::PATIENTS, &body)
        .await
        .expect(StatusCode::CREATED);
    assert_eq!(made.json::<PatientView>().record_number, "R-7");
}

async fn lists_turn_pages(app: TestApp) {
    let staff = app.staff("sam").await;
    for name in ["p1", "p2", "p3", "p4", "p5"] {
        app.patient(name).await;
    }
    let (mut names, mut cursor) = (Vec::new(), None);
    loop {
        let path = match &cursor {
            None => format!("{}?limit=2", routes::PATIENTS),
            Some(cursor) => format!("{}?limit=2&cursor={cursor}", routes::PATIENTS),
        };
        let page: Page<PatientView> = staff.get(&path).await.expect(StatusCode::OK).json();
        assert!(page.items.len() <= 2);
        names.extend(page.items.into_iter().map(|one| one.name));
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(names, ["p1", "p2", "p3", "p4", "p5"]);
    for query in [
        "limit=0",
        "limit=101",
        "cursor=x",
        "limit=1&limit=2",
        "hospital=1",
    ] {
        let path = format!("{}?{query}", routes::PATIENTS);
        staff.get(&path).await.problem(422, "validation_failed");
    }
}

async fn lists_come_in_the_order_asked_for(app: TestApp) {
    let (staff, admin) = (app.staff("sam").await, app.admin("ada").await);
    for name in ["bob", "ana", "eve"] {
        app.patient(name).await;
    }
    let born = json!({ "name": "Cy", "email": "cy@example.org", "date_of_birth": "1950-02-28" });
    let made = staff.post(routes::PATIENTS, &born).await;
    let cy: PatientView = made.expect(StatusCode::CREATED).json();
    assert_eq!(cy.state, UserState::Invited);
    let names = |page: Page<PatientView>| -> Vec<String> {
        page.items.into_iter().map(|one| one.name).collect()
    };
    let list = |query: &'static str| {
        let path = format!("{}?{query}", routes::PATIENTS);
        let staff = &staff;
        async move { staff.get(&path).await }
    };
    assert_eq!(
        names(list("order=name").await.json()),
        ["ana", "bob", "Cy", "eve"]
    );
    assert_eq!(
        names(list("order=date_of_birth&limit=1").await.json()),
        ["Cy"]
    );
    assert_eq!(names(list("state=invited").await.json()), ["Cy"]);
    assert_eq!(
        names(list("state=disabled").await.json()),
        Vec::<String>::new()
    );
    let newest: Page<PatientView> = list("order=newest&limit=3").await.json();
    let cursor = newest.next_cursor.clone().unwrap();
    for list in [
        routes::USERS,
        routes::DOCTORS,
        routes::PATIENTS,
        routes::HOSPITALS,
    ] {
        for wrong in [
            "order=email".to_owned(),
            "order=name%3B--".to_owned(),
            format!("order=name&cursor={cursor}"),
            format!("cursor={cursor}"),
        ] {
            let path = format!("{list}?{wrong}");
            staff.get(&path).await.problem(422, "validation_failed");
        }
    }
    let rest = format!("{}?order=newest&cursor={cursor}", routes::PATIENTS);
    let rest: Page<PatientView> = staff.get(&rest).await.expect(StatusCode::OK).json();
    assert_eq!(names(newest).len() + names(rest).len(), 4);
    let choices: DoctorChoices = admin.get(routes::DOCTOR_CHOICES).await.json();
    assert_eq!(choices, DoctorChoices::default(), "there is no doctor");
}

/// Reception takes away and gives back the access of its own people, from their accounts.
async fn archived_people_keep_their_history_and_come_back(app: TestApp) {
    let (staff, ana, doctor) = (
        app.staff("sam").await,
        app.patient("ana").await,
        app.doctor("dora").await,
    );
    let visit = ana.book(&doctor, 60).await;
    let away = app.other_hospital("away").await;
    let stranger = app.person(Role::Staff, Some(away), "sid").await;
    let (archive, restore) = (json!({ "state": "disabled" }), json!({ "state": "active" }));
    for id in [ana.id, doctor.id] {
        let path = routes::user(id);
        stranger
            .patch(&path, &archive)
            .await
            .problem(404, "not_found");
        staff.patch(&path, &archive).await.expect(StatusCode::OK);
    }
    let record = routes::patient(ana.patient_id());
    let view: PatientView = staff.get(&record).await.expect(StatusCode::OK).json();
    assert_eq!(view.state, UserState::Disabled);
    // The record can still be put right, and the visit is still there.
    let change = json!({ "record_number": "R-9" });
    staff.patch(&record, &change).await.expect(StatusCode::OK);
    staff
        .get(&routes::appointment(visit.id))
        .await
        .expect(StatusCode::OK);
    let mut follow_up = booking(doctor.doctor_id(), 120);
    follow_up["patient_id"] = json!(ana.id);
    staff
        .post(routes::APPOINTMENTS, &follow_up)
        .await
        .problem(409, "patient_archived");
    let bob = app.patient("bob").await;
    let doctors: Page<DoctorView> = bob.get(routes::DOCTORS).await.json();
    assert!(doctors.items.is_empty(), "not to be booked");
    let archived = format!("{}?state=disabled", routes::DOCTORS);
    let doctors: Page<DoctorView> = staff.get(&archived).await.json();
    assert_eq!(doctors.items.len(), 1);
    for id in [ana.id, doctor.id] {
        let path = routes::user(id);
        let back: UserView = staff.patch(&path, &restore).await.json();
        assert_eq!(back.state, UserState::Active);
    }
    let doctors: Page<DoctorView> = bob.get(routes::DOCTORS).await.json();
    assert_eq!(doctors.items.len(), 1);
    let view: PatientView = staff.get(&record).await.json();
    assert_eq!(
        (view.state, view.record_number.as_str()),
        (UserState::Active, "R-9")
    );
}

#[tokio::test]
async fn the_own_account_is_ones_own() {
    let app = TestApp::new().await;
    let ana = app.patient("ana").await;
    let changed = ana
        .patch(routes::ME, &json!({ "name": "Ana L.", "language": "fr" }))
        .await;
    let me: visita_wire::auth::Me = changed.expect(StatusCode::OK).json();
    assert_eq!((me.name.as_str(), me.language.as_str()), ("Ana L.", "fr"));
    // Nothing else of the account can be written by its owner.
    for field in [
        "id",
        "role",
        "email",
        "hospital_id",
        "state",
        "password_hash",
        "created_at",
    ] {
        let answer = ana.patch(routes::ME, &json!({ field: "admin" })).await;
        let body: Value = answer.problem(422, "validation_failed").json();
        assert_eq!(body["errors"][0]["code"], "unknown_field", "{field}");
        assert_eq!(body["errors"][0]["field"], field);
    }
}

#[tokio::test]
async fn r59_no_address_holds_whom_somebody_looks_for_or_where_a_page_ended() {
    let app = TestApp::new().await;
    let staff = app.staff("sam").await;
    for name in ["anabel", "bettina", "clarissa"] {
        app.patient(name).await;
    }
    for list in ["patients", "users", "doctors", "hospitals"] {
        let path = format!("/api/v1/{list}?search=anabel");
        staff.get(&path).await.problem(422, "validation_failed");
    }
    for order in ["name", "date_of_birth", "newest"] {
        let path = format!("{}?limit=2&order={order}", routes::PATIENTS);
        let first: Page<PatientView> = staff.get(&path).await.expect(StatusCode::OK).json();
        let cursor = first.next_cursor.unwrap();
        let bytes = URL_SAFE_NO_PAD.decode(&cursor).unwrap();
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        for word in ["bettina", order] {
            let word_hex: String = word.bytes().map(|byte| format!("{byte:02x}")).collect();
            assert!(
                !cursor.contains(&word_hex) && !hex.contains(&word_hex),
                "{word}"
            );
        }
        let rest: Page<PatientView> = staff
            .get(&format!("{path}&cursor={cursor}"))
            .await
            .expect(StatusCode::OK)
            .json();
        assert_eq!(rest.items.len(), 1, "{order}");
        // The same place in a body.
        let body = json!({ "limit": 2, "order": order, "cursor": cursor });
        let found = staff.post(routes::PATIENTS_SEARCH, &body).await;
        let found: Page<PatientView> = found.expect(StatusCode::OK).json();
        assert_eq!(found.items, rest.items, "{order}");
    }
    let body = json!({ "search": "bettina" });
    let found = staff.post(routes::PATIENTS_SEARCH, &body).await;
    let found: Page<PatientView> = found.expect(StatusCode::OK).json();
    let names: Vec<&str> = found.items.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["bettina"]);
}
