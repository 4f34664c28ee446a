//! The commands that do one thing and stop.

use std::fs;
use std::io::{self, IsTerminal, Read, Write};
use std::path::Path;

use anyhow::{Context, Result, bail};
use secrecy::{ExposeSecret, SecretString};
use visita_domain::people::{Email, HospitalOrder, HospitalScope};
use visita_http::clock::Clock;
use visita_http::error::ApiError;
use visita_http::key_file::{self, KeyError};
use visita_http::passwords::{HashCost, Passwords, check_strength};
use visita_store::audit::{self, AuditKeys, Fault};
use visita_store::people::HospitalFilter;
use visita_store::{MAX_LIMIT, PageQuery, Store, StoreConfig, installation, people};

use crate::cli::UserAddArgs;
use crate::data_dir::DataDir;
use crate::say;
use crate::serve::files;
use crate::settings::{ServeSettings, StoreSettings};

/// Longest password file read, in bytes; more is a mistaken path.
const MAX_PASSWORD_FILE: u64 = 4096;

/// Opens the database of the settings.
///
/// # Errors
/// One line that names the variable and holds no password.
pub(crate) fn open_store(settings: &StoreSettings, data_dir: &DataDir) -> Result<Store> {
    let seeds = key_file::load_or_create(&data_dir.audit_keys());
    open_store_with(settings, seeds)
}

fn open_store_with(
    settings: &StoreSettings,
    seeds: Result<Vec<[u8; 32]>, KeyError>,
) -> Result<Store> {
    const FILE: &str = "VISITA_DATA_DIR: audit-keys.json";
    let audit_keys = AuditKeys::from_seeds(&seeds.context(FILE)?).context(FILE)?;
    Store::open(&StoreConfig {
        url: settings.database_url.expose_secret().to_owned(),
        max_connections: settings.database_connections,
        audit_keys,
    })
    .context("VISITA_DATABASE_URL")
}

/// `visita migrate`
pub(crate) fn migrate(settings: &StoreSettings) -> Result<()> {
    let data_dir = DataDir::open(&settings.data_dir)?;
    let store = open_store(settings, &data_dir)?;
    let applied = store.migrate()?;
    let now = Clock::system().now();
    store.run_blocking(|conn| installation::note(conn, &[], now))?;
    for name in &applied {
        say(&format!("Applied {name}"))?;
    }
    if applied.is_empty() {
        say("The database is up to date")?;
    }
    Ok(())
}

/// `visita openapi`
pub(crate) fn openapi() -> Result<()> {
    io::stdout()
        .write_all(visita_http::openapi_json().as_bytes())
        .context("standard output")
}

/// `visita check`
pub(crate) fn check(settings: &ServeSettings) -> Result<()> {
    say("Settings make sense")?;
    let data_dir = DataDir::open(&settings.store.data_dir)?;
    files(settings, &data_dir)?;
    say(&format!(
        "Data folder {} is writable",
        settings.store.data_dir.display()
    ))?;
    let store = open_store(&settings.store, &data_dir)?;
    say("Database answers")?;
    if store.bypasses_row_security()? {
        say(
            "Warning: row security does not bind the database role; give the server one that is \
             neither superuser nor BYPASSRLS",
        )?;
    }
    let pending = store.pending_migrations()?;
    match pending.len() {
        0 => say("Database is up to date"),
        missing => say(&format!(
            "Database lacks {missing} migrations; `visita serve` and `visita migrate` apply them"
        )),
    }
}

/// `visita audit verify`
pub(crate) fn verify_audit(settings: &StoreSettings) -> Result<()> {
    let data_dir = DataDir::open(&settings.data_dir)?;
    // A new key would find every event wrong.
    let store = open_store_with(settings, key_file::load(&data_dir.audit_keys()))?;
    let report = store.run_blocking(audit::verify)?;
    say(&format!(
        "{} events are as they were written",
        report.events
    ))?;
    for fault in &report.faults {
        say(&told_fault(fault))?;
    }
    let (whole, now) = (report.faults.is_empty(), Clock::system().now());
    // A copy that cannot be written to is verified all the same.
    let noted = store.run_blocking(|conn| installation::note_verification(conn, whole, now));
    if let Err(error) = noted {
        say(&format!(
            "Warning: the trail does not tell of this: {error}"
        ))?;
    }
    match report.faults.len() {
        0 => say("The audit trail is whole"),
        1 => bail!("the audit trail has a fault"),
        faults => bail!("the audit trail has faults in {faults} places"),
    }
}

/// One line: whose trail, where, and what.
fn told_fault(fault: &Fault) -> String {
    let whose = match fault.hospital_id {
        Some(id) => format!("hospital {id}"),
        None => "platform".to_owned(),
    };
    let strand = fault.strand.map(|n| format!(", strand {n}"));
    let event = fault.seq.map(|n| format!(", event {n}"));
    format!(
        "{whose}{}{}: {}",
        strand.unwrap_or_default(),
        event.unwrap_or_default(),
        fault.kind.describe()
    )
}

/// `visita user add`
pub(crate) fn add_user(settings: &StoreSettings, args: &UserAddArgs) -> Result<()> {
    let email = Email::parse(&args.email).context("--email")?;
    let name = args.name.trim().to_owned();
    if name.is_empty() {
        bail!("--name: is empty");
    }
    let password = read_password(args.password_file.as_deref())?;
    let data_dir = DataDir::open(&settings.data_dir)?;
    let store = open_store(settings, &data_dir)?;
    store.migrate()?;
    let clinics = clinic_words(&store)?;
    let mut words = vec![name.as_str(), &args.email];
    words.extend(clinics.iter().map(String::as_str));
    check_strength("password", password.expose_secret(), &words)
        .map_err(|error| anyhow::anyhow!("{}", told(&error)))?;
    let hash = actix_web::rt::System::new().block_on(async {
        let passwords = Passwords::new(HashCost::default()).map_err(anyhow::Error::msg)?;
        let hash = passwords.hash(password.expose_secret().to_owned()).await;
        hash.map_err(|error| anyhow::anyhow!("{}", told(&error)))
    })?;
    let now = Clock::system().now();
    store
        .run_blocking(|conn| people::create_admin(conn, &name, &email, &hash, now))
        .context("--email")?;
    say("Created the administrator")
}

/// Names of the clinics, which whoever guesses knows (SECURITY R29). An administrator
/// belongs to all of them.
fn clinic_words(store: &Store) -> Result<Vec<String>> {
    // Far more than one installation has; beyond them guesses are no better than chance.
    let page = PageQuery {
        limit: MAX_LIMIT,
        cursor: None,
    };
    let filter = HospitalFilter {
        scope: HospitalScope::All,
        search: None,
    };
    let found = store.run_blocking(|conn| {
        people::list_hospitals(conn, &filter, HospitalOrder::default(), &page)
    })?;
    let named = found.items.into_iter();
    Ok(named.flat_map(|one| [one.name, one.slug]).collect())
}

/// What an error of the API says to people, in one line.
pub(crate) fn told(error: &ApiError) -> String {
    let body = error.body(None);
    let details: Vec<_> = body
        .errors
        .iter()
        .map(|fault| format!("{}: {}", fault.field, fault.detail))
        .collect();
    if details.is_empty() {
        body.detail.unwrap_or(body.title)
    } else {
        details.join("; ")
    }
}

/// The first line of the file, or of standard input. Never an argument: those are public.
fn read_password(file: Option<&Path>) -> Result<SecretString> {
    let mut text = String::new();
    match file {
        Some(path) => {
            let shown = path.display();
            fs::File::open(path)
                .and_then(|file| file.take(MAX_PASSWORD_FILE).read_to_string(&mut text))
                .with_context(|| format!("--password-file: cannot read {shown}"))?;
        }
        None => {
            if io::stdin().is_terminal() {
                say("Password (shown while you type):")?;
            }
            io::stdin()
                .read_line(&mut text)
                .context("cannot read the password from standard input")?;
        }
    }
    Ok(text.lines().next().unwrap_or_default().to_owned().into())
}
