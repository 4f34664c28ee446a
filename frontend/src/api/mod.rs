//! The server's REST API as typed async functions, one file per area.
//!
//! No signals and no texts here. A function that needs a signed-in user goes
//! through [`client::Authed`], the others through [`client::Anon`].

pub mod accounts;
pub mod appointments;
pub mod auth;
pub mod availability;
pub mod calendar;
pub mod calls;
pub mod chat;
pub mod client;
pub mod dashboard;
pub mod documents;
mod fail;
pub mod join;
pub mod oversight;
pub mod people;
pub mod second_factor;
mod token;

pub use fail::{ApiFail, Outcome};
pub use token::on_session_end;

use std::fmt::{Display, Write as _};

/// Builds the query of a list: absent values are left out, the others encoded.
#[derive(Default)]
pub struct Query(String);

impl Query {
    /// An empty query.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds `name=value` when there is a value and it is not empty.
    #[must_use]
    pub fn with(mut self, name: &str, value: Option<impl Display>) -> Self {
        let text = value.map(|v| v.to_string()).unwrap_or_default();
        if !text.is_empty() {
            let sign = if self.0.is_empty() { '?' } else { '&' };
            let encoded = String::from(js_sys::encode_uri_component(&text));
            // Writing to a String cannot fail.
            let _ = write!(self.0, "{sign}{name}={encoded}");
        }
        self
    }

    /// The path with this query.
    #[must_use]
    pub fn on(self, path: &str) -> String {
        format!("{path}{}", self.0)
    }
}

/// What a field narrows to; an empty one narrows nothing.
fn given(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|text| !text.is_empty())
}
