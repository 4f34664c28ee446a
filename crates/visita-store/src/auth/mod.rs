//! Sign-in: credentials, sessions and refresh tokens.

mod challenges;
pub(crate) mod codes;
mod factors;
mod passwords;
mod refresh;
mod sessions;

use uuid::Uuid;
use visita_domain::access::{Actor, Assurance};
use visita_domain::people::{Role, User, UserState};
use visita_domain::{SessionId, Ts, UserId};

pub use challenges::{
    Challenge, MAX_CHALLENGE_TRIES, NewChallenge, challenged_user, meet_challenge, open_challenge,
    record_refusal, try_challenge,
};
pub use codes::{CodeHolder, NewCode, code_holder};
pub use factors::{
    FactorStatus, Proof, SealedSeed, begin_enrolment, confirm_enrolment, factor_status, own_factor,
    pending_enrolment, recovery_code_hash, remove_factor, renew_recovery_codes, step_up,
};
pub use passwords::{change_password, find_credentials, own_password_hash, set_password_hash};
pub use refresh::{end_session_by_refresh, rotate_refresh};
pub use sessions::{authenticate, end_other_sessions, end_session, list_sessions, open_session};

pub(crate) use passwords::put_hash;
pub(crate) use sessions::end_sessions_of;

/// What a password is checked against.
#[derive(Clone)]
pub struct Credentials {
    /// The user.
    pub user_id: UserId,
    /// PHC string.
    pub password_hash: String,
    /// Whether the user may sign in.
    pub state: UserState,
    /// What the user is.
    pub role: Role,
    /// Whether a second factor is asked for.
    pub second_factor: bool,
}

/// Who sends a request, as the database knows it now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// Who acts.
    pub actor: Actor,
    /// How well that is proved.
    pub assurance: Assurance,
}

/// A session to open.
#[derive(Clone)]
pub struct NewSession {
    /// Whose.
    pub user_id: UserId,
    /// SHA-256 of the refresh token.
    pub refresh_hash: [u8; 32],
    /// The browser as it named itself; cut to 200 characters.
    pub user_agent: String,
    /// The present time.
    pub now: Ts,
    /// Seconds without renewal after which it ends.
    pub idle_secs: i64,
    /// Seconds after which it ends in any case.
    pub absolute_secs: i64,
    /// Whether a second factor was shown.
    pub second_factor: bool,
    /// Whether the owner has signed in on this device before.
    pub known_device: bool,
    /// The request.
    pub request_id: Option<Uuid>,
}

/// A sign-in session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Whose.
    pub user_id: UserId,
    /// Sign-in time.
    pub created_at: Ts,
    /// Last renewal.
    pub last_seen_at: Ts,
    /// When it ends at the latest.
    pub expires_at: Ts,
    /// The browser, as it named itself.
    pub user_agent: String,
    /// Whether a second factor was shown.
    pub second_factor: bool,
}

/// What became of a presented refresh token.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "one per request, taken apart at once"
)]
pub enum Rotation {
    /// The new token counts from now on.
    Rotated(Session, User),
    /// The token was used before: its session is revoked.
    Reused(SessionId),
    /// No such token, or its session has ended.
    Unknown,
}
