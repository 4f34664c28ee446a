//! Runs the binary as an operator would.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread::JoinHandle;

use tempfile::TempDir;

/// The binary without any setting of the machine that runs the tests.
pub fn visita() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_visita"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("VISITA_") {
            command.env_remove(name);
        }
    }
    command.stdin(Stdio::null());
    command
}

/// How a run that should end by itself ended.
pub struct Ended {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    /// The last line on standard error, which is the only one when nothing is logged.
    pub fn complaint(&self) -> &str {
        self.stderr.lines().last().unwrap_or_default()
    }
}

/// Runs to the end.
pub fn run(command: &mut Command) -> Ended {
    let output = command.output().unwrap();
    Ended {
        code: output.status.code().expect("ended by itself"),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Runs to the end with text on standard input.
pub fn run_with_input(command: &mut Command, input: &str) -> Ended {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    Ended {
        code: output.status.code().expect("ended by itself"),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A running server.
pub struct Server {
    child: Child,
    pub url: String,
    stdout: Receiver<String>,
    stderr: Option<JoinHandle<String>>,
}

impl Server {
    /// Starts on a free port and returns when it says where it listens.
    pub fn start(data_dir: &Path, flags: &[&str]) -> Self {
        let mut child = visita()
            .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(data_dir)
            .args(flags)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stderr = child.stderr.take().unwrap();
        let stderr = std::thread::spawn(move || {
            let mut text = String::new();
            stderr.read_to_string(&mut text).unwrap();
            text
        });
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut greeting = String::new();
        stdout.read_line(&mut greeting).unwrap();
        let url = greeting
            .split_whitespace()
            .find(|word| word.starts_with("http://"))
            .map(str::to_owned);
        let Some(url) = url else {
            child.wait().unwrap();
            panic!("did not start: {}", stderr.join().unwrap());
        };
        // What follows is read to the end, so that the server never blocks on a full pipe.
        let (line, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for text in stdout.lines() {
                // Most tests have no use for it.
                let _ = line.send(text.unwrap());
            }
        });
        Self {
            child,
            url,
            stdout: lines,
            stderr: Some(stderr),
        }
    }

    /// The next line on the console that holds that text, or none when the server has
    /// ended without one.
    pub fn printed(&self, text: &str) -> Option<String> {
        self.stdout.iter().find(|line| line.contains(text))
    }

    /// A number of the kernel's about the process, in KiB: `VmRSS`, `VmHWM`.
    #[cfg(target_os = "linux")]
    pub fn memory_kib(&self, name: &str) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// Lets the highest memory count from now on.
    #[cfg(target_os = "linux")]
    pub fn forget_peak(&self) {
        std::fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5").unwrap();
    }

    /// Sends a signal and waits for the end. Returns the status and what was logged.
    pub fn end(&mut self, signal: &str) -> (ExitStatus, String) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", signal, &pid]).status();
        assert!(sent.unwrap().success());
        let status = self.child.wait().unwrap();
        let log = self.stderr.take().map(|reader| reader.join().unwrap());
        (status, log.unwrap_or_default())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Already gone when the test ended it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}
