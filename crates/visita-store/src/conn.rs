//! Connections: which database, how it is set up, and how many at once.
//!
//! The variant is chosen by the URL's scheme. `Db::establish` must not be called: it
//! tries each variant in turn, and SQLite would open a file named `postgres://…`.

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use diesel::pg::PgConnection;
use diesel::r2d2::{ManageConnection, Pool};
use diesel::sqlite::SqliteConnection;
use tokio::sync::Semaphore;

use crate::audit::{self, AuditKeys, Scribe};
use crate::{OpenError, StoreError, migrate, postgres, sqlite};

/// How long a caller waits for a connection before it is told that the database is busy.
const WAIT_FOR_CONNECTION: Duration = Duration::from_secs(5);

/// Both databases behind one query layer. Statements run on it only inside
/// the functions of [`crate::tx`].
#[derive(diesel::MultiConnection)]
pub enum Db {
    /// PostgreSQL.
    Pg(PgConnection),
    /// SQLite; last, because it accepts any URL.
    Sqlite(SqliteConnection),
}

/// Where the database is.
#[derive(Clone)]
pub struct StoreConfig {
    /// `sqlite:///absolute/path.db`, `sqlite://relative/path.db`, `postgres://…` or `postgresql://…`.
    pub url: String,
    /// Most connections kept open; also the most operations that run at once.
    pub max_connections: u32,
    /// Keys of the audit trail. Every node and command on one database needs the same.
    pub audit_keys: AuditKeys,
}

impl fmt::Debug for StoreConfig {
    /// The URL may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreConfig")
            .field("max_connections", &self.max_connections)
            .finish_non_exhaustive()
    }
}

/// A connection out of the pool, as every operation takes it.
pub struct AnyConn {
    pub(crate) db: Db,
    /// SQLite has one writer. Writers of this process queue here, where the next one
    /// wakes at once; inside SQLite they would poll with growing sleeps.
    pub(crate) write_gate: Option<Arc<Mutex<()>>>,
    /// Where the events of reads gather for one commit.
    pub(crate) audit: Arc<audit::Group>,
    /// Writes the events of this connection's transactions.
    pub(crate) scribe: Arc<Scribe>,
    /// Set after a failure of the connection itself: the pool drops it.
    pub(crate) suspect: bool,
}

impl AnyConn {
    /// Which database this is, for messages.
    #[must_use]
    pub fn backend(&self) -> &'static str {
        match self.db {
            Db::Pg(_) => "postgres",
            Db::Sqlite(_) => "sqlite",
        }
    }
}

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pool: Pool<Manager>,
    permits: Arc<Semaphore>,
}

impl Store {
    /// Opens the database and checks that its settings keep what they are given.
    ///
    /// # Errors
    /// [`OpenError`]: unknown scheme, folder or server out of reach, wrong password, unsafe settings.
    pub fn open(config: &StoreConfig) -> Result<Self, OpenError> {
        let manager = Manager::new(config)?;
        // The first connection outside the pool, which would hide its error behind a time-out.
        let mut first = manager.connect()?;
        match &mut first.db {
            Db::Pg(conn) => postgres::check(conn)?,
            Db::Sqlite(conn) => sqlite::check(conn)?,
        }
        let size = config.max_connections.max(1);
        let pool = Pool::builder()
            .max_size(size)
            .min_idle(Some(1))
            .test_on_check_out(false)
            .connection_timeout(WAIT_FOR_CONNECTION)
            .error_handler(Box::new(LogPoolError))
            .build_unchecked(manager);
        let permits = usize::try_from(size).unwrap_or(1);
        Ok(Self {
            pool,
            permits: Arc::new(Semaphore::new(permits)),
        })
    }

    /// Applies the migrations that are missing, under a lock, all or none.
    /// Returns their names.
    ///
    /// # Errors
    /// [`OpenError::Newer`] when the database knows migrations that this program does not.
    pub fn migrate(&self) -> Result<Vec<String>, OpenError> {
        migrate::run(&mut self.checked_out()?.db)
    }

    /// Names of the migrations that are not applied yet.
    ///
    /// # Errors
    /// As [`Store::migrate`].
    pub fn pending_migrations(&self) -> Result<Vec<String>, OpenError> {
        migrate::pending(&mut self.checked_out()?.db)
    }

    /// Whether row security leaves this program's role out: a superuser of PostgreSQL, or a
    /// role with `BYPASSRLS`. SQLite has no row security to bypass.
    ///
    /// # Errors
    /// [`OpenError::Refused`].
    pub fn bypasses_row_security(&self) -> Result<bool, OpenError> {
        match &mut self.checked_out()?.db {
            Db::Pg(conn) => postgres::bypasses_row_security(conn),
            Db::Sqlite(_) => Ok(false),
        }
    }

    /// Runs `f` with a connection on a blocking thread, in the caller's tracing span.
    /// Waits for a permit before it takes the thread, so that waiters do not fill the
    /// blocking pool.
    ///
    /// # Errors
    /// Those of `f`; [`StoreError::Unavailable`] when no connection is free in time.
    pub fn run<T, F>(&self, f: F) -> impl Future<Output = Result<T, StoreError>> + Send + 'static
    where
        F: FnOnce(&mut AnyConn) -> Result<T, StoreError> + Send + 'static,
        T: Send + 'static,
    {
        let store = self.clone();
        let span = tracing::Span::current();
        async move {
            let permits = Arc::clone(&store.permits);
            let permit = tokio::time::timeout(WAIT_FOR_CONNECTION, permits.acquire_owned());
            let Ok(Ok(permit)) = permit.await else {
                return Err(StoreError::Unavailable);
            };
            let work = tokio::task::spawn_blocking(move || {
                let _permit = permit;
                span.in_scope(|| store.run_blocking(f))
            });
            // The only way to fail is a panic of `f`, and that belongs to the caller.
            match work.await {
                Ok(result) => result,
                Err(stopped) => match stopped.try_into_panic() {
                    Ok(panic) => std::panic::resume_unwind(panic),
                    Err(_) => Err(StoreError::Unavailable),
                },
            }
        }
    }

    /// Runs `f` with a connection on this thread: for the command line and tests.
    ///
    /// # Errors
    /// As [`Store::run`].
    pub fn run_blocking<T>(
        &self,
        f: impl FnOnce(&mut AnyConn) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut conn = self.pool.get().map_err(|_| StoreError::Unavailable)?;
        let result = f(&mut conn);
        conn.suspect |= matches!(result, Err(StoreError::Unavailable));
        result
    }

    /// Whether the database answers and has every migration.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub fn ping(&self) -> impl Future<Output = Result<(), StoreError>> + Send + 'static {
        self.run(|conn| match migrate::pending(&mut conn.db) {
            Ok(missing) if missing.is_empty() => Ok(()),
            _ => Err(StoreError::Unavailable),
        })
    }

    fn checked_out(&self) -> Result<diesel::r2d2::PooledConnection<Manager>, OpenError> {
        self.pool
            .get()
            .map_err(|error| OpenError::Refused(error.to_string()))
    }
}

enum Target {
    Postgres(String),
    /// With what its only writer at a time works with.
    Sqlite {
        path: String,
        write_gate: Arc<Mutex<()>>,
        scribe: Arc<Scribe>,
    },
}

struct Manager {
    target: Target,
    audit: Arc<audit::Group>,
    audit_keys: AuditKeys,
}

impl Manager {
    fn new(config: &StoreConfig) -> Result<Self, OpenError> {
        let url = &config.url;
        let target = if let Some(path) = url.strip_prefix("sqlite://") {
            Target::Sqlite {
                path: path.to_owned(),
                write_gate: Arc::default(),
                scribe: Arc::new(Scribe::new(config.audit_keys.clone(), 0)),
            }
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Target::Postgres(url.to_owned())
        } else {
            return Err(OpenError::UnknownScheme);
        };
        Ok(Self {
            target,
            audit: Arc::default(),
            audit_keys: config.audit_keys.clone(),
        })
    }
}

impl ManageConnection for Manager {
    type Connection = AnyConn;
    type Error = OpenError;

    fn connect(&self) -> Result<AnyConn, OpenError> {
        let (db, write_gate, scribe) = match &self.target {
            Target::Postgres(url) => {
                let mut conn = postgres::connect(url)?;
                postgres::rest(&mut conn)?;
                let strand = postgres::take_strand(&mut conn)?;
                let scribe = Scribe::new(self.audit_keys.clone(), strand);
                (Db::Pg(conn), None, Arc::new(scribe))
            }
            Target::Sqlite {
                path,
                write_gate,
                scribe,
            } => (
                Db::Sqlite(sqlite::connect(path)?),
                Some(Arc::clone(write_gate)),
                Arc::clone(scribe),
            ),
        };
        Ok(AnyConn {
            db,
            write_gate,
            audit: Arc::clone(&self.audit),
            scribe,
            suspect: false,
        })
    }

    fn is_valid(&self, conn: &mut AnyConn) -> Result<(), OpenError> {
        diesel::r2d2::R2D2Connection::ping(&mut conn.db)
            .map_err(|error| OpenError::Refused(error.to_string()))
    }

    fn has_broken(&self, conn: &mut AnyConn) -> bool {
        std::thread::panicking()
            || conn.suspect
            || diesel::r2d2::R2D2Connection::is_broken(&mut conn.db)
    }
}

/// A lost database shows in the log even while nobody asks for a connection.
#[derive(Debug)]
struct LogPoolError;

impl diesel::r2d2::HandleError<OpenError> for LogPoolError {
    fn handle_error(&self, error: OpenError) {
        tracing::warn!(%error, "No new database connection");
    }
}
