//! The SPA, the server, and the two in one file.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, Result, bail};

use crate::proc::{Cmd, human};
use crate::{stamp, tools, wasm};

/// Everything the SPA is made from.
const SPA_INPUTS: &[&str] = &[
    "frontend",
    "crates/visita-domain",
    "crates/visita-wire",
    "Cargo.toml",
    "Cargo.lock",
    "Trunk.toml",
    "package-lock.json",
    "xtask/src/build.rs",
];

/// How the SPA is compiled.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Quick to compile, with checks of misuse: for `run` and for tests.
    Dev,
    /// Small and fast to load: optimised, hashed and compressed.
    Release,
}

/// `cargo xtask build`.
pub fn command(root: &Path) -> Result<()> {
    let started = Instant::now();
    println!("Building the SPA and the server for production (up to 20 minutes the first time)");
    spa(root, Profile::Release)?;
    Cmd::cargo(root)
        .args(["build", "--release", "--package", "visita"])
        .run()?;
    let file = target_dir(root).join("release/visita");
    let size = std::fs::metadata(&file)
        .with_context(|| format!("{} is not there", file.display()))?
        .len();
    println!(
        "\n{} is ready: one file of {} MB, built in {}.",
        file.strip_prefix(root).unwrap_or(&file).display(),
        size / 1_000_000,
        human(started.elapsed())
    );
    Ok(())
}

/// `cargo xtask gen openapi`.
pub fn openapi(root: &Path) -> Result<()> {
    ensure_dist(root)?;
    let document = Cmd::cargo(root)
        .args(["run", "--quiet", "--package", "visita", "--", "openapi"])
        .read()?;
    let file = root.join("openapi/openapi.json");
    stamp::write(&file, &format!("{document}\n"))?;
    println!("openapi/openapi.json is written.");
    Ok(())
}

/// The server crate embeds this folder, and does not compile without it.
pub fn ensure_dist(root: &Path) -> Result<PathBuf> {
    let dist = root.join("frontend/dist");
    std::fs::create_dir_all(&dist).with_context(|| format!("cannot make {}", dist.display()))?;
    Ok(dist)
}

/// The server as it is used while developing; returns the program.
pub fn server(root: &Path) -> Result<PathBuf> {
    ensure_dist(root)?;
    Cmd::cargo(root)
        .args(["build", "--package", "visita"])
        .run()?;
    Ok(target_dir(root).join("debug/visita"))
}

/// Where cargo puts what it builds for the host.
pub fn target_dir(root: &Path) -> PathBuf {
    // An empty value counts as none, as it does for cargo.
    std::env::var_os("CARGO_TARGET_DIR")
        .filter(|dir| !dir.is_empty())
        .map_or_else(|| root.join("target"), |dir| root.join(dir))
}

/// Builds the SPA into `frontend/dist`, unless what is there was made from the
/// same sources. A release build also serves where a dev build is wanted.
pub fn spa(root: &Path, profile: Profile) -> Result<()> {
    let dist = ensure_dist(root)?;
    let note = root.join("target/wasm/spa-stamp.txt");
    let name = match profile {
        Profile::Dev => "dev",
        Profile::Release => "release",
    };
    let sources = |profile: &str| -> Result<String> {
        Ok(format!("{profile} {}", stamp::hash_of(root, SPA_INPUTS)?))
    };
    if dist.join("index.html").exists()
        && (stamp::is(&note, &sources("release")?)
            || (profile == Profile::Dev && stamp::is(&note, &sources(name)?)))
    {
        println!("The SPA is up to date.");
        return Ok(());
    }
    let toolchain = wasm::toolchain(root)?;
    let path = tools_path(&[
        tools::node_modules(root)?,
        tools::wasm_bindgen(root)?,
        tools::trunk(root)?,
    ])?;
    println!("Building the SPA (5 minutes the first time, then seconds)");
    let _ = std::fs::remove_file(&note);
    remove_compressed(&dist)?;
    // trunk keeps cargo offline, so everything must be here before.
    toolchain.cargo(root).args(["fetch", "--quiet"]).run()?;
    Cmd::new("trunk")
        .arg("build")
        .args((profile == Profile::Release).then_some("--release"))
        .cwd(root)
        .envs(&toolchain.envs())
        .env("PATH", path)
        .env("TRUNK_OFFLINE", "true")
        .env("TRUNK_SKIP_VERSION_CHECK", "true")
        // What went wrong stands in the compiler's words, not in trunk's stack.
        .env("RUST_BACKTRACE", "0")
        .run()
        .context("the SPA could not be built")?;
    if profile == Profile::Release {
        compress(root, &dist)?;
    }
    // Cargo may have completed Cargo.lock, so the hash is taken again.
    stamp::write(&note, &sources(name)?)
}

/// `PATH` with the project's own tools in front.
fn tools_path(first: &[PathBuf]) -> Result<OsString> {
    let rest = std::env::var_os("PATH").unwrap_or_default();
    let all = first.iter().cloned().chain(std::env::split_paths(&rest));
    std::env::join_paths(all).context("a folder's name has a colon")
}

/// Writes `<asset>.br` beside each asset that gains from it, and says what a
/// browser loads in all.
fn compress(root: &Path, dist: &Path) -> Result<()> {
    const SCRIPT: &str = include_str!("../assets/brotli.mjs");
    let report = Cmd::new("node")
        .args(["--input-type=module", "--eval", SCRIPT])
        .arg("--")
        .arg(dist)
        .cwd(root)
        .read()
        .context("the assets could not be compressed")?;
    println!("{report}");
    Ok(())
}

/// A compressed file must never outlive what it was made from.
fn remove_compressed(dist: &Path) -> Result<()> {
    for file in stamp::files_below(dist)? {
        if file.extension().is_some_and(|extension| extension == "br") {
            std::fs::remove_file(&file)?;
        }
    }
    Ok(())
}

/// Fails when a file that another part of the project brings is not there.
pub fn require(root: &Path, file: &str) -> Result<()> {
    if root.join(file).exists() {
        return Ok(());
    }
    bail!("{file} is missing")
}
