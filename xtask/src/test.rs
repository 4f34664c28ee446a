//! `cargo xtask test`: everything a merge needs.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::build::{self, Profile};
use crate::postgres::{Cluster, Use};
use crate::proc::{Cmd, which};
use crate::steps::Steps;
use crate::{calendars, schemathesis, screenshots, sqlmap, tidy, tools, wasm};

/// Crates and the packages that must not stand anywhere below them.
/// DESIGN: diesel stops at visita-store, actix at visita-http.
const LAYERS: &[(&str, &[&str])] = &[
    ("visita-domain", &["diesel", "actix-web", "tokio"]),
    ("visita-wire", &["diesel", "actix-web", "tokio"]),
    ("visita-store", &["actix-web", "visita-wire"]),
    ("visita-files", &["actix-web", "diesel"]),
    ("visita-hub", &["actix-web", "diesel"]),
    ("frontend", &["diesel", "actix-web"]),
    ("visita", &["ring", "rsa", "openssl-sys", "actix-governor"]),
];

/// Runs all steps, or those that the arguments name.
pub fn command(root: &Path, args: &[String]) -> Result<()> {
    let mut fast = false;
    let mut list = false;
    let mut only = Vec::new();
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        match arg.as_str() {
            "--fast" => fast = true,
            "--help" | "-h" => {
                print!("{}", crate::HELP);
                return Ok(());
            }
            "--list" => list = true,
            "--only" => only.push(rest.next().context("`--only` needs a step's name")?.clone()),
            other => bail!("`{other}` is not understood; try `cargo xtask test --fast`"),
        }
    }
    let mut steps = Steps::new(only, list);
    steps.step("install", "what the other steps need", || {
        if fast {
            install_for_fast(root)
        } else {
            install_everything(root)
        }
    });
    steps.step("format", "rustfmt", || {
        Cmd::cargo(root).args(["fmt", "--all", "--check"]).run()
    });
    steps.step("tidy", "rules that no compiler checks", || {
        tidy::command(root)
    });
    steps.step("layers", "who may depend on whom", || layers(root));
    steps.step("licences", "cargo-deny: licences, bans, sources", || {
        licences(root)
    });
    steps.step("lint", "clippy, server and tools", || {
        build::ensure_dist(root)?;
        Cmd::cargo(root)
            .args(["clippy", "--workspace", "--exclude", "frontend"])
            .args(["--all-targets", "--", "-D", "warnings"])
            .run()
    });
    steps.step(
        "lint-wasm",
        "clippy for the browser: SPA, domain, wire",
        || lint_wasm(root),
    );
    steps.step(
        "server",
        "tests of the server crates, both databases",
        || server_tests(root),
    );
    steps.step("spa", "build of the SPA", || build::spa(root, Profile::Dev));
    if !fast {
        steps.step(
            "calendars",
            "our calendars, read by an independent parser",
            || calendars::step(root),
        );
        steps.step(
            "schemathesis",
            "requests drawn from the OpenAPI document",
            || schemathesis::step(root),
        );
        steps.step(
            "sqlmap",
            "a scanner looks for SQL behind parameters",
            || sqlmap::step(root),
        );
        steps.step("spa-tests", "SPA tests in a browser", || spa_tests(root));
        steps.step("e2e", "two browsers against the server", || e2e(root, &[]));
    }
    steps.finish()
}

/// Installs what `test` needs; names all that could not be had.
pub fn install_everything(root: &Path) -> Result<()> {
    together(&[
        fetch(root),
        components(root),
        tools::node_modules(root).map(drop),
        tools::browser().map(drop),
        tools::postgres().map(drop),
        tools::proxies(),
        wasm::toolchain(root).map(drop),
        tools::wasm_bindgen(root).map(drop),
        tools::trunk(root).map(drop),
        tools::cargo_deny(root).map(drop),
        schemathesis::install(root).map(drop),
        sqlmap::install(root).map(drop),
        calendars::install(root).map(drop),
    ])
}

fn install_for_fast(root: &Path) -> Result<()> {
    together(&[
        fetch(root),
        components(root),
        tools::node_modules(root).map(drop),
        tools::postgres().map(drop),
        tools::proxies(),
        wasm::toolchain(root).map(drop),
        tools::wasm_bindgen(root).map(drop),
        tools::trunk(root).map(drop),
        tools::cargo_deny(root).map(drop),
    ])
}

/// The sources of all dependencies. A merge must not depend on what a registry
/// would choose today, so on CI the lockfile has to be complete.
fn fetch(root: &Path) -> Result<()> {
    let on_ci = std::env::var_os("CI").is_some_and(|ci| !ci.is_empty() && ci != "false");
    Cmd::cargo(root)
        .args(["fetch", "--quiet"])
        .args(on_ci.then_some("--locked"))
        .run()
        .context("Cargo.lock does not fit the manifests, or a registry cannot be reached")
}

fn together(results: &[Result<()>]) -> Result<()> {
    let errors: Vec<String> = results
        .iter()
        .filter_map(|result| result.as_ref().err())
        .map(|error| format!("{error:#}"))
        .collect();
    if errors.is_empty() {
        return Ok(());
    }
    bail!("{}", errors.join("\n"))
}

/// rustfmt and clippy: part of rustup's usual set, not of its minimal one.
fn components(root: &Path) -> Result<()> {
    let there = |command: &str| {
        Cmd::cargo(root)
            .args([command, "--version"])
            .run_quietly()
            .is_ok()
    };
    if there("fmt") && there("clippy") {
        return Ok(());
    }
    if which("rustup").is_none() {
        bail!("rustfmt and clippy are missing; install them beside your Rust compiler");
    }
    Cmd::new("rustup")
        .args(["component", "add", "rustfmt", "clippy"])
        .limit(Duration::from_secs(120))
        .run()
        .context("rustfmt and clippy are missing; try `rustup component add rustfmt clippy`")
}

fn layers(root: &Path) -> Result<()> {
    let mut errors = Vec::new();
    for (package, banned) in LAYERS {
        let tree = Cmd::cargo(root)
            .args(["tree", "--package", package, "--edges", "normal,build"])
            .args(["--all-features", "--target", "all", "--prefix", "none"])
            .args(["--format", "{p}"])
            .read()?;
        for name in forbidden(&tree, banned) {
            let path = Cmd::cargo(root)
                .args(["tree", "--package", package, "--edges", "normal,build"])
                .args(["--all-features", "--target", "all", "--invert", name])
                .read()
                .unwrap_or_default();
            errors.push(format!("{package} must not depend on {name}:\n{path}"));
        }
    }
    errors.extend(rendered_on_a_server(root)?);
    if errors.is_empty() {
        println!("No crate depends on what it must not name.");
        return Ok(());
    }
    bail!("{}", errors.join("\n"))
}

/// The SPA is rendered in the browser alone, where every text is escaped (SECURITY R03).
fn rendered_on_a_server(root: &Path) -> Result<Vec<String>> {
    let tree = Cmd::cargo(root)
        .args(["tree", "--package", "frontend", "--edges", "normal,build"])
        .args(["--all-features", "--target", "all", "--prefix", "none"])
        .args(["--format", "{p}|{f}"])
        .read()?;
    Ok(server_features(&tree))
}

/// The packages of leptos with a feature that writes HTML as text.
fn server_features(tree: &str) -> Vec<String> {
    let mut found: Vec<String> = tree
        .lines()
        .filter_map(|line| line.split_once('|'))
        .filter(|(package, _)| {
            ["leptos", "tachys", "server_fn"]
                .iter()
                .any(|name| package.starts_with(name))
        })
        .filter_map(|(package, features)| {
            let features = features.trim_end_matches(" (*)");
            let feature = features
                .split(',')
                .find(|name| ["ssr", "hydrate"].contains(name))?;
            Some(format!(
                "{package}: feature `{feature}`; the SPA is rendered in the browser alone"
            ))
        })
        .collect();
    found.sort();
    found.dedup();
    found
}

/// The banned packages that a listing of `cargo tree --prefix none` names.
fn forbidden<'a>(tree: &str, banned: &[&'a str]) -> Vec<&'a str> {
    banned
        .iter()
        .copied()
        .filter(|name| {
            tree.lines()
                .any(|line| line.split_whitespace().next() == Some(*name))
        })
        .collect()
}

fn licences(root: &Path) -> Result<()> {
    let deny = tools::cargo_deny(root)?.join("cargo-deny");
    Cmd::new(deny)
        .args(["--offline", "--log-level", "warn", "--all-features"])
        .args([
            "check",
            "--hide-inclusion-graph",
            "licenses",
            "bans",
            "sources",
        ])
        .cwd(root)
        .run()
}

fn lint_wasm(root: &Path) -> Result<()> {
    let toolchain = wasm::toolchain(root)?;
    let clippy = |what: &[&str]| {
        toolchain
            .cargo(root)
            .args(["clippy", "--target", "wasm32-unknown-unknown"])
            .args(what)
            .args(["--", "-D", "warnings"])
            .run()
    };
    clippy(&["--package", "visita-domain", "--package", "visita-wire"])?;
    clippy(&["--package", "frontend", "--all-targets"])
}

fn server_tests(root: &Path) -> Result<()> {
    build::ensure_dist(root)?;
    let cluster = Cluster::start(Use::Tests)?;
    let workspace = ["--workspace", "--exclude", "frontend", "--no-fail-fast"];
    let envs = cluster.envs();
    if !tools::has_nextest(root) {
        return Cmd::cargo(root)
            .arg("test")
            .args(workspace)
            .envs(&envs)
            .run();
    }
    let tests = Cmd::cargo(root)
        .args(["nextest", "run"])
        .args(workspace)
        .envs(&envs)
        .run();
    // nextest leaves out the examples in the documentation.
    let examples = Cmd::cargo(root)
        .args(["test", "--doc", "--quiet"])
        .args(workspace)
        .envs(&envs)
        .run();
    tests.and(examples)
}

fn spa_tests(root: &Path) -> Result<()> {
    let toolchain = wasm::toolchain(root)?;
    let runner = tools::wasm_bindgen(root)?.join("wasm-bindgen-test-runner");
    let browser = tools::browser()?;
    toolchain
        .cargo(root)
        .args([
            "test",
            "--package",
            "frontend",
            "--target",
            "wasm32-unknown-unknown",
        ])
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", runner)
        .env("WASM_BINDGEN_TEST_TIMEOUT", "120")
        .envs(&browser.envs())
        .run()
}

/// `cargo xtask e2e`: the browser stories alone; arguments go to Playwright
/// (`--repeat-each 20 visit.spec` is the long form of the main story).
pub fn e2e(root: &Path, args: &[String]) -> Result<()> {
    build::require(root, "e2e/playwright.config.ts")?;
    build::spa(root, Profile::Dev)?;
    let server = build::server(root)?;
    tools::node_modules(root)?;
    let mut envs = tools::browser()?.envs();
    envs.push(("VISITA_BIN".to_owned(), server.into()));
    let projects = e2e_projects(root, &envs)?;
    let cluster = Cluster::start(Use::Tests)?;
    screenshots::playwright(root)
        .args(projects.iter().map(|name| format!("--project={name}")))
        .args(args)
        .envs(&envs)
        .envs(&cluster.envs())
        .run()
}

/// All Playwright projects but the one that only takes pictures.
fn e2e_projects(root: &Path, envs: &[(String, std::ffi::OsString)]) -> Result<Vec<String>> {
    let listing = screenshots::playwright(root)
        .args(["--list", "--reporter", "json"])
        .envs(envs)
        .read()?;
    let listing: serde_json::Value =
        serde_json::from_str(&listing).context("Playwright's listing is no JSON")?;
    let names: Vec<String> = listing
        .pointer("/config/projects")
        .and_then(serde_json::Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|project| project.get("name")?.as_str())
        .filter(|name| *name != "screenshots")
        .map(str::to_owned)
        .collect();
    if names.is_empty() {
        bail!("e2e/playwright.config.ts has no project but `screenshots`");
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_banned_package_is_found_by_its_whole_name() {
        let tree = "visita-wire v0.0.0 (/x)\nserde v1.0.0\ntokio-util v0.7.0\n";
        assert_eq!(forbidden(tree, &["tokio", "diesel"]), Vec::<&str>::new());
        assert_eq!(forbidden(tree, &["serde"]), ["serde"]);
    }

    #[test]
    fn r03_a_page_rendered_on_a_server_is_found() {
        let tree = |features: &str| format!("frontend v0.0.0|\nleptos v0.8.23|{features}\n");
        assert!(server_features(&tree("csr,ssr-like")).is_empty());
        assert!(server_features("other v1.0.0|ssr\n").is_empty());
        for features in ["csr,ssr", "hydrate (*)"] {
            assert_eq!(server_features(&tree(features)).len(), 1, "{features}");
        }
    }

    #[test]
    fn every_missing_thing_is_named() {
        let error = together(&[Ok(()), Err(anyhow::anyhow!("a")), Err(anyhow::anyhow!("b"))])
            .unwrap_err()
            .to_string();
        assert_eq!(error, "a\nb");
    }
}
