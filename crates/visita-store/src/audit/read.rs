//! Reading the trail. Whoever reads it leaves an event too.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use uuid::Uuid;
use visita_domain::access::{Action, Facts};
use visita_domain::audit::{AuditAction, AuditEvent};
use visita_domain::people::Role;
use visita_domain::{AuditEventId, HospitalId, PatientId, Ts, UserId};

use super::Entry;
use super::chain::{chain_of, hospital_of};
use crate::conn::{Db, MultiBackend};
use crate::page::Cursor;
use crate::schema::{ACTORS, PATIENTS, audit_events, join_links, users};
use crate::types::Val;
use crate::{AnyConn, Ctx, PageQuery, Paged, StoreError, Tenant};
#[cfg(feature = "testing")]
use crate::{MAX_LIMIT, tx};

#[derive(Queryable, Selectable)]
#[diesel(table_name = audit_events, check_for_backend(MultiBackend))]
pub(super) struct AuditEventRow {
    id: AuditEventId,
    chain_id: Uuid,
    at: Ts,
    actor_id: Option<UserId>,
    action: AuditAction,
    subject_id: Option<Uuid>,
    patient_id: Option<PatientId>,
    request_id: Option<Uuid>,
}

impl From<AuditEventRow> for AuditEvent {
    fn from(row: AuditEventRow) -> Self {
        Self {
            id: row.id,
            hospital_id: hospital_of(row.chain_id),
            at: row.at,
            actor_id: row.actor_id,
            action: row.action,
            subject_id: row.subject_id,
            patient_id: row.patient_id,
            request_id: row.request_id,
        }
    }
}

/// Most events of one file.
pub const MAX_EXPORT: i64 = 10_000;

/// Which events. Absent parts do not choose.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Of that hospital instead of the platform; only platform admins choose.
    pub hospital_id: Option<HospitalId>,
    /// By that user.
    pub actor_id: Option<UserId>,
    /// Touching that patient's data.
    pub patient_id: Option<PatientId>,
    /// Of that kind.
    pub action: Option<AuditAction>,
    /// Not before that instant.
    pub from: Option<Ts>,
    /// Before that instant.
    pub until: Option<Ts>,
}

/// An event with the names of today.
#[derive(Clone, PartialEq, Eq)]
pub struct AuditLine {
    /// The event.
    pub event: AuditEvent,
    /// Name and role of who did it.
    pub actor: Option<(String, Role)>,
    /// Name of the patient.
    pub patient_name: Option<String>,
}

type Joined = (AuditEventRow, Option<(String, Role)>, Option<String>);

impl From<Joined> for AuditLine {
    fn from((row, actor, patient_name): Joined) -> Self {
        Self {
            event: row.into(),
            actor,
            patient_name,
        }
    }
}

/// The trail, newest first: of the own hospital for staff; what they did themselves for
/// doctors; accounts and settings of the platform or of one hospital for platform admins.
///
/// # Errors
/// [`StoreError::Forbidden`], [`StoreError::BadCursor`],
/// [`StoreError::NotFound`] for a hospital that is not the own.
pub fn list(
    conn: &mut AnyConn,
    ctx: &Ctx,
    filter: &AuditFilter,
    page: &PageQuery,
) -> Result<Paged<AuditLine>, StoreError> {
    let after = page.after()?;
    let chain = visible_chain(ctx, filter)?;
    super::read(conn, Tenant::of(chain), |db| {
        let limit = page.bounded() + 1;
        let lines = load_lines(db, ctx, filter, after.as_ref(), limit)?;
        let entry = reading(ctx, AuditAction::AuditRead, chain, filter);
        Ok((Paged::cut(lines, page.bounded(), key), entry))
    })
}

/// The newest events at once, for a file; at most [`MAX_EXPORT`].
///
/// # Errors
/// As [`list`].
pub fn export(
    conn: &mut AnyConn,
    ctx: &Ctx,
    filter: &AuditFilter,
) -> Result<Vec<AuditLine>, StoreError> {
    let chain = visible_chain(ctx, filter)?;
    super::read(conn, Tenant::of(chain), |db| {
        let lines = load_lines(db, ctx, filter, None, MAX_EXPORT)?;
        Ok((
            lines,
            reading(ctx, AuditAction::AuditExported, chain, filter),
        ))
    })
}

/// The hospital whose events these are; none for the platform's.
fn visible_chain(ctx: &Ctx, filter: &AuditFilter) -> Result<Option<HospitalId>, StoreError> {
    ctx.require(Action::ReadAuditTrail, &Facts::default())?;
    match (ctx.actor.hospital_id, filter.hospital_id) {
        (Some(own), Some(asked)) if own != asked => Err(StoreError::NotFound),
        (own, asked) => Ok(own.or(asked)),
    }
}

/// The event of the reading itself. It names a patient only where patients are seen.
fn reading(
    ctx: &Ctx,
    action: AuditAction,
    chain: Option<HospitalId>,
    filter: &AuditFilter,
) -> Entry {
    let patient_id = filter
        .patient_id
        .filter(|_| ctx.actor.hospital_id.is_some());
    Entry::by(ctx, action)
        .at_hospital(chain)
        .maybe_of(patient_id)
}

fn load_lines(
    db: &mut Db,
    ctx: &Ctx,
    filter: &AuditFilter,
    after: Option<&Cursor>,
    limit: i64,
) -> Result<Vec<AuditLine>, StoreError> {
    use audit_events as a;
    let hospital = visible_chain(ctx, filter)?;
    let chain = chain_of(hospital);
    let (actors, patients) = (ACTORS, PATIENTS);
    // An event also names whom somebody only asked for, who may be another hospital's
    // patient or nobody. Such an id gets no name.
    let at_home = patients.field(users::hospital_id).eq(hospital.map(Val));
    let mut query = a::table
        .left_join(actors.on(actors.field(users::id).nullable().eq(a::actor_id)))
        .left_join(
            patients.on(patients
                .field(users::id)
                .nullable()
                .eq(a::patient_id)
                .and(at_home)),
        )
        .filter(a::chain_id.eq(Val(chain)))
        .select((
            AuditEventRow::as_select(),
            (actors.field(users::name), actors.field(users::role)).nullable(),
            patients.field(users::name).nullable(),
        ))
        .order(a::id.desc())
        .limit(limit)
        .into_boxed();
    match ctx.actor.role {
        Role::Staff => {}
        Role::Admin => {
            query = query.filter(a::patient_id.is_null());
            for action in AuditAction::ALL {
                if !action.is_configuration() {
                    query = query.filter(a::action.ne(Val(action)));
                }
            }
        }
        Role::Doctor | Role::Patient | Role::Guest => {
            query = query.filter(a::actor_id.eq(Some(Val(ctx.actor.user_id))));
        }
    }
    if let Some(actor_id) = filter.actor_id {
        query = query.filter(a::actor_id.eq(Some(Val(actor_id))));
    }
    if let Some(patient_id) = filter.patient_id {
        query = query.filter(a::patient_id.eq(Some(Val(patient_id))));
    }
    if let Some(action) = filter.action {
        query = query.filter(a::action.eq(Val(action)));
    }
    if let Some(from) = filter.from {
        query = query.filter(a::at.ge(Val(from)));
    }
    if let Some(until) = filter.until {
        query = query.filter(a::at.lt(Val(until)));
    }
    if let Some(after) = after {
        query = query.filter(a::id.lt(Val(after.id)));
    }
    let rows: Vec<Joined> = query.load(db)?;
    name_guests(
        db,
        hospital,
        rows.into_iter().map(AuditLine::from).collect(),
    )
}

/// Who came by a join link is no user: the event's actor is the link, which has their name.
fn name_guests(
    db: &mut Db,
    hospital: Option<HospitalId>,
    mut lines: Vec<AuditLine>,
) -> Result<Vec<AuditLine>, StoreError> {
    let nameless = |line: &AuditLine| line.actor.is_none().then_some(line.event.actor_id)?;
    let ids: BTreeSet<UserId> = lines.iter().filter_map(nameless).collect();
    let Some(hospital) = hospital.filter(|_| !ids.is_empty()) else {
        return Ok(lines);
    };
    let found: Vec<(Uuid, Option<String>)> = join_links::table
        .filter(join_links::hospital_id.eq(Val(hospital)))
        .filter(join_links::id.eq_any(ids.into_iter().map(Val)))
        .select((join_links::id, join_links::guest_name))
        .load(db)?;
    let names: BTreeMap<Uuid, String> = found
        .into_iter()
        .filter_map(|(id, name)| Some((id, name?)))
        .collect();
    for line in &mut lines {
        let name = nameless(line).and_then(|id| names.get(&id.0));
        if let Some(name) = name {
            line.actor = Some((name.clone(), Role::Guest));
        }
    }
    Ok(lines)
}

/// Who opened or changed the caller's own record, newest first; not the caller.
///
/// # Errors
/// [`StoreError::Forbidden`], [`StoreError::BadCursor`].
pub fn access_report(
    conn: &mut AnyConn,
    ctx: &Ctx,
    page: &PageQuery,
) -> Result<Paged<AuditLine>, StoreError> {
    ctx.require(Action::ReadAccessReport, &Facts::default())?;
    let after = page.after()?;
    let me = PatientId::from(ctx.actor.user_id);
    super::read(conn, ctx.tenant(), |db| {
        use audit_events as a;
        let actors = ACTORS;
        let mut query = a::table
            .left_join(actors.on(actors.field(users::id).nullable().eq(a::actor_id)))
            .filter(a::chain_id.eq(Val(chain_of(ctx.actor.hospital_id))))
            .filter(a::patient_id.eq(Some(Val(me))))
            .filter(a::actor_id.is_not_null())
            .filter(a::actor_id.ne(Some(Val(ctx.actor.user_id))))
            .select((
                AuditEventRow::as_select(),
                (actors.field(users::name), actors.field(users::role)).nullable(),
            ))
            .order(a::id.desc())
            .limit(page.bounded() + 1)
            .into_boxed();
        if let Some(after) = &after {
            query = query.filter(a::id.lt(Val(after.id)));
        }
        let rows: Vec<(AuditEventRow, Option<(String, Role)>)> = query.load(db)?;
        let lines = rows
            .into_iter()
            .map(|(row, actor)| (row, actor, None).into())
            .collect();
        let lines = name_guests(db, ctx.actor.hospital_id, lines)?;
        let entry = Entry::by(ctx, AuditAction::AccessReportRead).of(me);
        Ok((Paged::cut(lines, page.bounded(), key), entry))
    })
}

fn key(line: &AuditLine) -> Cursor {
    Cursor::new(&"", line.event.id.0)
}

/// The newest events of a hospital, or of the platform itself when none is given,
/// whoever asks: for tests.
///
/// # Errors
/// [`StoreError::Unavailable`].
#[cfg(feature = "testing")]
pub fn newest(
    conn: &mut AnyConn,
    hospital_id: Option<HospitalId>,
    limit: i64,
) -> Result<Vec<AuditEvent>, StoreError> {
    tx::read_tx(conn, Tenant::of(hospital_id), |db| {
        let rows: Vec<AuditEventRow> = audit_events::table
            .filter(audit_events::chain_id.eq(Val(chain_of(hospital_id))))
            .select(AuditEventRow::as_select())
            .order(audit_events::id.desc())
            .limit(limit.clamp(1, 10 * MAX_LIMIT))
            .load(db)?;
        Ok(rows.into_iter().map(AuditEvent::from).collect())
    })
}
