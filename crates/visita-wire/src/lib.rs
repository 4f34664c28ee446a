//! The JSON contract of Visita: requests, views, errors, WebSocket messages and paths.
//!
//! The server, the SPA and the OpenAPI document share these types. Nothing here
//! decides anything, and no secret or column gets in by accident: every view
//! names its fields.
//!
//! Conventions: `snake_case`, RFC 3339 UTC times, UUID ids, lists as [`Page`],
//! unknown fields refused in requests.

pub mod accounts;
pub mod appointments;
pub mod auth;
pub mod availability;
pub mod calendar;
pub mod calls;
pub mod chat;
pub mod config;
pub mod dashboard;
pub mod documents;
pub mod error;
pub mod join;
pub mod oversight;
pub mod page;
pub mod people;
pub mod routes;
pub mod search;
pub mod second_factor;
pub mod ws;

pub use error::{ErrorBody, ErrorCode, FieldError, MfaToken};
pub use page::Page;
