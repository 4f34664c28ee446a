//! The release binary as a child process, on a data folder of its own.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// A running server.
pub struct Server {
    child: Child,
    dir: TempDir,
    /// `http://127.0.0.1:port`.
    pub url: String,
    /// From spawn to the first positive readiness.
    pub start: Duration,
}

impl Server {
    /// Starts `visita serve` with more arguments and waits until it is ready.
    pub async fn start(extra: &[&str]) -> Self {
        let dir = tempfile::tempdir().expect("temporary folder");
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let listen = format!("127.0.0.1:{port}");
        let begun = Instant::now();
        let child = Command::new(binary())
            .args(["serve", "--listen", &listen, "--data-dir"])
            .arg(dir.path().join("data"))
            .args(extra)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary starts");
        let url = format!("http://{listen}");
        let client = reqwest::Client::new();
        loop {
            let answer = client.get(format!("{url}/health/ready")).send().await;
            if answer.is_ok_and(|a| a.status().is_success()) {
                break;
            }
            assert!(
                begun.elapsed() < Duration::from_secs(120),
                "the server was not ready in two minutes"
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Self {
            child,
            dir,
            url,
            start: begun.elapsed(),
        }
    }

    /// Resident memory in KiB (`VmRSS`).
    pub fn rss_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))
            .unwrap_or_default();
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS:"))
            .unwrap_or_default();
        line.split_whitespace()
            .nth(1)
            .and_then(|kib| kib.parse().ok())
            .unwrap_or_default()
    }

    /// A folder that lives as long as the server.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn binary() -> PathBuf {
    std::env::var_os("VISITA_BIN")
        .expect("VISITA_BIN names the release binary")
        .into()
}
