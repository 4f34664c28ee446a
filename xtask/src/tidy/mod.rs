//! `cargo xtask tidy`: the project's rules that no compiler checks.
//!
//! Every rule takes the text it judges and returns what is wrong with it, so
//! each has a test that breaks it.

mod layout;
mod settings;
mod sources;

use std::path::Path;

use anyhow::{Result, bail};

use crate::proc::Cmd;

/// A file of the repository.
struct File {
    /// Relative to the repository, with forward slashes.
    path: String,
    text: String,
}

/// What a rule found.
#[derive(Debug, PartialEq, Eq)]
enum Finding {
    /// Must be mended before a merge.
    Error(String),
    /// Should be mended soon.
    Warning(String),
}

/// Checks the whole repository.
pub fn command(root: &Path) -> Result<()> {
    let files = files(root)?;
    let mut findings = Vec::new();
    for file in &files {
        findings.extend(sources::check(file));
    }
    findings.extend(layout::migrations(&files));
    findings.extend(layout::links(&files));
    findings.extend(layout::pins(&files));
    findings.extend(settings::check(&files));
    let mut errors = 0_u32;
    for finding in &findings {
        match finding {
            Finding::Error(text) => {
                errors = errors.saturating_add(1);
                println!("error: {text}");
            }
            Finding::Warning(text) => println!("warning: {text}"),
        }
    }
    if errors > 0 {
        bail!("{errors} rules are broken");
    }
    println!("{} files are tidy.", files.len());
    Ok(())
}

/// Every text file that git knows or would add.
fn files(root: &Path) -> Result<Vec<File>> {
    let listing = Cmd::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .cwd(root)
        .read()?;
    Ok(listing
        .lines()
        .filter_map(|path| {
            // A deleted file is still listed, a picture is no text: neither is judged.
            let text = std::fs::read_to_string(root.join(path)).ok()?;
            Some(File {
                path: path.to_owned(),
                text,
            })
        })
        .collect())
}

#[cfg(test)]
fn file(path: &str, text: &str) -> File {
    File {
        path: path.to_owned(),
        text: text.to_owned(),
    }
}
