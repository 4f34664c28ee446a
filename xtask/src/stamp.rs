//! Stamps: a text file that says from what something was made, so that the
//! same thing is not made twice.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// A hash over names and contents of all files below `inputs`.
/// Missing inputs count as missing, so that their arrival changes the hash.
pub fn hash_of(root: &Path, inputs: &[&str]) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    for input in inputs {
        input.hash(&mut hasher);
        for file in files_below(&root.join(input))? {
            file.strip_prefix(root).unwrap_or(&file).hash(&mut hasher);
            std::fs::read(&file)
                .with_context(|| format!("cannot read {}", file.display()))?
                .hash(&mut hasher);
        }
    }
    Ok(format!("{:016x}", hasher.finish()))
}

/// Every file below `start` (or `start` itself), sorted, without build output.
pub fn files_below(start: &Path) -> Result<BTreeSet<PathBuf>> {
    let mut found = BTreeSet::new();
    let mut queue = vec![start.to_path_buf()];
    while let Some(path) = queue.pop() {
        if path.is_file() {
            found.insert(path);
        } else if path.is_dir() {
            let entries = std::fs::read_dir(&path)
                .with_context(|| format!("cannot list {}", path.display()))?;
            for entry in entries {
                let entry = entry?;
                let name = entry.file_name();
                let skip = ["target", "dist", "node_modules", ".git", ".stage", "data"];
                // A folder named like build output is skipped; a file is not.
                if entry.path().is_dir() && skip.iter().any(|skip| name == *skip) {
                    continue;
                }
                queue.push(entry.path());
            }
        }
    }
    Ok(found)
}

/// Whether the stamp holds exactly this text.
pub fn is(stamp: &Path, text: &str) -> bool {
    std::fs::read_to_string(stamp).is_ok_and(|found| found == text)
}

/// Writes the stamp, making its folder.
pub fn write(stamp: &Path, text: &str) -> Result<()> {
    if let Some(parent) = stamp.parent() {
        std::fs::create_dir_all(parent)?;
    }
    std::fs::write(stamp, text).with_context(|| format!("cannot write {}", stamp.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_follows_names_and_contents_but_not_build_output() {
        let dir = tempfile::tempdir().unwrap();
        let hash = || hash_of(dir.path(), &["src", "lock"]).unwrap();
        std::fs::create_dir_all(dir.path().join("src/target")).unwrap();
        std::fs::write(dir.path().join("src/a.rs"), "1").unwrap();
        let first = hash();
        std::fs::write(dir.path().join("src/target/out"), "x").unwrap();
        assert_eq!(hash(), first);
        std::fs::write(dir.path().join("src/a.rs"), "2").unwrap();
        let second = hash();
        assert_ne!(second, first);
        std::fs::rename(dir.path().join("src/a.rs"), dir.path().join("src/b.rs")).unwrap();
        let third = hash();
        assert_ne!(third, second);
        std::fs::write(dir.path().join("lock"), "").unwrap();
        assert_ne!(hash(), third);
    }
}
