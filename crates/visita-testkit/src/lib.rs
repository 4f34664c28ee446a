//! For tests only: databases. A test that cannot have its surroundings fails at once.

#![expect(clippy::expect_used, reason = "tests fail by panicking")]

mod cluster;
mod db;

pub use db::{ROLE as STORE_ROLE, TestDb, as_store_role, audit_keys, make_store_role};
