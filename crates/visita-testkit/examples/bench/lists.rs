//! A list of 50 appointments against a constant body of the same size, and against the database alone.

use actix_web::{App, HttpResponse, HttpServer, web};
use bytes::Bytes;
use visita_wire::appointments::AppointmentView;
use visita_wire::{Page, routes};

use crate::api::{Caller, register_many, slots_ahead};
use crate::load::closed_loop;
use crate::pgbench;
use crate::server::Server;
use crate::table::Table;

pub async fn measure(table: &mut Table) {
    let server = Server::start(&["--demo"]).await;
    let (rate, body) = list_rate(&server).await;
    let constant = constant_rate(body).await;
    let ratio = rate / constant * 100.0;
    table.add(
        "list of 50 appointments (audited), SQLite",
        "≥ 20 % of a constant body",
        format!("{rate:.0}/s of {constant:.0}/s = {ratio:.0} %"),
        ratio >= 20.0,
    );
    drop(server);

    let Some(database) = pgbench::Database::create("bench_lists") else {
        println!("PostgreSQL rows left out: VISITA_TEST_POSTGRES_URL is not set");
        return;
    };
    let server = Server::start(&["--demo", "--database-url", &database.url]).await;
    let (rate, _) = list_rate(&server).await;
    let alone = database.run(LIST_SQL);
    let ratio = rate / alone * 100.0;
    table.add(
        "list of 50 appointments (audited), PostgreSQL",
        "≥ 50 % of the same SQL by pgbench",
        format!("{rate:.0}/s of {alone:.0}/s = {ratio:.0} %"),
        ratio >= 50.0,
    );
}

/// What the list asks of the database, as pgbench repeats it: session, list with names, audit row.
const LIST_SQL: &str = r"
SELECT s.id, u.role, u.hospital_id FROM sessions s JOIN users u ON u.id = s.user_id LIMIT 1;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT a.*, d.name, p.name FROM appointments a JOIN users d ON d.id = a.doctor_id JOIN users p ON p.id = a.patient_id
 WHERE a.hospital_id = (SELECT id FROM hospitals ORDER BY id LIMIT 1) ORDER BY a.starts_at, a.id LIMIT 51;
INSERT INTO audit_events (chain_id, strand, seq, id, at, action, key_id, mac)
 SELECT id, 0, (random() * 1e18)::bigint + 1, gen_random_uuid(), now(), 'appointment.listed', '00000000', decode(repeat('00', 32), 'hex')
 FROM hospitals ORDER BY id LIMIT 1;
END;
";

/// Rows of the measured page.
const ROWS: usize = 50;

/// Books until the hospital has a page of appointments whatever the demo gave it.
async fn fill(server: &Server, staff: &Caller) {
    let patients = register_many(&server.url, &staff.hospital().await, 1).await;
    let patient = patients.first().expect("a patient");
    let doctor = staff.doctors().await.into_iter().find(|d| d.active);
    let doctor = doctor.expect("a doctor").id;
    let slots = slots_ahead(staff, doctor, 3).await;
    assert!(slots.len() >= ROWS, "a doctor with {ROWS} free times");
    for slot in slots.into_iter().take(ROWS) {
        patient.book(doctor, slot.starts_at).await;
    }
}

/// Requests per second of the staff's list, and the size of its body.
async fn list_rate(server: &Server) -> (f64, usize) {
    let staff = Caller::login(&server.url, "staff@demo.visita.test").await;
    fill(server, &staff).await;
    let path = format!("{}?limit={ROWS}", routes::APPOINTMENTS);
    let body = staff
        .get(&path)
        .send()
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    let page: Page<AppointmentView> = serde_json::from_slice(&body).unwrap();
    assert_eq!(page.items.len(), ROWS, "a full page");
    let rate = closed_loop(move |_| {
        let request = staff.get(&path);
        async move {
            let answer = request.send().await.unwrap();
            assert!(answer.status().is_success(), "{}", answer.status());
            answer.bytes().await.unwrap();
        }
    })
    .await;
    println!("  p50 {:?}, p99 {:?}", rate.p50, rate.p99);
    (rate.per_second, body.len())
}

/// Requests per second of an actix server that answers a constant body.
pub async fn constant_rate(size: usize) -> f64 {
    let body = Bytes::from(vec![b'x'; size]);
    let (address, from_server) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let server = HttpServer::new(move || {
                let body = body.clone();
                App::new().default_service(web::to(move || {
                    let body = body.clone();
                    async move {
                        HttpResponse::Ok()
                            .content_type("application/json")
                            .body(body)
                    }
                }))
            })
            .bind("127.0.0.1:0")
            .unwrap();
            address.send(server.addrs()[0]).unwrap();
            server.run().await.unwrap();
        });
    });
    let url = format!("http://{}/", from_server.recv().unwrap());
    let http = reqwest::Client::new();
    let rate = closed_loop(move |_| {
        let request = http.get(&url);
        async move {
            request.send().await.unwrap().bytes().await.unwrap();
        }
    })
    .await;
    rate.per_second
}
