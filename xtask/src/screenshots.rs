//! `cargo xtask screenshots`: every page, phone and desktop, light and dark.

use std::path::Path;

use anyhow::Result;

use crate::build::{self, Profile};
use crate::proc::Cmd;
use crate::tools;

/// Runs the Playwright project `screenshots`; pictures land in `target/screenshots`.
pub fn command(root: &Path, args: &[String]) -> Result<()> {
    build::require(root, "e2e/playwright.config.ts")?;
    build::spa(root, Profile::Dev)?;
    let server = build::server(root)?;
    tools::node_modules(root)?;
    let browser = tools::browser()?;
    let pictures = root.join("target/screenshots");
    std::fs::create_dir_all(&pictures)?;
    playwright(root)
        .args(["--project", "screenshots"])
        .args(args)
        .env("VISITA_BIN", server)
        .env("VISITA_SCREENSHOTS", &pictures)
        .envs(&browser.envs())
        .run()?;
    println!("\nThe pictures are in target/screenshots.");
    Ok(())
}

/// `playwright test` with the project's configuration.
pub fn playwright(root: &Path) -> Cmd {
    Cmd::new(root.join("node_modules/.bin/playwright"))
        .args(["test", "--config", "e2e/playwright.config.ts"])
        .cwd(root)
        .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")
}
