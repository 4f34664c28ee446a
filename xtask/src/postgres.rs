//! A private PostgreSQL cluster in a temporary folder, on a free loopback port.
//!
//! It ends with xtask, however xtask ends: a small shell process holds a pipe
//! from us, and stops the server when the pipe closes.

use std::ffi::OsString;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::proc::Cmd;
use crate::{debian, tools};

/// The variable in which tests find the server. The one given by the user wins.
const URL_VARIABLE: &str = "VISITA_TEST_POSTGRES_URL";

/// What a cluster is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// Correct, but a power failure may lose the data: nobody needs them.
    Tests,
    /// Durable as in production, so that times mean something.
    Measurement,
}

/// `cargo xtask with-postgres COMMAND...`: for a developer's own runs.
pub fn command(root: &Path, args: &[String]) -> Result<()> {
    let Some((program, rest)) = args.split_first() else {
        bail!("name the command: `cargo xtask with-postgres cargo nextest run -p visita-store`");
    };
    let cluster = Cluster::start(Use::Tests)?;
    Cmd::new(program)
        .args(rest)
        .cwd(root)
        .envs(&cluster.envs())
        .run()
}

/// A running server, or the user's own.
pub struct Cluster {
    url: String,
    bin: Option<PathBuf>,
    server: Option<Server>,
}

struct Server {
    guardian: Child,
    dir: PathBuf,
}

impl Cluster {
    /// Starts a cluster, or takes the one that the user named.
    pub fn start(purpose: Use) -> Result<Self> {
        if let Ok(url) = std::env::var(URL_VARIABLE) {
            return Ok(Self {
                url,
                bin: None,
                server: None,
            });
        }
        let bin = tools::postgres()?;
        let mut last_error = None;
        // The port is free when we look, and may be taken when the server does.
        for _ in 0..3 {
            match Self::start_once(&bin, purpose) {
                Ok(cluster) => return Ok(cluster),
                Err(error) => last_error = Some(error),
            }
        }
        Err(last_error.unwrap_or_else(|| anyhow::anyhow!("never tried")))
            .context("PostgreSQL did not start for the tests")
    }

    fn start_once(bin: &Path, purpose: Use) -> Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let dir = std::env::temp_dir().join(format!("visita-pg-{}-{port}", std::process::id()));
        std::fs::create_dir(&dir)?;
        std::fs::set_permissions(&dir, std::fs::Permissions::from_mode(0o700))?;
        // PostgreSQL refuses to run as root.
        let user = if debian::is_root() {
            Some(unprivileged_user()?)
        } else {
            None
        };
        if let Some((uid, gid)) = user {
            chown(&dir, Some(uid), Some(gid))?;
        }
        let shell = |script: &str| {
            let mut command = Command::new("sh");
            command
                .args(["-euc", script])
                .current_dir(&dir)
                .env("PG_BIN", bin)
                .env("PG_DIR", &dir)
                .env("PG_PORT", port.to_string())
                .env("LC_ALL", "C")
                .env_remove("PGDATA")
                // Not in our group: Ctrl-C must reach the tests first.
                .process_group(0);
            if let Some((uid, gid)) = user {
                command.uid(uid).gid(gid);
            }
            command
        };
        let initdb = shell(
            "exec \"$PG_BIN/initdb\" --pgdata=\"$PG_DIR/data\" --username=visita --auth=trust \
             --encoding=UTF8 --no-locale --no-sync",
        )
        .stdin(Stdio::null())
        .output()?;
        if !initdb.status.success() {
            let _ = std::fs::remove_dir_all(&dir);
            bail!("initdb failed: {}", String::from_utf8_lossy(&initdb.stderr));
        }
        let durability = match purpose {
            Use::Tests => "-c fsync=off -c synchronous_commit=off -c full_page_writes=off",
            Use::Measurement => "-c fsync=on -c synchronous_commit=on",
        };
        // SIGTERM ends a server that has hardly begun; one that runs would then wait
        // for its clients, so SIGINT follows, which the shell's job ignored at first.
        let guardian = shell(&format!(
            "\"$PG_BIN/postgres\" -D \"$PG_DIR/data\" -p \"$PG_PORT\" -k \"$PG_DIR\" -h 127.0.0.1 \
               -c max_connections=300 -c shared_buffers=256MB -c timezone=UTC {durability} \
               </dev/null >\"$PG_DIR/log\" 2>&1 & server=$!
             cat >/dev/null
             kill -TERM \"$server\" && kill -INT \"$server\" || true
             wait \"$server\" || true
             rm -rf \"$PG_DIR/data\" \"$PG_DIR/log\""
        ))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()?;
        let cluster = Self {
            url: format!("postgres://visita@127.0.0.1:{port}/postgres"),
            bin: Some(bin.to_path_buf()),
            server: Some(Server {
                guardian,
                dir: dir.clone(),
            }),
        };
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let ready = Command::new(bin.join("pg_isready"))
                .args([
                    "-q",
                    "-h",
                    "127.0.0.1",
                    "-U",
                    "visita",
                    "-p",
                    &port.to_string(),
                ])
                .status()?;
            if ready.success() {
                return Ok(cluster);
            }
            let log = std::fs::read_to_string(dir.join("log")).unwrap_or_default();
            if Instant::now() > deadline || log.contains("FATAL") {
                bail!("the server did not become ready; its log:\n{log}");
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Variables for the processes that use the cluster.
    pub fn envs(&self) -> Vec<(String, OsString)> {
        let mut envs = vec![(URL_VARIABLE.to_owned(), self.url.clone().into())];
        if let Some(bin) = &self.bin {
            envs.push(("VISITA_PG_BIN".to_owned(), bin.clone().into()));
        }
        envs
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Closing the pipe tells the guardian to stop the server.
        drop(self.guardian.stdin.take());
        let deadline = Instant::now() + Duration::from_secs(30);
        while Instant::now() < deadline && matches!(self.guardian.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.guardian.kill();
        let _ = self.guardian.wait();
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.server.take());
    }
}

/// User and group id of `postgres`, else of `nobody`.
fn unprivileged_user() -> Result<(u32, u32)> {
    let passwd = std::fs::read_to_string("/etc/passwd")?;
    ["postgres", "nobody"]
        .iter()
        .find_map(|name| find_user(&passwd, name))
        .context("PostgreSQL refuses to run as root, and there is no user `postgres` or `nobody`")
}

fn find_user(passwd: &str, name: &str) -> Option<(u32, u32)> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        if fields.next()? != name {
            return None;
        }
        let uid = fields.nth(1)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        Some((uid, gid))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_by_the_whole_name() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\npostgres:x:105:113::/:/bin/sh\n";
        assert_eq!(find_user(passwd, "postgres"), Some((105, 113)));
        assert_eq!(find_user(passwd, "post"), None);
    }
}
