//! What a stranger learns: nothing. Records that are not theirs look like records that are
//! not there, and every refusal is in the trail (SECURITY R46, R47, R54, R65).

use std::collections::{BTreeMap, BTreeSet};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;
use visita_domain::audit::AuditAction;
use visita_http::matrix::{ACTORS, rows};
use visita_store::audit;
use visita_wire::routes;

use crate::harness::{Answer, TestApp, on_both};
use crate::matrix::World;

on_both!(
    r46_foreign_ids_are_indistinguishable_from_unknown_ones,
    r54_knowing_an_id_opens_nothing,
    r47_every_role_gets_the_documented_keys_and_no_others,
    r65_refusals_are_in_the_trail,
);

/// The text with every UUID in it replaced by one that nobody has.
fn with_unknown_ids(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((at, _)) = rest.char_indices().find(|(at, _)| {
        rest.get(*at..at + 36)
            .is_some_and(|id| Uuid::parse_str(id).is_ok())
    }) {
        out.push_str(&rest[..at]);
        out.push_str(&Uuid::now_v7().to_string());
        rest = &rest[at + 36..];
    }
    out + rest
}

/// What of an answer a caller can tell apart.
pub fn told(answer: &Answer) -> (u16, Value, BTreeSet<String>) {
    let mut body: Value = serde_json::from_slice(&answer.bytes).unwrap_or(Value::Null);
    if let Some(body) = body.as_object_mut() {
        body.remove("request_id");
    }
    let headers = answer
        .headers
        .iter()
        .filter(|(name, _)| !["x-request-id", "date"].contains(&name.as_str()))
        .map(|(name, value)| format!("{name}: {value:?}"))
        .collect();
    (answer.status.as_u16(), body, headers)
}

async fn r46_foreign_ids_are_indistinguishable_from_unknown_ones(app: TestApp) {
    let world = World::new(app).await;
    let mut compared = 0;
    for row in rows().unwrap() {
        // The content of an upload is no JSON, and entering the lobby needs the time of day.
        if ["upload_document_content", "arrive"].contains(&row.operation.as_str()) {
            continue;
        }
        for actor in ACTORS {
            if row.verdicts[actor] != 404 {
                continue;
            }
            let caller = &world.people[actor];
            let (path, body) = world.plain(&row.operation, caller).await;
            let path = path.unwrap_or_else(|| row.path.clone());
            let method: Method = row.method.parse().unwrap();
            let ask = async |path: &str, body: Option<&Value>| {
                let mut request = caller.request(method.clone(), path);
                if row.operation == "reschedule_appointment" {
                    request = request.header("if-match", "\"1\"");
                }
                if let Some(body) = body {
                    request = request.json(body);
                }
                request.send().await
            };
            let foreign = ask(&path, body.as_ref()).await;
            let unknown_body = body.map(|body| {
                serde_json::from_str::<Value>(&with_unknown_ids(&body.to_string())).unwrap()
            });
            let unknown = ask(&with_unknown_ids(&path), unknown_body.as_ref()).await;
            assert_eq!(
                told(&foreign),
                told(&unknown),
                "{} by {actor}",
                row.operation
            );
            assert_eq!(
                foreign.status,
                StatusCode::NOT_FOUND,
                "{actor}: {foreign:?}"
            );
            compared += 1;
        }
    }
    assert!(compared > 50, "{compared}");
}

/// Ids are in links, logs and lists. None of them is a key to anything.
async fn r54_knowing_an_id_opens_nothing(app: TestApp) {
    let world = World::new(app).await;
    let [owner, stranger] = ["patient_self", "patient_other"].map(|who| &world.people[who]);
    let mut ids = BTreeSet::new();
    let mut records = 0;
    for row in rows().unwrap() {
        if row.method != "GET"
            || row.verdicts["patient_self"] != 200
            || row.operation == "open_socket"
        {
            continue;
        }
        let (path, _) = world.plain(&row.operation, owner).await;
        let path = path.unwrap_or_else(|| row.path.clone());
        let seen = owner.get(&path).await.expect(StatusCode::OK);
        let text = String::from_utf8_lossy(&seen.bytes).into_owned() + &path;
        let found = text.split(|c: char| !c.is_ascii_hexdigit() && c != '-');
        ids.extend(found.filter(|id| id.len() == 36).map(str::to_owned));
        if row.verdicts["patient_other"] == 404 {
            stranger.get(&path).await.problem(404, "not_found");
            let nobody = world.app.anonymous();
            nobody.get(&path).await.problem(401, "unauthenticated");
            records += 1;
        }
    }
    assert!(
        records >= 5 && ids.len() >= 10,
        "{records} records, {} ids",
        ids.len()
    );
    for id in ids {
        let mut thief = world.app.anonymous();
        thief.cookie = Some(id.clone());
        let renewed = thief.by_cookie(routes::REFRESH).send().await;
        renewed.problem(401, "unauthenticated");
        thief.token = Some(id.clone());
        thief.get(routes::ME).await.problem(401, "unauthenticated");
        let choice = json!({ "token": id, "password": "a-long-and-quiet-morning" });
        for path in [routes::ACTIVATE, routes::RESET_PASSWORD] {
            let refused = thief.post(path, &choice).await;
            refused.problem(400, "code_invalid");
        }
    }
}

/// The paths of all keys, with lists as `[]`.
fn keys(prefix: &str, value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, inner) in fields {
                let path = format!("{prefix}.{name}");
                found.insert(path.clone());
                keys(&path, inner, found);
            }
        }
        Value::Array(items) => items
            .iter()
            .for_each(|item| keys(&format!("{prefix}[]"), item, found)),
        _ => {}
    }
}

async fn r47_every_role_gets_the_documented_keys_and_no_others(app: TestApp) {
    let world = World::new(app).await;
    let document: Value = serde_json::from_str(&visita_http::openapi_json()).unwrap();
    let secret = [
        "hash",
        "secret",
        "seed",
        "mac",
        "seal",
        "search_text",
        "sort_name",
        "sort_specialty",
        "sort_born",
        "spoken",
        "key_id",
    ];
    let mut told_of: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in rows().unwrap() {
        if row.method != "GET" || row.operation == "open_socket" {
            continue;
        }
        for actor in ACTORS {
            if row.verdicts[actor] != 200 {
                continue;
            }
            let answer = world.ask(&row, actor).await;
            let Ok(body) = serde_json::from_slice::<Value>(&answer.bytes) else {
                continue;
            };
            keys("", &body, told_of.entry(row.operation.clone()).or_default());
        }
    }
    for (operation, told) in told_of {
        let documented = documented_keys(&document, &operation);
        for key in told {
            let name = key.rsplit('.').next().unwrap_or_default();
            assert!(!secret.contains(&name), "{operation} tells {key}");
            assert!(documented.contains(name), "{operation} tells {key}");
        }
    }
}

/// Names of all properties that the description of an answer reaches.
fn documented_keys(document: &Value, operation: &str) -> BTreeSet<String> {
    let operations = document["paths"].as_object().unwrap().values();
    let answer = operations
        .flat_map(|path| path.as_object().unwrap().values())
        .find(|one| one["operationId"] == operation)
        .map(|one| &one["responses"]["200"])
        .unwrap();
    let (mut names, mut seen) = (BTreeSet::new(), BTreeSet::new());
    collect(document, answer, &mut names, &mut seen);
    names
}

fn collect(
    document: &Value,
    schema: &Value,
    names: &mut BTreeSet<String>,
    seen: &mut BTreeSet<String>,
) {
    match schema {
        Value::Object(fields) => {
            if let Some(properties) = fields.get("properties").and_then(Value::as_object) {
                names.extend(properties.keys().cloned());
            }
            if let Some(reference) = fields.get("$ref").and_then(Value::as_str)
                && seen.insert(reference.to_owned())
            {
                let target = document.pointer(reference.trim_start_matches('#')).unwrap();
                collect(document, target, names, seen);
            }
            for inner in fields.values() {
                collect(document, inner, names, seen);
            }
        }
        Value::Array(items) => {
            for item in items {
                collect(document, item, names, seen);
            }
        }
        _ => {}
    }
}

async fn r65_refusals_are_in_the_trail(app: TestApp) {
    let (patient, other) = (app.patient("pat").await, app.patient("pia").await);
    let hospital = app.hospital;
    let denials = async || {
        let events = app
            .store(move |conn| audit::newest(conn, Some(hospital), 1000))
            .await;
        events
            .into_iter()
            .filter(|event| event.action == AuditAction::AccessDenied)
            .map(|event| (event.actor_id.unwrap(), event.subject_id))
            .collect::<BTreeSet<_>>()
    };
    assert!(denials().await.is_empty());
    patient
        .get(&routes::patient(other.patient_id()))
        .await
        .problem(404, "not_found");
    patient.get(routes::USERS).await.problem(403, "forbidden");
    // What is no record and what is wrongly asked is no refusal.
    patient
        .get("/api/v1/nothing")
        .await
        .problem(404, "not_found");
    patient
        .patch(routes::ME, &json!({ "name": "" }))
        .await
        .problem(422, "validation_failed");
    let expected = BTreeSet::from([(patient.id, Some(other.id.0)), (patient.id, None)]);
    assert_eq!(denials().await, expected);
}
