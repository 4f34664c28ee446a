//! What lives as long as the page: context structs of read-only signals with methods.

pub mod chat;
pub mod clock;
pub mod config;
pub mod connection;
pub mod pages;
pub mod session;
pub mod socket;
pub mod theme;
pub mod toasts;
