//! Join links: the clinic makes and ends them, whoever has one comes by it.

use actix_web::web::Json;
use actix_web::{HttpRequest, HttpResponse, delete, get, post};
use utoipa_actix_web::service_config::ServiceConfig;
use visita_domain::join::{JoinAs, opens_at};
use visita_domain::{AppointmentId, JoinLinkId, Ts};
use visita_store::StoreError;
use visita_store::join::{self, Exchange, JoinLink, Joining, LinkPlace, NewJoinLink, Presented};
use visita_wire::join::{
    CreateJoinLink, ExchangeJoinLink, JoinGrant, JoinLinkView, JoinVisitView, NewJoinLinkView,
};
use visita_wire::{ErrorCode, Page};

use crate::csrf::SameOrigin;
use crate::error::ApiError;
use crate::extract::{Allowed, Id, ValidJson, can};
use crate::join_links::{self, Holder};
use crate::middleware::request_id;
use crate::routes::auth::{add_cookie, tell_ended};
use crate::state::{Origin, State};
use crate::throttle::CredentialTry;
use crate::tokens::ACCESS_SECS;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .service(list_join_links)
        .service(create_join_link)
        .service(revoke_join_link)
        .service(admit_device)
        .service(exchange_join_link);
}

/// List a visit's join links
///
/// Those that are not revoked. What opens them is shown once, when they are made.
#[utoipa::path(
    tag = "scheduling", security(("bearer" = [])),
    params(("id" = AppointmentId, Path, description = "The appointment")),
    responses((status = 200, description = "Oldest first", body = Page<JoinLinkView>)),
)]
#[get("/appointments/{id}/join-links")]
async fn list_join_links(
    call: Allowed<can::ManageJoinLinks, Id<AppointmentId>>,
    state: State,
) -> Result<Json<Page<JoinLinkView>>, ApiError> {
    let (ctx, id) = (call.ctx, call.input.0);
    let links = state
        .store
        .run(move |conn| join::list(conn, &ctx, id))
        .await?;
    Ok(Json(Page {
        items: links.into_iter().map(view).collect(),
        next_cursor: None,
    }))
}

/// Make a join link
///
/// For a guest of the visit, such as an interpreter, or for its patient, whose link before
/// ends with it. A link is good for one browser, until the visit is over.
#[utoipa::path(
    tag = "scheduling", security(("bearer" = [])), request_body = CreateJoinLink,
    params(("id" = AppointmentId, Path, description = "The appointment")),
    responses((status = 201, description = "The link, this once", body = NewJoinLinkView)),
    extensions(("x-problems" = json!(["illegal_transition"]))),
)]
#[post("/appointments/{id}/join-links")]
async fn create_join_link(
    call: Allowed<can::ManageJoinLinks, (Id<AppointmentId>, ValidJson<CreateJoinLink>)>,
    state: State,
) -> Result<HttpResponse, ApiError> {
    let (ctx, (Id(id), ValidJson(body))) = (call.ctx, call.input);
    let new = NewJoinLink {
        joins_as: body.joins_as,
        guest_name: body.guest_name,
    };
    let (link, ended) = state
        .store
        .run(move |conn| join::create(conn, &ctx, id, &new))
        .await?;
    tell_ended(&state, ended.into_iter().collect());
    let origin = state
        .settings
        .public_origins
        .first()
        .map(Origin::as_str)
        .ok_or_else(|| ApiError::internal("join link", &"the server has no public origin"))?;
    let url = join_links::url(origin, &state.keys, place(&link))
        .ok_or_else(|| ApiError::internal("join link", &"no key"))?;
    Ok(HttpResponse::Created().json(NewJoinLinkView {
        link: view(link),
        url,
    }))
}

/// Revoke a join link
///
/// Whoever came by it is out with the next request, and its sockets close at once.
#[utoipa::path(
    tag = "scheduling", security(("bearer" = [])),
    params(
        ("id" = AppointmentId, Path, description = "The appointment"),
        ("link_id" = JoinLinkId, Path, description = "The link"),
    ),
    responses((status = 204, description = "It opens nothing any more")),
)]
#[delete("/appointments/{id}/join-links/{link_id}")]
async fn revoke_join_link(
    call: Allowed<can::ManageJoinLinks, Id<(AppointmentId, JoinLinkId)>>,
    state: State,
) -> Result<HttpResponse, ApiError> {
    let (ctx, (id, link)) = (call.ctx, call.input.0);
    let ended = state
        .store
        .run(move |conn| join::revoke(conn, &ctx, id, link))
        .await?;
    tell_ended(&state, ended.into_iter().collect());
    Ok(HttpResponse::NoContent().finish())
}

/// Let another device in by a join link
///
/// The device that asked last takes the place of the one before, which is out.
#[utoipa::path(
    tag = "scheduling", security(("bearer" = [])),
    params(
        ("id" = AppointmentId, Path, description = "The appointment"),
        ("link_id" = JoinLinkId, Path, description = "The link"),
    ),
    responses((status = 204, description = "It is let in when it asks again")),
)]
#[post("/appointments/{id}/join-links/{link_id}/admit")]
async fn admit_device(
    call: Allowed<can::ManageJoinLinks, Id<(AppointmentId, JoinLinkId)>>,
    state: State,
) -> Result<HttpResponse, ApiError> {
    let (ctx, (id, link)) = (call.ctx, call.input.0);
    let former = state
        .store
        .run(move |conn| join::admit(conn, &ctx, id, link))
        .await?;
    tell_ended(&state, former.into_iter().collect());
    Ok(HttpResponse::NoContent().finish())
}

/// Come by a join link
///
/// The first browser that presents a link holds it from then on; another one gets
/// `join_link_in_use` until the clinic lets it in. Without a token the browser comes back by
/// its cookie, which also renews the access token. Unknown, revoked and ended links get the
/// same answer. When the visit is over, there is no access token, and its state says how it
/// ended.
#[utoipa::path(
    tag = "auth", security(("join_cookie" = []), ()), request_body = ExchangeJoinLink,
    params(("X-Visita-App" = String, Header, description = "Always 1", pattern = "^1$")),
    responses((status = 200, description = "Let in", body = JoinGrant)),
    extensions(("x-problems" = json!(["join_link_invalid", "join_link_in_use", "rate_limited"]))),
)]
#[post("/join/exchange")]
async fn exchange_join_link(
    _ours: SameOrigin,
    tried: CredentialTry,
    req: HttpRequest,
    state: State,
    ValidJson(body): ValidJson<ExchangeJoinLink>,
) -> Result<HttpResponse, ApiError> {
    let holder = Holder::of(&req)?;
    let place = match &body.token {
        Some(token) => {
            tried.of_anybody()?;
            join_links::read(&state.keys, token)
        }
        None => holder.last,
    };
    let place = place.ok_or(ErrorCode::JoinLinkInvalid)?;
    let presented = Presented {
        place,
        holder_hash: holder.hash(),
        with_link: body.token.is_some(),
    };
    let (now, request) = (state.clock.now(), request_id(&req));
    let found = state
        .store
        .run(move |conn| join::exchange(conn, &presented, now, request))
        .await
        .map_err(|error| match error {
            StoreError::NotFound => ErrorCode::JoinLinkInvalid.into(),
            other => ApiError::from(other),
        })?;
    let mut answer = match found {
        Exchange::Joined(joining) => HttpResponse::Ok().json(grant(&state, joining, now)?),
        // It keeps its cookie, by which the clinic's word finds it.
        Exchange::InUse => HttpResponse::from_error(ApiError::new(ErrorCode::JoinLinkInUse)),
    };
    add_cookie(&mut answer, &holder.cookie(place))?;
    Ok(answer)
}

fn place(link: &JoinLink) -> LinkPlace {
    LinkPlace {
        hospital_id: link.hospital_id,
        id: link.id,
    }
}

fn view(link: JoinLink) -> JoinLinkView {
    JoinLinkView {
        id: link.id,
        joins_as: link.joins_as,
        guest_name: link.guest_name,
        created_at: link.created_at,
        opened_at: link.opened_at,
        asked_at: link.asked_at,
    }
}

fn grant(state: &State, joining: Joining, now: Ts) -> Result<JoinGrant, ApiError> {
    let (user_id, hospital_id) = (joining.user_id(), joining.hospital.id);
    let access_token = joining
        .session_id
        .map(|session| {
            state
                .keys
                .issue_for_visit(user_id, session, hospital_id, now)
        })
        .transpose()
        .map_err(|cause| ApiError::internal("access token", &cause))?;
    let visit = joining.appointment;
    let name = match joining.link.joins_as {
        JoinAs::Patient => visit.patient_name,
        JoinAs::Interpreter | JoinAs::Family | JoinAs::Other => {
            joining.link.guest_name.unwrap_or_default()
        }
    };
    Ok(JoinGrant {
        access_token,
        expires_in: ACCESS_SECS,
        user_id,
        joins_as: joining.link.joins_as,
        name,
        visit: JoinVisitView {
            appointment_id: visit.id,
            hospital_id,
            hospital_name: joining.hospital.name,
            hospital_phone: joining.hospital.phone,
            time_zone: joining.hospital.time_zone,
            doctor_name: visit.doctor_name,
            starts_at: visit.range.start(),
            ends_at: visit.range.end(),
            opens_at: opens_at(visit.range),
            state: visit.state,
        },
    })
}
