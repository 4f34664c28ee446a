//! All that a role's first page needs, in at most six statements.

use visita_domain::appointment::Appointment;
use visita_domain::chat::Conversation;
use visita_domain::document::Document;

use crate::{AnyConn, Ctx, StoreError};

/// A role's first page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dashboard {
    /// A patient: what comes next.
    Patient {
        /// The next visits, soonest first, at most 10.
        upcoming: Vec<Appointment>,
        /// Conversations with unread messages, at most 10.
        unread: Vec<Conversation>,
        /// The newest documents, at most 5.
        documents: Vec<Document>,
    },
    /// A doctor: the day.
    Doctor {
        /// Today's visits in the hospital's zone, by time.
        today: Vec<Appointment>,
        /// Who waits or is in the call now, longest first.
        lobby: Vec<Appointment>,
        /// Conversations with unread messages, at most 10.
        unread: Vec<Conversation>,
    },
    /// Reception: the hospital's day.
    Staff {
        /// Today's visits of all doctors, by time, at most 200.
        today: Vec<Appointment>,
        /// Who waits or is in the call now, longest first.
        lobby: Vec<Appointment>,
        /// Doctors that can be booked.
        doctors: i64,
        /// Patients with an active account.
        patients: i64,
    },
    /// The platform: counts only.
    Admin {
        /// Hospitals that are not archived.
        hospitals: i64,
        /// Active staff.
        staff: i64,
        /// Active doctors.
        doctors: i64,
        /// Active patients.
        patients: i64,
    },
}

/// Stub.
pub fn load(conn: &mut AnyConn, ctx: &Ctx) -> Result<Dashboard, StoreError> {
    let _ = (conn, ctx);
    Err(StoreError::Unavailable)
}
