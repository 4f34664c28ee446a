//! A database of the measuring cluster, and pgbench on it.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;

use visita_store::testing::RawConn;
use visita_testkit::{STORE_ROLE, as_store_role, make_store_role};

use crate::load::CLIENTS;

/// A database that is dropped at the end.
pub struct Database {
    server: String,
    name: String,
    /// The superuser's, for pgbench: the bare statements are the measure.
    bare: String,
    /// The server's, whom row security binds as in production.
    pub url: String,
}

impl Database {
    /// Creates it on the server of `VISITA_TEST_POSTGRES_URL`, or `None` without one.
    pub fn create(name: &str) -> Option<Self> {
        let server = std::env::var("VISITA_TEST_POSTGRES_URL").ok()?;
        let (base, _) = server.rsplit_once('/')?;
        let bare = format!("{base}/{name}");
        let mut conn = RawConn::open(&server).expect("the measuring server");
        make_store_role(&mut conn);
        psql(&server, &format!("DROP DATABASE IF EXISTS {name}"));
        let create = format!("CREATE DATABASE {name} OWNER {STORE_ROLE}");
        psql(&server, &create);
        Some(Self {
            server,
            name: name.to_owned(),
            url: as_store_role(&bare),
            bare,
        })
    }

    /// The superuser's connection.
    pub fn raw(&self) -> RawConn {
        RawConn::open(&self.bare).expect("the measuring database")
    }

    /// Transactions per second of a script by `pgbench -M prepared`.
    pub fn run(&self, script: &str) -> f64 {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(script.as_bytes()).unwrap();
        let output = Command::new(tool("pgbench"))
            .args([
                "--no-vacuum",
                "--protocol=prepared",
                "--time=5",
                "--jobs=2",
                "--max-tries=100",
            ])
            .arg(format!("--client={CLIENTS}"))
            .arg("--file")
            .arg(file.path())
            .arg(&self.bare)
            .output()
            .expect("pgbench runs");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let line = text.lines().find(|line| line.starts_with("tps = "));
        let tps = line
            .and_then(|line| line.split_whitespace().nth(2))
            .and_then(|tps| tps.parse().ok());
        tps.unwrap_or_else(|| {
            panic!(
                "pgbench failed: {text}{}",
                String::from_utf8_lossy(&output.stderr)
            )
        })
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        psql(
            &self.server,
            &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name),
        );
    }
}

fn psql(url: &str, sql: &str) {
    let output = Command::new(tool("psql"))
        .args(["--quiet", "--command", sql, url])
        .output()
        .expect("psql runs");
    assert!(
        output.status.success(),
        "psql: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// A PostgreSQL program of the folder that xtask found, or of the path.
fn tool(name: &str) -> PathBuf {
    std::env::var_os("VISITA_PG_BIN")
        .map_or_else(|| name.into(), |bin| PathBuf::from(bin).join(name))
}
