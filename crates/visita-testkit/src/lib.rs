//! For tests only.

mod cluster;
mod db;

pub use db::TestDb;
