//! Appointments and the lobby.

use serde::{Deserialize, Serialize};
use visita_domain::appointment::{AppointmentState, ChangeKind};
use visita_domain::{AppointmentId, ConversationId, DoctorId, HospitalId, PatientId, Ts};

use crate::oversight::ActorView;

/// An appointment.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AppointmentView {
    /// Its id; survives rescheduling.
    pub id: AppointmentId,
    /// The hospital.
    pub hospital_id: HospitalId,
    /// The doctor.
    pub doctor_id: DoctorId,
    /// The doctor's name.
    pub doctor_name: String,
    /// The patient.
    pub patient_id: PatientId,
    /// The patient's name.
    pub patient_name: String,
    /// From.
    pub starts_at: Ts,
    /// Until before.
    pub ends_at: Ts,
    /// Where it stands.
    pub state: AppointmentState,
    /// Why the patient comes; empty for viewers who may not read it.
    pub reason: String,
    /// Why staff booked over another visit; for staff and the doctor only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overbook_reason: Option<String>,
    /// Why it was cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancel_reason: Option<String>,
    /// The conversation, for its members.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<ConversationId>,
    /// Also the ETag, for `If-Match`.
    pub version: i64,
    /// Since when the patient waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_since: Option<Ts>,
    /// When the doctor let the patient in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admitted_at: Option<Ts>,
    /// When the visit was finished.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Ts>,
    /// Until when the time is held, while it is only held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold_expires_at: Option<Ts>,
    /// When it was booked.
    pub created_at: Ts,
}

/// `GET /appointments/{id}/history`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HistoryView {
    /// Oldest first; at most the newest 200.
    #[cfg_attr(feature = "openapi", schema(max_items = 200))]
    pub items: Vec<ChangeView>,
}

/// One thing that happened to an appointment, and what it became.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangeView {
    /// The version that it made.
    pub version: i64,
    /// What happened.
    pub kind: ChangeKind,
    /// When.
    pub at: Ts,
    /// Who did it; absent when it happened by itself: a hold ran out, or the clock noted a no-show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<ActorView>,
    /// When the visit was to start from then on; absent where that was not kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<Ts>,
    /// With whom from then on; absent where that was not kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doctor_id: Option<DoctorId>,
    /// That doctor's name today.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doctor_name: Option<String>,
}

/// `POST /appointments`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "validate", derive(validator::Validate))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct BookAppointment {
    /// With whom.
    pub doctor_id: DoctorId,
    /// From; the length is the doctor's.
    pub starts_at: Ts,
    /// Why the patient comes.
    #[cfg_attr(feature = "validate", validate(length(min = 1, max = 1000)))]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 1000))]
    pub reason: String,
    /// For whom; patients leave it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patient_id: Option<PatientId>,
    /// Staff only: book over other visits or outside hours, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "validate", validate(length(min = 3, max = 400)))]
    #[cfg_attr(feature = "openapi", schema(min_length = 3, max_length = 400))]
    pub overbook_reason: Option<String>,
}

/// `POST /appointments/holds`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "validate", derive(validator::Validate))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct HoldAppointment {
    /// With whom.
    pub doctor_id: DoctorId,
    /// From; the length is the doctor's.
    pub starts_at: Ts,
    /// For whom; patients leave it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patient_id: Option<PatientId>,
}

/// `POST /appointments/{id}/confirm`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "validate", derive(validator::Validate))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ConfirmAppointment {
    /// Why the patient comes.
    #[cfg_attr(feature = "validate", validate(length(min = 1, max = 1000)))]
    #[cfg_attr(
        feature = "openapi",
        schema(format = "non-blank", min_length = 1, max_length = 1000)
    )]
    pub reason: String,
}

/// `PATCH /appointments/{id}` with `If-Match`: another time, another doctor, or both.
#[derive(Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "validate", derive(validator::Validate))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RescheduleAppointment {
    /// The new start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<Ts>,
    /// Staff only: the doctor who takes over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doctor_id: Option<DoctorId>,
    /// Staff only: book over other visits or outside hours, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "validate", validate(length(min = 3, max = 400)))]
    #[cfg_attr(feature = "openapi", schema(min_length = 3, max_length = 400))]
    pub overbook_reason: Option<String>,
}

/// `POST /appointments/{id}/cancel`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "validate", derive(validator::Validate))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CancelAppointment {
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "validate", validate(length(max = 400)))]
    #[cfg_attr(feature = "openapi", schema(max_length = 400))]
    pub reason: Option<String>,
}

/// How a waiting patient's page is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// Connected.
    Online,
    /// Lost less than a minute ago.
    Reconnecting,
    /// Gone for longer; still in the queue.
    Away,
}

/// One patient in the lobby: arrived, or in the call.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LobbyEntry {
    /// The appointment.
    pub appointment_id: AppointmentId,
    /// The doctor.
    pub doctor_id: DoctorId,
    /// The doctor's name.
    pub doctor_name: String,
    /// The patient.
    pub patient_id: PatientId,
    /// The patient's name.
    pub patient_name: String,
    /// `arrived` or `in_call`.
    pub state: AppointmentState,
    /// Since when the patient waits.
    pub waiting_since: Ts,
    /// When the visit was to start.
    pub starts_at: Ts,
    /// How the patient's page is connected now.
    pub presence: Presence,
}

/// `GET /lobby`, and the `lobby.snap` frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LobbyView {
    /// Grows with every change of the hospital's lobby.
    pub rev: i64,
    /// By waiting time, longest first.
    pub items: Vec<LobbyEntry>,
}
