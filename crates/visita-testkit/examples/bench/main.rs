//! The budgets of the design, measured against the release binary. Run by `cargo xtask bench`.
//!
//! Times differ between machines, so what counts are ratios within one run: each
//! rate stands beside a yardstick that the same machine reached a moment before.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::disallowed_methods,
    reason = "a measuring program for a terminal: it prints, reads the clock, and stops at the first surprise"
)]

mod api;
mod booking;
mod lists;
mod load;
mod messages;
mod pgbench;
mod rest;
mod scale;
mod server;
mod sockets;
mod table;
mod uploads;

use table::Table;

#[tokio::main]
async fn main() {
    let only: Option<String> = std::env::args().nth(1);
    let wanted = |name: &str| only.as_deref().is_none_or(|chosen| name.contains(chosen));
    let mut table = Table::default();
    if wanted("rest") {
        rest::measure(&mut table).await;
    }
    if wanted("lists") {
        lists::measure(&mut table).await;
    }
    // Fills databases with a million visits, so it runs when it is asked for.
    if only.as_deref() == Some("scale") {
        scale::measure(&mut table).await;
    }
    if wanted("booking") {
        booking::measure(&mut table).await;
    }
    if wanted("messages") {
        messages::measure(&mut table).await;
    }
    if wanted("sockets") {
        sockets::measure(&mut table).await;
    }
    if wanted("uploads") {
        uploads::measure(&mut table).await;
    }
    table.print();
}
