//! When doctors work, and the slots that follow.

mod next;
mod stranded;

use std::collections::HashMap;

use diesel::prelude::*;
use visita_domain::access::Action;
use visita_domain::audit::AuditAction;
use visita_domain::availability::{
    Availability, Exception, ExceptionKind, WeeklyRule, check_rules,
};
use visita_domain::booking::BookingPolicy;
use visita_domain::people::{Doctor, Hospital, Role, UserState};
use visita_domain::time::ClinicTz;
use visita_domain::{
    DoctorId, ExceptionId, HospitalId, LocalDate, LocalTime, RuleId, TimeRange, Ts, Weekday,
    slots as rules_of,
};

pub use next::{LOOK_AHEAD_DAYS, NextSlots, next_slots};
pub use stranded::{IfStranded, Stranded};

use crate::appointments::busy::{self, Asking};
use crate::audit::Entry;
use crate::conn::{Db, MultiBackend};
use crate::idempotency::{self, Creates};
use crate::people::{HospitalRow, load_visible_doctor};
use crate::relation::require_role;
use crate::schema::{availability_exceptions, availability_rules};
use crate::types::Val;
use crate::{AnyConn, Ctx, StoreError, ids, tx};

/// Most exceptions read at once.
const MAX_EXCEPTIONS: i64 = 1000;
/// Longest exception.
const MAX_EXCEPTION_DAYS: i64 = 366;

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

#[derive(Queryable, Selectable)]
#[diesel(table_name = availability_rules, check_for_backend(MultiBackend))]
struct RuleRow {
    id: RuleId,
    weekday: i16,
    from_minute: i16,
    until_minute: i16,
    valid_from: Option<LocalDate>,
    valid_until: Option<LocalDate>,
}

impl RuleRow {
    /// The CHECKs of the table keep the numbers in their ranges.
    fn into_rule(self) -> Result<WeeklyRule, StoreError> {
        let time = |minutes: i16| {
            LocalTime::from_minutes(minutes.unsigned_abs())
                .map_err(|_| StoreError::InvalidTime("a stored rule is not valid"))
        };
        Ok(WeeklyRule {
            id: self.id,
            weekday: Weekday::from_number(self.weekday)
                .ok_or(StoreError::InvalidTime("a stored rule is not valid"))?,
            from: time(self.from_minute)?,
            until: time(self.until_minute)?,
            valid_from: self.valid_from,
            valid_until: self.valid_until,
        })
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = availability_exceptions, check_for_backend(MultiBackend))]
struct ExceptionRow {
    id: ExceptionId,
    kind: ExceptionKind,
    starts_at: Ts,
    ends_at: Ts,
}

impl ExceptionRow {
    fn into_exception(self) -> Option<Exception> {
        Some(Exception {
            id: self.id,
            kind: self.kind,
            range: TimeRange::new(self.starts_at, self.ends_at).ok()?,
        })
    }
}

/// All rules of a doctor, and the exceptions that touch the window.
pub(crate) fn load(
    db: &mut Db,
    doctor: &Doctor,
    from: Ts,
    until: Option<Ts>,
) -> Result<Availability, StoreError> {
    let one = std::slice::from_ref(doctor);
    let mut found = load_each(db, doctor.hospital_id, one, (from, until), MAX_EXCEPTIONS)?;
    Ok(found.remove(&doctor.id).unwrap_or_default())
}

/// [`load`] for several doctors of a hospital in the same two statements; who has neither
/// rules nor exceptions is missing.
fn load_each(
    db: &mut Db,
    hospital_id: HospitalId,
    doctors: &[Doctor],
    (from, until): (Ts, Option<Ts>),
    most_exceptions: i64,
) -> Result<HashMap<DoctorId, Availability>, StoreError> {
    use availability_exceptions as e;
    use availability_rules as r;
    let ids = || doctors.iter().map(|doctor| Val(doctor.id));
    let rules: Vec<(DoctorId, RuleRow)> = r::table
        .filter(r::hospital_id.eq(Val(hospital_id)))
        .filter(r::doctor_id.eq_any(ids()))
        .order((r::weekday, r::from_minute, r::id))
        .select((r::doctor_id, RuleRow::as_select()))
        .load(db)?;
    let mut query = e::table
        .filter(e::hospital_id.eq(Val(hospital_id)))
        .filter(e::doctor_id.eq_any(ids()))
        .filter(e::ends_at.gt(Val(from)))
        .order((e::starts_at, e::id))
        .limit(most_exceptions)
        .select((e::doctor_id, ExceptionRow::as_select()))
        .into_boxed();
    if let Some(until) = until {
        query = query.filter(e::starts_at.lt(Val(until)));
    }
    let exceptions: Vec<(DoctorId, ExceptionRow)> = query.load(db)?;
    let mut of_each: HashMap<DoctorId, Availability> = HashMap::new();
    for (doctor, row) in rules {
        let own = of_each.entry(doctor).or_default();
        own.rules.push(row.into_rule()?);
    }
    for (doctor, row) in exceptions {
        let own = of_each.entry(doctor).or_default();
        own.exceptions.extend(row.into_exception());
    }
    Ok(of_each)
}

fn zone_name(db: &mut Db, doctor: &Doctor) -> Result<String, StoreError> {
    Ok(HospitalRow::load(db, doctor.hospital_id)?.time_zone)
}

fn zone_of(hospital: &Hospital) -> Result<ClinicTz, StoreError> {
    ClinicTz::parse(&hospital.time_zone).map_err(|_| StoreError::UnknownZone)
}

/// What binds the actor: patients what their hospital lets them do, its own people nothing.
pub(crate) fn policy_for(ctx: &Ctx, hospital: &Hospital) -> BookingPolicy {
    if ctx.actor.role == Role::Patient {
        hospital.booking
    } else {
        BookingPolicy::UNBOUND
    }
}

/// The zone, the weekly rules, and the exceptions that have not ended.
///
/// # Errors
/// [`StoreError::NotFound`], [`StoreError::Forbidden`].
pub fn get(
    conn: &mut AnyConn,
    ctx: &Ctx,
    doctor_id: DoctorId,
) -> Result<(String, Availability), StoreError> {
    require_role(ctx, Action::ReadAvailability)?;
    tx::read_tx(conn, ctx.tenant(), |db| {
        let doctor = load_visible_doctor(db, ctx, Action::ReadAvailability, doctor_id)?;
        let name = zone_name(db, &doctor)?;
        Ok((name, load(db, &doctor, ctx.now, None)?))
    })
}

/// Replaces all weekly rules.
///
/// # Errors
/// [`StoreError::VisitsStranded`] unless those are kept, [`StoreError::InvalidRules`],
/// [`StoreError::NotFound`], [`StoreError::Forbidden`].
pub fn replace_rules(
    conn: &mut AnyConn,
    ctx: &Ctx,
    doctor_id: DoctorId,
    rules: &[RuleInput],
    booked: IfStranded,
) -> Result<(String, Availability), StoreError> {
    require_role(ctx, Action::ChangeAvailability)?;
    let rules: Vec<WeeklyRule> = rules
        .iter()
        .map(|rule| WeeklyRule {
            id: RuleId(ids::fresh(ctx.now)),
            weekday: rule.weekday,
            from: rule.from,
            until: rule.until,
            valid_from: rule.valid_from,
            valid_until: rule.valid_until,
        })
        .collect();
    check_rules(&rules)?;
    let result = tx::write_tx(conn, ctx.tenant(), |db, trail| {
        let doctor = load_visible_doctor(db, ctx, Action::ChangeAvailability, doctor_id)?;
        stranded::change(db, ctx, &doctor, booked, |db| {
            put_rules(db, &doctor, &rules)
        })?;
        trail.record(Entry::by(ctx, AuditAction::AvailabilityChanged).on(doctor_id.0));
        let name = zone_name(db, &doctor)?;
        Ok((name, load(db, &doctor, ctx.now, None)?))
    });
    stranded::told(conn, ctx, result)
}

fn put_rules(db: &mut Db, doctor: &Doctor, rules: &[WeeklyRule]) -> Result<(), StoreError> {
    use availability_rules as r;
    diesel::delete(
        r::table
            .filter(r::hospital_id.eq(Val(doctor.hospital_id)))
            .filter(r::doctor_id.eq(Val(doctor.id))),
    )
    .execute(db)?;
    rules
        .iter()
        .try_for_each(|rule| insert_rule(db, doctor, rule))
}

fn insert_rule(db: &mut Db, doctor: &Doctor, rule: &WeeklyRule) -> Result<(), StoreError> {
    use availability_rules as r;
    let minutes = |time: LocalTime| {
        i16::try_from(time.minutes()).map_err(|_| StoreError::InvalidTime("not a time of day"))
    };
    diesel::insert_into(r::table)
        .values((
            r::hospital_id.eq(Val(doctor.hospital_id)),
            r::id.eq(Val(rule.id)),
            r::doctor_id.eq(Val(doctor.id)),
            r::weekday.eq(rule.weekday.number()),
            r::from_minute.eq(minutes(rule.from)?),
            r::until_minute.eq(minutes(rule.until)?),
            r::valid_from.eq(rule.valid_from.map(Val)),
            r::valid_until.eq(rule.valid_until.map(Val)),
        ))
        .execute(db)?;
    Ok(())
}

/// Adds time off or extra hours.
///
/// # Errors
/// [`StoreError::VisitsStranded`] unless those are kept, [`StoreError::InvalidTime`] when it
/// has ended already or is longer than a year, [`StoreError::IdempotencyKeyReused`],
/// [`StoreError::NotFound`], [`StoreError::Forbidden`].
pub fn add_exception(
    conn: &mut AnyConn,
    ctx: &Ctx,
    doctor_id: DoctorId,
    kind: ExceptionKind,
    range: TimeRange,
    booked: IfStranded,
) -> Result<Exception, StoreError> {
    require_role(ctx, Action::ChangeAvailability)?;
    if range.end() <= ctx.now {
        return Err(StoreError::InvalidTime("the exception has ended already"));
    }
    if range.end() > range.start().plus_days(MAX_EXCEPTION_DAYS) {
        return Err(StoreError::InvalidTime("the exception is too long"));
    }
    let exception = Exception {
        id: ExceptionId(ids::fresh(ctx.now)),
        kind,
        range,
    };
    let result = tx::write_tx(conn, ctx.tenant(), |db, trail| {
        let doctor = load_visible_doctor(db, ctx, Action::ChangeAvailability, doctor_id)?;
        let made = idempotency::once(
            db,
            trail,
            ctx,
            Creates::Exception,
            exception.id.0,
            |db, _, earlier| load_exception(db, &doctor, ExceptionId(earlier)),
            |db, trail| {
                stranded::change(db, ctx, &doctor, booked, |db| {
                    insert_exception(db, &doctor, &exception, ctx.now)
                })?;
                trail.record(Entry::by(ctx, AuditAction::AvailabilityChanged).on(doctor_id.0));
                Ok(exception.clone())
            },
        )?;
        Ok(made.record)
    });
    stranded::told(conn, ctx, result)
}

fn load_exception(db: &mut Db, doctor: &Doctor, id: ExceptionId) -> Result<Exception, StoreError> {
    use availability_exceptions as e;
    let row: ExceptionRow = e::table
        .filter(e::hospital_id.eq(Val(doctor.hospital_id)))
        .filter(e::doctor_id.eq(Val(doctor.id)))
        .filter(e::id.eq(Val(id)))
        .select(ExceptionRow::as_select())
        .first(db)?;
    row.into_exception()
        .ok_or(StoreError::InvalidTime("a stored time is not valid"))
}

fn insert_exception(
    db: &mut Db,
    doctor: &Doctor,
    exception: &Exception,
    now: Ts,
) -> Result<(), StoreError> {
    use availability_exceptions as e;
    diesel::insert_into(e::table)
        .values((
            e::hospital_id.eq(Val(doctor.hospital_id)),
            e::id.eq(Val(exception.id)),
            e::doctor_id.eq(Val(doctor.id)),
            e::kind.eq(Val(exception.kind)),
            e::starts_at.eq(Val(exception.range.start())),
            e::ends_at.eq(Val(exception.range.end())),
            e::created_at.eq(Val(now)),
        ))
        .execute(db)?;
    Ok(())
}

/// Takes an exception back.
///
/// # Errors
/// [`StoreError::VisitsStranded`] unless those are kept, when it was extra hours;
/// [`StoreError::NotFound`] for the doctor or an exception of another doctor.
pub fn remove_exception(
    conn: &mut AnyConn,
    ctx: &Ctx,
    doctor_id: DoctorId,
    exception_id: ExceptionId,
    booked: IfStranded,
) -> Result<(), StoreError> {
    require_role(ctx, Action::ChangeAvailability)?;
    let result = tx::write_tx(conn, ctx.tenant(), |db, trail| {
        let doctor = load_visible_doctor(db, ctx, Action::ChangeAvailability, doctor_id)?;
        stranded::change(db, ctx, &doctor, booked, |db| {
            delete_exception(db, &doctor, exception_id)
        })?;
        trail.record(Entry::by(ctx, AuditAction::AvailabilityChanged).on(doctor_id.0));
        Ok(())
    });
    stranded::told(conn, ctx, result)
}

fn delete_exception(db: &mut Db, doctor: &Doctor, id: ExceptionId) -> Result<(), StoreError> {
    use availability_exceptions as e;
    let removed = diesel::delete(
        e::table
            .filter(e::hospital_id.eq(Val(doctor.hospital_id)))
            .filter(e::doctor_id.eq(Val(doctor.id)))
            .filter(e::id.eq(Val(id))),
    )
    .execute(db)?;
    match removed {
        0 => Err(StoreError::NotFound),
        _ => Ok(()),
    }
}

/// The free slots of the days `from` to `to` of the hospital's zone, both included,
/// and the name of that zone.
///
/// # Errors
/// [`StoreError::InvalidTime`] for reversed ranges and those longer than
/// [`visita_domain::slots::MAX_DAYS`], [`StoreError::NotFound`], [`StoreError::Forbidden`].
pub fn slots(
    conn: &mut AnyConn,
    ctx: &Ctx,
    doctor_id: DoctorId,
    from: LocalDate,
    to: LocalDate,
) -> Result<(String, Vec<TimeRange>), StoreError> {
    require_role(ctx, Action::ReadSlots)?;
    if to < from {
        return Err(StoreError::InvalidTime(
            "the last day lies before the first",
        ));
    }
    if to >= from.plus_days(rules_of::MAX_DAYS) {
        return Err(StoreError::InvalidTime("at most 62 days at once"));
    }
    tx::read_tx(conn, ctx.tenant(), |db| {
        let doctor = load_visible_doctor(db, ctx, Action::ReadSlots, doctor_id)?;
        let hospital = HospitalRow::load(db, doctor.hospital_id)?;
        let free = if doctor.state == UserState::Active {
            free_slots(db, ctx, &doctor, &hospital, (from, to))?
        } else {
            Vec::new()
        };
        Ok((hospital.time_zone, free))
    })
}

/// Who only looks has nothing to move and books for nobody yet.
fn looking(ctx: &Ctx) -> Asking<'_> {
    Asking {
        ctx,
        for_patient: None,
        but: None,
    }
}

fn free_slots(
    db: &mut Db,
    ctx: &Ctx,
    doctor: &Doctor,
    hospital: &Hospital,
    (from, to): (LocalDate, LocalDate),
) -> Result<Vec<TimeRange>, StoreError> {
    let zone = zone_of(hospital)?;
    let Some(window) = rules_of::days(&zone, from, to) else {
        return Err(StoreError::InvalidTime("the days lie outside the calendar"));
    };
    let Some(bookable) = policy_for(ctx, hospital).bookable(ctx.now) else {
        return Ok(Vec::new());
    };
    let availability = load(db, doctor, window.start(), Some(window.end()))?;
    let around = window.padded(i64::from(doctor.buffer_minutes));
    let taken = busy::of_doctor(db, looking(ctx), doctor, around)?.all();
    let grid = rules_of::grid(&availability, &zone, from, to, doctor.visit_minutes);
    Ok(rules_of::free(
        &grid,
        &taken,
        doctor.buffer_minutes,
        bookable,
    ))
}

/// What a booking at that time is judged by: the working hours and the grid of slots of
/// the days around it, without regard to other visits.
pub(crate) struct Hours {
    /// Working hours.
    pub(crate) working: Vec<TimeRange>,
    /// Visits of the grid, taken ones included.
    pub(crate) grid: Vec<TimeRange>,
}

/// The hours of the day before `range` to the day after: a stretch of work may cross midnight.
pub(crate) fn hours_around(
    db: &mut Db,
    doctor: &Doctor,
    hospital: &Hospital,
    range: TimeRange,
) -> Result<Hours, StoreError> {
    let zone = zone_of(hospital)?;
    let from = zone.date_at(range.start()).plus_days(-1);
    let to = zone.date_at(range.end()).plus_days(1);
    let Some(window) = rules_of::days(&zone, from, to) else {
        return Err(StoreError::InvalidTime(
            "the time lies outside the calendar",
        ));
    };
    let availability = load(db, doctor, window.start(), Some(window.end()))?;
    let working = rules_of::working_hours(&availability, &zone, from, to);
    let grid = rules_of::grid(&availability, &zone, from, to, doctor.visit_minutes);
    Ok(Hours { working, grid })
}
