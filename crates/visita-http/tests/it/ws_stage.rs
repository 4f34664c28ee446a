//! People of a clinic with a visit at hand, for tests of sockets.

use std::net::SocketAddr;
use std::ops::{Deref, DerefMut};

use reqwest::StatusCode;
use serde_json::json;
use uuid::Uuid;
use visita_domain::{AppointmentId, ConversationId};
use visita_hub::Limits;
use visita_store::{AnyConn, Ctx, StoreError, auth, chat};
use visita_testkit::TestDb;
use visita_wire::calls::SocketTicket;
use visita_wire::routes;

use crate::harness::{Person, Setup, TestApp, start_of_tests, step};
use crate::ws_client::{Socket, draw};

/// A visit of `doctor` and `patient` in half an hour, and people who have no part in it.
pub struct Stage {
    app: TestApp,
    pub doctor: Person,
    pub patient: Person,
    pub staff: Person,
    pub other_doctor: Person,
    pub other_patient: Person,
    pub visit: AppointmentId,
    pub conv: ConversationId,
}

impl Deref for Stage {
    type Target = TestApp;
    fn deref(&self) -> &TestApp {
        &self.app
    }
}

impl DerefMut for Stage {
    fn deref_mut(&mut self) -> &mut TestApp {
        &mut self.app
    }
}

impl Stage {
    pub async fn sqlite() -> Self {
        Self::on(TestApp::new().await).await
    }

    pub async fn postgres() -> Self {
        Self::on(TestApp::on(TestDb::postgres()).await).await
    }

    /// With other limits of sockets.
    pub async fn limited(db: TestDb, sockets: Limits) -> Self {
        let setup = Setup {
            sockets,
            ..Setup::default()
        };
        Self::on(TestApp::with(db, setup).await).await
    }

    /// The same people in that clinic.
    pub async fn of(app: TestApp) -> Self {
        Self::on(app).await
    }

    /// The clinic without its stage.
    pub fn into_app(self) -> TestApp {
        self.app
    }

    async fn on(app: TestApp) -> Self {
        let doctor = app.doctor("dora").await;
        let patient = app.patient("pat").await;
        let booked = patient.book(&doctor, 30).await;
        Self {
            staff: app.staff("sam").await,
            other_doctor: app.doctor("dirk").await,
            other_patient: app.patient("paul").await,
            doctor,
            patient,
            visit: booked.id,
            conv: booked.conversation_id.expect("a member books"),
            app,
        }
    }

    pub fn addr(&self) -> SocketAddr {
        self.app.addr
    }

    pub async fn ticket(&self, who: &Person) -> String {
        let answer = who
            .act(routes::WS_TICKETS)
            .await
            .expect(StatusCode::CREATED);
        answer.json::<SocketTicket>().ticket
    }

    /// A socket of a new tab.
    pub async fn socket(&self, who: &Person) -> Socket {
        Socket::enter(self.addr(), self.ticket(who).await, draw()).await
    }

    /// An action on the visit: `arrive`, `admit`, `finish` …
    pub async fn act(&self, who: &Person, action: &str) {
        who.act(&step(self.visit, action))
            .await
            .expect(StatusCode::OK);
    }

    /// The patient arrives and is let in.
    pub async fn admit(&self) {
        self.act(&self.patient, "arrive").await;
        self.act(&self.doctor, "admit").await;
    }

    pub async fn send_by_rest(&self, who: &Person, body: &str) {
        let message = json!({ "client_id": Uuid::new_v4(), "body": body });
        let answer = who.post(&routes::messages(self.conv), &message).await;
        assert!(answer.status.is_success(), "{answer:?}");
    }

    /// Another sign-in of the same person.
    pub async fn sign_in_again(&self, who: &Person) -> Person {
        let mut again = who.clone();
        again.sign_in().await;
        again
    }

    // Behind the server's back.

    /// Ends the session of that sign-in in the database alone.
    pub async fn end_session(&self, who: &Person) {
        self.as_person(who, |conn, ctx| {
            auth::end_session(conn, ctx, ctx.actor.session_id)
        })
        .await;
    }

    /// Stores a message without a word to the hub.
    pub async fn store_message(&self, who: &Person, body: &str) {
        let (conv, body) = (self.conv, body.to_owned());
        self.as_person(who, move |conn, ctx| {
            let outgoing = chat::Outgoing {
                client_id: draw(),
                body,
                document_id: None,
            };
            chat::send(conn, ctx, conv, &outgoing)
        })
        .await;
    }

    async fn as_person<T: Send + 'static>(
        &self,
        who: &Person,
        act: impl FnOnce(&mut AnyConn, &Ctx) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        let now = start_of_tests();
        let token = who.token.as_ref().expect("signed in");
        let session_id = self
            .state
            .keys
            .verify(token, now)
            .expect("valid")
            .session_id;
        self.store(move |conn| {
            let ctx = Ctx {
                actor: auth::authenticate(conn, session_id, now)?.actor,
                now,
                request_id: None,
                idempotency: None,
            };
            act(conn, &ctx)
        })
        .await
    }
}

/// Runs each test on both databases.
macro_rules! staged_on_both {
    ($($name:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test]
            async fn $name() {
                super::$name($crate::ws_stage::Stage::sqlite().await).await;
            })*
        }
        mod on_postgres {
            $(#[tokio::test]
            async fn $name() {
                super::$name($crate::ws_stage::Stage::postgres().await).await;
            })*
        }
    };
}
pub(crate) use staged_on_both;
