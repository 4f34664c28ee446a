//! `cargo xtask schemathesis`: requests drawn from the OpenAPI document, good and bad ones,
//! against the real server as every role. docs/TESTING.md tells what it looks for.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::clinic::{Clinic, Folder};
use crate::proc::{Cmd, human};
use crate::{build, python};

const ASSETS: &str = "xtask/assets/schemathesis";
/// Looked for in a merge; a long run takes hundreds.
const EXAMPLES: u32 = 10;
/// The draw of a merge: the same every time, so that a merge does not fail by chance.
const SEED: u32 = 20_261_123;
/// A role's run that has not ended by then hangs.
const LIMIT_PER_EXAMPLE: Duration = Duration::from_secs(60);

/// Who sends the requests, and whose records must stay hidden from whom (SECURITY R46): each
/// reads what the others of a row have made. Platform admins see the same as each other.
const ROLES: &[(&str, &[&str])] = &[
    ("staff", &["staff", "staff_elsewhere"]),
    ("doctor", &["doctor", "doctor_elsewhere"]),
    ("patient", &["patient", "patient_other"]),
    ("admin", &[]),
    ("anonymous", &[]),
];

/// What to draw.
struct Plan {
    examples: u32,
    seed: u32,
    role: Option<String>,
}

/// Runs all roles, or the one that the arguments name.
pub fn command(root: &Path, args: &[String]) -> Result<()> {
    let mut plan = Plan {
        examples: EXAMPLES,
        seed: SEED,
        role: None,
    };
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        let value = rest
            .next()
            .with_context(|| format!("`{arg}` needs a value"))?;
        match arg.as_str() {
            "--examples" => plan.examples = value.parse().context("`--examples` is a number")?,
            "--seed" => plan.seed = value.parse().context("`--seed` is a number")?,
            "--role" if ROLES.iter().any(|(role, _)| role == value) => {
                plan.role = Some(value.clone());
            }
            _ => bail!("`{arg} {value}` is not understood; try `--role staff --examples 200`"),
        }
    }
    run(root, &plan)
}

/// What a merge runs.
pub fn step(root: &Path) -> Result<()> {
    command(root, &[])
}

fn run(root: &Path, plan: &Plan) -> Result<()> {
    let server = build::server(root)?;
    let tester = install(root)?;
    let reports = root.join("target/schemathesis");
    std::fs::create_dir_all(&reports)?;
    println!(
        "{} examples of every operation, seed {}; what was sent and found lies in target/schemathesis",
        plan.examples, plan.seed
    );
    let wanted = |role: &str| plan.role.as_deref().is_none_or(|only| only == role);
    let queue: Mutex<Vec<_>> = Mutex::new(
        ROLES
            .iter()
            .rev()
            .filter(|(role, _)| wanted(role))
            .collect(),
    );
    let failed = Mutex::new(Vec::new());
    // Python works on one core, and half of the work is the server's: two at once.
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some((role, peers)) = pop(&queue) {
                    let run = Run {
                        root,
                        role,
                        peers,
                        plan,
                        report: reports.join(format!("{role}.txt")),
                    };
                    if let Err(error) = run.go(&server, &tester) {
                        push(&failed, format!("as {role}: {error:#}"));
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
    if failed.is_empty() {
        return Ok(());
    }
    bail!("{}", failed.join("\n"))
}

fn pop<T>(queue: &Mutex<Vec<T>>) -> Option<T> {
    queue.lock().unwrap_or_else(PoisonError::into_inner).pop()
}

fn push<T>(list: &Mutex<Vec<T>>, item: T) {
    list.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(item);
}

/// One role against a server of its own, because some requests end sessions and accounts.
struct Run<'a> {
    root: &'a Path,
    role: &'a str,
    peers: &'a [&'a str],
    plan: &'a Plan,
    report: PathBuf,
}

impl Run<'_> {
    fn go(&self, server: &Path, tester: &Path) -> Result<()> {
        let started = Instant::now();
        let folder = Folder::new(&format!("st-{}", self.role))?;
        for name in ["accounts.json", "hooks.py", "schemathesis.toml"] {
            std::fs::copy(self.root.join(ASSETS).join(name), folder.path().join(name))?;
        }
        let config = folder.path().join("schemathesis.toml");
        let text = std::fs::read_to_string(&config)? + &who(self.role, self.peers);
        std::fs::write(&config, text)?;
        let clinic = Clinic::start(server, folder.path())?;
        let result = Cmd::new(tester)
            .args(["--config-file", "schemathesis.toml", "run"])
            .arg(format!("http://{}/openapi.json", clinic.addr))
            .args(["--checks", "all"])
            .args(["--phases", "examples,coverage,fuzzing,stateful"])
            .args(["--max-examples", &self.plan.examples.to_string()])
            .args(["--seed", &self.plan.seed.to_string()])
            .cwd(folder.path())
            .output_to(&self.report)?
            .limit(LIMIT_PER_EXAMPLE.saturating_mul(self.plan.examples))
            .run();
        let said = std::fs::read_to_string(&self.report).unwrap_or_default();
        let cases = said
            .lines()
            .find(|line| line.contains(" generated, "))
            .map_or("nothing was sent", str::trim);
        println!("  {}: {cases} in {}", self.role, human(started.elapsed()));
        result.with_context(|| format!("{said}\nThe server's log:\n{}", clinic.errors()))
    }
}

/// The end of the configuration: who signs in. A role keeps all its requests to itself, so
/// that what is forbidden is asked for too.
fn who(role: &str, peers: &[&str]) -> String {
    let mut text = "\n[auth]\nauto-signup = false\n".to_owned();
    if role != "anonymous" {
        text.push_str(&format!(
            "\n[auth.wfc]\npath = \"accounts.json\"\nuser = \"{role}\"\n"
        ));
    }
    if !peers.is_empty() {
        text.push_str(&format!("peers = {peers:?}\n"));
    }
    text
}

/// The program, in an environment of its own that holds exactly what the list says.
pub fn install(root: &Path) -> Result<PathBuf> {
    let bin = python::environment(root, "schemathesis", &format!("{ASSETS}/requirements.txt"))?;
    Ok(bin.join("schemathesis"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_signs_in_and_nobody_does_not() {
        let text = who("staff", &["staff", "staff_elsewhere"]);
        assert!(text.contains("user = \"staff\""), "{text}");
        assert!(text.contains("peers = [\"staff\", \"staff_elsewhere\"]"));
        assert!(!who("anonymous", &[]).contains("wfc"));
    }

    #[test]
    fn every_role_and_peer_has_an_account_and_the_list_is_pinned() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let read = |name: &str| std::fs::read_to_string(root.join(ASSETS).join(name)).unwrap();
        let accounts: serde_json::Value = serde_json::from_str(&read("accounts.json")).unwrap();
        let names: Vec<&str> = accounts["auth"]
            .as_array()
            .unwrap()
            .iter()
            .map(|account| account["name"].as_str().unwrap())
            .collect();
        for (role, peers) in ROLES {
            for name in peers.iter().chain((*role != "anonymous").then_some(role)) {
                assert!(names.contains(name), "{name}");
            }
        }
        let list = read("requirements.txt");
        let packages = list.lines().filter(|line| !line.starts_with([' ', '#']));
        for package in packages {
            assert!(package.contains("=="), "{package}");
        }
    }
}
