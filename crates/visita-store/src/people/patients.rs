//! Patients. Every read and change is recorded: all of it is health data.

use diesel::dsl::{Eq, InnerJoinOn, exists};
use diesel::prelude::*;
use uuid::Uuid;
use visita_domain::access::{Action, Facts};
use visita_domain::audit::AuditAction;
use visita_domain::people::{Email, Patient, PatientOrder, Role, Sex, User, UserState};
use visita_domain::{HospitalId, LocalDate, PatientId, Ts, UserId};

use super::{
    HospitalRow, NewPatient, NewPatientRecord, PatientChanges, PatientFilter, UserRow, entrance,
    users as accounts,
};
use crate::audit::{self, Entry, Trail};
use crate::conn::{Db, MultiBackend};
use crate::idempotency::{self, Creates};
use crate::page::{Cursor, ascending, descending};
use crate::relation::{patient_facts, relating, require_role};
use crate::schema::{appointments, patient_profiles, users};
use crate::types::Val;
use crate::{AnyConn, Ctx, PageQuery, Paged, StoreError, Tenant, ids, text, tx};

#[derive(Queryable, Selectable)]
#[diesel(table_name = patient_profiles, check_for_backend(MultiBackend))]
struct ProfileRow {
    hospital_id: HospitalId,
    patient_id: PatientId,
    date_of_birth: Option<LocalDate>,
    sex: Sex,
    phone: String,
    record_number: String,
    emergency_contact: String,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = users, check_for_backend(MultiBackend))]
struct PersonRow {
    name: String,
    email: Email,
    state: UserState,
}

#[derive(Queryable, Selectable)]
#[diesel(check_for_backend(MultiBackend))]
struct PatientRow {
    #[diesel(embed)]
    profile: ProfileRow,
    #[diesel(embed)]
    person: PersonRow,
}

type PatientRows =
    InnerJoinOn<patient_profiles::table, users::table, Eq<users::id, patient_profiles::patient_id>>;

fn rows() -> PatientRows {
    patient_profiles::table.inner_join(users::table.on(users::id.eq(patient_profiles::patient_id)))
}

impl From<PatientRow> for Patient {
    fn from(row: PatientRow) -> Self {
        let PatientRow { profile, person } = row;
        Self {
            id: profile.patient_id,
            hospital_id: profile.hospital_id,
            name: person.name,
            email: person.email,
            state: person.state,
            date_of_birth: profile.date_of_birth,
            sex: profile.sex,
            phone: profile.phone,
            record_number: profile.record_number,
            emergency_contact: profile.emergency_contact,
        }
    }
}

/// The profile of a new patient.
pub(super) struct NewPatientProfile<'a> {
    pub(super) hospital_id: HospitalId,
    pub(super) patient_id: PatientId,
    pub(super) name: &'a str,
    pub(super) email: &'a Email,
    pub(super) date_of_birth: Option<LocalDate>,
    pub(super) sex: Sex,
    pub(super) phone: &'a str,
    pub(super) record_number: &'a str,
    pub(super) emergency_contact: &'a str,
}

impl<'a> NewPatientProfile<'a> {
    /// The record of somebody of whom no more is known.
    pub(super) fn blank(hospital_id: HospitalId, user: &'a User) -> Self {
        Self {
            hospital_id,
            patient_id: PatientId::from(user.id),
            name: &user.name,
            email: &user.email,
            date_of_birth: None,
            sex: Sex::Unknown,
            phone: "",
            record_number: "",
            emergency_contact: "",
        }
    }
}

pub(super) fn insert(db: &mut Db, new: &NewPatientProfile<'_>) -> Result<(), StoreError> {
    use patient_profiles as p;
    check(new.phone, new.record_number, new.emergency_contact)?;
    diesel::insert_into(p::table)
        .values((
            p::hospital_id.eq(Val(new.hospital_id)),
            p::patient_id.eq(Val(new.patient_id)),
            p::date_of_birth.eq(new.date_of_birth.map(Val)),
            p::sort_born.eq(by_birth(new.date_of_birth)),
            p::sex.eq(Val(new.sex)),
            p::phone.eq(new.phone),
            p::record_number.eq(new.record_number),
            p::emergency_contact.eq(new.emergency_contact),
            p::search_text.eq(text::fold(&[
                new.name,
                new.email.as_str(),
                new.record_number,
            ])),
        ))
        .execute(db)?;
    Ok(())
}

/// The key of the order by date of birth. Letters sort after digits: the unknown come last.
fn by_birth(date: Option<LocalDate>) -> String {
    date.map_or_else(|| "unknown".to_owned(), |date| date.to_string())
}

fn check(phone: &str, record_number: &str, emergency_contact: &str) -> Result<(), StoreError> {
    text::check("phone", phone, 0..=40)?;
    text::check("record_number", record_number, 0..=60)?;
    text::check("emergency_contact", emergency_contact, 0..=200)
}

/// Signs a patient up with a hospital, with a password already: demo clinics and tests.
/// Others confirm their address first ([`super::ask_registration`]).
///
/// # Errors
/// [`StoreError::NotFound`] or [`StoreError::Archived`] for the hospital, [`StoreError::EmailTaken`].
pub fn register_patient(
    conn: &mut AnyConn,
    new: &NewPatient,
    now: Ts,
    request_id: Option<Uuid>,
) -> Result<User, StoreError> {
    tx::write_tx(conn, Tenant::Hospital(new.hospital_id), |db, trail| {
        register(db, trail, new, now, request_id)
    })
}

/// [`register_patient`] in the caller's transaction.
pub(super) fn register(
    db: &mut Db,
    trail: &mut Trail,
    new: &NewPatient,
    now: Ts,
    request_id: Option<Uuid>,
) -> Result<User, StoreError> {
    let user = User {
        id: UserId(ids::fresh(now)),
        hospital_id: Some(new.hospital_id),
        role: Role::Patient,
        state: UserState::Active,
        email: new.email.clone(),
        name: new.name.trim().to_owned(),
        language: new.language.clone(),
        created_at: now,
    };
    HospitalRow::load_open(db, new.hospital_id)?;
    accounts::insert(db, &user, Some(&new.password_hash))?;
    insert(db, &NewPatientProfile::blank(new.hospital_id, &user))?;
    trail.record(
        Entry::anonymous(AuditAction::UserRegistered, now, request_id)
            .actor(user.id, user.hospital_id)
            .on(user.id.0)
            .of(PatientId::from(user.id)),
    );
    Ok(user)
}

/// Patients: staff see those of their hospital, doctors those they have or had a visit with.
///
/// # Errors
/// [`StoreError::BadCursor`], [`StoreError::Forbidden`].
pub fn list_patients(
    conn: &mut AnyConn,
    ctx: &Ctx,
    filter: &PatientFilter,
    order: PatientOrder,
    page: &PageQuery,
) -> Result<Paged<Patient>, StoreError> {
    ctx.require(Action::ListPatients, &Facts::default())?;
    let hospital_id = ctx.actor.hospital_id.ok_or(StoreError::Forbidden)?;
    audit::read(conn, ctx.tenant(), |db| {
        let mut query = rows()
            .select((
                PatientRow::as_select(),
                users::sort_name,
                users::created_at,
                patient_profiles::sort_born,
            ))
            .filter(users::hospital_id.eq(Some(Val(hospital_id))))
            .filter(users::role.eq(Val(Role::Patient)))
            .filter(patient_profiles::hospital_id.eq(Val(hospital_id)))
            .limit(page.bounded() + 1)
            .into_boxed();
        if ctx.actor.role == Role::Doctor {
            query = query.filter(exists(
                appointments::table
                    .filter(appointments::hospital_id.eq(Val(hospital_id)))
                    .filter(appointments::patient_id.eq(patient_profiles::patient_id))
                    .filter(appointments::doctor_id.eq(Val(ctx.actor.user_id)))
                    .filter(appointments::state.eq_any(relating())),
            ));
        }
        if let Some(state) = filter.state {
            query = query.filter(users::state.eq(Val(state)));
        }
        if let Some(search) = &filter.search {
            query = query.filter(
                patient_profiles::search_text
                    .like(text::contains(search))
                    .escape('\\'),
            );
        }
        let word = order.as_str();
        let (born, id) = (patient_profiles::sort_born, patient_profiles::patient_id);
        query = match order {
            PatientOrder::Name => {
                ascending!(query, users::sort_name, users::id, page.after_in(word)?)
            }
            PatientOrder::DateOfBirth => ascending!(query, born, id, page.after_in(word)?),
            PatientOrder::Newest => {
                descending!(
                    query,
                    users::created_at,
                    users::id,
                    page.after_time_in(word)?
                )
            }
        };
        let rows: Vec<(PatientRow, String, Ts, String)> = query.load(db)?;
        let found = Paged::cut(rows, page.bounded(), |(row, name, created_at, born)| {
            let id = row.profile.patient_id.0;
            match order {
                PatientOrder::Name => Cursor::in_order(word, name, id),
                PatientOrder::DateOfBirth => Cursor::in_order(word, born, id),
                PatientOrder::Newest => Cursor::in_order(word, created_at, id),
            }
        });
        let page = found.map(|(row, ..)| row.into());
        Ok((page, Entry::by(ctx, AuditAction::PatientsListed)))
    })
}

fn load(db: &mut Db, hospital_id: HospitalId, id: PatientId) -> Result<Patient, StoreError> {
    let row: PatientRow = rows()
        .filter(patient_profiles::hospital_id.eq(Val(hospital_id)))
        .filter(patient_profiles::patient_id.eq(Val(id)))
        .select(PatientRow::as_select())
        .first(db)?;
    Ok(row.into())
}

fn load_visible(
    db: &mut Db,
    ctx: &Ctx,
    action: Action,
    id: PatientId,
) -> Result<Patient, StoreError> {
    let facts = patient_facts(db, ctx, id)?;
    ctx.require(action, &facts)?;
    load(db, facts.hospital_id.ok_or(StoreError::NotFound)?, id)
}

/// One patient.
///
/// # Errors
/// [`StoreError::NotFound`], [`StoreError::Forbidden`].
pub fn get_patient(conn: &mut AnyConn, ctx: &Ctx, id: PatientId) -> Result<Patient, StoreError> {
    require_role(ctx, Action::ReadPatient)?;
    audit::read(conn, ctx.tenant(), |db| {
        let patient = load_visible(db, ctx, Action::ReadPatient, id)?;
        let entry = Entry::by(ctx, AuditAction::PatientRead).on(id.0).of(id);
        Ok((patient, entry))
    })
}

/// Staff registers a patient of its hospital.
///
/// # Errors
/// [`StoreError::EmailTaken`], [`StoreError::Archived`], [`StoreError::Forbidden`],
/// [`StoreError::IdempotencyKeyReused`].
pub fn create_patient(
    conn: &mut AnyConn,
    ctx: &Ctx,
    new: &NewPatientRecord,
) -> Result<Patient, StoreError> {
    let facts = Facts {
        hospital_id: ctx.actor.hospital_id,
        ..Facts::default()
    };
    ctx.require(Action::CreatePatient, &facts)?;
    let hospital_id = ctx.actor.hospital_id.ok_or(StoreError::Forbidden)?;
    let user = User {
        id: UserId(ids::fresh(ctx.now)),
        hospital_id: Some(hospital_id),
        role: Role::Patient,
        state: new.access.state(),
        email: new.email.clone(),
        name: new.name.trim().to_owned(),
        language: new.language.clone(),
        created_at: ctx.now,
    };
    let id = PatientId::from(user.id);
    tx::write_tx(conn, ctx.tenant(), |db, trail| {
        let made = idempotency::once(
            db,
            trail,
            ctx,
            Creates::Patient,
            id.0,
            |db, trail, earlier| show(db, trail, ctx, PatientId(earlier)),
            |db, trail| create(db, trail, ctx, new, &user),
        )?;
        Ok(made.record)
    })
}

/// What the same request made before, as a read.
fn show(db: &mut Db, trail: &mut Trail, ctx: &Ctx, id: PatientId) -> Result<Patient, StoreError> {
    let patient = load_visible(db, ctx, Action::ReadPatient, id)?;
    trail.record(Entry::by(ctx, AuditAction::PatientRead).on(id.0).of(id));
    Ok(patient)
}

fn create(
    db: &mut Db,
    trail: &mut Trail,
    ctx: &Ctx,
    new: &NewPatientRecord,
    user: &User,
) -> Result<Patient, StoreError> {
    let hospital_id = user.hospital_id.ok_or(StoreError::Forbidden)?;
    let id = PatientId::from(user.id);
    HospitalRow::load_open(db, hospital_id)?;
    entrance::insert_with_access(db, trail, ctx, user, &new.access)?;
    insert(
        db,
        &NewPatientProfile {
            hospital_id,
            patient_id: id,
            name: &user.name,
            email: &user.email,
            date_of_birth: new.date_of_birth,
            sex: new.sex,
            phone: &new.phone,
            record_number: &new.record_number,
            emergency_contact: &new.emergency_contact,
        },
    )?;
    trail.record(Entry::by(ctx, AuditAction::PatientCreated).on(id.0).of(id));
    load(db, hospital_id, id)
}

/// Changes a patient's record. The record number is staff's.
///
/// # Errors
/// [`StoreError::NotFound`], [`StoreError::Forbidden`], [`StoreError::InvalidField`].
pub fn change_patient(
    conn: &mut AnyConn,
    ctx: &Ctx,
    id: PatientId,
    changes: &PatientChanges,
) -> Result<Patient, StoreError> {
    require_role(ctx, Action::ChangePatient)?;
    if changes.record_number.is_some() && ctx.actor.role != Role::Staff {
        return Err(StoreError::Forbidden);
    }
    tx::write_tx(conn, ctx.tenant(), |db, trail| {
        let patient = load_visible(db, ctx, Action::ChangePatient, id)?;
        let patient = changed(patient, changes.clone());
        check(
            &patient.phone,
            &patient.record_number,
            &patient.emergency_contact,
        )?;
        save(db, &patient)?;
        let mut user = UserRow::load(db, UserId::from(id))?;
        user.name.clone_from(&patient.name);
        accounts::update(db, &user)?;
        trail.record(Entry::by(ctx, AuditAction::PatientChanged).on(id.0).of(id));
        Ok(patient)
    })
}

fn changed(patient: Patient, changes: PatientChanges) -> Patient {
    Patient {
        name: changes
            .name
            .map_or(patient.name, |name| name.trim().to_owned()),
        date_of_birth: changes.date_of_birth.or(patient.date_of_birth),
        sex: changes.sex.unwrap_or(patient.sex),
        phone: changes.phone.unwrap_or(patient.phone),
        record_number: changes.record_number.unwrap_or(patient.record_number),
        emergency_contact: changes
            .emergency_contact
            .unwrap_or(patient.emergency_contact),
        ..patient
    }
}

fn save(db: &mut Db, patient: &Patient) -> Result<(), StoreError> {
    use patient_profiles as p;
    diesel::update(
        p::table
            .filter(p::hospital_id.eq(Val(patient.hospital_id)))
            .filter(p::patient_id.eq(Val(patient.id))),
    )
    .set((
        p::date_of_birth.eq(patient.date_of_birth.map(Val)),
        p::sort_born.eq(by_birth(patient.date_of_birth)),
        p::sex.eq(Val(patient.sex)),
        p::phone.eq(&patient.phone),
        p::record_number.eq(&patient.record_number),
        p::emergency_contact.eq(&patient.emergency_contact),
    ))
    .execute(db)?;
    Ok(())
}
