//! How people get into their accounts: registration, invitation, a forgotten password and
//! a new address.
//!
//! What anybody may ask for answers before anybody knows whether the address has an
//! account (SECURITY R33): the mail worker looks it up.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, post};
use utoipa_actix_web::service_config::ServiceConfig;
use visita_domain::UserId;
use visita_domain::account::CodePurpose;
use visita_domain::people::Email;
use visita_store::auth;
use visita_store::people::{self, Activation, NewRegistration};
use visita_wire::accounts::{
    AcceptedView, Activate, ChangeEmail, ForgotPassword, Register, ResetPassword, VerifyEmail,
};
use visita_wire::auth::TokenGrant;

use crate::codes;
use crate::error::ApiError;
use crate::extract::{Allowed, Id, ValidJson, can};
use crate::middleware::request_id;
use crate::passwords::check_strength_beside;
use crate::routes::auth::{Opening, tell_ended};
use crate::routes::parse_email;
use crate::routes::proof::present_password;
use crate::state::State;
use crate::throttle::CredentialTry;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .service(register)
        .service(activate)
        .service(forgot_password)
        .service(reset_password)
        .service(change_email)
        .service(verify_email)
        .service(invite_again);
}

/// The same whether a mail goes out or not.
fn accepted(purpose: CodePurpose) -> HttpResponse {
    HttpResponse::Accepted().json(AcceptedView {
        valid_minutes: purpose.lifetime_secs() / 60,
    })
}

/// Ask for an account as a patient
///
/// Sends a link to the address; whoever opens it chooses a password and has the account.
/// The same answer whether the address has an account already or not: its mailbox is told.
#[utoipa::path(
    tag = "auth", security(()), request_body = Register,
    responses((status = 202, description = "A mail will be sent", body = AcceptedView)),
    extensions(("x-problems" = json!(["forbidden", "not_found", "rate_limited", "too_many_mails"]))),
)]
#[post("/auth/register")]
async fn register(
    tried: CredentialTry,
    req: HttpRequest,
    state: State,
    ValidJson(body): ValidJson<Register>,
) -> Result<HttpResponse, ApiError> {
    let email = parse_email(&body.email)?;
    tried.of_mailbox(&email)?;
    let (now, id) = (state.clock.now(), request_id(&req));
    let code = codes::draw(&state.keys, CodePurpose::Register, now)?;
    let new = NewRegistration {
        hospital_id: body.hospital_id,
        name: body.name,
        email,
        language: body.language,
    };
    state
        .store
        .run(move |conn| people::ask_registration(conn, &new, &code, now, id))
        .await?;
    state.mailer.wake();
    Ok(accepted(CodePurpose::Register))
}

/// Choose the first password
///
/// Takes the token of a registration or an invitation, and signs in. The refresh token
/// comes as a cookie. A wrong, a used and an old token, and one of another kind, get the
/// same answer.
#[utoipa::path(
    tag = "auth", security(()), request_body = Activate,
    responses((status = 200, description = "Signed in", body = TokenGrant)),
    extensions(("x-problems" = json!(["code_invalid", "weak_password", "rate_limited"]))),
)]
#[post("/auth/activate")]
async fn activate(
    tried: CredentialTry,
    req: HttpRequest,
    state: State,
    ValidJson(body): ValidJson<Activate>,
) -> Result<HttpResponse, ApiError> {
    tried.of_anybody()?;
    let hash = codes::hash(&body.token);
    let purposes = [CodePurpose::Register, CodePurpose::Invite];
    let name = body.name.as_deref();
    let (password_hash, _) = chosen(&state, &hash, &purposes, name, body.password).await?;
    let how = Activation {
        password_hash,
        name: body.name,
    };
    let opening = Opening::new(&state, &req)?;
    let signed_in = state
        .store
        .run(move |conn| {
            let user = people::activate(conn, &hash, &how, opening.now, opening.request_id)?;
            opening.open(conn, user.id, user.role)
        })
        .await?;
    signed_in.welcome(&tried, &state, StatusCode::OK)
}

/// The hash of a password that the holder of a code has chosen. A code that does not count
/// costs no hash.
async fn chosen(
    state: &State,
    token_hash: &[u8; 32],
    purposes: &[CodePurpose],
    name: Option<&str>,
    password: String,
) -> Result<(String, Email), ApiError> {
    let (hash, purposes, now) = (*token_hash, purposes.to_vec(), state.clock.now());
    let holder = state
        .store
        .run(move |conn| auth::code_holder(conn, &hash, &purposes, now))
        .await?;
    let words = [
        holder.email.as_str(),
        holder.name.as_str(),
        holder.clinic.as_str(),
        name.unwrap_or_default(),
    ];
    let beside = holder.second_factor || state.settings.second_factor.is_required_of(holder.role);
    check_strength_beside("password", &password, beside, &words)?;
    let hash = state.passwords.hash(password).await?;
    Ok((hash, holder.email))
}

/// Ask for a new password
///
/// Sends a link to the address, if it is the one of an account that may sign in. The same
/// answer in any case.
#[utoipa::path(
    tag = "auth", security(()), request_body = ForgotPassword,
    responses((status = 202, description = "A mail will be sent if there is such an account", body = AcceptedView)),
    extensions(("x-problems" = json!(["rate_limited", "too_many_mails"]))),
)]
#[post("/auth/password/forgot")]
async fn forgot_password(
    tried: CredentialTry,
    state: State,
    ValidJson(body): ValidJson<ForgotPassword>,
) -> Result<HttpResponse, ApiError> {
    let email = parse_email(&body.email)?;
    tried.of_mailbox(&email)?;
    let now = state.clock.now();
    let code = codes::draw(&state.keys, CodePurpose::Reset, now)?;
    state
        .store
        .run(move |conn| people::ask_reset(conn, &email, &code, now))
        .await?;
    state.mailer.wake();
    Ok(accepted(CodePurpose::Reset))
}

/// Choose another password
///
/// Takes the token of the mail. Ends all sessions; a second factor stays as it is.
#[utoipa::path(
    tag = "auth", security(()), request_body = ResetPassword,
    responses((status = 204, description = "Changed")),
    extensions(("x-problems" = json!(["code_invalid", "weak_password", "rate_limited"]))),
)]
#[post("/auth/password/reset")]
async fn reset_password(
    tried: CredentialTry,
    req: HttpRequest,
    state: State,
    ValidJson(body): ValidJson<ResetPassword>,
) -> Result<HttpResponse, ApiError> {
    tried.of_anybody()?;
    let hash = codes::hash(&body.token);
    let (new_hash, owner) =
        chosen(&state, &hash, &[CodePurpose::Reset], None, body.password).await?;
    let (now, id) = (state.clock.now(), request_id(&req));
    let ended = state
        .store
        .run(move |conn| people::reset_password(conn, &hash, &new_hash, now, id))
        .await?;
    // The account was perhaps closed to strangers after too many wrong passwords.
    tried.password_succeeded(owner.as_str());
    tell_ended(&state, ended);
    Ok(HttpResponse::NoContent().finish())
}

/// Ask for another address
///
/// Sends a link to the new address, which counts once the link was opened, and a notice to
/// the old one. Whether the new address has an account already, only its mailbox is told.
/// With a second factor the last proof of identity must be recent.
#[utoipa::path(
    tag = "me", security(("bearer" = [])), request_body = ChangeEmail,
    responses((status = 202, description = "A mail will be sent", body = AcceptedView)),
    extensions(("x-problems" = json!(["wrong_password", "step_up_required", "rate_limited", "too_many_mails"]))),
)]
#[post("/me/email")]
async fn change_email(
    call: Allowed<can::ChangeOwnEmail, (CredentialTry, ValidJson<ChangeEmail>)>,
    state: State,
) -> Result<HttpResponse, ApiError> {
    let (ctx, (tried, ValidJson(body))) = (call.ctx, call.input);
    let email = parse_email(&body.email)?;
    tried.of_mailbox(&email)?;
    present_password(&state, &tried, ctx, body.current_password).await?;
    let code = codes::draw(&state.keys, CodePurpose::Email, ctx.now)?;
    state
        .store
        .run(move |conn| people::ask_email_change(conn, &ctx, &email, &code))
        .await?;
    state.mailer.wake();
    Ok(accepted(CodePurpose::Email))
}

/// Confirm a new address
///
/// Takes the token of the mail. The account signs in with the new address from now on.
#[utoipa::path(
    tag = "auth", security(()), request_body = VerifyEmail,
    responses((status = 204, description = "Changed")),
    extensions(("x-problems" = json!(["code_invalid", "rate_limited"]))),
)]
#[post("/auth/email/verify")]
async fn verify_email(
    tried: CredentialTry,
    req: HttpRequest,
    state: State,
    ValidJson(body): ValidJson<VerifyEmail>,
) -> Result<HttpResponse, ApiError> {
    tried.of_anybody()?;
    let hash = codes::hash(&body.token);
    let (now, id) = (state.clock.now(), request_id(&req));
    state
        .store
        .run(move |conn| people::verify_email(conn, &hash, now, id))
        .await?;
    state.mailer.wake();
    Ok(HttpResponse::NoContent().finish())
}

/// Invite somebody again
///
/// Only while the account waits for its owner. Nobody invites a role above their own.
#[utoipa::path(
    tag = "people", security(("bearer" = [])),
    params(("id" = UserId, Path, description = "The account")),
    responses((status = 202, description = "A mail will be sent", body = AcceptedView)),
    extensions(("x-problems" = json!(["not_invited"]))),
)]
#[post("/users/{id}/invitation")]
async fn invite_again(
    call: Allowed<can::InviteUser, Id<UserId>>,
    state: State,
) -> Result<HttpResponse, ApiError> {
    let (ctx, id) = (call.ctx, call.input.0);
    let code = codes::draw(&state.keys, CodePurpose::Invite, ctx.now)?;
    state
        .store
        .run(move |conn| people::invite_again(conn, &ctx, id, &code))
        .await?;
    state.mailer.wake();
    Ok(accepted(CodePurpose::Invite))
}
