//! Sign-in, the own account and sessions.

use visita_domain::SessionId;
use visita_wire::auth::{ChangeMe, ChangePassword, Login, Me, SessionView, Setup, TokenGrant};
use visita_wire::{Page, routes};

use super::client::{Anon, Authed};
use super::{Outcome, token};

/// Signs in.
pub async fn login(body: &Login) -> Outcome<TokenGrant> {
    Anon.post_for_grant(routes::LOGIN, body).await
}

/// Sets an empty clinic up, and signs in.
pub async fn set_up(body: &Setup) -> Outcome<TokenGrant> {
    Anon.post_for_grant(routes::SETUP, body).await
}

/// Takes up the session of the refresh cookie.
pub async fn resume() -> Outcome<TokenGrant> {
    token::renew().await
}

/// Signs out.
pub async fn logout() -> Outcome<()> {
    Anon.logout().await
}

/// Changes the own name or language.
pub async fn change_me(body: &ChangeMe) -> Outcome<Me> {
    Authed.patch(routes::ME, body).await
}

/// Changes the own password; other sessions end.
pub async fn change_password(body: &ChangePassword) -> Outcome<()> {
    Authed.post_unit(routes::MY_PASSWORD, body).await
}

/// The own sessions.
pub async fn list_sessions() -> Outcome<Page<SessionView>> {
    Authed.get(routes::SESSIONS).await
}

/// Ends one of the own sessions.
pub async fn end_session(id: SessionId) -> Outcome<()> {
    Authed.delete(&routes::session(id)).await
}

/// Ends all own sessions but this one.
pub async fn end_other_sessions() -> Outcome<()> {
    Authed.delete(routes::SESSIONS).await
}
