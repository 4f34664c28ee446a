//! Pure rules of the clinic: ids, times, slots, booking, state machines and access.
//!
//! No I/O, no clock and no randomness here: the present time, new ids and facts
//! from the database are parameters. The crate compiles to WASM, so that the
//! SPA shows and the server enforces one set of rules.

pub mod access;
pub mod account;
pub mod appointment;
pub mod audit;
pub mod availability;
pub mod booking;
pub mod calendar;
pub mod call;
pub mod chat;
pub mod document;
pub mod ids;
pub mod join;
pub mod people;
#[cfg(feature = "tz")]
pub mod slots;
pub mod time;
pub mod timer;

pub use ids::*;
pub use time::{LocalDate, LocalTime, TimeRange, Ts, Weekday};
