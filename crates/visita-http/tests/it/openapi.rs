//! The OpenAPI document: committed as generated, complete, and served.

use std::collections::BTreeSet;

use reqwest::StatusCode;
use serde_json::Value;
use visita_http::matrix;

use crate::harness::TestApp;

const COMMITTED: &str = include_str!("../../../../openapi/openapi.json");

fn operations(document: &Value) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            found.push((
                format!("{} {path}", method.to_uppercase()),
                operation.clone(),
            ));
        }
    }
    found
}

#[test]
fn the_committed_document_is_the_generated_one() {
    assert!(
        COMMITTED == visita_http::openapi_json(),
        "run: cargo run -p visita -- openapi > openapi/openapi.json"
    );
}

#[test]
fn every_operation_is_described_guarded_and_in_the_matrix() {
    let document: Value = serde_json::from_str(&visita_http::openapi_json()).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let listed: BTreeSet<String> = matrix::rows()
        .unwrap()
        .into_iter()
        .map(|row| row.operation)
        .collect();
    let tags: BTreeSet<&str> = document["tags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| tag["name"].as_str().unwrap())
        .collect();
    let mut ids = BTreeSet::new();
    for (name, operation) in operations(&document) {
        let id = operation["operationId"].as_str().unwrap();
        assert!(ids.insert(id.to_owned()), "{name}: {id} twice");
        assert!(listed.contains(id), "{name}: no row in the matrix");
        let summary = operation["summary"].as_str().unwrap_or_default();
        assert!(
            !summary.is_empty() && !summary.ends_with('.'),
            "{name}: {summary:?}"
        );
        assert!(
            operation["security"].is_array(),
            "{name}: says nothing of security"
        );
        let tag = operation["tags"][0].as_str().unwrap();
        assert!(tags.contains(tag), "{name}: tag {tag} is not described");
        assert!(operation.get("x-problems").is_none(), "{name}");
        let responses = operation["responses"].as_object().unwrap();
        let errors = responses
            .iter()
            .filter(|(status, _)| status.as_str() >= "400");
        let mut count = 0;
        for (status, response) in errors {
            count += 1;
            let shared = response["$ref"]
                .as_str()
                .map(|target| target.trim_start_matches('#'));
            let response = shared.map_or(response, |target| document.pointer(target).unwrap());
            let examples = &response["content"]["application/problem+json"]["examples"];
            let examples = examples.as_object().unwrap();
            assert!(!examples.is_empty(), "{name} {status}: no example");
            for code in examples.keys() {
                let example = &document["components"]["examples"][code]["value"];
                assert_eq!(example["status"].to_string(), *status, "{name}");
                assert_eq!(example["code"], **code, "{name}");
            }
        }
        assert!(count > 0, "{name}: no errors");
    }
    assert_eq!(ids, listed);
}

#[test]
fn every_reference_leads_somewhere() {
    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(map) => {
                if let Some(Value::String(target)) = map.get("$ref") {
                    found.push(target.clone());
                }
                map.values().for_each(|inner| references(inner, found));
            }
            Value::Array(items) => items.iter().for_each(|inner| references(inner, found)),
            _ => {}
        }
    }
    let document: Value = serde_json::from_str(&visita_http::openapi_json()).unwrap();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 100);
    for target in found {
        let pointer = target.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{target}");
    }
}

#[tokio::test]
async fn the_server_serves_the_document() {
    let app = TestApp::new().await;
    let served = app
        .anonymous()
        .get("/openapi.json")
        .await
        .expect(StatusCode::OK);
    assert_eq!(String::from_utf8(served.bytes).unwrap(), COMMITTED);
}
