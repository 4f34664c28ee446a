//! Builds, runs and checks Visita. `cargo xtask help` lists the commands.
//!
//! Whatever a command needs and the machine lacks is installed first, without
//! touching what the user has installed: tools from source go into a cache
//! folder of their own, node packages into `node_modules`.
#![expect(
    clippy::print_stdout,
    reason = "a command-line tool talks on standard output"
)]

mod bench;
mod build;
mod calendars;
mod clinic;
mod debian;
mod postgres;
mod proc;
mod python;
mod run;
mod schemathesis;
mod screenshots;
mod sqlmap;
mod stamp;
mod steps;
mod test;
mod tidy;
mod tools;
mod wasm;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};

const HELP: &str = "\
Usage: cargo xtask <command>

  run [--port N] [-- ARGS]   install what is missing, build, serve the demo clinic on 127.0.0.1:8080
  test [--fast]              everything a merge needs; --fast leaves out browsers and drawn requests
       [--only STEP]...      only these steps (and what they need); `--list` names them
  e2e [ARGS]                 the browser stories alone; ARGS go to Playwright
  schemathesis [--examples N] [--seed N] [--role ROLE]
                             requests drawn from the OpenAPI document, as every role
  sqlmap [--level N] [--operation ID]
                             a scanner looks for SQL that any parameter reaches
  build                      SPA and server for production, in one file: target/release/visita
  bench                      measure the budgets and print them as a table
  screenshots                pictures of every page in target/screenshots
  tidy                       the rules that no compiler checks
  gen openapi                write openapi/openapi.json from the code
  with-postgres COMMAND...   run a command beside a private PostgreSQL, named in VISITA_TEST_POSTGRES_URL
  install                    only install what the other commands need
";

fn main() -> ExitCode {
    match dispatch() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("\nxtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch() -> Result<()> {
    let root = repository_root()?;
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) = match args.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("help", &[][..]),
    };
    match command {
        "run" => run::command(&root, rest),
        "test" => test::command(&root, rest),
        "e2e" => test::e2e(&root, rest),
        "schemathesis" => schemathesis::command(&root, rest),
        "sqlmap" => sqlmap::command(&root, rest),
        "build" => no_arguments(rest).and_then(|()| build::command(&root)),
        "bench" => bench::command(&root, rest),
        "screenshots" => screenshots::command(&root, rest),
        "tidy" => no_arguments(rest).and_then(|()| tidy::command(&root)),
        "gen" => match rest {
            [what] if what == "openapi" => build::openapi(&root),
            _ => bail!("`gen` can make: openapi"),
        },
        "with-postgres" => postgres::command(&root, rest),
        "install" => no_arguments(rest).and_then(|()| test::install_everything(&root)),
        "help" | "--help" | "-h" => {
            print!("{HELP}");
            Ok(())
        }
        other => bail!("there is no command `{other}`\n\n{HELP}"),
    }
}

fn no_arguments(rest: &[String]) -> Result<()> {
    match rest.first() {
        None => Ok(()),
        Some(arg) => bail!("`{arg}` is not understood\n\n{HELP}"),
    }
}

/// The folder that holds this crate, however xtask was started.
fn repository_root() -> Result<PathBuf> {
    let here = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    here.parent()
        .map(Path::to_path_buf)
        .context("xtask has no parent folder")
}
