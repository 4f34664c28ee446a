//! The compiler for the browser: rustup's target where it can be fetched, else
//! a standard library built from Debian's sources.
//!
//! rustup's own servers are out of reach on some machines, and Debian has no
//! ready standard library for wasm32. Its `rust-web-src` has the sources, and
//! they compile in a minute.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::proc::{Cmd, which};
use crate::{debian, stamp, tools};

const TARGET: &str = "wasm32-unknown-unknown";
const DEBIAN_PACKAGES: &[&str] = &[
    "rustc-web",
    "cargo-web",
    "rust-web-src",
    "rust-web-llvm",
    "rust-web-clippy",
    "lld-22",
];
/// What is built: the library itself, and what a test harness links.
const LIBRARIES: &str = "std,panic_abort,test";
/// The name under which rustup knows Debian's compiler.
const DEBIAN_TOOLCHAIN: &str = "debian";

/// A compiler that makes WebAssembly.
pub struct Toolchain {
    /// The rustup name when it is not the one that builds the server.
    other: Option<&'static str>,
    target_dir: PathBuf,
}

impl Toolchain {
    /// A cargo command for wasm32. It has a target folder of its own, so that
    /// it neither waits for nor disturbs the builds of the server.
    pub fn cargo(&self, root: &Path) -> Cmd {
        Cmd::cargo(root).envs(&self.envs())
    }

    /// What a program needs to know that calls cargo itself (trunk).
    pub fn envs(&self) -> Vec<(String, OsString)> {
        let mut envs = vec![
            (
                "CARGO_TARGET_DIR".to_owned(),
                self.target_dir.clone().into(),
            ),
            // The SPA's dev build: small enough to load at once, quick to compile.
            ("CARGO_PROFILE_DEV_DEBUG".to_owned(), "false".into()),
            ("CARGO_PROFILE_DEV_OPT_LEVEL".to_owned(), "1".into()),
            // Leptos erases the types of component trees: nested views otherwise
            // become types so long that the SPA takes minutes to compile.
            (
                "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS".to_owned(),
                "--cfg erase_components".into(),
            ),
        ];
        if let Some(name) = self.other {
            envs.push(("RUSTUP_TOOLCHAIN".to_owned(), name.into()));
        }
        envs
    }
}

/// Finds a compiler for wasm32 or installs one.
pub fn toolchain(root: &Path) -> Result<Toolchain> {
    let target_dir = root.join("target/wasm");
    let with = |other| Toolchain {
        other,
        target_dir: target_dir.clone(),
    };
    if has_std(&sysroot(None)?) {
        return Ok(with(None));
    }
    if which("rustup").is_none() {
        bail!(
            "the Rust compiler has no {TARGET} target; install Rust by rustup, or add your distribution's package of that target"
        );
    }
    let _lock = tools::install_lock()?;
    if debian_is_ready() {
        drop_what_another_std_made(&target_dir)?;
        return Ok(with(Some(DEBIAN_TOOLCHAIN)));
    }
    if !debian_compiler_installed() && rustup_target_add() {
        return Ok(with(None));
    }
    install_debian()
        .context("the compiler for the browser could not be installed; try `rustup target add wasm32-unknown-unknown`")?;
    drop_what_another_std_made(&target_dir)?;
    Ok(with(Some(DEBIAN_TOOLCHAIN)))
}

/// Cargo looks at the compiler's version only, so it would link crates that
/// were compiled against a library that is gone.
fn drop_what_another_std_made(target_dir: &Path) -> Result<()> {
    let note = target_dir.join("std-stamp.txt");
    let now = stamp::hash_of(
        Path::new("/"),
        &[&lib_dir(Path::new("usr")).to_string_lossy()],
    )?;
    if stamp::is(&note, &now) {
        return Ok(());
    }
    if note.exists() {
        std::fs::remove_dir_all(target_dir)?;
    }
    stamp::write(&note, &now)
}

fn rustup_target_add() -> bool {
    println!("Adding the {TARGET} target by rustup (under a minute, once)");
    // Without internet rustup hangs instead of failing. Where there is another
    // way, it gets less time.
    let limit = if debian::available() { 30 } else { 300 };
    let added = Cmd::new("rustup")
        .args(["target", "add", TARGET])
        .limit(Duration::from_secs(limit))
        .run();
    if let Err(error) = &added {
        println!("  {error:#}");
    }
    added.is_ok() && sysroot(None).is_ok_and(|sysroot| has_std(&sysroot))
}

fn sysroot(toolchain: Option<&str>) -> Result<PathBuf> {
    let mut cmd = Cmd::new("rustc").args(["--print", "sysroot"]);
    if let Some(name) = toolchain {
        cmd = cmd.env("RUSTUP_TOOLCHAIN", name);
    }
    cmd.read()
        .map(PathBuf::from)
        .context("Rust is missing; install it by rustup")
}

fn lib_dir(sysroot: &Path) -> PathBuf {
    sysroot.join("lib/rustlib").join(TARGET).join("lib")
}

fn has_std(sysroot: &Path) -> bool {
    std::fs::read_dir(lib_dir(sysroot))
        .into_iter()
        .flatten()
        .flatten()
        .any(|entry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            name.starts_with("libstd-") && name.ends_with(".rlib")
        })
}

fn debian_compiler_installed() -> bool {
    debian::has("/usr/lib/rustlib/src/rust/library/std/Cargo.toml")
        && which("rustup").is_some()
        && sysroot(Some(DEBIAN_TOOLCHAIN)).is_ok()
}

/// Compiler and standard library must be of the same build; a security update
/// of the compiler makes the library stale.
fn debian_is_ready() -> bool {
    debian_version().is_some_and(|version| {
        has_std(Path::new("/usr")) && (stamp::is(&stamp_file(), &version) && has_clippy())
    })
}

fn has_clippy() -> bool {
    debian::has("/usr/bin/cargo-clippy")
}

fn stamp_file() -> PathBuf {
    lib_dir(Path::new("/usr")).join("visita-built-by.txt")
}

/// The compiler, and what was built by it.
fn debian_version() -> Option<String> {
    Cmd::new("rustc")
        .arg("-vV")
        .env("RUSTUP_TOOLCHAIN", DEBIAN_TOOLCHAIN)
        .read()
        .ok()
        .map(|version| format!("{version}\nlibraries: {LIBRARIES}"))
}

fn install_debian() -> Result<()> {
    if !debian::has("/usr/lib/rustlib/src/rust/library/std/Cargo.toml")
        || !debian::has("/usr/bin/rustc")
        || !has_clippy()
    {
        debian::install("a Rust compiler for the browser", DEBIAN_PACKAGES)?;
    }
    if debian_version().is_none() {
        Cmd::new("rustup")
            .args(["toolchain", "link", DEBIAN_TOOLCHAIN, "/usr"])
            .limit(Duration::from_secs(30))
            .run()?;
    }
    let version = debian_version().context("Debian's rustc does not start")?;
    println!(
        "Building Rust's standard library for the browser (about 1 minute, once per compiler)"
    );
    let scratch = std::env::temp_dir().join(format!("visita-wasm-std-{}", std::process::id()));
    let result = build_std(&scratch, &version);
    // Only a build that went through is copied, so the folder can go either way.
    let _ = std::fs::remove_dir_all(&scratch);
    result
}

fn build_std(scratch: &Path, version: &str) -> Result<()> {
    std::fs::create_dir_all(scratch.join("src"))?;
    std::fs::write(scratch.join("src/lib.rs"), "")?;
    std::fs::write(
        scratch.join("Cargo.toml"),
        "[package]\nname = \"empty\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n",
    )?;
    let target = scratch.join("target");
    Cmd::cargo(scratch)
        .args(["build", "--release", "--target", TARGET])
        .env("RUSTUP_TOOLCHAIN", DEBIAN_TOOLCHAIN)
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", "-Cembed-bitcode=yes")
        .env("CARGO_UNSTABLE_BUILD_STD", LIBRARIES)
        .env("CARGO_TARGET_DIR", &target)
        .run()?;
    let deps = target.join(TARGET).join("release/deps");
    let mut libraries = Vec::new();
    for entry in std::fs::read_dir(&deps)? {
        let path = entry?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if name.starts_with("lib") && name.ends_with(".rlib") && !name.starts_with("libempty-") {
            libraries.push(path);
        }
    }
    if !libraries.iter().any(|path| {
        path.file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with("libstd-"))
    }) {
        bail!("the build of the standard library made no libstd");
    }
    // Two builds of std side by side would be refused, so the old one goes first.
    let lib = lib_dir(Path::new("/usr"));
    debian::as_root("rm")?.arg("-rf").arg(&lib).run_quietly()?;
    debian::as_root("install")?
        .args(["-D", "-m644", "-t"])
        .arg(&lib)
        .args(&libraries)
        .run_quietly()?;
    let note = scratch.join("stamp");
    stamp::write(&note, version)?;
    debian::as_root("install")?
        .arg("-m644")
        .arg(&note)
        .arg(stamp_file())
        .run_quietly()
}
