//! The clinic in one binary: settings, command line, embedded SPA.
//!
//! Everything that can be wrong at start is one line on standard error that names the
//! setting: exit code 2 when a setting makes no sense, 1 when the world does not match it.

mod cli;
mod commands;
mod data_dir;
mod demo;
mod logging;
mod serve;
mod settings;
mod spa;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;

use cli::{AuditCommand, Cli, Command, UserCommand};
use settings::{ServeSettings, SettingError, StoreSettings};

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let code = if error.is::<SettingError>() { 2 } else { 1 };
            let line = format!("visita: {error:#}").replace('\n', " ");
            // Nothing is left to be told when standard error is closed.
            let _ = writeln!(io::stderr(), "{line}");
            ExitCode::from(code)
        }
    }
}

fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Serve(args) => {
            let settings = ServeSettings::read(&args)?;
            logging::init(&settings.store)?;
            serve::run(&settings)
        }
        Command::Check(args) => commands::check(&ServeSettings::read(&args)?),
        Command::Migrate(args) => {
            let settings = StoreSettings::read(&args)?;
            logging::init(&settings)?;
            commands::migrate(&settings)
        }
        Command::User {
            command: UserCommand::Add(args),
        } => {
            let settings = StoreSettings::read(&args.store)?;
            logging::init(&settings)?;
            commands::add_user(&settings, &args)
        }
        Command::Audit {
            command: AuditCommand::Verify(args),
        } => {
            let settings = StoreSettings::read(&args)?;
            logging::init(&settings)?;
            commands::verify_audit(&settings)
        }
        Command::Openapi => commands::openapi(),
    }
}

/// Prints a line; a reader that went away is an error like any other.
fn say(line: &str) -> anyhow::Result<()> {
    writeln!(io::stdout(), "{line}")?;
    Ok(())
}
