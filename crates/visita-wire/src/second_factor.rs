//! Second factors: codes of an authenticator app, and recovery codes.

use serde::{Deserialize, Serialize};
use visita_domain::Ts;

/// `POST /auth/mfa`: the second step of a sign-in.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "validate", derive(validator::Validate))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct VerifySecondFactor {
    /// The token of the answer `mfa_required`, good for five minutes and five tries.
    #[cfg_attr(feature = "validate", validate(length(min = 1, max = 128)))]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 128))]
    pub mfa_token: String,
    /// Six digits of the app, or a recovery code.
    #[cfg_attr(feature = "validate", validate(length(min = 6, max = 40)))]
    #[cfg_attr(feature = "openapi", schema(min_length = 6, max_length = 40))]
    pub code: String,
}

/// `GET /auth/totp`: the state of the own second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TotpStatus {
    /// Whether sign-in asks for a code.
    pub enrolled: bool,
    /// Since when.
    pub confirmed_at: Option<Ts>,
    /// Recovery codes that still work.
    pub recovery_codes_left: i64,
    /// Whether the account must have one.
    pub required: bool,
}

/// Answer of `POST /auth/totp`: a seed for the app, which counts once a code confirms it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TotpEnrolment {
    /// The seed to type, base32.
    pub secret: String,
    /// The seed for apps on the same device.
    pub otpauth_url: String,
    /// The same to scan.
    pub qr: QrCode,
    /// Until when a code can confirm it.
    pub expires_at: Ts,
}

/// A QR code as an SVG path, dark on light.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QrCode {
    /// Width and height of the view box, with the quiet zone.
    pub size: u32,
    /// The dark squares, as the `d` of a path.
    pub path: String,
}

/// `POST /auth/totp/confirm`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "validate", derive(validator::Validate))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ConfirmTotp {
    /// Six digits of the app.
    #[cfg_attr(feature = "validate", validate(length(min = 6, max = 40)))]
    #[cfg_attr(feature = "openapi", schema(min_length = 6, max_length = 40))]
    pub code: String,
}

/// New recovery codes. They are shown this once; the server keeps hashes.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecoveryCodes {
    /// Ten codes `N-XXXX-XXXX-XXXX-XXXX`, each good for one sign-in.
    pub recovery_codes: Vec<String>,
}

/// `POST /auth/step-up`: prove again who one is. An account with a second factor gives a
/// code, another one its password.
#[derive(Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "validate", derive(validator::Validate))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct StepUp {
    /// Six digits of the app, or a recovery code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "validate", validate(length(min = 6, max = 40)))]
    #[cfg_attr(feature = "openapi", schema(min_length = 6, max_length = 40))]
    pub code: Option<String>,
    /// The present password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "validate", validate(length(min = 1, max = 128)))]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 128))]
    pub password: Option<String>,
}
