//! The own visits in calendars outside of the clinic.

use serde::{Deserialize, Serialize};
use visita_domain::Ts;

/// `GET /me/calendar-feed`: whether there is a link. What it is, is told once, when it is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CalendarFeedView {
    /// When the link was made; absent when there is none.
    pub created_at: Option<Ts>,
}

/// Answer of `POST /me/calendar-feed`: the link, this once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewCalendarFeed {
    /// For the calendar program. Whoever has it sees when the visits are.
    pub url: String,
    /// When it was made.
    pub created_at: Ts,
}
