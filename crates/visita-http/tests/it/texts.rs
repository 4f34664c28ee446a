//! Texts come back as they were written, whatever they hold (SECURITY R01).

use reqwest::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;
use visita_domain::document::clean_name;
use visita_domain::people::Role;
use visita_wire::routes;

use crate::harness::{Person, TestApp, booking, on_both, step};

on_both!(
    r01_hospitals_and_people_keep_every_character,
    r01_visits_messages_and_documents_keep_every_character,
    r01_a_search_takes_every_character_literally,
);

/// What SQL, LIKE, JSON, shells or right-to-left writing could misread.
const TEXTS: [&str; 13] = [
    "'",
    "%",
    "\\",
    "\"",
    ";",
    "--",
    "_",
    "😀",
    "\u{202e}مرحبا بالعالم",
    "Robert'); DROP TABLE users;--",
    "50%_of\\'\"\u{301}${1}{{x}}",
    "<b>&amp;\r\n\t/* */ $1 ? :x",
    "\u{7f}\u{85}\u{feff}\u{fffd}\u{10ffff}x",
];

/// The value below that path.
async fn field(person: &Person, path: &str, pointer: &str) -> Value {
    let answer = person.get(path).await.expect(StatusCode::OK);
    answer.json::<Value>().pointer(pointer).cloned().unwrap()
}

/// Changes these fields one by one to every text and reads them back.
async fn keeps(person: &Person, path: &str, fields: &[&str]) {
    for name in fields {
        for text in TEXTS {
            let body = json!({ *name: text });
            let changed: Value = person
                .patch(path, &body)
                .await
                .expect(StatusCode::OK)
                .json();
            assert_eq!(changed[name], text, "{path} {name}");
            let read = field(person, path, &format!("/{name}")).await;
            assert_eq!(read, text, "{path} {name}");
        }
    }
}

/// Creates a record with that text in these fields and reads it back.
async fn is_made_with(person: &Person, path: &str, mut body: Value, fields: &[&str], text: &str) {
    for name in fields {
        body[name] = json!(text);
    }
    let made = person.post(path, &body).await.expect(StatusCode::CREATED);
    let read: Value = person.get(made.header("location")).await.json();
    for name in fields {
        assert_eq!(read[name], text, "{path} {name}");
    }
}

fn account(number: usize) -> Value {
    let email = format!("new{number}@example.org");
    json!({ "name": "New", "email": email })
}

async fn r01_hospitals_and_people_keep_every_character(app: TestApp) {
    let (admin, staff) = (app.admin("ada").await, app.staff("sam").await);
    let (doctor, ana) = (app.doctor("dora").await, app.patient("ana").await);
    keeps(
        &admin,
        &routes::hospital(app.hospital),
        &["name", "phone", "address"],
    )
    .await;
    keeps(&admin, &routes::user(staff.id), &["name"]).await;
    keeps(&ana, routes::ME, &["name"]).await;
    let path = routes::doctor(doctor.doctor_id());
    let of_doctors = ["name", "specialty", "biography", "licence_number"];
    keeps(&staff, &path, &of_doctors).await;
    let path = routes::patient(ana.patient_id());
    let of_patients = ["name", "phone", "record_number", "emergency_contact"];
    keeps(&staff, &path, &of_patients).await;
    for (number, text) in TEXTS.into_iter().enumerate() {
        let hospital = json!({ "slug": format!("new-{number}"), "time_zone": "Europe/Paris" });
        let names = ["name", "phone", "address"];
        is_made_with(&admin, routes::HOSPITALS, hospital, &names, text).await;
        let patient = account(number);
        is_made_with(&staff, routes::PATIENTS, patient, &of_patients, text).await;
        let mut user = account(100 + number);
        user["role"] = json!(Role::Doctor);
        user["specialty"] = json!(text);
        let made = staff.post(routes::USERS, &user).await;
        let id = made.expect(StatusCode::CREATED).json::<Value>()["id"].clone();
        let path = format!("{}/{}", routes::DOCTORS, id.as_str().unwrap());
        assert_eq!(field(&staff, &path, "/specialty").await, text);
        // A tag has at least two characters.
        let tags = json!([format!("{text}xx").chars().take(35).collect::<String>()]);
        let body = json!({ "languages": tags });
        staff.patch(&path, &body).await.expect(StatusCode::OK);
        assert_eq!(field(&staff, &path, "/languages").await, tags);
    }
}

async fn r01_visits_messages_and_documents_keep_every_character(app: TestApp) {
    let (doctor, ana) = (app.doctor("dora").await, app.patient("ana").await);
    let staff = app.staff("sam").await;
    for (number, text) in TEXTS.into_iter().enumerate() {
        let number = i64::try_from(number).unwrap();
        let mut body = booking(doctor.doctor_id(), 60 + 30 * number);
        body["patient_id"] = json!(ana.id);
        body["reason"] = json!(text);
        let overbook_reason = format!("{text}...");
        body["overbook_reason"] = json!(overbook_reason);
        let made = staff.post(routes::APPOINTMENTS, &body).await;
        let made: Value = made.expect(StatusCode::CREATED).json();
        let path = format!("{}/{}", routes::APPOINTMENTS, made["id"].as_str().unwrap());
        assert_eq!(field(&staff, &path, "/reason").await, text);
        let read = field(&staff, &path, "/overbook_reason").await;
        assert_eq!(read, overbook_reason);

        let conversation = field(&ana, &path, "/conversation_id").await;
        let messages = routes::messages(serde_json::from_value(conversation).unwrap());
        let message = json!({ "client_id": Uuid::from_u128(7), "body": text });
        ana.post(&messages, &message)
            .await
            .expect(StatusCode::CREATED);
        let read = field(&doctor, &messages, "/items").await;
        let bodies = read.as_array().unwrap().iter().map(|one| &one["body"]);
        assert!(bodies.into_iter().any(|body| body == text), "{read}");

        let id = serde_json::from_value(made["id"].clone()).unwrap();
        let cancel = step(id, "cancel");
        let reason = json!({ "reason": text });
        ana.post(&cancel, &reason).await.expect(StatusCode::OK);
        assert_eq!(field(&ana, &path, "/cancel_reason").await, text);

        // Names of files lose what no folder could take, and nothing else (SECURITY R24).
        let name = format!("a {text}.pdf");
        let body = json!({ "name": name, "media_type": "application/pdf", "size": 9 });
        let made = ana.post(routes::DOCUMENTS, &body).await;
        let made = made.expect(StatusCode::CREATED);
        let read = field(&ana, made.header("location"), "/name").await;
        assert_eq!(read, clean_name(&name));
    }
}

async fn r01_a_search_takes_every_character_literally(app: TestApp) {
    let staff = app.staff("sam").await;
    app.patient("ana").await;
    for (number, text) in TEXTS.into_iter().enumerate() {
        let mut body = account(number);
        body["name"] = json!(format!("{text} {number:02}"));
        let made = staff.post(routes::PATIENTS, &body).await;
        made.expect(StatusCode::CREATED);
    }
    for (number, text) in TEXTS.into_iter().enumerate() {
        let sought = format!("{text} {number:02}");
        for list in [routes::PATIENTS_SEARCH, routes::USERS_SEARCH] {
            let found = staff.post(list, &json!({ "search": sought })).await;
            let found: Value = found.expect(StatusCode::OK).json();
            let names: Vec<&Value> = found["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| &one["name"])
                .collect();
            assert_eq!(names, [&json!(sought)], "{list}");
        }
    }
    for list in [
        routes::PATIENTS_SEARCH,
        routes::USERS_SEARCH,
        routes::DOCTORS_SEARCH,
        routes::HOSPITALS_SEARCH,
    ] {
        let nul = staff.post(list, &json!({ "search": "a\0" })).await;
        nul.problem(422, "validation_failed");
    }
}
