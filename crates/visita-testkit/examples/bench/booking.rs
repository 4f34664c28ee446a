//! A thousand clients want one slot.

use std::collections::BTreeMap;

use visita_wire::appointments::BookAppointment;
use visita_wire::routes;

use crate::api::{Caller, register_many, slots_ahead};
use crate::server::Server;
use crate::table::Table;

const CLIENTS: usize = 1_000;
/// Registration hashes passwords, so patients are fewer than clients; several of a patient's tabs race too.
const PATIENTS: usize = 100;

pub async fn measure(table: &mut Table) {
    let server = Server::start(&["--demo"]).await;
    let staff = Caller::login(&server.url, "staff@demo.visita.test").await;
    let patients = register_many(&server.url, &staff.hospital().await, PATIENTS).await;
    let doctor = staff
        .doctors()
        .await
        .into_iter()
        .find(|doctor| doctor.active)
        .expect("a doctor");
    let slot = slots_ahead(&staff, doctor.id, 3)
        .await
        .first()
        .expect("a free slot")
        .starts_at;
    let mut tasks = Vec::new();
    for client in 0..CLIENTS {
        let caller = patients[client % patients.len()].clone();
        let wish = BookAppointment {
            doctor_id: doctor.id,
            starts_at: slot,
            reason: "bench".to_owned(),
            patient_id: None,
            overbook_reason: None,
        };
        tasks.push(tokio::spawn(async move {
            let request = caller
                .post(routes::APPOINTMENTS)
                .header("idempotency-key", format!("bench-{client}"));
            request.json(&wish).send().await.unwrap().status().as_u16()
        }));
    }
    let mut statuses: BTreeMap<u16, usize> = BTreeMap::new();
    for task in tasks {
        *statuses.entry(task.await.unwrap()).or_default() += 1;
    }
    let within = statuses.get(&201) == Some(&1) && statuses.get(&409) == Some(&(CLIENTS - 1));
    table.add(
        "booking race, 1,000 clients on one slot",
        "1 × 201, 999 × 409",
        format!("{statuses:?}"),
        within,
    );
}
