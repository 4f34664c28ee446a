//! All that a role's first page needs, in at most six statements.

use diesel::dsl::count_star;
use diesel::prelude::*;
use visita_domain::access::{Action, Facts};
use visita_domain::appointment::{Appointment, AppointmentState};
use visita_domain::audit::AuditAction;
use visita_domain::chat::Conversation;
use visita_domain::document::Document;
use visita_domain::people::{Role, UserState};
use visita_domain::time::ClinicTz;
use visita_domain::{HospitalId, slots};

use crate::appointments::{self, Criteria, Sort};
use crate::audit::{self, Entry};
use crate::conn::Db;
use crate::people::HospitalRow;
use crate::schema::{hospitals, users};
use crate::types::Val;
use crate::{AnyConn, Ctx, StoreError, chat, documents};

/// A role's first page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dashboard {
    /// A patient: what comes next.
    Patient {
        /// The next visits, soonest first, at most 10.
        upcoming: Vec<Appointment>,
        /// Conversations with unread messages, at most 10.
        unread: Vec<Conversation>,
        /// The newest documents, at most 5.
        documents: Vec<Document>,
    },
    /// A doctor: the day.
    Doctor {
        /// Today's visits in the hospital's zone, by time.
        today: Vec<Appointment>,
        /// Who waits or is in the call now, longest first.
        lobby: Vec<Appointment>,
        /// Conversations with unread messages, at most 10.
        unread: Vec<Conversation>,
    },
    /// Reception: the hospital's day.
    Staff {
        /// Today's visits of all doctors, by time, at most 200.
        today: Vec<Appointment>,
        /// Who waits or is in the call now, longest first.
        lobby: Vec<Appointment>,
        /// Doctors that can be booked.
        doctors: i64,
        /// Patients with an active account.
        patients: i64,
    },
    /// The platform: counts only.
    Admin {
        /// Hospitals that are not archived.
        hospitals: i64,
        /// Active staff.
        staff: i64,
        /// Active doctors.
        doctors: i64,
        /// Active patients.
        patients: i64,
    },
}

const UPCOMING: i64 = 10;
const UNREAD: i64 = 10;
const DOCUMENTS: i64 = 5;
const TODAY: i64 = 200;
/// A visit that runs over its time is still "next" for so long, in minutes.
const OVERRUN_MINUTES: i64 = 12 * 60;

/// The first page of the actor's role.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub fn load(conn: &mut AnyConn, ctx: &Ctx) -> Result<Dashboard, StoreError> {
    ctx.require(Action::ReadDashboard, &Facts::default())?;
    audit::read(conn, ctx.accounts(), |db| {
        let dashboard = match ctx.actor.role {
            Role::Patient => Dashboard::Patient {
                upcoming: upcoming(db, ctx)?,
                unread: unread(db, ctx)?,
                documents: documents::newest(db, ctx, DOCUMENTS)?,
            },
            Role::Doctor => Dashboard::Doctor {
                today: today(db, ctx)?,
                lobby: appointments::waiting(db, ctx)?,
                unread: unread(db, ctx)?,
            },
            Role::Staff => {
                let active = active_people(db, ctx.actor.hospital_id)?;
                Dashboard::Staff {
                    today: today(db, ctx)?,
                    lobby: appointments::waiting(db, ctx)?,
                    doctors: active.doctors,
                    patients: active.patients,
                }
            }
            Role::Guest => return Err(StoreError::Forbidden),
            Role::Admin => {
                let active = active_people(db, None)?;
                Dashboard::Admin {
                    hospitals: hospitals::table
                        .filter(hospitals::archived.eq(false))
                        .count()
                        .get_result(db)?,
                    staff: active.staff,
                    doctors: active.doctors,
                    patients: active.patients,
                }
            }
        };
        Ok((dashboard, Entry::by(ctx, AuditAction::DashboardRead)))
    })
}

fn upcoming(db: &mut Db, ctx: &Ctx) -> Result<Vec<Appointment>, StoreError> {
    let found = Criteria {
        states: vec![
            AppointmentState::Booked,
            AppointmentState::Arrived,
            AppointmentState::InCall,
        ],
        ends_after: Some(ctx.now.plus_minutes(-OVERRUN_MINUTES)),
        ..Criteria::visible_to(ctx, Sort::Soonest, 2 * UPCOMING)?
    }
    .load(db)?;
    let limit = usize::try_from(UPCOMING).unwrap_or(0);
    Ok(found
        .into_iter()
        .filter(|one| one.state != AppointmentState::Booked || one.range.end() > ctx.now)
        .take(limit)
        .collect())
}

fn today(db: &mut Db, ctx: &Ctx) -> Result<Vec<Appointment>, StoreError> {
    let hospital_id = ctx.actor.hospital_id.ok_or(StoreError::Forbidden)?;
    let hospital = HospitalRow::load(db, hospital_id)?;
    let zone = ClinicTz::parse(&hospital.time_zone).map_err(|_| StoreError::UnknownZone)?;
    let date = zone.date_at(ctx.now);
    let Some(day) = slots::days(&zone, date, date) else {
        return Ok(Vec::new());
    };
    Criteria {
        states: AppointmentState::ALL
            .into_iter()
            .filter(|state| *state != AppointmentState::Cancelled)
            .collect(),
        ends_after: Some(day.start()),
        starts_before: Some(day.end()),
        ..Criteria::visible_to(ctx, Sort::Soonest, TODAY)?
    }
    .load(db)
}

fn unread(db: &mut Db, ctx: &Ctx) -> Result<Vec<Conversation>, StoreError> {
    chat::Criteria {
        id: None,
        unread_only: true,
        after: None,
        limit: UNREAD,
    }
    .load(db, ctx)
}

#[derive(Default)]
struct Active {
    staff: i64,
    doctors: i64,
    patients: i64,
}

/// Active accounts of a hospital, or of all when none is given.
fn active_people(db: &mut Db, hospital_id: Option<HospitalId>) -> Result<Active, StoreError> {
    let counts: Vec<(Role, i64)> = match hospital_id {
        Some(id) => users::table
            .filter(users::state.eq(Val(UserState::Active)))
            .filter(users::hospital_id.eq(Some(Val(id))))
            .group_by(users::role)
            .select((users::role, count_star()))
            .load(db)?,
        None => users::table
            .filter(users::state.eq(Val(UserState::Active)))
            .group_by(users::role)
            .select((users::role, count_star()))
            .load(db)?,
    };
    let mut active = Active::default();
    for (role, count) in counts {
        match role {
            Role::Admin | Role::Guest => {}
            Role::Staff => active.staff = count,
            Role::Doctor => active.doctors = count,
            Role::Patient => active.patients = count,
        }
    }
    Ok(active)
}
