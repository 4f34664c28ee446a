//! Who acts in the demo: the ids that the accounts got.

use std::collections::HashMap;

use anyhow::{Result, anyhow};
use visita_domain::access::Actor;
use visita_domain::people::Role;
use visita_domain::{HospitalId, SessionId, Ts, UserId};
use visita_store::Ctx;

use super::people::{House, STAFF};
use super::schedule;
use super::story::{Visit, Who};

/// Everybody, by mailbox.
pub(crate) struct Cast {
    pub(crate) houses: Vec<(House, HospitalId)>,
    pub(crate) actors: HashMap<&'static str, Actor>,
}

impl Cast {
    /// The id of a hospital.
    pub(crate) fn house(&self, house: House) -> Result<HospitalId> {
        self.houses
            .iter()
            .find(|(known, _)| *known == house)
            .map(|(_, id)| *id)
            .ok_or_else(|| anyhow!("no such demo hospital"))
    }

    /// Somebody's context, by mailbox.
    pub(crate) fn ctx(&self, mailbox: &str, now: Ts) -> Result<Ctx> {
        let actor = self
            .actors
            .get(mailbox)
            .ok_or_else(|| anyhow!("no demo account `{mailbox}`"))?;
        Ok(ctx(*actor, now))
    }

    /// Somebody's context in a visit.
    pub(crate) fn in_visit(&self, visit: &Visit, who: Who, now: Ts) -> Result<Ctx> {
        match who {
            Who::Doctor => self.ctx(visit.doctor, now),
            Who::Patient => self.ctx(visit.patient, now),
            Who::Staff => self.ctx(reception(schedule::doctor(visit.doctor)?.house)?, now),
        }
    }
}

/// The mailbox of a hospital's reception.
pub(crate) fn reception(house: House) -> Result<&'static str> {
    STAFF
        .iter()
        .find(|(of, _, _)| *of == house)
        .map(|(_, _, mailbox)| *mailbox)
        .ok_or_else(|| anyhow!("a demo hospital has no reception"))
}

/// Somebody, as if signed in.
pub(crate) fn actor(id: UserId, role: Role, hospital_id: Option<HospitalId>) -> Actor {
    Actor {
        user_id: id,
        role,
        hospital_id,
        session_id: SessionId::new(id.0),
        visit: None,
    }
}

/// Somebody at a moment.
pub(crate) fn ctx(actor: Actor, now: Ts) -> Ctx {
    Ctx {
        actor,
        now,
        request_id: None,
        idempotency: None,
    }
}
