//! Visits: the list, and one visit with what can be done about it.

mod actions;
mod detail;
mod history;
mod invite;
mod late;
mod list;
mod model;
mod reassign;
mod reschedule;
mod sending;

pub use detail::AppointmentPage;
pub use list::AppointmentsPage;
