//! The outbox, for platform admins; and for everybody in a demo, which sends no mail.

use actix_web::web::Json;
use actix_web::{HttpResponse, get, post};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;
use visita_domain::MailId;
use visita_domain::account::MailState;
use visita_store::mail;
use visita_wire::accounts::{DemoMailView, MailView};
use visita_wire::{ErrorCode, Page};

use crate::convert;
use crate::error::ApiError;
use crate::extract::{Allowed, Id, ValidQuery, can, page_query};
use crate::state::State;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .service(list_mails)
        .service(resend_mail)
        .service(list_demo_mails);
}

/// Which mails.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct MailQuery {
    /// In that state.
    state: Option<MailState>,
    /// Items of one page.
    #[param(minimum = 1, maximum = 100, default = 50)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    #[param(max_length = 4096)]
    cursor: Option<String>,
}

/// List mails
///
/// Newest first, without their texts and with the address in part only.
#[utoipa::path(
    tag = "oversight", security(("bearer" = [])), params(MailQuery),
    responses((status = 200, description = "Mails", body = Page<MailView>)),
)]
#[get("/mails")]
async fn list_mails(
    call: Allowed<can::ListMails, ValidQuery<MailQuery>>,
    state: State,
) -> Result<Json<Page<MailView>>, ApiError> {
    let (ctx, ValidQuery(query)) = (call.ctx, call.input);
    let page = page_query(&state.keys, query.limit, query.cursor)?;
    let found = state
        .store
        .run(move |conn| mail::list_mails(conn, &ctx, query.state, &page))
        .await?;
    Ok(Json(convert::page(&state.keys, found, convert::mail)?))
}

/// Send a mail again that failed
///
/// With as many tries as a new one; the time of its link begins anew.
#[utoipa::path(
    tag = "oversight", security(("bearer" = [])),
    params(("id" = MailId, Path, description = "The mail")),
    responses((status = 202, description = "Queued")),
    extensions(("x-problems" = json!(["mail_not_failed"]))),
)]
#[post("/mails/{id}/resend")]
async fn resend_mail(
    call: Allowed<can::ResendMail, Id<MailId>>,
    state: State,
) -> Result<HttpResponse, ApiError> {
    let (ctx, id) = (call.ctx, call.input.0);
    state
        .store
        .run(move |conn| mail::resend_mail(conn, &ctx, id))
        .await?;
    state.mailer.wake();
    Ok(HttpResponse::Accepted().finish())
}

/// Read the mails of a demo
///
/// A demo sends no mail: its outbox is open to everybody who can reach it, which is this
/// machine. Elsewhere there is no such thing.
#[utoipa::path(
    tag = "service", security(()),
    responses((status = 200, description = "The newest mails, whole", body = Page<DemoMailView>)),
    extensions(("x-problems" = json!(["not_found"]))),
)]
#[get("/demo/mails")]
async fn list_demo_mails(state: State) -> Result<Json<Page<DemoMailView>>, ApiError> {
    if !state.settings.demo {
        return Err(ErrorCode::NotFound.into());
    }
    let letters = state.store.run(mail::newest_letters).await?;
    let items = letters.into_iter().filter_map(|letter| {
        let post = state.mailer.write(&state, &letter)?;
        Some(DemoMailView {
            id: post.id,
            to: post.to,
            subject: post.subject,
            body: post.body,
            created_at: letter.created_at,
        })
    });
    Ok(Json(Page {
        items: items.collect(),
        next_cursor: None,
    }))
}
