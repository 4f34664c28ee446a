//! The OpenAPI 3.1 document, generated from the handlers.
//!
//! Handlers name what is special to them; what every operation shares (who may
//! call it, the shape of errors, an example of each) is added here, so that no
//! handler can forget it. `x-problems` lists the codes that only this operation gives.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::App;
use actix_web::http::StatusCode;
use serde_json::{Map, Value, json};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_actix_web::AppExt;
use visita_wire::{ErrorBody, ErrorCode};

use crate::cookies::{JOIN_COOKIE, REFRESH_COOKIE};
use crate::error::{PROBLEM_JSON, status_of};
use crate::{openapi_links, openapi_texts, routes};

const PROBLEMS: &str = "x-problems";
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Visita API",
        description = "Self-hosted telemedicine: people, visits, waiting room, chat, documents.\n\n\
            Times are RFC 3339 in UTC, ids are UUIDs, lists are `{items, next_cursor}`. \
            Errors are RFC 9457 problem details with a stable `code`. \
            A record that the caller may not see answers 404, as a missing one does.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    components(schemas(ErrorBody)),
    modifiers(&Schemes),
    tags(
        (name = "service", description = "The server itself"),
        (name = "auth", description = "Sign-in and sessions"),
        (name = "me", description = "The own account"),
        (name = "people", description = "Hospitals, users, doctors and patients"),
        (name = "scheduling", description = "Availability, appointments and the lobby"),
        (name = "chat", description = "Conversations and messages"),
        (name = "real time", description = "WebSocket and calls"),
        (name = "documents", description = "Medical documents"),
        (name = "oversight", description = "First pages and the audit trail"),
    ),
)]
struct Base;

struct Schemes;

impl Modify for Schemes {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme(
            "bearer",
            SecurityScheme::Http(
                HttpBuilder::new()
                    .scheme(HttpAuthScheme::Bearer)
                    .bearer_format("JWT")
                    .description(Some(
                        "Access token of login or refresh, good for five minutes.",
                    ))
                    .build(),
            ),
        );
        components.add_security_scheme(
            "refresh_cookie",
            SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(
                REFRESH_COOKIE,
                "Rotating refresh token. Same origin only, with the header X-Visita-App: 1.",
            ))),
        );
        components.add_security_scheme(
            "join_cookie",
            SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(
                JOIN_COOKIE,
                "Names the browser that holds a join link. Same origin only, with the header X-Visita-App: 1.",
            ))),
        );
    }
}

/// One operation of the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Operation {
    /// Upper-case method.
    pub(crate) method: String,
    /// Path with parameters in braces, as the router knows it.
    pub(crate) path: String,
    /// Name of the handler.
    pub(crate) id: String,
}

/// The document.
#[must_use]
pub fn document() -> Value {
    let (_, generated) = App::new()
        .into_utoipa_app()
        .openapi(Base::openapi())
        .configure(routes::configure)
        .split_for_parts();
    let mut document = serde_json::to_value(generated).unwrap_or_default();
    for_each_operation(&mut document, complete);
    openapi_texts::tell(&mut document);
    let all = operations_of(&mut document);
    openapi_links::add(&mut document, &all);
    if let Some(components) = document
        .get_mut("components")
        .and_then(Value::as_object_mut)
    {
        components.insert("examples".to_owned(), examples());
        components.insert("responses".to_owned(), shared_responses());
    }
    document
}

/// The document as it is committed and served: pretty-printed, with a last newline.
#[must_use]
pub fn openapi_json() -> String {
    let mut text = serde_json::to_string_pretty(&document()).unwrap_or_default();
    text.push('\n');
    text
}

/// Every operation, by path and method.
pub(crate) fn operations() -> Vec<Operation> {
    operations_of(&mut document())
}

fn operations_of(document: &mut Value) -> Vec<Operation> {
    let mut found = Vec::new();
    for_each_operation(document, |path, method, operation| {
        found.push(Operation {
            method: method.to_uppercase(),
            path: path.to_owned(),
            id: text(operation, "operationId"),
        });
    });
    found
}

fn text(value: &Value, key: &str) -> String {
    value
        .get(key)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

fn for_each_operation(document: &mut Value, mut visit: impl FnMut(&str, &str, &mut Value)) {
    let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) else {
        return;
    };
    for (path, item) in paths {
        for method in METHODS {
            if let Some(operation) = item.get_mut(method) {
                visit(path, method, operation);
            }
        }
    }
}

/// Adds the errors that follow from the operation's form.
fn complete(path: &str, _method: &str, operation: &mut Value) {
    let has = |key: &str| operation.get(key).is_some_and(|value| !value.is_null());
    let by = |scheme: &str| {
        operation
            .get("security")
            .and_then(Value::as_array)
            .is_some_and(|all| all.iter().any(|one| one.get(scheme).is_some()))
    };
    let mut codes = vec![
        ErrorCode::Misdirected,
        ErrorCode::TlsRequired,
        ErrorCode::Unavailable,
        ErrorCode::Internal,
    ];
    if by("bearer") {
        codes.extend([ErrorCode::Unauthenticated, ErrorCode::Forbidden]);
    }
    if by("refresh_cookie") || by("join_cookie") {
        codes.push(ErrorCode::CrossSite);
    }
    if has("requestBody") {
        codes.extend([
            ErrorCode::MalformedRequest,
            ErrorCode::ValidationFailed,
            ErrorCode::TooLarge,
        ]);
    }
    if takes_key(operation) {
        codes.push(ErrorCode::IdempotencyKeyReused);
    }
    if has("parameters") && !path.contains('{') {
        codes.push(ErrorCode::ValidationFailed);
    }
    if path.contains('{') {
        codes.push(ErrorCode::NotFound);
    }
    if path.starts_with("/health/") {
        codes = vec![ErrorCode::Unavailable];
    }
    let Some(operation) = operation.as_object_mut() else {
        return;
    };
    if let Some(own) = operation.remove(PROBLEMS) {
        codes.extend(serde_json::from_value::<Vec<ErrorCode>>(own).unwrap_or_default());
    }
    add_problems(operation, codes);
}

/// Whether the same request under the same `Idempotency-Key` creates once.
fn takes_key(operation: &Value) -> bool {
    let parameters = operation.get("parameters").and_then(Value::as_array);
    parameters.is_some_and(|all| all.iter().any(|one| text(one, "name") == "Idempotency-Key"))
}

/// One response per status. Statuses that mean one thing only share the response of their code.
fn add_problems(operation: &mut Map<String, Value>, codes: Vec<ErrorCode>) {
    let mut by_status: BTreeMap<u16, BTreeSet<&str>> = BTreeMap::new();
    for code in codes {
        let names = by_status.entry(status_of(code).as_u16()).or_default();
        names.insert(code.as_str());
    }
    let responses = operation.entry("responses").or_insert_with(|| json!({}));
    let Some(responses) = responses.as_object_mut() else {
        return;
    };
    for (status, mut names) in by_status {
        let response = match names.iter().next() {
            Some(only) if names.len() == 1 => {
                json!({ "$ref": format!("#/components/responses/{only}") })
            }
            _ => {
                beside_forbidden(&mut names);
                problem_response(status, &names)
            }
        };
        responses.insert(status.to_string(), response);
    }
}

fn problem_response(status: u16, names: &BTreeSet<&str>) -> Value {
    let examples: Map<String, Value> = names
        .iter()
        .map(|name| {
            let reference = json!({ "$ref": format!("#/components/examples/{name}") });
            ((*name).to_owned(), reference)
        })
        .collect();
    let reason = StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason())
        .unwrap_or_default();
    json!({
        "description": reason,
        "headers": headers_of(status),
        "content": { PROBLEM_JSON: {
            "schema": { "$ref": "#/components/schemas/ErrorBody" },
            "examples": examples,
        }},
    })
}

/// What an error says in its headers besides.
fn headers_of(status: u16) -> Value {
    let mut headers = json!({ "X-Request-Id": {
        "description": "Finds the request in the logs.",
        "required": true,
        "schema": { "type": "string", "format": "uuid" },
    }});
    let more = match status {
        401 => json!({ "WWW-Authenticate": {
            "description": "How to authenticate.",
            "required": true,
            "schema": { "type": "string" },
        }}),
        429 | 503 => json!({ "Retry-After": {
            "description": "Seconds after which to try again.",
            "required": true,
            "schema": { "type": "integer", "minimum": 1 },
        }}),
        _ => json!({}),
    };
    if let (Value::Object(headers), Value::Object(more)) = (&mut headers, more) {
        headers.extend(more);
    }
    headers
}

/// Where a role may be refused, so may a session without its second factor.
fn beside_forbidden(names: &mut BTreeSet<&str>) {
    if names.contains(ErrorCode::Forbidden.as_str()) {
        names.insert(ErrorCode::MfaEnrolmentRequired.as_str());
    }
}

/// The response of every code by itself.
fn shared_responses() -> Value {
    let all = ErrorCode::ALL.iter().map(|code| {
        let mut names = BTreeSet::from([code.as_str()]);
        beside_forbidden(&mut names);
        let response = problem_response(status_of(*code).as_u16(), &names);
        (code.as_str().to_owned(), response)
    });
    Value::Object(all.collect())
}

/// One example of every error, by code.
fn examples() -> Value {
    let mut all = Map::new();
    for code in ErrorCode::ALL {
        let mut example = ErrorBody::new(*code, status_of(*code).as_u16());
        example.request_id = Some("0197a3c2-6f5e-7c3a-9d1b-2f8e4a6b0c1d".to_owned());
        let example = json!({ "summary": code.title(), "value": example });
        all.insert(code.as_str().to_owned(), example);
    }
    Value::Object(all)
}
