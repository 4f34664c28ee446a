//! The second step of a sign-in, the own second factor, and proving again who one is.

use actix_web::http::StatusCode;
use actix_web::web::Json;
use actix_web::{HttpRequest, HttpResponse, delete, get, post};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use utoipa_actix_web::service_config::ServiceConfig;
use visita_domain::audit::AuditAction;
use visita_domain::{Ts, UserId};
use visita_store::auth::{self, NewChallenge, Proof};
use visita_store::{AnyConn, Ctx, StoreError, people};
use visita_wire::ErrorCode;
use visita_wire::auth::TokenGrant;
use visita_wire::second_factor::{
    ConfirmTotp, RecoveryCodes, StepUp, TotpEnrolment, TotpStatus, VerifySecondFactor,
};

use crate::error::ApiError;
use crate::extract::{Allowed, ValidJson, can};
use crate::key_file::random_bytes;
use crate::routes::auth::{Opening, tell_ended};
use crate::routes::proof::knows_password;
use crate::seal;
use crate::second_factor;
use crate::state::State;
use crate::throttle::CredentialTry;

/// Seconds from the password to the code.
const CHALLENGE_SECS: i64 = 5 * 60;
/// Seconds from seeing the seed to its first code.
const ENROLMENT_SECS: i64 = 15 * 60;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .service(verify_second_factor)
        .service(get_totp)
        .service(start_totp)
        .service(confirm_totp)
        .service(remove_totp)
        .service(renew_recovery_codes)
        .service(step_up);
}

/// What a caller is told whose password was right and whose code is awaited.
///
/// # Errors
/// `unavailable`; `internal` when the operating system gives no random bytes.
pub(super) async fn challenge(
    state: &State,
    user_id: UserId,
    now: Ts,
) -> Result<ApiError, ApiError> {
    let drawn: [u8; 32] =
        random_bytes().map_err(|cause| ApiError::internal("random bytes", &cause))?;
    let token = URL_SAFE_NO_PAD.encode(drawn);
    let new = NewChallenge {
        hash: hash_of(&token),
        user_id,
        now,
        expires_at: now.plus_secs(CHALLENGE_SECS),
    };
    state
        .store
        .run(move |conn| auth::open_challenge(conn, &new))
        .await?;
    Ok(ApiError::mfa_required(token))
}

fn hash_of(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// Complete a sign-in by a code
///
/// Takes the `mfa_token` of the answer `mfa_required` and six digits of the authenticator
/// app, or a recovery code, which works once. Five tries for each token. The same answer
/// for a wrong, a used and an old code or token.
#[utoipa::path(
    tag = "auth", security(()), request_body = VerifySecondFactor,
    responses((status = 200, description = "Signed in", body = TokenGrant)),
    extensions(("x-problems" = json!(["wrong_code", "rate_limited"]))),
)]
#[post("/auth/mfa")]
async fn verify_second_factor(
    tried: CredentialTry,
    req: HttpRequest,
    state: State,
    ValidJson(body): ValidJson<VerifySecondFactor>,
) -> Result<HttpResponse, ApiError> {
    let opening = Opening::new(&state, &req)?;
    let (hash, now) = (hash_of(&body.mfa_token), opening.now);
    let challenged = state
        .store
        .run(move |conn| auth::challenged_user(conn, &hash, now))
        .await?;
    let Some(owner) = challenged else {
        tried.of_anybody()?;
        return Err(ErrorCode::WrongCode.into());
    };
    tried.of_proof(owner)?;
    let Some(challenge) = state
        .store
        .run(move |conn| auth::try_challenge(conn, &hash, now))
        .await?
    else {
        return Err(ErrorCode::WrongCode.into());
    };
    let request = (opening.now, opening.request_id);
    let signed_in = match second_factor::check(&state, owner, &challenge.seed, &body.code).await? {
        Some(proof) => {
            let open = move |conn: &mut AnyConn| {
                opening.open_after_challenge(conn, &hash, &challenge, &proof)
            };
            or_wrong_code(state.store.run(open).await)?
        }
        None => None,
    };
    tried.proof_was(owner, signed_in.is_some());
    match signed_in {
        Some(signed_in) => signed_in.welcome(&tried, &state, StatusCode::OK),
        None => Err(wrong_code(&state, owner, request).await?),
    }
}

/// A challenge that somebody else has met meanwhile is no longer there.
fn or_wrong_code<T>(outcome: Result<T, StoreError>) -> Result<T, ApiError> {
    outcome.map_err(|error| match error {
        StoreError::NotFound => ErrorCode::WrongCode.into(),
        other => ApiError::from(other),
    })
}

/// Records a code that was wrong or spent.
async fn wrong_code(
    state: &State,
    owner: UserId,
    (now, request_id): (Ts, Option<uuid::Uuid>),
) -> Result<ApiError, ApiError> {
    let action = AuditAction::SecondFactorFailed;
    state
        .store
        .run(move |conn| auth::record_refusal(conn, action, Some(owner), now, request_id))
        .await?;
    Ok(ErrorCode::WrongCode.into())
}

/// See the state of the own second factor
#[utoipa::path(
    tag = "auth", security(("bearer" = [])),
    responses((status = 200, description = "Its state", body = TotpStatus)),
)]
#[get("/auth/totp")]
async fn get_totp(
    call: Allowed<can::ReadOwnFactor>,
    state: State,
) -> Result<Json<TotpStatus>, ApiError> {
    let ctx = call.ctx;
    let status = state
        .store
        .run(move |conn| auth::factor_status(conn, &ctx))
        .await?;
    Ok(Json(TotpStatus {
        enrolled: status.confirmed_at.is_some(),
        confirmed_at: status.confirmed_at,
        recovery_codes_left: status.recovery_codes_left,
        required: state.settings.second_factor.is_required_of(ctx.actor.role),
    }))
}

/// Start to enrol an authenticator app
///
/// The seed is shown this once. A factor in use stays until a code confirms the new one.
/// To exchange a factor, the last proof of identity must be recent.
#[utoipa::path(
    tag = "auth", security(("bearer" = [])),
    responses((status = 200, description = "The seed, to scan or to type", body = TotpEnrolment)),
    extensions(("x-problems" = json!(["step_up_required"]))),
)]
#[post("/auth/totp")]
async fn start_totp(
    call: Allowed<can::SetUpOwnFactor>,
    state: State,
) -> Result<Json<TotpEnrolment>, ApiError> {
    let ctx = call.ctx;
    let seed = second_factor::draw_seed()?;
    let sealed = seal::seal(&state.keys, ctx.actor.user_id, &seed)?;
    let expires_at = ctx.now.plus_secs(ENROLMENT_SECS);
    let (user, _) = state
        .store
        .run(move |conn| {
            auth::begin_enrolment(conn, &ctx, &sealed, expires_at)?;
            people::me(conn, &ctx)
        })
        .await?;
    let otpauth_url = second_factor::otpauth_url(user.email.as_str(), seed);
    Ok(Json(TotpEnrolment {
        secret: second_factor::typed_seed(seed),
        qr: second_factor::qr(&otpauth_url)?,
        otpauth_url,
        expires_at,
    }))
}

/// Confirm an authenticator app by its first code
///
/// From now on sign-in asks for a code. Ends all other sessions. The recovery codes are
/// shown this once.
#[utoipa::path(
    tag = "auth", security(("bearer" = [])), request_body = ConfirmTotp,
    responses((status = 200, description = "Enrolled", body = RecoveryCodes)),
    extensions(("x-problems" = json!(["wrong_code", "step_up_required", "not_found"]))),
)]
#[post("/auth/totp/confirm")]
async fn confirm_totp(
    call: Allowed<can::SetUpOwnFactor, ValidJson<ConfirmTotp>>,
    state: State,
) -> Result<Json<RecoveryCodes>, ApiError> {
    let (ctx, ValidJson(body)) = (call.ctx, call.input);
    let sealed = state
        .store
        .run(move |conn| auth::pending_enrolment(conn, &ctx))
        .await?;
    let seed = seal::open(&state.keys, ctx.actor.user_id, &sealed)?;
    let Some(step) = second_factor::matched_step(seed, &body.code, ctx.now)? else {
        return Err(ErrorCode::WrongCode.into());
    };
    let (recovery_codes, hashes) = second_factor::draw_recovery_codes(&state).await?;
    let ended = state
        .store
        .run(move |conn| auth::confirm_enrolment(conn, &ctx, &sealed, step, &hashes))
        .await?;
    tell_ended(&state, ended);
    Ok(Json(RecoveryCodes { recovery_codes }))
}

/// Remove the own second factor
///
/// Refused where the role must have one; it can be exchanged. The last proof of identity
/// must be recent. Ends all other sessions.
#[utoipa::path(
    tag = "auth", security(("bearer" = [])),
    responses((status = 204, description = "Removed")),
    extensions(("x-problems" = json!(["step_up_required", "not_found"]))),
)]
#[delete("/auth/totp")]
async fn remove_totp(
    call: Allowed<can::RemoveOwnFactor>,
    state: State,
) -> Result<HttpResponse, ApiError> {
    let ctx = call.ctx;
    let ended = state
        .store
        .run(move |conn| auth::remove_factor(conn, &ctx))
        .await?;
    tell_ended(&state, ended);
    Ok(HttpResponse::NoContent().finish())
}

/// Draw new recovery codes
///
/// The old ones end. The last proof of identity must be recent.
#[utoipa::path(
    tag = "auth", security(("bearer" = [])),
    responses((status = 200, description = "Ten codes, shown this once", body = RecoveryCodes)),
    extensions(("x-problems" = json!(["step_up_required", "not_found"]))),
)]
#[post("/auth/totp/recovery-codes")]
async fn renew_recovery_codes(
    call: Allowed<can::SetUpOwnFactor>,
    state: State,
) -> Result<Json<RecoveryCodes>, ApiError> {
    let ctx = call.ctx;
    let status = state
        .store
        .run(move |conn| auth::factor_status(conn, &ctx))
        .await?;
    if status.confirmed_at.is_none() {
        return Err(ErrorCode::NotFound.into());
    }
    let (recovery_codes, hashes) = second_factor::draw_recovery_codes(&state).await?;
    state
        .store
        .run(move |conn| auth::renew_recovery_codes(conn, &ctx, &hashes))
        .await?;
    Ok(Json(RecoveryCodes { recovery_codes }))
}

/// Prove again who one is
///
/// An account with a second factor gives a code, another one its password. What asks for a
/// recent proof (`step_up_required`) is then allowed for five minutes.
#[utoipa::path(
    tag = "auth", security(("bearer" = [])), request_body = StepUp,
    responses((status = 204, description = "Proved")),
    extensions(("x-problems" = json!(["wrong_code", "wrong_credentials", "rate_limited"]))),
)]
#[post("/auth/step-up")]
async fn step_up(
    call: Allowed<can::StepUp, (CredentialTry, ValidJson<StepUp>)>,
    state: State,
) -> Result<HttpResponse, ApiError> {
    let ctx = call.ctx;
    let (tried, ValidJson(body)) = call.input;
    let owner = ctx.actor.user_id;
    tried.of_proof(owner)?;
    let sealed = state
        .store
        .run(move |conn| auth::own_factor(conn, &ctx))
        .await?;
    let outcome = match sealed {
        Some(sealed) => {
            // A proof that is not given is a wrong one.
            let code = body.code.unwrap_or_default();
            let proof = second_factor::check(&state, owner, &sealed, &code).await?;
            match proof {
                Some(proof) => renew_proof(&state, ctx, Some(proof)).await?,
                None => false,
            }
            .then_some(())
            .ok_or(ErrorCode::WrongCode)
        }
        None => {
            let password = body.password.unwrap_or_default();
            match knows_password(&state, ctx, password).await? {
                true => renew_proof(&state, ctx, None).await?,
                false => false,
            }
            .then_some(())
            .ok_or(ErrorCode::WrongCredentials)
        }
    };
    tried.proof_was(owner, outcome.is_ok());
    match outcome {
        Ok(()) => Ok(HttpResponse::NoContent().finish()),
        Err(code) => {
            wrong_code(&state, owner, (ctx.now, ctx.request_id)).await?;
            Err(code.into())
        }
    }
}

/// False when the proof was spent before.
async fn renew_proof(state: &State, ctx: Ctx, proof: Option<Proof>) -> Result<bool, ApiError> {
    let renew = move |conn: &mut AnyConn| auth::step_up(conn, &ctx, proof.as_ref());
    Ok(state.store.run(renew).await?)
}
