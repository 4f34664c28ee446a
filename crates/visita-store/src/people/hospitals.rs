//! Hospitals.

use diesel::prelude::*;
use visita_domain::access::{Action, Facts};
use visita_domain::audit::AuditAction;
use visita_domain::booking::BookingPolicy;
use visita_domain::people::{Hospital, HospitalOrder, HospitalScope, Role};
use visita_domain::time::ClinicTz;
use visita_domain::{HospitalId, Ts};

use super::{HospitalChanges, HospitalFilter, NewHospital};
use crate::audit::Entry;
use crate::conn::{Db, MultiBackend};
use crate::idempotency::{self, Creates};
use crate::page::{Cursor, ascending, descending};
use crate::schema::{hospitals, lobbies};
use crate::types::Val;
use crate::{AnyConn, Ctx, PageQuery, Paged, StoreError, Tenant, ids, text, tx};

#[derive(Queryable, Selectable)]
#[diesel(table_name = hospitals, check_for_backend(MultiBackend))]
pub(crate) struct HospitalRow {
    id: HospitalId,
    name: String,
    slug: String,
    time_zone: String,
    phone: String,
    address: String,
    archived: bool,
    created_at: Ts,
    lead_minutes: i32,
    horizon_days: i32,
    notice_minutes: i32,
}

impl From<HospitalRow> for Hospital {
    fn from(row: HospitalRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            slug: row.slug,
            time_zone: row.time_zone,
            phone: row.phone,
            address: row.address,
            created_at: row.created_at,
            archived: row.archived,
            booking: BookingPolicy {
                lead_minutes: small(row.lead_minutes),
                horizon_days: small(row.horizon_days),
                notice_minutes: small(row.notice_minutes),
            },
        }
    }
}

/// The CHECKs of the table keep the numbers within the bounds of [`BookingPolicy`].
fn small(number: i32) -> u16 {
    u16::try_from(number.max(0)).unwrap_or(u16::MAX)
}

impl HospitalRow {
    pub(crate) fn load(db: &mut Db, id: HospitalId) -> Result<Hospital, StoreError> {
        let row: Self = hospitals::table
            .filter(hospitals::id.eq(Val(id)))
            .select(Self::as_select())
            .first(db)?;
        Ok(row.into())
    }

    /// The hospital, if it takes new people and bookings.
    pub(crate) fn load_open(db: &mut Db, id: HospitalId) -> Result<Hospital, StoreError> {
        let hospital = Self::load(db, id)?;
        if hospital.archived {
            Err(StoreError::Archived)
        } else {
            Ok(hospital)
        }
    }
}

/// The public cards of the hospitals.
///
/// # Errors
/// [`StoreError::BadCursor`].
pub fn list_hospitals(
    conn: &mut AnyConn,
    filter: &HospitalFilter,
    order: HospitalOrder,
    page: &PageQuery,
) -> Result<Paged<Hospital>, StoreError> {
    use hospitals as h;
    tx::read_tx(conn, Tenant::Cards, |db| {
        let mut query = h::table
            .select((HospitalRow::as_select(), h::sort_name))
            .limit(page.bounded() + 1)
            .into_boxed();
        match filter.scope {
            HospitalScope::Open => query = query.filter(h::archived.eq(false)),
            HospitalScope::Archived => query = query.filter(h::archived.eq(true)),
            HospitalScope::All => {}
        }
        if let Some(search) = &filter.search {
            query = query.filter(h::search_text.like(text::contains(search)).escape('\\'));
        }
        let word = order.as_str();
        query = match order {
            HospitalOrder::Name => ascending!(query, h::sort_name, h::id, page.after_in(word)?),
            HospitalOrder::Newest => {
                descending!(query, h::created_at, h::id, page.after_time_in(word)?)
            }
        };
        let rows: Vec<(HospitalRow, String)> = query.load(db)?;
        let found = Paged::cut(rows, page.bounded(), |(row, sort_name)| match order {
            HospitalOrder::Name => Cursor::in_order(word, sort_name, row.id.0),
            HospitalOrder::Newest => Cursor::in_order(word, &row.created_at, row.id.0),
        });
        Ok(found.map(|(row, _)| row.into()))
    })
}

/// The public card of one hospital.
///
/// # Errors
/// [`StoreError::NotFound`].
pub fn get_hospital(conn: &mut AnyConn, id: HospitalId) -> Result<Hospital, StoreError> {
    tx::read_tx(conn, Tenant::Hospital(id), |db| HospitalRow::load(db, id))
}

/// The hospital as it will be written.
pub(super) fn checked(new: &NewHospital, now: Ts) -> Result<Hospital, StoreError> {
    let hospital = Hospital {
        id: HospitalId(ids::fresh(now)),
        name: new.name.trim().to_owned(),
        slug: new.slug.clone(),
        time_zone: new.time_zone.clone(),
        phone: new.phone.clone(),
        address: new.address.clone(),
        created_at: now,
        archived: false,
        booking: BookingPolicy::default(),
    };
    check(&hospital)?;
    Ok(hospital)
}

/// Inserts a hospital with its lobby.
pub(super) fn insert(db: &mut Db, hospital: &Hospital) -> Result<(), StoreError> {
    diesel::insert_into(hospitals::table)
        .values((
            hospitals::id.eq(Val(hospital.id)),
            hospitals::name.eq(&hospital.name),
            hospitals::slug.eq(&hospital.slug),
            hospitals::time_zone.eq(&hospital.time_zone),
            hospitals::phone.eq(&hospital.phone),
            hospitals::address.eq(&hospital.address),
            hospitals::archived.eq(hospital.archived),
            hospitals::created_at.eq(Val(hospital.created_at)),
            hospitals::sort_name.eq(text::fold(&[&hospital.name])),
            hospitals::search_text.eq(text::fold(&[&hospital.name, &hospital.slug])),
        ))
        .execute(db)?;
    diesel::insert_into(lobbies::table)
        .values((
            lobbies::hospital_id.eq(Val(hospital.id)),
            lobbies::rev.eq(0_i64),
        ))
        .execute(db)?;
    Ok(())
}

/// Opens a hospital.
///
/// # Errors
/// [`StoreError::SlugTaken`], [`StoreError::UnknownZone`], [`StoreError::Forbidden`],
/// [`StoreError::IdempotencyKeyReused`].
pub fn create_hospital(
    conn: &mut AnyConn,
    ctx: &Ctx,
    new: &NewHospital,
) -> Result<Hospital, StoreError> {
    ctx.require(Action::CreateHospital, &Facts::default())?;
    let hospital = checked(new, ctx.now)?;
    tx::write_tx(conn, ctx.accounts(), |db, trail| {
        let made = idempotency::once(
            db,
            trail,
            ctx,
            Creates::Hospital,
            hospital.id.0,
            |db, _, earlier| HospitalRow::load(db, HospitalId(earlier)),
            |db, trail| {
                insert(db, &hospital)?;
                trail.record(
                    Entry::by(ctx, AuditAction::HospitalCreated)
                        .at_hospital(Some(hospital.id))
                        .on(hospital.id.0),
                );
                Ok(hospital.clone())
            },
        )?;
        Ok(made.record)
    })
}

/// Changes a hospital. Only platform admins archive.
///
/// # Errors
/// [`StoreError::NotFound`], [`StoreError::UnknownZone`], [`StoreError::Forbidden`].
pub fn change_hospital(
    conn: &mut AnyConn,
    ctx: &Ctx,
    id: HospitalId,
    changes: &HospitalChanges,
) -> Result<Hospital, StoreError> {
    let facts = Facts {
        hospital_id: Some(id),
        ..Facts::default()
    };
    ctx.require(Action::ChangeHospital, &facts)?;
    if changes.archived.is_some() && ctx.actor.role != Role::Admin {
        return Err(StoreError::Forbidden);
    }
    tx::write_tx(conn, Tenant::Hospital(id), |db, trail| {
        let mut hospital = HospitalRow::load(db, id)?;
        let changes = changes.clone();
        hospital.name = changes.name.unwrap_or(hospital.name).trim().to_owned();
        hospital.time_zone = changes.time_zone.unwrap_or(hospital.time_zone);
        hospital.phone = changes.phone.unwrap_or(hospital.phone);
        hospital.address = changes.address.unwrap_or(hospital.address);
        hospital.archived = changes.archived.unwrap_or(hospital.archived);
        hospital.booking = changes.booking.unwrap_or(hospital.booking);
        check(&hospital)?;
        diesel::update(hospitals::table.filter(hospitals::id.eq(Val(id))))
            .set((
                hospitals::name.eq(&hospital.name),
                hospitals::time_zone.eq(&hospital.time_zone),
                hospitals::phone.eq(&hospital.phone),
                hospitals::address.eq(&hospital.address),
                hospitals::archived.eq(hospital.archived),
                hospitals::lead_minutes.eq(i32::from(hospital.booking.lead_minutes)),
                hospitals::horizon_days.eq(i32::from(hospital.booking.horizon_days)),
                hospitals::notice_minutes.eq(i32::from(hospital.booking.notice_minutes)),
                hospitals::sort_name.eq(text::fold(&[&hospital.name])),
                hospitals::search_text.eq(text::fold(&[&hospital.name, &hospital.slug])),
            ))
            .execute(db)?;
        trail.record(
            Entry::by(ctx, AuditAction::HospitalChanged)
                .at_hospital(Some(id))
                .on(id.0),
        );
        Ok(hospital)
    })
}

fn check(hospital: &Hospital) -> Result<(), StoreError> {
    text::check("name", &hospital.name, 1..=120)?;
    text::check("slug", &hospital.slug, 2..=40)?;
    if !hospital
        .slug
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    {
        return Err(StoreError::InvalidField("slug"));
    }
    hospital.booking.check().map_err(StoreError::InvalidField)?;
    text::check("phone", &hospital.phone, 0..=40)?;
    text::check("address", &hospital.address, 0..=400)?;
    ClinicTz::parse(&hospital.time_zone).map_err(|_| StoreError::UnknownZone)?;
    text::check("time_zone", &hospital.time_zone, 1..=64)
}
