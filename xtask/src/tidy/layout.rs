//! Rules about how files belong together.

use std::collections::{BTreeMap, BTreeSet};

use super::{File, Finding};

const BACKENDS: [&str; 2] = ["sqlite", "postgres"];

/// Both databases have the same migrations, and each can be undone.
pub fn migrations(files: &[File]) -> Vec<Finding> {
    let mut folders: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut findings = Vec::new();
    for file in files {
        let Some(rest) = file.path.strip_prefix("migrations/") else {
            continue;
        };
        let mut parts = rest.splitn(3, '/');
        if let (Some(backend), Some(folder), Some(name)) =
            (parts.next(), parts.next(), parts.next())
        {
            folders.entry(folder).or_default().insert(backend);
            let statements = file
                .text
                .lines()
                .any(|line| !line.trim().is_empty() && !line.trim_start().starts_with("--"));
            if name.ends_with(".sql") && !statements {
                findings.push(Finding::Error(format!("{}: holds no statement", file.path)));
            }
        }
    }
    let exists = |path: &str| files.iter().any(|file| file.path == path);
    for (folder, backends) in &folders {
        for backend in BACKENDS {
            if !backends.contains(backend) {
                findings.push(Finding::Error(format!(
                    "migrations/{backend}/{folder}: missing, the other database has it"
                )));
                continue;
            }
            for script in ["up.sql", "down.sql"] {
                let path = format!("migrations/{backend}/{folder}/{script}");
                if !exists(&path) {
                    findings.push(Finding::Error(format!("{path}: missing")));
                }
            }
        }
    }
    findings
}

/// Links between our documents lead somewhere.
pub fn links(files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| file.path.ends_with(".md")) {
        let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for target in link_targets(&file.text) {
            let target = target.split('#').next().unwrap_or_default();
            if target.is_empty() || target.contains(':') || target.contains(' ') {
                continue;
            }
            let path = resolve(folder, target);
            let found = files.iter().any(|other| {
                other.path == path || other.path.starts_with(&format!("{path}/")) || path.is_empty()
            });
            // A picture is no text file and so not in the list.
            let picture = [".png", ".svg", ".jpg", ".webp"]
                .iter()
                .any(|end| path.ends_with(end));
            if !found && !picture {
                findings.push(Finding::Error(format!(
                    "{}: the link to `{target}` leads nowhere",
                    file.path
                )));
            }
        }
    }
    findings
}

/// What stands in `](…)`, outside code blocks.
fn link_targets(text: &str) -> Vec<&str> {
    let mut targets = Vec::new();
    let mut in_code = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        if in_code {
            continue;
        }
        for rest in line.split("](").skip(1) {
            if let Some((target, _)) = rest.split_once(')') {
                targets.push(target);
            }
        }
    }
    targets
}

fn resolve(folder: &str, target: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            name => parts.push(name),
        }
    }
    parts.join("/")
}

/// Versions that stand in two files are equal, and no lockfile names a host.
pub fn pins(files: &[File]) -> Vec<Finding> {
    let text = |path: &str| {
        files
            .iter()
            .find(|file| file.path == path)
            .map(|file| file.text.as_str())
    };
    let mut findings = Vec::new();
    if let Some(lock) = text("package-lock.json")
        && lock.contains("\"resolved\": \"http")
    {
        findings.push(Finding::Error(
            "package-lock.json: names a host; run npm with the project's .npmrc".to_owned(),
        ));
    }
    if let (Some(trunk), Some(lock)) = (text("Trunk.toml"), text("Cargo.lock")) {
        let pinned = value_of(trunk, "wasm_bindgen");
        let locked = lock
            .lines()
            .skip_while(|line| *line != "name = \"wasm-bindgen\"")
            .find_map(|line| value_of(line, "version"));
        if pinned != locked {
            findings.push(Finding::Error(format!(
                "Trunk.toml: wasm_bindgen is {}, but Cargo.lock has {}",
                pinned.unwrap_or("missing"),
                locked.unwrap_or("none")
            )));
        }
    }
    if let (Some(trunk), Some(package)) = (text("Trunk.toml"), text("package.json")) {
        let has =
            |name: &str, version: &str| package.contains(&format!("\"{name}\": \"{version}\""));
        let tailwind = value_of(trunk, "tailwindcss").unwrap_or_default();
        let binaryen = value_of(trunk, "wasm_opt")
            .unwrap_or_default()
            .replace("version_", "");
        if !has("tailwindcss", tailwind)
            || !has("@tailwindcss/cli", tailwind)
            || !has("binaryen", &format!("{binaryen}.0.0"))
        {
            findings.push(Finding::Error(
                "Trunk.toml: `[tools]` and package.json differ in tailwindcss or wasm_opt"
                    .to_owned(),
            ));
        }
    }
    findings
}

/// The value of `key = "value"`.
fn value_of<'a>(toml: &'a str, key: &str) -> Option<&'a str> {
    toml.lines().find_map(|line| {
        let (found, value) = line.split_once('=')?;
        (found.trim() == key).then(|| value.trim().trim_matches('"'))
    })
}

#[cfg(test)]
mod tests {
    use super::super::file;
    use super::*;

    #[test]
    fn migrations_come_in_pairs_and_can_be_undone() {
        let all = |down: &str| {
            let mut files = Vec::new();
            for backend in BACKENDS {
                files.push(file(
                    &format!("migrations/{backend}/1_a/up.sql"),
                    "CREATE TABLE a (x);",
                ));
                files.push(file(&format!("migrations/{backend}/1_a/down.sql"), down));
            }
            files
        };
        assert_eq!(migrations(&all("DROP TABLE a;")), []);
        assert_eq!(migrations(&all("-- nothing\n")).len(), 2);
        let mut lonely = all("DROP TABLE a;");
        lonely.retain(|file| !file.path.starts_with("migrations/postgres"));
        assert_eq!(migrations(&lonely).len(), 1);
        let mut no_down = all("DROP TABLE a;");
        no_down.retain(|file| file.path != "migrations/sqlite/1_a/down.sql");
        assert_eq!(migrations(&no_down).len(), 1);
    }

    #[test]
    fn a_link_to_nowhere_is_found() {
        let readme = |text: &str| {
            vec![
                file("README.md", text),
                file("docs/API.md", "[up](../README.md#x)"),
            ]
        };
        assert_eq!(
            links(&readme(
                "[a](docs/API.md) [b](https://example.org) [c](#here)"
            )),
            []
        );
        assert_eq!(links(&readme("[a](docs/GONE.md)")).len(), 1);
    }

    #[test]
    fn pins_that_differ_are_found() {
        let files = |bindgen: &str, resolved: &str| {
            vec![
                file(
                    "Trunk.toml",
                    "[tools]\nwasm_bindgen = \"0.2.1\"\nwasm_opt = \"version_132\"\ntailwindcss = \"4.3.5\"\n",
                ),
                file(
                    "Cargo.lock",
                    &format!("name = \"wasm-bindgen\"\nversion = \"{bindgen}\"\n"),
                ),
                file("package-lock.json", resolved),
                file(
                    "package.json",
                    "\"tailwindcss\": \"4.3.5\", \"@tailwindcss/cli\": \"4.3.5\", \"binaryen\": \"132.0.0\"",
                ),
            ]
        };
        assert_eq!(pins(&files("0.2.1", "{}")), []);
        assert_eq!(pins(&files("0.2.2", "{}")).len(), 1);
        assert_eq!(
            pins(&files("0.2.1", "\"resolved\": \"https://host/x\"")).len(),
            1
        );
    }
}
