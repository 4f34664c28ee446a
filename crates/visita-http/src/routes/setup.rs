//! First start: the first hospital and administrator.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, post};
use utoipa_actix_web::service_config::ServiceConfig;
use visita_domain::people::Role;
use visita_store::people::{self, NewClinic, NewHospital};
use visita_wire::ErrorCode;
use visita_wire::auth::{Setup, TokenGrant};

use crate::error::ApiError;
use crate::extract::ValidJson;
use crate::passwords::check_strength_beside;
use crate::routes::auth::Opening;
use crate::routes::parse_email;
use crate::state::State;
use crate::throttle::CredentialTry;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.service(set_up_clinic);
}

/// Whether somebody still has to set the clinic up. Asks the database only while this
/// process does not know better: another one may have done it.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub(super) async fn is_needed(state: &State) -> Result<bool, ApiError> {
    if state.first_start.waits() && state.store.run(people::has_users).await? {
        state.first_start.end();
    }
    Ok(state.first_start.waits())
}

/// Set up an empty clinic
///
/// Creates the first hospital and the first administrator, and signs in. Needs the token
/// that the server prints when it starts without any account; it is good for 15 minutes and
/// for one clinic. A wrong, a used and an old token get the same answer, and so does every
/// token once there is an account. The refresh token comes as a cookie.
#[utoipa::path(
    tag = "auth", security(()), request_body = Setup,
    responses((status = 201, description = "Set up and signed in", body = TokenGrant)),
    extensions(("x-problems" = json!(["setup_token_invalid", "weak_password", "rate_limited"]))),
)]
#[post("/setup")]
async fn set_up_clinic(
    tried: CredentialTry,
    req: HttpRequest,
    state: State,
    ValidJson(body): ValidJson<Setup>,
) -> Result<HttpResponse, ApiError> {
    tried.of_anybody()?;
    // First of all, so that guesses cost no hash.
    if !state.first_start.admits(&body.token, state.clock.now()) {
        return Err(ErrorCode::SetupTokenInvalid.into());
    }
    let email = parse_email(&body.email)?;
    let hospital = body.hospital;
    let words = [email.as_str(), &body.name, &hospital.name, &hospital.slug];
    let policy = state.settings.second_factor;
    let beside = policy.is_required_of(Role::Admin);
    check_strength_beside("password", &body.password, beside, &words)?;
    let new = NewClinic {
        password_hash: state.passwords.hash(body.password).await?,
        hospital: NewHospital {
            name: hospital.name,
            slug: hospital.slug,
            time_zone: hospital.time_zone,
            phone: hospital.phone,
            address: hospital.address,
        },
        name: body.name,
        email,
        language: body.language,
    };
    let opening = Opening::new(&state, &req)?;
    let first_start = state.first_start.clone();
    let signed_in = state
        .store
        .run(move |conn| {
            let admin = people::set_up(conn, &new, opening.now, opening.request_id)?;
            first_start.end();
            opening.open(conn, admin.id, admin.role)
        })
        .await?;
    signed_in.welcome(&tried, &state, StatusCode::CREATED)
}
