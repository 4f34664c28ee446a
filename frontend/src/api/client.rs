//! Requests: JSON in and out, errors as [`ApiFail`], the token added and renewed.

use gloo_net::http::{Method, Request, RequestBuilder, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use visita_wire::ErrorCode;
use visita_wire::auth::{APP_HEADER, TokenGrant};
use visita_wire::join::{ExchangeJoinLink, JoinGrant};
use visita_wire::routes;
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

use super::{ApiFail, Outcome, token};

/// Requests without a token.
#[derive(Clone, Copy)]
pub struct Anon;

/// Requests of the signed-in user.
#[derive(Clone, Copy)]
pub struct Authed;

/// What a request carries.
enum Payload {
    Nothing,
    Json(String),
    Bytes(Blob),
}

impl Anon {
    /// Reads.
    pub async fn get<T: DeserializeOwned>(self, path: &str) -> Outcome<T> {
        json(&send(builder(Method::GET, path), &Payload::Nothing).await?).await
    }

    /// Sends JSON; the answer is a grant, whose token is kept.
    pub async fn post_for_grant(self, path: &str, body: &impl Serialize) -> Outcome<TokenGrant> {
        let builder = builder(Method::POST, path).header(APP_HEADER, "1");
        let grant: TokenGrant = json(&send(builder, &encode(body)?).await?).await?;
        token::keep(&grant);
        Ok(grant)
    }

    /// Sends JSON.
    pub async fn post<T: DeserializeOwned>(self, path: &str, body: &impl Serialize) -> Outcome<T> {
        json(&send(builder(Method::POST, path), &encode(body)?).await?).await
    }

    /// Sends JSON; the answer has no body.
    pub async fn post_unit(self, path: &str, body: &impl Serialize) -> Outcome<()> {
        send(builder(Method::POST, path), &encode(body)?)
            .await
            .map(drop)
    }

    /// Exchanges the refresh cookie for a new token.
    pub(super) async fn refresh(self) -> Outcome<TokenGrant> {
        let builder = builder(Method::POST, routes::REFRESH).header(APP_HEADER, "1");
        json(&send(builder, &Payload::Nothing).await?).await
    }

    /// Comes by a join link, or back by its cookie.
    pub(super) async fn exchange(self, body: &ExchangeJoinLink) -> Outcome<JoinGrant> {
        let builder = builder(Method::POST, routes::JOIN_EXCHANGE).header(APP_HEADER, "1");
        json(&send(builder, &encode(body)?).await?).await
    }

    /// Ends the session of the refresh cookie.
    pub async fn logout(self) -> Outcome<()> {
        let builder = builder(Method::POST, routes::LOGOUT).header(APP_HEADER, "1");
        let outcome = send(builder, &Payload::Nothing).await;
        token::forget();
        outcome.map(drop)
    }
}

impl Authed {
    /// Reads.
    pub async fn get<T: DeserializeOwned>(self, path: &str) -> Outcome<T> {
        json(
            &self
                .send(Method::GET, path, None, &Payload::Nothing)
                .await?,
        )
        .await
    }

    /// Reads bytes.
    pub async fn get_blob(self, path: &str) -> Outcome<Blob> {
        let response = self
            .send(Method::GET, path, None, &Payload::Nothing)
            .await?;
        let raw = web_sys::Response::from(response);
        let promise = raw.blob().map_err(|_| ApiFail::of(ErrorCode::Internal))?;
        let blob = JsFuture::from(promise)
            .await
            .map_err(|_| ApiFail::offline())?;
        Ok(blob.into())
    }

    /// Sends JSON.
    pub async fn post<T: DeserializeOwned>(self, path: &str, body: &impl Serialize) -> Outcome<T> {
        json(&self.send(Method::POST, path, None, &encode(body)?).await?).await
    }

    /// Sends JSON with an idempotency key: the same key again is the same act.
    pub async fn post_keyed<T: DeserializeOwned>(
        self,
        path: &str,
        key: &str,
        body: &impl Serialize,
    ) -> Outcome<T> {
        let header = Some(("idempotency-key", key.to_owned()));
        json(
            &self
                .send(Method::POST, path, header, &encode(body)?)
                .await?,
        )
        .await
    }

    /// Asks for an action that needs no words.
    pub async fn post_empty<T: DeserializeOwned>(self, path: &str) -> Outcome<T> {
        json(
            &self
                .send(Method::POST, path, None, &Payload::Nothing)
                .await?,
        )
        .await
    }

    /// Asks for an action that needs no words; the answer has no body.
    pub async fn post_empty_unit(self, path: &str) -> Outcome<()> {
        self.send(Method::POST, path, None, &Payload::Nothing)
            .await
            .map(drop)
    }

    /// Sends JSON; the answer has no body.
    pub async fn post_unit(self, path: &str, body: &impl Serialize) -> Outcome<()> {
        self.send(Method::POST, path, None, &encode(body)?)
            .await
            .map(drop)
    }

    /// Replaces by JSON.
    pub async fn put<T: DeserializeOwned>(self, path: &str, body: &impl Serialize) -> Outcome<T> {
        json(&self.send(Method::PUT, path, None, &encode(body)?).await?).await
    }

    /// Uploads a file.
    pub async fn put_blob<T: DeserializeOwned>(self, path: &str, content: &Blob) -> Outcome<T> {
        json(
            &self
                .send(Method::PUT, path, None, &Payload::Bytes(content.clone()))
                .await?,
        )
        .await
    }

    /// Changes by JSON.
    pub async fn patch<T: DeserializeOwned>(self, path: &str, body: &impl Serialize) -> Outcome<T> {
        json(&self.send(Method::PATCH, path, None, &encode(body)?).await?).await
    }

    /// Changes by JSON what still has the version that the viewer saw.
    pub async fn patch_version<T: DeserializeOwned>(
        self,
        path: &str,
        version: i64,
        body: &impl Serialize,
    ) -> Outcome<T> {
        let header = Some(("if-match", format!("\"{version}\"")));
        json(
            &self
                .send(Method::PATCH, path, header, &encode(body)?)
                .await?,
        )
        .await
    }

    /// Removes.
    pub async fn delete(self, path: &str) -> Outcome<()> {
        self.send(Method::DELETE, path, None, &Payload::Nothing)
            .await
            .map(drop)
    }

    /// Sends with the token; once more with a new one when it is refused.
    async fn send(
        self,
        method: Method,
        path: &str,
        header: Option<(&str, String)>,
        payload: &Payload,
    ) -> Outcome<Response> {
        let with = |token: &str| {
            let builder =
                builder(method.clone(), path).header("authorization", &format!("Bearer {token}"));
            match &header {
                Some((name, value)) => builder.header(name, value),
                None => builder,
            }
        };
        let token = token::current().await?;
        match send(with(&token), payload).await {
            Err(fail) if fail.code == ErrorCode::Unauthenticated => {
                let token = token::after_refusal(&token).await?;
                send(with(&token), payload).await
            }
            outcome => outcome,
        }
    }
}

fn builder(method: Method, path: &str) -> RequestBuilder {
    RequestBuilder::new(path)
        .method(method)
        .header("accept", "application/json")
}

fn encode(body: &impl Serialize) -> Outcome<Payload> {
    serde_json::to_string(body)
        .map(Payload::Json)
        .map_err(|_| ApiFail::of(ErrorCode::Internal))
}

async fn send(builder: RequestBuilder, payload: &Payload) -> Outcome<Response> {
    let request: Result<Request, _> = match payload {
        Payload::Nothing => builder.build(),
        Payload::Json(text) => builder
            .header("content-type", "application/json")
            .body(text),
        Payload::Bytes(blob) => builder.body(blob),
    };
    let request = request.map_err(|_| ApiFail::of(ErrorCode::Internal))?;
    let response = request.send().await.map_err(|_| ApiFail::offline())?;
    if response.ok() {
        Ok(response)
    } else {
        Err(ApiFail::read(&response).await)
    }
}

async fn json<T: DeserializeOwned>(response: &Response) -> Outcome<T> {
    let text = response.text().await.map_err(|_| ApiFail::offline())?;
    // Operations without an answer send no body; `()` reads as `null`.
    let text = if text.is_empty() { "null" } else { &text };
    serde_json::from_str(text).map_err(|_| ApiFail::of(ErrorCode::Internal))
}
