//! `cargo xtask sqlmap`: a scanner looks for SQL that parameters of the real server reach.
//! docs/TESTING.md tells what it looks for.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::clinic::{Clinic, Folder};
use crate::proc::Cmd;
use crate::{build, python};

const ASSETS: &str = "xtask/assets/sqlmap";
/// sqlmap's own scale of thoroughness, 1 to 5; SECURITY R01 asks for 3.
const LEVEL: &str = "3";
/// Thrice what the scan of every parameter takes; one that has not ended by then hangs.
const LIMIT: Duration = Duration::from_secs(2 * 3600);

/// Scans every parameter, or those of one operation.
pub fn command(root: &Path, args: &[String]) -> Result<()> {
    let (mut level, mut form) = (LEVEL, "long");
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        let value = rest
            .next()
            .with_context(|| format!("`{arg}` needs a value"))?;
        match (arg.as_str(), value.as_str()) {
            ("--level", "1" | "2" | "3" | "4" | "5") => level = value,
            ("--operation", _) => form = value,
            _ => bail!("`{arg} {value}` is not understood; try `--level 3`"),
        }
    }
    run(root, level, form)
}

/// What a merge runs: the parameters from which queries are made, at the same level.
pub fn step(root: &Path) -> Result<()> {
    run(root, LEVEL, "short")
}

fn run(root: &Path, level: &str, form: &str) -> Result<()> {
    let server = build::server(root)?;
    let bin = install(root)?;
    let reports = root.join("target/sqlmap");
    // What an earlier run found says nothing about this one.
    if reports.exists() {
        std::fs::remove_dir_all(&reports)?;
    }
    std::fs::create_dir_all(&reports)?;
    let folder = Folder::new("sqlmap")?;
    let clinic = Clinic::start(&server, folder.path())?;
    Cmd::new(bin.join("python"))
        .arg(root.join(ASSETS).join("scan.py"))
        .arg(format!("http://{}", clinic.addr))
        .arg(bin.join("sqlmap"))
        .arg(&reports)
        .args([level, form])
        .limit(LIMIT)
        .run()
        .with_context(|| {
            format!(
                "What sqlmap said lies in target/sqlmap. The server's log:\n{}",
                clinic.errors()
            )
        })
}

/// The folder with the program, in an environment that holds exactly what the list says.
pub fn install(root: &Path) -> Result<PathBuf> {
    python::environment(root, "sqlmap", &format!("{ASSETS}/requirements.txt"))
}
