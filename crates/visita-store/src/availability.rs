//! When doctors work, and the slots that follow.

use visita_domain::availability::{Availability, Exception, ExceptionKind};
use visita_domain::{DoctorId, ExceptionId, LocalDate, LocalTime, TimeRange, Weekday};

use crate::{AnyConn, Ctx, StoreError};

/// A weekly rule to set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleInput {
    /// The day.
    pub weekday: Weekday,
    /// First minute.
    pub from: LocalTime,
    /// The minute after the last.
    pub until: LocalTime,
    /// First valid day.
    pub valid_from: Option<LocalDate>,
    /// Last valid day.
    pub valid_until: Option<LocalDate>,
}

macro_rules! stub { ($($(#[$d:meta])* $n:ident($($a:ident: $t:ty),*) -> $r:ty;)*) => {$(
    $(#[$d])* pub fn $n(conn: &mut AnyConn, $($a: $t),*) -> Result<$r, StoreError> { let _ = (conn, $($a),*); Err(StoreError::Unavailable) }
)*}}

stub! {
    /// Stub.
    get(ctx: &Ctx, doctor_id: DoctorId) -> (String, Availability);
    /// Stub.
    replace_rules(ctx: &Ctx, doctor_id: DoctorId, rules: &[RuleInput]) -> (String, Availability);
    /// Stub.
    add_exception(ctx: &Ctx, doctor_id: DoctorId, kind: ExceptionKind, range: TimeRange) -> Exception;
    /// Stub.
    remove_exception(ctx: &Ctx, doctor_id: DoctorId, exception_id: ExceptionId) -> ();
    /// Stub.
    slots(ctx: &Ctx, doctor_id: DoctorId, from: LocalDate, to: LocalDate) -> (String, Vec<TimeRange>);
}
