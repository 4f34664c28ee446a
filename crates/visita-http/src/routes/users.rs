//! Accounts, for admins and staff.

use actix_web::web::Json;
use actix_web::{HttpResponse, get, patch, post};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;
use visita_domain::account::CodePurpose;
use visita_domain::people::{Role, UserOrder, UserState};
use visita_domain::{HospitalId, UserId};
use visita_store::Ctx;
use visita_store::people::{self, FirstAccess, NewUser, UserChanges, UserFilter};
use visita_wire::people::{ChangeUser, CreateUser, UserView};
use visita_wire::search::SearchUsers;
use visita_wire::{Page, routes};

use crate::codes;
use crate::convert;
use crate::error::ApiError;
use crate::extract::{Allowed, Id, Once, OnceKey, ValidJson, ValidQuery, can, page_query};
use crate::routes::{created, parse_email};
use crate::state::{AppState, State};

pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .service(list_users)
        .service(search_users)
        .service(create_user)
        .service(get_user)
        .service(change_user);
}

/// Which accounts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct UserQuery {
    /// Of that role.
    role: Option<Role>,
    /// In that state.
    #[param(inline)]
    state: Option<UserState>,
    /// Of that hospital.
    hospital_id: Option<HospitalId>,
    /// In which order; by name without it.
    #[serde(default)]
    #[param(inline)]
    order: UserOrder,
    /// Items of one page.
    #[param(minimum = 1, maximum = 100, default = 50)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    #[param(max_length = 4096)]
    cursor: Option<String>,
}

/// List accounts
///
/// Staff see those of their hospital.
#[utoipa::path(
    tag = "people", security(("bearer" = [])), params(UserQuery),
    responses((status = 200, description = "Accounts", body = Page<UserView>)),
)]
#[get("/users")]
async fn list_users(
    call: Allowed<can::ListUsers, ValidQuery<UserQuery>>,
    state: State,
) -> Result<Json<Page<UserView>>, ApiError> {
    let (ctx, ValidQuery(query)) = (call.ctx, call.input);
    let wanted = SearchUsers {
        search: String::new(),
        role: query.role,
        state: query.state,
        hospital_id: query.hospital_id,
        order: query.order,
        limit: query.limit,
        cursor: query.cursor,
    };
    found(&state, ctx, wanted).await
}

/// Search users
///
/// As the list, narrowed to a name. The text and the cursor are in the body, because names stay
/// out of addresses.
#[utoipa::path(
    tag = "people", security(("bearer" = [])), request_body = SearchUsers,
    responses((status = 200, description = "Users", body = Page<UserView>)),
)]
#[post("/users/search")]
async fn search_users(
    call: Allowed<can::ListUsers, ValidJson<SearchUsers>>,
    state: State,
) -> Result<Json<Page<UserView>>, ApiError> {
    let (ctx, ValidJson(wanted)) = (call.ctx, call.input);
    found(&state, ctx, wanted).await
}

async fn found(
    state: &AppState,
    ctx: Ctx,
    wanted: SearchUsers,
) -> Result<Json<Page<UserView>>, ApiError> {
    let page = page_query(&state.keys, wanted.limit, wanted.cursor)?;
    let filter = UserFilter {
        search: Some(wanted.search).filter(|text| !text.is_empty()),
        role: wanted.role,
        state: wanted.state,
        hospital_id: wanted.hospital_id,
    };
    let found = state
        .store
        .run(move |conn| people::list_users(conn, &ctx, &filter, wanted.order, &page))
        .await?;
    Ok(Json(convert::page(&state.keys, found, convert::user)?))
}

/// See an account
#[utoipa::path(
    tag = "people", security(("bearer" = [])),
    params(("id" = UserId, Path, description = "The account")),
    responses((status = 200, description = "The account", body = UserView)),
)]
#[get("/users/{id}")]
async fn get_user(
    call: Allowed<can::ReadUser, Id<UserId>>,
    state: State,
) -> Result<Json<UserView>, ApiError> {
    let (ctx, id) = (call.ctx, call.input.0);
    let found = state
        .store
        .run(move |conn| people::get_user(conn, &ctx, id))
        .await?;
    Ok(Json(convert::user(found)))
}

/// Create an account
///
/// Its owner is invited by mail to choose a password. Nobody creates a role above their own.
#[utoipa::path(
    tag = "people", security(("bearer" = [])), request_body = CreateUser,
    params(OnceKey),
    responses((status = 201, description = "Created", body = UserView)),
    extensions(("x-problems" = json!(["email_taken", "not_found"]))),
)]
#[post("/users")]
async fn create_user(
    call: Allowed<can::CreateUser, Once<CreateUser>>,
    state: State,
) -> Result<HttpResponse, ApiError> {
    let (ctx, body) = call.input.by(call.ctx);
    let email = parse_email(&body.email)?;
    let code = codes::draw(&state.keys, CodePurpose::Invite, ctx.now)?;
    let new = NewUser {
        hospital_id: body.hospital_id,
        role: body.role,
        name: body.name,
        email,
        access: FirstAccess::Invitation(code),
        language: body.language,
        specialty: body.specialty,
    };
    let made = state
        .store
        .run(move |conn| people::create_user(conn, &ctx, &new))
        .await?;
    state.mailer.wake();
    Ok(created(routes::user(made.user.id), &convert::user(made)))
}

/// Rename, disable or enable an account
///
/// Disabling ends all sessions of the account with their next request.
#[utoipa::path(
    tag = "people", security(("bearer" = [])), request_body = ChangeUser,
    params(("id" = UserId, Path, description = "The account")),
    responses((status = 200, description = "As changed", body = UserView)),
)]
#[patch("/users/{id}")]
async fn change_user(
    call: Allowed<can::ChangeUser, (Id<UserId>, ValidJson<ChangeUser>)>,
    state: State,
) -> Result<Json<UserView>, ApiError> {
    let (ctx, (Id(id), ValidJson(body))) = (call.ctx, call.input);
    let changes = UserChanges {
        name: body.name,
        state: body.state,
    };
    let (changed, ended) = state
        .store
        .run(move |conn| people::change_user(conn, &ctx, id, &changes))
        .await?;
    ended
        .into_iter()
        .for_each(|session| state.hub.session_ended(session));
    Ok(Json(convert::user(changed)))
}
