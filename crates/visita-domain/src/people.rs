//! Hospitals and the people in them.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::booking::BookingPolicy;
use crate::{DoctorId, HospitalId, LocalDate, PatientId, Ts, UserId};

mod order;

pub use order::{DoctorOrder, HospitalOrder, HospitalScope, PatientOrder, UserOrder};

/// What a user is. One role per user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Runs the platform: configuration, no health data.
    Admin,
    /// Reception and management of one hospital.
    Staff,
    /// A clinician of one hospital.
    Doctor,
    /// A patient of one hospital.
    Patient,
    /// Takes part in one visit, by a link: an interpreter, somebody of the family. Has no
    /// account, so no record of a user has this role.
    Guest,
}

impl Role {
    /// Every role that an account can have.
    pub const ALL: [Self; 4] = [Self::Admin, Self::Staff, Self::Doctor, Self::Patient];

    /// The stable text, as in the contract and the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Staff => "staff",
            Self::Doctor => "doctor",
            Self::Patient => "patient",
            Self::Guest => "guest",
        }
    }

    /// The role of an account of that text.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}

/// Whether a user may sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum UserState {
    /// Created by somebody else; has no password yet.
    Invited,
    /// May sign in.
    Active,
    /// May not sign in; open sessions end.
    Disabled,
}

impl UserState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Invited, Self::Active, Self::Disabled];

    /// The stable text, as in the contract and the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Active => "active",
            Self::Disabled => "disabled",
        }
    }

    /// The state of that text.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// Sex as recorded in the administrative record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    /// Female.
    Female,
    /// Male.
    Male,
    /// Other (FHIR `AdministrativeGender`).
    Other,
    /// Not recorded.
    Unknown,
}

/// An e-mail address in canonical form: trimmed and lower-cased.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Email(String);

/// The text is no e-mail address that we accept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not an e-mail address")]
pub struct EmailError;

impl Email {
    /// Reads an address: one `@`, a dot in the host, no spaces or control
    /// characters, at most 254 characters (RFC 5321 §4.5.3.1.3).
    ///
    /// # Errors
    /// [`EmailError`].
    pub fn parse(text: &str) -> Result<Self, EmailError> {
        let text = text.trim().to_lowercase();
        let (local, host) = text.split_once('@').ok_or(EmailError)?;
        let clean = text.len() <= 254
            && !local.is_empty()
            && local.len() <= 64
            && !host.contains('@')
            && host.contains('.')
            && host
                .split('.')
                .all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'))
            && host
                .chars()
                .all(|c| c.is_alphanumeric() || c == '.' || c == '-')
            && !text
                .chars()
                .any(|c| c.is_whitespace() || c.is_control() || "<>()[]\\,;:\"".contains(c));
        if clean {
            Ok(Self(text))
        } else {
            Err(EmailError)
        }
    }

    /// The canonical text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[email]")
    }
}

/// A tenant: a hospital or clinic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hospital {
    /// Its id.
    pub id: HospitalId,
    /// Display name.
    pub name: String,
    /// Short name for links, unique, `[a-z0-9-]`.
    pub slug: String,
    /// IANA zone in which availability is written.
    pub time_zone: String,
    /// Phone shown to patients as the fallback when video fails.
    pub phone: String,
    /// Postal address, free text.
    pub address: String,
    /// When it was created.
    pub created_at: Ts,
    /// Archived hospitals take no new people or bookings.
    pub archived: bool,
    /// What patients may do by themselves.
    pub booking: BookingPolicy,
}

/// Somebody who can sign in.
#[derive(Clone, PartialEq, Eq)]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// The hospital; none for platform admins.
    pub hospital_id: Option<HospitalId>,
    /// What the user is.
    pub role: Role,
    /// Whether the user may sign in.
    pub state: UserState,
    /// Unique address.
    pub email: Email,
    /// Name as shown.
    pub name: String,
    /// BCP 47 tag of the language for pages and mail.
    pub language: String,
    /// When it was created.
    pub created_at: Ts,
}

impl fmt::Debug for User {
    /// Names and addresses stay out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User")
            .field("id", &self.id)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

/// A doctor: the user and the profile.
#[derive(Clone, PartialEq, Eq)]
pub struct Doctor {
    /// Its id (equal to the user's).
    pub id: DoctorId,
    /// The hospital.
    pub hospital_id: HospitalId,
    /// Name as shown.
    pub name: String,
    /// Address of the user.
    pub email: Email,
    /// Whether the user may sign in.
    pub state: UserState,
    /// Medical specialty as shown.
    pub specialty: String,
    /// BCP 47 tags of the languages spoken.
    pub languages: Vec<String>,
    /// Text that patients read.
    pub biography: String,
    /// Licence number, may be empty.
    pub licence_number: String,
    /// Length of a visit in minutes.
    pub visit_minutes: u16,
    /// Free minutes kept between visits.
    pub buffer_minutes: u16,
}

/// A patient: the user and the profile. All of it is health data.
#[derive(Clone, PartialEq, Eq)]
pub struct Patient {
    /// Its id (equal to the user's).
    pub id: PatientId,
    /// The hospital.
    pub hospital_id: HospitalId,
    /// Name as shown.
    pub name: String,
    /// Address of the user.
    pub email: Email,
    /// Whether the user may sign in.
    pub state: UserState,
    /// Date of birth.
    pub date_of_birth: Option<LocalDate>,
    /// Administrative sex.
    pub sex: Sex,
    /// Phone, may be empty.
    pub phone: String,
    /// The hospital's number of the record, may be empty.
    pub record_number: String,
    /// Whom to call, free text.
    pub emergency_contact: String,
}

/// Shortest password where it is the only factor (NIST SP 800-63B-4).
pub const MIN_PASSWORD_CHARS: usize = 15;
/// Shortest password where a second factor stands beside it (NIST SP 800-63B-4).
pub const MIN_PASSWORD_CHARS_BESIDE_FACTOR: usize = 8;
/// Longest password taken, in code points (SECURITY R28).
pub const MAX_PASSWORD_CHARS: usize = 128;

#[cfg(test)]
mod tests {
    use super::Email;

    #[test]
    fn addresses_are_canonical_and_bad_ones_refused() {
        assert_eq!(
            Email::parse("  Ana.Lima@Example.ORG ")
                .expect("valid")
                .as_str(),
            "ana.lima@example.org"
        );
        for bad in [
            "",
            "a",
            "a@",
            "@b.c",
            "a@b",
            "a@b..c",
            "a b@c.d",
            "a@b.c\r\nBcc: x@y.z",
            "a@@b.c",
            "<a@b.c>",
            "a@-b.c",
        ] {
            assert!(Email::parse(bad).is_err(), "{bad:?}");
        }
    }
}
