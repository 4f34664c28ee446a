//! The caller: token, then session, role and tenant from the database, on every request.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::ops::Deref;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest};
use visita_domain::access::{self, Action, Assurance};
use visita_domain::{HospitalId, SessionId, Ts};
use visita_store::{AnyConn, Ctx, StoreError, auth, join};
use visita_wire::ErrorCode;

use crate::error::ApiError;
use crate::extract::{single_header, state_of};
use crate::middleware::request_id;

/// A right that a handler asks for.
pub trait Right: 'static {
    /// What the caller wants to do.
    const ACTION: Action;
}

/// A signed-in caller whose role may ever do `R`, and who has signed in well enough for
/// it, with the rest of the request as `I`.
///
/// Nothing of `I` (path, query, body) is looked at before the caller is known: a
/// stranger learns no more than that a sign-in is needed. Which records the caller
/// may reach, the store decides.
pub struct Allowed<R: Right, I = ()> {
    /// Who asks and when, for the store.
    pub ctx: Ctx,
    /// How well it is proved that it is they who ask.
    pub assurance: Assurance,
    /// What is asked.
    pub input: I,
    right: PhantomData<fn() -> R>,
}

impl<R: Right, I> Deref for Allowed<R, I> {
    type Target = Ctx;
    fn deref(&self) -> &Ctx {
        &self.ctx
    }
}

impl<R: Right, I> fmt::Debug for Allowed<R, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Allowed").field(&R::ACTION).finish()
    }
}

impl<R: Right, I: FromRequest + 'static> FromRequest for Allowed<R, I> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let req = req.clone();
        let mut payload = payload.take();
        Box::pin(async move {
            let state = state_of(&req)?;
            let (ctx, assurance) = authenticate(&req).await?;
            let policy = state.settings.second_factor;
            access::admit(&ctx.actor, assurance, policy, R::ACTION, ctx.now)
                .map_err(ApiError::from)?;
            let input = I::from_request(&req, &mut payload)
                .await
                .map_err(Into::into)?;
            Ok(Self {
                ctx,
                assurance,
                input,
                right: PhantomData,
            })
        })
    }
}

/// Who sent a request, once that is known.
#[derive(Clone, Copy)]
pub(crate) struct Caller(pub(crate) Ctx);

/// Who sends the request. The token says who; the database says whether that still holds.
async fn authenticate(req: &HttpRequest) -> Result<(Ctx, Assurance), ApiError> {
    let state = state_of(req)?;
    let now = state.clock.now();
    let bearer = bearer_token(req)
        .and_then(|token| state.keys.verify(token, now).ok())
        .ok_or(ErrorCode::Unauthenticated)?;
    let (session_id, visit_at) = (bearer.session_id, bearer.visit_at);
    let caller = state
        .store
        .run(move |conn| look_up(conn, session_id, visit_at, now))
        .await
        .map_err(|error| match error {
            StoreError::NotFound => ErrorCode::Unauthenticated.into(),
            other => ApiError::from(other),
        })?;
    if caller.actor.user_id != bearer.user_id {
        return Err(ErrorCode::Unauthenticated.into());
    }
    let ctx = Ctx {
        actor: caller.actor,
        now,
        request_id: request_id(req),
        idempotency: None,
    };
    // For the record of what is refused.
    req.extensions_mut().insert(Caller(ctx));
    Ok((ctx, caller.assurance))
}

/// Who the session's user is now: of an account, or of a link to a visit at that hospital.
pub(crate) fn look_up(
    conn: &mut AnyConn,
    session_id: SessionId,
    visit_at: Option<HospitalId>,
    now: Ts,
) -> Result<auth::Caller, StoreError> {
    match visit_at {
        Some(hospital_id) => join::authenticate(conn, hospital_id, session_id, now),
        None => auth::authenticate(conn, session_id, now),
    }
}

/// RFC 6750 §2.1; tokens are never read from the query or a cookie.
fn bearer_token(req: &HttpRequest) -> Option<&str> {
    let (scheme, token) = single_header(req, &AUTHORIZATION)?.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token.trim())
}
