//! What a session is good for by how its person signed in.

use super::{Action, Actor, Denied};
use crate::Ts;
use crate::people::Role;

/// For so many seconds a proof of identity is fresh enough to change what proves it
/// (SECURITY R43).
pub const FRESH_SECS: i64 = 5 * 60;

/// How well and when the person behind a session has proved who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assurance {
    /// The last proof: sign-in, or a step-up since.
    pub auth_time: Ts,
    /// A second factor was part of it.
    pub second_factor: bool,
}

/// Whether everybody but patients needs a second factor (SECURITY R32). A demo goes without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecondFactor {
    /// Whoever wants one.
    Optional,
    /// Administrators, staff and doctors.
    RequiredOfStaff,
}

impl SecondFactor {
    /// Whether accounts of that role must have one.
    #[must_use]
    pub fn is_required_of(self, role: Role) -> bool {
        self == Self::RequiredOfStaff && matches!(role, Role::Admin | Role::Staff | Role::Doctor)
    }
}

/// All that a session without a required second factor is good for: this match is the one
/// list of ways around it (SECURITY R32).
fn while_enrolling(action: Action) -> bool {
    use Action as A;
    matches!(
        action,
        A::ReadOwnAccount | A::ReadOwnFactor | A::SetUpOwnFactor | A::EndOwnSession | A::StepUp
    )
}

/// Whether the action changes what proves the person's identity.
fn needs_fresh_proof(action: Action, assurance: Assurance) -> bool {
    use Action as A;
    match action {
        A::RemoveOwnFactor => true,
        // Without a second factor there is nothing to take over yet, and a change of the
        // password or the address carries the present password.
        A::SetUpOwnFactor | A::ChangeOwnPassword | A::ChangeOwnEmail => assurance.second_factor,
        _ => false,
    }
}

/// Whether a session may do this at all: its role, what it was opened for, then how its person signed in.
/// Which records it reaches, [`decide`] says.
///
/// # Errors
/// [`Denied`]: by role, because a second factor is missing, or because the proof is stale.
pub fn admit(
    actor: &Actor,
    assurance: Assurance,
    policy: SecondFactor,
    action: Action,
    now: Ts,
) -> Result<(), Denied> {
    let role = actor.role;
    if !actor.may_ever(action) {
        return Err(Denied::Role);
    }
    if action == Action::RemoveOwnFactor && policy.is_required_of(role) {
        // It can be exchanged for another, by enrolling again.
        return Err(Denied::Role);
    }
    let enrolling = policy.is_required_of(role) && !assurance.second_factor;
    if enrolling && !while_enrolling(action) {
        return Err(Denied::SecondFactorMissing);
    }
    let stale = now.secs_since(assurance.auth_time) > FRESH_SECS;
    if stale && needs_fresh_proof(action, assurance) {
        return Err(Denied::StaleProof);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SessionId, UserId};
    use uuid::Uuid;

    fn admit(
        role: Role,
        assurance: Assurance,
        policy: SecondFactor,
        action: Action,
        now: Ts,
    ) -> Result<(), Denied> {
        let actor = Actor {
            user_id: UserId::new(Uuid::nil()),
            role,
            hospital_id: None,
            session_id: SessionId::new(Uuid::nil()),
            visit: None,
        };
        super::admit(&actor, assurance, policy, action, now)
    }

    #[test]
    fn r32_without_the_second_factor_only_the_way_to_one_is_open() {
        use Action::{
            ChangeOwnAccount, ChangeOwnEmail, ChangeOwnPassword, EndOwnSession, OpenSocket,
            ReadDashboard, ReadOwnAccount, ReadOwnFactor, RemoveOwnFactor, SetUpOwnFactor, StepUp,
        };
        let demo = SecondFactor::Optional;
        let now: Ts = "2026-11-23T08:00:00Z".parse().expect("a time");
        let session = |second_factor| Assurance {
            auth_time: now,
            second_factor,
        };
        let required = SecondFactor::RequiredOfStaff;
        for role in [Role::Admin, Role::Staff, Role::Doctor] {
            for action in [
                ReadOwnAccount,
                ReadOwnFactor,
                SetUpOwnFactor,
                EndOwnSession,
                StepUp,
            ] {
                assert_eq!(admit(role, session(false), required, action, now), Ok(()));
            }
            for action in [
                ChangeOwnAccount,
                ChangeOwnPassword,
                ChangeOwnEmail,
                ReadDashboard,
                OpenSocket,
            ] {
                let denied = Err(Denied::SecondFactorMissing);
                assert_eq!(admit(role, session(false), required, action, now), denied);
                assert_eq!(admit(role, session(true), required, action, now), Ok(()));
                assert_eq!(admit(role, session(false), demo, action, now), Ok(()));
            }
            let remove = |policy| admit(role, session(true), policy, RemoveOwnFactor, now);
            assert_eq!(remove(required), Err(Denied::Role));
            assert_eq!(remove(demo), Ok(()));
        }
        let patient = admit(Role::Patient, session(false), required, ReadDashboard, now);
        assert_eq!(patient, Ok(()));
    }

    #[test]
    fn r43_what_proves_identity_changes_only_with_a_fresh_proof() {
        use Action::{
            ChangeOwnAccount, ChangeOwnEmail, ChangeOwnPassword, RemoveOwnFactor, SetUpOwnFactor,
        };
        let then: Ts = "2026-11-23T08:00:00Z".parse().expect("a time");
        let ask = |action, second_factor, secs| {
            let assurance = Assurance {
                auth_time: then,
                second_factor,
            };
            let now = then.plus_secs(secs);
            admit(
                Role::Patient,
                assurance,
                SecondFactor::Optional,
                action,
                now,
            )
        };
        for (action, second_factor, secs, expected) in [
            (RemoveOwnFactor, true, FRESH_SECS, Ok(())),
            (
                RemoveOwnFactor,
                true,
                FRESH_SECS + 1,
                Err(Denied::StaleProof),
            ),
            (
                SetUpOwnFactor,
                true,
                FRESH_SECS + 1,
                Err(Denied::StaleProof),
            ),
            (
                ChangeOwnPassword,
                true,
                FRESH_SECS + 1,
                Err(Denied::StaleProof),
            ),
            (SetUpOwnFactor, false, FRESH_SECS + 1, Ok(())),
            (ChangeOwnEmail, false, FRESH_SECS + 1, Ok(())),
            (
                ChangeOwnEmail,
                true,
                FRESH_SECS + 1,
                Err(Denied::StaleProof),
            ),
            (ChangeOwnPassword, false, FRESH_SECS + 1, Ok(())),
            (ChangeOwnAccount, true, FRESH_SECS + 1, Ok(())),
        ] {
            assert_eq!(
                ask(action, second_factor, secs),
                expected,
                "{action:?} {secs}"
            );
        }
    }
}
