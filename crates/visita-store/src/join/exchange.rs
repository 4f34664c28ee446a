//! Coming by a link: one browser is bound to it, and asked about at every request.

use diesel::prelude::*;
use uuid::Uuid;
use visita_domain::access::{Actor, Assurance, VisitScope};
use visita_domain::appointment::{Appointment, AppointmentState};
use visita_domain::audit::AuditAction;
use visita_domain::join::{self, JoinAs};
use visita_domain::people::{Role, UserState};
use visita_domain::{
    AppointmentId, HospitalId, JoinLinkId, PatientId, SessionId, TimeRange, Ts, UserId,
};

use super::links::LinkRow;
use super::{Exchange, JoinLink, Joining, LinkPlace, Presented};
use crate::appointments::load_any;
use crate::audit::{Entry, Trail};
use crate::auth::Caller;
use crate::conn::Db;
use crate::people::HospitalRow;
use crate::schema::{appointments, join_links, users};
use crate::types::Val;
use crate::{AnyConn, StoreError, Tenant, ids, tx};

/// Lets a browser in by a link, or in again by its cookie. The first browser that presents
/// a link holds it from then on, of two at once one. When the visit is over, whoever has
/// the link is told how it ended, for a while.
///
/// # Errors
/// [`StoreError::NotFound`] alike for a link that is unknown, revoked or over, and for a
/// cookie that is not the holder's.
pub fn exchange(
    conn: &mut AnyConn,
    presented: &Presented,
    now: Ts,
    request_id: Option<Uuid>,
) -> Result<Exchange, StoreError> {
    let tenant = Tenant::Hospital(presented.place.hospital_id);
    tx::write_tx(conn, tenant, |db, trail| {
        let (link, holder, session_id) = load(db, presented.place)?;
        let appointment = load_any(db, link.hospital_id, link.appointment_id)?;
        require_patient(db, &appointment)?;
        let hospital = HospitalRow::load(db, link.hospital_id)?;
        let mut joining = Joining {
            link,
            appointment,
            hospital,
            session_id: None,
        };
        let holds = holder.as_deref() == Some(presented.holder_hash.as_slice());
        if !presented.with_link && !holds {
            return Err(StoreError::NotFound);
        }
        if !is_live(joining.appointment.range, joining.appointment.state, now) {
            let told = now < join::told_until(joining.appointment.range);
            let over = joining.appointment.state.is_final();
            return if told && over {
                Ok(Exchange::Joined(joining))
            } else {
                Err(StoreError::NotFound)
            };
        }
        let at = (now, request_id);
        joining.session_id = match session_id {
            Some(session) if holds => Some(session),
            Some(_) => return ask(db, trail, &joining, presented, at),
            None => Some(bind(db, trail, &joining, presented, at)?),
        };
        Ok(Exchange::Joined(joining))
    })
}

type Held = (JoinLink, Option<Vec<u8>>, Option<SessionId>);

fn load(db: &mut Db, place: LinkPlace) -> Result<Held, StoreError> {
    use join_links as l;
    let (row, holder, session): (LinkRow, Option<Vec<u8>>, Option<SessionId>) = l::table
        .filter(l::hospital_id.eq(Val(place.hospital_id)))
        .filter(l::id.eq(Val(place.id)))
        .filter(l::revoked_at.is_null())
        .select((LinkRow::as_select(), l::holder_hash, l::session_id))
        .first(db)?;
    Ok((row.into(), holder, session))
}

/// A visit of somebody who is archived is nobody's any more.
fn require_patient(db: &mut Db, appointment: &Appointment) -> Result<(), StoreError> {
    let state: UserState = users::table
        .filter(users::id.eq(Val(appointment.patient_id)))
        .select(users::state)
        .first(db)?;
    match state {
        UserState::Disabled => Err(StoreError::NotFound),
        // No account is needed to come by a link.
        UserState::Active | UserState::Invited => Ok(()),
    }
}

fn is_live(range: TimeRange, state: AppointmentState, now: Ts) -> bool {
    join::ends_at(range, state).is_some_and(|end| now < end)
}

fn bind(
    db: &mut Db,
    trail: &mut Trail,
    joining: &Joining,
    presented: &Presented,
    (now, request_id): (Ts, Option<Uuid>),
) -> Result<SessionId, StoreError> {
    use join_links as l;
    let session_id = SessionId(ids::fresh(now));
    let bound = diesel::update(
        l::table
            .filter(l::hospital_id.eq(Val(joining.link.hospital_id)))
            .filter(l::id.eq(Val(joining.link.id)))
            .filter(l::session_id.is_null()),
    )
    .set((
        l::session_id.eq(Some(Val(session_id))),
        l::holder_hash.eq(Some(presented.holder_hash.as_slice())),
        l::opened_at.eq(Some(Val(now))),
    ))
    .execute(db)?;
    if bound != 1 {
        return Err(StoreError::NotFound);
    }
    trail.record(entry(AuditAction::JoinLinkOpened, joining, now, request_id));
    Ok(session_id)
}

/// Another browser holds the link: this one waits for the clinic. The last one that asks
/// is the one that is let in.
fn ask(
    db: &mut Db,
    trail: &mut Trail,
    joining: &Joining,
    presented: &Presented,
    (now, request_id): (Ts, Option<Uuid>),
) -> Result<Exchange, StoreError> {
    use join_links as l;
    let changed = diesel::update(
        l::table
            .filter(l::hospital_id.eq(Val(joining.link.hospital_id)))
            .filter(l::id.eq(Val(joining.link.id)))
            .filter(
                l::asking_hash
                    .is_null()
                    .or(l::asking_hash.ne(Some(presented.holder_hash.as_slice()))),
            ),
    )
    .set((
        l::asking_hash.eq(Some(presented.holder_hash.as_slice())),
        l::asked_at.eq(Some(Val(now))),
    ))
    .execute(db)?;
    // A browser that waits asks again and again; the trail holds the first time.
    if changed == 1 {
        trail.record(entry(
            AuditAction::JoinLinkAskedFor,
            joining,
            now,
            request_id,
        ));
    }
    Ok(Exchange::InUse)
}

fn entry(action: AuditAction, joining: &Joining, now: Ts, request_id: Option<Uuid>) -> Entry {
    Entry::anonymous(action, now, request_id)
        .actor(joining.user_id(), Some(joining.link.hospital_id))
        .on(joining.link.id.0)
        .of(joining.appointment.patient_id)
}

type Found = (
    (JoinLinkId, JoinAs, Option<Ts>),
    (AppointmentId, PatientId, Ts, Ts, AppointmentState),
);

/// Who the session's browser speaks for now: asked at every request. Nothing of it is kept
/// anywhere, so what ends a visit or a link ends the session with the next request.
///
/// # Errors
/// [`StoreError::NotFound`] when the link was revoked or given to another browser, when the
/// visit is over, and when the patient is archived.
pub fn authenticate(
    conn: &mut AnyConn,
    hospital_id: HospitalId,
    session_id: SessionId,
    now: Ts,
) -> Result<Caller, StoreError> {
    use appointments as a;
    use join_links as l;
    let (link, visit): Found = tx::read_tx(conn, Tenant::Hospital(hospital_id), |db| {
        Ok(l::table
            .inner_join(
                a::table.on(a::hospital_id
                    .eq(l::hospital_id)
                    .and(a::id.eq(l::appointment_id))),
            )
            .inner_join(users::table.on(users::id.eq(a::patient_id)))
            .filter(l::hospital_id.eq(Val(hospital_id)))
            .filter(l::session_id.eq(Some(Val(session_id))))
            .filter(l::revoked_at.is_null())
            .filter(users::state.ne(Val(UserState::Disabled)))
            .select((
                (l::id, l::joins_as, l::opened_at),
                (a::id, a::patient_id, a::starts_at, a::ends_at, a::state),
            ))
            .first(db)?)
    })?;
    let (link_id, joins_as, opened_at) = link;
    let (appointment_id, patient_id, starts_at, ends_at, state) = visit;
    let range = TimeRange::new(starts_at, ends_at)
        .map_err(|_| StoreError::InvalidTime("a stored time is not valid"))?;
    if !is_live(range, state, now) {
        return Err(StoreError::NotFound);
    }
    let (user_id, role) = match joins_as {
        JoinAs::Patient => (UserId::from(patient_id), Role::Patient),
        JoinAs::Interpreter | JoinAs::Family | JoinAs::Other => (UserId(link_id.0), Role::Guest),
    };
    Ok(Caller {
        actor: Actor {
            user_id,
            role,
            hospital_id: Some(hospital_id),
            session_id,
            visit: Some(VisitScope {
                appointment_id,
                open: join::is_open(range, state, now),
            }),
        },
        assurance: Assurance {
            auth_time: opened_at.unwrap_or(now),
            second_factor: false,
        },
    })
}
