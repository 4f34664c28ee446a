//! The SQL types of the schema and how the domain's values travel through them.
//!
//! Native columns on PostgreSQL (`uuid`, `timestamptz`, `date`, `jsonb`), compact ones
//! on SQLite (BLOB, and text whose order is the order of time). The traits are written
//! for the domain's own types, so rows hold `DoctorId` and `Ts` directly.

use std::io::Write;

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, Queryable};
use diesel::expression::AsExpression;
use diesel::internal::derives::as_expression::Bound;
use diesel::pg::Pg;
use diesel::query_builder::QueryId;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{self, HasSqlType, SqlType};
use diesel::sqlite::Sqlite;
use uuid::Uuid;
use visita_domain::account::{CodePurpose, MailKind, MailState};
use visita_domain::appointment::{AppointmentState, ChangeKind};
use visita_domain::audit::AuditAction;
use visita_domain::availability::ExceptionKind;
use visita_domain::chat::MessageKind;
use visita_domain::document::{DocumentState, MediaType};
use visita_domain::join::JoinAs;
use visita_domain::people::{Email, Role, Sex, UserState};
use visita_domain::timer::TimerKind;
use visita_domain::{
    AppointmentId, AuditEventId, ClientMessageId, CodeId, ConversationId, DoctorId, DocumentId,
    ExceptionId, HospitalId, JoinLinkId, LegId, LocalDate, MailId, PatientId, RuleId, SessionId,
    Ts, UserId,
};

use crate::conn::MultiBackend;

/// `uuid` | BLOB of 16 bytes.
#[derive(SqlType, QueryId, Clone, Copy, Debug)]
#[diesel(
    postgres_type(oid = 2950, array_oid = 2951),
    sqlite_type(name = "Binary")
)]
pub struct DbUuid;

/// `timestamptz` | RFC 3339 in UTC with six decimals.
#[derive(SqlType, QueryId, Clone, Copy, Debug)]
#[diesel(
    postgres_type(oid = 1184, array_oid = 1185),
    sqlite_type(name = "Text")
)]
pub struct DbTs;

/// `date` | `YYYY-MM-DD`.
#[derive(SqlType, QueryId, Clone, Copy, Debug)]
#[diesel(
    postgres_type(oid = 1082, array_oid = 1182),
    sqlite_type(name = "Text")
)]
pub struct DbDate;

/// `jsonb` | JSON text.
#[derive(SqlType, QueryId, Clone, Copy, Debug)]
#[diesel(
    postgres_type(oid = 3802, array_oid = 3807),
    sqlite_type(name = "Text")
)]
pub struct DbJson;

/// `text` on both: a word of a closed set, or an address in canonical form.
#[derive(SqlType, QueryId, Clone, Copy, Debug)]
#[diesel(postgres_type(oid = 25, array_oid = 1009), sqlite_type(name = "Text"))]
pub struct DbWord;

/// A value on its way into a statement: `users::id.eq(Val(id))`. Rows need no wrapper;
/// here diesel wants a type of our own.
#[derive(Debug, Clone, Copy)]
pub struct Val<T>(pub T);

/// A list of texts in a [`DbJson`] column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Texts(pub Vec<String>);

/// What every pair of SQL type and value needs besides the conversion itself:
/// the derives of diesel, for types that are not ours, and the way through `MultiBackend`.
macro_rules! glue {
    ($sql:ident: $($value:ty),* $(,)?) => {
        impl HasSqlType<$sql> for MultiBackend {
            fn metadata(lookup: &mut Self::MetadataLookup) -> Self::TypeMetadata {
                MultiBackend::lookup_sql_type::<$sql>(lookup)
            }
        }
        impl<T> AsExpression<$sql> for Val<T>
        where
            T: ToSql<$sql, MultiBackend>,
        {
            type Expression = Bound<$sql, Self>;
            fn as_expression(self) -> Self::Expression {
                Bound::new(self)
            }
        }
        impl<T, DB: Backend> ToSql<$sql, DB> for Val<T>
        where
            T: ToSql<$sql, DB> + std::fmt::Debug,
        {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
                self.0.to_sql(out)
            }
        }
        $(
            impl FromSql<$sql, MultiBackend> for $value {
                fn from_sql(raw: <MultiBackend as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
                    raw.from_sql::<$value, $sql>()
                }
            }
            impl ToSql<$sql, MultiBackend> for $value {
                fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> serialize::Result {
                    out.set_value(($sql, self));
                    Ok(IsNull::No)
                }
            }
        )*
    };
}

/// diesel has this for `Uuid` itself.
macro_rules! readable {
    ($sql:ident: $($value:ty),* $(,)?) => {$(
        impl<DB: Backend> Queryable<$sql, DB> for $value
            where
                Self: FromSql<$sql, DB>,
            {
                type Row = Self;
                fn build(row: Self) -> deserialize::Result<Self> {
                    Ok(row)
                }
            }
    )*};
}

glue!(DbUuid: Uuid, HospitalId, UserId, DoctorId, PatientId, RuleId, ExceptionId, AppointmentId,
    ConversationId, ClientMessageId, DocumentId, SessionId, AuditEventId, LegId, CodeId, MailId,
    JoinLinkId);
glue!(DbTs: Ts);
glue!(DbDate: LocalDate);
glue!(DbJson: Texts);
glue!(DbWord: ChangeKind, Role, UserState, Sex, Email, ExceptionKind, AppointmentState, MessageKind, MediaType,
    DocumentState, AuditAction, CodePurpose, MailKind, MailState, TimerKind,
    JoinAs);

readable!(DbUuid: HospitalId, UserId, DoctorId, PatientId, RuleId, ExceptionId, AppointmentId,
    ConversationId, ClientMessageId, DocumentId, SessionId, AuditEventId, LegId, CodeId, MailId,
    JoinLinkId);
readable!(DbTs: Ts);
readable!(DbDate: LocalDate);
readable!(DbJson: Texts);
readable!(DbWord: ChangeKind, Role, UserState, Sex, Email, ExceptionKind, AppointmentState, MessageKind, MediaType,
    DocumentState, AuditAction, CodePurpose, MailKind, MailState, TimerKind,
    JoinAs);

macro_rules! uuid_values {
    ($($value:ty, |$own:ident| $uuid:expr;)*) => {$(
        impl ToSql<DbUuid, Pg> for $value {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
                let $own = self;
                out.write_all($uuid.as_bytes())?;
                Ok(IsNull::No)
            }
        }
        impl ToSql<DbUuid, Sqlite> for $value {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
                let $own = self;
                out.set_value($uuid.as_bytes().as_slice());
                Ok(IsNull::No)
            }
        }
        impl FromSql<DbUuid, Pg> for $value {
            fn from_sql(raw: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
                Ok(Self::from(Uuid::from_slice(raw.as_bytes())?))
            }
        }
        impl FromSql<DbUuid, Sqlite> for $value {
            fn from_sql(raw: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
                let bytes = <Vec<u8> as FromSql<sql_types::Binary, Sqlite>>::from_sql(raw)?;
                Ok(Self::from(Uuid::from_slice(&bytes)?))
            }
        }
    )*};
}

uuid_values! {
    Uuid, |id| id;
    HospitalId, |id| id.0;
    UserId, |id| id.0;
    DoctorId, |id| id.0;
    PatientId, |id| id.0;
    RuleId, |id| id.0;
    ExceptionId, |id| id.0;
    AppointmentId, |id| id.0;
    ConversationId, |id| id.0;
    ClientMessageId, |id| id.0;
    DocumentId, |id| id.0;
    SessionId, |id| id.0;
    AuditEventId, |id| id.0;
    LegId, |id| id.0;
    CodeId, |id| id.0;
    JoinLinkId, |id| id.0;
    MailId, |id| id.0;
}

/// Microseconds from 1970 to 2000, where PostgreSQL counts from.
const PG_EPOCH_MICROS: i64 = 946_684_800_000_000;

impl ToSql<DbTs, Pg> for Ts {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(&(self.as_micros() - PG_EPOCH_MICROS).to_be_bytes())?;
        Ok(IsNull::No)
    }
}

impl FromSql<DbTs, Pg> for Ts {
    fn from_sql(raw: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let micros = i64::from_be_bytes(raw.as_bytes().try_into()?);
        let since_1970 = micros
            .checked_add(PG_EPOCH_MICROS)
            .ok_or("time out of range")?;
        Ok(Ts::from_micros(since_1970)?)
    }
}

/// Day 0 of PostgreSQL's `date`.
fn pg_epoch() -> jiff::civil::Date {
    jiff::civil::date(2000, 1, 1)
}

impl ToSql<DbDate, Pg> for LocalDate {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        let date = jiff::civil::Date::new(self.year(), self.month(), self.day())?;
        let days = (date - pg_epoch()).get_days();
        out.write_all(&days.to_be_bytes())?;
        Ok(IsNull::No)
    }
}

impl FromSql<DbDate, Pg> for LocalDate {
    fn from_sql(raw: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let days = i32::from_be_bytes(raw.as_bytes().try_into()?);
        let date = pg_epoch().checked_add(jiff::Span::new().try_days(days)?)?;
        Ok(LocalDate::new(date.year(), date.month(), date.day())?)
    }
}

/// Values that are text on SQLite in their own `Display` and `FromStr`.
macro_rules! sqlite_text_values {
    ($($sql:ident: $value:ty;)*) => {$(
        impl ToSql<$sql, Sqlite> for $value {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
                out.set_value(self.to_string());
                Ok(IsNull::No)
            }
        }
        impl FromSql<$sql, Sqlite> for $value {
            fn from_sql(raw: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
                Ok(sqlite_text(raw)?.parse()?)
            }
        }
    )*};
}

sqlite_text_values! {
    DbTs: Ts;
    DbDate: LocalDate;
}

fn sqlite_text(raw: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<String> {
    <String as FromSql<sql_types::Text, Sqlite>>::from_sql(raw)
}

/// First byte of the binary form of `jsonb`.
const JSONB_VERSION: u8 = 1;

impl ToSql<DbJson, Pg> for Texts {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(&[JSONB_VERSION])?;
        serde_json::to_writer(out, &self.0)?;
        Ok(IsNull::No)
    }
}

impl FromSql<DbJson, Pg> for Texts {
    fn from_sql(raw: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        match raw.as_bytes() {
            [JSONB_VERSION, json @ ..] => Ok(Self(serde_json::from_slice(json)?)),
            _ => Err("unknown version of jsonb".into()),
        }
    }
}

impl ToSql<DbJson, Sqlite> for Texts {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(serde_json::to_string(&self.0)?);
        Ok(IsNull::No)
    }
}

impl FromSql<DbJson, Sqlite> for Texts {
    fn from_sql(raw: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(serde_json::from_str(&sqlite_text(raw)?)?))
    }
}

macro_rules! word_values {
    ($($value:ty, $to:expr, $from:expr;)*) => {$(
        impl ToSql<DbWord, Pg> for $value {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
                let text: &str = $to(self);
                out.write_all(text.as_bytes())?;
                Ok(IsNull::No)
            }
        }
        impl ToSql<DbWord, Sqlite> for $value {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
                let text: &'b str = $to(self);
                out.set_value(text);
                Ok(IsNull::No)
            }
        }
        impl FromSql<DbWord, Pg> for $value {
            fn from_sql(raw: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
                $from(std::str::from_utf8(raw.as_bytes())?).ok_or_else(|| unknown_word(stringify!($value)))
            }
        }
        impl FromSql<DbWord, Sqlite> for $value {
            fn from_sql(raw: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
                $from(sqlite_text(raw)?.as_str()).ok_or_else(|| unknown_word(stringify!($value)))
            }
        }
    )*};
}

/// The word itself stays out of the message: it may be an address.
fn unknown_word(of: &'static str) -> Box<dyn std::error::Error + Send + Sync> {
    format!("the column holds no {of}").into()
}

word_values! {
    AppointmentState, |v: &AppointmentState| v.as_str(), AppointmentState::from_text;
    ChangeKind, |v: &ChangeKind| v.as_str(), ChangeKind::from_text;
    AuditAction, |v: &AuditAction| v.as_str(), AuditAction::from_text;
    MediaType, |v: &MediaType| v.as_str(), MediaType::from_text;
    CodePurpose, |v: &CodePurpose| v.as_str(), CodePurpose::from_text;
    MailKind, |v: &MailKind| v.as_str(), MailKind::from_text;
    MailState, |v: &MailState| v.as_str(), MailState::from_text;
    TimerKind, |v: &TimerKind| v.as_str(), TimerKind::from_text;
    JoinAs, |v: &JoinAs| v.as_str(), JoinAs::from_text;
    Email, Email::as_str, |text: &str| Email::parse(text).ok();
    Role, |v: &Role| v.as_str(), Role::from_text;
    UserState, |v: &UserState| v.as_str(), UserState::from_text;
    Sex, |v: &Sex| sex_word(*v), |text| [Sex::Female, Sex::Male, Sex::Other, Sex::Unknown].into_iter().find(|v| sex_word(*v) == text);
    ExceptionKind, |v: &ExceptionKind| exception_word(*v), |text| [ExceptionKind::TimeOff, ExceptionKind::ExtraHours].into_iter().find(|v| exception_word(*v) == text);
    MessageKind, |v: &MessageKind| message_kind_word(*v), |text| [MessageKind::Text, MessageKind::File, MessageKind::System].into_iter().find(|v| message_kind_word(*v) == text);
    DocumentState, |v: &DocumentState| document_state_word(*v), |text| [DocumentState::Pending, DocumentState::Stored].into_iter().find(|v| document_state_word(*v) == text);
}

fn sex_word(sex: Sex) -> &'static str {
    match sex {
        Sex::Female => "female",
        Sex::Male => "male",
        Sex::Other => "other",
        Sex::Unknown => "unknown",
    }
}

fn exception_word(kind: ExceptionKind) -> &'static str {
    match kind {
        ExceptionKind::TimeOff => "time_off",
        ExceptionKind::ExtraHours => "extra_hours",
    }
}

fn message_kind_word(kind: MessageKind) -> &'static str {
    match kind {
        MessageKind::Text => "text",
        MessageKind::File => "file",
        MessageKind::System => "system",
    }
}

fn document_state_word(state: DocumentState) -> &'static str {
    match state {
        DocumentState::Pending => "pending",
        DocumentState::Stored => "stored",
    }
}
