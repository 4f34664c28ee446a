//! `cargo xtask bench`: the budgets, measured.

use std::path::Path;

use anyhow::{Context as _, Result};

use crate::build::{self, Profile};
use crate::postgres::{Cluster, Use};
use crate::proc::Cmd;
use crate::tools;

/// Builds the release server and runs the harness, which prints the table.
pub fn command(root: &Path, args: &[String]) -> Result<()> {
    println!("Building what is measured (up to 20 minutes the first time)");
    build::require(root, "crates/visita-testkit/examples/bench.rs")
        .or_else(|_| build::require(root, "crates/visita-testkit/examples/bench/main.rs"))
        .context("the harness is not there")?;
    build::spa(root, Profile::Release)?;
    Cmd::cargo(root)
        .args(["build", "--release", "--package", "visita"])
        .run()?;
    let browser = tools::browser()?;
    let cluster = Cluster::start(Use::Measurement)?;
    Cmd::cargo(root)
        .args([
            "run",
            "--release",
            "--package",
            "visita-testkit",
            "--example",
            "bench",
            "--",
        ])
        .args(args)
        .env("VISITA_BIN", build::target_dir(root).join("release/visita"))
        .envs(&browser.envs())
        .envs(&cluster.envs())
        .run()
}
