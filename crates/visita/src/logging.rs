//! Log lines on standard error. What is logged holds ids, never names or words of people.

use std::io::IsTerminal;

use anyhow::{Result, anyhow};
use tracing_subscriber::EnvFilter;

use crate::settings::{LogFormat, StoreSettings};

/// Starts logging for the rest of the process.
///
/// # Errors
/// When the filter makes no sense.
pub(crate) fn init(settings: &StoreSettings) -> Result<()> {
    let filter =
        EnvFilter::try_new(&settings.log).map_err(|error| anyhow!("VISITA_LOG: {error}"))?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    match settings.log_format {
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
        LogFormat::Pretty => lines.compact().try_init(),
    }
    .map_err(|error| anyhow!("logging cannot start: {error}"))
}
