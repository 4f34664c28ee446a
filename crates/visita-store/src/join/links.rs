//! Making, showing and revoking links: the clinic's side.

use diesel::prelude::*;
use visita_domain::access::Action;
use visita_domain::appointment::{Appointment, IllegalTransition, Transition};
use visita_domain::audit::AuditAction;
use visita_domain::join::{self, JoinAs, MAX_GUEST_NAME, MAX_LINKS};
use visita_domain::{AppointmentId, HospitalId, JoinLinkId, SessionId, Ts};

use super::{JoinLink, NewJoinLink};
use crate::appointments::load_visible;
use crate::audit::{self, Entry};
use crate::conn::{Db, MultiBackend};
use crate::relation::require_role;
use crate::schema::join_links;
use crate::types::Val;
use crate::{AnyConn, Ctx, StoreError, ids, text, tx};

#[derive(Queryable, Selectable)]
#[diesel(table_name = join_links, check_for_backend(MultiBackend))]
pub(super) struct LinkRow {
    id: JoinLinkId,
    hospital_id: HospitalId,
    appointment_id: AppointmentId,
    joins_as: JoinAs,
    guest_name: Option<String>,
    created_at: Ts,
    opened_at: Option<Ts>,
    asked_at: Option<Ts>,
}

impl From<LinkRow> for JoinLink {
    fn from(row: LinkRow) -> Self {
        Self {
            id: row.id,
            hospital_id: row.hospital_id,
            appointment_id: row.appointment_id,
            joins_as: row.joins_as,
            guest_name: row.guest_name,
            created_at: row.created_at,
            opened_at: row.opened_at,
            asked_at: row.asked_at,
        }
    }
}

/// The links of a visit that are not revoked, oldest first.
///
/// # Errors
/// [`StoreError::NotFound`], [`StoreError::Forbidden`].
pub fn list(
    conn: &mut AnyConn,
    ctx: &Ctx,
    appointment_id: AppointmentId,
) -> Result<Vec<JoinLink>, StoreError> {
    require_role(ctx, Action::ManageJoinLinks)?;
    audit::read(conn, ctx.tenant(), |db| {
        let visit = load_visible(db, ctx, Action::ManageJoinLinks, appointment_id)?;
        let entry = Entry::by(ctx, AuditAction::JoinLinksListed)
            .on(visit.id.0)
            .of(visit.patient_id);
        Ok((open_links(db, &visit)?, entry))
    })
}

fn open_links(db: &mut Db, visit: &Appointment) -> Result<Vec<JoinLink>, StoreError> {
    let rows: Vec<LinkRow> = join_links::table
        .filter(join_links::hospital_id.eq(Val(visit.hospital_id)))
        .filter(join_links::appointment_id.eq(Val(visit.id)))
        .filter(join_links::revoked_at.is_null())
        .order((join_links::created_at, join_links::id))
        .select(LinkRow::as_select())
        .load(db)?;
    Ok(rows.into_iter().map(JoinLink::from).collect())
}

/// Makes a link to a visit that is still to come or goes on. A patient's takes the place of
/// the one before: whose session that ended comes along.
///
/// # Errors
/// [`StoreError::Illegal`] when the visit is over, [`StoreError::InvalidField`] for the
/// name or when there are too many, [`StoreError::NotFound`], [`StoreError::Forbidden`].
pub fn create(
    conn: &mut AnyConn,
    ctx: &Ctx,
    appointment_id: AppointmentId,
    new: &NewJoinLink,
) -> Result<(JoinLink, Option<SessionId>), StoreError> {
    require_role(ctx, Action::ManageJoinLinks)?;
    let guest_name = guest_name(new)?;
    tx::write_tx(conn, ctx.tenant(), |db, trail| {
        let visit = load_visible(db, ctx, Action::ManageJoinLinks, appointment_id)?;
        require_live(&visit, ctx.now)?;
        let open = open_links(db, &visit)?;
        if open.len() >= MAX_LINKS && new.joins_as != JoinAs::Patient {
            return Err(StoreError::InvalidField("joins_as"));
        }
        let former = open
            .iter()
            .find(|link| link.joins_as == JoinAs::Patient && new.joins_as == JoinAs::Patient);
        let ended = match former {
            Some(link) => {
                trail.record(entry(ctx, AuditAction::JoinLinkRevoked, link, &visit));
                end(db, link, ctx.now)?
            }
            None => None,
        };
        let link = JoinLink {
            id: JoinLinkId(ids::fresh(ctx.now)),
            hospital_id: visit.hospital_id,
            appointment_id: visit.id,
            joins_as: new.joins_as,
            guest_name: guest_name.clone(),
            created_at: ctx.now,
            opened_at: None,
            asked_at: None,
        };
        insert(db, &link, Some(ctx))?;
        trail.record(entry(ctx, AuditAction::JoinLinkCreated, &link, &visit));
        Ok((link, ended))
    })
}

/// The name as it is kept: a guest's is shown to the doctor, the patient has one.
fn guest_name(new: &NewJoinLink) -> Result<Option<String>, StoreError> {
    let name = new.guest_name.as_deref().map(str::trim);
    match (new.joins_as, name) {
        (JoinAs::Patient, None) => Ok(None),
        (JoinAs::Patient, Some(_)) | (_, None) => Err(StoreError::InvalidField("guest_name")),
        (_, Some(name)) => {
            text::check("guest_name", name, 1..=MAX_GUEST_NAME)?;
            Ok(Some(name.to_owned()))
        }
    }
}

fn require_live(visit: &Appointment, now: Ts) -> Result<(), StoreError> {
    match join::ends_at(visit.range, visit.state) {
        Some(end) if now < end => Ok(()),
        _ => Err(IllegalTransition {
            from: visit.state,
            by: Transition::Arrive,
        }
        .into()),
    }
}

/// Ends a link at once. Its browser's session comes along.
///
/// # Errors
/// [`StoreError::NotFound`] also for one that is revoked already, [`StoreError::Forbidden`].
pub fn revoke(
    conn: &mut AnyConn,
    ctx: &Ctx,
    appointment_id: AppointmentId,
    id: JoinLinkId,
) -> Result<Option<SessionId>, StoreError> {
    require_role(ctx, Action::ManageJoinLinks)?;
    tx::write_tx(conn, ctx.tenant(), |db, trail| {
        let (visit, link) = load_open(db, ctx, appointment_id, id)?;
        let ended = end(db, &link, ctx.now)?;
        trail.record(entry(ctx, AuditAction::JoinLinkRevoked, &link, &visit));
        Ok(ended)
    })
}

/// Lets the browser in that asks, instead of the one that holds the link, whose session
/// comes along.
///
/// # Errors
/// [`StoreError::NotFound`] also when none asks, [`StoreError::Forbidden`].
pub fn admit(
    conn: &mut AnyConn,
    ctx: &Ctx,
    appointment_id: AppointmentId,
    id: JoinLinkId,
) -> Result<Option<SessionId>, StoreError> {
    use join_links as l;
    require_role(ctx, Action::ManageJoinLinks)?;
    tx::write_tx(conn, ctx.tenant(), |db, trail| {
        let (visit, link) = load_open(db, ctx, appointment_id, id)?;
        let this = l::table
            .filter(l::hospital_id.eq(Val(link.hospital_id)))
            .filter(l::id.eq(Val(link.id)));
        let (asking, former): (Option<Vec<u8>>, Option<SessionId>) =
            this.select((l::asking_hash, l::session_id)).first(db)?;
        let asking = asking.ok_or(StoreError::NotFound)?;
        diesel::update(this)
            .set((
                l::holder_hash.eq(Some(asking)),
                l::session_id.eq(Some(Val(SessionId(ids::fresh(ctx.now))))),
                l::opened_at.eq(Some(Val(ctx.now))),
                l::asking_hash.eq(None::<Vec<u8>>),
                l::asked_at.eq(None::<Val<Ts>>),
            ))
            .execute(db)?;
        trail.record(entry(ctx, AuditAction::JoinLinkAdmitted, &link, &visit));
        Ok(former)
    })
}

fn load_open(
    db: &mut Db,
    ctx: &Ctx,
    appointment_id: AppointmentId,
    id: JoinLinkId,
) -> Result<(Appointment, JoinLink), StoreError> {
    let visit = load_visible(db, ctx, Action::ManageJoinLinks, appointment_id)?;
    let row: LinkRow = join_links::table
        .filter(join_links::hospital_id.eq(Val(visit.hospital_id)))
        .filter(join_links::id.eq(Val(id)))
        .filter(join_links::appointment_id.eq(Val(visit.id)))
        .filter(join_links::revoked_at.is_null())
        .select(LinkRow::as_select())
        .first(db)?;
    Ok((visit, row.into()))
}

fn end(db: &mut Db, link: &JoinLink, now: Ts) -> Result<Option<SessionId>, StoreError> {
    use join_links as l;
    Ok(diesel::update(
        l::table
            .filter(l::hospital_id.eq(Val(link.hospital_id)))
            .filter(l::id.eq(Val(link.id))),
    )
    .set(l::revoked_at.eq(Some(Val(now))))
    .returning(l::session_id)
    .get_result(db)?)
}

fn insert(db: &mut Db, link: &JoinLink, by: Option<&Ctx>) -> Result<(), StoreError> {
    use join_links as l;
    diesel::insert_into(l::table)
        .values((
            l::hospital_id.eq(Val(link.hospital_id)),
            l::id.eq(Val(link.id)),
            l::appointment_id.eq(Val(link.appointment_id)),
            l::joins_as.eq(Val(link.joins_as)),
            l::guest_name.eq(&link.guest_name),
            l::created_by.eq(by.map(|ctx| Val(ctx.actor.user_id))),
            l::created_at.eq(Val(link.created_at)),
        ))
        .execute(db)?;
    Ok(())
}

fn entry(ctx: &Ctx, action: AuditAction, link: &JoinLink, visit: &Appointment) -> Entry {
    Entry::by(ctx, action).on(link.id.0).of(visit.patient_id)
}

/// The patient's link comes with the booking, so that every mail of the visit can carry it.
pub(crate) fn give_to_patient(db: &mut Db, visit: &Appointment, now: Ts) -> Result<(), StoreError> {
    let link = JoinLink {
        id: JoinLinkId(ids::fresh(now)),
        hospital_id: visit.hospital_id,
        appointment_id: visit.id,
        joins_as: JoinAs::Patient,
        guest_name: None,
        created_at: now,
        opened_at: None,
        asked_at: None,
    };
    insert(db, &link, None)
}

/// The patient's link to a visit; none when it was revoked.
pub(crate) fn of_patient(
    db: &mut Db,
    visit: &Appointment,
) -> Result<Option<JoinLinkId>, StoreError> {
    use join_links as l;
    Ok(l::table
        .filter(l::hospital_id.eq(Val(visit.hospital_id)))
        .filter(l::appointment_id.eq(Val(visit.id)))
        .filter(l::joins_as.eq(Val(JoinAs::Patient)))
        .filter(l::revoked_at.is_null())
        .select(l::id)
        .first(db)
        .optional()?)
}
