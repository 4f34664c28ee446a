//! Python programs, each in an environment of its own.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::proc::{Cmd, which};
use crate::{debian, stamp, tools};

/// The folder with the programs of an environment that holds exactly what the list says.
pub fn environment(root: &Path, name: &str, list: &str) -> Result<PathBuf> {
    let wanted = stamp::hash_of(root, &[list])?;
    let home = tools::cache_dir()?
        .join("tools")
        .join(format!("{name}-{wanted}"));
    let (bin, done) = (home.join("bin"), home.join("visita-stamp"));
    let is_there = || stamp::is(&done, &wanted) && bin.join("python").exists();
    if is_there() {
        return Ok(bin);
    }
    let _lock = tools::install_lock()?;
    if is_there() {
        return Ok(bin);
    }
    println!("Installing {name} (half a minute, once per machine)");
    Cmd::new(python()?)
        .args(["-m", "venv", "--clear"])
        .arg(&home)
        .run()
        .context("no environment could be made; is Python's `venv` installed?")?;
    Cmd::new(bin.join("pip"))
        .args(["install", "--quiet", "--disable-pip-version-check"])
        .args(["--no-deps", "--require-hashes", "--requirement"])
        .arg(root.join(list))
        .limit(Duration::from_secs(600))
        .run()
        .with_context(|| format!("{name} could not be installed"))?;
    stamp::write(&done, &wanted)?;
    Ok(bin)
}

/// A Python of 3.11 or newer with `venv`, for which the lists are made.
fn python() -> Result<PathBuf> {
    if let Some(found) = find_python() {
        return Ok(found);
    }
    debian::install("Python", &["python3", "python3-venv"])?;
    find_python().context("Python 3.11 or newer is still missing; put it on PATH")
}

fn find_python() -> Option<PathBuf> {
    const GOOD: &str = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))";
    which("python3").filter(|python| Cmd::new(python).args(["-c", GOOD]).run_quietly().is_ok())
}
