//! The server at rest: memory, time to ready, and what a browser loads first.

use std::time::Duration;

use crate::server::Server;
use crate::table::Table;

pub async fn measure(table: &mut Table) {
    let server = Server::start(&[]).await;
    table.add(
        "start to ready, empty SQLite",
        "≤ 1 s",
        format!("{} ms", server.start.as_millis()),
        server.start <= Duration::from_secs(1),
    );
    let rss = server.rss_kib();
    table.add(
        "server at rest, RSS",
        "≤ 40 MiB",
        format!("{:.1} MiB", rss as f64 / 1024.0),
        rss <= 40 * 1024,
    );
    let bytes = first_load(&server.url).await;
    table.add(
        "SPA first load, brotli",
        "≤ 500 KB",
        format!("{} KB", bytes / 1000),
        bytes > 0 && bytes <= 500_000,
    );
}

/// Bytes on the wire for the page and all that it names.
async fn first_load(url: &str) -> usize {
    let http = reqwest::Client::new();
    let fetch = async |path: &str| {
        let request = http
            .get(format!("{url}{path}"))
            .header("accept-encoding", "br")
            .header("accept", "text/html,*/*");
        request.send().await.unwrap().bytes().await.unwrap()
    };
    let plain = http
        .get(format!("{url}/"))
        .header("accept", "text/html")
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    let mut total = fetch("/").await.len();
    let mut seen = std::collections::BTreeSet::new();
    for part in plain.split(['"', '\'']) {
        let asset = [".js", ".wasm", ".css", ".svg"]
            .iter()
            .any(|end| part.ends_with(end));
        if asset && part.starts_with('/') && seen.insert(part) {
            total += fetch(part).await.len();
        }
    }
    total
}
