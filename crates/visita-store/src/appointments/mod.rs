//! Appointments, from booking to the end of the visit.

mod book;
pub(crate) mod busy;
mod change;
mod history;
mod hold;
mod letters;
mod lobby;
mod moves;
mod read;
mod row;
mod timers;

use visita_domain::appointment::{Appointment, AppointmentState};
use visita_domain::{DoctorId, PatientId, Ts};

pub use book::book;
pub use change::{admit, arrive, cancel, finish, leave_lobby, mark_no_show};
pub use history::{Change, MAX_HISTORY, history};
pub use hold::{confirm, hold, release_over};
pub use lobby::{lobby, lobby_rev};
pub use moves::reschedule;
pub use read::{get, list};
pub use timers::{Fired, fire_due};

use crate::idempotency::Made;

pub(crate) use lobby::waiting;
pub(crate) use row::{Criteria, Sort, load as load_any, load_visible};

/// A visit to book.
#[derive(Clone)]
pub struct Booking {
    /// With whom.
    pub doctor_id: DoctorId,
    /// From; the length is the doctor's.
    pub starts_at: Ts,
    /// Why the patient comes.
    pub reason: String,
    /// For whom; patients leave it out.
    pub patient_id: Option<PatientId>,
    /// Staff only: book over other visits or outside hours, and why.
    pub overbook_reason: Option<String>,
}

/// A time to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    /// With whom.
    pub doctor_id: DoctorId,
    /// From; the length is the doctor's.
    pub starts_at: Ts,
    /// For whom; patients leave it out.
    pub patient_id: Option<PatientId>,
}

/// What is to change of an appointment; `None` stays.
#[derive(Clone, Default)]
pub struct Move {
    /// The new start.
    pub starts_at: Option<Ts>,
    /// Staff only: the new doctor.
    pub doctor_id: Option<DoctorId>,
    /// Staff only: book over other visits or outside hours, and why.
    pub overbook_reason: Option<String>,
}

/// What a move gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// The appointment as it is now.
    pub appointment: Appointment,
    /// Who had it before, when another doctor has it now.
    pub former_doctor: Option<DoctorId>,
}

impl Moved {
    /// Nothing was asked for, or what is so already.
    fn nowhere(appointment: Appointment) -> Self {
        Self {
            appointment,
            former_doctor: None,
        }
    }
}

/// What a booking gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booked {
    /// The appointment.
    pub appointment: Appointment,
    /// True when an earlier request with the same key had booked it.
    pub replayed: bool,
}

impl From<Made<Appointment>> for Booked {
    fn from(made: Made<Appointment>) -> Self {
        Self {
            appointment: made.record,
            replayed: made.replayed,
        }
    }
}

/// Which appointments.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AppointmentFilter {
    /// That end after.
    pub from: Option<Ts>,
    /// That start before.
    pub to: Option<Ts>,
    /// In one of these states; any when empty.
    pub state: Vec<AppointmentState>,
    /// Of that doctor.
    pub doctor_id: Option<DoctorId>,
    /// Of that patient.
    pub patient_id: Option<PatientId>,
}

/// The order of a list of appointments.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    /// Soonest first.
    #[default]
    Ascending,
    /// Latest first.
    Descending,
}
