//! Identifiers: one type per entity, so that a patient's id cannot be passed for a doctor's.
//!
//! All are UUIDs (version 7 when the server makes them). Possession of an id is
//! never a capability (SECURITY R54).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// Wraps a UUID that a caller made or read.
            #[must_use]
            pub const fn new(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(s: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(s).map(Self)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }
    )*};
}

ids! {
    /// A hospital, the tenant.
    HospitalId;
    /// A person who can sign in.
    UserId;
    /// A doctor's profile. Equal to the `UserId` of its user, but a type of its own.
    DoctorId;
    /// A patient's profile. Equal to the `UserId` of its user, but a type of its own.
    PatientId;
    /// A weekly availability rule.
    RuleId;
    /// A time off or extra hours.
    ExceptionId;
    /// An appointment; its live part is the visit.
    AppointmentId;
    /// A conversation.
    ConversationId;
    /// A message id made by the sender's client: the idempotency key of a send.
    ClientMessageId;
    /// A document.
    DocumentId;
    /// A sign-in session.
    SessionId;
    /// An account code: what a mailed link lets its holder do once.
    CodeId;
    /// A mail in the outbox.
    MailId;
    /// A link to a visit.
    JoinLinkId;
    /// An audit event.
    AuditEventId;
    /// One WebSocket connection, drawn by the server.
    ConnId;
    /// One load of the SPA in one browser tab, drawn by the client.
    TabId;
    /// One participant's part in a call.
    LegId;
    /// One SDP offer.
    OfferId;
}

impl From<UserId> for DoctorId {
    fn from(id: UserId) -> Self {
        Self(id.0)
    }
}

impl From<UserId> for PatientId {
    fn from(id: UserId) -> Self {
        Self(id.0)
    }
}

impl From<DoctorId> for UserId {
    fn from(id: DoctorId) -> Self {
        Self(id.0)
    }
}

impl From<PatientId> for UserId {
    fn from(id: PatientId) -> Self {
        Self(id.0)
    }
}
