//! Visits: the list, and one visit with what can be done about it.

mod actions;
mod detail;
mod list;
mod model;
mod reschedule;

pub use detail::AppointmentPage;
pub use list::AppointmentsPage;
