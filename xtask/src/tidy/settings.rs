//! Settings, their list for operators, and the container files agree.

use std::collections::BTreeSet;

use super::{File, Finding};

/// Where the server's flags are declared, each with `env = "VISITA_…"`.
const SETTINGS: &str = "crates/visita/src/";
const EXAMPLE: &str = ".env.example";
/// Files that set variables of the server.
const USERS: &[&str] = &[EXAMPLE, "docker-compose.yml", "Dockerfile"];

/// `.env.example` lists every setting; nothing sets one that does not exist.
pub fn check(files: &[File]) -> Vec<Finding> {
    let text = |path: &str| {
        files
            .iter()
            .find(|file| file.path == path)
            .map(|file| &file.text)
    };
    let settings: BTreeSet<String> = files
        .iter()
        .filter(|file| file.path.starts_with(SETTINGS))
        .flat_map(|file| file.text.split("env = \"").skip(1))
        .filter_map(|rest| rest.split_once('"'))
        .map(|(name, _)| without_file(name).to_owned())
        .collect();
    if settings.is_empty() {
        return vec![Finding::Error(format!("{SETTINGS}: declares no setting"))];
    }
    let mut findings = Vec::new();
    for user in USERS {
        let Some(found) = text(user) else {
            findings.push(Finding::Error(format!("{user}: missing")));
            continue;
        };
        for name in variables(found) {
            if !settings.contains(without_file(&name)) {
                findings.push(Finding::Error(format!(
                    "{user}: {name} is no setting of the server"
                )));
            }
        }
    }
    if let Some(example) = text(EXAMPLE) {
        let listed = variables(example);
        for name in &settings {
            if !listed.contains(name) {
                findings.push(Finding::Error(format!("{EXAMPLE}: {name} is not listed")));
            }
        }
    }
    findings
}

/// A secret may also be read from the file that `<NAME>_FILE` names.
fn without_file(name: &str) -> &str {
    name.strip_suffix("_FILE").unwrap_or(name)
}

/// Every `VISITA_…` name in the text. A bare prefix (`VISITA_` and a star) is no name.
fn variables(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| word.starts_with("VISITA_") && !word.ends_with('_'))
        .filter(|word| {
            word.chars()
                .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
        })
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::file;
    use super::*;

    fn findings(example: &str, compose: &str) -> usize {
        check(&[
            file(
                "crates/visita/src/cli.rs",
                "#[arg(env = \"VISITA_LISTEN\")] #[arg(env = \"VISITA_KEY\", long)] /// `VISITA_*`",
            ),
            file(EXAMPLE, example),
            file("docker-compose.yml", compose),
            file("Dockerfile", ""),
        ])
        .len()
    }

    #[test]
    fn the_example_and_the_settings_agree_both_ways() {
        let complete = "VISITA_LISTEN=1\n# VISITA_KEY=\n";
        assert_eq!(findings(complete, ""), 0);
        assert_eq!(findings("VISITA_LISTEN=1\n", ""), 1);
        assert_eq!(findings(&format!("{complete}VISITA_GONE=1\n"), ""), 1);
    }

    #[test]
    fn compose_sets_only_what_exists_and_may_name_secret_files() {
        let complete = "VISITA_LISTEN=1\n# VISITA_KEY=\n";
        assert_eq!(findings(complete, "VISITA_KEY_FILE: /run/secrets/key"), 0);
        assert_eq!(findings(complete, "VISITA_PORT: 1"), 1);
    }
}
