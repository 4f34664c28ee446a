//! The calendar: a doctor's week, as an agenda on a phone, and reception's day over all doctors.

mod agenda;
mod ask;
mod board;
mod card;
mod data;
mod day;
mod drag;
mod grid;
mod model;
mod page;
mod week;

pub use page::CalendarPage;
