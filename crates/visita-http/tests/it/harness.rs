//! The whole application on a free port, and people who use it.
//!
//! Each test has a server, a database, a folder and a clock of its own. People are made
//! in the database, because somebody has to be first; all that they do goes over HTTP.

use std::collections::BTreeSet;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;

use actix_web::web::ServiceConfig;
use reqwest::StatusCode;
use tokio::sync::oneshot;
use uuid::Uuid;
use visita_domain::access::{Actor as DomainActor, SecondFactor};
use visita_domain::people::{Email, Role};
use visita_domain::{HospitalId, SessionId, Ts, UserId};
use visita_files::Files;
use visita_http::app::serve_with;
use visita_http::assets::{Assets, NoAssets};
use visita_http::clock::{Clock, ManualClock};
use visita_http::first_start::FirstStart;
use visita_http::jobs::Jobs;
use visita_http::mail::Mailer;
use visita_http::passwords::{HashCost, Passwords};
use visita_http::tokens::TokenKeys;
use visita_http::{AppState, Limits, Origin, Settings};
use visita_hub::Hub;
use visita_store::people::{self, FirstAccess, NewHospital, NewUser};
use visita_store::{AnyConn, Ctx, StoreError};
use visita_testkit::TestDb;
use visita_wire::routes;

use crate::mailbox::Mailbox;
pub use crate::person::{Answer, Person, booking, step};

/// Password of everybody in tests.
pub const PASSWORD: &str = "umbrella-violet-quartz-9";

/// Where every test's clock starts: a Monday morning in Paris.
pub fn start_of_tests() -> Ts {
    "2026-11-23T08:00:00Z".parse().unwrap()
}

/// What a test may choose.
pub struct Setup {
    pub assets: Arc<dyn Assets>,
    /// Routes that only the test has.
    pub extra: fn(&mut ServiceConfig),
    pub limits: Limits,
    pub sockets: visita_hub::Limits,
    /// Nobody has an account yet.
    pub empty: bool,
    /// Networks whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<&'static str>,
    /// People reach the server by TLS, which a proxy ends.
    pub tls: bool,
    /// Most tests are about something else than signing in.
    pub second_factor: SecondFactor,
    /// A demo runs here.
    pub demo: bool,
    /// The API is described to whoever asks.
    pub api_docs: bool,
    /// Another way for mail than into the test's mailbox.
    pub mailer: Option<Mailer>,
    /// What a password costs.
    pub hash: HashCost,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            assets: Arc::new(NoAssets),
            extra: |_| (),
            // A test signs many people in from one address.
            limits: Limits::default().unthrottled(),
            sockets: visita_hub::Limits::default(),
            empty: false,
            trusted_proxies: Vec::new(),
            tls: false,
            second_factor: SecondFactor::Optional,
            demo: false,
            api_docs: true,
            mailer: None,
            hash: HashCost {
                memory_kib: 64,
                passes: 1,
            },
        }
    }
}

/// A running server.
pub struct TestApp {
    pub addr: SocketAddr,
    pub clock: ManualClock,
    pub state: AppState,
    /// The hospital of everybody who is not made elsewhere.
    pub hospital: HospitalId,
    /// What the server would print; empty when there are accounts.
    pub setup_token: String,
    /// Everybody's mail.
    pub mailbox: Mailbox,
    http: reqwest::Client,
    root: Ctx,
    stop: Option<oneshot::Sender<()>>,
    server: Option<JoinHandle<()>>,
    pub db: TestDb,
    _folder: tempfile::TempDir,
}

impl TestApp {
    /// A server on a new SQLite file.
    pub async fn new() -> Self {
        Self::on(TestDb::sqlite()).await
    }

    /// A server on that database.
    pub async fn on(db: TestDb) -> Self {
        Self::with(db, Setup::default()).await
    }

    /// A server on that database, in which nobody has an account yet.
    pub async fn empty(db: TestDb) -> Self {
        let setup = Setup {
            empty: true,
            ..Setup::default()
        };
        Self::with(db, setup).await
    }

    /// A server with parts that the test chooses.
    pub async fn with(db: TestDb, setup: Setup) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let clock = ManualClock::at(start_of_tests());
        let mailbox = Mailbox::default();
        let scheme = if setup.tls { "https" } else { "http" };
        let origin = Origin::parse(&format!("{scheme}://{addr}")).unwrap();
        let (first_start, setup_token) = if setup.empty {
            FirstStart::begin(start_of_tests()).unwrap()
        } else {
            (FirstStart::over(), String::new())
        };
        let state = AppState {
            store: db.store().clone(),
            files: Files::local(folder.path()).unwrap(),
            hub: Hub::new(setup.sockets),
            clock: Clock::manual(clock.clone()),
            keys: Arc::new(TokenKeys::from_seeds(&[[7; 32]]).unwrap()),
            // The cost is a setting; production's would make this suite slow.
            passwords: Passwords::new(setup.hash).unwrap(),
            first_start,
            jobs: Jobs::default(),
            mailer: setup.mailer.unwrap_or_else(|| mailbox.mailer()),
            settings: Arc::new(Settings {
                limits: setup.limits,
                second_factor: setup.second_factor,
                demo: setup.demo,
                api_docs: setup.api_docs,
                trusted_proxies: setup
                    .trusted_proxies
                    .iter()
                    .map(|net| net.parse().unwrap())
                    .collect(),
                ..Settings::at(vec![origin])
            }),
            assets: setup.assets,
        };
        let (root, hospital) = if setup.empty {
            (ctx_of(UserId::new(Uuid::nil())), Uuid::nil().into())
        } else {
            first_rows(&state).await
        };
        let (stop, server) = run(state.clone(), listener, setup.extra);
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Self {
            addr,
            clock,
            state,
            hospital,
            setup_token,
            mailbox,
            http,
            root,
            stop: Some(stop),
            server: Some(server),
            db,
            _folder: folder,
        }
    }

    /// Stops the server gently and starts another on the same address, database and clock.
    pub async fn restart(&mut self) {
        self.stop().await;
        self.state.hub = Hub::default();
        let listener = TcpListener::bind(self.addr).unwrap();
        let (stop, server) = run(self.state.clone(), listener, |_| ());
        (self.stop, self.server) = (Some(stop), Some(server));
    }

    /// Stops the server gently.
    pub async fn stop(&mut self) {
        drop(self.stop.take());
        let server = self.server.take().unwrap();
        tokio::task::spawn_blocking(move || server.join().unwrap())
            .await
            .unwrap();
    }

    /// The `Origin` of the server's own pages.
    pub fn origin(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Runs an operation of the store.
    pub async fn store<T: Send + 'static>(
        &self,
        f: impl FnOnce(&mut AnyConn) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        self.state.store.run(f).await.unwrap()
    }

    /// Every row of a table as text, as somebody who stole the database would read it.
    pub fn dump(&self, table: &str) -> String {
        let sqlite = self.db.url().starts_with("sqlite:");
        let mut raw = self.db.raw();
        let columns = if sqlite {
            let columns = format!(
                "SELECT group_concat('quote(\"' || name || '\")', ' || '' '' || ') AS text
                 FROM pragma_table_info('{table}')"
            );
            raw.texts(&columns).unwrap().concat()
        } else {
            "t::text".to_owned()
        };
        let rows = format!("SELECT {columns} AS text FROM {table} AS t");
        raw.texts(&rows).unwrap().join("\n")
    }

    /// The names of all tables.
    pub fn tables(&self) -> Vec<String> {
        let sqlite = self.db.url().starts_with("sqlite:");
        let tables = if sqlite {
            "SELECT name AS text FROM sqlite_master WHERE type = 'table'"
        } else {
            "SELECT table_name::text AS text FROM information_schema.tables \
             WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        };
        self.db.raw().texts(tables).unwrap()
    }

    /// Every row of every table as text.
    pub fn dump_all(&self) -> String {
        let rows = self.tables().into_iter().map(|table| self.dump(&table));
        rows.collect::<Vec<_>>().join("\n")
    }

    /// The names of all columns of all tables.
    pub fn columns(&self) -> BTreeSet<String> {
        let sqlite = self.db.url().starts_with("sqlite:");
        let mut raw = self.db.raw();
        let of = |table: &String| {
            let names = if sqlite {
                format!("SELECT name AS text FROM pragma_table_info('{table}')")
            } else {
                format!(
                    "SELECT column_name::text AS text FROM information_schema.columns
                     WHERE table_schema = 'public' AND table_name = '{table}'"
                )
            };
            raw.texts(&names).unwrap()
        };
        self.tables().iter().flat_map(of).collect()
    }

    /// Lets all mail that was sent so far, and some more, count as failed.
    pub async fn fail_sent_mail(&self) {
        // There is one worker: when the second mail is handed over, the first is recorded.
        for n in 0..2 {
            let email = format!("mail-{n}@example.org");
            let body = serde_json::json!({
                "hospital_id": self.hospital, "name": "Nobody", "email": email,
            });
            let asked = self.anonymous().post(routes::REGISTER, &body).await;
            asked.expect(StatusCode::ACCEPTED);
            self.mailbox.next_to(&email).await;
        }
        self.db
            .raw()
            .run("UPDATE mails SET state = 'failed' WHERE state = 'sent'")
            .unwrap();
    }

    /// Another hospital.
    pub async fn other_hospital(&self, slug: &str) -> HospitalId {
        let (ctx, new) = (self.root, new_hospital(slug));
        self.store(move |conn| people::create_hospital(conn, &ctx, &new))
            .await
            .id
    }

    /// Nobody: requests without a sign-in.
    pub fn anonymous(&self) -> Person {
        Person {
            id: UserId::new(Uuid::nil()),
            email: String::new(),
            hospital: None,
            token: None,
            cookie: None,
            http: self.http.clone(),
            base: self.origin(),
        }
    }

    pub async fn admin(&self, name: &str) -> Person {
        self.person(Role::Admin, None, name).await
    }

    pub async fn staff(&self, name: &str) -> Person {
        self.person(Role::Staff, Some(self.hospital), name).await
    }

    /// A doctor who works around the clock, in visits of half an hour without pauses.
    pub async fn doctor(&self, name: &str) -> Person {
        let doctor = self.person(Role::Doctor, Some(self.hospital), name).await;
        doctor.work_always().await;
        doctor
    }

    pub async fn patient(&self, name: &str) -> Person {
        self.person(Role::Patient, Some(self.hospital), name).await
    }

    /// Somebody new, signed in.
    pub async fn person(&self, role: Role, hospital: Option<HospitalId>, name: &str) -> Person {
        let mut person = self.account(role, hospital, name).await;
        person.sign_in().await;
        person
    }

    /// Somebody new, not signed in yet.
    pub async fn account(&self, role: Role, hospital: Option<HospitalId>, name: &str) -> Person {
        let email = format!("{name}@example.org");
        let password_hash = self
            .state
            .passwords
            .hash(PASSWORD.to_owned())
            .await
            .unwrap();
        let ctx = self.root;
        let new = NewUser {
            hospital_id: hospital,
            role,
            name: name.to_owned(),
            email: Email::parse(&email).unwrap(),
            access: FirstAccess::Password(password_hash),
            language: "en".to_owned(),
            specialty: (role == Role::Doctor).then(|| "General medicine".to_owned()),
        };
        let made = self
            .store(move |conn| people::create_user(conn, &ctx, &new))
            .await;
        Person {
            id: made.user.id,
            email,
            hospital,
            ..self.anonymous()
        }
    }
}

/// Serves on a thread of its own until told to stop.
pub fn run(
    state: AppState,
    listener: TcpListener,
    extra: fn(&mut ServiceConfig),
) -> (oneshot::Sender<()>, JoinHandle<()>) {
    let (stop, stopped) = oneshot::channel::<()>();
    let server = std::thread::spawn(move || {
        actix_web::rt::System::new()
            .block_on(serve_with(
                state,
                listener,
                async { drop(stopped.await) },
                extra,
            ))
            .unwrap();
    });
    (stop, server)
}

impl Drop for TestApp {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(server) = self.server.take() {
            server.join().unwrap();
        }
    }
}

fn new_hospital(slug: &str) -> NewHospital {
    NewHospital {
        name: format!("Hospital {slug}"),
        slug: slug.to_owned(),
        time_zone: "Europe/Paris".to_owned(),
        phone: "+33 1 00 00 00 00".to_owned(),
        address: String::new(),
    }
}

/// That platform admin at the start of tests.
fn ctx_of(admin: UserId) -> Ctx {
    Ctx {
        actor: DomainActor {
            user_id: admin,
            role: Role::Admin,
            hospital_id: None,
            session_id: SessionId::new(Uuid::nil()),
            visit: None,
        },
        now: start_of_tests(),
        request_id: None,
        idempotency: None,
    }
}

/// The platform's first admin, and the first hospital.
async fn first_rows(state: &AppState) -> (Ctx, HospitalId) {
    let hash = state.passwords.hash(PASSWORD.to_owned()).await.unwrap();
    let email = Email::parse("root@example.org").unwrap();
    state
        .store
        .run(move |conn| {
            let now = start_of_tests();
            let admin = people::create_admin(conn, "Root", &email, &hash, now)?;
            let ctx = ctx_of(admin.id);
            let hospital = people::create_hospital(conn, &ctx, &new_hospital("home"))?;
            Ok((ctx, hospital.id))
        })
        .await
        .unwrap()
}

/// Runs each test on both databases; after `empty;` in a clinic without any account, after
/// `db;` with the database alone, for a server of the test's own.
macro_rules! on_both {
    (db; $($name:ident),* $(,)?) => {
        mod own_on_sqlite {
            $(#[tokio::test]
            async fn $name() {
                super::$name(visita_testkit::TestDb::sqlite()).await;
            })*
        }
        mod own_on_postgres {
            $(#[tokio::test]
            async fn $name() {
                super::$name(visita_testkit::TestDb::postgres()).await;
            })*
        }
    };
    ($app:ident; $($name:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test]
            async fn $name() {
                super::$name($crate::harness::TestApp::$app(visita_testkit::TestDb::sqlite()).await).await;
            })*
        }
        mod on_postgres {
            $(#[tokio::test]
            async fn $name() {
                super::$name($crate::harness::TestApp::$app(visita_testkit::TestDb::postgres()).await).await;
            })*
        }
    };
    ($($name:ident),* $(,)?) => { $crate::harness::on_both!(on; $($name),*); };
}
pub(crate) use on_both;
