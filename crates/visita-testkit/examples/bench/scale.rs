//! What the first pages cost while a hospital's history grows.

use std::time::{Duration, Instant};

use visita_store::testing::RawConn;
use visita_wire::routes;

use crate::api::{Caller, today};
use crate::lists::constant_rate;
use crate::load::{closed_loop, percentile};
use crate::pgbench;
use crate::server::Server;
use crate::table::Table;

/// Visits of the past that the hospital has besides those of the demo.
const SIZES: [u32; 3] = [10, 10_000, 1_000_000];
/// What a page may cost with the longest history, against the shortest.
const MOST_GROWTH: f64 = 2.0;

pub async fn measure(table: &mut Table) {
    for database in ["SQLite", "PostgreSQL"] {
        let mut first = Vec::new();
        for size in SIZES {
            let Some(rates) = rates(table, database, size).await else {
                println!("PostgreSQL rows left out: VISITA_TEST_POSTGRES_URL is not set");
                return;
            };
            if first.is_empty() {
                first = rates;
                continue;
            }
            for ((what, at_first), (_, now)) in first.iter().zip(&rates) {
                let growth = at_first / now;
                table.add(
                    &format!("{what}, {database}: {} → {size} visits", SIZES[0]),
                    "costs at most twice as much",
                    format!("× {growth:.2}"),
                    growth <= MOST_GROWTH,
                );
            }
        }
    }
}

/// Requests per second of each page; `None` without the database.
async fn rates(table: &mut Table, database: &str, size: u32) -> Option<Vec<(&'static str, f64)>> {
    let base;
    let (server, mut raw, fill) = if database == "SQLite" {
        let server = Server::start(&["--demo"]).await;
        let file = server.dir().join("data").join("visita.db");
        let raw = RawConn::open(&format!("sqlite://{}", file.display())).unwrap();
        (server, raw, SQLITE_FILL)
    } else {
        base = pgbench::Database::create("bench_scale")?;
        let server = Server::start(&["--demo", "--database-url", &base.url]).await;
        (server, base.raw(), POSTGRES_FILL)
    };
    raw.run(&fill.replace(":size", &size.to_string())).unwrap();
    Some(pages(table, database, &server, size).await)
}

async fn pages(
    table: &mut Table,
    database: &str,
    server: &Server,
    size: u32,
) -> Vec<(&'static str, f64)> {
    let staff = Caller::login(&server.url, "staff@demo.visita.test").await;
    let doctor = Caller::login(&server.url, "doctor@demo.visita.test").await;
    let patient = Caller::login(&server.url, "patient@demo.visita.test").await;
    let own = doctor.grant.user.id.into();
    let (from, to) = (today(), today().plus_days(30));
    let slots = format!("{}?from={from}&to={to}", routes::slots(own));
    let list = format!("{}?limit=50&order=desc", routes::APPOINTMENTS);
    let mut rates = Vec::new();
    for (what, who, path) in [
        ("list of 50", &staff, list.as_str()),
        ("staff's dashboard", &staff, routes::DASHBOARD),
        ("doctor's dashboard", &doctor, routes::DASHBOARD),
        ("patient's dashboard", &patient, routes::DASHBOARD),
        ("a month of slots", &patient, slots.as_str()),
    ] {
        let length = answer(who, path).await;
        let (caller, path) = (who.clone(), path.to_owned());
        let rate = closed_loop(move |_| {
            let (caller, path) = (caller.clone(), path.clone());
            async move {
                answer(&caller, &path).await;
            }
        })
        .await;
        let constant = constant_rate(length).await;
        println!(
            "  {what}, {database}, {size} visits: {:.0}/s = {:.1} % of {length} constant bytes, p50 {:?}, p99 {:?}",
            rate.per_second,
            rate.per_second / constant * 100.0,
            rate.p50,
            rate.p99,
        );
        rates.push((what, rate.per_second));
    }
    let alone = one_by_one(&patient, &slots).await;
    table.add(
        &format!("a month of slots for one client, {database}, {size} visits"),
        "p50 ≤ 5 ms",
        format!("{alone:?}"),
        alone <= Duration::from_millis(5),
    );
    rates
}

/// Asks once. Returns the size of the body.
async fn answer(who: &Caller, path: &str) -> usize {
    let answer = who.get(path).send().await.unwrap();
    assert!(answer.status().is_success(), "{path}: {}", answer.status());
    answer.bytes().await.unwrap().len()
}

/// The median of requests that wait for each other.
async fn one_by_one(who: &Caller, path: &str) -> Duration {
    let mut times = Vec::new();
    for _ in 0..200 {
        let sent = Instant::now();
        answer(who, path).await;
        times.push(sent.elapsed());
    }
    percentile(&mut times, 50)
}

/// Finished visits of the past, every half hour backwards, over the doctors and patients of
/// the demo's first hospital; and what the planner knows of them.
const SQLITE_FILL: &str = "
BEGIN;
CREATE TEMP TABLE place AS SELECT hospital_id AS id FROM users WHERE email = 'staff@demo.visita.test';
CREATE TEMP TABLE doctor AS SELECT row_number() OVER (ORDER BY doctor_id) - 1 AS n, doctor_id AS id
    FROM doctor_profiles WHERE hospital_id = (SELECT id FROM place);
CREATE TEMP TABLE patient AS SELECT row_number() OVER (ORDER BY patient_id) - 1 AS n, patient_id AS id
    FROM patient_profiles WHERE hospital_id = (SELECT id FROM place);
CREATE TEMP TABLE visit AS WITH RECURSIVE k(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM k WHERE n + 1 < :size)
    SELECT n, randomblob(16) AS id, randomblob(16) AS conversation,
        strftime('%Y-%m-%dT%H:%M:%S.000000Z', 'now', '-' || (1500 + 30 * n) || ' minutes') AS starts_at,
        strftime('%Y-%m-%dT%H:%M:%S.000000Z', 'now', '-' || (1480 + 30 * n) || ' minutes') AS ends_at
    FROM k;
INSERT INTO conversations (hospital_id, id, epoch, last_seq, created_at)
    SELECT (SELECT id FROM place), conversation, 1, 0, starts_at FROM visit;
INSERT INTO appointments (hospital_id, id, doctor_id, patient_id, conversation_id, starts_at, ends_at, state,
        reason, version, finished_at, booked_by, created_at, changed_at)
    SELECT (SELECT id FROM place), v.id, d.id, p.id, v.conversation, v.starts_at, v.ends_at, 'finished',
        'bench', 4, v.ends_at, p.id, v.starts_at, v.ends_at
    FROM visit AS v
    JOIN doctor AS d ON d.n = v.n % (SELECT count(*) FROM doctor)
    JOIN patient AS p ON p.n = (v.n / 7) % (SELECT count(*) FROM patient);
COMMIT;
ANALYZE;";

/// The same for PostgreSQL.
const POSTGRES_FILL: &str = "
SET statement_timeout = 0;
BEGIN;
CREATE TEMP TABLE place AS SELECT hospital_id AS id FROM users WHERE email = 'staff@demo.visita.test';
CREATE TEMP TABLE doctor AS SELECT row_number() OVER (ORDER BY doctor_id) - 1 AS n, doctor_id AS id
    FROM doctor_profiles WHERE hospital_id = (SELECT id FROM place);
CREATE TEMP TABLE patient AS SELECT row_number() OVER (ORDER BY patient_id) - 1 AS n, patient_id AS id
    FROM patient_profiles WHERE hospital_id = (SELECT id FROM place);
CREATE TEMP TABLE visit AS SELECT n, gen_random_uuid() AS id, gen_random_uuid() AS conversation,
        now() - (1500 + 30 * n) * INTERVAL '1 minute' AS starts_at,
        now() - (1480 + 30 * n) * INTERVAL '1 minute' AS ends_at
    FROM generate_series(0, :size - 1) AS n;
INSERT INTO conversations (hospital_id, id, epoch, last_seq, created_at)
    SELECT (SELECT id FROM place), conversation, 1, 0, starts_at FROM visit;
INSERT INTO appointments (hospital_id, id, doctor_id, patient_id, conversation_id, starts_at, ends_at, state,
        reason, version, finished_at, booked_by, created_at, changed_at)
    SELECT (SELECT id FROM place), v.id, d.id, p.id, v.conversation, v.starts_at, v.ends_at, 'finished',
        'bench', 4, v.ends_at, p.id, v.starts_at, v.ends_at
    FROM visit AS v
    JOIN doctor AS d ON d.n = v.n % (SELECT count(*) FROM doctor)
    JOIN patient AS p ON p.n = (v.n / 7) % (SELECT count(*) FROM patient);
COMMIT;
ANALYZE;";
