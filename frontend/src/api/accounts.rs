//! How people get into their accounts, and the mail that goes out for it.

use visita_domain::account::MailState;
use visita_domain::{MailId, UserId};
use visita_wire::accounts::{
    AcceptedView, Activate, ChangeEmail, DemoMailView, ForgotPassword, MailView, Register,
    ResetPassword, VerifyEmail,
};
use visita_wire::auth::TokenGrant;
use visita_wire::{Page, routes};

use super::client::{Anon, Authed};
use super::{Outcome, Query};

/// Asks a hospital for an account.
pub async fn register(body: &Register) -> Outcome<AcceptedView> {
    Anon.post(routes::REGISTER, body).await
}

/// Chooses the first password, and signs in.
pub async fn activate(body: &Activate) -> Outcome<TokenGrant> {
    Anon.post_for_grant(routes::ACTIVATE, body).await
}

/// Asks for a new password.
pub async fn forgot_password(body: &ForgotPassword) -> Outcome<AcceptedView> {
    Anon.post(routes::FORGOT_PASSWORD, body).await
}

/// Chooses another password.
pub async fn reset_password(body: &ResetPassword) -> Outcome<()> {
    Anon.post_unit(routes::RESET_PASSWORD, body).await
}

/// Asks for another address.
pub async fn change_email(body: &ChangeEmail) -> Outcome<AcceptedView> {
    Authed.post(routes::MY_EMAIL, body).await
}

/// Confirms a new address.
pub async fn verify_email(body: &VerifyEmail) -> Outcome<()> {
    Anon.post_unit(routes::VERIFY_EMAIL, body).await
}

/// Invites somebody again.
pub async fn invite_again(id: UserId) -> Outcome<AcceptedView> {
    Authed.post_empty(&routes::invitation(id)).await
}

/// The outbox, newest first.
pub async fn list_mails(
    state: Option<MailState>,
    cursor: Option<String>,
) -> Outcome<Page<MailView>> {
    let query = Query::new()
        .with("state", state.map(MailState::as_str))
        .with("cursor", cursor);
    Authed.get(&query.on(routes::MAILS)).await
}

/// Sends a mail again that failed.
pub async fn resend_mail(id: MailId) -> Outcome<()> {
    Authed.post_empty_unit(&routes::resend_mail(id)).await
}

/// The mails of a demo, whole.
pub async fn list_demo_mails() -> Outcome<Page<DemoMailView>> {
    Anon.get(routes::DEMO_MAILS).await
}
