//! What is refused to somebody who is signed in is in the trail (SECURITY R65, §4.4).

use actix_web::HttpMessage;
use actix_web::dev::ServiceResponse;
use actix_web::http::StatusCode;
use uuid::Uuid;
use visita_store::audit;

use crate::extract::Caller;
use crate::state::AppState;

/// Records the refusal that this answer is, if it is one. An answer that gives nothing away
/// does not wait for a database that is down: that is logged, and the refusal stands.
pub(crate) async fn record<B>(state: &AppState, response: &ServiceResponse<B>) {
    let request = response.request();
    let Some(Caller(ctx)) = request.extensions().get::<Caller>().copied() else {
        return;
    };
    let subject = request
        .match_info()
        .get("id")
        .and_then(|id| id.parse::<Uuid>().ok());
    let refused = match response.status() {
        StatusCode::FORBIDDEN => true,
        StatusCode::NOT_FOUND => subject.is_some(),
        _ => false,
    };
    if !refused {
        return;
    }
    let recorded = state
        .store
        .run(move |conn| audit::record_denial(conn, &ctx, subject))
        .await;
    if let Err(error) = recorded {
        tracing::error!(%error, "A refusal could not be recorded");
    }
}
