//! The second factor of the own account, and the second step of a sign-in.

use visita_wire::auth::TokenGrant;
use visita_wire::routes;
use visita_wire::second_factor::{
    ConfirmTotp, RecoveryCodes, StepUp, TotpEnrolment, TotpStatus, VerifySecondFactor,
};

use super::Outcome;
use super::client::{Anon, Authed};

/// Completes a sign-in by a code.
pub async fn verify(body: &VerifySecondFactor) -> Outcome<TokenGrant> {
    Anon.post_for_grant(routes::MFA, body).await
}

/// The state of the own second factor.
pub async fn status() -> Outcome<TotpStatus> {
    Authed.get(routes::TOTP).await
}

/// A seed for an authenticator app.
pub async fn start() -> Outcome<TotpEnrolment> {
    Authed.post_empty(routes::TOTP).await
}

/// Confirms the app by its first code.
pub async fn confirm(body: &ConfirmTotp) -> Outcome<RecoveryCodes> {
    Authed.post(routes::TOTP_CONFIRM, body).await
}

/// Removes the own second factor.
pub async fn remove() -> Outcome<()> {
    Authed.delete(routes::TOTP).await
}

/// New recovery codes; the old ones end.
pub async fn renew_codes() -> Outcome<RecoveryCodes> {
    Authed.post_empty(routes::RECOVERY_CODES).await
}

/// Proves again who one is.
pub async fn step_up(body: &StepUp) -> Outcome<()> {
    Authed.post_unit(routes::STEP_UP, body).await
}
