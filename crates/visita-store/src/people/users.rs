//! Accounts.

use diesel::dsl::exists;
use diesel::prelude::*;
use visita_domain::access::{Action, Facts};
use visita_domain::audit::AuditAction;
use visita_domain::people::{Email, Hospital, Role, User, UserOrder, UserState};
use visita_domain::{DoctorId, HospitalId, SessionId, Ts, UserId};

use super::doctors::{self, NewDoctorProfile};
use super::entrance;
use super::patients::{self, NewPatientProfile};
use super::{HospitalRow, MeChanges, NewUser, UserChanges, UserFilter, UserWithHospital};
use crate::audit::{Entry, Trail};
use crate::auth::{codes, end_sessions_of};
use crate::conn::{Db, MultiBackend};
use crate::idempotency::{self, Creates};
use crate::page::{Cursor, ascending, descending};
use crate::schema::{credentials, doctor_profiles, hospitals, patient_profiles, users};
use crate::types::Val;
use crate::{AnyConn, Ctx, PageQuery, Paged, StoreError, Tenant, ids, text, tx};

#[derive(Queryable, Selectable)]
#[diesel(table_name = users, check_for_backend(MultiBackend))]
pub(crate) struct UserRow {
    id: UserId,
    hospital_id: Option<HospitalId>,
    role: Role,
    state: UserState,
    email: Email,
    name: String,
    language: String,
    created_at: Ts,
}

impl From<UserRow> for User {
    fn from(row: UserRow) -> Self {
        Self {
            id: row.id,
            hospital_id: row.hospital_id,
            role: row.role,
            state: row.state,
            email: row.email,
            name: row.name,
            language: row.language,
            created_at: row.created_at,
        }
    }
}

impl UserRow {
    pub(crate) fn load(db: &mut Db, id: UserId) -> Result<User, StoreError> {
        let row: Self = users::table
            .filter(users::id.eq(Val(id)))
            .select(Self::as_select())
            .first(db)?;
        Ok(row.into())
    }
}

/// Inserts a user, and the password if it has one already.
pub(super) fn insert(
    db: &mut Db,
    user: &User,
    password_hash: Option<&str>,
) -> Result<(), StoreError> {
    text::check("name", &user.name, 1..=120)?;
    text::check("language", &user.language, 2..=35)?;
    diesel::insert_into(users::table)
        .values((
            users::id.eq(Val(user.id)),
            users::hospital_id.eq(user.hospital_id.map(Val)),
            users::role.eq(Val(user.role)),
            users::state.eq(Val(user.state)),
            users::email.eq(Val(user.email.clone())),
            users::name.eq(&user.name),
            users::sort_name.eq(text::fold(&[&user.name])),
            users::search_text.eq(text::fold(&[&user.name, user.email.as_str()])),
            users::language.eq(&user.language),
            users::created_at.eq(Val(user.created_at)),
        ))
        .execute(db)?;
    password_hash.map_or(Ok(()), |hash| {
        insert_credentials(db, user.id, hash, user.created_at)
    })
}

/// Gives a user the first password.
pub(super) fn insert_credentials(
    db: &mut Db,
    user_id: UserId,
    password_hash: &str,
    now: Ts,
) -> Result<(), StoreError> {
    diesel::insert_into(credentials::table)
        .values((
            credentials::user_id.eq(Val(user_id)),
            credentials::password_hash.eq(password_hash),
            credentials::changed_at.eq(Val(now)),
        ))
        .execute(db)?;
    Ok(())
}

fn has_credentials(db: &mut Db, user_id: UserId) -> Result<bool, StoreError> {
    Ok(diesel::select(exists(
        credentials::table.filter(credentials::user_id.eq(Val(user_id))),
    ))
    .get_result(db)?)
}

/// Writes name, address, language and state, and keeps every folded copy in step.
pub(super) fn update(db: &mut Db, user: &User) -> Result<(), StoreError> {
    text::check("name", &user.name, 1..=120)?;
    text::check("language", &user.language, 2..=35)?;
    diesel::update(users::table.filter(users::id.eq(Val(user.id))))
        .set((
            users::name.eq(&user.name),
            users::email.eq(Val(user.email.clone())),
            users::sort_name.eq(text::fold(&[&user.name])),
            users::search_text.eq(text::fold(&[&user.name, user.email.as_str()])),
            users::language.eq(&user.language),
            users::state.eq(Val(user.state)),
        ))
        .execute(db)?;
    match user.role {
        Role::Doctor => refold_doctor(db, user),
        Role::Patient => refold_patient(db, user),
        Role::Admin | Role::Staff | Role::Guest => Ok(()),
    }
}

fn refold_doctor(db: &mut Db, user: &User) -> Result<(), StoreError> {
    use doctor_profiles as d;
    let specialty: String = d::table
        .filter(d::doctor_id.eq(Val(user.id)))
        .filter(d::hospital_id.nullable().eq(user.hospital_id.map(Val)))
        .select(d::specialty)
        .first(db)?;
    diesel::update(
        d::table
            .filter(d::doctor_id.eq(Val(user.id)))
            .filter(d::hospital_id.nullable().eq(user.hospital_id.map(Val))),
    )
    .set((
        d::search_text.eq(text::fold(&[&user.name, &specialty])),
        d::sort_specialty.eq(doctors::by_specialty(&specialty, &user.name)),
    ))
    .execute(db)?;
    Ok(())
}

fn refold_patient(db: &mut Db, user: &User) -> Result<(), StoreError> {
    use patient_profiles as p;
    let record_number: String = p::table
        .filter(p::patient_id.eq(Val(user.id)))
        .filter(p::hospital_id.nullable().eq(user.hospital_id.map(Val)))
        .select(p::record_number)
        .first(db)?;
    diesel::update(
        p::table
            .filter(p::patient_id.eq(Val(user.id)))
            .filter(p::hospital_id.nullable().eq(user.hospital_id.map(Val))),
    )
    .set(p::search_text.eq(text::fold(&[
        &user.name,
        user.email.as_str(),
        &record_number,
    ])))
    .execute(db)?;
    Ok(())
}

/// Creates a platform admin without anybody being signed in: the command line.
///
/// # Errors
/// [`StoreError::EmailTaken`].
pub fn create_admin(
    conn: &mut AnyConn,
    name: &str,
    email: &Email,
    password_hash: &str,
    now: Ts,
) -> Result<User, StoreError> {
    let user = User {
        id: UserId(ids::fresh(now)),
        hospital_id: None,
        role: Role::Admin,
        state: UserState::Active,
        email: email.clone(),
        name: name.trim().to_owned(),
        language: "en".to_owned(),
        created_at: now,
    };
    tx::write_tx(conn, Tenant::Platform, |db, trail| {
        insert(db, &user, Some(password_hash))?;
        trail.record(Entry::anonymous(AuditAction::UserCreated, now, None).on(user.id.0));
        Ok(())
    })?;
    Ok(user)
}

/// The own account and hospital.
///
/// # Errors
/// [`StoreError::NotFound`] when the account is gone.
pub fn me(conn: &mut AnyConn, ctx: &Ctx) -> Result<(User, Option<Hospital>), StoreError> {
    ctx.require(Action::ReadOwnAccount, &Facts::default())?;
    tx::read_tx(conn, ctx.tenant(), |db| load_me(db, ctx))
}

fn load_me(db: &mut Db, ctx: &Ctx) -> Result<(User, Option<Hospital>), StoreError> {
    let user = UserRow::load(db, ctx.actor.user_id)?;
    let hospital = user
        .hospital_id
        .map(|id| HospitalRow::load(db, id))
        .transpose()?;
    Ok((user, hospital))
}

/// Changes the own account.
///
/// # Errors
/// [`StoreError::InvalidField`].
pub fn change_me(
    conn: &mut AnyConn,
    ctx: &Ctx,
    changes: &MeChanges,
) -> Result<(User, Option<Hospital>), StoreError> {
    ctx.require(Action::ChangeOwnAccount, &Facts::default())?;
    tx::write_tx(conn, ctx.tenant(), |db, trail| {
        let (mut user, hospital) = load_me(db, ctx)?;
        if let Some(name) = &changes.name {
            user.name = name.trim().to_owned();
        }
        if let Some(language) = &changes.language {
            user.language.clone_from(language);
        }
        update(db, &user)?;
        trail.record(Entry::by(ctx, AuditAction::UserChanged).on(user.id.0));
        Ok((user, hospital))
    })
}

/// Accounts: platform admins see all, staff those of their hospital.
///
/// # Errors
/// [`StoreError::BadCursor`], [`StoreError::Forbidden`].
pub fn list_users(
    conn: &mut AnyConn,
    ctx: &Ctx,
    filter: &UserFilter,
    order: UserOrder,
    page: &PageQuery,
) -> Result<Paged<UserWithHospital>, StoreError> {
    ctx.require(Action::ListUsers, &Facts::default())?;
    tx::read_tx(conn, ctx.accounts(), |db| {
        let mut query = users::table
            .left_join(hospitals::table.on(hospitals::id.nullable().eq(users::hospital_id)))
            .select((
                UserRow::as_select(),
                hospitals::name.nullable(),
                users::sort_name,
            ))
            .limit(page.bounded() + 1)
            .into_boxed();
        if ctx.actor.role != Role::Admin {
            query = query.filter(users::hospital_id.eq(ctx.actor.hospital_id.map(Val)));
        }
        if let Some(role) = filter.role {
            query = query.filter(users::role.eq(Val(role)));
        }
        if let Some(state) = filter.state {
            query = query.filter(users::state.eq(Val(state)));
        }
        if let Some(hospital_id) = filter.hospital_id {
            query = query.filter(users::hospital_id.eq(Some(Val(hospital_id))));
        }
        if let Some(search) = &filter.search {
            query = query.filter(users::search_text.like(text::contains(search)).escape('\\'));
        }
        let word = order.as_str();
        query = match order {
            UserOrder::Name => {
                ascending!(query, users::sort_name, users::id, page.after_in(word)?)
            }
            UserOrder::Newest => {
                descending!(
                    query,
                    users::created_at,
                    users::id,
                    page.after_time_in(word)?
                )
            }
        };
        let rows: Vec<(UserRow, Option<String>, String)> = query.load(db)?;
        let found = Paged::cut(rows, page.bounded(), |(row, _, sort_name)| match order {
            UserOrder::Name => Cursor::in_order(word, sort_name, row.id.0),
            UserOrder::Newest => Cursor::in_order(word, &row.created_at, row.id.0),
        });
        Ok(found.map(|(row, hospital, _)| with_hospital((row, hospital))))
    })
}

fn with_hospital((row, hospital_name): (UserRow, Option<String>)) -> UserWithHospital {
    UserWithHospital {
        user: row.into(),
        hospital_name,
    }
}

pub(super) fn load_visible(
    db: &mut Db,
    ctx: &Ctx,
    id: UserId,
) -> Result<UserWithHospital, StoreError> {
    let row: (UserRow, Option<String>) = users::table
        .left_join(hospitals::table.on(hospitals::id.nullable().eq(users::hospital_id)))
        .filter(users::id.eq(Val(id)))
        .select((UserRow::as_select(), hospitals::name.nullable()))
        .first(db)?;
    let found = with_hospital(row);
    let facts = Facts {
        hospital_id: found.user.hospital_id,
        ..Facts::default()
    };
    ctx.require(Action::ReadUser, &facts)?;
    Ok(found)
}

/// One account.
///
/// # Errors
/// [`StoreError::NotFound`], [`StoreError::Forbidden`].
pub fn get_user(conn: &mut AnyConn, ctx: &Ctx, id: UserId) -> Result<UserWithHospital, StoreError> {
    crate::relation::require_role(ctx, Action::ReadUser)?;
    tx::read_tx(conn, ctx.accounts(), |db| load_visible(db, ctx, id))
}

/// Creates an account. Its owner gets in as [`NewUser::access`] says.
///
/// # Errors
/// [`StoreError::EmailTaken`], [`StoreError::Archived`], [`StoreError::Forbidden`],
/// [`StoreError::IdempotencyKeyReused`], [`StoreError::NotFound`] for a hospital that the actor may not fill.
pub fn create_user(
    conn: &mut AnyConn,
    ctx: &Ctx,
    new: &NewUser,
) -> Result<UserWithHospital, StoreError> {
    let hospital_id = match new.role {
        Role::Admin => None,
        _ => Some(
            new.hospital_id
                .or(ctx.actor.hospital_id)
                .ok_or(StoreError::InvalidField("hospital_id"))?,
        ),
    };
    let facts = Facts {
        hospital_id,
        ..Facts::default()
    };
    ctx.require(Action::CreateUser(new.role), &facts)?;
    let user = User {
        id: UserId(ids::fresh(ctx.now)),
        hospital_id,
        role: new.role,
        state: new.access.state(),
        email: new.email.clone(),
        name: new.name.trim().to_owned(),
        language: new.language.clone(),
        created_at: ctx.now,
    };
    // The keys of the platform's people lie in no hospital.
    tx::write_tx(conn, ctx.accounts(), |db, trail| {
        let made = idempotency::once(
            db,
            trail,
            ctx,
            Creates::User,
            user.id.0,
            |db, _, earlier| load_visible(db, ctx, UserId(earlier)),
            |db, trail| create(db, trail, ctx, new, &user),
        )?;
        Ok(made.record)
    })
}

fn create(
    db: &mut Db,
    trail: &mut Trail,
    ctx: &Ctx,
    new: &NewUser,
    user: &User,
) -> Result<UserWithHospital, StoreError> {
    let hospital = user
        .hospital_id
        .map(|id| HospitalRow::load_open(db, id))
        .transpose()?;
    entrance::insert_with_access(db, trail, ctx, user, &new.access)?;
    match (user.role, user.hospital_id) {
        (Role::Doctor, Some(hospital_id)) => doctors::insert(
            db,
            &NewDoctorProfile {
                hospital_id,
                doctor_id: DoctorId::from(user.id),
                name: &user.name,
                specialty: new.specialty.as_deref().unwrap_or_default(),
            },
        )?,
        (Role::Patient, Some(hospital_id)) => {
            patients::insert(db, &NewPatientProfile::blank(hospital_id, user))?;
        }
        _ => {}
    }
    trail.record(
        Entry::by(ctx, AuditAction::UserCreated)
            .at_hospital(user.hospital_id)
            .on(user.id.0),
    );
    Ok(UserWithHospital {
        user: user.clone(),
        hospital_name: hospital.map(|hospital| hospital.name),
    })
}

/// Changes an account. Disabling ends its sessions, whose ids are returned.
///
/// # Errors
/// [`StoreError::NotFound`], [`StoreError::Forbidden`] for roles above the own and for
/// disabling oneself, [`StoreError::InvalidField`].
pub fn change_user(
    conn: &mut AnyConn,
    ctx: &Ctx,
    id: UserId,
    changes: &UserChanges,
) -> Result<(UserWithHospital, Vec<SessionId>), StoreError> {
    crate::relation::require_role(ctx, Action::ReadUser)?;
    if changes.state == Some(UserState::Invited) {
        return Err(StoreError::InvalidField("state"));
    }
    tx::write_tx(conn, ctx.accounts(), |db, trail| {
        let mut found = load_visible(db, ctx, id)?;
        let facts = Facts {
            hospital_id: found.user.hospital_id,
            ..Facts::default()
        };
        ctx.require(Action::ChangeUser(found.user.role), &facts)?;
        if let Some(name) = &changes.name {
            found.user.name = name.trim().to_owned();
        }
        if let Some(state) = changes.state {
            if id == ctx.actor.user_id && state != UserState::Active {
                return Err(StoreError::Forbidden);
            }
            // Nobody signs in without a password: such an account waits for its owner again.
            found.user.state = match state {
                UserState::Active if !has_credentials(db, id)? => UserState::Invited,
                other => other,
            };
        }
        update(db, &found.user)?;
        let ended = if found.user.state == UserState::Disabled {
            codes::spend_all(db, id, ctx.now)?;
            end_sessions_of(db, id, None, ctx.now)?
        } else {
            Vec::new()
        };
        trail.record(
            Entry::by(ctx, AuditAction::UserChanged)
                .at_hospital(found.user.hospital_id)
                .on(id.0),
        );
        Ok((found, ended))
    })
}
