//! All that a role's first page needs, in one answer.

use serde::{Deserialize, Serialize};

use crate::appointments::{AppointmentView, LobbyEntry};
use crate::chat::ConversationView;
use crate::documents::DocumentView;

/// `GET /dashboard`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "role", rename_all = "snake_case")]
pub enum DashboardView {
    /// A patient: what comes next.
    Patient {
        /// The next visits, soonest first, at most 10.
        upcoming: Vec<AppointmentView>,
        /// Conversations with unread messages, at most 10.
        unread: Vec<ConversationView>,
        /// The newest documents, at most 5.
        documents: Vec<DocumentView>,
    },
    /// A doctor: the day.
    Doctor {
        /// Today's visits in the hospital's zone, by time.
        today: Vec<AppointmentView>,
        /// Who waits now, longest first.
        lobby: Vec<LobbyEntry>,
        /// Conversations with unread messages, at most 10.
        unread: Vec<ConversationView>,
    },
    /// Reception: the hospital's day.
    Staff {
        /// Today's visits of all doctors, by time, at most 200.
        today: Vec<AppointmentView>,
        /// Who waits now, longest first.
        lobby: Vec<LobbyEntry>,
        /// Doctors that can be booked.
        doctors: i64,
        /// Patients with an active account.
        patients: i64,
    },
    /// The platform: counts only, no health data.
    Admin {
        /// Hospitals that are not archived.
        hospitals: i64,
        /// Active users by role: staff.
        staff: i64,
        /// Active doctors.
        doctors: i64,
        /// Active patients.
        patients: i64,
    },
}
