//! Ids of somebody else wherever a request can hold one besides its path (SECURITY R46).

use std::collections::BTreeSet;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;
use visita_domain::people::Role;
use visita_wire::documents::DocumentView;
use visita_wire::routes;

use crate::harness::{Answer, Person, TestApp, booking, on_both};
use crate::matrix::World;
use crate::walls::told;

on_both!(r46_foreign_ids_in_bodies_queries_and_below_others_are_as_good_as_unknown);

/// A place in a request besides the path where an id of somebody else might be put.
struct Place<'a> {
    operation: &'static str,
    field: &'static str,
    caller: &'a Person,
    path: String,
    /// None for a `GET`, or `DELETE`.
    body: Option<Value>,
    id: Uuid,
}

impl<'a> Place<'a> {
    fn body(
        (operation, field): (&'static str, &'static str),
        caller: &'a Person,
        path: String,
        id: Uuid,
        mut body: Value,
    ) -> Self {
        body[field] = json!(id);
        let body = Some(body);
        Self {
            operation,
            field,
            caller,
            path,
            body,
            id,
        }
    }

    fn query(
        (operation, field): (&'static str, &'static str),
        caller: &'a Person,
        path: &str,
        id: Uuid,
    ) -> Self {
        let path = format!("{path}?{field}={id}");
        Self {
            operation,
            field,
            caller,
            path,
            body: None,
            id,
        }
    }

    async fn ask(&self, id: Uuid) -> Answer {
        let with = |text: &str| text.replace(&self.id.to_string(), &id.to_string());
        let method = match (&self.body, self.operation.split_once('_')) {
            (Some(_), Some(("reschedule", _))) => Method::PATCH,
            (Some(_), _) => Method::POST,
            (None, Some(("delete", _))) => Method::DELETE,
            (None, _) => Method::GET,
        };
        let request = self
            .caller
            .request(method, &with(&self.path))
            .header("if-match", "\"1\"");
        match &self.body {
            Some(body) => {
                let body: Value = serde_json::from_str(&with(&body.to_string())).unwrap();
                request.json(&body).send().await
            }
            None => request.send().await,
        }
    }
}

/// Where ids stand that lead nowhere by themselves: the clinic that a stranger registers
/// at is public, and the client draws `client_id`.
const HARMLESS: [(&str, &str); 2] = [("register", "hospital_id"), ("send_message", "client_id")];

fn is_uuid(document: &Value, schema: &Value) -> bool {
    if let Some(target) = schema["$ref"].as_str() {
        let target = document.pointer(target.trim_start_matches('#'));
        return is_uuid(document, target.unwrap());
    }
    let options = schema["oneOf"].as_array().into_iter().flatten();
    schema["format"] == "uuid" || options.into_iter().any(|one| is_uuid(document, one))
}

/// Every place for an id in the bodies and queries of the document.
fn documented_places() -> BTreeSet<(String, String)> {
    let document: Value = serde_json::from_str(&visita_http::openapi_json()).unwrap();
    let is_id = |schema: &Value| is_uuid(&document, schema);
    let mut places = BTreeSet::new();
    for item in document["paths"].as_object().unwrap().values() {
        for operation in item.as_object().unwrap().values() {
            let name = operation["operationId"].as_str().unwrap();
            let body = operation.pointer("/requestBody/content/application~1json/schema/$ref");
            let body = body.and_then(Value::as_str).unwrap_or("#/none");
            let schema = document.pointer(body.trim_start_matches('#'));
            let properties = schema.and_then(|schema| schema["properties"].as_object());
            let fields = properties.into_iter().flatten();
            let fields = fields
                .filter(|(_, schema)| is_id(schema))
                .map(|(field, _)| field.as_str());
            let parameters = operation["parameters"].as_array();
            let query = parameters.into_iter().flatten();
            let query = query.filter(|one| one["in"] == "query" && is_id(&one["schema"]));
            let query = query.map(|one| one["name"].as_str().unwrap());
            let all = fields
                .chain(query)
                .filter(|field| !HARMLESS.contains(&(name, field)));
            places.extend(all.map(|field| (name.to_owned(), field.to_owned())));
        }
    }
    places
}

async fn r46_foreign_ids_in_bodies_queries_and_below_others_are_as_good_as_unknown(app: TestApp) {
    let world = World::new(app).await;
    let [ana, dora, sam] =
        ["patient_self", "doctor_related", "staff"].map(|who| &world.people[who]);
    let [pat, dan] = ["patient_other_tenant", "doctor_other_tenant"].map(|who| &world.people[who]);
    let away = pat.hospital.unwrap();
    // Asking for somebody is an event about them, so nobody is asked for twice.
    let asked_for = async |name| world.app.person(Role::Patient, Some(away), name).await.id.0;
    let (for_papers, for_list) = (asked_for("paz").await, asked_for("pia").await);
    let for_file = asked_for("pim").await;
    let away = away.0;
    dan.work_always().await;
    let visit = pat.book(dan, 60).await.id.0;
    let paper = json!({ "name": "a.pdf", "media_type": "application/pdf", "size": 9 });
    let document = pat.post(routes::DOCUMENTS, &paper).await;
    let document: DocumentView = document.expect(StatusCode::CREATED).json();
    let hours = json!({
        "kind": "extra_hours",
        "starts_at": "2026-12-24T08:00:00Z", "ends_at": "2026-12-24T09:00:00Z",
    });
    let hours = dan.post(&routes::exceptions(dan.doctor_id()), &hours).await;
    let hours: Value = hours.expect(StatusCode::CREATED).json();
    let hours: Uuid = serde_json::from_value(hours["id"].clone()).unwrap();
    let booking = |minutes| booking(dora.doctor_id(), minutes);
    let book = || routes::APPOINTMENTS.to_owned();
    let own = ana.book(dora, 90).await;
    let live = own.conversation_id.unwrap();
    let wish = |minutes| {
        let mut wish = booking(minutes);
        wish.as_object_mut().unwrap().remove("reason");
        wish
    };
    let message = json!({ "client_id": Uuid::from_u64_pair(9, 1), "body": "Hi" });
    let user = json!({ "role": "staff", "name": "N", "email": "n@example.org" });
    let mut places = vec![
        Place::body(
            ("book_appointment", "doctor_id"),
            ana,
            book(),
            dan.id.0,
            booking(120),
        ),
        Place::body(
            ("book_appointment", "patient_id"),
            sam,
            book(),
            pat.id.0,
            booking(150),
        ),
        Place::body(
            ("hold_appointment", "doctor_id"),
            ana,
            routes::APPOINTMENT_HOLDS.to_owned(),
            dan.id.0,
            wish(180),
        ),
        Place::body(
            ("hold_appointment", "patient_id"),
            sam,
            routes::APPOINTMENT_HOLDS.to_owned(),
            pat.id.0,
            wish(180),
        ),
        Place::body(
            ("reschedule_appointment", "doctor_id"),
            sam,
            routes::appointment(own.id),
            dan.id.0,
            json!({}),
        ),
        Place::body(
            ("send_message", "document_id"),
            ana,
            routes::messages(live),
            document.id.0,
            message,
        ),
        Place::body(
            ("announce_document", "appointment_id"),
            ana,
            routes::DOCUMENTS.to_owned(),
            visit,
            paper.clone(),
        ),
        Place::body(
            ("announce_document", "patient_id"),
            dora,
            routes::DOCUMENTS.to_owned(),
            pat.id.0,
            paper,
        ),
        Place::body(
            ("create_user", "hospital_id"),
            sam,
            routes::USERS.to_owned(),
            away,
            user,
        ),
        Place::query(
            ("list_appointments", "doctor_id"),
            sam,
            routes::APPOINTMENTS,
            dan.id.0,
        ),
        Place::query(
            ("list_appointments", "patient_id"),
            sam,
            routes::APPOINTMENTS,
            pat.id.0,
        ),
        Place::query(
            ("list_documents", "patient_id"),
            dora,
            routes::DOCUMENTS,
            for_papers,
        ),
        Place::query(
            ("list_documents", "appointment_id"),
            ana,
            routes::DOCUMENTS,
            visit,
        ),
        Place::query(("list_users", "hospital_id"), sam, routes::USERS, away),
        Place::body(
            ("search_users", "hospital_id"),
            sam,
            routes::USERS_SEARCH.to_owned(),
            away,
            json!({}),
        ),
    ];
    for (operation, path, patient) in [
        ("list_audit_events", routes::AUDIT_EVENTS, for_list),
        ("export_audit_events", routes::AUDIT_EXPORT, for_file),
    ] {
        places.extend([
            Place::query((operation, "hospital_id"), sam, path, away),
            Place::query((operation, "actor_id"), sam, path, dan.id.0),
            Place::query((operation, "patient_id"), sam, path, patient),
        ]);
    }
    let tried = places
        .iter()
        .map(|place| (place.operation.to_owned(), place.field.to_owned()));
    assert_eq!(
        tried.collect::<BTreeSet<_>>(),
        documented_places(),
        "all are tried"
    );
    // Below a record of one's own.
    places.push(Place {
        operation: "delete_exception",
        field: "exception_id",
        caller: dora,
        path: routes::exception(dora.doctor_id(), hours.into()),
        body: None,
        id: hours,
    });
    for place in places {
        let (foreign, unknown) = (place.ask(place.id).await, place.ask(Uuid::now_v7()).await);
        let what = format!("{} {}", place.operation, place.field);
        assert_eq!(told(&foreign), told(&unknown), "{what}");
        let foreign = String::from_utf8_lossy(&foreign.bytes);
        for secret in [
            visit.to_string(),
            document.id.to_string(),
            pat.email.clone(),
        ] {
            assert!(!foreign.contains(&secret), "{what}: {foreign}");
        }
    }
}
