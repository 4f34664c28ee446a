//! The first page of each role, and the server's public configuration.

use visita_wire::config::ConfigView;
use visita_wire::dashboard::DashboardView;
use visita_wire::routes;

use super::Outcome;
use super::client::{Anon, Authed};

/// All that the viewer's first page needs.
pub async fn get_dashboard() -> Outcome<DashboardView> {
    Authed.get(routes::DASHBOARD).await
}

/// What the server tells everybody about itself.
pub async fn get_config() -> Outcome<ConfigView> {
    Anon.get(routes::CONFIG).await
}
