//! The programs that the other commands call: found, or installed once.
//!
//! A tool that is on `PATH` in the right version is used as it is. What is
//! compiled from source lands in `$XDG_CACHE_HOME/visita/tools`, never in the
//! user's own folders.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::proc::{Cmd, is_executable, which};
use crate::{debian, stamp};

const CHROMIUM_PACKAGES: &[&str] = &[
    "chromium",
    "chromium-driver",
    "fonts-dejavu-core",
    "fonts-liberation",
    "fonts-noto-core",
];

/// A tool that is compiled from source when it is missing.
struct CargoTool {
    package: &'static str,
    program: &'static str,
    version: String,
    /// How long a build takes on two cores.
    how_long: &'static str,
    flags: &'static [&'static str],
    /// Optimisation level: a tool that runs for a second need not be fast.
    opt_level: &'static str,
}

/// The folder with `trunk`, in the version that the project uses.
pub fn trunk(root: &Path) -> Result<PathBuf> {
    CargoTool {
        package: "trunk",
        program: "trunk",
        version: "0.21.14".to_owned(),
        how_long: "6 minutes",
        flags: &["--no-default-features", "--features", "rustls"],
        opt_level: "1",
    }
    .ensure(root)
}

/// The folder with `wasm-bindgen` and its test runner. The version is the one
/// of the library in `Cargo.lock`: the two must be equal.
pub fn wasm_bindgen(root: &Path) -> Result<PathBuf> {
    CargoTool {
        package: "wasm-bindgen-cli",
        program: "wasm-bindgen",
        version: locked_version(root, "wasm-bindgen")?,
        how_long: "4 minutes",
        flags: &[],
        opt_level: "2",
    }
    .ensure(root)
}

/// The folder with `cargo-deny`.
pub fn cargo_deny(root: &Path) -> Result<PathBuf> {
    CargoTool {
        package: "cargo-deny",
        program: "cargo-deny",
        version: "0.20.2".to_owned(),
        how_long: "5 minutes",
        flags: &[],
        opt_level: "0",
    }
    .ensure(root)
}

impl CargoTool {
    fn ensure(&self, root: &Path) -> Result<PathBuf> {
        if let Some(found) = which(self.program)
            && self.has_version(&found)
        {
            return parent(&found);
        }
        let name = format!("{}-{}", self.program, self.version);
        let home = cache_dir()?.join("tools").join(&name);
        let program = home.join("bin").join(self.program);
        if self.has_version(&program) {
            return parent(&program);
        }
        let _lock = install_lock()?;
        if self.has_version(&program) {
            return parent(&program);
        }
        println!(
            "Installing {} {} from source (about {}, once per machine)",
            self.package, self.version, self.how_long
        );
        let build = cache_dir()?.join("build").join(&name);
        // A tool's lockfile may name a version that a registry mirror has not
        // got yet, so the second try is without it.
        if let Err(error) = self.install(root, &home, &build, true) {
            println!("  {error:#}; trying again with today's versions of its dependencies");
            self.install(root, &home, &build, false).with_context(|| {
                format!(
                    "{} could not be built; try `cargo install {} --version {}`",
                    self.package, self.package, self.version
                )
            })?;
        }
        // Only an interrupted build has a use for its target folder.
        let _ = std::fs::remove_dir_all(&build);
        parent(&program)
    }

    fn install(&self, root: &Path, home: &Path, build: &Path, locked: bool) -> Result<()> {
        Cmd::cargo(root)
            .args([
                "install",
                "--quiet",
                self.package,
                "--version",
                &self.version,
            ])
            .args(locked.then_some("--locked"))
            .args(self.flags)
            .arg("--root")
            .arg(home)
            .env("CARGO_TARGET_DIR", build)
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_DEBUG", "0")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", self.opt_level)
            .run()
    }

    /// `trunk 0.21.14`, `wasm-bindgen 0.2.130 (…)`: the second word is the version.
    fn has_version(&self, program: &Path) -> bool {
        is_executable(program)
            && Cmd::new(program)
                .arg("--version")
                .read()
                .is_ok_and(|text| text.split_whitespace().nth(1) == Some(&self.version))
    }
}

fn parent(file: &Path) -> Result<PathBuf> {
    file.parent()
        .map(Path::to_path_buf)
        .context("a program lies in a folder")
}

/// Where this project keeps tools between runs.
pub fn cache_dir() -> Result<PathBuf> {
    let base = match std::env::var_os("XDG_CACHE_HOME").filter(|dir| !dir.is_empty()) {
        Some(dir) => PathBuf::from(dir),
        None => PathBuf::from(std::env::var_os("HOME").context("HOME is not set")?).join(".cache"),
    };
    Ok(base.join("visita"))
}

/// Held while something is installed for the whole machine, so that two
/// checkouts do not do it at once. It ends with the file.
pub fn install_lock() -> Result<std::fs::File> {
    let dir = cache_dir()?;
    std::fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
    let file = std::fs::File::create(dir.join("install.lock"))?;
    file.lock()?;
    Ok(file)
}

/// The version of a package in `Cargo.lock`.
pub fn locked_version(root: &Path, package: &str) -> Result<String> {
    let lock =
        std::fs::read_to_string(root.join("Cargo.lock")).context("cannot read Cargo.lock")?;
    let name = format!("name = \"{package}\"");
    lock.lines()
        .skip_while(|line| *line != name)
        .find_map(|line| line.strip_prefix("version = \""))
        .map(|version| version.trim_end_matches('"').to_owned())
        .with_context(|| format!("Cargo.lock names no {package}"))
}

/// Whether cargo-nextest is there. It is not installed: `cargo test` does the
/// same work, only later.
pub fn has_nextest(root: &Path) -> bool {
    Cmd::cargo(root)
        .args(["nextest", "--version"])
        .run_quietly()
        .is_ok()
}

/// The packages of `package-lock.json`; returns the folder of their programs.
pub fn node_modules(root: &Path) -> Result<PathBuf> {
    let version = Cmd::new("node")
        .arg("--version")
        .read()
        .ok()
        .context("Node.js is missing; install Node.js 20 or newer, with npm")?;
    let major: u32 = version
        .trim_start_matches('v')
        .split('.')
        .next()
        .and_then(|major| major.parse().ok())
        .unwrap_or(0);
    if major < 20 {
        bail!("Node.js {version} is too old; install Node.js 20 or newer");
    }
    let bin = root.join("node_modules/.bin");
    let done = root.join("node_modules/.visita-stamp");
    let wanted = stamp::hash_of(root, &["package.json", "package-lock.json"])?;
    if !stamp::is(&done, &wanted) {
        println!("Installing node packages (under a minute, once per lockfile)");
        Cmd::new("npm")
            .args(["ci", "--no-progress", "--loglevel=error"])
            .cwd(root)
            .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")
            .limit(Duration::from_secs(600))
            .run()
            .context("the node packages could not be installed; try `npm ci`")?;
        stamp::write(&done, &wanted)?;
    }
    Ok(bin)
}

/// Chromium and the driver of the same version.
pub struct Browser {
    /// The browser itself.
    pub chromium: PathBuf,
    /// What speaks WebDriver to it.
    pub driver: PathBuf,
}

impl Browser {
    /// Variables that tell our test runners where the browser is.
    pub fn envs(&self) -> Vec<(String, OsString)> {
        vec![
            ("VISITA_CHROMIUM".to_owned(), self.chromium.clone().into()),
            ("CHROMEDRIVER".to_owned(), self.driver.clone().into()),
        ]
    }
}

/// Chromium and chromedriver: from `VISITA_CHROMIUM` and `CHROMEDRIVER`, from
/// `PATH`, or from Debian's packages.
pub fn browser() -> Result<Browser> {
    if let Some(found) = find_browser() {
        return Ok(found);
    }
    debian::install("Chromium with its driver", CHROMIUM_PACKAGES)?;
    find_browser().context(
        "Chromium is still missing; set VISITA_CHROMIUM and CHROMEDRIVER to where they are",
    )
}

fn find_browser() -> Option<Browser> {
    let named = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let chromium = named("VISITA_CHROMIUM").or_else(|| {
        ["chromium", "chromium-browser", "google-chrome"]
            .iter()
            .find_map(|name| which(name))
    })?;
    let driver = named("CHROMEDRIVER").or_else(|| which("chromedriver"))?;
    Some(Browser { chromium, driver })
}

/// The folder with `initdb`, `postgres` and `pg_isready`, newest version first.
pub fn postgres() -> Result<PathBuf> {
    if let Some(found) = find_postgres() {
        return Ok(found);
    }
    debian::install("PostgreSQL", &["postgresql"])?;
    find_postgres().context("PostgreSQL's `initdb` is still missing; put it on PATH")
}

fn find_postgres() -> Option<PathBuf> {
    let complete = |bin: &PathBuf| {
        ["initdb", "postgres", "pg_isready"]
            .iter()
            .all(|program| is_executable(&bin.join(program)))
    };
    // What is on PATH may be a link to one program of a complete folder.
    let of_path = which("initdb")
        .and_then(|file| file.canonicalize().ok())
        .and_then(|file| parent(&file).ok())
        .filter(complete);
    let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .filter(|(_, bin)| complete(bin))
        .collect();
    versions.sort();
    of_path.or_else(|| versions.pop().map(|(_, bin)| bin))
}

/// nginx and HAProxy, and what makes their certificates: the tests of the server start them.
pub fn proxies() -> Result<()> {
    if has_proxies() {
        return Ok(());
    }
    debian::install("nginx and HAProxy", &["nginx-light", "haproxy", "openssl"])?;
    if has_proxies() {
        return Ok(());
    }
    bail!("nginx, haproxy or openssl is still missing; put them on PATH")
}

fn has_proxies() -> bool {
    // Debian has servers where only root's PATH leads.
    let there = |name: &str| which(name).is_some() || debian::has(&format!("/usr/sbin/{name}"));
    ["nginx", "haproxy", "openssl"].into_iter().all(there)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locked_version_of_a_package_is_found_by_its_exact_name() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(
            dir.path().join("Cargo.lock"),
            "[[package]]\nname = \"a-b\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"a\"\nversion = \"2.0.0\"\n",
        )
        .unwrap();
        assert_eq!(locked_version(dir.path(), "a").unwrap(), "2.0.0");
        assert!(locked_version(dir.path(), "c").is_err());
    }
}
