//! Joining a call: sockets' tickets and ICE servers.

use serde::{Deserialize, Serialize};
use visita_domain::Ts;

/// `POST /ws/tickets`: a single-use ticket for the `hello` frame, good for 30 s.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SocketTicket {
    /// 256 random bits, base64url.
    pub ticket: String,
    /// When it ends.
    pub expires_at: Ts,
}

/// An `RTCIceServer`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IceServer {
    /// STUN and TURN URLs.
    pub urls: Vec<String>,
    /// coturn REST user name: expiry and visit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// coturn REST password: an HMAC, good for at most 10 minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<String>,
}

/// `GET /appointments/{id}/call`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CallView {
    /// Empty when no TURN server is configured: host candidates only.
    pub ice_servers: Vec<IceServer>,
    /// When the credentials end; absent without any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Ts>,
}
