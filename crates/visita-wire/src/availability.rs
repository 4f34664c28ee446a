//! A doctor's working hours and the slots that follow from them.

use std::fmt;

use serde::{Deserialize, Serialize};
use visita_domain::availability::ExceptionKind;
use visita_domain::{AppointmentId, ExceptionId, LocalDate, LocalTime, Ts, Weekday};

use crate::people::DoctorView;

/// One weekly rule, in the hospital's civil time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct WeeklyRuleView {
    /// The day.
    pub weekday: Weekday,
    /// First minute.
    pub from: LocalTime,
    /// The minute after the last.
    pub until: LocalTime,
    /// First valid day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<LocalDate>,
    /// Last valid day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<LocalDate>,
}

/// `GET /doctors/{id}/availability`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AvailabilityView {
    /// IANA zone of all civil times.
    pub time_zone: String,
    /// Weekly rules, by weekday and time.
    pub rules: Vec<WeeklyRuleView>,
    /// Future and present exceptions, by time.
    pub exceptions: Vec<ExceptionView>,
}

/// `PUT /doctors/{id}/availability`: replaces all weekly rules.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "validate", derive(validator::Validate))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ReplaceAvailability {
    /// The new rules.
    #[cfg_attr(feature = "validate", validate(length(max = 100)))]
    #[cfg_attr(feature = "openapi", schema(max_items = 100))]
    pub rules: Vec<WeeklyRuleView>,
    /// Visits already booked that the change leaves outside of the hours stay as they are;
    /// without it they stop the change, which then answers `visits_stranded`.
    #[serde(default)]
    pub keep_booked: bool,
}

/// Time off or extra hours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExceptionView {
    /// Its id.
    pub id: ExceptionId,
    /// What it does.
    pub kind: ExceptionKind,
    /// From.
    pub starts_at: Ts,
    /// Until before.
    pub ends_at: Ts,
}

/// `POST /doctors/{id}/availability/exceptions`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "validate", derive(validator::Validate))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AddException {
    /// What it does.
    pub kind: ExceptionKind,
    /// From.
    pub starts_at: Ts,
    /// Until before.
    pub ends_at: Ts,
    /// As in [`ReplaceAvailability`].
    #[serde(default)]
    pub keep_booked: bool,
}

/// A booked visit that a change of hours would leave outside of them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StrandedVisit {
    /// The visit.
    pub appointment_id: AppointmentId,
    /// From.
    pub starts_at: Ts,
    /// Until before.
    pub ends_at: Ts,
    /// Whose it is.
    pub patient_name: String,
}

impl fmt::Debug for StrandedVisit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StrandedVisit({})", self.appointment_id)
    }
}

/// One bookable time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SlotView {
    /// From.
    pub starts_at: Ts,
    /// Until before.
    pub ends_at: Ts,
}

/// `GET /doctors/{id}/slots?from&to` (days of the hospital's zone, `to` included, at most 62 days).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SlotsView {
    /// IANA zone of the hospital.
    pub time_zone: String,
    /// Free slots, by time.
    pub slots: Vec<SlotView>,
}

/// A doctor and when they are free next.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DoctorNextSlot {
    /// The doctor.
    pub doctor: DoctorView,
    /// The first free time of the next two weeks; none when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<SlotView>,
}

/// `POST /doctors/next-slots`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NextSlotsView {
    /// Soonest first; who has no free time comes last.
    pub items: Vec<DoctorNextSlot>,
    /// More doctors match: a search or a filter finds them.
    pub more: bool,
}
