//! Settings: read from flags and environment once, typed, and complete before anything starts.

mod described;
mod mail;

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use ipnet::IpNet;
use secrecy::{ExposeSecret, SecretString};

use crate::cli::{ServeArgs, StoreArgs};

pub(crate) use mail::MailSettings;

/// Where the server listens when nothing is said.
const DEFAULT_LISTEN: &str = "127.0.0.1:8080";
/// Where data are kept when nothing is said.
const DEFAULT_DATA_DIR: &str = "data";
const DEFAULT_CONNECTIONS: u32 = 8;
const MAX_CONNECTIONS: u32 = 1000;
const DEFAULT_DOCUMENT_MB: u64 = 25;
const MAX_DOCUMENT_MB: u64 = 16 * 1024;
/// Fewer characters of a shared secret can be guessed (coturn's users see an HMAC of it).
const MIN_SECRET_CHARS: usize = 16;

/// A setting that cannot be used: one line that names the variable and never shows a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SettingError {
    variable: &'static str,
    problem: String,
}

impl SettingError {
    fn new(variable: &'static str, problem: impl Into<String>) -> Self {
        Self {
            variable,
            problem: problem.into(),
        }
    }
}

impl fmt::Display for SettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.variable, self.problem)
    }
}

impl std::error::Error for SettingError {}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// For people.
    Pretty,
    /// For machines, one object a line.
    Json,
}

/// What every command that touches data needs.
#[derive(Debug)]
pub(crate) struct StoreSettings {
    pub(crate) data_dir: PathBuf,
    pub(crate) database_url: SecretString,
    pub(crate) database_connections: u32,
    pub(crate) log: String,
    pub(crate) log_format: LogFormat,
}

/// coturn and its shared secret.
#[derive(Debug)]
pub(crate) struct TurnSettings {
    pub(crate) urls: Vec<String>,
    pub(crate) secret: Option<SecretString>,
}

/// What `serve` needs.
#[derive(Debug)]
pub(crate) struct ServeSettings {
    pub(crate) store: StoreSettings,
    pub(crate) demo: bool,
    /// Whether the API is described to whoever asks.
    pub(crate) api_docs: bool,
    pub(crate) listen: SocketAddr,
    /// Origins as browsers send them; filled in from the address once it is bound when empty.
    pub(crate) public_origins: Vec<String>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub(crate) trusted_proxies: Vec<IpNet>,
    pub(crate) turn: TurnSettings,
    pub(crate) mail: MailSettings,
    pub(crate) max_document_bytes: u64,
}

impl StoreSettings {
    /// # Errors
    /// [`SettingError`] of the first setting that cannot be used.
    pub(crate) fn read(args: &StoreArgs) -> Result<Self, SettingError> {
        let data_dir = PathBuf::from(given(args.data_dir.as_deref()).unwrap_or(DEFAULT_DATA_DIR));
        let data_dir = std::path::absolute(&data_dir)
            .map_err(|error| SettingError::new("VISITA_DATA_DIR", error.to_string()))?;
        let database_url = secret(
            ("VISITA_DATABASE_URL", args.database_url.as_deref()),
            (
                "VISITA_DATABASE_URL_FILE",
                args.database_url_file.as_deref(),
            ),
        )?;
        let database_url = match database_url {
            Some(url) => {
                check_database_url(url.expose_secret())?;
                url
            }
            None => default_database_url(&data_dir)?,
        };
        Ok(Self {
            data_dir,
            database_url,
            database_connections: number(
                "VISITA_DATABASE_CONNECTIONS",
                args.database_connections.as_deref(),
                (1, MAX_CONNECTIONS.into(), DEFAULT_CONNECTIONS.into()),
            )
            .and_then(|n| {
                u32::try_from(n).map_err(|error| {
                    SettingError::new("VISITA_DATABASE_CONNECTIONS", error.to_string())
                })
            })?,
            log: given(args.log.as_deref()).unwrap_or("info").to_owned(),
            log_format: log_format(args.log_format.as_deref())?,
        })
    }
}

impl ServeSettings {
    /// # Errors
    /// [`SettingError`] of the first setting that cannot be used, alone or with the others.
    pub(crate) fn read(args: &ServeArgs) -> Result<Self, SettingError> {
        let demo = boolean("VISITA_DEMO", args.demo.as_deref())?;
        let settings = Self {
            store: StoreSettings::read(&args.store)?,
            demo,
            api_docs: given(args.api_docs.as_deref()).is_none()
                || boolean("VISITA_API_DOCS", args.api_docs.as_deref())?,
            listen: listen(args.listen.as_deref())?,
            public_origins: list(args.public_origins.as_deref())
                .map(origin)
                .collect::<Result<_, _>>()?,
            trusted_proxies: list(args.trusted_proxies.as_deref())
                .map(network)
                .collect::<Result<_, _>>()?,
            turn: TurnSettings::read(args)?,
            mail: MailSettings::read(args, demo)?,
            max_document_bytes: number(
                "VISITA_MAX_DOCUMENT_MB",
                args.max_document_mb.as_deref(),
                (1, MAX_DOCUMENT_MB, DEFAULT_DOCUMENT_MB),
            )?
            .saturating_mul(1024 * 1024),
        };
        settings.check_exposure()?;
        Ok(settings)
    }

    /// Who may reach the server, and whether passwords could travel in the clear (SECURITY §6.6).
    fn check_exposure(&self) -> Result<(), SettingError> {
        let loopback = self.listen.ip().is_loopback();
        if self.demo && !loopback {
            return Err(SettingError::new(
                "VISITA_DEMO",
                format!(
                    "a demo has known passwords and may only listen on 127.0.0.1, not on {}",
                    self.listen
                ),
            ));
        }
        if !loopback && self.public_origins.is_empty() {
            return Err(SettingError::new(
                "VISITA_PUBLIC_ORIGINS",
                format!(
                    "must name the https address of the TLS proxy in front, because {} is open to other machines",
                    self.listen
                ),
            ));
        }
        Ok(())
    }
}

impl TurnSettings {
    fn read(args: &ServeArgs) -> Result<Self, SettingError> {
        let urls = list(args.turn_urls.as_deref())
            .map(|url| {
                let known = ["turn:", "turns:", "stun:", "stuns:"];
                if known.iter().any(|scheme| url.starts_with(scheme)) {
                    Ok(url.to_owned())
                } else {
                    Err(SettingError::new(
                        "VISITA_TURN_URLS",
                        format!("`{url}` does not start with turn:, turns:, stun: or stuns:"),
                    ))
                }
            })
            .collect::<Result<Vec<_>, _>>()?;
        let secret = secret(
            ("VISITA_TURN_SECRET", args.turn_secret.as_deref()),
            ("VISITA_TURN_SECRET_FILE", args.turn_secret_file.as_deref()),
        )?;
        if let Some(secret) = &secret
            && secret.expose_secret().chars().count() < MIN_SECRET_CHARS
        {
            return Err(SettingError::new(
                "VISITA_TURN_SECRET",
                format!("is shorter than {MIN_SECRET_CHARS} characters"),
            ));
        }
        if urls.iter().any(|url| url.starts_with("turn")) && secret.is_none() {
            return Err(SettingError::new(
                "VISITA_TURN_SECRET",
                "is missing, and VISITA_TURN_URLS names a TURN server",
            ));
        }
        if urls.is_empty() && secret.is_some() {
            return Err(SettingError::new(
                "VISITA_TURN_URLS",
                "is missing, and VISITA_TURN_SECRET is set",
            ));
        }
        Ok(Self { urls, secret })
    }
}

/// The text, unless it is empty: compose files pass unset variables as empty ones.
fn given(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

fn list(text: Option<&str>) -> impl Iterator<Item = &str> {
    given(text)
        .into_iter()
        .flat_map(|text| text.split(','))
        .map(str::trim)
        .filter(|part| !part.is_empty())
}

/// A network like `10.0.0.0/8`, or a single address.
fn network(text: &str) -> Result<IpNet, SettingError> {
    let single = || text.parse::<IpAddr>().map(IpNet::from);
    text.parse::<IpNet>().or_else(|_| single()).map_err(|_| {
        SettingError::new(
            "VISITA_TRUSTED_PROXIES",
            format!("`{text}` is no address and no network like 10.0.0.0/8"),
        )
    })
}

fn boolean(variable: &'static str, text: Option<&str>) -> Result<bool, SettingError> {
    match given(text) {
        None | Some("false" | "0" | "no") => Ok(false),
        Some("true" | "1" | "yes") => Ok(true),
        Some(other) => Err(SettingError::new(
            variable,
            format!("`{other}` is neither true nor false"),
        )),
    }
}

fn number(
    variable: &'static str,
    text: Option<&str>,
    (least, most, default): (u64, u64, u64),
) -> Result<u64, SettingError> {
    let Some(text) = given(text) else {
        return Ok(default);
    };
    text.parse()
        .ok()
        .filter(|number| (least..=most).contains(number))
        .ok_or_else(|| {
            SettingError::new(
                variable,
                format!("`{text}` is not a number from {least} to {most}"),
            )
        })
}

fn listen(text: Option<&str>) -> Result<SocketAddr, SettingError> {
    let text = given(text).unwrap_or(DEFAULT_LISTEN);
    text.parse().map_err(|_| {
        SettingError::new(
            "VISITA_LISTEN",
            format!("`{text}` is not an address and port like {DEFAULT_LISTEN}"),
        )
    })
}

fn log_format(text: Option<&str>) -> Result<LogFormat, SettingError> {
    match given(text) {
        None | Some("pretty") => Ok(LogFormat::Pretty),
        Some("json") => Ok(LogFormat::Json),
        Some(other) => Err(SettingError::new(
            "VISITA_LOG_FORMAT",
            format!("`{other}` is neither pretty nor json"),
        )),
    }
}

/// An origin as browsers write it: scheme, host, port, no path (RFC 6454 §6).
/// `http` only where browsers trust it without TLS.
fn origin(text: &str) -> Result<String, SettingError> {
    const VARIABLE: &str = "VISITA_PUBLIC_ORIGINS";
    let text = text.trim_end_matches('/').to_lowercase();
    let wrong = || {
        SettingError::new(
            VARIABLE,
            format!("`{text}` is not an origin like https://clinic.example"),
        )
    };
    let (scheme, authority) = text.split_once("://").ok_or_else(wrong)?;
    let authority: actix_web::http::uri::Authority = authority.parse().map_err(|_| wrong())?;
    if authority.as_str().contains('@') || authority.host().is_empty() {
        return Err(wrong());
    }
    let host = authority.host().trim_matches(['[', ']']);
    let local = host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|ip| ip.is_loopback());
    match scheme {
        "https" => Ok(text),
        "http" if local => Ok(text),
        "http" => Err(SettingError::new(
            VARIABLE,
            format!(
                "`{text}` must be https: browsers give no camera, and passwords no protection, without it"
            ),
        )),
        _ => Err(wrong()),
    }
}

/// A secret from its variable or from the file that the other variable names.
fn secret(
    (variable, value): (&'static str, Option<&str>),
    (file_variable, file): (&'static str, Option<&str>),
) -> Result<Option<SecretString>, SettingError> {
    match (given(value), given(file)) {
        (Some(_), Some(_)) => Err(SettingError::new(
            file_variable,
            format!("is set together with {variable}; keep one"),
        )),
        (Some(value), None) => Ok(Some(value.into())),
        (None, Some(file)) => {
            let text = std::fs::read_to_string(file).map_err(|error| {
                SettingError::new(file_variable, format!("cannot read `{file}`: {error}"))
            })?;
            match given(Some(&text)) {
                Some(text) => Ok(Some(text.into())),
                None => Err(SettingError::new(
                    file_variable,
                    format!("`{file}` is empty"),
                )),
            }
        }
        (None, None) => Ok(None),
    }
}

/// The scheme decides the database; anything else would be a file name to SQLite.
fn check_database_url(url: &str) -> Result<(), SettingError> {
    let known = ["sqlite:///", "postgres://", "postgresql://"];
    if known.iter().any(|scheme| url.starts_with(scheme)) {
        Ok(())
    } else {
        Err(SettingError::new(
            "VISITA_DATABASE_URL",
            "is neither sqlite:///path/file.db nor postgres://user:password@host/name",
        ))
    }
}

fn default_database_url(data_dir: &Path) -> Result<SecretString, SettingError> {
    let file = data_dir.join("visita.db");
    let text = file.to_str().ok_or_else(|| {
        SettingError::new("VISITA_DATA_DIR", "holds characters that are not text")
    })?;
    // Absolute, so the path brings the third slash along.
    Ok(format!("sqlite://{text}").into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    pub(super) fn serve(flags: &[&str]) -> Result<ServeSettings, String> {
        let line = ["visita", "serve"].iter().chain(flags);
        match crate::cli::Cli::try_parse_from(line).unwrap().command {
            crate::cli::Command::Serve(args) => {
                ServeSettings::read(&args).map_err(|error| error.to_string())
            }
            _ => panic!("serve"),
        }
    }

    #[test]
    fn nothing_given_is_a_private_server_on_sqlite() {
        let settings = serve(&["--data-dir", "/srv/clinic"]).unwrap();
        assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
        assert!(!settings.demo && settings.api_docs);
        assert!(!serve(&["--api-docs=false"]).unwrap().api_docs);
        assert_eq!(
            settings.store.database_url.expose_secret(),
            "sqlite:///srv/clinic/visita.db"
        );
        assert_eq!(settings.max_document_bytes, 25 * 1024 * 1024);
    }

    #[test]
    fn a_wrong_value_names_its_variable() {
        for (flags, variable) in [
            (&["--listen=nowhere"][..], "VISITA_LISTEN"),
            (&["--listen=127.0.0.1"], "VISITA_LISTEN"),
            (&["--demo=perhaps"], "VISITA_DEMO"),
            (&["--api-docs=perhaps"], "VISITA_API_DOCS"),
            (&["--database-connections=0"], "VISITA_DATABASE_CONNECTIONS"),
            (&["--database-url=mysql://a/b"], "VISITA_DATABASE_URL"),
            (&["--database-url=visita.db"], "VISITA_DATABASE_URL"),
            (
                &["--database-url-file=/missing"],
                "VISITA_DATABASE_URL_FILE",
            ),
            (
                &["--trusted-proxies=10.0.0.1,proxy"],
                "VISITA_TRUSTED_PROXIES",
            ),
            (&["--max-document-mb=1.5"], "VISITA_MAX_DOCUMENT_MB"),
            (&["--log-format=xml"], "VISITA_LOG_FORMAT"),
            (
                &["--public-origins=clinic.example"],
                "VISITA_PUBLIC_ORIGINS",
            ),
            (
                &["--public-origins=http://clinic.example"],
                "VISITA_PUBLIC_ORIGINS",
            ),
            (
                &["--public-origins=https://a.example/path"],
                "VISITA_PUBLIC_ORIGINS",
            ),
            (&["--turn-urls=turn.example:3478"], "VISITA_TURN_URLS"),
            (
                &["--turn-urls=turn:turn.example:3478"],
                "VISITA_TURN_SECRET",
            ),
            (&["--turn-secret=short"], "VISITA_TURN_SECRET"),
            (&["--turn-secret=long-enough-to-be-one"], "VISITA_TURN_URLS"),
        ] {
            let error = serve(flags).unwrap_err();
            assert!(
                error.starts_with(&format!("{variable}: ")),
                "{flags:?}: {error}"
            );
            assert!(!error.contains('\n'), "{error}");
        }
    }

    #[test]
    fn a_database_url_is_never_shown() {
        let error = serve(&["--database-url=mysql://root:hunter2@db/x"]).unwrap_err();
        assert!(!error.contains("hunter2"), "{error}");
        let settings = serve(&["--database-url=postgres://root:hunter2@db/x"]).unwrap();
        assert!(!format!("{settings:?}").contains("hunter2"));
    }

    #[test]
    fn r18_only_loopback_may_go_without_tls() {
        assert!(serve(&["--listen=[::1]:0", "--demo"]).is_ok());
        let error = serve(&["--listen=0.0.0.0:8080"]).unwrap_err();
        assert!(error.starts_with("VISITA_PUBLIC_ORIGINS: "), "{error}");
        let proxied = [
            "--listen=0.0.0.0:8080",
            "--public-origins=https://clinic.example/",
        ];
        assert_eq!(
            serve(&proxied).unwrap().public_origins,
            ["https://clinic.example"]
        );
        let error = serve(&["--listen=0.0.0.0:8080", "--demo", proxied[1]]).unwrap_err();
        assert!(error.starts_with("VISITA_DEMO: "), "{error}");
    }

    #[test]
    fn proxies_are_networks_or_single_addresses() {
        let settings = serve(&["--trusted-proxies=10.0.0.0/8, ::1"]).unwrap();
        let shown: Vec<_> = settings
            .trusted_proxies
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(shown, ["10.0.0.0/8", "::1/128"]);
    }

    #[test]
    fn empty_values_count_as_unset() {
        let settings = serve(&["--turn-urls=", "--turn-secret=", "--listen="]).unwrap();
        assert!(settings.turn.urls.is_empty() && settings.turn.secret.is_none());
    }
}
