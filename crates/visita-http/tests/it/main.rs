//! The HTTP and WebSocket API as its clients meet it: a real server on a free port.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod accounts;
mod appointments;
mod auth;
mod calendar;
mod chat;
mod documents;
mod dump;
mod edge;
mod foreign;
mod harness;
mod jobs;
mod join;
mod logs;
mod mail;
mod mailbox;
mod matrix;
mod methods;
mod nonsense;
mod once;
mod openapi;
mod outage;
mod oversight;
mod people;
mod person;
mod proxies;
mod proxy;
mod raw;
mod scheduling;
mod second_factor;
mod sessions;
mod setup;
mod shapes;
mod surface;
mod texts;
mod throttle;
mod trail;
mod walls;
mod ws_chat;
mod ws_client;
mod ws_end;
mod ws_hello;
mod ws_stage;
mod ws_visit;
