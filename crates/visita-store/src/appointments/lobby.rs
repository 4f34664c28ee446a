//! The lobby: who waits and who is in the call, and a revision that grows with every change.

use diesel::prelude::*;
use visita_domain::HospitalId;
use visita_domain::access::{Action, Facts};
use visita_domain::appointment::{Appointment, AppointmentState};
use visita_domain::audit::AuditAction;

use super::row::{Criteria, Sort};
use crate::audit::{self, Entry};
use crate::conn::Db;
use crate::schema::lobbies;
use crate::types::Val;
use crate::{AnyConn, Ctx, StoreError, tx};

/// The states shown in the lobby.
pub(crate) const LOBBY_STATES: [AppointmentState; 2] =
    [AppointmentState::Arrived, AppointmentState::InCall];
/// More people than any waiting room holds.
const MAX_WAITING: i64 = 500;

/// The lobby's revision and who is in it, longest wait first: doctors see their own
/// patients, staff all of the hospital.
///
/// # Errors
/// [`StoreError::Forbidden`].
pub fn lobby(conn: &mut AnyConn, ctx: &Ctx) -> Result<(i64, Vec<Appointment>), StoreError> {
    ctx.require(Action::ReadLobby, &Facts::default())?;
    let hospital_id = ctx.actor.hospital_id.ok_or(StoreError::Forbidden)?;
    audit::read(conn, ctx.tenant(), |db| {
        let rev = revision(db, hospital_id)?;
        let inside = waiting(db, ctx)?;
        Ok(((rev, inside), Entry::by(ctx, AuditAction::LobbyRead)))
    })
}

/// The lobby's revision alone, for whoever follows it: a number, so nothing to audit.
///
/// # Errors
/// [`StoreError::Forbidden`].
pub fn lobby_rev(conn: &mut AnyConn, ctx: &Ctx) -> Result<i64, StoreError> {
    ctx.require(Action::ReadLobby, &Facts::default())?;
    let hospital_id = ctx.actor.hospital_id.ok_or(StoreError::Forbidden)?;
    tx::read_tx(conn, ctx.tenant(), |db| revision(db, hospital_id))
}

fn revision(db: &mut Db, hospital_id: HospitalId) -> Result<i64, StoreError> {
    Ok(lobbies::table
        .filter(lobbies::hospital_id.eq(Val(hospital_id)))
        .select(lobbies::rev)
        .first(db)?)
}

/// Who is in the lobby, as far as the actor may see.
pub(crate) fn waiting(db: &mut Db, ctx: &Ctx) -> Result<Vec<Appointment>, StoreError> {
    Criteria {
        states: LOBBY_STATES.to_vec(),
        ..Criteria::visible_to(ctx, Sort::LongestWaiting, MAX_WAITING)?
    }
    .load(db)
}

/// Counts a change of the hospital's lobby.
pub(super) fn bump(db: &mut Db, hospital_id: HospitalId) -> Result<(), StoreError> {
    diesel::update(lobbies::table.filter(lobbies::hospital_id.eq(Val(hospital_id))))
        .set(lobbies::rev.eq(lobbies::rev + 1))
        .execute(db)?;
    Ok(())
}
