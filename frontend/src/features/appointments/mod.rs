//! Visits: the list, and one visit with what can be done about it.

mod actions;
mod detail;
mod invite;
mod late;
mod list;
mod model;
mod reassign;
mod reschedule;

pub use detail::AppointmentPage;
pub use list::AppointmentsPage;
