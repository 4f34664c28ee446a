//! A database that does not answer opens nothing (SECURITY R66).

use futures_util::future::join_all;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use visita_http::state::Limits;
use visita_store::testing::RawConn;
use visita_testkit::TestDb;
use visita_wire::routes;

use crate::harness::{PASSWORD, Setup, TestApp, booking, on_both};

on_both!(db; r66_without_its_database_the_server_allows_nothing_and_comes_back);

/// Takes the database away, as far as it can be taken: PostgreSQL throws everybody out,
/// SQLite's file is being written by somebody who does not finish.
struct Outage {
    by: RawConn,
    /// What ends it.
    end: String,
}

impl Outage {
    fn of(app: &TestApp) -> Self {
        if app.db.url().starts_with("sqlite:") {
            let mut by = app.db.raw();
            by.run("BEGIN IMMEDIATE").unwrap();
            let end = "ROLLBACK".to_owned();
            return Self { by, end };
        }
        let name = app
            .db
            .raw()
            .texts("SELECT current_database()::text AS text");
        let name = name.unwrap().concat();
        // The database itself cannot be shut from within, and only who made it may.
        let mut by = app.db.raw_beside();
        let allow = |yes: bool| format!("ALTER DATABASE {name} ALLOW_CONNECTIONS {yes}");
        by.run(&allow(false)).unwrap();
        let throw_out = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname";
        by.run(&format!("{throw_out} = '{name}'")).unwrap();
        let end = allow(true);
        Self { by, end }
    }

    fn over(mut self) {
        self.by.run(&self.end).unwrap();
    }
}

async fn r66_without_its_database_the_server_allows_nothing_and_comes_back(db: TestDb) {
    let setup = Setup {
        limits: Limits {
            // Who waits for the file is told so by then.
            handler_secs: 2,
            ..Limits::default().unthrottled()
        },
        ..Setup::default()
    };
    let app = TestApp::with(db, setup).await;
    let (dora, ana) = (app.doctor("dora").await, app.patient("ana").await);
    let visit = ana.book(&dora, 60).await;
    let is_sqlite = app.db.url().starts_with("sqlite:");
    let outage = Outage::of(&app);

    // None of these works without a row in the trail, and so without the database.
    let login = json!({ "email": ana.email, "password": PASSWORD });
    let asked = [
        (Method::GET, routes::appointment(visit.id), None),
        (
            Method::GET,
            routes::messages(visit.conversation_id.unwrap()),
            None,
        ),
        (Method::GET, routes::DOCUMENTS.to_owned(), None),
        (Method::GET, routes::DASHBOARD.to_owned(), None),
        (
            Method::POST,
            routes::APPOINTMENTS.to_owned(),
            Some(booking(dora.doctor_id(), 120)),
        ),
        (Method::POST, routes::LOGIN.to_owned(), Some(login)),
    ];
    let answers = join_all(asked.iter().map(|(method, path, body)| {
        let request = ana.request(method.clone(), path);
        let request = request.header("idempotency-key", "once");
        match body {
            Some(body) => request.json(body).send(),
            None => request.send(),
        }
    }))
    .await;
    for (answer, (_, path, _)) in answers.into_iter().zip(&asked) {
        assert!(answer.refresh_cookie().is_none(), "{path}");
        let told: Value = answer.json();
        assert_eq!(told["code"], "unavailable", "{path}: {answer:?}");
        answer.problem(503, "unavailable").header("retry-after");
    }
    let lives = app.anonymous().get("/health/live").await;
    lives.expect(StatusCode::OK);
    if !is_sqlite {
        // Here nothing can be read either.
        let ready = app.anonymous().get("/health/ready").await;
        ready.problem(503, "unavailable");
        ana.get(routes::ME).await.problem(503, "unavailable");
    }

    outage.over();
    ana.get(&routes::appointment(visit.id))
        .await
        .expect(StatusCode::OK);
    // What was told to come back does, under its key, however far it got.
    let again = ana
        .request(Method::POST, routes::APPOINTMENTS)
        .header("idempotency-key", "once");
    let again = again.json(&booking(dora.doctor_id(), 120)).send().await;
    again.expect(StatusCode::CREATED);
}
