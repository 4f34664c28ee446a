//! What happens to every request: known host, bounded time, no panic gets out, and
//! every answer, errors included, carries the same headers and a request id.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST};
use actix_web::http::{ConnectionType, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse};
use futures_util::FutureExt;
use tracing_actix_web::RequestId;
use uuid::Uuid;
use visita_wire::{ErrorBody, ErrorCode};

use crate::client_addr::came_plain;
use crate::denials;
use crate::error::{ApiError, code_of_status, problem_response};
use crate::headers::HeaderSet;
use crate::state::AppState;
use crate::unread::{self, Held};

/// The id of a request, as in logs, error bodies and `X-Request-Id`. Drawn by the server.
#[must_use]
pub fn request_id(req: &HttpRequest) -> Option<Uuid> {
    id_in(req)
}

fn id_in(message: &impl HttpMessage) -> Option<Uuid> {
    message.extensions().get::<RequestId>().map(|id| **id)
}

/// The outermost middleware but for tracing.
pub(crate) async fn edge(
    mut req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let (Some(state), Some(headers)) = (
        req.app_data::<Data<AppState>>().cloned(),
        req.app_data::<Data<HeaderSet>>().cloned(),
    ) else {
        return Err(ApiError::internal("state", &"the application has no state").into());
    };
    let dress = Dress {
        id: id_in(&req).map(|id| id.to_string()),
        path: req.path().to_owned(),
        headers,
        is_upload: is_upload(&req),
        body: unread::hold(&mut req),
    };
    if let Some(refusal) = refusal(&state, &req) {
        return Ok(dress.response(req.error_response(ApiError::new(refusal))));
    }
    let limit = time_limit(&state, &req);
    let answer = tokio::time::timeout(limit, next.call(req));
    match AssertUnwindSafe(answer).catch_unwind().await {
        Ok(Ok(Ok(response))) => {
            denials::record(&state, &response).await;
            Ok(dress.response(response))
        }
        Ok(Ok(Err(error))) => Err(dress.error(error.as_error::<ApiError>().cloned())),
        Ok(Err(_elapsed)) => Err(dress.error(Some(ErrorCode::Unavailable.into()))),
        // The panic hook has logged where and why.
        Err(_panic) => Err(dress.error(None)),
    }
}

/// Health probes come by address and within the machine; everything else must name one of
/// our hosts, and reach it by TLS where that is how it is reached. Never a redirect: the
/// request has been sent in the open already, and must not work (SECURITY R18).
fn refusal(state: &AppState, req: &ServiceRequest) -> Option<ErrorCode> {
    if req.path().starts_with("/health/") {
        return None;
    }
    // HTTP/2 and absolute targets carry the host in the URI.
    let host = req.uri().authority().map(|host| host.as_str()).or_else(|| {
        req.headers()
            .get(HOST)
            .and_then(|value| value.to_str().ok())
    });
    match host.filter(|host| state.settings.serves_host(host)) {
        None => Some(ErrorCode::Misdirected),
        Some(host) if state.settings.needs_tls(host) && came_plain(req.request(), state) => {
            Some(ErrorCode::TlsRequired)
        }
        Some(_) => None,
    }
}

fn time_limit(state: &AppState, req: &ServiceRequest) -> Duration {
    let limits = &state.settings.limits;
    Duration::from_secs(if is_upload(req) {
        limits.upload_secs
    } else {
        limits.handler_secs
    })
}

fn is_upload(req: &ServiceRequest) -> bool {
    req.method() == actix_web::http::Method::PUT && req.path().ends_with("/content")
}

/// What is needed to finish an answer when the request is gone.
struct Dress {
    id: Option<String>,
    path: String,
    headers: Data<HeaderSet>,
    is_upload: bool,
    body: Option<Held>,
}

impl Dress {
    fn response<B: MessageBody + 'static>(
        &self,
        response: ServiceResponse<B>,
    ) -> ServiceResponse<BoxBody> {
        let status = response.status();
        let mut response = if status.is_client_error() || status.is_server_error() {
            self.problem(response)
        } else {
            response.map_into_boxed_body()
        };
        self.headers
            .apply(&self.path, self.id.as_deref(), response.headers_mut());
        response
    }

    /// Every error becomes a problem body with the request's id; other headers stay.
    fn problem<B: MessageBody + 'static>(
        &self,
        response: ServiceResponse<B>,
    ) -> ServiceResponse<BoxBody> {
        let status = response.status();
        let body = response
            .response()
            .error()
            .and_then(|error| error.as_error::<ApiError>())
            .map_or_else(
                || {
                    let mut body = ErrorBody::new(code_of_status(status), status.as_u16());
                    body.request_id.clone_from(&self.id);
                    body
                },
                |error| error.body(self.id.clone()),
            );
        let mut problem = self.problem_response(status, &body);
        for (name, value) in response.headers() {
            if name != CONTENT_TYPE
                && name != CONTENT_LENGTH
                && !problem.headers().contains_key(name)
            {
                problem.headers_mut().insert(name.clone(), value.clone());
            }
        }
        response.into_response(problem)
    }

    /// An error may leave the request's body unread, and then its connection ends.
    /// For an upload that is the rule, so its answer says so.
    fn problem_response(&self, status: StatusCode, body: &ErrorBody) -> HttpResponse {
        let mut response = problem_response(status, body);
        if let Some(held) = &self.body {
            response = response.map_body(|_, answer| held.within(answer));
        }
        if self.is_upload {
            response
                .head_mut()
                .set_connection_type(ConnectionType::Close);
        }
        response
    }

    /// An answer for a request that is gone with its handler.
    fn error(&self, error: Option<ApiError>) -> Error {
        let error = error.unwrap_or_else(|| ErrorCode::Internal.into());
        let body = error.body(self.id.clone());
        let mut response = self.problem_response(crate::error::status_of(error.code()), &body);
        self.headers
            .apply(&self.path, self.id.as_deref(), response.headers_mut());
        InternalError::from_response(error, response).into()
    }
}
