//! What happened to an appointment: one row for each version, written with it.

use diesel::prelude::*;
use visita_domain::access::Action;
use visita_domain::appointment::{Appointment, ChangeKind};
use visita_domain::audit::AuditAction;
use visita_domain::people::Role;
use visita_domain::{AppointmentId, DoctorId, HospitalId, Ts, UserId};

use super::row::load_visible;
use crate::audit::{self, Entry};
use crate::conn::{Db, MultiBackend};
use crate::relation::require_role;
use crate::schema::{ACTORS, DOCTORS, appointment_changes, users};
use crate::types::Val;
use crate::{AnyConn, Ctx, StoreError};

/// Most changes that one history names. A visit has a handful; only somebody who enters and
/// leaves the lobby all day gets there, and then the newest are what matters.
pub const MAX_HISTORY: i64 = 200;

/// One thing that happened.
#[derive(Clone, PartialEq, Eq)]
pub struct Change {
    /// The version that it made.
    pub version: i64,
    /// What happened.
    pub kind: ChangeKind,
    /// When.
    pub at: Ts,
    /// Who did it, with the name of today and the role; nobody when it happened by itself.
    pub by: Option<(UserId, String, Role)>,
    /// When the visit was to start from then on; not known of old moves.
    pub starts_at: Option<Ts>,
    /// With whom from then on, by the name of today; not known of old moves.
    pub doctor: Option<(DoctorId, String)>,
}

/// Who changes an appointment, and when.
#[derive(Clone, Copy)]
pub(super) struct By {
    who: Option<UserId>,
    pub(super) at: Ts,
}

impl By {
    /// Whoever asked for it.
    pub(super) fn actor(ctx: &Ctx) -> Self {
        Self {
            who: Some(ctx.actor.user_id),
            at: ctx.now,
        }
    }

    /// Nobody: the clock alone.
    pub(super) fn itself(at: Ts) -> Self {
        Self { who: None, at }
    }
}

/// A change to be written.
pub(super) struct NewChange {
    pub(super) hospital_id: HospitalId,
    pub(super) appointment_id: AppointmentId,
    pub(super) version: i64,
    pub(super) kind: ChangeKind,
    pub(super) starts_at: Ts,
    pub(super) doctor_id: DoctorId,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = appointment_changes, check_for_backend(MultiBackend))]
struct ChangeRow {
    version: i64,
    kind: ChangeKind,
    at: Ts,
    by_user: Option<UserId>,
    starts_at: Option<Ts>,
    doctor_id: Option<DoctorId>,
}

type Joined = (ChangeRow, Option<(String, Role)>, Option<String>);

impl From<Joined> for Change {
    fn from((row, by, doctor_name): Joined) -> Self {
        Self {
            version: row.version,
            kind: row.kind,
            at: row.at,
            by: row
                .by_user
                .zip(by)
                .map(|(id, (name, role))| (id, name, role)),
            starts_at: row.starts_at,
            doctor: row.doctor_id.zip(doctor_name),
        }
    }
}

/// What happened to an appointment, oldest first, for whoever may read the appointment;
/// at most the newest [`MAX_HISTORY`].
///
/// # Errors
/// [`StoreError::NotFound`], [`StoreError::Forbidden`].
pub fn history(
    conn: &mut AnyConn,
    ctx: &Ctx,
    id: AppointmentId,
) -> Result<Vec<Change>, StoreError> {
    require_role(ctx, Action::ReadAppointmentHistory)?;
    audit::read(conn, ctx.tenant(), |db| {
        let appointment = load_visible(db, ctx, Action::ReadAppointmentHistory, id)?;
        let changes = load(db, &appointment)?;
        let entry = Entry::by(ctx, AuditAction::AppointmentRead)
            .on(id.0)
            .of(appointment.patient_id);
        Ok((changes, entry))
    })
}

fn load(db: &mut Db, appointment: &Appointment) -> Result<Vec<Change>, StoreError> {
    use appointment_changes as c;
    let (actors, doctors) = (ACTORS, DOCTORS);
    let mut rows: Vec<Joined> = c::table
        .left_join(actors.on(actors.field(users::id).nullable().eq(c::by_user)))
        .left_join(doctors.on(doctors.field(users::id).nullable().eq(c::doctor_id)))
        .filter(c::hospital_id.eq(Val(appointment.hospital_id)))
        .filter(c::appointment_id.eq(Val(appointment.id)))
        .select((
            ChangeRow::as_select(),
            (actors.field(users::name), actors.field(users::role)).nullable(),
            doctors.field(users::name).nullable(),
        ))
        .order(c::version.desc())
        .limit(MAX_HISTORY)
        .load(db)?;
    rows.reverse();
    Ok(rows.into_iter().map(Change::from).collect())
}

/// Adds what was made of the appointment just now.
pub(super) fn note(
    db: &mut Db,
    appointment: &Appointment,
    kind: ChangeKind,
    by: By,
) -> Result<(), StoreError> {
    let new = NewChange {
        hospital_id: appointment.hospital_id,
        appointment_id: appointment.id,
        version: appointment.version,
        kind,
        starts_at: appointment.range.start(),
        doctor_id: appointment.doctor_id,
    };
    append(db, &new, by)
}

pub(super) fn append(db: &mut Db, new: &NewChange, by: By) -> Result<(), StoreError> {
    use appointment_changes as c;
    diesel::insert_into(c::table)
        .values((
            c::hospital_id.eq(Val(new.hospital_id)),
            c::appointment_id.eq(Val(new.appointment_id)),
            c::version.eq(new.version),
            c::kind.eq(Val(new.kind)),
            c::at.eq(Val(by.at)),
            c::by_user.eq(by.who.map(Val)),
            c::starts_at.eq(Some(Val(new.starts_at))),
            c::doctor_id.eq(Some(Val(new.doctor_id))),
        ))
        .execute(db)?;
    Ok(())
}
