//! What handlers take: the caller and its right, checked bodies and queries, preconditions.
//!
//! A handler that compiles with these in its signature cannot forget a check.

mod actor;
mod body;
mod id;
mod if_match;
mod once;
mod query;
mod rights;
mod strict;

pub use actor::{Allowed, Right};
pub(crate) use actor::{Caller, look_up};
pub use body::ValidJson;
pub use id::Id;
pub use if_match::IfMatch;
pub use once::{Once, OnceKey};
pub(crate) use query::page_query;
pub use query::{PageParams, SearchText, ValidQuery};
pub use rights::can;

use actix_web::HttpRequest;
use actix_web::http::header::HeaderName;
use actix_web::web::Data;

use crate::error::ApiError;
use crate::state::AppState;

/// The application's parts.
pub(crate) fn state_of(req: &HttpRequest) -> Result<Data<AppState>, ApiError> {
    req.app_data::<Data<AppState>>()
        .cloned()
        .ok_or_else(|| ApiError::internal("state", &"the application has no state"))
}

/// The value of a header that occurs exactly once and is plain text.
pub(crate) fn single_header<'a>(req: &'a HttpRequest, name: &HeaderName) -> Option<&'a str> {
    let mut values = req.headers().get_all(name);
    let only = values.next()?;
    values.next().is_none().then(|| only.to_str().ok())?
}
