//! How sockets end: revoked sessions, abuse, silence, and a server that stops.

use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use visita_hub::Limits;
use visita_testkit::TestDb;
use visita_wire::routes;
use visita_wire::ws::{ClientMsg, MAX_FRAME_BYTES, ServerMsg, close};

use crate::harness::on_both;
use crate::ws_client::{PATIENCE, START, Socket, draw};
use crate::ws_stage::{Stage, staged_on_both};

staged_on_both!(
    r41_a_socket_that_pings_does_not_keep_a_session_alive,
    r40_ending_a_session_closes_its_socket_within_a_second,
    r40_disabling_a_user_closes_all_sockets_within_a_second,
    r40_a_new_password_for_a_forgotten_one_closes_all_sockets_within_a_second,
    r40_a_session_that_ended_unheard_acts_on_the_next_frame,
    a_restart_in_the_middle_of_a_conversation_loses_nothing,
);

on_both!(db;
    r40_a_session_that_ended_unheard_is_found_by_the_sweep,
);

async fn r40_ending_a_session_closes_its_socket_within_a_second(stage: Stage) {
    let mut own = stage.socket(&stage.patient).await;
    let mut doctor = stage.socket(&stage.doctor).await;
    let logout = stage.patient.by_cookie(routes::LOGOUT).send().await;
    logout.expect(StatusCode::NO_CONTENT);
    let start = Instant::now();
    assert_eq!(own.closed().await, Some(close::AUTH));
    assert!(
        start.elapsed() < Duration::from_secs(1),
        "{:?}",
        start.elapsed()
    );
    let answer = doctor.ask(ClientMsg::Ping {}).await;
    assert!(matches!(answer, ServerMsg::Pong { .. }), "others stay");
}

async fn r40_disabling_a_user_closes_all_sockets_within_a_second(stage: Stage) {
    let mut one = stage.socket(&stage.patient).await;
    let mut two = stage.socket(&stage.patient).await;
    let admin = stage.admin("ada").await;
    let path = routes::user(stage.patient.id);
    let disable = admin.patch(&path, &json!({ "state": "disabled" })).await;
    disable.expect(StatusCode::OK);
    let start = Instant::now();
    assert_eq!(one.closed().await, Some(close::AUTH));
    assert_eq!(two.closed().await, Some(close::AUTH));
    assert!(
        start.elapsed() < Duration::from_secs(1),
        "{:?}",
        start.elapsed()
    );
}

async fn r41_a_socket_that_pings_does_not_keep_a_session_alive(stage: Stage) {
    const IDLE_MINUTES: i64 = 15;
    let mut doctor = stage.socket(&stage.doctor).await;
    let mut patient = stage.socket(&stage.patient).await;
    for minute in 1..IDLE_MINUTES {
        stage.clock.advance_secs(60);
        for socket in [&mut doctor, &mut patient] {
            let answer = socket.ask(ClientMsg::Ping {}).await;
            assert!(matches!(answer, ServerMsg::Pong { .. }), "minute {minute}");
        }
    }
    stage.clock.advance_secs(60);
    doctor.say(ClientMsg::Ping {}).await;
    assert_eq!(doctor.closed().await, Some(close::AUTH));
    // A patient may be away for an hour.
    let answer = patient.ask(ClientMsg::Ping {}).await;
    assert!(matches!(answer, ServerMsg::Pong { .. }));
}

async fn r40_a_new_password_for_a_forgotten_one_closes_all_sockets_within_a_second(stage: Stage) {
    let mut one = stage.socket(&stage.patient).await;
    let mut two = stage.socket(&stage.patient).await;
    let address = &stage.patient.email;
    let ask = json!({ "email": address });
    let asked = stage.anonymous().post(routes::FORGOT_PASSWORD, &ask).await;
    asked.expect(StatusCode::ACCEPTED);
    let token = stage.mailbox.next_link_to(address).await.token();
    let reset = json!({ "token": token, "password": "a-long-and-quiet-morning" });
    let done = stage.anonymous().post(routes::RESET_PASSWORD, &reset).await;
    done.expect(StatusCode::NO_CONTENT);
    let start = Instant::now();
    assert_eq!(one.closed().await, Some(close::AUTH));
    assert_eq!(two.closed().await, Some(close::AUTH));
    assert!(
        start.elapsed() < Duration::from_secs(1),
        "{:?}",
        start.elapsed()
    );
}

async fn r40_a_session_that_ended_unheard_acts_on_the_next_frame(stage: Stage) {
    // On another node whose bus is down: only the database knows.
    for ask in [
        ClientMsg::Ping {},
        ClientMsg::ConvSub {
            conv: stage.conv,
            after: START,
        },
        ClientMsg::VisitSub {
            appointment: stage.visit,
        },
        ClientMsg::CallJoin {
            appointment: stage.visit,
            resume: None,
        },
    ] {
        let patient = stage.sign_in_again(&stage.patient).await;
        let mut socket = stage.socket(&patient).await;
        stage.end_session(&patient).await;
        socket.say(ask).await;
        assert_eq!(socket.closed_in_silence().await, Some(close::AUTH));
    }
}

async fn r40_a_session_that_ended_unheard_is_found_by_the_sweep(db: TestDb) {
    let limits = Limits {
        recheck: Duration::from_millis(50),
        ..Limits::default()
    };
    let stage = Stage::limited(db, limits).await;
    let mut socket = stage.socket(&stage.patient).await;
    stage.end_session(&stage.patient).await;
    assert_eq!(socket.closed_in_silence().await, Some(close::AUTH));
}

/// Upgrades by hand, sends bytes and gives what comes until the connection ends.
async fn answer_to_bytes(stage: &Stage, bytes: &[u8]) -> Vec<u8> {
    let host = stage.addr();
    let mut tcp = TcpStream::connect(host).await.unwrap();
    let request = format!(
        "GET {} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nConnection: Upgrade\r\n\
         Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: visita.v1\r\n\
         Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\r\n\r\n",
        routes::WS
    );
    tcp.write_all(request.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(tcp.read_u8().await.unwrap());
    }
    assert!(head.starts_with(b"HTTP/1.1 101"));
    tcp.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    let ended = tokio::time::timeout(PATIENCE, tcp.read_to_end(&mut answer)).await;
    ended.expect("the connection ends").unwrap();
    answer
}

#[tokio::test]
async fn frames_are_refused_by_their_header_before_any_payload_comes() {
    let stage = Stage::sqlite().await;
    let [hi, lo] = close::PROTOCOL.to_be_bytes();
    for (what, header) in [
        ("1 TiB", &[0x82, 0xFF, 0, 0, 1, 0, 0, 0, 0, 0][..]),
        ("64 KiB and a byte", &[0x81, 0xFF, 0, 0, 0, 0, 0, 1, 0, 1]),
        ("without a mask", &[0x81, 0x05]),
        ("reserved bits", &[0xC1]),
    ] {
        let answer = answer_to_bytes(&stage, header).await;
        assert_eq!(answer, [0x88, 2, hi, lo], "{what}");
    }
}

#[tokio::test]
async fn the_longest_frame_is_taken_and_longer_messages_in_fragments_are_not() {
    let stage = Stage::sqlite().await;
    let mut socket = stage.socket(&stage.doctor).await;
    let ping = r#"{"t":"ping","d":{}}"#;
    socket
        .text(ping.to_owned() + &" ".repeat(MAX_FRAME_BYTES - ping.len()))
        .await;
    assert!(matches!(socket.frame().await.msg, ServerMsg::Pong { .. }));
    let fragment = |opcode, bytes| {
        let frame = Frame::message(vec![b' '; bytes], OpCode::Data(opcode), false);
        Message::Frame(frame)
    };
    socket
        .message_of(fragment(Data::Text, MAX_FRAME_BYTES))
        .await;
    let mut end = Frame::message(vec![b' '; 1], OpCode::Data(Data::Continue), true);
    end.header_mut().is_final = true;
    socket.message_of(Message::Frame(end)).await;
    assert_eq!(socket.closed().await, Some(close::PROTOCOL));
}

#[tokio::test]
async fn a_flood_is_closed_and_a_burst_is_not() {
    let stage = Stage::sqlite().await;
    let mut socket = stage.socket(&stage.doctor).await;
    let harmless = Message::text(r#"{"t":"lobby.unsub","d":{}}"#);
    socket.messages_of(vec![harmless.clone(); 80]).await;
    assert!(matches!(
        socket.ask(ClientMsg::Ping {}).await,
        ServerMsg::Pong { .. }
    ));
    socket.messages_of(vec![harmless; 300]).await;
    assert_eq!(socket.closed().await, Some(close::RATE));
}

#[tokio::test]
async fn a_client_that_does_not_read_is_closed_as_slow() {
    let limits = Limits {
        send: Duration::from_secs(1),
        burst: 10_000,
        per_second: 10_000,
        ..Limits::default()
    };
    let stage = Stage::limited(TestDb::sqlite(), limits).await;
    let body = "x".repeat(4000);
    for _ in 0..100 {
        stage.store_message(&stage.doctor, &body).await;
    }
    let mut socket = stage.socket(&stage.patient).await;
    // 400 kB of answer to each: more than all buffers between the two.
    for _ in 0..150 {
        socket
            .say(ClientMsg::SyncGet {
                conv: stage.conv,
                after: START,
            })
            .await;
    }
    tokio::time::timeout(PATIENCE, stage.state.hub.drained())
        .await
        .expect("the server gives the socket up");
    assert_eq!(socket.closed().await, Some(close::SLOW));
}

#[tokio::test]
async fn a_silent_client_is_given_up_and_one_that_answers_pings_is_not() {
    let limits = Limits {
        ping: Duration::from_millis(50),
        dead: Duration::from_secs(2),
        ..Limits::default()
    };
    let stage = Stage::limited(TestDb::sqlite(), limits).await;
    let silent = stage.socket(&stage.patient).await;
    let mut alive = stage.socket(&stage.doctor).await;
    // Waiting for a frame reads, and so answers the server's pings.
    let bytes = tokio::select! {
        bytes = silent.bytes() => bytes,
        frame = alive.incoming() => panic!("unexpected {frame:?}"),
    };
    let [hi, lo] = close::TIMEOUT.to_be_bytes();
    assert!(bytes.ends_with(&[0x88, 2, hi, lo]));
    let answer = alive.ask(ClientMsg::Ping {}).await;
    assert!(matches!(answer, ServerMsg::Pong { .. }));
}

async fn a_restart_in_the_middle_of_a_conversation_loses_nothing(mut stage: Stage) {
    let conv = stage.conv;
    let mut doctor = stage.socket(&stage.doctor).await;
    let mut patient = stage.socket(&stage.patient).await;
    let page = patient.follow(conv, START).await;
    doctor.send(conv, draw(), "before").await;
    let before = patient.message().await;
    assert_eq!(before.body, "before");
    // Sent, and the server goes before the acknowledgement is read.
    let unsure = draw();
    let send = ClientMsg::MsgSend {
        conv,
        client_id: unsure,
        body: "during".to_owned(),
        document_id: None,
    };
    doctor.say(send).await;
    stage.restart().await;

    let drained = patient
        .until(|frame| match frame.msg {
            ServerMsg::Drain { .. } => Some(()),
            _ => None,
        })
        .await;
    assert_eq!((drained, patient.closed().await), ((), Some(close::DRAIN)));
    let mut held = page.position();
    held.last_seq = before.seq;
    let mut patient = stage.socket(&stage.patient).await;
    let mut doctor = stage.socket(&stage.doctor).await;
    let caught_up = patient.follow(conv, held).await;
    let (seq, _) = doctor.send(conv, unsure, "during").await;
    assert_eq!(seq, before.seq + 1, "stored once, whichever try it was");
    doctor.send(conv, draw(), "after").await;
    let mut heard = caught_up.items;
    while heard.len() < 2 {
        heard.push(patient.message().await);
    }
    let bodies: Vec<&str> = heard.iter().map(|message| message.body.as_str()).collect();
    assert_eq!(bodies, ["during", "after"]);
}

#[tokio::test]
async fn sockets_of_one_user_are_bounded_and_the_oldest_makes_room() {
    let limits = Limits {
        sockets_per_user: 2,
        ..Limits::default()
    };
    let stage = Stage::limited(TestDb::sqlite(), limits).await;
    let mut first = stage.socket(&stage.patient).await;
    let mut second = stage.socket(&stage.patient).await;
    let _third: Socket = stage.socket(&stage.patient).await;
    assert_eq!(first.closed().await, Some(close::REPLACED));
    assert!(matches!(
        second.ask(ClientMsg::Ping {}).await,
        ServerMsg::Pong { .. }
    ));
}
