//! REST and WebSocket API: the only crate that names actix.
//!
//! A handler takes who asks and what is asked from its signature, makes one call
//! to the store, tells the hub after the commit, and answers with a view. It holds
//! no rule and no SQL. `routes::configure` is the one tree of routes; a route that
//! is not in `access_matrix.toml` keeps the server from starting.

pub mod app;
pub mod assets;
pub mod calendar;
mod client_addr;
pub mod clock;
mod codes;
mod convert;
pub mod cookies;
mod csrf;
mod denials;
mod devices;
pub mod error;
pub mod extract;
mod failures;
pub mod first_start;
mod headers;
pub mod jobs;
mod join_links;
pub mod key_file;
pub mod mail;
pub mod matrix;
pub mod middleware;
mod openapi;
mod openapi_links;
mod openapi_texts;
pub mod passwords;
mod routes;
mod seal;
mod second_factor;
mod sheet;
pub mod state;
mod throttle;
pub mod tokens;
mod trace;
pub mod turn;
mod unread;
mod workers;
mod ws;

pub use app::{ServeError, create_app, serve};
pub use openapi::openapi_json;
pub use state::{AppState, Limits, Origin, Settings, State};
