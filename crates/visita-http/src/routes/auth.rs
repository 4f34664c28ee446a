//! Sign-in, renewal and sign-out.

use actix_web::http::StatusCode;
use actix_web::http::header::USER_AGENT;
use actix_web::web::Json;
use actix_web::{HttpRequest, HttpResponse, ResponseError, delete, get, post};
use utoipa_actix_web::service_config::ServiceConfig;
use visita_domain::SessionId;
use visita_domain::access::Actor;
use visita_domain::audit::AuditAction;
use visita_domain::people::{Hospital, Role, User, UserState};
use visita_store::auth::{self, Challenge, NewSession, Proof, Rotation, Session};
use visita_store::people;
use visita_store::{AnyConn, Ctx, StoreError};
use visita_wire::auth::{Login, SessionView, TokenGrant};
use visita_wire::{ErrorCode, Page};

use crate::convert;
use crate::cookies::{self, RefreshToken};
use crate::csrf::SameOrigin;
use crate::devices::KnownDevice;
use crate::error::ApiError;
use crate::extract::{Allowed, Id, ValidJson, can};
use crate::middleware::request_id;
use crate::routes::{parse_email, second_factor};
use crate::state::State;
use crate::throttle::CredentialTry;
use crate::tokens::ACCESS_SECS;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .service(login)
        .service(refresh)
        .service(logout)
        .service(list_sessions)
        .service(end_other_sessions)
        .service(end_session);
}

/// How long a session lives without renewal and in all, in seconds (SECURITY R41).
fn session_secs(role: Role) -> (i64, i64) {
    match role {
        Role::Patient => (60 * 60, 24 * 60 * 60),
        // Guests open no such session.
        Role::Admin | Role::Staff | Role::Doctor | Role::Guest => (15 * 60, 12 * 60 * 60),
    }
}

/// Sign in
///
/// The same answer for a wrong password, an unknown address and a disabled account.
/// The refresh token comes as a cookie. An account with a second factor gets `mfa_required`
/// with an `mfa_token` for `POST /auth/mfa`.
#[utoipa::path(
    tag = "auth", security(()), request_body = Login,
    responses((status = 200, description = "Signed in", body = TokenGrant)),
    extensions(("x-problems" = json!(["wrong_credentials", "mfa_required", "rate_limited"]))),
)]
#[post("/auth/login")]
async fn login(
    tried: CredentialTry,
    req: HttpRequest,
    state: State,
    ValidJson(body): ValidJson<Login>,
) -> Result<HttpResponse, ApiError> {
    let found = match parse_email(&body.email) {
        Ok(email) => {
            state
                .store
                .run(move |conn| auth::find_credentials(conn, &email))
                .await?
        }
        Err(_) => None,
    };
    let owner = found.as_ref().map(|known| known.user_id);
    let opening = Opening::new(&state, &req)?;
    if let Err(refusal) = tried.of_account(&body.email, owner) {
        if tried.is_worth_noting(&body.email) {
            opening
                .record(&state, AuditAction::LoginThrottled, owner)
                .await?;
        }
        return Err(refusal);
    }
    let hash = found.as_ref().map(|known| known.password_hash.clone());
    let matches = state.passwords.verify(body.password.clone(), hash).await?;
    let Some(known) = found.filter(|known| matches && known.state == UserState::Active) else {
        tried.password_failed(&body.email, owner);
        opening
            .record(&state, AuditAction::LoginFailed, owner)
            .await?;
        return Err(ErrorCode::WrongCredentials.into());
    };
    tried.password_succeeded(&body.email);
    renew_hash(&state, &known, body.password).await?;
    if known.second_factor {
        return Err(second_factor::challenge(&state, known.user_id, opening.now).await?);
    }
    let signed_in = state
        .store
        .run(move |conn| opening.open(conn, known.user_id, known.role))
        .await?;
    signed_in.welcome(&tried, &state, StatusCode::OK)
}

/// Keeps the hash of an unchanged password at today's cost.
async fn renew_hash(
    state: &State,
    known: &auth::Credentials,
    password: String,
) -> Result<(), ApiError> {
    if !state.passwords.is_outdated(&known.password_hash) {
        return Ok(());
    }
    let (user_id, hash) = (known.user_id, state.passwords.hash(password).await?);
    let renew = move |conn: &mut AnyConn| auth::set_password_hash(conn, user_id, &hash);
    Ok(state.store.run(renew).await?)
}

/// Renew the access token
///
/// Takes the refresh cookie, and answers with a new one. A refresh token that was used
/// before ends its session.
#[utoipa::path(
    tag = "auth", security(("refresh_cookie" = [])),
    params(("X-Visita-App" = String, Header, description = "Always 1", pattern = "^1$")),
    responses((status = 200, description = "Renewed", body = TokenGrant)),
    extensions(("x-problems" = json!(["unauthenticated"]))),
)]
#[post("/auth/refresh")]
async fn refresh(
    _ours: SameOrigin,
    req: HttpRequest,
    state: State,
) -> Result<HttpResponse, ApiError> {
    let Some(presented) = cookies::presented_hash(&req) else {
        return Err(ErrorCode::Unauthenticated.into());
    };
    let opening = Opening::new(&state, &req)?;
    let rotation = state
        .store
        .run(move |conn| opening.rotate(conn, &presented))
        .await?;
    match rotation {
        Renewal::SignedIn(signed_in) => signed_in.answer(&state, StatusCode::OK),
        Renewal::Refused(ended) => {
            if let Some(session) = ended {
                state.hub.session_ended(session);
                state.mailer.wake();
            }
            let mut refusal = ApiError::new(ErrorCode::Unauthenticated).error_response();
            add_cookie(&mut refusal, &cookies::removal())?;
            Ok(refusal)
        }
    }
}

/// Sign out
///
/// Ends the session of the refresh cookie. Its access tokens end with the next request.
#[utoipa::path(
    tag = "auth", security(("refresh_cookie" = [])),
    params(("X-Visita-App" = String, Header, description = "Always 1", pattern = "^1$")),
    responses((status = 204, description = "Signed out")),
)]
#[post("/auth/logout")]
async fn logout(
    _ours: SameOrigin,
    req: HttpRequest,
    state: State,
) -> Result<HttpResponse, ApiError> {
    if let Some(presented) = cookies::presented_hash(&req) {
        let (now, id) = (state.clock.now(), request_id(&req));
        let ended = state
            .store
            .run(move |conn| auth::end_session_by_refresh(conn, &presented, now, id))
            .await?;
        if let Some(session) = ended {
            state.hub.session_ended(session);
        }
    }
    Ok(HttpResponse::NoContent()
        .cookie(cookies::removal())
        // What the pages kept in the browser goes too (SECURITY R61); the cookie of a known device stays.
        .insert_header(("clear-site-data", "\"cache\", \"storage\""))
        .finish())
}

/// List the own sessions
#[utoipa::path(
    tag = "auth", security(("bearer" = [])),
    responses((status = 200, description = "Sessions that have not ended", body = Page<SessionView>)),
)]
#[get("/auth/sessions")]
async fn list_sessions(
    call: Allowed<can::ReadOwnAccount>,
    state: State,
) -> Result<Json<Page<SessionView>>, ApiError> {
    let ctx = call.ctx;
    let sessions = state
        .store
        .run(move |conn| auth::list_sessions(conn, &ctx))
        .await?;
    let current = ctx.actor.session_id;
    Ok(Json(Page {
        items: sessions
            .into_iter()
            .map(|one| convert::session(one, current))
            .collect(),
        next_cursor: None,
    }))
}

/// End all own sessions but this one
#[utoipa::path(
    tag = "auth", security(("bearer" = [])),
    responses((status = 204, description = "They have ended")),
)]
#[delete("/auth/sessions")]
async fn end_other_sessions(
    call: Allowed<can::EndOwnSession>,
    state: State,
) -> Result<HttpResponse, ApiError> {
    let ctx = call.ctx;
    let ended = state
        .store
        .run(move |conn| auth::end_other_sessions(conn, &ctx))
        .await?;
    tell_ended(&state, ended);
    Ok(HttpResponse::NoContent().finish())
}

/// Sockets of ended sessions close at once.
pub(super) fn tell_ended(state: &State, ended: Vec<SessionId>) {
    ended
        .into_iter()
        .for_each(|session| state.hub.session_ended(session));
    // What ends sessions is told to their owner by mail.
    state.mailer.wake();
}

/// End one of the own sessions
#[utoipa::path(
    tag = "auth", security(("bearer" = [])),
    params(("id" = SessionId, Path, description = "The session")),
    responses((status = 204, description = "It has ended")),
)]
#[delete("/auth/sessions/{id}")]
async fn end_session(
    call: Allowed<can::EndOwnSession, Id<SessionId>>,
    state: State,
) -> Result<HttpResponse, ApiError> {
    let (ctx, id) = (call.ctx, call.input.0);
    state
        .store
        .run(move |conn| auth::end_session(conn, &ctx, id))
        .await?;
    state.hub.session_ended(id);
    Ok(HttpResponse::NoContent().finish())
}

/// A session about to be opened or renewed.
pub(super) struct Opening {
    token: RefreshToken,
    device: Option<KnownDevice>,
    user_agent: String,
    pub(super) now: visita_domain::Ts,
    pub(super) request_id: Option<uuid::Uuid>,
}

/// A session that is open, and what its browser is told.
pub(super) struct SignedIn {
    token: RefreshToken,
    session: Session,
    user: User,
    hospital: Option<Hospital>,
    now: visita_domain::Ts,
}

/// What became of a refresh token.
enum Renewal {
    SignedIn(Box<SignedIn>),
    /// With the session that its reuse has ended.
    Refused(Option<SessionId>),
}

impl Opening {
    pub(super) fn new(state: &State, req: &HttpRequest) -> Result<Self, ApiError> {
        let user_agent = req.headers().get(USER_AGENT);
        Ok(Self {
            token: RefreshToken::draw()?,
            device: KnownDevice::presented(req, &state.keys),
            user_agent: user_agent
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
                .to_owned(),
            now: state.clock.now(),
            request_id: request_id(req),
        })
    }

    pub(super) fn open(
        self,
        conn: &mut AnyConn,
        user_id: visita_domain::UserId,
        role: Role,
    ) -> Result<SignedIn, StoreError> {
        let new = self.new_session(user_id, role, false);
        let (session, user) = auth::open_session(conn, &new)?;
        self.complete(conn, session, &user)
    }

    /// Opens the session that a challenge was about. None when the proof was spent before.
    pub(super) fn open_after_challenge(
        self,
        conn: &mut AnyConn,
        hash: &[u8; 32],
        challenge: &Challenge,
        proof: &Proof,
    ) -> Result<Option<SignedIn>, StoreError> {
        let new = self.new_session(challenge.user_id, challenge.role, true);
        match auth::meet_challenge(conn, hash, proof, &new)? {
            Some((session, user)) => self.complete(conn, session, &user).map(Some),
            None => Ok(None),
        }
    }

    fn new_session(
        &self,
        user_id: visita_domain::UserId,
        role: Role,
        second_factor: bool,
    ) -> NewSession {
        let (idle_secs, absolute_secs) = session_secs(role);
        NewSession {
            user_id,
            refresh_hash: self.token.hash,
            user_agent: self.user_agent.clone(),
            now: self.now,
            idle_secs,
            absolute_secs,
            second_factor,
            known_device: self.device.is_some_and(|device| device.user_id == user_id),
            request_id: self.request_id,
        }
    }

    /// Records a sign-in that came to nothing; of nobody when the address is unknown.
    pub(super) async fn record(
        &self,
        state: &State,
        action: AuditAction,
        user_id: Option<visita_domain::UserId>,
    ) -> Result<(), ApiError> {
        let (now, id) = (self.now, self.request_id);
        let record = move |conn: &mut AnyConn| auth::record_refusal(conn, action, user_id, now, id);
        Ok(state.store.run(record).await?)
    }

    fn rotate(self, conn: &mut AnyConn, presented: &[u8; 32]) -> Result<Renewal, StoreError> {
        let (hash, now, id) = (self.token.hash, self.now, self.request_id);
        Ok(
            match auth::rotate_refresh(conn, presented, &hash, now, id)? {
                Rotation::Rotated(session, user) => {
                    Renewal::SignedIn(Box::new(self.complete(conn, session, &user)?))
                }
                Rotation::Reused(session) => Renewal::Refused(Some(session)),
                Rotation::Unknown => Renewal::Refused(None),
            },
        )
    }

    fn complete(
        self,
        conn: &mut AnyConn,
        session: Session,
        user: &User,
    ) -> Result<SignedIn, StoreError> {
        let ctx = Ctx {
            actor: Actor {
                user_id: user.id,
                role: user.role,
                hospital_id: user.hospital_id,
                session_id: session.id,
                visit: None,
            },
            now: self.now,
            request_id: self.request_id,
            idempotency: None,
        };
        let (user, hospital) = people::me(conn, &ctx)?;
        Ok(SignedIn {
            token: self.token,
            session,
            user,
            hospital,
            now: self.now,
        })
    }
}

impl SignedIn {
    /// The answer to good credentials, by which the device becomes known as the user's.
    pub(super) fn welcome(
        self,
        tried: &CredentialTry,
        state: &State,
        status: StatusCode,
    ) -> Result<HttpResponse, ApiError> {
        let owner = self.user.id;
        // A sign-in on a new device is told to the owner.
        state.mailer.wake();
        let answer = self.answer(state, status)?;
        tried.succeeded(state, owner, answer)
    }

    fn answer(self, state: &State, status: StatusCode) -> Result<HttpResponse, ApiError> {
        let access_token = state
            .keys
            .issue(self.user.id, self.session.id, self.now)
            .map_err(|cause| ApiError::internal("access token", &cause))?;
        let required = state.settings.second_factor.is_required_of(self.user.role);
        let left = self.session.expires_at.secs_since(self.now).max(0);
        Ok(HttpResponse::build(status)
            .cookie(self.token.cookie(left))
            .json(TokenGrant {
                access_token,
                token_type: "Bearer".to_owned(),
                expires_in: ACCESS_SECS,
                user: convert::me(self.user, self.hospital),
                mfa_enrolment_required: required && !self.session.second_factor,
            }))
    }
}

pub(super) fn add_cookie(
    response: &mut HttpResponse,
    cookie: &actix_web::cookie::Cookie<'_>,
) -> Result<(), ApiError> {
    response
        .add_cookie(cookie)
        .map_err(|cause| ApiError::internal("cookie", &cause))
}
