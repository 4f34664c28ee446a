//! The application's parts, handed to every handler. No globals.

use std::num::NonZeroU32;
use std::sync::Arc;

use ipnet::IpNet;
use thiserror::Error;
use visita_domain::access::SecondFactor;
use visita_files::Files;
use visita_hub::Hub;
use visita_store::Store;
use visita_wire::config::DemoAccount;

use crate::assets::Assets;
use crate::clock::Clock;
use crate::first_start::FirstStart;
use crate::jobs::Jobs;
use crate::mail::Mailer;
use crate::passwords::Passwords;
use crate::tokens::TokenKeys;
use crate::turn::TurnSettings;

/// How handlers take the parts.
pub type State = actix_web::web::Data<AppState>;

/// All parts of the application. Cheap to clone.
#[derive(Clone)]
pub struct AppState {
    /// The database.
    pub store: Store,
    /// Contents of documents.
    pub files: Files,
    /// Sockets, presence and hints.
    pub hub: Hub,
    /// The time.
    pub clock: Clock,
    /// Signs and checks access tokens.
    pub keys: Arc<TokenKeys>,
    /// Hashes and checks passwords.
    pub passwords: Passwords,
    /// Whether the clinic waits for its first administrator.
    pub first_start: FirstStart,
    /// Sends mail.
    pub mailer: Mailer,
    /// Does what repeats.
    pub jobs: Jobs,
    /// What the operator decides.
    pub settings: Arc<Settings>,
    /// The SPA.
    pub assets: Arc<dyn Assets>,
}

/// What the operator decides.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where browsers reach this server. Requests for other hosts are refused.
    pub public_origins: Vec<Origin>,
    /// Proxies whose `X-Forwarded-For` is believed (SECURITY R19), and by which alone an
    /// `https` origin is reached (SECURITY R18).
    pub trusted_proxies: Vec<IpNet>,
    /// A demo clinic runs here.
    pub demo: bool,
    /// Accounts of the demo clinic; empty otherwise.
    pub demo_accounts: Vec<DemoAccount>,
    /// The TURN server, when one is configured.
    pub turn: Option<TurnSettings>,
    /// Whether `/docs` and `/openapi.json` describe the API to whoever asks (SECURITY R58).
    pub api_docs: bool,
    /// Who needs a second factor.
    pub second_factor: SecondFactor,
    /// Bounds.
    pub limits: Limits,
}

impl Settings {
    /// Settings of a plain server at these origins.
    #[must_use]
    pub fn at(public_origins: Vec<Origin>) -> Self {
        Self {
            public_origins,
            trusted_proxies: Vec::new(),
            demo: false,
            demo_accounts: Vec::new(),
            turn: None,
            api_docs: true,
            second_factor: SecondFactor::RequiredOfStaff,
            limits: Limits::default(),
        }
    }

    /// Whether pages of that `Origin` header are ours.
    #[must_use]
    pub fn serves_origin(&self, origin: &str) -> bool {
        self.public_origins
            .iter()
            .any(|ours| ours.text.eq_ignore_ascii_case(origin))
    }

    /// Whether that `Host` is ours.
    #[must_use]
    pub fn serves_host(&self, host: &str) -> bool {
        self.public_origins.iter().any(|ours| ours.is_host(host))
    }

    /// Whether that `Host` is one of ours that is reached by TLS alone (SECURITY R18).
    #[must_use]
    pub fn needs_tls(&self, host: &str) -> bool {
        let mut ours = self.public_origins.iter().filter(|one| one.is_host(host));
        ours.all(|origin| origin.https)
    }

    /// True when every origin is reached by TLS.
    #[must_use]
    pub fn only_https(&self) -> bool {
        self.public_origins.iter().all(|origin| origin.https)
    }
}

/// Bounds of requests (SECURITY §6.6).
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Largest JSON body in bytes.
    pub json_bytes: usize,
    /// Seconds until a handler must have answered.
    pub handler_secs: u64,
    /// Seconds until the upload of a document must be over.
    pub upload_secs: u64,
    /// Tries of credentials that one network has at once and then each minute (SECURITY §2.9).
    /// None for no limit.
    pub credential_tries: Option<NonZeroU32>,
    /// Tries that one account has at once and then each minute, from devices on which its
    /// owner has not signed in yet (1,800 an hour, SECURITY §2.9). None for no limit, and
    /// for no pauses after failures.
    pub account_tries: Option<NonZeroU32>,
    /// Mails that anybody can have sent to one address at once and then each hour. None for
    /// no limit.
    pub mailbox_mails: Option<NonZeroU32>,
    /// Looks at calendar feeds that one network has at once and then each minute. Services
    /// look for many people from few networks. None for no limit.
    pub feed_reads: Option<NonZeroU32>,
    /// Open connections of one worker.
    pub connections_per_worker: usize,
    /// Seconds for running requests at shutdown.
    pub shutdown_secs: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            json_bytes: 64 * 1024,
            handler_secs: 15,
            upload_secs: 10 * 60,
            credential_tries: NonZeroU32::new(10),
            account_tries: NonZeroU32::new(30),
            mailbox_mails: NonZeroU32::new(6),
            feed_reads: NonZeroU32::new(120),
            connections_per_worker: 4096,
            shutdown_secs: 25,
        }
    }
}

impl Limits {
    /// The same without limits on tries of credentials, on mails and on calendar feeds.
    #[must_use]
    pub fn unthrottled(self) -> Self {
        Self {
            credential_tries: None,
            account_tries: None,
            mailbox_mails: None,
            feed_reads: None,
            ..self
        }
    }
}

/// Scheme, host and port of a page, as in the `Origin` header (RFC 6454).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    text: String,
    host: String,
    https: bool,
}

/// The text is no origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("an origin is http:// or https:// and a host, with a port if needed, and nothing after it")]
pub struct OriginError;

impl Origin {
    /// Reads `https://clinic.example` or `http://127.0.0.1:8080`.
    ///
    /// # Errors
    /// [`OriginError`].
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        let text = text.trim().trim_end_matches('/').to_ascii_lowercase();
        let (scheme, host) = text.split_once("://").ok_or(OriginError)?;
        let https = match scheme {
            "https" => true,
            "http" => false,
            _ => return Err(OriginError),
        };
        let default_port = if https { ":443" } else { ":80" };
        let host = host.strip_suffix(default_port).unwrap_or(host).to_owned();
        let clean = |c: char| c.is_ascii_alphanumeric() || "-._:[]".contains(c);
        if host.is_empty() || !host.chars().all(clean) {
            return Err(OriginError);
        }
        Ok(Self {
            text: format!("{scheme}://{host}"),
            host,
            https,
        })
    }

    /// The text as browsers send it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Where sockets of its pages connect to.
    pub(crate) fn socket_origin(&self) -> String {
        let scheme = if self.https { "wss" } else { "ws" };
        format!("{scheme}://{}", self.host)
    }

    fn is_host(&self, host: &str) -> bool {
        let default_port = if self.https { ":443" } else { ":80" };
        let host = host.strip_suffix(default_port).unwrap_or(host);
        self.host.eq_ignore_ascii_case(host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_read_and_compared_exactly() {
        let settings = Settings::at(vec![Origin::parse("https://Clinic.example/").unwrap()]);
        for (origin, ours) in [
            ("https://clinic.example", true),
            ("http://clinic.example", false),
            ("https://clinic.example.evil.test", false),
            ("https://evilclinic.example", false),
            ("https://clinic.example:8443", false),
            ("null", false),
            ("", false),
        ] {
            assert_eq!(settings.serves_origin(origin), ours, "{origin}");
        }
        assert!(settings.serves_host("clinic.example:443"));
        assert!(!settings.serves_host("clinic.example:80"));
        for bad in [
            "",
            "clinic.example",
            "ftp://a",
            "https://",
            "https://a/b",
            "https://u@a",
        ] {
            assert_eq!(Origin::parse(bad), Err(OriginError), "{bad}");
        }
    }
}
