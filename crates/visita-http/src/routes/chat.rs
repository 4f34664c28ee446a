//! Conversations and messages.

use actix_web::web::Json;
use actix_web::{HttpResponse, get, post};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;
use visita_domain::ConversationId;
use visita_store::chat::{self, Outgoing, Window};
use visita_wire::Page;
use visita_wire::chat::{ConversationView, MarkRead, MessageView, MessagesView, SendMessage};

use crate::convert;
use crate::error::ApiError;
use crate::extract::{Allowed, Id, PageParams, ValidJson, ValidQuery, can, page_query};
use crate::state::State;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .service(list_conversations)
        .service(list_messages)
        .service(send_message)
        .service(mark_conversation_read);
}

/// List conversations
///
/// Those of which the caller is a member, the one with the newest message first.
#[utoipa::path(
    tag = "chat", security(("bearer" = [])), params(PageParams),
    responses((status = 200, description = "Conversations", body = Page<ConversationView>)),
)]
#[get("/conversations")]
async fn list_conversations(
    call: Allowed<can::ListConversations, ValidQuery<PageParams>>,
    state: State,
) -> Result<Json<Page<ConversationView>>, ApiError> {
    let (ctx, ValidQuery(query)) = (call.ctx, call.input);
    let page = query.page(&state.keys)?;
    let found = state
        .store
        .run(move |conn| chat::list_conversations(conn, &ctx, &page))
        .await?;
    Ok(Json(convert::page(
        &state.keys,
        found,
        convert::conversation,
    )?))
}

/// Which messages.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct MessageQuery {
    /// The oldest after this place.
    #[param(minimum = 0)]
    after_seq: Option<i64>,
    /// The newest before this place.
    #[param(minimum = 0)]
    before_seq: Option<i64>,
    /// Messages of one answer.
    #[param(minimum = 1, maximum = 100, default = 50)]
    limit: Option<i64>,
}

impl MessageQuery {
    /// The newest ones of all when neither end is named.
    fn window(&self) -> Result<Window, ApiError> {
        for (name, seq) in [
            ("after_seq", self.after_seq),
            ("before_seq", self.before_seq),
        ] {
            if seq.is_some_and(|seq| seq < 0) {
                return Err(ApiError::field(name, "range", "Must be at least 0."));
            }
        }
        match (self.after_seq, self.before_seq) {
            (Some(_), Some(_)) => Err(ApiError::field(
                "before_seq",
                "conflict",
                "Give after_seq or before_seq, not both.",
            )),
            (Some(seq), None) => Ok(Window::After(seq)),
            (None, Some(seq)) => Ok(Window::Before(seq)),
            (None, None) => Ok(Window::Before(i64::MAX)),
        }
    }
}

/// List messages
///
/// By place, upwards. Without `after_seq` and `before_seq` the newest.
#[utoipa::path(
    tag = "chat", security(("bearer" = [])),
    params(("id" = ConversationId, Path, description = "The conversation"), MessageQuery),
    responses((status = 200, description = "Messages", body = MessagesView)),
    extensions(("x-problems" = json!(["validation_failed"]))),
)]
#[get("/conversations/{id}/messages")]
async fn list_messages(
    call: Allowed<can::ReadConversation, (Id<ConversationId>, ValidQuery<MessageQuery>)>,
    state: State,
) -> Result<Json<MessagesView>, ApiError> {
    let (ctx, (Id(id), ValidQuery(query))) = (call.ctx, call.input);
    let window = query.window()?;
    let limit = page_query(&state.keys, query.limit, None)?.limit;
    let found = state
        .store
        .run(move |conn| chat::messages(conn, &ctx, id, window, limit))
        .await?;
    Ok(Json(convert::messages(found)))
}

/// Send a message
///
/// The same `client_id` and body again gives the same message with 200.
#[utoipa::path(
    tag = "chat", security(("bearer" = [])), request_body = SendMessage,
    params(("id" = ConversationId, Path, description = "The conversation")),
    responses(
        (status = 201, description = "Stored", body = MessageView),
        (status = 200, description = "Had been stored before", body = MessageView),
    ),
    extensions(("x-problems" = json!(["client_id_reused", "wrong_document_state"]))),
)]
#[post("/conversations/{id}/messages")]
async fn send_message(
    call: Allowed<can::SendMessage, (Id<ConversationId>, ValidJson<SendMessage>)>,
    state: State,
) -> Result<HttpResponse, ApiError> {
    let (ctx, (Id(id), ValidJson(body))) = (call.ctx, call.input);
    let outgoing = Outgoing {
        client_id: body.client_id,
        body: body.body,
        document_id: body.document_id,
    };
    let (sent, members) = state
        .store
        .run(move |conn| {
            Ok((
                chat::send(conn, &ctx, id, &outgoing)?,
                chat::members(conn, &ctx, id)?,
            ))
        })
        .await?;
    let mut answer = HttpResponse::Ok();
    if !sent.dup {
        state
            .hub
            .conversation_changed(id, Some(sent.message.seq), &members);
        answer = HttpResponse::Created();
    }
    Ok(answer.json(convert::message(sent.message)))
}

/// Mark messages as read
///
/// Up to a place; it never goes back.
#[utoipa::path(
    tag = "chat", security(("bearer" = [])), request_body = MarkRead,
    params(("id" = ConversationId, Path, description = "The conversation")),
    responses((status = 200, description = "How far the caller has read", body = MarkRead)),
)]
#[post("/conversations/{id}/read")]
async fn mark_conversation_read(
    call: Allowed<can::ReadConversation, (Id<ConversationId>, ValidJson<MarkRead>)>,
    state: State,
) -> Result<Json<MarkRead>, ApiError> {
    let (ctx, (Id(id), ValidJson(body))) = (call.ctx, call.input);
    let seq = state
        .store
        .run(move |conn| chat::mark_read(conn, &ctx, id, body.seq))
        .await?;
    state.hub.conversation_read(id, ctx.actor.user_id, seq);
    Ok(Json(MarkRead { seq }))
}
