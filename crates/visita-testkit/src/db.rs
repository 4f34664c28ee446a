//! A database of its own for every test, copied from a migrated template.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use uuid::Uuid;
use visita_store::audit::AuditKeys;
use visita_store::testing::RawConn;
use visita_store::{Store, StoreConfig};

use crate::cluster;

/// Connections of a test's store. Races need some.
const CONNECTIONS: u32 = 8;
/// Advisory lock of those who make the PostgreSQL template.
const TEMPLATE_LOCK: i64 = 7_165_118;
/// Who the store is on PostgreSQL: row security binds it, as in production. It cannot log
/// in; the server's superuser takes its place when a connection begins.
pub const ROLE: &str = "visita_test_app";

/// A migrated database that nobody else uses, gone when dropped.
pub struct TestDb {
    store: Store,
    url: String,
    /// Dropped last: the store closes its files first.
    place: Place,
}

enum Place {
    Sqlite {
        #[expect(dead_code, reason = "the folder goes when this is dropped")]
        folder: TempDir,
    },
    Postgres {
        server: String,
        name: String,
    },
}

impl TestDb {
    /// An SQLite file in a temporary folder.
    ///
    /// # Panics
    /// When the folder cannot be written: a test cannot go on without.
    #[must_use]
    pub fn sqlite() -> Self {
        let folder = fast_folder();
        let path = folder.path().join("visita.db");
        std::fs::copy(sqlite_template(), &path).expect("a copy of the template");
        let url = sqlite_url(&path);
        Self {
            store: open(&url),
            url,
            place: Place::Sqlite { folder },
        }
    }

    /// A database on the server of `VISITA_TEST_POSTGRES_URL`, or on a private one.
    ///
    /// # Panics
    /// When there is no server and none can be started: a test cannot go on without.
    #[must_use]
    pub fn postgres() -> Self {
        let server = cluster::server_url();
        let template = postgres_template(&server);
        let name = format!("visita_test_{}", Uuid::new_v4().simple());
        admin(
            &server,
            &format!("CREATE DATABASE {name} TEMPLATE {template} OWNER {ROLE}"),
        );
        let url = as_store_role(&with_database(&server, &name));
        Self {
            store: open(&url),
            url,
            place: Place::Postgres { server, name },
        }
    }

    /// The store on it.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Its URL, for stores that a test opens itself.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A connection beside the store, for statements that no operation would run. On
    /// PostgreSQL it is the superuser's, to whom row security does not apply.
    ///
    /// # Panics
    /// When the database is gone.
    #[must_use]
    pub fn raw(&self) -> RawConn {
        let url = match &self.place {
            Place::Sqlite { .. } => self.url.clone(),
            Place::Postgres { server, name } => with_database(server, name),
        };
        RawConn::open(&url).expect("a connection beside the store")
    }

    /// A superuser's connection to the server of a PostgreSQL database, not to the database
    /// itself; on SQLite as [`TestDb::raw`].
    ///
    /// # Panics
    /// When the server is gone.
    #[must_use]
    pub fn raw_beside(&self) -> RawConn {
        let url = match &self.place {
            Place::Sqlite { .. } => &self.url,
            Place::Postgres { server, .. } => server,
        };
        RawConn::open(url).expect("a connection to the server")
    }

    /// A connection beside the store with no more rights than the store has.
    ///
    /// # Panics
    /// When the database is gone.
    #[must_use]
    pub fn raw_as_store(&self) -> RawConn {
        RawConn::open(&self.url).expect("a connection beside the store")
    }
}

impl Drop for TestDb {
    fn drop(&mut self) {
        if let Place::Postgres { server, name } = &self.place {
            // A database left behind harms nobody; the server ends with the run.
            let dropped = RawConn::open(server).and_then(|mut conn| {
                conn.run(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
            });
            drop(dropped);
        }
    }
}

fn open(url: &str) -> Store {
    Store::open(&StoreConfig {
        url: url.to_owned(),
        max_connections: CONNECTIONS,
        audit_keys: audit_keys(),
    })
    .expect("the test database opens")
}

/// The keys of every test's audit trail.
///
/// # Panics
/// Never: there is a seed.
#[must_use]
pub fn audit_keys() -> AuditKeys {
    AuditKeys::from_seeds(&[[7; 32]]).expect("a seed")
}

/// In memory where the system has such a place: the store syncs every commit, as it must,
/// and tests commit thousands of times.
fn fast_folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm")
        .or_else(|_| tempfile::tempdir())
        .expect("a temporary folder")
}

fn sqlite_url(path: &Path) -> String {
    format!("sqlite://{}", path.display())
}

/// Tells templates of different migrations apart.
fn fingerprint() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations");
    let mut files = Vec::new();
    collect(&folder, &mut files);
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        file.file_name().hash(&mut hasher);
        std::fs::read(&file).expect("a migration").hash(&mut hasher);
    }
    format!("{:016x}", hasher.finish())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the migrations") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push(path);
        }
    }
}

/// A migrated file, made once per machine and set of migrations. Whoever is first makes
/// it aside and renames it, so nobody sees half of it.
fn sqlite_template() -> PathBuf {
    let path = std::env::temp_dir().join(format!("visita-test-{}.db", fingerprint()));
    if !path.exists() {
        let aside = tempfile::tempdir().expect("a temporary folder");
        let file = aside.path().join("template.db");
        let store = open(&sqlite_url(&file));
        store.migrate().expect("the migrations apply");
        let mut conn = RawConn::open(&sqlite_url(&file)).expect("the template");
        drop(store);
        // The copy is of one file: what is in the log must move into it.
        conn.run("PRAGMA wal_checkpoint(TRUNCATE)")
            .expect("a checkpoint");
        drop(conn);
        let own = path.with_extension(Uuid::new_v4().simple().to_string());
        std::fs::copy(&file, &own).expect("a copy of the template");
        std::fs::rename(&own, &path).expect("the template in its place");
    }
    path
}

/// A migrated database marked as template, made once per server and set of migrations.
fn postgres_template(server: &str) -> String {
    let name = format!("visita_template_{}", fingerprint());
    let ready =
        format!("(SELECT count(*) FROM pg_database WHERE datname = '{name}' AND datistemplate)");
    let mut conn = RawConn::open(server).expect("the test server");
    if conn.number(&ready).expect("the list of databases") == 1 {
        return name;
    }
    // Making a template takes longer than other tests' patience with locks.
    conn.run("SET lock_timeout = 0; SET statement_timeout = 0")
        .expect("settings");
    conn.run(&format!("SELECT pg_advisory_lock({TEMPLATE_LOCK})"))
        .expect("the lock");
    if conn.number(&ready).expect("the list of databases") == 0 {
        conn.run(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
            .expect("no half template");
        make_store_role(&mut conn);
        conn.run(&format!("CREATE DATABASE {name} OWNER {ROLE}"))
            .expect("a database");
        let store = open(&as_store_role(&with_database(server, &name)));
        store.migrate().expect("the migrations apply");
        drop(store);
        // The pool closes its connections in the background, and a template must have none.
        conn.run(&format!(
            "ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false;
             SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}';
             ALTER DATABASE {name} WITH IS_TEMPLATE true"
        ))
        .expect("a template");
    }
    name
}

fn admin(server: &str, statement: &str) {
    RawConn::open(server)
        .and_then(|mut conn| {
            conn.run("SET statement_timeout = 0")?;
            conn.run(statement)
        })
        .expect("the test server obeys");
}

/// Makes the store's role on a server, if it is not there.
///
/// # Panics
/// When the connection is not of a superuser.
pub fn make_store_role(conn: &mut RawConn) {
    let known = format!("(SELECT count(*) FROM pg_roles WHERE rolname = '{ROLE}')");
    if conn.number(&known).expect("the list of roles") == 0 {
        conn.run(&format!("CREATE ROLE {ROLE} NOLOGIN"))
            .expect("a role");
    }
}

/// The URL of the same database for the store, whose role row security binds.
#[must_use]
pub fn as_store_role(url: &str) -> String {
    let joint = if url.contains('?') { '&' } else { '?' };
    format!("{url}{joint}options=-c%20role%3D{ROLE}")
}

/// The same server, another database.
fn with_database(server: &str, name: &str) -> String {
    let (rest, parameters) = server
        .split_once('?')
        .map_or((server, String::new()), |(rest, p)| (rest, format!("?{p}")));
    let base = match rest.split_once("://") {
        Some((scheme, place)) => {
            let host = place.split('/').next().unwrap_or_default();
            format!("{scheme}://{host}")
        }
        None => rest.to_owned(),
    };
    format!("{base}/{name}{parameters}")
}
