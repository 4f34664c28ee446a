//! What is wrong with a form: beside each field, and above all of them.

use leptos::prelude::*;
use visita_wire::{ErrorCode, FieldError};

use super::{fail_text, faults};
use crate::api::{ApiFail, Outcome};
use crate::i18n::t;

/// The faults of the last answer to a form.
#[derive(Clone, Copy, Default)]
pub struct FormFaults(RwSignal<Option<ApiFail>>);

impl FormFaults {
    /// No faults yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The value of a success; a failure shows in the form.
    pub fn take<T>(self, outcome: Outcome<T>) -> Option<T> {
        match outcome {
            Ok(value) => {
                self.0.try_set(None);
                Some(value)
            }
            Err(fail) => {
                self.0.try_set(Some(fail));
                None
            }
        }
    }

    /// True when all of the fields are filled in; else the empty ones are marked.
    pub fn filled(self, fields: &[(&str, &str)]) -> bool {
        let missing = faults::require(fields);
        let filled = missing.is_none();
        self.0.set(missing);
        filled
    }

    /// Marks a field that the server need not be asked about.
    pub fn wrong(self, name: &str, code: &str) {
        self.0.set(Some(ApiFail {
            fields: vec![FieldError {
                field: name.to_owned(),
                code: code.to_owned(),
                detail: String::new(),
            }],
            ..ApiFail::of(ErrorCode::ValidationFailed)
        }));
    }

    /// For the head of the form.
    #[must_use]
    pub fn text(self) -> Signal<Option<String>> {
        let fail = self.0;
        Signal::derive(move || fail.with(|fail| fail.as_ref().map(form_text)))
    }

    /// For the field of that name.
    #[must_use]
    pub fn field(self, name: &'static str) -> Signal<Option<String>> {
        let fail = self.0;
        Signal::derive(move || {
            fail.with(|fail| {
                fail.as_ref().and_then(|fail| {
                    let named = fail.field(name).map(faults::field_text);
                    named.or_else(|| (field_of(fail.code) == Some(name)).then(|| fail_text(fail)))
                })
            })
        })
    }
}

fn form_text(fail: &ApiFail) -> String {
    match field_of(fail.code) {
        Some(_) => t::errors::validation_failed(),
        None => fail_text(fail),
    }
}

/// Faults with a code of their own that belong to one field.
fn field_of(code: ErrorCode) -> Option<&'static str> {
    match code {
        ErrorCode::SetupTokenInvalid => Some("token"),
        ErrorCode::EmailTaken => Some("email"),
        ErrorCode::SlugTaken => Some("slug"),
        ErrorCode::WeakPassword => Some("password"),
        ErrorCode::WrongPassword => Some("current_password"),
        ErrorCode::InvalidTime => Some("time_zone"),
        _ => None,
    }
}
