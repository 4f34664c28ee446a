//! Sign-in, sessions and the own account.

use serde::{Deserialize, Serialize};
#[cfg(feature = "validate")]
use validator::Validate as _;
use visita_domain::people::Role;
use visita_domain::{HospitalId, SessionId, Ts, UserId};

use crate::people::CreateHospital;

/// Header that cookie endpoints ask for besides same-origin proof (SECURITY §2.5).
pub const APP_HEADER: &str = "x-visita-app";

/// `POST /auth/login`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "validate", derive(validator::Validate))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// The account's address.
    #[cfg_attr(feature = "validate", validate(length(min = 3, max = 254)))]
    #[cfg_attr(feature = "openapi", schema(min_length = 3, max_length = 254))]
    pub email: String,
    /// The password as typed.
    #[cfg_attr(feature = "validate", validate(length(min = 1, max = 128)))]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 128))]
    pub password: String,
}

/// `POST /setup`: the first hospital and the first administrator of an empty clinic.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "validate", derive(validator::Validate))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Setup {
    /// The token that the server printed when it started.
    #[cfg_attr(feature = "validate", validate(length(min = 1, max = 128)))]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 128))]
    pub token: String,
    /// The first hospital.
    #[cfg_attr(feature = "validate", validate(nested))]
    pub hospital: CreateHospital,
    /// Name of the administrator.
    #[cfg_attr(feature = "validate", validate(length(min = 1, max = 120)))]
    #[cfg_attr(
        feature = "openapi",
        schema(format = "non-blank", min_length = 1, max_length = 120)
    )]
    pub name: String,
    /// Address to sign in with.
    #[cfg_attr(feature = "validate", validate(email, length(max = 254)))]
    #[cfg_attr(feature = "openapi", schema(format = "email", max_length = 254))]
    pub email: String,
    /// At least 15 characters (NIST SP 800-63B-4).
    #[cfg_attr(feature = "validate", validate(length(min = 1, max = 128)))]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 128))]
    pub password: String,
    /// BCP 47 tag of the preferred language.
    #[serde(default = "default_language")]
    #[cfg_attr(feature = "validate", validate(length(min = 2, max = 35)))]
    #[cfg_attr(feature = "openapi", schema(min_length = 2, max_length = 35))]
    pub language: String,
}

pub(crate) fn default_language() -> String {
    "en".to_owned()
}

/// Answer of login, activation, set-up and refresh. The refresh token travels in a cookie only.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TokenGrant {
    /// Bearer token for `Authorization`.
    pub access_token: String,
    /// Always `Bearer`.
    pub token_type: String,
    /// Seconds until the access token ends.
    pub expires_in: i64,
    /// Who signed in.
    pub user: Me,
    /// The account must set up a second factor before it does anything else.
    #[serde(default)]
    pub mfa_enrolment_required: bool,
}

/// The signed-in user.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Me {
    /// Its id.
    pub id: UserId,
    /// What it is.
    pub role: Role,
    /// Its hospital; absent for platform admins.
    pub hospital_id: Option<HospitalId>,
    /// The hospital's name.
    pub hospital_name: Option<String>,
    /// The hospital's IANA zone.
    pub time_zone: Option<String>,
    /// The hospital's phone.
    pub hospital_phone: Option<String>,
    /// Name as shown.
    pub name: String,
    /// Address.
    pub email: String,
    /// BCP 47 tag.
    pub language: String,
}

/// `PATCH /me`. Absent fields stay.
#[derive(Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "validate", derive(validator::Validate))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangeMe {
    /// Name as shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "validate", validate(length(min = 1, max = 120)))]
    #[cfg_attr(
        feature = "openapi",
        schema(format = "non-blank", min_length = 1, max_length = 120)
    )]
    pub name: Option<String>,
    /// BCP 47 tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "validate", validate(length(min = 2, max = 35)))]
    #[cfg_attr(feature = "openapi", schema(min_length = 2, max_length = 35))]
    pub language: Option<String>,
}

/// `POST /me/password`. Ends all other sessions.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "validate", derive(validator::Validate))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangePassword {
    /// The present password. Leaving it out is answered as a wrong one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "validate", validate(length(min = 1, max = 128)))]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 128))]
    pub current_password: Option<String>,
    /// The new one: at least 15 characters, or 8 beside a second factor.
    #[cfg_attr(feature = "validate", validate(length(min = 1, max = 128)))]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 128))]
    pub new_password: String,
}

/// One of the own sessions.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionView {
    /// Its id.
    pub id: SessionId,
    /// Sign-in time.
    pub created_at: Ts,
    /// Last renewal.
    pub last_seen_at: Ts,
    /// When it ends at the latest.
    pub expires_at: Ts,
    /// The browser, shortened, as it named itself.
    pub user_agent: String,
    /// True for the session of this request.
    pub current: bool,
}
