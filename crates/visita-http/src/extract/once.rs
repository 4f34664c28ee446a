//! Bodies of requests that create: sent twice under one key, they create once.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::HeaderName;
use actix_web::{FromRequest, HttpRequest};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use utoipa::IntoParams;
use validator::Validate;
use visita_store::{Ctx, Idempotency};
use visita_wire::ErrorCode;

use crate::error::ApiError;
use crate::extract::{ValidJson, single_header};

/// Longest key; a UUID has 36 characters.
const MAX_KEY: usize = 64;

/// A checked body, and what its `Idempotency-Key` makes of the request. Every operation that
/// answers 201 to a signed-in caller takes its body this way; a test holds them to it.
#[derive(Debug)]
pub struct Once<T> {
    body: T,
    idempotency: Option<Idempotency>,
}

/// How the document tells of [`Once`].
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(
    dead_code,
    reason = "only its description is used; Once reads the header"
)]
pub struct OnceKey {
    /// The same key with the same body within 24 hours creates once, and gives the record again.
    /// 1 to 64 visible characters.
    #[param(
        rename = "Idempotency-Key",
        min_length = 1,
        max_length = 64,
        pattern = "^[!-~]{1,64}$"
    )]
    key: Option<String>,
}

impl<T> Once<T> {
    /// The body, and the caller with the key, for the store.
    pub fn by(self, ctx: Ctx) -> (Ctx, T) {
        let ctx = Ctx {
            idempotency: self.idempotency,
            ..ctx
        };
        (ctx, self.body)
    }
}

impl<T: DeserializeOwned + Serialize + Validate + 'static> FromRequest for Once<T> {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let key_sha256 = key_of(req);
        let path = req.path().to_owned();
        let body = ValidJson::<T>::from_request(req, payload);
        Box::pin(async move {
            let key_sha256 = key_sha256?;
            let ValidJson(body) = body.await?;
            let idempotency = key_sha256
                .map(|key_sha256| {
                    digest(&path, &body).map(|request_sha256| Idempotency {
                        key_sha256,
                        request_sha256,
                    })
                })
                .transpose()?;
            Ok(Self { body, idempotency })
        })
    }
}

/// What is asked. The parsed body, so that white space and the order of fields make no difference.
fn digest(path: &str, body: &impl Serialize) -> Result<[u8; 32], ApiError> {
    let body =
        serde_json::to_vec(body).map_err(|cause| ApiError::internal("idempotency", &cause))?;
    // No path has a NUL, so no other path and body give the same bytes.
    let hash = Sha256::new().chain_update(path).chain_update([0]);
    Ok(hash.chain_update(body).finalize().into())
}

/// The key, when the caller sends one: 1 to 64 visible characters.
fn key_of(req: &HttpRequest) -> Result<Option<[u8; 32]>, ApiError> {
    let name = HeaderName::from_static("idempotency-key");
    if !req.headers().contains_key(&name) {
        return Ok(None);
    }
    let key = single_header(req, &name).filter(|key| {
        (1..=MAX_KEY).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic())
    });
    key.map(|key| Some(Sha256::digest(key).into()))
        .ok_or_else(|| {
            ApiError::with_detail(
                ErrorCode::MalformedRequest,
                "Idempotency-Key must be 1 to 64 visible characters.",
            )
        })
}
