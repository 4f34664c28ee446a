//! Requests that do not fit the document, drawn from the document itself: whatever operation
//! is added is asked with fields too many, too long, too short, out of range and missing.

use reqwest::{Method, StatusCode};
use serde_json::{Map, Value, json};
use uuid::Uuid;
use visita_wire::auth::APP_HEADER;

use crate::harness::{Answer, Person, TestApp, on_both};

on_both!(
    r07_every_body_refuses_what_its_schema_does_not_allow,
    r07_every_query_refuses_what_its_parameters_do_not_allow,
    r62_no_body_takes_a_column_that_it_does_not_name,
);

/// An operation of the document.
struct Operation {
    id: String,
    method: Method,
    path: String,
    parameters: Vec<Value>,
    /// Schema of the JSON body, if it takes one.
    body: Option<Value>,
}

struct Document(Value);

impl Document {
    fn new() -> Self {
        Self(serde_json::from_str(&visita_http::openapi_json()).unwrap())
    }

    fn operations(&self) -> Vec<Operation> {
        let mut found = Vec::new();
        for (path, item) in self.0["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let body = operation.pointer("/requestBody/content/application~1json/schema");
                let parameters = operation["parameters"].as_array();
                found.push(Operation {
                    id: operation["operationId"].as_str().unwrap().to_owned(),
                    method: method.to_uppercase().parse().unwrap(),
                    path: path.clone(),
                    parameters: parameters.cloned().unwrap_or_default(),
                    body: body.map(|schema| self.resolved(schema)),
                });
            }
        }
        found
    }

    /// The schema itself: references followed, the part that is not null.
    fn resolved(&self, schema: &Value) -> Value {
        if let Some(target) = schema["$ref"].as_str() {
            let found = self.0.pointer(target.trim_start_matches('#')).unwrap();
            return self.resolved(found);
        }
        match schema["oneOf"].as_array() {
            Some(options) => {
                let some = options.iter().find(|one| one["type"] != "null");
                let mut found = self.resolved(some.unwrap());
                if is(&found, "object") {
                    found["type"] = json!(["object", "null"]);
                }
                found
            }
            None => schema.clone(),
        }
    }

    /// A value that fits.
    fn sample(&self, schema: &Value) -> Value {
        let schema = self.resolved(schema);
        if let Some(options) = schema["enum"].as_array() {
            return options[0].clone();
        }
        if is(&schema, "object") {
            let properties = schema["properties"].as_object().unwrap();
            let all = properties.iter();
            return all
                .map(|(name, inner)| (name.clone(), self.sample(inner)))
                .collect::<Map<_, _>>()
                .into();
        }
        if is(&schema, "array") {
            return json!([self.sample(&schema["items"])]);
        }
        if is(&schema, "integer") {
            return json!(schema["minimum"].as_i64().unwrap_or(0).max(1));
        }
        if is(&schema, "boolean") {
            return json!(true);
        }
        assert!(is(&schema, "string"), "{schema}");
        match schema["format"].as_str() {
            Some("uuid") => json!(Uuid::nil()),
            Some("email") => json!("a@example.org"),
            Some("date") => json!("2026-11-24"),
            Some("date-time") => json!("2026-11-24T09:00:00Z"),
            Some(other) => panic!("no sample of the format {other}"),
            None if schema["maxLength"].is_null() => json!("09:30"),
            None => json!("x".repeat(length(&schema, "minLength").unwrap_or(1).max(1))),
        }
    }

    /// Every value below, as JSON pointer and schema, containers included.
    fn parts(&self, at: &str, schema: &Value, found: &mut Vec<(String, Value)>) {
        let schema = self.resolved(schema);
        if let Some(properties) = schema["properties"].as_object() {
            for (name, inner) in properties {
                self.parts(&format!("{at}/{name}"), inner, found);
            }
        }
        if is(&schema, "array") {
            self.parts(&format!("{at}/0"), &schema["items"], found);
        }
        found.push((at.to_owned(), schema));
    }
}

fn is(schema: &Value, kind: &str) -> bool {
    match &schema["type"] {
        Value::String(one) => one == kind,
        Value::Array(many) => many.iter().any(|one| one == kind),
        _ => false,
    }
}

fn length(schema: &Value, bound: &str) -> Option<usize> {
    schema[bound].as_u64().map(|n| usize::try_from(n).unwrap())
}

/// Values that the schema does not allow.
fn wrong_values(schema: &Value) -> Vec<Value> {
    let mut wrong = vec![json!({ "an": "object" })];
    if is(schema, "string") {
        wrong.extend([json!(7), json!(true), json!(["x"]), json!("a\0b")]);
        let long = length(schema, "maxLength").unwrap_or(4096);
        // No format of ours is as long, and the limit counts characters, not bytes.
        wrong.push(json!("é".repeat(long + 1)));
        if length(schema, "minLength").is_some_and(|min| min > 0) {
            wrong.push(json!(""));
        }
        if schema["format"].is_string() || schema["enum"].is_array() {
            wrong.extend([json!(""), json!("neither"), json!("2026-02-30")]);
        }
        if schema["format"] == "email" {
            wrong.extend([
                json!("a@b@example.org"),
                json!("@example.org"),
                json!("a b@c.org"),
            ]);
        }
    }
    if is(schema, "integer") {
        wrong.extend([json!("1"), json!(1.5), json!(1e300), json!(u64::MAX)]);
        let below = schema["minimum"].as_i64().map(|min| json!(min - 1));
        let above = schema["maximum"].as_i64().map(|max| json!(max + 1));
        wrong.extend(below.into_iter().chain(above));
    }
    if is(schema, "boolean") {
        wrong.extend([json!("true"), json!(1)]);
    }
    if is(schema, "array") {
        wrong.push(json!("x"));
    }
    if is(schema, "object") {
        // An array is no object, in whatever order its values stand.
        wrong = vec![json!([]), json!("x"), json!(7)];
        if !is(schema, "null") {
            wrong.push(Value::Null);
        }
    }
    wrong
}

/// The path of records that are none.
fn filled(path: &str) -> String {
    let parts = path.split('/').map(|part| match part.strip_prefix('{') {
        Some(_) => Uuid::nil().to_string(),
        None => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join("/")
}

/// Sends the request as each until one may ask at all. All get a problem.
async fn ask(
    people: &[Person],
    operation: &Operation,
    query: &str,
    body: Option<&Value>,
) -> Answer {
    let mut last = None;
    for person in people {
        let path = filled(&operation.path);
        let mut request = person
            .request(operation.method.clone(), &format!("{path}{query}"))
            .header("if-match", "\"1\"")
            // What cookies authorise comes from our own pages.
            .header("sec-fetch-site", "same-origin")
            .header(APP_HEADER, "1");
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await;
        let forbidden = answer.status == StatusCode::FORBIDDEN;
        last = Some(answer);
        if !forbidden {
            break;
        }
    }
    last.unwrap()
}

async fn people(app: &TestApp) -> Vec<Person> {
    vec![
        app.staff("sam").await,
        app.patient("ana").await,
        app.doctor("dora").await,
        app.admin("ada").await,
    ]
}

/// The request is refused for its form, and the field is named.
#[track_caller]
fn is_refused(said: &str, answer: Answer, field: &str) {
    let status = answer.status.as_u16();
    assert_eq!(status, 422, "{said}: {answer:?}");
    let body: Value = answer.problem(422, "validation_failed").json();
    let faults = body["errors"].as_array().unwrap();
    let is_named = |fault: &Value| {
        let name = fault["field"].as_str().unwrap();
        name.split(['.', '['])
            .any(|part| part.trim_end_matches(']') == field)
    };
    assert!(faults.iter().any(is_named), "{said}: {faults:?}");
}

async fn r07_every_body_refuses_what_its_schema_does_not_allow(app: TestApp) {
    let (document, people) = (Document::new(), people(&app).await);
    let mut asked = 0;
    for operation in document.operations() {
        let Some(schema) = &operation.body else {
            continue;
        };
        let good = document.sample(schema);
        let mut parts = Vec::new();
        document.parts("", schema, &mut parts);
        for (pointer, part) in &parts {
            let name = pointer.rsplit('/').find(|name| *name != "0").unwrap();
            for wrong in wrong_values(part) {
                let mut body = good.clone();
                *body.pointer_mut(pointer).unwrap() = wrong.clone();
                let shown: String = wrong.to_string().chars().take(40).collect();
                let said = format!("{} {pointer}: {shown}", operation.id);
                let answer = ask(&people, &operation, "", Some(&body)).await;
                // Where a variant's name is expected, the parser calls a number no value at all.
                let no_name = part["enum"].is_array() && !wrong.is_string();
                if pointer.is_empty() || no_name {
                    assert!(answer.status.is_client_error(), "{said}: {answer:?}");
                } else {
                    is_refused(&said, answer, name);
                }
                asked += 1;
            }
            asked += with_other_fields(&people, &operation, &good, pointer, part).await;
        }
    }
    assert!(asked > 500, "{asked}");
}

/// One field too many, and each required one missing. Counts the requests.
async fn with_other_fields(
    people: &[Person],
    operation: &Operation,
    good: &Value,
    pointer: &str,
    schema: &Value,
) -> usize {
    if !is(schema, "object") {
        return 0;
    }
    let said = format!("{} {pointer}", operation.id);
    let mut body = good.clone();
    body.pointer_mut(pointer).unwrap()["hospital_owner"] = json!("me");
    let answer = ask(people, operation, "", Some(&body)).await;
    is_refused(&said, answer, "hospital_owner");
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    for name in &required {
        let name = name.as_str().unwrap();
        let mut body = good.clone();
        let object = body.pointer_mut(pointer).unwrap().as_object_mut().unwrap();
        object.remove(name);
        let answer = ask(people, operation, "", Some(&body)).await;
        is_refused(&format!("{said} without {name}"), answer, name);
    }
    1 + required.len()
}

async fn r62_no_body_takes_a_column_that_it_does_not_name(app: TestApp) {
    let (document, people) = (Document::new(), people(&app).await);
    let columns = app.columns();
    for known in ["password_hash", "role", "hospital_id", "revoked_at"] {
        assert!(columns.contains(known), "{columns:?}");
    }
    let mut bodies = 0;
    for operation in document.operations() {
        let Some(schema) = &operation.body else {
            continue;
        };
        let (good, named) = (document.sample(schema), &schema["properties"]);
        for column in columns.iter().filter(|name| named[*name].is_null()) {
            let mut body = good.clone();
            body[column] = json!("1");
            let answer = ask(&people, &operation, "", Some(&body)).await;
            is_refused(&format!("{} {column}", operation.id), answer, column);
        }
        bodies += 1;
    }
    assert!(bodies > 20, "{bodies}");
}

#[test]
fn r07_every_part_of_a_request_has_bounds_and_no_object_is_open() {
    let document = Document::new();
    for operation in document.operations() {
        let mut parts = Vec::new();
        if let Some(schema) = &operation.body {
            document.parts("", schema, &mut parts);
        }
        for parameter in &operation.parameters {
            let name = parameter["name"].as_str().unwrap();
            document.parts(&format!("?{name}"), &parameter["schema"], &mut parts);
        }
        for (pointer, schema) in parts {
            let has = |key: &str| !schema[key].is_null();
            let bounded = if is(&schema, "object") {
                schema["additionalProperties"] == false
            } else if is(&schema, "array") {
                has("maxItems")
            } else if is(&schema, "integer") {
                has("minimum")
            } else if is(&schema, "string") {
                has("maxLength") || has("enum") || has("format") || schema["pattern"] != TEXT
            } else {
                is(&schema, "boolean")
            };
            assert!(bounded, "{} {pointer}: {schema}", operation.id);
        }
    }
}

/// The pattern that every text has.
const TEXT: &str = "^[^\\u0000]*$";

async fn r07_every_query_refuses_what_its_parameters_do_not_allow(app: TestApp) {
    let (document, people) = (Document::new(), people(&app).await);
    let mut asked = 0;
    for operation in document.operations() {
        let of_query = |parameter: &&Value| parameter["in"] == "query";
        let parameters: Vec<&Value> = operation.parameters.iter().filter(of_query).collect();
        let good = |parameter: &&&Value| {
            let name = parameter["name"].as_str().unwrap();
            (
                name.to_owned(),
                text_of(&document.sample(&parameter["schema"])),
            )
        };
        let required: Vec<(String, String)> = parameters
            .iter()
            .filter(|parameter| parameter["required"] == true)
            .map(|parameter| good(&parameter))
            .collect();
        let mut tries = Vec::new();
        for parameter in &parameters {
            let (name, value) = good(&parameter);
            tries.push((name.clone(), format!("{name}={value}&{name}={value}")));
            let schema = document.resolved(&parameter["schema"]);
            for wrong in wrong_values(&schema).iter().filter(|one| one.is_string()) {
                let wrong = text_of(wrong);
                // As text, these are what the schema asks for.
                if wrong.is_empty() || (is(&schema, "integer") && wrong == "1") {
                    continue;
                }
                if is(&schema, "boolean") && wrong == "true" {
                    continue;
                }
                tries.push((name.clone(), format!("{name}={wrong}")));
            }
            if is(&schema, "integer") {
                for wrong in ["ten", "0x1", "99999999999999999999", "-1"] {
                    tries.push((name.clone(), format!("{name}={wrong}")));
                }
            }
        }
        if operation.method == Method::GET && !parameters.is_empty() {
            tries.push(("hospital_owner".to_owned(), "hospital_owner=1".to_owned()));
        }
        for (name, query) in tries {
            let others = required.iter().filter(|(other, _)| *other != name);
            let others: String = others
                .map(|(name, value)| format!("&{name}={value}"))
                .collect();
            let shown: String = query.chars().take(60).collect();
            let answer = ask(&people, &operation, &format!("?{query}{others}"), None).await;
            is_refused(&format!("{} ?{shown}", operation.id), answer, &name);
            asked += 1;
        }
    }
    assert!(asked > 100, "{asked}");
}

/// A value as it stands in a query.
fn text_of(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => text_of(&items[0]),
        other => other.to_string(),
    };
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
