//! What the document says of texts in requests.
//!
//! No text of a request may hold NUL (see [`crate::extract`]). That is one rule of the
//! server and not of each field, so it is written into the document in one place too.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// Any text without NUL.
const TEXT: &str = "^[^\\u0000]*$";
/// A text without NUL in which something can be seen, for names, which are trimmed.
const NON_BLANK: &str = "^[^\\u0000]*[^\\s\\u0000][^\\u0000]*$";
/// The format by which a field asks for [`NON_BLANK`].
const NON_BLANK_FORMAT: &str = "non-blank";

/// Where component schemas stand.
const SCHEMAS: &str = "#/components/schemas/";

/// Gives every text that a request may hold its pattern.
pub(crate) fn tell(document: &mut Value) {
    let mut names = BTreeSet::new();
    let mut queue = Vec::new();
    if let Some(paths) = document.get_mut("paths") {
        for_each_request(paths, &mut |schema| {
            mark_texts(schema);
            references(schema, &mut queue);
        });
    }
    while let Some(name) = queue.pop() {
        let Some(schema) = document.pointer_mut(&format!("/components/schemas/{name}")) else {
            continue;
        };
        if names.insert(name) {
            mark_texts(schema);
            references(schema, &mut queue);
        }
    }
}

/// Bodies in JSON, and parameters in the query.
fn for_each_request(paths: &mut Value, visit: &mut impl FnMut(&mut Value)) {
    let items = paths.as_object_mut().into_iter().flat_map(Map::values_mut);
    let operations = items
        .filter_map(Value::as_object_mut)
        .flat_map(Map::values_mut);
    for operation in operations {
        if let Some(body) = operation.pointer_mut("/requestBody/content/application~1json/schema") {
            visit(body);
        }
        let parameters = operation
            .get_mut("parameters")
            .and_then(Value::as_array_mut);
        for parameter in parameters.into_iter().flatten() {
            let in_query = parameter.get("in").and_then(Value::as_str) == Some("query");
            if let Some(schema) = parameter.get_mut("schema").filter(|_| in_query) {
                visit(schema);
            }
        }
    }
}

fn references(schema: &Value, found: &mut Vec<String>) {
    match schema {
        Value::Object(map) => {
            let target = map.get("$ref").and_then(Value::as_str);
            found.extend(
                target
                    .and_then(|text| text.strip_prefix(SCHEMAS))
                    .map(str::to_owned),
            );
            map.values().for_each(|inner| references(inner, found));
        }
        Value::Array(items) => items.iter().for_each(|inner| references(inner, found)),
        _ => {}
    }
}

fn mark_texts(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            if let Some(pattern) = pattern_for(map) {
                map.remove("format");
                map.insert("pattern".to_owned(), pattern.into());
            }
            map.values_mut().for_each(mark_texts);
        }
        Value::Array(items) => items.iter_mut().for_each(mark_texts),
        _ => {}
    }
}

/// The pattern of a text that says nothing narrower of itself.
fn pattern_for(schema: &Map<String, Value>) -> Option<&'static str> {
    let is_text = match schema.get("type") {
        Some(Value::String(kind)) => kind == "string",
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == "string"),
        _ => false,
    };
    if !is_text || schema.contains_key("enum") || schema.contains_key("pattern") {
        return None;
    }
    match schema.get("format").and_then(Value::as_str) {
        None => Some(TEXT),
        Some(NON_BLANK_FORMAT) => Some(NON_BLANK),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn texts_of_requests_get_their_pattern_and_those_of_answers_none() {
        let mut document = json!({
            "paths": { "/a": { "post": {
                "parameters": [
                    { "in": "query", "schema": { "type": "string" } },
                    { "in": "path", "schema": { "type": "string" } },
                ],
                "requestBody": { "content": { "application/json": {
                    "schema": { "$ref": "#/components/schemas/Ask" },
                }}},
            }}},
            "components": { "schemas": {
                "Ask": { "type": "object", "properties": {
                    "name": { "type": "string", "format": "non-blank" },
                    "note": { "type": ["string", "null"] },
                    "inner": { "$ref": "#/components/schemas/Inner" },
                    "again": { "$ref": "#/components/schemas/Ask" },
                }},
                "Inner": { "type": "array", "items": { "type": "string" } },
                "Id": { "type": "string", "format": "uuid" },
                "Answer": { "type": "string" },
            }},
        });
        tell(&mut document);
        let pattern = |pointer: &str| {
            let schema = document.pointer(pointer).unwrap();
            schema.get("pattern").and_then(Value::as_str)
        };
        let of = |name: &str| pattern(&format!("/components/schemas/{name}"));
        assert_eq!(of("Ask/properties/name"), Some(NON_BLANK));
        assert_eq!(of("Ask/properties/note"), Some(TEXT));
        assert_eq!(of("Inner/items"), Some(TEXT));
        assert_eq!(of("Id"), None);
        assert_eq!(of("Answer"), None);
        assert_eq!(pattern("/paths/~1a/post/parameters/0/schema"), Some(TEXT));
        assert_eq!(pattern("/paths/~1a/post/parameters/1/schema"), None);
    }
}
