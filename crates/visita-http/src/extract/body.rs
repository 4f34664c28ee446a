//! Request bodies: JSON of the documented shape, with every fault named by field.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::BytesMut;
use actix_web::{FromRequest, HttpRequest};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use validator::{Validate, ValidationErrors, ValidationErrorsKind};
use visita_wire::{ErrorCode, FieldError};

use crate::error::ApiError;
use crate::extract::strict::{NUL, Strict};
use crate::extract::{single_header, state_of};

/// A JSON body that was parsed and validated.
#[derive(Debug)]
pub struct ValidJson<T>(pub T);

impl<T: DeserializeOwned + Validate + 'static> FromRequest for ValidJson<T> {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let req = req.clone();
        let mut payload = payload.take();
        Box::pin(async move {
            let is_json = single_header(&req, &CONTENT_TYPE)
                .and_then(|value| value.parse::<mime::Mime>().ok())
                .is_some_and(|kind| kind.essence_str() == mime::APPLICATION_JSON.essence_str());
            if !is_json {
                return Err(ApiError::with_detail(
                    ErrorCode::MalformedRequest,
                    "The body must be application/json.",
                ));
            }
            let limit = state_of(&req)?.settings.limits.json_bytes;
            let mut body = BytesMut::new();
            while let Some(chunk) = payload.next().await {
                let chunk = chunk.map_err(|_| ErrorCode::MalformedRequest)?;
                if body.len() + chunk.len() > limit {
                    return Err(ErrorCode::TooLarge.into());
                }
                body.extend_from_slice(&chunk);
            }
            parse(&body).map(Self)
        })
    }
}

/// Parses and validates.
fn parse<T: DeserializeOwned + Validate>(body: &[u8]) -> Result<T, ApiError> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let value: T = serde_path_to_error::deserialize(Strict(&mut json)).map_err(|error| {
        let path = error.path().to_string();
        if error.inner().is_data() {
            shape_error(&path, &error.inner().to_string())
        } else {
            ErrorCode::MalformedRequest.into()
        }
    })?;
    json.end().map_err(|_| ErrorCode::MalformedRequest)?;
    value
        .validate()
        .map_err(|errors| ApiError::fields(field_errors("", &errors)))?;
    Ok(value)
}

/// Tells which field has the wrong shape. The parser's own text may quote the value,
/// so only its kind is kept.
pub(crate) fn shape_error(path: &str, message: &str) -> ApiError {
    let quoted = || message.split('`').nth(1).unwrap_or_default();
    let (field, code, detail) = if message.starts_with("unknown field") {
        (path.to_owned(), "unknown_field", "There is no such field.")
    } else if message.starts_with("missing field") {
        let name = quoted();
        let path = if path == "." {
            name.to_owned()
        } else {
            format!("{path}.{name}")
        };
        (path, "required", "This field is required.")
    } else if message.starts_with("duplicate field") {
        let name = if path == "." { quoted() } else { path };
        (name.to_owned(), "duplicate", "This field occurs twice.")
    } else if message.starts_with(NUL) {
        (path.to_owned(), "format", "NUL characters are not taken.")
    } else {
        (path.to_owned(), "format", "This field has the wrong form.")
    };
    ApiError::field(&plain(&field), code, detail)
}

/// Field names come back to the caller only when they look like names.
fn plain(path: &str) -> String {
    let is_name = |c: char| c.is_ascii_alphanumeric() || "_.-[]".contains(c);
    path.chars().filter(|c| is_name(*c)).take(64).collect()
}

fn field_errors(prefix: &str, errors: &ValidationErrors) -> Vec<FieldError> {
    let mut found = Vec::new();
    for (name, kind) in errors.errors() {
        let path = if prefix.is_empty() {
            name.to_string()
        } else {
            format!("{prefix}.{name}")
        };
        match kind {
            ValidationErrorsKind::Field(faults) => {
                found.extend(faults.iter().map(|fault| FieldError {
                    field: path.clone(),
                    code: fault.code.to_string(),
                    detail: describe(fault),
                }));
            }
            ValidationErrorsKind::Struct(inner) => found.extend(field_errors(&path, inner)),
            ValidationErrorsKind::List(items) => {
                for (index, inner) in items {
                    found.extend(field_errors(&format!("{path}.{index}"), inner));
                }
            }
        }
    }
    found.sort_by(|a, b| (&a.field, &a.code).cmp(&(&b.field, &b.code)));
    found
}

/// One sentence with the bounds, never with the value.
fn describe(fault: &validator::ValidationError) -> String {
    let bound = |name: &str| fault.params.get(name).filter(|bound| bound.is_number());
    let unit = if fault.code == "length" {
        " characters or items"
    } else {
        ""
    };
    match (bound("min"), bound("max")) {
        (Some(min), Some(max)) => format!("Must be {min} to {max}{unit}."),
        (Some(min), None) => format!("Must be at least {min}{unit}."),
        (None, Some(max)) => format!("Must be at most {max}{unit}."),
        (None, None) if fault.code == "email" => "Must be an e-mail address.".to_owned(),
        (None, None) => "Is not valid.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use visita_wire::appointments::BookAppointment;
    use visita_wire::people::ChangeDoctor;

    fn faults<T: DeserializeOwned + Validate>(json: &str) -> Vec<(String, String)> {
        let Err(error) = parse::<T>(json.as_bytes()) else {
            return Vec::new();
        };
        let body = error.body(None);
        body.errors
            .into_iter()
            .map(|fault| (fault.field, fault.code))
            .collect()
    }

    #[test]
    fn every_fault_names_its_field() {
        let id = "00000000-0000-0000-0000-000000000001";
        let at = "2026-11-23T09:30:00Z";
        for (json, field, code) in [
            (
                format!(r#"{{"doctor_id":"{id}","starts_at":"{at}","reason":""}}"#),
                "reason",
                "length",
            ),
            (
                format!(r#"{{"doctor_id":"{id}","starts_at":"{at}"}}"#),
                "reason",
                "required",
            ),
            (
                format!(r#"{{"doctor_id":"x","starts_at":"{at}","reason":"r"}}"#),
                "doctor_id",
                "format",
            ),
            (
                format!(
                    r#"{{"doctor_id":"{id}","starts_at":"{at}","reason":"r","state":"booked"}}"#
                ),
                "state",
                "unknown_field",
            ),
            (
                format!(r#"{{"doctor_id":"{id}","starts_at":"{at}","reason":"r","reason":"s"}}"#),
                "reason",
                "duplicate",
            ),
        ] {
            assert_eq!(
                faults::<BookAppointment>(&json),
                [(field.to_owned(), code.to_owned())],
                "{json}"
            );
        }
        assert_eq!(
            faults::<ChangeDoctor>(r#"{"visit_minutes":1,"buffer_minutes":500}"#),
            [
                ("buffer_minutes".to_owned(), "range".to_owned()),
                ("visit_minutes".to_owned(), "range".to_owned())
            ]
        );
    }

    #[test]
    fn broken_json_is_malformed_and_nothing_is_echoed() {
        for json in ["", "{", "[]x", r#"{"reason": "secret"}}"#] {
            assert!(parse::<BookAppointment>(json.as_bytes()).is_err(), "{json}");
        }
        let error = parse::<BookAppointment>(br#"{"doctor_id":"my secret"}"#).unwrap_err();
        let text = serde_json::to_string(&error.body(None)).unwrap();
        assert!(!text.contains("secret"), "{text}");
    }
}
