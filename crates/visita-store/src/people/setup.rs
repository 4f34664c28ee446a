//! First start: the first hospital and the first administrator of an empty clinic.

use diesel::prelude::*;
use uuid::Uuid;
use visita_domain::audit::AuditAction;
use visita_domain::people::{Email, Role, User, UserState};
use visita_domain::{Ts, UserId};

use super::{NewHospital, hospitals, users};
use crate::audit::Entry;
use crate::conn::Db;
use crate::{AnyConn, StoreError, Tenant, ids, schema, tx};

/// What an empty clinic begins with.
#[derive(Clone)]
pub struct NewClinic {
    /// The first hospital.
    pub hospital: NewHospital,
    /// Name of the administrator.
    pub name: String,
    /// Address of the administrator.
    pub email: Email,
    /// PHC string.
    pub password_hash: String,
    /// BCP 47 tag.
    pub language: String,
}

/// Whether anybody has an account. Once true it stays true: accounts are never removed.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub fn has_users(conn: &mut AnyConn) -> Result<bool, StoreError> {
    tx::read_tx(conn, Tenant::Accounts, any)
}

fn any(db: &mut Db) -> Result<bool, StoreError> {
    let first: Option<String> = schema::users::table
        .select(schema::users::name)
        .limit(1)
        .first(db)
        .optional()?;
    Ok(first.is_some())
}

/// Creates the first hospital and the first platform admin, if there is no user yet.
/// Of several calls at once, one does it.
///
/// # Errors
/// [`StoreError::AlreadySetUp`], [`StoreError::InvalidField`], which names fields of the
/// hospital with `hospital.` before them.
pub fn set_up(
    conn: &mut AnyConn,
    new: &NewClinic,
    now: Ts,
    request_id: Option<Uuid>,
) -> Result<User, StoreError> {
    let hospital = hospitals::checked(&new.hospital, now).map_err(of_hospital)?;
    let admin = User {
        id: UserId(ids::fresh(now)),
        hospital_id: None,
        role: Role::Admin,
        state: UserState::Active,
        email: new.email.clone(),
        name: new.name.trim().to_owned(),
        language: new.language.clone(),
        created_at: now,
    };
    let done = tx::write_tx(conn, Tenant::Accounts, |db, trail| {
        if any(db)? {
            return Err(StoreError::AlreadySetUp);
        }
        users::insert(db, &admin, Some(&new.password_hash))?;
        hospitals::insert(db, &hospital)?;
        let by_admin = |action| Entry::anonymous(action, now, request_id).actor(admin.id, None);
        trail.record(by_admin(AuditAction::UserCreated).on(admin.id.0));
        trail.record(
            by_admin(AuditAction::HospitalCreated)
                .at_hospital(Some(hospital.id))
                .on(hospital.id.0),
        );
        Ok(())
    });
    match done {
        Ok(()) => Ok(admin),
        // In an empty clinic nothing is taken, unless another call got in between.
        Err(StoreError::EmailTaken | StoreError::SlugTaken) => Err(StoreError::AlreadySetUp),
        Err(other) => Err(other),
    }
}

/// The path of a hospital's field, because the administrator has a name too.
fn of_hospital(error: StoreError) -> StoreError {
    match error {
        StoreError::UnknownZone => StoreError::InvalidField("hospital.time_zone"),
        StoreError::InvalidField(name) => StoreError::InvalidField(match name {
            "slug" => "hospital.slug",
            "phone" => "hospital.phone",
            "address" => "hospital.address",
            "time_zone" => "hospital.time_zone",
            _ => "hospital.name",
        }),
        other => other,
    }
}
