//! `cargo xtask run`: from a fresh checkout to a clinic in the browser.

use std::path::Path;

use anyhow::{Result, bail};

use crate::build::{self, Profile};
use crate::proc::Cmd;

/// Installs, builds, and becomes the server. Data stay in `data/demo`.
pub fn command(root: &Path, args: &[String]) -> Result<()> {
    let mut port = "8080".to_owned();
    let mut more: &[String] = &[];
    let mut rest = args;
    while let Some((arg, tail)) = rest.split_first() {
        match (arg.as_str(), tail.split_first()) {
            ("--port", Some((value, tail))) if value.parse::<u16>().is_ok() => {
                port.clone_from(value);
                rest = tail;
            }
            ("--", _) => {
                more = tail;
                rest = &[];
            }
            _ => bail!("`{arg}` is not understood; try `cargo xtask run --port 8081`"),
        }
    }
    build::spa(root, Profile::Dev)?;
    let program = build::server(root)?;
    println!("Starting the demo clinic on http://127.0.0.1:{port} (Ctrl-C stops it)");
    let error = Cmd::new(&program)
        .args(["serve", "--demo", "--data-dir", "data/demo", "--listen"])
        .arg(format!("127.0.0.1:{port}"))
        .args(more)
        .cwd(root)
        .exec();
    Err(error)
}
