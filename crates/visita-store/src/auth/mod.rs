//! Sign-in: credentials, sessions and refresh tokens.

use uuid::Uuid;
use visita_domain::access::Actor;
use visita_domain::people::{Email, Role, User, UserState};
use visita_domain::{SessionId, Ts, UserId};

use crate::{AnyConn, Ctx, StoreError};

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
}

/// What became of a presented refresh token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rotation {
    /// The new token counts from now on.
    Rotated(Session, User),
    /// The token was used before: its session is revoked.
    Reused(SessionId),
    /// No such token, or its session has ended.
    Unknown,
}

macro_rules! stub { ($($(#[$d:meta])* $n:ident($($a:ident: $t:ty),*) -> $r:ty;)*) => {$(
    $(#[$d])* pub fn $n(conn: &mut AnyConn, $($a: $t),*) -> Result<$r, StoreError> { let _ = (conn, $($a),*); Err(StoreError::Unavailable) }
)*}}

stub! {
    /// Stub.
    find_credentials(email: &Email) -> Option<Credentials>;
    /// Stub.
    open_session(new: &NewSession) -> (Session, User);
    /// Stub.
    record_failed_login(user_id: Option<UserId>, now: Ts, request_id: Option<Uuid>) -> ();
    /// Stub.
    authenticate(session_id: SessionId, now: Ts) -> Actor;
    /// Stub.
    rotate_refresh(old_hash: &[u8; 32], new_hash: &[u8; 32], now: Ts, request_id: Option<Uuid>) -> Rotation;
    /// Stub.
    end_session(ctx: &Ctx, session_id: SessionId) -> ();
    /// Stub.
    end_session_by_refresh(hash: &[u8; 32], now: Ts, request_id: Option<Uuid>) -> Option<SessionId>;
    /// Stub.
    list_sessions(ctx: &Ctx) -> Vec<Session>;
    /// Stub.
    end_other_sessions(ctx: &Ctx) -> Vec<SessionId>;
    /// Stub.
    change_password(ctx: &Ctx, new_hash: &str) -> Vec<SessionId>;
    /// Stub.
    own_password_hash(ctx: &Ctx) -> String;
    /// Stub.
    set_password_hash(user_id: UserId, hash: &str) -> ();
}
