//! What the server tells everybody about itself.

use serde::{Deserialize, Serialize};
use visita_domain::people::Role;

/// `GET /config`. Public, holds nothing private.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConfigView {
    /// A demo clinic runs here; its accounts are below.
    pub demo: bool,
    /// Empty unless `demo`.
    pub demo_accounts: Vec<DemoAccount>,
    /// Nobody can sign in yet: the first administrator is still to be created.
    pub setup_needed: bool,
    /// Version of the server.
    pub version: String,
    /// Shortest password taken.
    pub min_password_chars: usize,
}

/// An account of the demo clinic, which is not secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DemoAccount {
    /// What it is.
    pub role: Role,
    /// Name as shown.
    pub name: String,
    /// Address to sign in with.
    pub email: String,
    /// Password to sign in with.
    pub password: String,
}
