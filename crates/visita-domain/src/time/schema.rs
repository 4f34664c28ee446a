//! How times look in the OpenAPI document.

use super::{LocalDate, LocalTime, Ts};
use utoipa::openapi::schema::{ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{KnownFormat, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

macro_rules! text_schema {
    ($($name:ident, $format:expr, $pattern:expr, $description:literal, $example:literal;)*) => {$(
        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .format($format)
                    .pattern($pattern)
                    .description(Some($description))
                    .examples([$example])
                    .into()
            }
        }
        impl ToSchema for $name {}
    )*};
}

text_schema! {
    Ts, Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)), None::<&str>, "An instant, RFC 3339 in UTC.", "2026-11-23T09:30:00.000000Z";
    LocalDate, Some(SchemaFormat::KnownFormat(KnownFormat::Date)), None::<&str>, "A calendar day.", "2026-11-23";
    LocalTime, None, Some("^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"), "A time of day, HH:MM, up to 24:00.", "09:30";
}
