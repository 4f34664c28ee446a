//! Calendar feeds: a link by which a calendar program reads when somebody has visits.
//!
//! A doctor or patient has at most one, and its token is stored as a hash. Reading a feed
//! loads neither names nor reasons, so it is not a read of health data: making and revoking
//! the link stand in the audit trail, each look of a program does not.

use diesel::prelude::*;
use visita_domain::access::{Action, Facts};
use visita_domain::appointment::AppointmentState;
use visita_domain::audit::AuditAction;
use visita_domain::calendar::{
    CalendarVisit, FEED_DAYS_BACK, FEED_DAYS_CANCELLED, FEED_MAX_AHEAD, FEED_MAX_BACK,
};
use visita_domain::people::{Role, UserState};
use visita_domain::{AppointmentId, DoctorId, HospitalId, PatientId, TimeRange, Ts, UserId};

use crate::appointments::load_visible;
use crate::audit::{self, Entry};
use crate::conn::{Db, MultiBackend};
use crate::relation::require_role;
use crate::schema::{appointments, calendar_feeds, hospitals, users};
use crate::tenant::Tenant;
use crate::types::Val;
use crate::{AnyConn, Ctx, StoreError, tx};

/// What a feed shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    /// Name of the hospital.
    pub hospital_name: String,
    /// The visits, by time.
    pub visits: Vec<CalendarVisit>,
}

/// One visit for a calendar, and the name of its hospital.
///
/// # Errors
/// [`StoreError::NotFound`], [`StoreError::Forbidden`].
pub fn visit(
    conn: &mut AnyConn,
    ctx: &Ctx,
    id: AppointmentId,
) -> Result<(CalendarVisit, String), StoreError> {
    require_role(ctx, Action::ReadAppointment)?;
    audit::read(conn, ctx.tenant(), |db| {
        let appointment = load_visible(db, ctx, Action::ReadAppointment, id)?;
        let hospital_name = hospitals::table
            .find(Val(appointment.hospital_id))
            .select(hospitals::name)
            .first(db)?;
        let entry = Entry::by(ctx, AuditAction::AppointmentRead)
            .on(id.0)
            .of(appointment.patient_id);
        Ok(((CalendarVisit::from(&appointment), hospital_name), entry))
    })
}

/// Since when the actor has a feed; none without one.
///
/// # Errors
/// [`StoreError::Forbidden`].
pub fn feed_since(conn: &mut AnyConn, ctx: &Ctx) -> Result<Option<Ts>, StoreError> {
    use calendar_feeds as f;
    ctx.require(Action::ManageCalendarFeed, &Facts::default())?;
    let hospital_id = ctx.actor.hospital_id.ok_or(StoreError::Forbidden)?;
    tx::read_tx(conn, ctx.tenant(), |db| {
        Ok(f::table
            .filter(f::hospital_id.eq(Val(hospital_id)))
            .filter(f::user_id.eq(Val(ctx.actor.user_id)))
            .select(f::created_at)
            .first(db)
            .optional()?)
    })
}

/// Gives the actor a feed with that token, instead of the one before.
///
/// # Errors
/// [`StoreError::Forbidden`].
pub fn create_feed(conn: &mut AnyConn, ctx: &Ctx, token_hash: &[u8; 32]) -> Result<(), StoreError> {
    use calendar_feeds as f;
    ctx.require(Action::ManageCalendarFeed, &Facts::default())?;
    let hospital_id = ctx.actor.hospital_id.ok_or(StoreError::Forbidden)?;
    tx::write_tx(conn, ctx.tenant(), |db, trail| {
        remove(db, hospital_id, ctx.actor.user_id)?;
        diesel::insert_into(f::table)
            .values((
                f::hospital_id.eq(Val(hospital_id)),
                f::user_id.eq(Val(ctx.actor.user_id)),
                f::token_hash.eq(token_hash.as_slice()),
                f::created_at.eq(Val(ctx.now)),
            ))
            .execute(db)?;
        let entry = Entry::by(ctx, AuditAction::CalendarFeedCreated);
        trail.record(entry.on(ctx.actor.user_id.0));
        Ok(())
    })
}

/// Takes the actor's feed away, if there is one.
///
/// # Errors
/// [`StoreError::Forbidden`].
pub fn revoke_feed(conn: &mut AnyConn, ctx: &Ctx) -> Result<(), StoreError> {
    ctx.require(Action::ManageCalendarFeed, &Facts::default())?;
    let hospital_id = ctx.actor.hospital_id.ok_or(StoreError::Forbidden)?;
    tx::write_tx(conn, ctx.tenant(), |db, trail| {
        if remove(db, hospital_id, ctx.actor.user_id)? {
            let entry = Entry::by(ctx, AuditAction::CalendarFeedRevoked);
            trail.record(entry.on(ctx.actor.user_id.0));
        }
        Ok(())
    })
}

/// True when there was one.
fn remove(db: &mut Db, hospital_id: HospitalId, user_id: UserId) -> Result<bool, StoreError> {
    use calendar_feeds as f;
    let removed = diesel::delete(
        f::table
            .filter(f::hospital_id.eq(Val(hospital_id)))
            .filter(f::user_id.eq(Val(user_id))),
    )
    .execute(db)?;
    Ok(removed > 0)
}

/// The feed of that token, as it is now.
///
/// # Errors
/// [`StoreError::NotFound`] for a token that is unknown or revoked, and when its owner may
/// not sign in.
pub fn read_feed(
    conn: &mut AnyConn,
    hospital_id: HospitalId,
    token_hash: &[u8; 32],
    now: Ts,
) -> Result<Feed, StoreError> {
    use calendar_feeds as f;
    tx::read_tx(conn, Tenant::Hospital(hospital_id), |db| {
        let (user_id, role, hospital_name): (UserId, Role, String) = f::table
            .inner_join(users::table.on(users::id.eq(f::user_id)))
            .inner_join(hospitals::table.on(hospitals::id.eq(f::hospital_id)))
            .filter(f::hospital_id.eq(Val(hospital_id)))
            .filter(f::token_hash.eq(token_hash.as_slice()))
            .filter(users::state.eq(Val(UserState::Active)))
            .select((users::id, users::role, hospitals::name))
            .first(db)?;
        let whose = Whose::new(hospital_id, user_id, role)?;
        let mut visits = whose.visits(db, Part::Back, now)?;
        visits.reverse();
        visits.extend(whose.visits(db, Part::Ahead, now)?);
        Ok(Feed {
            hospital_name,
            visits,
        })
    })
}

/// The visits of a feed: those in which its owner takes part.
struct Whose {
    hospital_id: HospitalId,
    doctor_id: Option<DoctorId>,
    patient_id: Option<PatientId>,
}

/// Two lists, so that a long past takes no place from what is to come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// What is over, the latest first.
    Back,
    /// What is to come or goes on, the soonest first.
    Ahead,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = appointments, check_for_backend(MultiBackend))]
struct VisitRow {
    id: AppointmentId,
    starts_at: Ts,
    ends_at: Ts,
    state: AppointmentState,
    version: i64,
    created_at: Ts,
    changed_at: Option<Ts>,
}

impl VisitRow {
    fn visit(self) -> Result<CalendarVisit, StoreError> {
        Ok(CalendarVisit {
            id: self.id,
            range: TimeRange::new(self.starts_at, self.ends_at)
                .map_err(|_| StoreError::InvalidTime("a stored time is not valid"))?,
            state: self.state,
            version: self.version,
            created_at: self.created_at,
            changed_at: self.changed_at.unwrap_or(self.created_at),
        })
    }
}

impl Whose {
    /// Roles without visits of their own have no feed, even when the account had one before.
    fn new(hospital_id: HospitalId, user_id: UserId, role: Role) -> Result<Self, StoreError> {
        let (doctor_id, patient_id) = match role {
            Role::Doctor => (Some(user_id.into()), None),
            Role::Patient => (None, Some(user_id.into())),
            Role::Staff | Role::Admin | Role::Guest => return Err(StoreError::NotFound),
        };
        Ok(Self {
            hospital_id,
            doctor_id,
            patient_id,
        })
    }

    fn visits(&self, db: &mut Db, part: Part, now: Ts) -> Result<Vec<CalendarVisit>, StoreError> {
        use appointments as a;
        let called_off = now.plus_days(-FEED_DAYS_CANCELLED);
        let mut query = a::table
            .filter(a::hospital_id.eq(Val(self.hospital_id)))
            // What is or was only held is no visit.
            .filter(a::hold_expires_at.is_null())
            .filter(
                a::state
                    .ne(Val(AppointmentState::Cancelled))
                    .or(a::changed_at.gt(Some(Val(called_off)))),
            )
            .select(VisitRow::as_select())
            .into_boxed();
        if let Some(doctor_id) = self.doctor_id {
            query = query.filter(a::doctor_id.eq(Val(doctor_id)));
        }
        if let Some(patient_id) = self.patient_id {
            query = query.filter(a::patient_id.eq(Val(patient_id)));
        }
        query = match part {
            Part::Ahead => query
                .filter(a::ends_at.gt(Val(now)))
                .order((a::starts_at.asc(), a::id.asc()))
                .limit(FEED_MAX_AHEAD),
            Part::Back => query
                .filter(a::ends_at.le(Val(now)))
                .filter(a::starts_at.gt(Val(now.plus_days(-FEED_DAYS_BACK))))
                .order((a::starts_at.desc(), a::id.desc()))
                .limit(FEED_MAX_BACK),
        };
        let rows: Vec<VisitRow> = query.load(db)?;
        rows.into_iter().map(VisitRow::visit).collect()
    }
}
