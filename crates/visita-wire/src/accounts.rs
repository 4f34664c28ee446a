//! How people get into their accounts, and the mail that goes out for it.

use serde::{Deserialize, Serialize};
use visita_domain::account::{MailKind, MailState};
use visita_domain::{HospitalId, MailId, Ts};

use crate::auth::default_language;

/// `POST /auth/register`: a patient asks a hospital for an account.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "validate", derive(validator::Validate))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Register {
    /// The hospital whose patient this is.
    pub hospital_id: HospitalId,
    /// Name as shown.
    #[cfg_attr(feature = "validate", validate(length(min = 1, max = 120)))]
    #[cfg_attr(
        feature = "openapi",
        schema(format = "non-blank", min_length = 1, max_length = 120)
    )]
    pub name: String,
    /// Address to sign in with. A link that confirms it goes there.
    #[cfg_attr(feature = "validate", validate(email, length(max = 254)))]
    #[cfg_attr(feature = "openapi", schema(format = "email", max_length = 254))]
    pub email: String,
    /// BCP 47 tag of the preferred language.
    #[serde(default = "default_language")]
    #[cfg_attr(feature = "validate", validate(length(min = 2, max = 35)))]
    #[cfg_attr(feature = "openapi", schema(min_length = 2, max_length = 35))]
    pub language: String,
}

/// Answer to whoever asks for a mail: the same whether one is sent or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AcceptedView {
    /// Minutes for which the link of the mail is good once it is sent.
    pub valid_minutes: i64,
}

/// `POST /auth/activate`: the holder of a registration or an invitation chooses a password.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "validate", derive(validator::Validate))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Activate {
    /// The token of the link.
    #[cfg_attr(feature = "validate", validate(length(min = 1, max = 128)))]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 128))]
    pub token: String,
    /// At least 15 characters (NIST SP 800-63B-4).
    #[cfg_attr(feature = "validate", validate(length(min = 1, max = 128)))]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 128))]
    pub password: String,
    /// Another name than the one given before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "validate", validate(length(min = 1, max = 120)))]
    #[cfg_attr(
        feature = "openapi",
        schema(format = "non-blank", min_length = 1, max_length = 120)
    )]
    pub name: Option<String>,
}

/// `POST /auth/password/forgot`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "validate", derive(validator::Validate))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ForgotPassword {
    /// The account's address.
    #[cfg_attr(feature = "validate", validate(email, length(max = 254)))]
    #[cfg_attr(feature = "openapi", schema(format = "email", max_length = 254))]
    pub email: String,
}

/// `POST /auth/password/reset`. Ends all sessions.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "validate", derive(validator::Validate))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ResetPassword {
    /// The token of the link.
    #[cfg_attr(feature = "validate", validate(length(min = 1, max = 128)))]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 128))]
    pub token: String,
    /// At least 15 characters (NIST SP 800-63B-4).
    #[cfg_attr(feature = "validate", validate(length(min = 1, max = 128)))]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 128))]
    pub password: String,
}

/// `POST /me/email`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "validate", derive(validator::Validate))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangeEmail {
    /// The new address. A link that confirms it goes there.
    #[cfg_attr(feature = "validate", validate(email, length(max = 254)))]
    #[cfg_attr(feature = "openapi", schema(format = "email", max_length = 254))]
    pub email: String,
    /// The present password. Leaving it out is answered as a wrong one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "validate", validate(length(min = 1, max = 128)))]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 128))]
    pub current_password: Option<String>,
}

/// `POST /auth/email/verify`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "validate", derive(validator::Validate))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct VerifyEmail {
    /// The token of the link.
    #[cfg_attr(feature = "validate", validate(length(min = 1, max = 128)))]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 128))]
    pub token: String,
}

/// A mail of the outbox, as admins see it: without its text and most of its address.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MailView {
    /// Its id.
    pub id: MailId,
    /// The hospital in whose name it goes out; absent for the platform.
    pub hospital_name: Option<String>,
    /// To whom, in part: `a…@example.org`.
    pub to: String,
    /// What it is about.
    pub kind: MailKind,
    /// What became of it.
    pub state: MailState,
    /// Tries so far.
    pub attempts: i64,
    /// When it was queued.
    pub created_at: Ts,
    /// When it is tried next; absent unless it is queued.
    pub next_try_at: Option<Ts>,
    /// When the mail server took it.
    pub sent_at: Option<Ts>,
    /// Kind of the last failure.
    pub last_error: Option<String>,
}

/// A mail of a demo clinic, whole.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DemoMailView {
    /// Its id.
    pub id: MailId,
    /// To whom.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub body: String,
    /// When it was queued.
    pub created_at: Ts,
}
