//! Query strings: unknown and repeated keys are refused.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use visita_store::{PageQuery, StoreError};
use visita_wire::page::{DEFAULT_LIMIT, MAX_LIMIT};

use crate::error::ApiError;
use crate::extract::body::shape_error;
use crate::extract::strict::Strict;
use crate::seal;
use crate::tokens::TokenKeys;

/// A query of the documented shape. `T` denies unknown fields; serde denies repeated ones.
#[derive(Debug)]
pub struct ValidQuery<T>(pub T);

impl<T: DeserializeOwned> FromRequest for ValidQuery<T> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parse(req.query_string()).map(Self))
    }
}

fn parse<T: DeserializeOwned>(query: &str) -> Result<T, ApiError> {
    let pairs = form_urlencoded::parse(query.as_bytes());
    serde_path_to_error::deserialize(Strict(serde_urlencoded::Deserializer::new(pairs)))
        .map_err(|error| shape_error(&error.path().to_string(), &error.inner().to_string()))
}

/// A text to look for, at most 200 characters.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "String")]
#[schema(value_type = String, max_length = 200)]
pub struct SearchText(pub String);

impl TryFrom<String> for SearchText {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.chars().count() > 200 {
            return Err("too long to look for");
        }
        Ok(Self(text))
    }
}

/// Which page of a list. Lists without filters take it as it is; others repeat its fields,
/// because a flattened part would let unknown keys through.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageParams {
    /// Items of one page.
    #[param(minimum = 1, maximum = 100, default = 50)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    #[param(max_length = 4096)]
    pub cursor: Option<String>,
}

impl PageParams {
    /// The page asked for.
    ///
    /// # Errors
    /// `validation_failed` when the limit is not 1 to 100 or the cursor is none of ours.
    pub fn page(self, keys: &TokenKeys) -> Result<PageQuery, ApiError> {
        page_query(keys, self.limit, self.cursor)
    }
}

/// The page asked for.
pub(crate) fn page_query(
    keys: &TokenKeys,
    limit: Option<i64>,
    cursor: Option<String>,
) -> Result<PageQuery, ApiError> {
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(ApiError::field("limit", "range", "Must be 1 to 100."));
    }
    let cursor = cursor
        .map(|sealed| seal::open_cursor(keys, &sealed).ok_or(StoreError::BadCursor))
        .transpose()?;
    Ok(PageQuery { limit, cursor })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_repeated_and_misshapen_keys_are_refused() {
        let good: PageParams = parse("limit=10&cursor=a%20b").unwrap();
        assert_eq!(
            (good.limit, good.cursor.as_deref()),
            (Some(10), Some("a b"))
        );
        for (query, code) in [
            ("hospital_id=1", "unknown_field"),
            ("limit=1&limit=2", "duplicate"),
            ("limit=ten", "format"),
        ] {
            let error = parse::<PageParams>(query).unwrap_err().body(None);
            assert_eq!(error.errors[0].code, code, "{query}: {:?}", error.errors);
        }
        let keys = TokenKeys::from_seeds(&[[1; 32]]).unwrap();
        assert!(good.page(&keys).is_err(), "nobody has sealed this cursor");
        for (query, good) in [
            ("limit=100", true),
            ("limit=101", false),
            ("limit=0", false),
        ] {
            let page = parse::<PageParams>(query).unwrap().page(&keys);
            assert_eq!(page.is_ok(), good, "{query}");
        }
    }
}
