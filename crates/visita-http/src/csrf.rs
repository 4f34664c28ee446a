//! Proof that a request that is authorised by a cookie comes from our own page (SECURITY §2.5).

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{HeaderName, ORIGIN};
use actix_web::{FromRequest, HttpRequest};
use visita_wire::ErrorCode;
use visita_wire::auth::APP_HEADER;

use crate::error::ApiError;
use crate::extract::{single_header, state_of};

/// In a signature: the browser vouches that the page is ours, and a script of it sent the request.
#[derive(Debug)]
pub struct SameOrigin(());

impl FromRequest for SameOrigin {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(check(req).map(Self))
    }
}

fn check(req: &HttpRequest) -> Result<(), ApiError> {
    let site = HeaderName::from_static("sec-fetch-site");
    let from_us = if req.headers().contains_key(&site) {
        single_header(req, &site) == Some("same-origin")
    } else {
        let state = state_of(req)?;
        single_header(req, &ORIGIN).is_some_and(|origin| state.settings.serves_origin(origin))
    };
    // A form or an image of another site cannot set this header without asking first (CORS).
    let by_script = single_header(req, &HeaderName::from_static(APP_HEADER)) == Some("1");
    if from_us && by_script {
        Ok(())
    } else {
        Err(ErrorCode::CrossSite.into())
    }
}
