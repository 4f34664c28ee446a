//! Whoever came by a join link: one visit, and of it what that visit needs (SECURITY §2.11).

use super::{Action, Facts};
use crate::AppointmentId;

/// The visit that a session reaches which was opened by a join link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VisitScope {
    /// The visit.
    pub appointment_id: AppointmentId,
    /// Whether it is near enough for more than to wait for it.
    pub open: bool,
}

impl VisitScope {
    /// Everything that such a session is good for: what is not named here is denied.
    pub(super) fn admits(self, action: Action) -> bool {
        use Action as A;
        let waiting = matches!(
            action,
            A::ReadAppointment | A::Arrive | A::LeaveLobby | A::OpenSocket
        );
        let visiting = matches!(
            action,
            A::JoinCall
                | A::ReadConversation
                | A::SendMessage
                | A::UploadDocument
                | A::ReadDocument
                | A::DeleteDocument
        );
        waiting || self.open && visiting
    }

    /// Whether the record is of this visit. A socket is no record.
    pub(super) fn reaches(self, action: Action, facts: &Facts) -> bool {
        action == Action::OpenSocket || facts.appointment_id == Some(self.appointment_id)
    }
}
