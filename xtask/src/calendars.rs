//! What a calendar program makes of our calendars: a parser that knows nothing of ours reads
//! what the real server gives. docs/TESTING.md tells what it looks for.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::clinic::{Clinic, Folder};
use crate::proc::Cmd;
use crate::{build, python};

const ASSETS: &str = "xtask/assets/calendar";
/// Written and compared by the tests of visita-http: what goes with mails.
const GOLDEN: &str = "crates/visita-http/tests/golden";

/// What a merge runs.
pub fn step(root: &Path) -> Result<()> {
    let server = build::server(root)?;
    let python = install(root)?;
    let folder = Folder::new("calendar")?;
    let clinic = Clinic::start(&server, folder.path())?;
    Cmd::new(python)
        .arg(root.join(ASSETS).join("check.py"))
        .arg(format!("http://{}", clinic.addr))
        .arg(root.join(GOLDEN))
        .limit(Duration::from_secs(60))
        .run()
        .with_context(|| format!("The server's log:\n{}", clinic.errors()))
}

/// A Python with the parser.
pub fn install(root: &Path) -> Result<PathBuf> {
    let list = format!("{ASSETS}/requirements.txt");
    Ok(python::environment(root, "icalendar", &list)?.join("python"))
}
