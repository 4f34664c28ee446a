//! The appointment and its state machine: from booking to the end of the visit.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    AppointmentId, ConversationId, DoctorId, HospitalId, PatientId, TimeRange, Ts, UserId,
};

/// How long a hold keeps a slot, in minutes.
pub const HOLD_MINUTES: i64 = 10;
/// How long before the start a patient may arrive in the lobby, in minutes.
/// Earlier arrivals would sit in an empty room for the whole day.
pub const EARLY_ARRIVAL_MINUTES: i64 = 60;

/// Where an appointment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AppointmentState {
    /// The slot is kept while the patient fills in the form.
    Held,
    /// Agreed.
    Booked,
    /// The patient waits in the lobby.
    Arrived,
    /// The doctor has let the patient in.
    InCall,
    /// The doctor has ended the visit.
    Finished,
    /// Called off.
    Cancelled,
    /// The patient never came.
    NoShow,
}

/// What can happen to an appointment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transition {
    /// Turn a hold into a booking.
    Confirm,
    /// The patient enters the lobby.
    Arrive,
    /// The patient leaves the lobby before being let in.
    LeaveLobby,
    /// The doctor lets the patient in.
    Admit,
    /// The doctor ends the visit.
    Finish,
    /// Somebody calls the appointment off.
    Cancel,
    /// The patient never came.
    MarkNoShow,
    /// Moved to another time; keeps its identity and state.
    Reschedule,
    /// Given to another doctor; keeps its identity and state.
    Reassign,
    /// The minutes of a hold are over.
    Expire,
}

impl Transition {
    /// Every transition.
    pub const ALL: [Self; 10] = [
        Self::Confirm,
        Self::Arrive,
        Self::LeaveLobby,
        Self::Admit,
        Self::Finish,
        Self::Cancel,
        Self::MarkNoShow,
        Self::Reschedule,
        Self::Reassign,
        Self::Expire,
    ];
}

/// The transition is not possible from that state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("an appointment that is {from:?} cannot be changed by {by:?}")]
pub struct IllegalTransition {
    /// The present state.
    pub from: AppointmentState,
    /// What was asked.
    pub by: Transition,
}

impl AppointmentState {
    /// Every state, in the order of a visit's life.
    pub const ALL: [Self; 7] = [
        Self::Held,
        Self::Booked,
        Self::Arrived,
        Self::InCall,
        Self::Finished,
        Self::Cancelled,
        Self::NoShow,
    ];

    /// The state machine of DESIGN §4, whole: the state after `by`.
    ///
    /// # Errors
    /// [`IllegalTransition`] for every pair that is not in the table.
    pub fn after(self, by: Transition) -> Result<Self, IllegalTransition> {
        use AppointmentState::{Arrived, Booked, Cancelled, Finished, Held, InCall, NoShow};
        use Transition::{
            Admit, Arrive, Cancel, Confirm, Expire, Finish, LeaveLobby, MarkNoShow, Reassign,
            Reschedule,
        };
        match (self, by) {
            (Held, Confirm) => Ok(Booked),
            (Held | Booked | Arrived, Cancel) | (Held, Expire) => Ok(Cancelled),
            (Booked, Arrive) => Ok(Arrived),
            (Booked, MarkNoShow) => Ok(NoShow),
            (Booked, Reschedule | Reassign) => Ok(Booked),
            (Arrived, LeaveLobby) => Ok(Booked),
            // The doctor falls ill while somebody waits.
            (Arrived, Reassign) => Ok(Arrived),
            (Arrived, Admit) => Ok(InCall),
            (InCall, Finish) => Ok(Finished),
            _ => Err(IllegalTransition { from: self, by }),
        }
    }

    /// True while the appointment keeps its time from being booked by another.
    /// The same set stands in the overlap guards of both databases.
    #[must_use]
    pub fn blocks_time(self) -> bool {
        matches!(
            self,
            Self::Held | Self::Booked | Self::Arrived | Self::InCall
        )
    }

    /// True when nothing can change any more.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::Finished | Self::Cancelled | Self::NoShow)
    }

    /// The stable text used in JSON and SQL.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Booked => "booked",
            Self::Arrived => "arrived",
            Self::InCall => "in_call",
            Self::Finished => "finished",
            Self::Cancelled => "cancelled",
            Self::NoShow => "no_show",
        }
    }

    /// The state of that text.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// What happened to an appointment, as its history names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// Its time was held.
    Held,
    /// It was booked, or its hold confirmed.
    Booked,
    /// Its hold was let go or ran out.
    Released,
    /// It got another time or another doctor, or both.
    Moved,
    /// The patient entered the lobby.
    Arrived,
    /// The patient left the lobby.
    Left,
    /// The doctor let the patient in.
    Admitted,
    /// The doctor ended the visit.
    Finished,
    /// Somebody called it off.
    Cancelled,
    /// The patient never came.
    NoShow,
}

impl ChangeKind {
    /// Every kind, in the order of a visit's life.
    pub const ALL: [Self; 10] = [
        Self::Held,
        Self::Booked,
        Self::Released,
        Self::Moved,
        Self::Arrived,
        Self::Left,
        Self::Admitted,
        Self::Finished,
        Self::Cancelled,
        Self::NoShow,
    ];

    /// The stable text used in JSON and SQL.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Booked => "booked",
            Self::Released => "released",
            Self::Moved => "moved",
            Self::Arrived => "arrived",
            Self::Left => "left",
            Self::Admitted => "admitted",
            Self::Finished => "finished",
            Self::Cancelled => "cancelled",
            Self::NoShow => "no_show",
        }
    }

    /// The kind of that text.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// One visit of one patient with one doctor, from booking to end.
#[derive(Clone, PartialEq, Eq)]
pub struct Appointment {
    /// Its id; survives rescheduling.
    pub id: AppointmentId,
    /// The hospital.
    pub hospital_id: HospitalId,
    /// The doctor.
    pub doctor_id: DoctorId,
    /// The doctor's name, for display.
    pub doctor_name: String,
    /// The patient.
    pub patient_id: PatientId,
    /// The patient's name, for display.
    pub patient_name: String,
    /// When.
    pub range: TimeRange,
    /// Where it stands.
    pub state: AppointmentState,
    /// Why the patient comes. Health data.
    pub reason: String,
    /// Why staff booked over another visit, when they did.
    pub overbook_reason: Option<String>,
    /// Why it was cancelled.
    pub cancel_reason: Option<String>,
    /// The conversation between doctor and patient.
    pub conversation_id: ConversationId,
    /// Grows by one with every change: the ETag.
    pub version: i64,
    /// Since when the patient waits. Survives dropped sockets.
    pub waiting_since: Option<Ts>,
    /// When the doctor let the patient in.
    pub admitted_at: Option<Ts>,
    /// When the visit was finished.
    pub finished_at: Option<Ts>,
    /// End of the hold; none once it was confirmed, and for visits that were booked at once.
    pub hold_expires_at: Option<Ts>,
    /// Who booked it.
    pub booked_by: UserId,
    /// When it was booked.
    pub created_at: Ts,
    /// When it last changed; when it was booked, if it never has.
    pub changed_at: Ts,
}

impl std::fmt::Debug for Appointment {
    /// The reason and the names are health data and stay out of logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Appointment")
            .field("id", &self.id)
            .field("state", &self.state)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::{AppointmentState as S, Transition as T};

    /// The table of DESIGN §4, by hand; a pair that is missing here is illegal.
    const LEGAL: [(S, T, S); 13] = [
        (S::Held, T::Confirm, S::Booked),
        (S::Held, T::Expire, S::Cancelled),
        (S::Booked, T::Reassign, S::Booked),
        (S::Arrived, T::Reassign, S::Arrived),
        (S::Held, T::Cancel, S::Cancelled),
        (S::Booked, T::Cancel, S::Cancelled),
        (S::Arrived, T::Cancel, S::Cancelled),
        (S::Booked, T::Arrive, S::Arrived),
        (S::Booked, T::MarkNoShow, S::NoShow),
        (S::Booked, T::Reschedule, S::Booked),
        (S::Arrived, T::LeaveLobby, S::Booked),
        (S::Arrived, T::Admit, S::InCall),
        (S::InCall, T::Finish, S::Finished),
    ];

    #[test]
    fn every_pair_of_state_and_transition_is_as_the_table_says() {
        for from in S::ALL {
            for by in T::ALL {
                let expected = LEGAL
                    .iter()
                    .find(|(f, b, _)| *f == from && *b == by)
                    .map(|(_, _, to)| *to);
                assert_eq!(from.after(by).ok(), expected, "{from:?} by {by:?}");
            }
        }
    }

    #[test]
    fn final_states_neither_block_time_nor_change() {
        for state in S::ALL {
            assert_ne!(state.blocks_time(), state.is_final(), "{state:?}");
            assert_eq!(S::from_text(state.as_str()), Some(state));
        }
    }
}
