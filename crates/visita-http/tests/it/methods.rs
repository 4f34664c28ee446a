//! Methods and media types: what is not listed is refused, and answers say what they are.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::{Method, StatusCode};
use serde_json::Value;
use uuid::Uuid;
use visita_http::matrix::{ACTORS, Row, rows};
use visita_wire::routes;

use crate::harness::{Answer, TestApp, on_both};
use crate::matrix::World;

on_both!(
    r17_methods_that_a_path_does_not_list_are_refused_and_the_others_named,
    r17_a_body_of_another_media_type_is_refused,
    r17_every_route_answers_in_a_documented_media_type,
);

const METHODS: [Method; 8] = [
    Method::GET,
    Method::HEAD,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
    Method::OPTIONS,
    Method::TRACE,
];

fn document() -> Value {
    serde_json::from_str(&visita_http::openapi_json()).unwrap()
}

/// The path with an id of nothing in place of every parameter.
fn filled(path: &str) -> String {
    let parts = path.split('/').map(|part| {
        let parameter = part.strip_prefix('{').and_then(|rest| rest.split_once('}'));
        match parameter {
            Some((_, after)) => format!("{}{after}", Uuid::nil()),
            None => part.to_owned(),
        }
    });
    parts.collect::<Vec<_>>().join("/")
}

async fn r17_methods_that_a_path_does_not_list_are_refused_and_the_others_named(app: TestApp) {
    let (nobody, staff) = (app.anonymous(), app.staff("sam").await);
    let mut paths: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (path, item) in document()["paths"].as_object().unwrap() {
        let listed = item.as_object().unwrap().keys();
        paths.insert(
            filled(path),
            listed.map(|name| name.to_uppercase()).collect(),
        );
    }
    for path in ["/openapi.json", "/docs", "/docs/"] {
        paths.insert(path.to_owned(), BTreeSet::from(["GET".to_owned()]));
    }
    for (path, listed) in paths {
        for method in METHODS {
            if listed.contains(method.as_str()) {
                continue;
            }
            for caller in [&nobody, &staff] {
                let answer = caller.request(method.clone(), &path).send().await;
                let said = format!("{method} {path}: {answer:?}");
                assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{said}");
                let allowed: BTreeSet<String> = answer
                    .header("allow")
                    .split(", ")
                    .map(str::to_owned)
                    .collect();
                assert_eq!(allowed, listed, "{said}");
                if method != Method::HEAD {
                    answer.problem(405, "method_not_allowed");
                }
            }
        }
    }
}

async fn r17_every_route_answers_in_a_documented_media_type(app: TestApp) {
    let world = World::new(app).await;
    let document = document();
    let mut checked = 0;
    for row in rows().unwrap() {
        // One caller for every verdict of the row.
        let mut seen = BTreeSet::new();
        for actor in ACTORS {
            if seen.insert(row.verdicts[actor]) {
                let answer = world.ask(&row, actor).await;
                has_documented_type(&document, &row, &answer);
                checked += 1;
            }
        }
    }
    assert!(checked > 100, "{checked}");
}

#[track_caller]
fn has_documented_type(document: &Value, row: &Row, answer: &Answer) {
    let operation = &document["paths"][&row.path][row.method.to_lowercase()];
    let status = answer.status.as_u16().to_string();
    let response = &operation["responses"][&status];
    assert!(response.is_object(), "{}: {answer:?}", row.operation);
    let target = response["$ref"]
        .as_str()
        .map(|text| text.trim_start_matches('#'));
    let response = target.map_or(response, |target| document.pointer(target).unwrap());
    let types = response["content"].as_object();
    match types {
        Some(types) => {
            // The charset is named where the type is one of texts.
            let said = answer.header("content-type");
            let mut parts = said.split("; ");
            let kind = parts.next().unwrap();
            let is_named = parts.any(|one| one == "charset=utf-8");
            assert_eq!(is_named, kind.starts_with("text/"), "{said}");
            assert!(types.contains_key(kind), "{}: {kind}", row.operation);
            assert_eq!(answer.header("x-content-type-options"), "nosniff");
        }
        None => assert!(answer.bytes.is_empty(), "{}: {answer:?}", row.operation),
    }
}

#[tokio::test]
async fn r17_pages_name_their_charset() {
    let app = TestApp::new().await;
    let nobody = app.anonymous();
    for (path, kind) in [
        ("/docs/", "text/html; charset=utf-8"),
        ("/openapi.json", "application/json"),
    ] {
        let answer = nobody.get(path).await.expect(StatusCode::OK);
        assert_eq!(answer.header("content-type"), kind, "{path}");
    }
}

async fn r17_a_body_of_another_media_type_is_refused(app: TestApp) {
    let nobody = app.anonymous();
    let body = r#"{"email":"a@example.org","password":"x"}"#;
    for kind in [
        "",
        "application/x-www-form-urlencoded",
        "text/plain",
        "text/json",
        "application/jsonp",
        "application/xml",
        "multipart/form-data; boundary=a",
        "application/json, text/plain",
        "json",
    ] {
        let request = nobody.request(Method::POST, routes::LOGIN).body(body);
        let answer = request.header("content-type", kind).send().await;
        answer.problem(400, "malformed_request");
    }
    for kind in ["application/json", "application/json; charset=utf-8"] {
        let request = nobody.request(Method::POST, routes::LOGIN).body(body);
        let answer = request.header("content-type", kind).send().await;
        answer.problem(401, "wrong_credentials");
    }
}
