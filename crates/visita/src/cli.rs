//! The command line. Every flag has an environment variable, which `--help` names.
//!
//! Values are kept as text here and read in [`crate::settings`], so that a wrong
//! one is reported in one line that names its variable.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Visita: a self-hosted telemedicine clinic.
#[derive(Debug, Parser)]
#[command(name = "visita", version, about, disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the server.
    Serve(ServeArgs),
    /// Bring the database to this version and stop.
    Migrate(StoreArgs),
    /// Print the OpenAPI document.
    Openapi,
    /// Manage accounts.
    User {
        #[command(subcommand)]
        command: UserCommand,
    },
    /// Look after the audit trail.
    Audit {
        #[command(subcommand)]
        command: AuditCommand,
    },
    /// Check settings, data folder and database, and stop.
    Check(ServeArgs),
}

#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Create a platform administrator. The password comes from standard input or a file.
    Add(UserAddArgs),
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Check that no event was changed, moved, added or removed; name the first bad one.
    Verify(StoreArgs),
}

#[derive(Debug, Args)]
pub(crate) struct UserAddArgs {
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    /// E-mail address with which the administrator signs in.
    #[arg(long)]
    pub(crate) email: String,
    /// Name as shown.
    #[arg(long)]
    pub(crate) name: String,
    /// File that holds the password; standard input when left out.
    #[arg(long)]
    pub(crate) password_file: Option<PathBuf>,
}

/// Where the data are.
#[derive(Debug, Args)]
pub(crate) struct StoreArgs {
    /// Folder of database, documents and keys.
    #[arg(long, env = "VISITA_DATA_DIR", value_name = "DIR")]
    pub(crate) data_dir: Option<String>,
    /// `sqlite:///path/file.db` or `postgres://user:password@host/name`; a SQLite file in the data folder when left out.
    #[arg(
        long,
        env = "VISITA_DATABASE_URL",
        value_name = "URL",
        hide_env_values = true
    )]
    pub(crate) database_url: Option<String>,
    /// File that holds the database URL.
    #[arg(long, env = "VISITA_DATABASE_URL_FILE", value_name = "FILE")]
    pub(crate) database_url_file: Option<String>,
    /// Most database connections held open.
    #[arg(long, env = "VISITA_DATABASE_CONNECTIONS", value_name = "N")]
    pub(crate) database_connections: Option<String>,
    /// What to log: `error`, `warn`, `info`, `debug`, or a filter like `info,visita_store=debug`.
    #[arg(long, env = "VISITA_LOG", value_name = "FILTER")]
    pub(crate) log: Option<String>,
    /// How to log: `pretty` or `json`.
    #[arg(long, env = "VISITA_LOG_FORMAT", value_name = "FORMAT")]
    pub(crate) log_format: Option<String>,
}

/// How to serve.
#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    /// Fill an empty database with a demo clinic, and say so on every page. Loopback only.
    #[arg(long, env = "VISITA_DEMO", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL")]
    pub(crate) demo: Option<String>,
    /// Whether the API describes itself at `/docs` and `/openapi.json`; true without it.
    #[arg(long, env = "VISITA_API_DOCS", value_name = "BOOL")]
    pub(crate) api_docs: Option<String>,
    /// Address and port to listen on.
    #[arg(long, env = "VISITA_LISTEN", value_name = "ADDR")]
    pub(crate) listen: Option<String>,
    /// Addresses under which browsers reach the server, with commas between; needed off loopback.
    #[arg(long, env = "VISITA_PUBLIC_ORIGINS", value_name = "URLS")]
    pub(crate) public_origins: Option<String>,
    /// Addresses or networks of the proxies in front, with commas between; only they may say whom they speak for.
    #[arg(long, env = "VISITA_TRUSTED_PROXIES", value_name = "NETS")]
    pub(crate) trusted_proxies: Option<String>,
    /// TURN and STUN servers for calls, with commas between.
    #[arg(long, env = "VISITA_TURN_URLS", value_name = "URLS")]
    pub(crate) turn_urls: Option<String>,
    /// Secret shared with coturn (`static-auth-secret`). Prefer the variable or a file: the command line is public.
    #[arg(
        long,
        env = "VISITA_TURN_SECRET",
        value_name = "SECRET",
        hide_env_values = true
    )]
    pub(crate) turn_secret: Option<String>,
    /// File that holds the secret shared with coturn.
    #[arg(long, env = "VISITA_TURN_SECRET_FILE", value_name = "FILE")]
    pub(crate) turn_secret_file: Option<String>,
    /// Mail server, as `smtps://user:password@mail.example` or `smtp://…` with STARTTLS. Without it mail stays in the folder `outbox` of the data folder. Prefer the variable or a file: the command line is public.
    #[arg(
        long,
        env = "VISITA_SMTP_URL",
        value_name = "URL",
        hide_env_values = true
    )]
    pub(crate) smtp_url: Option<String>,
    /// File that holds the URL of the mail server.
    #[arg(long, env = "VISITA_SMTP_URL_FILE", value_name = "FILE")]
    pub(crate) smtp_url_file: Option<String>,
    /// Whom mail is from, as `Visita <no-reply@clinic.example>`.
    #[arg(long, env = "VISITA_MAIL_FROM", value_name = "MAILBOX")]
    pub(crate) mail_from: Option<String>,
    /// Largest document taken, in MiB.
    #[arg(long, env = "VISITA_MAX_DOCUMENT_MB", value_name = "N")]
    pub(crate) max_document_mb: Option<String>,
}
