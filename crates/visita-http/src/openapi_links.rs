//! How one answer leads to the next request, as OpenAPI links: from a list to its items,
//! and from a free time to the booking.

use serde_json::{Map, Value, json};

use crate::openapi::Operation;

/// The operation that lists free times, and the one that books one of them.
const SLOTS: &str = "list_slots";
const BOOK: &str = "book_appointment";

/// Adds the links that follow from the paths.
pub(crate) fn add(document: &mut Value, operations: &[Operation]) {
    for list in operations.iter().filter(|one| one.method == "GET") {
        let links = if list.id == SLOTS {
            booking()
        } else {
            to_items(list, operations)
        };
        if links.is_empty() {
            continue;
        }
        let answer = document
            .pointer_mut("/paths")
            .and_then(|paths| paths.get_mut(&list.path))
            .and_then(|item| item.pointer_mut("/get/responses/200"))
            .and_then(Value::as_object_mut);
        if let Some(answer) = answer {
            answer.insert("links".to_owned(), Value::Object(links));
        }
    }
}

/// From `/things` to everything at and below `/things/{id}` that needs no other id.
fn to_items(list: &Operation, operations: &[Operation]) -> Map<String, Value> {
    let item = format!("{}/{{id}}", list.path);
    operations
        .iter()
        .filter(|one| {
            one.path
                .strip_prefix(&item)
                .is_some_and(|rest| !rest.contains('{'))
        })
        .map(|one| {
            let link = json!({
                "operationId": one.id,
                "description": "Of the first item.",
                "parameters": { "id": "$response.body#/items/0/id" },
            });
            (one.id.clone(), link)
        })
        .collect()
}

fn booking() -> Map<String, Value> {
    let link = json!({
        "operationId": BOOK,
        "description": "The first of these times.",
        "requestBody": {
            "doctor_id": "$request.path.id",
            "starts_at": "$response.body#/slots/0/starts_at",
            "reason": "Check-up",
        },
    });
    Map::from_iter([(BOOK.to_owned(), link)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_leads_to_its_items_and_a_free_time_to_its_booking() {
        let document = crate::openapi::document();
        let links = |path: &str| {
            let answer = &document["paths"][path]["get"]["responses"]["200"];
            answer["links"].as_object().cloned().unwrap_or_default()
        };
        let doctors = links("/api/v1/doctors");
        assert_eq!(
            doctors["get_doctor"]["parameters"]["id"],
            "$response.body#/items/0/id"
        );
        assert!(doctors.contains_key(SLOTS) && !doctors.contains_key("delete_exception"));
        assert!(links("/api/v1/doctors/{id}/slots").contains_key(BOOK));
        assert!(links("/api/v1/me").is_empty());
    }
}
