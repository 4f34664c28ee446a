//! `visita serve`: puts the parts together, serves, and stops gently.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use anyhow::{Context, Result};
use secrecy::ExposeSecret;
use visita_domain::access::SecondFactor;
use visita_files::Files;
use visita_http::clock::Clock;
use visita_http::first_start::{FirstStart, SETUP_TOKEN_SECS};
use visita_http::jobs::Jobs;
use visita_http::mail::{Mailer, Outbox, Smtp};
use visita_http::passwords::{HashCost, Passwords};
use visita_http::tokens::TokenKeys;
use visita_http::turn::TurnSettings;
use visita_http::{AppState, Limits, Origin, Settings};
use visita_hub::Hub;
use visita_store::installation::{self, Part};
use visita_store::{Store, people};
use visita_wire::config::DemoAccount;

use crate::commands::{open_store, told};
use crate::data_dir::DataDir;
use crate::demo;
use crate::say;
use crate::settings::{MailSettings, ServeSettings};
use crate::spa::Spa;

/// Seconds for requests that run when the server is told to stop.
const SHUTDOWN_SECS: u64 = 10;

/// Serves until a signal.
///
/// # Errors
/// One line about what cannot be used.
pub(crate) fn run(settings: &ServeSettings) -> Result<()> {
    // The address first: a second start must touch nothing of the first.
    let listener = TcpListener::bind(settings.listen)
        .with_context(|| format!("VISITA_LISTEN: cannot listen on {}", settings.listen))?;
    let address = listener.local_addr().context("VISITA_LISTEN")?;
    let data_dir = DataDir::open(&settings.store.data_dir)?;
    let _lock = data_dir.lock()?;
    let files = files(settings, &data_dir)?;
    files
        .clear_staging()
        .context("VISITA_DATA_DIR: cannot clear the uploads of an earlier run")?;
    let store = open_store(&settings.store, &data_dir)?;
    for name in store.migrate()? {
        tracing::info!(migration = name, "Applied a migration");
    }
    let keys = TokenKeys::load_or_create(&data_dir.token_keys())
        .context("VISITA_DATA_DIR: token-keys.json")?;
    note(&store, settings, &keys)?;
    let passwords = Passwords::new(HashCost::default()).map_err(anyhow::Error::msg)?;
    actix_web::rt::System::new().block_on(async {
        let clock = Clock::system();
        if settings.demo {
            seed(&store, &files, &passwords, &clock).await?;
        }
        let (first_start, setup_token) = first_start(&store, &clock).await?;
        let state = AppState {
            store,
            files,
            hub: Hub::new(visita_hub::Limits::default()),
            clock,
            keys: Arc::new(keys),
            passwords,
            first_start,
            jobs: Jobs::default(),
            mailer: mailer(&settings.mail, &data_dir)?,
            settings: Arc::new(http_settings(settings, address)?),
            assets: Arc::new(Spa),
        };
        announce(settings, &state, address)?;
        if let Some(token) = setup_token {
            announce_setup(settings, address, &token)?;
        }
        visita_http::serve(state, listener, stop_signal()?).await?;
        tracing::info!("Stopped");
        Ok(())
    })
}

/// Leaves an event where settings, keys or tables are others than at the last start.
fn note(store: &Store, settings: &ServeSettings, keys: &TokenKeys) -> Result<()> {
    let described = [
        (
            Part::Settings,
            settings.described().expose_secret().to_owned(),
        ),
        (Part::TokenKeys, keys.names()),
    ];
    let now = Clock::system().now();
    for part in store.run_blocking(|conn| installation::note(conn, &described, now))? {
        tracing::info!(?part, "Started with what is other than before");
    }
    Ok(())
}

/// Where the contents of documents are kept.
///
/// # Errors
/// One line that names the setting.
pub(crate) fn files(settings: &ServeSettings, data_dir: &DataDir) -> Result<Files> {
    let files = Files::local(&data_dir.documents())
        .context("VISITA_DATA_DIR: the folder of documents cannot be used")?;
    Ok(files.with_max_bytes(settings.max_document_bytes))
}

/// How mail leaves: by a mail server, or into a folder.
///
/// # Errors
/// One line that names the setting.
pub(crate) fn mailer(settings: &MailSettings, data_dir: &DataDir) -> Result<Mailer> {
    let mailer = match &settings.server {
        Some(url) => {
            let server = Smtp::at(url.expose_secret()).context("VISITA_SMTP_URL")?;
            Mailer::new(&settings.from, server)
        }
        None => Mailer::new(&settings.from, Outbox::in_folder(&data_dir.outbox())),
    };
    mailer.context("VISITA_MAIL_FROM")
}

/// Whether somebody has to set the clinic up, and the token to print for them.
async fn first_start(store: &Store, clock: &Clock) -> Result<(FirstStart, Option<String>)> {
    if store.run(people::has_users).await? {
        return Ok((FirstStart::over(), None));
    }
    let (first_start, token) = FirstStart::begin(clock.now())?;
    Ok((first_start, Some(token)))
}

async fn seed(store: &Store, files: &Files, passwords: &Passwords, clock: &Clock) -> Result<()> {
    let hash = passwords
        .hash(demo::PASSWORD.to_owned())
        .await
        .map_err(|error| anyhow::anyhow!("{}", told(&error)))?;
    demo::seed(store, files, &hash, clock.now()).await
}

fn http_settings(settings: &ServeSettings, address: SocketAddr) -> Result<Settings> {
    let origins = public_origins(settings, address)
        .iter()
        .map(|text| Origin::parse(text).context("VISITA_PUBLIC_ORIGINS"))
        .collect::<Result<_>>()?;
    let demo_accounts: Vec<DemoAccount> = if settings.demo {
        demo::accounts()
    } else {
        Vec::new()
    };
    Ok(Settings {
        trusted_proxies: settings.trusted_proxies.clone(),
        demo: settings.demo,
        api_docs: settings.api_docs,
        demo_accounts,
        turn: (!settings.turn.urls.is_empty()).then(|| TurnSettings {
            urls: settings.turn.urls.clone(),
            secret: settings.turn.secret.clone(),
        }),
        second_factor: match settings.demo {
            true => SecondFactor::Optional,
            false => SecondFactor::RequiredOfStaff,
        },
        limits: Limits {
            shutdown_secs: SHUTDOWN_SECS,
            // Everybody knows a demo's password: there is nothing to guess.
            ..match settings.demo {
                true => Limits::default().unthrottled(),
                false => Limits::default(),
            }
        },
        ..Settings::at(origins)
    })
}

/// The origins given, or those under which browsers of this machine reach the address.
fn public_origins(settings: &ServeSettings, address: SocketAddr) -> Vec<String> {
    if settings.public_origins.is_empty() {
        let port = address.port();
        vec![
            format!("http://{address}"),
            format!("http://localhost:{port}"),
        ]
    } else {
        settings.public_origins.clone()
    }
}

/// Tells whoever started the server where it is and, in a demo, how to sign in.
fn announce(settings: &ServeSettings, state: &AppState, address: SocketAddr) -> Result<()> {
    let shown = public_origins(settings, address);
    say(&format!("Visita listens on {}", shown.join(" and ")))?;
    let accounts = &state.settings.demo_accounts;
    if !settings.demo {
        return Ok(());
    }
    say("\nDemo clinic. Every account has the password visita-demo-password:\n")?;
    let width = accounts.iter().map(|a| a.email.len()).max().unwrap_or(0);
    for account in accounts {
        let role = format!("{:?}", account.role).to_lowercase();
        say(&format!(
            "  {role:<8} {:<width$}  {}",
            account.email, account.name
        ))?;
    }
    say("")
}

/// Tells where to set an empty clinic up. Only the console gets to see the token; in the
/// fragment of an address it reaches no server and no log.
fn announce_setup(settings: &ServeSettings, address: SocketAddr, token: &str) -> Result<()> {
    let minutes = SETUP_TOKEN_SECS / 60;
    let origins = public_origins(settings, address);
    let origin = origins.first().context("VISITA_PUBLIC_ORIGINS")?;
    say(&format!(
        "\nThis clinic has no accounts yet. Open this address within {minutes} minutes to set it up:\n\n  \
         {origin}/setup#{token}\n\nA restart prints a new one."
    ))
}

/// Resolves when the process is told to stop.
#[cfg(unix)]
fn stop_signal() -> Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).context("cannot wait for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot wait for SIGINT")?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("Stopping");
    })
}

/// Resolves when the process is told to stop.
#[cfg(not(unix))]
fn stop_signal() -> Result<impl Future<Output = ()>> {
    Ok(async {
        // Without the handler Ctrl-C still ends the process, only less gently.
        let _ = tokio::signal::ctrl_c().await;
    })
}
