//! Durable messages: from the send to the recipient's frame, and sends per second on PostgreSQL.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use uuid::Uuid;
use visita_domain::{ClientMessageId, ConversationId};
use visita_wire::chat::SendMessage;
use visita_wire::routes;
use visita_wire::ws::{ClientMsg, Position, ServerMsg};

use crate::api::{Caller, register_many, slots_ahead};
use crate::load::{closed_loop, percentile};
use crate::pgbench;
use crate::server::Server;
use crate::sockets::Socket;
use crate::table::Table;

const CONVERSATIONS: usize = 20;
const SECONDS: u64 = 10;

pub async fn measure(table: &mut Table) {
    let server = Server::start(&["--demo"]).await;
    delivery(table, &server, "SQLite", 500).await;
    drop(server);
    let Some(database) = pgbench::Database::create("bench_messages") else {
        return;
    };
    let server = Server::start(&["--demo", "--database-url", &database.url]).await;
    delivery(table, &server, "PostgreSQL", 1_000).await;
    sends(table, &server, &database).await;
}

/// Visits of fresh patients with the demo's doctor, one conversation each.
async fn conversations(server: &Server) -> (Caller, Vec<(Caller, ConversationId)>) {
    let staff = Caller::login(&server.url, "staff@demo.visita.test").await;
    let doctor = Caller::login(&server.url, "doctor@demo.visita.test").await;
    let patients = register_many(&server.url, &staff.hospital().await, CONVERSATIONS).await;
    let doctor_id = doctor.grant.user.id.into();
    let slots = slots_ahead(&staff, doctor_id, 2).await;
    let mut found = Vec::new();
    for (patient, slot) in patients.into_iter().zip(&slots) {
        let booked = patient.book(doctor_id, slot.starts_at).await;
        found.push((patient, booked.conversation_id.expect("a conversation")));
    }
    (doctor, found)
}

async fn delivery(table: &mut Table, server: &Server, name: &str, per_second: u64) {
    let (doctor, talks) = conversations(server).await;
    let mut receiver = Socket::open(&doctor).await;
    for (_, conv) in &talks {
        receiver
            .send(&ClientMsg::ConvSub {
                conv: *conv,
                after: Position {
                    epoch: 0,
                    last_seq: 0,
                },
            })
            .await;
    }
    // Following has begun when its first page is here; what is sent before comes in the page.
    let mut pages = 0;
    while pages < talks.len() {
        let msg = receiver.next(Duration::from_secs(5)).await;
        let msg = msg.expect("the page of a followed conversation");
        pages += usize::from(matches!(msg, ServerMsg::SyncPage { .. }));
    }
    let begun = Instant::now();
    let share = per_second / talks.len() as u64;
    let gap = Duration::from_secs_f64(1.0 / share as f64);
    let mut senders = Vec::new();
    for (patient, conv) in talks.clone() {
        senders.push(tokio::spawn(async move {
            let mut socket = Socket::open(&patient).await;
            let mut sent = BTreeMap::new();
            for number in 0..share * SECONDS {
                let due = begun + gap * u32::try_from(number).unwrap();
                tokio::time::sleep_until(due.into()).await;
                let client_id = ClientMessageId::new(Uuid::now_v7());
                sent.insert(client_id, Instant::now());
                let body = format!("message {number}");
                socket
                    .send(&ClientMsg::MsgSend {
                        conv,
                        client_id,
                        body,
                        document_id: None,
                    })
                    .await;
            }
            (socket, sent)
        }));
    }
    let wanted = talks.len() * (share * SECONDS) as usize;
    let mut arrived: BTreeMap<ClientMessageId, Instant> = BTreeMap::new();
    let mut doubled = 0;
    while arrived.len() < wanted && begun.elapsed() < Duration::from_secs(SECONDS * 4) {
        let Some(msg) = receiver.next(Duration::from_secs(5)).await else {
            break;
        };
        if let ServerMsg::MsgNew { message, .. } = msg
            && message.sender_id.is_some()
        {
            doubled += usize::from(arrived.insert(message.client_id, Instant::now()).is_some());
        }
    }
    let mut times = Vec::new();
    let mut lost = 0;
    for sender in senders {
        let (_socket, sent) = sender.await.unwrap();
        for (id, at) in sent {
            match arrived.get(&id) {
                Some(there) => times.push(there.duration_since(at)),
                None => lost += 1,
            }
        }
    }
    let (p50, p99) = (percentile(&mut times, 50), percentile(&mut times, 99));
    table.add(
        &format!("durable message, send → recipient, {name}, {per_second}/s"),
        "p99 ≤ 50 ms, 0 lost, 0 doubled",
        format!(
            "p50 {} ms, p99 {} ms, {lost} lost, {doubled} doubled",
            p50.as_millis(),
            p99.as_millis()
        ),
        p99 <= Duration::from_millis(50) && lost == 0 && doubled == 0,
    );
}

async fn sends(table: &mut Table, server: &Server, database: &pgbench::Database) {
    let (_, talks) = conversations(server).await;
    let rate = closed_loop(move |client| {
        let (patient, conv) = talks[client % talks.len()].clone();
        let message = SendMessage {
            client_id: ClientMessageId::new(Uuid::now_v7()),
            body: "a message of usual length, as people write it".to_owned(),
            document_id: None,
        };
        let request = patient.post(&routes::messages(conv)).json(&message);
        async move {
            let answer = request.send().await.unwrap();
            assert!(answer.status().is_success(), "{}", answer.status());
            answer.bytes().await.unwrap();
        }
    })
    .await
    .per_second;
    let alone = database.run(
        "INSERT INTO audit_events (chain_id, strand, seq, id, at, action, key_id, mac) VALUES (gen_random_uuid(), 0, (random() * 1e18)::bigint + 1, gen_random_uuid(), now(), 'message.sent', '00000000', decode(repeat('00', 32), 'hex'));",
    );
    let ratio = rate / alone * 100.0;
    table.add(
        "message send, PostgreSQL",
        "≥ 50 % of single-row INSERTs by pgbench",
        format!("{rate:.0}/s of {alone:.0}/s = {ratio:.0} %"),
        ratio >= 50.0,
    );
}
