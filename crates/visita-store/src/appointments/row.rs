//! Rows of appointments, and the one query that reads them.

use diesel::prelude::*;
use uuid::Uuid;
use visita_domain::access::{Action, Facts};
use visita_domain::appointment::{Appointment, AppointmentState};
use visita_domain::people::Role;
use visita_domain::{
    AppointmentId, ConversationId, DoctorId, HospitalId, PatientId, TimeRange, Ts, UserId,
};

use crate::conn::{Db, MultiBackend};
use crate::page::Cursor;
use crate::schema::{DOCTORS, PATIENTS, appointments, users};
use crate::types::Val;
use crate::{Ctx, StoreError};

#[derive(Queryable, Selectable)]
#[diesel(table_name = appointments, check_for_backend(MultiBackend))]
struct AppointmentRow {
    id: AppointmentId,
    hospital_id: HospitalId,
    doctor_id: DoctorId,
    patient_id: PatientId,
    conversation_id: ConversationId,
    starts_at: Ts,
    ends_at: Ts,
    state: AppointmentState,
    reason: String,
    overbook_reason: Option<String>,
    cancel_reason: Option<String>,
    version: i64,
    waiting_since: Option<Ts>,
    admitted_at: Option<Ts>,
    finished_at: Option<Ts>,
    hold_expires_at: Option<Ts>,
    booked_by: UserId,
    created_at: Ts,
    changed_at: Option<Ts>,
}

impl AppointmentRow {
    fn named(self, doctor_name: String, patient_name: String) -> Result<Appointment, StoreError> {
        Ok(Appointment {
            id: self.id,
            hospital_id: self.hospital_id,
            doctor_id: self.doctor_id,
            doctor_name,
            patient_id: self.patient_id,
            patient_name,
            range: TimeRange::new(self.starts_at, self.ends_at)
                .map_err(|_| StoreError::InvalidTime("a stored time is not valid"))?,
            state: self.state,
            reason: self.reason,
            overbook_reason: self.overbook_reason,
            cancel_reason: self.cancel_reason,
            conversation_id: self.conversation_id,
            version: self.version,
            waiting_since: self.waiting_since,
            admitted_at: self.admitted_at,
            finished_at: self.finished_at,
            hold_expires_at: self.hold_expires_at,
            booked_by: self.booked_by,
            created_at: self.created_at,
            changed_at: self.changed_at.unwrap_or(self.created_at),
        })
    }
}

/// The order of appointments; ids break ties.
#[derive(Clone, Copy)]
pub(crate) enum Sort {
    /// Soonest first.
    Soonest,
    /// Latest first.
    Latest,
    /// Who waits longest first.
    LongestWaiting,
}

/// Whose appointments may be read at all. Made here only, so that no list can forget it.
pub(crate) struct Scope {
    hospital_id: HospitalId,
    doctor_id: Option<DoctorId>,
    patient_id: Option<PatientId>,
}

/// Which appointments inside a scope. Everything given must hold.
pub(crate) struct Criteria {
    pub(crate) scope: Scope,
    pub(crate) id: Option<AppointmentId>,
    pub(crate) doctor_id: Option<DoctorId>,
    pub(crate) patient_id: Option<PatientId>,
    pub(crate) states: Vec<AppointmentState>,
    pub(crate) ends_after: Option<Ts>,
    pub(crate) starts_before: Option<Ts>,
    pub(crate) sort: Sort,
    pub(crate) after: Option<(Ts, Uuid)>,
    pub(crate) limit: i64,
}

impl Criteria {
    /// Those that the actor may read: the SQL of `Action::ReadAppointment` in `access::decide`.
    pub(crate) fn visible_to(ctx: &Ctx, sort: Sort, limit: i64) -> Result<Self, StoreError> {
        let hospital_id = ctx.actor.hospital_id.ok_or(StoreError::Forbidden)?;
        let (doctor_id, patient_id) = match ctx.actor.role {
            Role::Staff => (None, None),
            Role::Doctor => (Some(DoctorId::from(ctx.actor.user_id)), None),
            Role::Patient => (None, Some(PatientId::from(ctx.actor.user_id))),
            Role::Admin | Role::Guest => return Err(StoreError::Forbidden),
        };
        let scope = Scope {
            hospital_id,
            doctor_id,
            patient_id,
        };
        Ok(Self::inside(scope, sort, limit))
    }

    fn inside(scope: Scope, sort: Sort, limit: i64) -> Self {
        Self {
            scope,
            id: None,
            doctor_id: None,
            patient_id: None,
            states: Vec::new(),
            ends_after: None,
            starts_before: None,
            sort,
            after: None,
            limit,
        }
    }

    /// Reads them: one statement, names included.
    pub(crate) fn load(&self, db: &mut Db) -> Result<Vec<Appointment>, StoreError> {
        use appointments as a;
        let mut query = a::table
            .inner_join(DOCTORS.on(DOCTORS.field(users::id).eq(a::doctor_id)))
            .inner_join(PATIENTS.on(PATIENTS.field(users::id).eq(a::patient_id)))
            .filter(a::hospital_id.eq(Val(self.scope.hospital_id)))
            .select((
                AppointmentRow::as_select(),
                DOCTORS.field(users::name),
                PATIENTS.field(users::name),
            ))
            .limit(self.limit)
            .into_boxed();
        for doctor_id in [self.scope.doctor_id, self.doctor_id].into_iter().flatten() {
            query = query.filter(a::doctor_id.eq(Val(doctor_id)));
        }
        for patient_id in [self.scope.patient_id, self.patient_id]
            .into_iter()
            .flatten()
        {
            query = query.filter(a::patient_id.eq(Val(patient_id)));
        }
        match self.id {
            Some(id) => query = query.filter(a::id.eq(Val(id))),
            // What is or was only held is no visit: it shows to whoever asks for holds.
            None if self.states.contains(&AppointmentState::Held) => {
                let held = a::state.eq(Val(AppointmentState::Held));
                query = query.filter(a::hold_expires_at.is_null().or(held));
            }
            None => query = query.filter(a::hold_expires_at.is_null()),
        }
        if !self.states.is_empty() {
            query = query.filter(a::state.eq_any(self.states.iter().copied().map(Val)));
        }
        if let Some(at) = self.ends_after {
            query = query.filter(a::ends_at.gt(Val(at)));
        }
        if let Some(at) = self.starts_before {
            query = query.filter(a::starts_at.lt(Val(at)));
        }
        query = match self.sort {
            Sort::Soonest => query.order((a::starts_at.asc(), a::id.asc())),
            Sort::Latest => query.order((a::starts_at.desc(), a::id.desc())),
            Sort::LongestWaiting => query.order((a::waiting_since.asc(), a::id.asc())),
        };
        if let Some((at, id)) = self.after {
            let same_time = a::starts_at.eq(Val(at));
            query = match self.sort {
                Sort::Latest => query.filter(
                    a::starts_at
                        .lt(Val(at))
                        .or(same_time.and(a::id.lt(Val(id)))),
                ),
                Sort::Soonest | Sort::LongestWaiting => query.filter(
                    a::starts_at
                        .gt(Val(at))
                        .or(same_time.and(a::id.gt(Val(id)))),
                ),
            };
        }
        let rows: Vec<(AppointmentRow, String, String)> = query.load(db)?;
        rows.into_iter()
            .map(|(row, doctor, patient)| row.named(doctor, patient))
            .collect()
    }
}

/// The appointment of that id, for what the server does by itself.
pub(crate) fn load(
    db: &mut Db,
    hospital_id: HospitalId,
    id: AppointmentId,
) -> Result<Appointment, StoreError> {
    let scope = Scope {
        hospital_id,
        doctor_id: None,
        patient_id: None,
    };
    let found = Criteria {
        id: Some(id),
        ..Criteria::inside(scope, Sort::Soonest, 1)
    }
    .load(db)?;
    found.into_iter().next().ok_or(StoreError::NotFound)
}

/// The appointment of that id, if the actor may do this to it.
pub(crate) fn load_visible(
    db: &mut Db,
    ctx: &Ctx,
    action: Action,
    id: AppointmentId,
) -> Result<Appointment, StoreError> {
    let hospital_id = ctx.actor.hospital_id.ok_or(StoreError::Forbidden)?;
    // The whole hospital: the decision below says more precisely what is wrong.
    let appointment = load(db, hospital_id, id)?;
    ctx.require(action, &facts(&appointment))?;
    Ok(appointment)
}

/// What access decisions need to know of an appointment.
fn facts(appointment: &Appointment) -> Facts {
    Facts {
        hospital_id: Some(appointment.hospital_id),
        patient_id: Some(appointment.patient_id),
        doctor_id: Some(appointment.doctor_id),
        appointment_id: Some(appointment.id),
        owner_id: Some(appointment.booked_by),
        ..Facts::default()
    }
}

/// Names the place of an appointment in a list by time.
pub(super) fn cursor(appointment: &Appointment) -> Cursor {
    Cursor::new(&appointment.range.start(), appointment.id.0)
}
