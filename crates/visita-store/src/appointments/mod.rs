//! Appointments, from booking to the end of the visit.

use visita_domain::appointment::{Appointment, AppointmentState};
use visita_domain::{AppointmentId, DoctorId, PatientId, Ts};

use crate::{AnyConn, Ctx, PageQuery, Paged, StoreError};

/// Makes a repeated request harmless.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// The caller's key.
    pub key: String,
    /// SHA-256 of the request's body.
    pub body_sha256: [u8; 32],
}

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
    /// The caller's key, if it sent one.
    pub idempotency: Option<Idempotency>,
}

/// What a booking gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booked {
    /// The appointment.
    pub appointment: Appointment,
    /// True when an earlier request with the same key had booked it.
    pub replayed: bool,
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

macro_rules! stub { ($($(#[$d:meta])* $n:ident($($a:ident: $t:ty),*) -> $r:ty;)*) => {$(
    $(#[$d])* pub fn $n(conn: &mut AnyConn, $($a: $t),*) -> Result<$r, StoreError> { let _ = (conn, $($a),*); Err(StoreError::Unavailable) }
)*}}

stub! {
    /// Stub.
    book(ctx: &Ctx, booking: &Booking) -> Booked;
    /// Stub.
    list(ctx: &Ctx, filter: &AppointmentFilter, order: Order, page: &PageQuery) -> Paged<Appointment>;
    /// Stub.
    get(ctx: &Ctx, id: AppointmentId) -> Appointment;
    /// Stub.
    reschedule(ctx: &Ctx, id: AppointmentId, expected_version: i64, starts_at: Ts) -> Appointment;
    /// Stub.
    cancel(ctx: &Ctx, id: AppointmentId, reason: Option<&str>) -> Appointment;
    /// Stub.
    arrive(ctx: &Ctx, id: AppointmentId) -> Appointment;
    /// Stub.
    leave_lobby(ctx: &Ctx, id: AppointmentId) -> Appointment;
    /// Stub.
    admit(ctx: &Ctx, id: AppointmentId) -> Appointment;
    /// Stub.
    finish(ctx: &Ctx, id: AppointmentId) -> Appointment;
    /// Stub.
    mark_no_show(ctx: &Ctx, id: AppointmentId) -> Appointment;
    /// Stub.
    lobby(ctx: &Ctx) -> (i64, Vec<Appointment>);
}
