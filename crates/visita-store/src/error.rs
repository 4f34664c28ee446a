//! What can go wrong. No variant carries a value of the request or a password.

use diesel::result::{DatabaseErrorKind, Error as DieselError};
use thiserror::Error;
use visita_domain::access::Denied;
use visita_domain::appointment::IllegalTransition;
use visita_domain::availability::RuleError;
use visita_domain::booking::Conflict;
use visita_domain::chat::BodyError;

use crate::availability::Stranded;

/// An operation did not happen; nothing of it was written.
#[derive(Debug, Error)]
pub enum StoreError {
    /// No such record, or not one that the actor may see.
    #[error("no such record")]
    NotFound,
    /// The role never may.
    #[error("this role may not do this")]
    Forbidden,
    /// The time cannot be booked, for all these reasons.
    #[error("the time cannot be booked")]
    Conflicts(Vec<Conflict>),
    /// The appointment's state does not allow it.
    #[error(transparent)]
    Illegal(#[from] IllegalTransition),
    /// The patient arrives too long before the visit.
    #[error("too early to arrive")]
    TooEarly,
    /// The patient changes a visit later than the hospital allows.
    #[error("too late to change the visit")]
    TooLate,
    /// The minutes of the hold are over.
    #[error("the hold is over")]
    HoldExpired,
    /// The record has changed since the caller read it.
    #[error("the record has changed")]
    VersionMismatch {
        /// The version that it has now.
        current: i64,
    },
    /// Another user has this address.
    #[error("the address is in use")]
    EmailTaken,
    /// The account code is wrong, used, too old or for something else.
    #[error("the code does not count")]
    CodeInvalid,
    /// The account is not one that waits for its owner.
    #[error("the account is not waiting for its owner")]
    NotInvited,
    /// Only a mail that failed is sent again.
    #[error("the mail has not failed")]
    MailNotFailed,
    /// The clinic has users, so it is not set up again.
    #[error("the clinic is set up already")]
    AlreadySetUp,
    /// Another hospital has this short name.
    #[error("the short name is in use")]
    SlugTaken,
    /// The client id came with another body before.
    #[error("the client id was used for another message")]
    ClientIdReused,
    /// The idempotency key came with another body before.
    #[error("the idempotency key was used for another request")]
    IdempotencyKeyReused,
    /// The document's content is there already, or still missing.
    #[error("the document is not in the right state")]
    WrongDocumentState,
    /// A time or range that makes no sense here; the text says which.
    #[error("{0}")]
    InvalidTime(&'static str),
    /// No such IANA zone.
    #[error("unknown time zone")]
    UnknownZone,
    /// Availability rules that contradict themselves.
    #[error(transparent)]
    InvalidRules(#[from] RuleError),
    /// A text that cannot be a message.
    #[error(transparent)]
    InvalidBody(#[from] BodyError),
    /// A field that the record cannot hold; the text names it.
    #[error("the field {0} is not valid")]
    InvalidField(&'static str),
    /// The hospital takes no new people or bookings.
    #[error("the hospital is archived")]
    Archived,
    /// The change of hours would leave these visits outside of them.
    #[error("the change would leave visits outside of the hours")]
    VisitsStranded(Vec<Stranded>),
    /// The patient is archived: nothing new is booked for them.
    #[error("the patient is archived")]
    PatientArchived,
    /// The cursor did not come from this list.
    #[error("the cursor is not valid")]
    BadCursor,
    /// The database is busy, gone or full: try again later.
    #[error("the database is not available")]
    Unavailable,
    /// A defect.
    #[error("the database refused a statement")]
    Database(#[source] DatabaseFault),
}

/// What the driver said. Opaque, so that callers do not depend on diesel.
#[derive(Debug, Error)]
#[error(transparent)]
pub struct DatabaseFault(DieselError);

impl From<Denied> for StoreError {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Role | Denied::SecondFactorMissing | Denied::StaleProof => Self::Forbidden,
            Denied::Invisible => Self::NotFound,
        }
    }
}

impl From<DieselError> for StoreError {
    /// The constraints of the schema speak in the words of the domain; all else is a defect.
    fn from(error: DieselError) -> Self {
        match &error {
            DieselError::NotFound => Self::NotFound,
            DieselError::DatabaseError(DatabaseErrorKind::ClosedConnection, _)
            | DieselError::BrokenTransactionManager => Self::Unavailable,
            DieselError::DatabaseError(kind, info) => {
                let name = info.constraint_name().unwrap_or_else(|| info.message());
                from_constraint(kind, name).unwrap_or(Self::Database(DatabaseFault(error)))
            }
            _ => Self::Database(DatabaseFault(error)),
        }
    }
}

/// SQLite names columns where PostgreSQL names the constraint.
fn from_constraint(kind: &DatabaseErrorKind, name: &str) -> Option<StoreError> {
    let overlap = |conflict| Some(StoreError::Conflicts(vec![conflict]));
    match kind {
        _ if name.contains("ex_appointments_doctor") => overlap(Conflict::DoctorBusy),
        _ if name.contains("ex_appointments_patient") => overlap(Conflict::PatientBusy),
        DatabaseErrorKind::UniqueViolation
            if name.contains("uq_users_email") || name.contains("users.email") =>
        {
            Some(StoreError::EmailTaken)
        }
        DatabaseErrorKind::UniqueViolation
            if name.contains("uq_hospitals_slug") || name.contains("hospitals.slug") =>
        {
            Some(StoreError::SlugTaken)
        }
        _ if is_exhaustion(name) => Some(StoreError::Unavailable),
        _ => None,
    }
}

/// Full disks, ended connections and time-outs have no kind of their own in diesel.
fn is_exhaustion(message: &str) -> bool {
    [
        "database or disk is full",
        "disk I/O error",
        "No space left on device",
        "server closed the connection",
        "terminating connection",
        "statement timeout",
        "lock timeout",
        "no connection to the server",
    ]
    .iter()
    .any(|text| message.contains(text))
}

impl StoreError {
    /// True when the same transaction may succeed if it is run again.
    pub(crate) fn is_contention(&self) -> bool {
        let Self::Database(DatabaseFault(DieselError::DatabaseError(kind, info))) = self else {
            return false;
        };
        // Another transaction claimed the idempotency key and has committed by now.
        let claimed = || info.constraint_name() == Some("idempotency_records_pkey");
        matches!(kind, DatabaseErrorKind::SerializationFailure)
            || matches!(kind, DatabaseErrorKind::UniqueViolation) && claimed()
            || info.message().contains("deadlock detected")
            || info.message().contains("database is locked")
    }

    /// True when a unique key was taken by another transaction.
    pub(crate) fn is_unique_violation(&self) -> bool {
        matches!(
            self,
            Self::Database(DatabaseFault(DieselError::DatabaseError(
                DatabaseErrorKind::UniqueViolation,
                _
            )))
        )
    }
}

/// The database cannot be used. One clear line; the password of the URL is never in it.
#[derive(Debug, Error)]
pub enum OpenError {
    /// Neither `sqlite:` nor `postgres:`.
    #[error("the database URL must start with sqlite://, postgres:// or postgresql://")]
    UnknownScheme,
    /// The SQLite file or its folder cannot be used.
    #[error("cannot open the SQLite database {path}: {reason}")]
    Sqlite {
        /// The file.
        path: String,
        /// What the system said.
        reason: String,
    },
    /// PostgreSQL does not let us in.
    #[error("cannot connect to PostgreSQL at {host}: {reason}")]
    Postgres {
        /// Host and database, without user and password.
        host: String,
        /// What the server said.
        reason: String,
    },
    /// The linked SQLite is older than the fix of its WAL bug (SECURITY §7.1).
    #[error("SQLite {0} is too old, 3.51.3 or newer is needed")]
    SqliteVersion(String),
    /// A setting did not take.
    #[error("the database setting {name} is {found}, not {wanted}")]
    Setting {
        /// Its name.
        name: &'static str,
        /// What the database says.
        found: String,
        /// What is needed.
        wanted: &'static str,
    },
    /// Migrations are in the database that this program does not know.
    #[error("the database was migrated by a newer program ({0}); refusing to use it")]
    Newer(String),
    /// A migration failed.
    #[error("a migration failed: {0}")]
    Migration(String),
    /// Anything else.
    #[error("the database refused a statement: {0}")]
    Refused(String),
}
