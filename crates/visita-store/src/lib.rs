//! Schema, queries, transactions and the audit log: the only crate that names diesel.
//!
//! Every operation is a plain function that takes `&mut AnyConn`, who acts ([`Ctx`])
//! and what is asked. It loads facts, lets `visita_domain` decide, writes, and
//! records the audit event, all in one transaction. A record that the actor may
//! not see answers [`StoreError::NotFound`], as a missing one does.

pub mod appointments;
pub mod audit;
pub mod auth;
pub mod availability;
pub mod calendar;
pub mod calls;
pub mod chat;
mod conn;
mod ctx;
pub mod dashboard;
pub mod documents;
mod error;
mod idempotency;
pub mod ids;
pub mod installation;
pub mod jobs;
pub mod join;
pub mod mail;
mod migrate;
mod page;
pub mod people;
mod postgres;
pub mod pruning;
mod relation;
mod schema;
mod sqlite;
mod tenant;
#[cfg(feature = "testing")]
pub mod testing;
mod text;
mod turns;
mod tx;
mod types;

pub use conn::{AnyConn, Store, StoreConfig};
pub use ctx::Ctx;
pub use error::{DatabaseFault, OpenError, StoreError};
pub use idempotency::Idempotency;
pub use page::{MAX_LIMIT, PageQuery, Paged};
pub(crate) use tenant::Tenant;
