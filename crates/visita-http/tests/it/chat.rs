//! Conversations over REST.

use reqwest::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;
use visita_domain::chat::MessageKind;
use visita_wire::chat::{ConversationView, MarkRead, MessageView, MessagesView};
use visita_wire::{Page, routes};

use crate::harness::{Person, TestApp, on_both};

on_both!(a_message_is_stored_once_and_in_order);

fn message(number: u128, body: &str) -> Value {
    json!({ "client_id": Uuid::from_u128(number), "body": body })
}

async fn a_message_is_stored_once_and_in_order(app: TestApp) {
    let (doctor, ana) = (app.doctor("dora").await, app.patient("ana").await);
    let conversation = ana.book(&doctor, 60).await.conversation_id.unwrap();
    let path = routes::messages(conversation);
    let first: MessageView = ana
        .post(&path, &message(1, "Hello"))
        .await
        .expect(StatusCode::CREATED)
        .json();
    let again: MessageView = ana
        .post(&path, &message(1, "Hello"))
        .await
        .expect(StatusCode::OK)
        .json();
    assert_eq!(first, again);
    ana.post(&path, &message(1, "Other words"))
        .await
        .problem(409, "client_id_reused");
    // Another member may use the same number for a message of its own.
    let reply: MessageView = doctor
        .post(&path, &message(1, "Good morning"))
        .await
        .expect(StatusCode::CREATED)
        .json();
    assert_eq!(reply.seq, first.seq + 1);
    let all: MessagesView = doctor.get(&path).await.expect(StatusCode::OK).json();
    let seqs: Vec<i64> = all.items.iter().map(|one| one.seq).collect();
    assert_eq!(seqs, [1, 2, 3]);
    assert_eq!(all.items[0].kind, MessageKind::System);
    assert_eq!((all.last_seq, all.more), (3, false));
    let after: MessagesView = ana.get(&format!("{path}?after_seq=1&limit=1")).await.json();
    assert_eq!((after.items[0].seq, after.more), (2, true));
    let before: MessagesView = ana
        .get(&format!("{path}?before_seq=3&limit=1"))
        .await
        .json();
    assert_eq!((before.items[0].seq, before.more), (2, true));
}

#[tokio::test]
async fn reading_moves_forward_only() {
    let app = TestApp::new().await;
    let (doctor, ana) = (app.doctor("dora").await, app.patient("ana").await);
    let conversation = ana.book(&doctor, 60).await.conversation_id.unwrap();
    for number in 1..=3 {
        let body = message(number, "Hello");
        doctor
            .post(&routes::messages(conversation), &body)
            .await
            .expect(StatusCode::CREATED);
    }
    let list = async |person: &Person| -> ConversationView {
        let page: Page<ConversationView> = person.get(routes::CONVERSATIONS).await.json();
        page.items.into_iter().next().unwrap()
    };
    let seen = list(&ana).await;
    assert_eq!((seen.last_seq, seen.other_id), (4, doctor.id));
    let read = async |seq: i64| -> i64 {
        let path = routes::read(conversation);
        let answer = ana
            .post(&path, &json!({ "seq": seq }))
            .await
            .expect(StatusCode::OK);
        answer.json::<MarkRead>().seq
    };
    assert_eq!(read(3).await, 3);
    assert_eq!(read(1).await, 3);
    assert_eq!(read(1_000_000).await, 4);
    assert_eq!(list(&ana).await.read_seq, 4);
    ana.post(&routes::read(conversation), &json!({ "seq": -1 }))
        .await
        .problem(422, "validation_failed");
}

#[tokio::test]
async fn bodies_are_bounded_and_never_echoed() {
    let app = TestApp::new().await;
    let (doctor, ana) = (app.doctor("dora").await, app.patient("ana").await);
    let conversation = ana.book(&doctor, 60).await.conversation_id.unwrap();
    let path = routes::messages(conversation);
    let canary = "canary-of-health-data";
    for body in [
        message(1, " \n "),
        message(1, &canary.repeat(200)),
        message(1, &format!("{canary}\0")),
        json!({ "client_id": canary, "body": "x" }),
        json!({ "client_id": Uuid::from_u128(1), "body": "x", "sender_id": canary }),
        json!({ "client_id": Uuid::from_u128(1), "body": [canary] }),
    ] {
        let answer = ana
            .post(&path, &body)
            .await
            .problem(422, "validation_failed");
        assert!(!format!("{answer:?}").contains("canary"), "{answer:?}");
    }
    let both = format!("{path}?after_seq=1&before_seq=2");
    ana.get(&both).await.problem(422, "validation_failed");
}
