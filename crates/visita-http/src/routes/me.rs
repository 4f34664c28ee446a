//! The own account.

use actix_web::web::Json;
use actix_web::{HttpResponse, get, patch, post};
use utoipa_actix_web::service_config::ServiceConfig;
use visita_store::auth;
use visita_store::people::{self, MeChanges};
use visita_wire::auth::{ChangeMe, ChangePassword, Me};

use crate::convert;
use crate::error::ApiError;
use crate::extract::{Allowed, ValidJson, can};
use crate::passwords::check_strength_beside;
use crate::routes::auth::tell_ended;
use crate::routes::proof::present_password;
use crate::state::State;
use crate::throttle::CredentialTry;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .service(get_me)
        .service(change_me)
        .service(change_password);
}

/// See the own account
#[utoipa::path(
    tag = "me", security(("bearer" = [])),
    responses((status = 200, description = "The own account", body = Me)),
)]
#[get("/me")]
async fn get_me(call: Allowed<can::ReadOwnAccount>, state: State) -> Result<Json<Me>, ApiError> {
    let ctx = call.ctx;
    let (user, hospital) = state.store.run(move |conn| people::me(conn, &ctx)).await?;
    Ok(Json(convert::me(user, hospital)))
}

/// Change the own name or language
#[utoipa::path(
    tag = "me", security(("bearer" = [])), request_body = ChangeMe,
    responses((status = 200, description = "As changed", body = Me)),
)]
#[patch("/me")]
async fn change_me(
    call: Allowed<can::ChangeOwnAccount, ValidJson<ChangeMe>>,
    state: State,
) -> Result<Json<Me>, ApiError> {
    let (ctx, ValidJson(body)) = (call.ctx, call.input);
    let changes = MeChanges {
        name: body.name,
        language: body.language,
    };
    let (user, hospital) = state
        .store
        .run(move |conn| people::change_me(conn, &ctx, &changes))
        .await?;
    Ok(Json(convert::me(user, hospital)))
}

/// Change the own password
///
/// Ends all other sessions. With a second factor the last proof of identity must be recent.
#[utoipa::path(
    tag = "me", security(("bearer" = [])), request_body = ChangePassword,
    responses((status = 204, description = "Changed")),
    extensions(("x-problems" = json!(["wrong_password", "weak_password", "step_up_required", "rate_limited"]))),
)]
#[post("/me/password")]
async fn change_password(
    call: Allowed<can::ChangeOwnPassword, (CredentialTry, ValidJson<ChangePassword>)>,
    state: State,
) -> Result<HttpResponse, ApiError> {
    let ctx = call.ctx;
    let (tried, ValidJson(body)) = call.input;
    present_password(&state, &tried, ctx, body.current_password).await?;
    let (user, hospital) = state.store.run(move |conn| people::me(conn, &ctx)).await?;
    let policy = state.settings.second_factor;
    let beside = call.assurance.second_factor || policy.is_required_of(user.role);
    let mut words = vec![user.email.as_str(), &user.name];
    words.extend(hospital.iter().flat_map(|h| [h.name.as_str(), &h.slug]));
    check_strength_beside("new_password", &body.new_password, beside, &words)?;
    let new_hash = state.passwords.hash(body.new_password).await?;
    let ended = state
        .store
        .run(move |conn| auth::change_password(conn, &ctx, &new_hash))
        .await?;
    tell_ended(&state, ended);
    Ok(HttpResponse::NoContent().finish())
}
