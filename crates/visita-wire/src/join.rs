//! Join links: one tap from a message to the lobby of one visit.

use std::fmt;

use serde::{Deserialize, Serialize};
use visita_domain::appointment::AppointmentState;
use visita_domain::join::JoinAs;
use visita_domain::{AppointmentId, HospitalId, JoinLinkId, Ts, UserId};

/// `POST /appointments/{id}/join-links`: a link for the patient or a guest.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "validate", derive(validator::Validate))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateJoinLink {
    /// Whom it is for. A patient's takes the place of the one before.
    pub joins_as: JoinAs,
    /// The guest's name, which the doctor sees; absent for the patient.
    #[cfg_attr(feature = "validate", validate(length(min = 1, max = 80)))]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 80))]
    pub guest_name: Option<String>,
}

/// A link, without what opens it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JoinLinkView {
    /// Its id.
    pub id: JoinLinkId,
    /// Whom it is for.
    pub joins_as: JoinAs,
    /// The guest's name; absent for the patient.
    pub guest_name: Option<String>,
    /// When it was made.
    pub created_at: Ts,
    /// When it was opened first.
    pub opened_at: Option<Ts>,
    /// Since when another device asks to be let in instead.
    pub asked_at: Option<Ts>,
}

/// Answer of `POST /appointments/{id}/join-links`: the link, this once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewJoinLinkView {
    /// What is known of it afterwards.
    pub link: JoinLinkView,
    /// To give to the person. Whoever opens it first is let into the lobby.
    pub url: String,
}

/// `POST /join/exchange`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "validate", derive(validator::Validate))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ExchangeJoinLink {
    /// What stands behind `#` in the link. Absent to come back by the cookie.
    #[cfg_attr(feature = "validate", validate(length(min = 1, max = 200)))]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 200))]
    pub token: Option<String>,
}

/// Answer of `POST /join/exchange`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JoinGrant {
    /// For the header `Authorization: Bearer`. Absent when the visit is over.
    pub access_token: Option<String>,
    /// Seconds for which it is good.
    pub expires_in: i64,
    /// As whom its holder acts.
    pub user_id: UserId,
    /// Whom the link is for.
    pub joins_as: JoinAs,
    /// The name of the guest or the patient.
    pub name: String,
    /// The visit.
    pub visit: JoinVisitView,
}

impl fmt::Debug for JoinGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinGrant").finish_non_exhaustive()
    }
}

/// What whoever has a link is told of its visit.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JoinVisitView {
    /// The appointment.
    pub appointment_id: AppointmentId,
    /// The hospital.
    pub hospital_id: HospitalId,
    /// Its name.
    pub hospital_name: String,
    /// Its phone number, for whoever cannot join; may be empty.
    pub hospital_phone: String,
    /// Its IANA time zone.
    pub time_zone: String,
    /// The doctor's name.
    pub doctor_name: String,
    /// Planned start.
    pub starts_at: Ts,
    /// Planned end.
    pub ends_at: Ts,
    /// From when on the waiting room is open.
    pub opens_at: Ts,
    /// How far the visit is.
    pub state: AppointmentState,
}
