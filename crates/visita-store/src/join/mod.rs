//! Join links: how a patient or a guest reaches one visit without signing in.
//!
//! What a link opens follows from its visit at every request, and no copy of it is kept: a
//! visit that moves takes its links along, one that is over has none. A link serves the
//! browser that opened it first; another one is let in by the clinic.

mod exchange;
mod links;

use visita_domain::appointment::Appointment;
use visita_domain::join::JoinAs;
use visita_domain::people::Hospital;
use visita_domain::{AppointmentId, HospitalId, JoinLinkId, SessionId, Ts, UserId};

pub use exchange::{authenticate, exchange};
pub use links::{admit, create, list, revoke};

pub(crate) use links::{give_to_patient, of_patient};

/// Which link is presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkPlace {
    /// Where it belongs.
    pub hospital_id: HospitalId,
    /// Its id.
    pub id: JoinLinkId,
}

/// A link. What it says follows from its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinLink {
    /// Its id.
    pub id: JoinLinkId,
    /// Where it belongs.
    pub hospital_id: HospitalId,
    /// The visit.
    pub appointment_id: AppointmentId,
    /// Whom it is for.
    pub joins_as: JoinAs,
    /// The guest's name; the patient has one already.
    pub guest_name: Option<String>,
    /// When it was made.
    pub created_at: Ts,
    /// When a browser was first let in by it.
    pub opened_at: Option<Ts>,
    /// Since when another browser asks to be let in instead.
    pub asked_at: Option<Ts>,
}

/// A link to make.
#[derive(Clone)]
pub struct NewJoinLink {
    /// Whom it is for.
    pub joins_as: JoinAs,
    /// The guest's name; none for the patient.
    pub guest_name: Option<String>,
}

/// Somebody has come by a link.
#[derive(Clone)]
pub struct Joining {
    /// The link.
    pub link: JoinLink,
    /// The visit as it is now.
    pub appointment: Appointment,
    /// The hospital.
    pub hospital: Hospital,
    /// The browser's session; none when the visit is over.
    pub session_id: Option<SessionId>,
}

impl Joining {
    /// As whom they act: the patient, or a guest whose id is that of the link.
    #[must_use]
    pub fn user_id(&self) -> UserId {
        match self.link.joins_as {
            JoinAs::Patient => self.appointment.patient_id.into(),
            JoinAs::Interpreter | JoinAs::Family | JoinAs::Other => UserId(self.link.id.0),
        }
    }
}

/// A browser that presents a link, or comes back by its cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Presented {
    /// The link.
    pub place: LinkPlace,
    /// SHA-256 of what the browser's cookie holds.
    pub holder_hash: [u8; 32],
    /// Whether it has the link itself, and not its cookie alone.
    pub with_link: bool,
}

/// What became of a presented link.
#[derive(Clone)]
#[expect(
    clippy::large_enum_variant,
    reason = "one per request, taken apart at once"
)]
pub enum Exchange {
    /// The browser is in, or is told how the visit ended.
    Joined(Joining),
    /// Another browser holds the link. The clinic can see that this one asks.
    InUse,
}
