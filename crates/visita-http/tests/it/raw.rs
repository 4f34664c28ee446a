//! Requests that no HTTP library writes: two readers must never disagree about where one ends.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::TestApp;

/// Far longer than any refusal takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// Sends bytes and reads until the other side closes the connection.
pub async fn until_closed(
    mut stream: impl AsyncReadExt + AsyncWriteExt + Unpin,
    request: &str,
) -> String {
    let mut answer = Vec::new();
    let closed = tokio::time::timeout(PATIENCE, async {
        // It may refuse before it has read everything; then the rest cannot be sent.
        if stream.write_all(request.as_bytes()).await.is_ok() {
            let _ = stream.flush().await;
        }
        // A connection that breaks off is closed too.
        let _ = stream.read_to_end(&mut answer).await;
    });
    assert!(
        closed.await.is_ok(),
        "the connection stays open after {request:?}"
    );
    String::from_utf8_lossy(&answer).into_owned()
}

/// The same with a connection to that address.
async fn answered(addr: SocketAddr, request: &str) -> String {
    until_closed(TcpStream::connect(addr).await.unwrap(), request).await
}

/// Requests that two readers could end at different places, or take for another's.
pub const TWO_READINGS: [(&str, &str); 15] = [
    (
        "both lengths",
        "POST /api/v1/auth/login HTTP/1.1\r\nHost: HOST\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ),
    (
        "both lengths, other order",
        "POST /api/v1/auth/login HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
    ),
    (
        "two lengths",
        "POST /api/v1/auth/login HTTP/1.1\r\nHost: HOST\r\nContent-Length: 0\r\nContent-Length: 40\r\n\r\n",
    ),
    (
        "a list of lengths",
        "POST /api/v1/auth/login HTTP/1.1\r\nHost: HOST\r\nContent-Length: 0, 40\r\n\r\n",
    ),
    (
        "a signed length",
        "POST /api/v1/auth/login HTTP/1.1\r\nHost: HOST\r\nContent-Length: +4\r\n\r\n",
    ),
    (
        "a negative length",
        "POST /api/v1/auth/login HTTP/1.1\r\nHost: HOST\r\nContent-Length: -1\r\n\r\n",
    ),
    (
        "an unknown coding",
        "POST /api/v1/auth/login HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: xchunked\r\n\r\n",
    ),
    (
        "chunked not last",
        "POST /api/v1/auth/login HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    ),
    ("no host", "GET /health/live HTTP/1.1\r\n\r\n"),
    (
        "two hosts",
        "GET /health/live HTTP/1.1\r\nHost: HOST\r\nHost: evil.example\r\n\r\n",
    ),
    (
        "a space before the colon",
        "GET /health/live HTTP/1.1\r\nHost: HOST\r\nContent-Length : 40\r\n\r\n",
    ),
    (
        "a folded header",
        "GET /health/live HTTP/1.1\r\nHost: HOST\r\nX-A: b\r\n Content-Length: 40\r\n\r\n",
    ),
    (
        "a bare line feed in a name",
        "GET /health/live HTTP/1.1\r\nHost: HOST\r\nX-A\n: b\r\n\r\n",
    ),
    (
        "a null in a value",
        "GET /health/live HTTP/1.1\r\nHost: HOST\r\nX-A: b\0c\r\n\r\n",
    ),
    (
        "an unknown version",
        "GET /health/live HTTP/3.7\r\nHost: HOST\r\n\r\n",
    ),
];

/// Bodies in chunks whose lengths are wrong, and the head before them.
pub const BROKEN_CHUNKS: [&str; 4] = [
    "zz\r\nabc\r\n0\r\n\r\n",
    "3\r\nabcdef\r\n0\r\n\r\n",
    "ffffffffffffffffff\r\nabc\r\n",
    "-1\r\nabc\r\n0\r\n\r\n",
];
pub const CHUNKED: &str = "POST /api/v1/auth/login HTTP/1.1\r\nHost: HOST\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";

/// The request that an attacker hides behind another.
const HIDDEN: &str = "GET /health/live HTTP/1.1\r\nHost: HOST\r\n\r\n";

#[tokio::test]
async fn r20_requests_with_two_readings_are_refused_and_end_the_connection() {
    let app = TestApp::new().await;
    let host = app.addr.to_string();
    for (what, request) in TWO_READINGS {
        let answer = answered(
            app.addr,
            &format!("{request}{HIDDEN}").replace("HOST", &host),
        )
        .await;
        let statuses: Vec<_> = answer
            .lines()
            .filter(|line| line.starts_with("HTTP/1."))
            .collect();
        assert!(
            matches!(statuses[..], [only] if only.contains(" 400 ")),
            "{what}: {statuses:?}"
        );
    }
}

#[tokio::test]
async fn r20_a_broken_chunk_ends_the_connection() {
    let app = TestApp::new().await;
    let host = app.addr.to_string();
    for chunks in BROKEN_CHUNKS {
        let request = format!("{CHUNKED}{chunks}{HIDDEN}").replace("HOST", &host);
        let answer = answered(app.addr, &request).await;
        let answers = answer.matches("HTTP/1.1 ").count();
        assert!(answers <= 1, "{chunks:?}: {answer}");
        assert!(!answer.contains("HTTP/1.1 200"), "{chunks:?}: {answer}");
    }
}

#[tokio::test]
async fn r17_methods_that_nobody_needs_are_refused() {
    let app = TestApp::new().await;
    let host = app.addr.to_string();
    for method in ["TRACE", "TRACK", "CONNECT", "PROPFIND"] {
        let request = format!(
            "{method} /api/v1/auth/login HTTP/1.1\r\nHost: {host}\r\nX-Secret: echo-me\r\nConnection: close\r\n\r\n"
        );
        let answer = answered(app.addr, &request).await;
        assert!(answer.starts_with("HTTP/1.1 405 "), "{method}: {answer}");
        assert!(!answer.contains("echo-me"), "{method} echoes the request");
    }
}
