//! Ids in paths.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::web::Path;
use actix_web::{FromRequest, HttpRequest};
use serde::de::DeserializeOwned;
use visita_wire::ErrorCode;

use crate::error::ApiError;

/// The id in the path, or a tuple of several. A text that is no id names no record: 404.
#[derive(Debug, Clone, Copy)]
pub struct Id<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Id<T> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let path = Path::<T>::from_request(req, payload).into_inner();
        ready(
            path.map(|path| Self(path.into_inner()))
                .map_err(|_| ErrorCode::NotFound.into()),
        )
    }
}
