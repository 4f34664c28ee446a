//! Who asks, and when.

use uuid::Uuid;
use visita_domain::Ts;
use visita_domain::access::{self, Action, Actor, Facts};

use crate::{Idempotency, StoreError};

/// What every authorized operation knows of its caller. The clock is read once, at the edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ctx {
    /// Who acts, as the database knew it at this request.
    pub actor: Actor,
    /// The present time.
    pub now: Ts,
    /// The request, as in logs and error bodies.
    pub request_id: Option<Uuid>,
    /// What makes the request harmless when it is sent again; operations that create heed it.
    pub idempotency: Option<Idempotency>,
}

impl Ctx {
    /// Asks the domain whether the actor may do this to a record with these facts.
    pub(crate) fn require(&self, action: Action, facts: &Facts) -> Result<(), StoreError> {
        access::decide(&self.actor, action, facts).map_err(StoreError::from)
    }
}
