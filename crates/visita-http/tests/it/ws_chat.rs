//! Chat over sockets: acknowledged means stored, and every member sees one order (REALTIME D).

use std::collections::BTreeMap;

use visita_domain::chat::{MAX_MESSAGE_CHARS, MessageKind};
use visita_wire::ErrorCode;
use visita_wire::chat::MessageView;
use visita_wire::ws::{ClientMsg, ServerMsg};

use crate::ws_client::{START, Socket, draw};
use crate::ws_stage::{Stage, staged_on_both};

staged_on_both!(
    messages_go_both_ways_in_one_order_and_a_repeat_is_the_same_message,
    what_was_sent_while_the_socket_was_away_comes_exactly_once,
    a_long_history_comes_in_pages_and_then_live,
    a_ping_brings_what_every_lost_hint_would_have_brought,
    only_members_follow_read_write_or_type,
);

/// Words of people, in order; the clinic's own notes are left out.
fn words(messages: &[MessageView]) -> Vec<&str> {
    messages
        .iter()
        .filter(|message| message.kind == MessageKind::Text)
        .map(|message| message.body.as_str())
        .collect()
}

fn nack(answer: &ServerMsg) -> (ErrorCode, Option<u64>) {
    match answer {
        ServerMsg::MsgNack { code, retry_ms, .. } => (*code, *retry_ms),
        _ => panic!("no nack"),
    }
}

async fn messages_go_both_ways_in_one_order_and_a_repeat_is_the_same_message(stage: Stage) {
    let conv = stage.conv;
    let mut doctor = stage.socket(&stage.doctor).await;
    let mut patient = stage.socket(&stage.patient).await;
    let before = doctor.follow(conv, START).await;
    patient.follow(conv, before.position()).await;

    let first = draw();
    let (seq, dup) = doctor.send(conv, first, "How are you?").await;
    assert_eq!((seq, dup), (before.last_seq + 1, false));
    assert_eq!(doctor.send(conv, first, "How are you?").await, (seq, true));
    assert_eq!(
        patient.send(conv, draw(), "Better, thanks.").await.0,
        seq + 1
    );
    assert_eq!(doctor.send(conv, draw(), "Good.").await.0, seq + 2);

    let expected = ["How are you?", "Better, thanks.", "Good."];
    for socket in [&mut doctor, &mut patient] {
        let mut heard = Vec::new();
        while heard.len() < expected.len() {
            heard.push(socket.message().await);
        }
        assert_eq!(words(&heard), expected);
        let seqs: Vec<i64> = heard.iter().map(|message| message.seq).collect();
        assert_eq!(seqs, [seq, seq + 1, seq + 2]);
        assert!(heard.iter().all(|message| message.conversation_id == conv));
    }
}

async fn what_was_sent_while_the_socket_was_away_comes_exactly_once(stage: Stage) {
    let conv = stage.conv;
    let mut doctor = stage.socket(&stage.doctor).await;
    let mut patient = stage.socket(&stage.patient).await;
    let page = patient.follow(conv, START).await;
    doctor.send(conv, draw(), "one").await;
    let one = patient.message().await;
    assert_eq!(one.body, "one");
    patient.cut();

    doctor.send(conv, draw(), "two").await;
    doctor.send(conv, draw(), "three").await;
    let mut held = page.position();
    held.last_seq = one.seq;
    let ticket = stage.ticket(&stage.patient).await;
    let convs = BTreeMap::from([(conv, held)]);
    let mut patient = Socket::resume(stage.addr(), ticket, draw(), convs).await;
    let caught_up = patient
        .until(|frame| match frame.msg {
            page @ ServerMsg::SyncPage { .. } => Some(crate::ws_client::Page::of(page)),
            _ => None,
        })
        .await;
    assert_eq!(words(&caught_up.items), ["two", "three"]);
    assert_eq!((caught_up.more, caught_up.epoch), (false, page.epoch));
    doctor.send(conv, draw(), "four").await;
    assert_eq!(
        patient.message().await.body,
        "four",
        "and nothing a second time"
    );
}

async fn a_long_history_comes_in_pages_and_then_live(stage: Stage) {
    let conv = stage.conv;
    for n in 0..230 {
        stage.store_message(&stage.doctor, &format!("m{n}")).await;
    }
    let mut patient = stage.socket(&stage.patient).await;
    let mut page = patient.follow(conv, START).await;
    let (epoch, mut all) = (page.epoch, Vec::new());
    loop {
        let after = page.position();
        all.append(&mut page.items);
        if !page.more {
            break;
        }
        page = crate::ws_client::Page::of(patient.ask(ClientMsg::SyncGet { conv, after }).await);
    }
    let expected: Vec<String> = (0..230).map(|n| format!("m{n}")).collect();
    assert_eq!(words(&all), expected);
    assert!(
        all.iter()
            .zip(1..)
            .all(|(message, place)| message.seq == place),
        "no holes"
    );
    stage.send_by_rest(&stage.doctor, "live").await;
    assert_eq!(patient.message().await.body, "live");
    let foreign = visita_wire::ws::Position {
        epoch: epoch + 1,
        last_seq: 5,
    };
    let again = patient.follow(conv, foreign).await;
    assert_eq!(
        (again.epoch, again.items[0].seq),
        (epoch, 1),
        "another epoch starts anew"
    );
}

async fn a_ping_brings_what_every_lost_hint_would_have_brought(stage: Stage) {
    let conv = stage.conv;
    let mut patient = stage.socket(&stage.patient).await;
    let page = patient.follow(conv, START).await;
    // Stored without a word to the hub, as by a node whose bus is down.
    stage.store_message(&stage.doctor, "unheard").await;
    let answer = patient.ask(ClientMsg::Ping {}).await;
    let ServerMsg::Pong {
        convs, lobby_rev, ..
    } = answer
    else {
        panic!("no pong");
    };
    assert_eq!(convs, BTreeMap::from([(conv, page.last_seq + 1)]));
    assert_eq!(lobby_rev, None);
    assert_eq!(patient.message().await.body, "unheard");
}

async fn only_members_follow_read_write_or_type(stage: Stage) {
    let conv = stage.conv;
    let mut doctor = stage.socket(&stage.doctor).await;
    doctor.follow(conv, START).await;
    for (who, code) in [
        (&stage.other_patient, ErrorCode::NotFound),
        (&stage.other_doctor, ErrorCode::NotFound),
        (&stage.staff, ErrorCode::Forbidden),
    ] {
        let mut socket = stage.socket(who).await;
        let refused = ServerMsg::Error { code };
        for ask in [
            ClientMsg::ConvSub { conv, after: START },
            ClientMsg::SyncGet { conv, after: START },
            ClientMsg::MsgRead { conv, seq: 1 },
        ] {
            assert!(socket.ask(ask).await == refused, "{}", code.as_str());
        }
        let not_following = socket.ask(ClientMsg::Typing { conv }).await;
        assert!(
            not_following
                == ServerMsg::Error {
                    code: ErrorCode::NotFound
                }
        );
        let send = ClientMsg::MsgSend {
            conv,
            client_id: draw(),
            body: "let me in".to_owned(),
            document_id: None,
        };
        assert_eq!(nack(&socket.ask(send).await), (code, None));
        // What members say afterwards does not reach the one who was refused.
        doctor.send(conv, draw(), "between us").await;
        let next = socket.ask(ClientMsg::Ping {}).await;
        assert!(matches!(next, ServerMsg::Pong { convs, .. } if convs.is_empty()));
    }
}

#[tokio::test]
async fn what_can_never_be_stored_is_refused_for_good() {
    let stage = Stage::sqlite().await;
    let conv = stage.conv;
    let mut doctor = stage.socket(&stage.doctor).await;
    for body in ["", " \n ", "a\0b", &"x".repeat(MAX_MESSAGE_CHARS + 1)] {
        let send = ClientMsg::MsgSend {
            conv,
            client_id: draw(),
            body: body.to_owned(),
            document_id: None,
        };
        assert_eq!(
            nack(&doctor.ask(send).await),
            (ErrorCode::ValidationFailed, None)
        );
    }
    let client_id = draw();
    doctor.send(conv, client_id, "first").await;
    let other = ClientMsg::MsgSend {
        conv,
        client_id,
        body: "second".to_owned(),
        document_id: None,
    };
    assert_eq!(
        nack(&doctor.ask(other).await),
        (ErrorCode::ClientIdReused, None)
    );
}

#[tokio::test]
async fn reading_and_typing_reach_the_other_member() {
    let stage = Stage::sqlite().await;
    let conv = stage.conv;
    let mut doctor = stage.socket(&stage.doctor).await;
    let mut patient = stage.socket(&stage.patient).await;
    doctor.follow(conv, START).await;
    patient.follow(conv, START).await;
    let (seq, _) = doctor.send(conv, draw(), "hello").await;
    doctor.say(ClientMsg::Typing { conv }).await;
    let typist = patient
        .until(|frame| match frame.msg {
            ServerMsg::Typing { user_id, .. } => Some(user_id),
            _ => None,
        })
        .await;
    assert_eq!(typist, stage.doctor.id);
    patient.say(ClientMsg::MsgRead { conv, seq }).await;
    let read = doctor
        .until(|frame| match frame.msg {
            ServerMsg::Typing { .. } => panic!("one's own typing comes back"),
            ServerMsg::MsgRead { user_id, seq, .. } => Some((user_id, seq)),
            _ => None,
        })
        .await;
    assert_eq!(read, (stage.patient.id, seq));
}

#[tokio::test]
async fn a_message_by_rest_reaches_followers_and_everybodys_inbox() {
    let stage = Stage::sqlite().await;
    let mut follower = stage.socket(&stage.doctor).await;
    let page = follower.follow(stage.conv, START).await;
    let mut elsewhere = stage.socket(&stage.doctor).await;
    stage.send_by_rest(&stage.patient, "by REST").await;
    assert_eq!(follower.message().await.body, "by REST");
    let changed = elsewhere
        .until(|frame| match frame.msg {
            ServerMsg::MsgNew { .. } => panic!("sent to a socket that does not follow"),
            ServerMsg::ConvChanged { conv, last_seq } => Some((conv, last_seq)),
            _ => None,
        })
        .await;
    assert_eq!(changed, (stage.conv, page.last_seq + 1));
}
