//! Debian packages: installed when missing, as root or through `sudo -n`.

use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::proc::{Cmd, which};

/// Whether apt-get is there at all.
pub fn available() -> bool {
    which("apt-get").is_some()
}

/// How to become root: nothing in front, or `sudo -n`.
pub fn root_prefix() -> Option<&'static [&'static str]> {
    static PREFIX: OnceLock<Option<&'static [&'static str]>> = OnceLock::new();
    *PREFIX.get_or_init(|| {
        if is_root() {
            return Some(&[]);
        }
        let sudo_works =
            which("sudo").is_some() && Cmd::new("sudo").args(["-n", "true"]).run_quietly().is_ok();
        sudo_works.then_some(&["sudo", "-n"])
    })
}

/// Whether this process is root.
pub fn is_root() -> bool {
    Cmd::new("id").arg("-u").read().is_ok_and(|uid| uid == "0")
}

/// A command that runs as root.
pub fn as_root(program: &str) -> Result<Cmd> {
    let prefix = root_prefix().with_context(|| format!("`{program}` needs root"))?;
    Ok(match prefix.split_first() {
        Some((sudo, flags)) => Cmd::new(sudo).args(flags).arg(program),
        None => Cmd::new(program),
    })
}

/// Installs the packages. `what` and `why_long` tell the reader what goes on.
pub fn install(what: &str, packages: &[&str]) -> Result<()> {
    let names = packages.join(" ");
    if !available() {
        bail!(
            "{what} is missing; install it with your system's package manager (on Debian: {names})"
        );
    }
    if root_prefix().is_none() {
        bail!("{what} is missing; install it with `sudo apt-get install {names}` and try again");
    }
    println!("Installing {what} from Debian packages (up to 2 minutes, once): {names}");
    update_lists();
    // A machine that has just started may still hold the package lock.
    as_root("apt-get")?
        .args(["-o", "DPkg::Lock::Timeout=300", "-o", "Dpkg::Use-Pty=0"])
        .args(["install", "-y", "-qq", "--no-install-recommends"])
        .args(packages)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .limit(Duration::from_secs(900))
        .run()
        .with_context(|| format!("{what} could not be installed; try `apt-get install {names}`"))
}

/// Package lists are fetched once per run. Old lists may still do, so a failure is no end.
fn update_lists() {
    static DONE: OnceLock<()> = OnceLock::new();
    DONE.get_or_init(|| {
        let update = as_root("apt-get").and_then(|cmd| {
            cmd.args(["-o", "DPkg::Lock::Timeout=300", "update", "-qq"])
                .limit(Duration::from_secs(300))
                .run()
        });
        if let Err(error) = update {
            println!("  package lists are as they were: {error:#}");
        }
    });
}

/// Whether a Debian package's file is there.
pub fn has(file: &str) -> bool {
    Path::new(file).exists()
}
