//! The present password as a proof: asked for by what changes how somebody signs in.

use visita_store::{Ctx, auth};

use crate::error::ApiError;
use crate::state::State;
use crate::throttle::CredentialTry;

/// Whether it is the caller's password.
///
/// # Errors
/// `unavailable` when too many passwords are being checked.
pub(super) async fn knows_password(
    state: &State,
    ctx: Ctx,
    password: String,
) -> Result<bool, ApiError> {
    let hash = state
        .store
        .run(move |conn| auth::own_password_hash(conn, &ctx))
        .await?;
    state.passwords.verify(password, Some(hash)).await
}

/// The caller's present password in the field `current_password`. Whoever holds a token
/// alone guesses it as slowly as anybody else.
///
/// # Errors
/// `rate_limited`; `wrong_password`, naming the field (SECURITY R30).
pub(super) async fn present_password(
    state: &State,
    tried: &CredentialTry,
    ctx: Ctx,
    password: Option<String>,
) -> Result<(), ApiError> {
    // A proof that is not given is a wrong one.
    let password = password.unwrap_or_default();
    let owner = ctx.actor.user_id;
    tried.of_proof(owner)?;
    let known = knows_password(state, ctx, password).await?;
    tried.proof_was(owner, known);
    if known {
        return Ok(());
    }
    Err(ApiError::wrong_password("current_password"))
}
