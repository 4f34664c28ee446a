//! What calendars outside of the clinic are told of a visit: when, and whether it still is.
//!
//! Calendars are shared and synchronised with many. No name and no reason can get into
//! one, because [`CalendarVisit`] has none.

use crate::appointment::{Appointment, AppointmentState};
use crate::{AppointmentId, TimeRange, Ts};

/// For how many days a visit that is over stays in a feed.
pub const FEED_DAYS_BACK: i64 = 90;
/// For how many days a feed shows that a visit was called off. Programs that look once a day
/// have removed it by then.
pub const FEED_DAYS_CANCELLED: i64 = 14;
/// Most visits to come in one feed, the soonest: a full year of a busy doctor's bookings.
pub const FEED_MAX_AHEAD: i64 = 1_000;
/// Most visits that are over in one feed, the latest.
pub const FEED_MAX_BACK: i64 = 500;

/// A visit without anything about health.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CalendarVisit {
    /// Its id, which stays when it is moved.
    pub id: AppointmentId,
    /// When.
    pub range: TimeRange,
    /// Where it stands.
    pub state: AppointmentState,
    /// Grows by one with every change.
    pub version: i64,
    /// When it was booked.
    pub created_at: Ts,
    /// When it last changed; when it was booked, if it never has.
    pub changed_at: Ts,
}

impl From<&Appointment> for CalendarVisit {
    fn from(appointment: &Appointment) -> Self {
        Self {
            id: appointment.id,
            range: appointment.range,
            state: appointment.state,
            version: appointment.version,
            created_at: appointment.created_at,
            changed_at: appointment.changed_at,
        }
    }
}
