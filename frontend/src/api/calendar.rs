//! The own visits in calendars outside of the clinic.

use visita_domain::AppointmentId;
use visita_wire::calendar::{CalendarFeedView, NewCalendarFeed};
use visita_wire::routes;
use web_sys::Blob;

use super::Outcome;
use super::client::Authed;

/// A visit as a calendar file.
pub async fn download_visit(id: AppointmentId) -> Outcome<Blob> {
    Authed.get_blob(&routes::appointment_calendar(id)).await
}

/// Whether there is an own link.
pub async fn feed() -> Outcome<CalendarFeedView> {
    Authed.get(routes::CALENDAR_FEED).await
}

/// Makes a link; the one before ends.
pub async fn create_feed() -> Outcome<NewCalendarFeed> {
    Authed.post_empty(routes::CALENDAR_FEED).await
}

/// Ends the link.
pub async fn revoke_feed() -> Outcome<()> {
    Authed.delete(routes::CALENDAR_FEED).await
}
