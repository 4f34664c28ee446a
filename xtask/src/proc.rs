//! Child processes: shown, timed, bounded, with errors that a person can act on.

use std::ffi::{OsStr, OsString};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

/// One command line, built up and then run.
pub struct Cmd {
    inner: Command,
    shown: String,
    limit: Option<Duration>,
}

impl Cmd {
    /// Starts a command line. `NO_COLOR` is dropped: trunk 0.21 refuses the value 1.
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        let program = program.as_ref();
        let mut inner = Command::new(program);
        inner.env_remove("NO_COLOR");
        let shown = Path::new(program)
            .file_name()
            .unwrap_or(program)
            .to_string_lossy()
            .into_owned();
        Self {
            inner,
            shown,
            limit: None,
        }
    }

    /// A cargo command. Cargo sets variables for its children (xtask is one)
    /// that must not leak into another cargo, above all one of another toolchain.
    pub fn cargo(root: &Path) -> Self {
        let mut cmd = Self::new("cargo").cwd(root);
        cmd.inner.env_remove("CARGO");
        for (name, _) in std::env::vars_os() {
            let name_text = name.to_string_lossy();
            if name_text.starts_with("CARGO_PKG_") || name_text.starts_with("CARGO_MANIFEST_") {
                cmd.inner.env_remove(&name);
            }
        }
        cmd
    }

    /// Adds one argument.
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.shown.push(' ');
        self.shown.push_str(&arg.as_ref().to_string_lossy());
        self.inner.arg(arg);
        self
    }

    /// Adds several arguments.
    pub fn args<S: AsRef<OsStr>>(self, args: impl IntoIterator<Item = S>) -> Self {
        args.into_iter().fold(self, |cmd, arg| cmd.arg(arg))
    }

    /// Sets a variable of the child.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.inner.env(name, value);
        self
    }

    /// Sets several variables of the child.
    pub fn envs(mut self, pairs: &[(String, OsString)]) -> Self {
        for (name, value) in pairs {
            self.inner.env(name, value);
        }
        self
    }

    /// Sets the child's working folder.
    pub fn cwd(mut self, dir: &Path) -> Self {
        self.inner.current_dir(dir);
        self
    }

    /// Writes what the child says into that file.
    pub fn output_to(mut self, file: &Path) -> Result<Self> {
        let file = std::fs::File::create(file)
            .with_context(|| format!("cannot write {}", file.display()))?;
        self.inner.stdout(file.try_clone()?).stderr(file);
        Ok(self)
    }

    /// Ends the child and its children when it has run for longer.
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = Some(limit);
        self
    }

    fn announce(&self) {
        println!("  $ {}", self.shown);
    }

    fn spawn(&mut self) -> Result<Child> {
        if self.limit.is_some() {
            // A group of its own, so that ending it also ends what it started.
            self.inner.process_group(0).stdin(Stdio::null());
        }
        self.inner
            .spawn()
            .with_context(|| format!("`{}` did not start: is it installed?", self.shown))
    }

    fn wait(&self, child: &mut Child) -> Result<()> {
        let started = Instant::now();
        let status = loop {
            let Some(limit) = self.limit else {
                break child.wait()?;
            };
            if let Some(status) = child.try_wait()? {
                break status;
            }
            if started.elapsed() > limit {
                kill_group(child);
                bail!("`{}` had not ended after {limit:?}", self.shown);
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        if status.success() {
            return Ok(());
        }
        bail!("`{}` failed ({status})", self.shown)
    }

    /// Runs with the caller's terminal and fails when the child fails.
    pub fn run(mut self) -> Result<()> {
        self.announce();
        let mut child = self.spawn()?;
        self.wait(&mut child)
    }

    /// Runs unseen; the output is shown only in the error.
    pub fn run_quietly(mut self) -> Result<()> {
        self.inner.stdin(Stdio::null());
        let output = self
            .inner
            .output()
            .with_context(|| format!("`{}` did not start: is it installed?", self.shown))?;
        if output.status.success() {
            return Ok(());
        }
        bail!(
            "`{}` failed ({}):\n{}{}",
            self.shown,
            output.status,
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        )
    }

    /// What the child writes to its standard output, trimmed. The rest is hidden.
    pub fn read(mut self) -> Result<String> {
        self.inner.stdin(Stdio::null());
        let output = self
            .inner
            .output()
            .with_context(|| format!("`{}` did not start: is it installed?", self.shown))?;
        if !output.status.success() {
            bail!(
                "`{}` failed ({}): {}",
                self.shown,
                output.status,
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// Replaces xtask, so that signals reach the program itself.
    pub fn exec(mut self) -> anyhow::Error {
        self.announce();
        let error = self.inner.exec();
        anyhow::Error::new(error).context(format!("`{}` did not start", self.shown))
    }
}

fn kill_group(child: &mut Child) {
    let group = format!("-{}", child.id());
    // Best effort: the group may have ended meanwhile.
    let _ = Command::new("kill")
        .args(["-KILL", "--", &group])
        .stderr(Stdio::null())
        .status();
    let _ = child.wait();
}

/// The full path of a program on `PATH`.
pub fn which(name: &str) -> Option<std::path::PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|dir| dir.join(name))
        .find(|file| is_executable(file))
}

/// Whether this is a file that may be executed.
pub fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(file)
        .is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

/// A duration as a person reads it: `0.4 s`, `12 s`, `3 min 05 s`.
pub fn human(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if seconds < 10 {
        format!("{:.1} s", duration.as_secs_f64())
    } else if seconds < 60 {
        format!("{seconds} s")
    } else {
        format!("{} min {:02} s", seconds / 60, seconds % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_past_its_limit_is_ended() {
        let started = Instant::now();
        let error = Cmd::new("sh")
            .args(["-c", "sleep 60 & wait"])
            .limit(Duration::from_millis(100))
            .run()
            .unwrap_err();
        assert!(error.to_string().contains("had not ended"), "{error}");
        assert!(started.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn durations_are_readable() {
        assert_eq!(human(Duration::from_millis(420)), "0.4 s");
        assert_eq!(human(Duration::from_secs(12)), "12 s");
        assert_eq!(human(Duration::from_secs(185)), "3 min 05 s");
    }
}
