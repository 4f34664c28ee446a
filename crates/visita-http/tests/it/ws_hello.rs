//! Who gets a socket: our own pages, with a ticket that is good once (SECURITY R21).

use std::time::Duration;

use tokio_tungstenite::tungstenite::Message;
use visita_domain::TabId;
use visita_hub::Limits;
use visita_testkit::TestDb;
use visita_wire::ws::{ClientMsg, PROTOCOL_VERSION, SUBPROTOCOL, ServerMsg, close};

use crate::harness::{Setup, TestApp, on_both};
use crate::ws_client::{Socket, draw};
use crate::ws_stage::{Stage, staged_on_both};

staged_on_both!(
    r21_nothing_is_sent_before_a_good_hello,
    r21_a_ticket_is_good_once_and_only_while_its_session_lasts,
);

on_both!(db;
    r21_a_stranger_that_stays_silent_is_closed,
    r21_strangers_are_bounded,
);

fn hello(ticket: &str, proto: u16) -> ClientMsg {
    ClientMsg::Hello {
        ticket: ticket.to_owned(),
        tab_id: draw::<TabId>(),
        proto,
        convs: std::collections::BTreeMap::new(),
    }
}

#[tokio::test]
async fn r21_only_our_own_pages_and_protocol_are_upgraded() {
    let stage = Stage::sqlite().await;
    let addr = stage.addr();
    let ours = format!("http://{addr}");
    for origin in [
        None,
        Some("null"),
        Some("http://evil.test"),
        Some(format!("{ours}.evil.test").as_str()),
        Some(format!("https://{addr}").as_str()),
    ] {
        let refused = Socket::upgrade(addr, origin, Some(SUBPROTOCOL)).await.err();
        assert_eq!(refused, Some(403), "{origin:?}");
    }
    for protocol in [None, Some("visita.v2"), Some("chat, superchat")] {
        let refused = Socket::upgrade(addr, Some(&ours), protocol).await.err();
        assert_eq!(refused, Some(400), "{protocol:?}");
    }
    let several = Socket::upgrade(addr, Some(&ours), Some("visita.v2, visita.v1")).await;
    assert!(several.is_ok());
}

async fn r21_a_ticket_is_good_once_and_only_while_its_session_lasts(stage: Stage) {
    let ticket = stage.ticket(&stage.patient).await;
    let _socket = Socket::enter(stage.addr(), ticket.clone(), draw()).await;
    let mut replay = Socket::open(stage.addr()).await;
    replay.say(hello(&ticket, PROTOCOL_VERSION)).await;
    assert_eq!(replay.closed_in_silence().await, Some(close::AUTH));

    let ticket = stage.ticket(&stage.patient).await;
    stage.end_session(&stage.patient).await;
    let mut ended = Socket::open(stage.addr()).await;
    ended.say(hello(&ticket, PROTOCOL_VERSION)).await;
    assert_eq!(ended.closed_in_silence().await, Some(close::AUTH));
}

async fn r21_nothing_is_sent_before_a_good_hello(stage: Stage) {
    for (first, code) in [
        (hello("", PROTOCOL_VERSION), close::AUTH),
        (hello("no such ticket", PROTOCOL_VERSION), close::AUTH),
        (ClientMsg::Ping {}, close::AUTH),
        (ClientMsg::LobbySub {}, close::AUTH),
    ] {
        let mut socket = Socket::open(stage.addr()).await;
        socket.say(first).await;
        assert_eq!(socket.closed_in_silence().await, Some(code));
    }
    let ticket = stage.ticket(&stage.patient).await;
    let mut newer = Socket::open(stage.addr()).await;
    newer.say(hello(&ticket, PROTOCOL_VERSION + 1)).await;
    assert_eq!(newer.closed_in_silence().await, Some(close::PROTOCOL));
    for text in [
        "",
        "{}",
        "hello",
        r#"{"t":"hello"}"#,
        r#"{"t":"admin","d":{}}"#,
    ] {
        let mut socket = Socket::open(stage.addr()).await;
        socket.text(text.to_owned()).await;
        assert_eq!(
            socket.closed_in_silence().await,
            Some(close::PROTOCOL),
            "{text}"
        );
    }
}

async fn r21_a_stranger_that_stays_silent_is_closed(db: TestDb) {
    let limits = Limits {
        hello: Duration::from_millis(50),
        ..Limits::default()
    };
    let stage = Stage::limited(db, limits).await;
    let mut socket = Socket::open(stage.addr()).await;
    assert_eq!(socket.closed_in_silence().await, Some(close::AUTH));
}

async fn r21_strangers_are_bounded(db: TestDb) {
    let limits = Limits {
        strangers_per_address: 2,
        ..Limits::default()
    };
    let stage = Stage::limited(db, limits).await;
    let ours = format!("http://{}", stage.addr());
    let first = Socket::open(stage.addr()).await;
    let mut second = Socket::open(stage.addr()).await;
    let third = Socket::upgrade(stage.addr(), Some(&ours), Some(SUBPROTOCOL)).await;
    assert_eq!(third.err(), Some(503));
    // Whoever says who it is makes room.
    let ticket = stage.ticket(&stage.patient).await;
    second.say(hello(&ticket, PROTOCOL_VERSION)).await;
    assert!(matches!(
        second.frame().await.msg,
        ServerMsg::Welcome { .. }
    ));
    assert!(
        Socket::upgrade(stage.addr(), Some(&ours), Some(SUBPROTOCOL))
            .await
            .is_ok()
    );
    drop(first);
}

#[tokio::test]
async fn r19_strangers_are_told_apart_only_by_what_a_named_proxy_says() {
    let one_each = |trusted_proxies| Setup {
        sockets: Limits {
            strangers_per_address: 1,
            ..Limits::default()
        },
        trusted_proxies,
        ..Setup::default()
    };
    let behind = TestApp::with(TestDb::sqlite(), one_each(vec!["127.0.0.0/8"])).await;
    let _ana = Socket::upgrade_forwarded(behind.addr, "198.51.100.1").await;
    let ben = Socket::upgrade_forwarded(behind.addr, "198.51.100.2").await;
    assert!(ben.is_ok(), "another visitor has room of its own");
    let more = Socket::upgrade_forwarded(behind.addr, "203.0.113.7, 198.51.100.1").await;
    assert_eq!(
        more.err(),
        Some(503),
        "what a visitor writes itself is no address"
    );

    let open = TestApp::with(TestDb::sqlite(), one_each(Vec::new())).await;
    let _first = Socket::upgrade_forwarded(open.addr, "198.51.100.1").await;
    let spoofed = Socket::upgrade_forwarded(open.addr, "198.51.100.2").await;
    assert_eq!(
        spoofed.err(),
        Some(503),
        "nobody was named, so nobody is believed"
    );
}

#[tokio::test]
async fn what_the_protocol_does_not_know_ends_the_socket() {
    let stage = Stage::sqlite().await;
    for text in [
        r#"{"t":"msg.delete","d":{}}"#,
        "[]",
        r#"{"t":"ping","d":{"x":"#,
    ] {
        let mut socket = stage.socket(&stage.patient).await;
        socket.text(text.to_owned()).await;
        assert_eq!(socket.closed().await, Some(close::PROTOCOL), "{text}");
    }
    let mut socket = stage.socket(&stage.patient).await;
    socket.message_of(Message::binary(vec![1, 2, 3])).await;
    assert_eq!(socket.closed().await, Some(close::PROTOCOL), "binary");

    let mut socket = stage.socket(&stage.patient).await;
    let ticket = stage.ticket(&stage.patient).await;
    socket.say(hello(&ticket, PROTOCOL_VERSION)).await;
    assert_eq!(
        socket.closed().await,
        Some(close::PROTOCOL),
        "a second hello"
    );
}

#[tokio::test]
async fn the_same_tab_replaces_its_socket() {
    let stage = Stage::sqlite().await;
    let tab = draw();
    let ticket = stage.ticket(&stage.patient).await;
    let mut old = Socket::enter(stage.addr(), ticket, tab).await;
    let ticket = stage.ticket(&stage.patient).await;
    let mut new = Socket::enter(stage.addr(), ticket, tab).await;
    assert_eq!(old.closed().await, Some(close::REPLACED));
    assert!(matches!(
        new.ask(ClientMsg::Ping {}).await,
        ServerMsg::Pong { .. }
    ));
}
