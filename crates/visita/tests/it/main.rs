//! The real binary: how it starts, refuses to start, stops, and keeps what it acknowledged.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod cli;
mod demo;
mod life;
mod memory;
mod process;
mod refusals;
mod setup;
