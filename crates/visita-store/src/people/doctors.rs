//! Doctors.

use std::collections::BTreeSet;

use diesel::dsl::{Eq, InnerJoinOn};
use diesel::prelude::*;
use visita_domain::access::{Action, Facts};
use visita_domain::audit::AuditAction;
use visita_domain::people::{Doctor, DoctorOrder, Email, Role, UserState};
use visita_domain::{DoctorId, HospitalId, Ts, UserId};

use super::{DoctorChanges, DoctorChoices, DoctorFilter, UserRow, users as accounts};
use crate::audit::Entry;
use crate::conn::{Db, MultiBackend};
use crate::page::{Cursor, ascending, descending};
use crate::schema::{doctor_profiles, users};
use crate::types::{Texts, Val};
use crate::{AnyConn, Ctx, PageQuery, Paged, StoreError, text, tx};

/// Most pairs of specialty and languages that [`doctor_choices`] reads: more kinds of doctors
/// than a list to choose from can show.
const MOST_CHOICES: i64 = 1000;

/// Length of a visit until the doctor says otherwise, in minutes.
const DEFAULT_VISIT_MINUTES: i16 = 30;

#[derive(Queryable, Selectable)]
#[diesel(table_name = doctor_profiles, check_for_backend(MultiBackend))]
struct ProfileRow {
    hospital_id: HospitalId,
    doctor_id: DoctorId,
    specialty: String,
    languages: Texts,
    biography: String,
    licence_number: String,
    visit_minutes: i16,
    buffer_minutes: i16,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = users, check_for_backend(MultiBackend))]
struct PersonRow {
    name: String,
    email: Email,
    state: UserState,
}

/// A doctor's profile and account.
#[derive(Queryable, Selectable)]
#[diesel(check_for_backend(MultiBackend))]
struct DoctorRow {
    #[diesel(embed)]
    profile: ProfileRow,
    #[diesel(embed)]
    person: PersonRow,
}

/// Profiles joined with accounts.
type DoctorRows =
    InnerJoinOn<doctor_profiles::table, users::table, Eq<users::id, doctor_profiles::doctor_id>>;

fn rows() -> DoctorRows {
    doctor_profiles::table.inner_join(users::table.on(users::id.eq(doctor_profiles::doctor_id)))
}

/// The doctor of that id, of any hospital.
pub(crate) fn load_doctor(db: &mut Db, id: DoctorId) -> Result<Doctor, StoreError> {
    let row: DoctorRow = rows()
        .filter(users::id.eq(Val(id)))
        .filter(
            doctor_profiles::hospital_id
                .nullable()
                .eq(users::hospital_id),
        )
        .select(DoctorRow::as_select())
        .first(db)?;
    Ok(row.into())
}

impl From<DoctorRow> for Doctor {
    fn from(row: DoctorRow) -> Self {
        let DoctorRow { profile, person } = row;
        Self {
            id: profile.doctor_id,
            hospital_id: profile.hospital_id,
            name: person.name,
            email: person.email,
            state: person.state,
            specialty: profile.specialty,
            languages: profile.languages.0,
            biography: profile.biography,
            licence_number: profile.licence_number,
            // The column's CHECK keeps both small and positive.
            visit_minutes: profile.visit_minutes.unsigned_abs(),
            buffer_minutes: profile.buffer_minutes.unsigned_abs(),
        }
    }
}

/// The profile of a new doctor.
pub(super) struct NewDoctorProfile<'a> {
    pub(super) hospital_id: HospitalId,
    pub(super) doctor_id: DoctorId,
    pub(super) name: &'a str,
    pub(super) specialty: &'a str,
}

pub(super) fn insert(db: &mut Db, new: &NewDoctorProfile<'_>) -> Result<(), StoreError> {
    use doctor_profiles as d;
    text::check("specialty", new.specialty, 0..=120)?;
    diesel::insert_into(d::table)
        .values((
            d::hospital_id.eq(Val(new.hospital_id)),
            d::doctor_id.eq(Val(new.doctor_id)),
            d::specialty.eq(new.specialty),
            d::languages.eq(Val(Texts(Vec::new()))),
            d::biography.eq(""),
            d::licence_number.eq(""),
            d::visit_minutes.eq(DEFAULT_VISIT_MINUTES),
            d::buffer_minutes.eq(0_i16),
            d::search_text.eq(text::fold(&[new.name, new.specialty])),
            d::sort_specialty.eq(by_specialty(new.specialty, new.name)),
            d::spoken.eq(spoken(&[])),
        ))
        .execute(db)?;
    Ok(())
}

/// The key of the order by specialty. The tab sorts before everything that can be read, so
/// that a specialty comes whole before a longer one that begins like it.
pub(super) fn by_specialty(specialty: &str, name: &str) -> String {
    text::fold(&[&format!("{specialty}\t{name}")])
}

/// The languages as they are looked for: ` en-gb fr `.
fn spoken(languages: &[String]) -> String {
    let tags = languages
        .iter()
        .map(|tag| format!("{} ", text::fold(&[tag])));
    std::iter::once(" ".to_owned()).chain(tags).collect()
}

/// Keeps the doctors that the filter lets through; their state is not its to judge.
macro_rules! narrowed {
    ($query:ident, $filter:expr) => {{
        let filter: &DoctorFilter = $filter;
        let mut query = $query;
        if let Some(search) = &filter.search {
            query = query.filter(
                doctor_profiles::search_text
                    .like(text::contains(search))
                    .escape('\\'),
            );
        }
        if let Some(specialty) = &filter.specialty {
            query = query.filter(doctor_profiles::specialty.eq(specialty));
        }
        if let Some(language) = &filter.language {
            let (tag, longer) = (format!("{language} "), format!("{language}-"));
            let [tag, longer] = [tag, longer].map(|part| text::holds(&format!(" {part}")));
            let column = doctor_profiles::spoken;
            query = query.filter(
                column
                    .like(tag)
                    .escape('\\')
                    .or(column.like(longer).escape('\\')),
            );
        }
        query
    }};
}

/// Doctors: platform admins see all, others those of their hospital. Patients see only
/// doctors whom they can book; who is invited and who disabled is the clinic's to know.
///
/// # Errors
/// [`StoreError::BadCursor`], [`StoreError::Forbidden`] for a state that is not the actor's to know.
pub fn list_doctors(
    conn: &mut AnyConn,
    ctx: &Ctx,
    filter: &DoctorFilter,
    order: DoctorOrder,
    page: &PageQuery,
) -> Result<Paged<Doctor>, StoreError> {
    ctx.require(Action::ListDoctors, &Facts::default())?;
    let inside = matches!(ctx.actor.role, Role::Staff | Role::Admin);
    if !inside && filter.state.is_some_and(|state| state != UserState::Active) {
        return Err(StoreError::Forbidden);
    }
    tx::read_tx(conn, ctx.accounts(), |db| {
        let mut query = rows()
            .select((
                DoctorRow::as_select(),
                users::sort_name,
                users::created_at,
                doctor_profiles::sort_specialty,
            ))
            .filter(users::role.eq(Val(Role::Doctor)))
            .limit(page.bounded() + 1)
            .into_boxed();
        if ctx.actor.role != Role::Admin {
            let own = ctx.actor.hospital_id.map(Val);
            query = query
                .filter(users::hospital_id.eq(own))
                .filter(doctor_profiles::hospital_id.nullable().eq(own));
        }
        if ctx.actor.role == Role::Patient {
            query = query.filter(users::state.eq(Val(UserState::Active)));
        }
        query = narrowed!(query, filter);
        if let Some(state) = filter.state {
            query = query.filter(users::state.eq(Val(state)));
        }
        let word = order.as_str();
        let (specialty, id) = (doctor_profiles::sort_specialty, doctor_profiles::doctor_id);
        query = match order {
            DoctorOrder::Name => {
                ascending!(query, users::sort_name, users::id, page.after_in(word)?)
            }
            DoctorOrder::Specialty => ascending!(query, specialty, id, page.after_in(word)?),
            DoctorOrder::Newest => {
                descending!(
                    query,
                    users::created_at,
                    users::id,
                    page.after_time_in(word)?
                )
            }
        };
        let rows: Vec<(DoctorRow, String, Ts, String)> = query.load(db)?;
        let found = Paged::cut(
            rows,
            page.bounded(),
            |(row, name, created_at, specialty)| {
                let id = row.profile.doctor_id.0;
                match order {
                    DoctorOrder::Name => Cursor::in_order(word, name, id),
                    DoctorOrder::Specialty => Cursor::in_order(word, specialty, id),
                    DoctorOrder::Newest => Cursor::in_order(word, created_at, id),
                }
            },
        );
        Ok(found.map(|(row, ..)| row.into()))
    })
}

/// The doctors of that hospital who can be booked and whom the filter lets through, by name.
/// The filter's state does not count.
pub(crate) fn load_bookable(
    db: &mut Db,
    hospital_id: HospitalId,
    filter: &DoctorFilter,
    limit: i64,
) -> Result<Vec<Doctor>, StoreError> {
    let query = rows()
        .select(DoctorRow::as_select())
        .filter(users::role.eq(Val(Role::Doctor)))
        .filter(users::state.eq(Val(UserState::Active)))
        .filter(users::hospital_id.eq(Some(Val(hospital_id))))
        .filter(doctor_profiles::hospital_id.eq(Val(hospital_id)))
        .order((users::sort_name.asc(), users::id.asc()))
        .limit(limit)
        .into_boxed();
    let rows: Vec<DoctorRow> = narrowed!(query, filter).load(db)?;
    Ok(rows.into_iter().map(Doctor::from).collect())
}

/// What the list of doctors can be narrowed to: what those have whom the actor sees in it.
///
/// # Errors
/// [`StoreError::Forbidden`].
pub fn doctor_choices(conn: &mut AnyConn, ctx: &Ctx) -> Result<DoctorChoices, StoreError> {
    use doctor_profiles as d;
    ctx.require(Action::ListDoctors, &Facts::default())?;
    tx::read_tx(conn, ctx.accounts(), |db| {
        let mut query = rows()
            .select((d::specialty, d::spoken))
            .distinct()
            .order((d::specialty, d::spoken))
            .limit(MOST_CHOICES)
            .into_boxed();
        if ctx.actor.role != Role::Admin {
            let own = ctx.actor.hospital_id.map(Val);
            query = query
                .filter(users::hospital_id.eq(own))
                .filter(doctor_profiles::hospital_id.nullable().eq(own));
        }
        if ctx.actor.role == Role::Patient {
            query = query.filter(users::state.eq(Val(UserState::Active)));
        }
        let found: Vec<(String, String)> = query.load(db)?;
        let specialties: BTreeSet<(String, &str)> = found
            .iter()
            .filter(|(specialty, _)| !specialty.is_empty())
            .map(|(specialty, _)| (text::fold(&[specialty]), specialty.as_str()))
            .collect();
        let languages: BTreeSet<&str> = found
            .iter()
            .flat_map(|(_, spoken)| spoken.split_whitespace())
            .collect();
        Ok(DoctorChoices {
            specialties: specialties
                .iter()
                .map(|(_, name)| (*name).to_owned())
                .collect(),
            languages: languages.into_iter().map(str::to_owned).collect(),
        })
    })
}

/// One doctor.
///
/// # Errors
/// [`StoreError::NotFound`].
pub fn get_doctor(conn: &mut AnyConn, ctx: &Ctx, id: DoctorId) -> Result<Doctor, StoreError> {
    crate::relation::require_role(ctx, Action::ReadDoctor)?;
    tx::read_tx(conn, ctx.accounts(), |db| {
        load_visible_doctor(db, ctx, Action::ReadDoctor, id)
    })
}

/// The doctor of that id, if the actor may do this to them.
pub(crate) fn load_visible_doctor(
    db: &mut Db,
    ctx: &Ctx,
    action: Action,
    id: DoctorId,
) -> Result<Doctor, StoreError> {
    let doctor = load_doctor(db, id)?;
    let facts = Facts {
        hospital_id: Some(doctor.hospital_id),
        doctor_id: Some(id),
        ..Facts::default()
    };
    ctx.require(action, &facts)?;
    Ok(doctor)
}

/// Changes a doctor's profile.
///
/// # Errors
/// [`StoreError::NotFound`], [`StoreError::Forbidden`], [`StoreError::InvalidField`].
pub fn change_doctor(
    conn: &mut AnyConn,
    ctx: &Ctx,
    id: DoctorId,
    changes: &DoctorChanges,
) -> Result<Doctor, StoreError> {
    crate::relation::require_role(ctx, Action::ChangeDoctor)?;
    tx::write_tx(conn, ctx.accounts(), |db, trail| {
        let doctor = load_visible_doctor(db, ctx, Action::ChangeDoctor, id)?;
        let doctor = changed(doctor, changes.clone());
        check(&doctor)?;
        let mut user = UserRow::load(db, UserId::from(id))?;
        user.name.clone_from(&doctor.name);
        save(db, &doctor)?;
        accounts::update(db, &user)?;
        trail.record(Entry::by(ctx, AuditAction::DoctorChanged).on(id.0));
        Ok(doctor)
    })
}

fn changed(doctor: Doctor, changes: DoctorChanges) -> Doctor {
    Doctor {
        name: changes
            .name
            .map_or(doctor.name, |name| name.trim().to_owned()),
        specialty: changes.specialty.unwrap_or(doctor.specialty),
        languages: changes.languages.unwrap_or(doctor.languages),
        biography: changes.biography.unwrap_or(doctor.biography),
        licence_number: changes.licence_number.unwrap_or(doctor.licence_number),
        visit_minutes: changes.visit_minutes.unwrap_or(doctor.visit_minutes),
        buffer_minutes: changes.buffer_minutes.unwrap_or(doctor.buffer_minutes),
        ..doctor
    }
}

fn check(doctor: &Doctor) -> Result<(), StoreError> {
    text::check("specialty", &doctor.specialty, 0..=120)?;
    text::check("biography", &doctor.biography, 0..=4000)?;
    text::check("licence_number", &doctor.licence_number, 0..=60)?;
    if doctor.languages.len() > 20 {
        return Err(StoreError::InvalidField("languages"));
    }
    for language in &doctor.languages {
        text::check("languages", language, 2..=35)?;
    }
    if !(5..=240).contains(&doctor.visit_minutes) {
        return Err(StoreError::InvalidField("visit_minutes"));
    }
    if doctor.buffer_minutes > 120 {
        return Err(StoreError::InvalidField("buffer_minutes"));
    }
    Ok(())
}

fn save(db: &mut Db, doctor: &Doctor) -> Result<(), StoreError> {
    use doctor_profiles as d;
    let minutes =
        |field, value: u16| i16::try_from(value).map_err(|_| StoreError::InvalidField(field));
    diesel::update(
        d::table
            .filter(d::hospital_id.eq(Val(doctor.hospital_id)))
            .filter(d::doctor_id.eq(Val(doctor.id))),
    )
    .set((
        d::specialty.eq(&doctor.specialty),
        d::languages.eq(Val(Texts(doctor.languages.clone()))),
        d::spoken.eq(spoken(&doctor.languages)),
        d::biography.eq(&doctor.biography),
        d::licence_number.eq(&doctor.licence_number),
        d::visit_minutes.eq(minutes("visit_minutes", doctor.visit_minutes)?),
        d::buffer_minutes.eq(minutes("buffer_minutes", doctor.buffer_minutes)?),
    ))
    .execute(db)?;
    Ok(())
}
