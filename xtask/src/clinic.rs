//! A demo clinic of the real server, for tests that ask it from outside.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

/// How long the demo clinic may take to be built and served.
const READY_LIMIT: Duration = Duration::from_secs(60);

/// A temporary folder that goes with its run.
pub struct Folder(PathBuf);

impl Folder {
    /// A new one; the name tells the runs of one process apart.
    pub fn new(name: &str) -> Result<Self> {
        let dir = std::env::temp_dir().join(format!("visita-{}-{name}", std::process::id()));
        std::fs::create_dir(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
        Ok(Self(dir))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A demo clinic on a free port.
pub struct Clinic {
    /// Where it listens.
    pub addr: SocketAddr,
    log: PathBuf,
    server: Child,
}

impl Clinic {
    /// Starts the program with its data in that folder, and waits until it serves.
    pub fn start(program: &Path, folder: &Path) -> Result<Self> {
        let mut last_error = None;
        // The port is free when we look, and may be taken when the server does.
        for _ in 0..3 {
            match Self::start_once(program, folder) {
                Ok(clinic) => return Ok(clinic),
                Err(error) => last_error = Some(error),
            }
        }
        Err(last_error.unwrap_or_else(|| anyhow::anyhow!("never tried")))
            .context("the server did not start")
    }

    fn start_once(program: &Path, folder: &Path) -> Result<Self> {
        let addr = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let log = folder.join("server.log");
        let server = Command::new(program)
            .args(["serve", "--demo", "--listen", &addr.to_string()])
            .arg("--data-dir")
            .arg(folder.join("data"))
            .stdin(Stdio::null())
            .stdout(std::fs::File::create(&log)?)
            .stderr(std::fs::File::create(folder.join("errors.log"))?)
            .spawn()?;
        let mut clinic = Self { addr, log, server };
        let deadline = Instant::now() + READY_LIMIT;
        while !ready(addr) {
            if clinic.server.try_wait()?.is_some() || Instant::now() > deadline {
                bail!("{}", std::fs::read_to_string(&clinic.log)?);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(clinic)
    }

    /// What the server called an error.
    pub fn errors(&self) -> String {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let errors: Vec<&str> = log
            .lines()
            .filter(|line| line.contains("ERROR") || line.contains("panicked"))
            .collect();
        errors.join("\n")
    }
}

impl Drop for Clinic {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn ready(addr: SocketAddr) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect_timeout(&addr, Duration::from_secs(1))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        write!(
            stream,
            "GET /health/ready HTTP/1.1\r\nHost: {addr}\r\nConnection: close\r\n\r\n"
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer.starts_with("HTTP/1.1 200"))
    };
    ask().unwrap_or(false)
}
