//! Texts come back as they were written, whatever they hold (SECURITY R01).

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;
use visita_domain::document::clean_name;
use visita_domain::people::Role;
use visita_wire::appointments::AppointmentView;
use visita_wire::routes;

use crate::harness::{PASSWORD, Person, TestApp, booking, on_both, step};

on_both!(
    r01_hospitals_and_people_keep_every_character,
    r01_visits_messages_and_documents_keep_every_character,
    r01_accounts_keep_every_character,
    r01_a_search_takes_every_character_literally,
);

/// What SQL, LIKE, JSON, shells or right-to-left writing could misread.
pub const TEXTS: [&str; 13] = [
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
        user["name"] = json!(text);
        let made = staff.post(routes::USERS, &user).await;
        let made: Value = made.expect(StatusCode::CREATED).json();
        assert_eq!(made["name"], text);
        let id = made["id"].clone();
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

        let links = format!("{path}/join-links");
        let guest = json!({ "joins_as": "interpreter", "guest_name": text });
        let made_link = staff.post(&links, &guest).await;
        made_link.expect(StatusCode::CREATED);
        let listed: Value = staff.get(&links).await.json();
        let names: Vec<&Value> = listed["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|link| &link["guest_name"])
            .collect();
        assert!(names.contains(&&json!(text)), "{names:?}");

        let moved = staff
            .request(Method::PATCH, &path)
            .header("if-match", &format!("\"{}\"", made["version"]))
            .json(
                &json!({ "starts_at": body["starts_at"], "overbook_reason": format!("{text}!!!") }),
            );
        moved.send().await.expect(StatusCode::OK);
        let read = field(&staff, &path, "/overbook_reason").await;
        assert_eq!(read, format!("{text}!!!"));

        let wish = booking(doctor.doctor_id(), 6000 + 30 * number);
        let wish = json!({ "doctor_id": wish["doctor_id"], "starts_at": wish["starts_at"] });
        let held = ana.post(routes::APPOINTMENT_HOLDS, &wish).await;
        let held: AppointmentView = held.expect(StatusCode::CREATED).json();
        let confirm = step(held.id, "confirm");
        let confirmed = ana.post(&confirm, &json!({ "reason": text })).await;
        confirmed.expect(StatusCode::OK);
        let read = field(&staff, &routes::appointment(held.id), "/reason").await;
        assert_eq!(read, text);

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

async fn r01_accounts_keep_every_character(app: TestApp) {
    let anonymous = app.anonymous();
    for (number, text) in TEXTS.into_iter().enumerate() {
        let email = format!("o'hara%_{number}@example.org");
        let body = json!({ "hospital_id": app.hospital, "name": text, "email": email });
        let asked = anonymous.post(routes::REGISTER, &body).await;
        asked.expect(StatusCode::ACCEPTED);
        let token = app.mailbox.next_to(&email).await.token();
        let password = format!("{text}{PASSWORD}{text}");
        let mut body = json!({ "token": token, "password": password });
        // Once as it was asked for, once with the name given now.
        if number % 2 == 1 {
            body["name"] = json!(format!("{text}{text}"));
        }
        let made = anonymous.post(routes::ACTIVATE, &body).await;
        made.expect(StatusCode::OK);
        let body = json!({ "email": email, "password": password });
        let answer = anonymous.post(routes::LOGIN, &body).await;
        let answer = answer.expect(StatusCode::OK);
        let mut person = app.anonymous();
        person.keep(&answer);
        let name = text.repeat(1 + number % 2);
        assert_eq!(field(&person, routes::ME, "/name").await, name);
        assert_eq!(field(&person, routes::ME, "/email").await, email);

        let next = format!("{PASSWORD}{text}{PASSWORD}");
        let body = json!({ "current_password": password, "new_password": next });
        let changed = person.post(routes::MY_PASSWORD, &body).await;
        changed.expect(StatusCode::NO_CONTENT);
        for (password, status) in [(password, 401), (next, 200)] {
            let body = json!({ "email": email, "password": password });
            let answer = anonymous.post(routes::LOGIN, &body).await;
            assert_eq!(answer.status.as_u16(), status, "{answer:?}");
        }
    }
}

/// The names that this search finds.
async fn names(person: &Person, list: &str, body: Value) -> Vec<String> {
    let found = person.post(list, &body).await;
    let found: Value = found.expect(StatusCode::OK).json();
    let items = found["items"].as_array().unwrap().iter();
    items
        .map(|one| one["name"].as_str().unwrap().to_owned())
        .collect()
}

async fn r01_a_search_takes_every_character_literally(app: TestApp) {
    let (staff, admin) = (app.staff("sam").await, app.admin("ada").await);
    app.patient("ana").await;
    app.doctor("dora").await;
    for (number, text) in TEXTS.into_iter().enumerate() {
        let name = format!("{text} {number:02}");
        let mut body = account(number);
        body["name"] = json!(name);
        let made = staff.post(routes::PATIENTS, &body).await;
        made.expect(StatusCode::CREATED);
        let mut body = account(100 + number);
        body["name"] = json!(name);
        body["role"] = json!(Role::Doctor);
        body["specialty"] = json!(name);
        let made = staff.post(routes::USERS, &body).await;
        made.expect(StatusCode::CREATED);
        let body = json!({
            "slug": format!("new-{number}"), "time_zone": "Europe/Paris", "name": name,
        });
        let made = admin.post(routes::HOSPITALS, &body).await;
        made.expect(StatusCode::CREATED);
    }
    for (number, text) in TEXTS.into_iter().enumerate() {
        let sought = format!("{text} {number:02}");
        let search = json!({ "search": sought });
        for (who, list, found) in [
            (&staff, routes::PATIENTS_SEARCH, 1),
            (&staff, routes::DOCTORS_SEARCH, 1),
            (&admin, routes::HOSPITALS_SEARCH, 1),
            // The patient and the doctor.
            (&staff, routes::USERS_SEARCH, 2),
        ] {
            let names = names(who, list, search.clone()).await;
            assert_eq!(names, vec![sought.clone(); found], "{list}");
        }
        let filter = json!({ "specialty": sought });
        let found = names(&staff, routes::DOCTORS_SEARCH, filter).await;
        assert_eq!(found, [sought.as_str()]);
        let filter = form_urlencoded::Serializer::new(String::new())
            .append_pair("specialty", &sought)
            .finish();
        let path = format!("{}?{filter}", routes::DOCTORS);
        let found = field(&staff, &path, "/items").await;
        assert_eq!(found.as_array().unwrap().len(), 1, "{path}");
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

/// Texts that come back; the tests above and `setup.rs` write each of them.
const KEPT: [&str; 37] = [
    "activate.name",
    "announce_document.name",
    "book_appointment.overbook_reason",
    "book_appointment.reason",
    "cancel_appointment.reason",
    "change_doctor.biography",
    "change_doctor.languages",
    "change_doctor.licence_number",
    "change_doctor.name",
    "change_doctor.specialty",
    "change_hospital.address",
    "change_hospital.name",
    "change_hospital.phone",
    "change_me.name",
    "change_patient.emergency_contact",
    "change_patient.name",
    "change_patient.phone",
    "change_patient.record_number",
    "change_user.name",
    "confirm_appointment.reason",
    "create_hospital.address",
    "create_hospital.name",
    "create_hospital.phone",
    "create_join_link.guest_name",
    "create_patient.emergency_contact",
    "create_patient.name",
    "create_patient.phone",
    "create_patient.record_number",
    "create_user.name",
    "create_user.specialty",
    "register.name",
    "reschedule_appointment.overbook_reason",
    "send_message.body",
    "set_up_clinic.hospital.address",
    "set_up_clinic.hospital.name",
    "set_up_clinic.hospital.phone",
    "set_up_clinic.name",
];

/// Texts that are looked up, compared or read as something else, and never shown.
const USED: [&str; 12] = [
    "code",
    "cursor",
    "email",
    "from",
    "language",
    "mfa_token",
    "search",
    "slug",
    "specialty",
    "time_zone",
    "token",
    "until",
];

/// The free texts of a schema, by their paths.
fn texts(document: &Value, schema: &Value, path: &str, found: &mut Vec<String>) {
    if let Some(target) = schema["$ref"].as_str() {
        let target = document.pointer(target.trim_start_matches('#')).unwrap();
        return texts(document, target, path, found);
    }
    for part in schema["oneOf"].as_array().into_iter().flatten() {
        texts(document, part, path, found);
    }
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        texts(document, field, &format!("{path}.{name}"), found);
    }
    if schema["items"].is_object() {
        texts(document, &schema["items"], path, found);
    }
    let is_text = |kind: &Value| kind == "string";
    let is_text = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().any(is_text),
        kind => is_text(kind),
    };
    // Ids, times, addresses and words of closed sets are checked against their form.
    if is_text && schema["format"].is_null() && schema["enum"].is_null() {
        found.push(path.to_owned());
    }
}

#[test]
fn r01_every_text_of_a_request_is_written_and_read_back() {
    let document: Value = serde_json::from_str(&visita_http::openapi_json()).unwrap();
    let mut found = Vec::new();
    for item in document["paths"].as_object().unwrap().values() {
        for operation in item.as_object().unwrap().values() {
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            let name = operation["operationId"].as_str().unwrap();
            texts(&document, schema, name, &mut found);
        }
    }
    found.sort();
    let last = |path: &str| path.rsplit('.').next().unwrap().to_owned();
    let (kept, others): (Vec<String>, Vec<String>) = found
        .into_iter()
        .partition(|path| KEPT.contains(&path.as_str()));
    assert_eq!(kept, KEPT);
    for path in others {
        let name = last(&path);
        assert!(
            USED.contains(&name.as_str()) || name.ends_with("password"),
            "{path} is a new text: does it come back as it was written?"
        );
    }
}
