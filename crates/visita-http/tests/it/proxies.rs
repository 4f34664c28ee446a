//! The server behind nginx and HAProxy, as `deploy` sets them up (SECURITY R18-R20, R59, R60).
#![cfg(target_os = "linux")]

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::sync::Mutex;

use actix_web::{HttpResponse, web};
use futures_util::{SinkExt, StreamExt};
use reqwest::StatusCode;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use visita_domain::TabId;
use visita_http::matrix::{ACTORS, rows};
use visita_hub::Limits;
use visita_testkit::TestDb;
use visita_wire::calls::SocketTicket;
use visita_wire::routes;
use visita_wire::ws::{ClientMsg, Frame, PROTOCOL_VERSION, SUBPROTOCOL, ServerMsg};

use crate::edge::{SCRIPT, with_spa};
use crate::harness::{Person, Setup, TestApp};
use crate::matrix::World;
use crate::proxy::{Kind, Proxy};
use crate::raw::{BROKEN_CHUNKS, CHUNKED, TWO_READINGS};
use crate::ws_client::draw;

/// As in production: people come by TLS, which the proxy ends.
fn behind() -> Setup {
    Setup {
        tls: true,
        trusted_proxies: vec!["127.0.0.1/32"],
        ..Setup::default()
    }
}

/// Which numbered requests the server has seen.
static SEEN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Remembers the number, and says it.
async fn numbered(number: web::Path<String>) -> HttpResponse {
    SEEN.lock().unwrap().insert(number.clone());
    HttpResponse::Ok().body(format!("<{number}>"))
}

fn was_seen(number: &str) -> bool {
    SEEN.lock().unwrap().contains(number)
}

/// The last request of its connection.
fn last(number: &str) -> String {
    format!("GET /numbered/{number} HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n")
}

fn statuses(answer: &str) -> Vec<&str> {
    let heads = answer.split("HTTP/1.1 ").skip(1);
    heads.filter_map(|head| head.get(..3)).collect()
}

async fn nothing_hides_behind(kind: Kind) {
    let setup = Setup {
        extra: |config| {
            config.route("/numbered/{number}", web::get().to(numbered));
        },
        ..behind()
    };
    let app = TestApp::with(TestDb::sqlite(), setup).await;
    let proxy = Proxy::start(kind, app.addr);
    let open = format!("{kind:?}-open");
    let answer = proxy.ask(&last(&open)).await;
    assert!(was_seen(&open) && answer.contains(&format!("<{open}>")));
    let chunked = BROKEN_CHUNKS.map(|chunks| (chunks, format!("{CHUNKED}{chunks}")));
    let others = TWO_READINGS.map(|(what, request)| (what, request.to_owned()));
    for (n, (what, request)) in others.into_iter().chain(chunked).enumerate() {
        let (hidden, clean) = (
            format!("{kind:?}-{n}-hidden"),
            format!("{kind:?}-{n}-clean"),
        );
        let answer = proxy.ask(&format!("{request}{}", last(&hidden))).await;
        let statuses = statuses(&answer);
        if was_seen(&hidden) {
            // The proxy has read one request, unlike us, and passed on one; what follows is
            // a request of its own, with an answer of its own. Where a body ends is never
            // mended so.
            assert!(
                ["a folded header", "a null in a value"].contains(&what) && kind == Kind::Haproxy,
                "{kind:?} {what}: {answer}"
            );
            assert_eq!(statuses.len(), 2, "{kind:?} {what}: {answer}");
            assert!(answer.ends_with(&format!("<{hidden}>")), "{what}: {answer}");
        } else {
            assert!(
                matches!(statuses[..], [one] if !one.starts_with('2')),
                "{kind:?} {what}: {answer}"
            );
        }
        // Nothing is left on the proxy's connections that the next visitor would get.
        let answer = proxy.ask(&last(&clean)).await;
        assert!(answer.ends_with(&format!("<{clean}>")), "{what}: {answer}");
    }
}

#[tokio::test]
async fn r20_no_request_hides_behind_another_at_nginx() {
    nothing_hides_behind(Kind::Nginx).await;
}

#[tokio::test]
async fn r20_no_request_hides_behind_another_at_haproxy() {
    nothing_hides_behind(Kind::Haproxy).await;
}

type ProxySocket = WebSocketStream<tokio_rustls::client::TlsStream<tokio::net::TcpStream>>;

/// Upgrades as our own page does, from that address of this machine.
async fn upgrade(
    app: &TestApp,
    proxy: &Proxy,
    source: Ipv4Addr,
    claims: Option<&str>,
) -> Result<ProxySocket, u16> {
    let mut request = format!("ws://{}{}", app.addr, routes::WS)
        .into_client_request()
        .unwrap();
    let headers = request.headers_mut();
    let origin = format!("https://{}", app.addr);
    headers.insert("origin", origin.parse().unwrap());
    headers.insert("sec-websocket-protocol", SUBPROTOCOL.parse().unwrap());
    if let Some(claims) = claims {
        headers.insert("x-forwarded-for", claims.parse().unwrap());
        headers.insert("x-forwarded-proto", "https".parse().unwrap());
    }
    let stream = proxy.connect_from(source).await;
    match tokio_tungstenite::client_async(request, stream).await {
        Ok((socket, _)) => Ok(socket),
        Err(Error::Http(response)) => Err(response.status().as_u16()),
        Err(other) => panic!("no upgrade: {other}"),
    }
}

async fn next(socket: &mut ProxySocket) -> ServerMsg {
    loop {
        if let Message::Text(text) = socket.next().await.unwrap().unwrap() {
            return serde_json::from_str::<Frame<ServerMsg>>(&text).unwrap().msg;
        }
    }
}

#[tokio::test]
async fn a_socket_opens_and_serves_behind_each_proxy() {
    let app = TestApp::with(TestDb::sqlite(), behind()).await;
    for (kind, name) in Kind::BOTH.into_iter().zip(["ana", "ben"]) {
        let ana = app.patient(name).await;
        let proxy = Proxy::start(kind, app.addr);
        let mut socket = upgrade(&app, &proxy, Ipv4Addr::LOCALHOST, None)
            .await
            .unwrap();
        let ticket = ana.act(routes::WS_TICKETS).await;
        let hello = Frame {
            id: Some(1),
            re: None,
            msg: ClientMsg::Hello {
                ticket: ticket.json::<SocketTicket>().ticket,
                tab_id: draw::<TabId>(),
                proto: PROTOCOL_VERSION,
                convs: BTreeMap::new(),
            },
        };
        let hello = serde_json::to_string(&hello).unwrap();
        socket.send(Message::text(hello)).await.unwrap();
        let welcome = next(&mut socket).await;
        assert!(matches!(welcome, ServerMsg::Welcome { .. }), "{welcome:?}");
        // And from the server on its own: the end of the session.
        let mut another = Person {
            token: None,
            ..ana.clone()
        };
        another.sign_in().await;
        let ended = another.delete(routes::SESSIONS).await;
        ended.expect(StatusCode::NO_CONTENT);
        let close = socket.next().await.unwrap().unwrap();
        assert!(matches!(close, Message::Close(_)), "{close:?}");
    }
}

#[tokio::test]
async fn r19_visitors_are_told_apart_by_what_each_proxy_writes_and_not_by_what_they_write() {
    for kind in Kind::BOTH {
        let setup = Setup {
            sockets: Limits {
                strangers_per_address: 1,
                ..Limits::default()
            },
            ..behind()
        };
        let app = TestApp::with(TestDb::sqlite(), setup).await;
        let proxy = Proxy::start(kind, app.addr);
        let (one, other) = (Ipv4Addr::new(127, 0, 0, 2), Ipv4Addr::new(127, 0, 0, 3));
        let _first = upgrade(&app, &proxy, one, None).await.unwrap();
        let _second = upgrade(&app, &proxy, other, None).await.unwrap();
        for claims in ["198.51.100.7", "127.0.0.1", "198.51.100.7, 127.0.0.1"] {
            let third = upgrade(&app, &proxy, other, Some(claims)).await;
            assert_eq!(third.err(), Some(503), "{kind:?} {claims}");
        }
    }
}

#[tokio::test]
async fn r18_each_proxy_refuses_the_api_in_plain_text_and_sends_pages_to_tls() {
    let app = TestApp::with(TestDb::sqlite(), behind()).await;
    for kind in Kind::BOTH {
        let proxy = Proxy::start(kind, app.addr);
        let get =
            |path: &str| format!("GET {path} HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n");
        let api = proxy.ask_plainly(&get(routes::ME)).await.to_lowercase();
        assert!(api.starts_with("http/1.1 400 "), "{kind:?}: {api}");
        assert!(!api.contains("location:"), "{kind:?}: {api}");
        let page = proxy.ask_plainly(&get("/login")).await.to_lowercase();
        assert!(page.starts_with("http/1.1 308 "), "{kind:?}: {page}");
        assert!(
            page.contains("location: https://clinic.example/login\r\n"),
            "{page}"
        );
        let open = proxy.get(routes::CONFIG, None).await;
        assert!(open.starts_with("HTTP/1.1 200 "), "{kind:?}: {open}");
    }
}

#[tokio::test]
async fn r59_no_proxy_writes_the_token_of_a_feed_down() {
    let app = TestApp::with(TestDb::sqlite(), behind()).await;
    for kind in Kind::BOTH {
        let proxy = Proxy::start(kind, app.addr);
        let feed = proxy.get("/calendar/canary.ics", None).await;
        assert!(feed.starts_with("HTTP/1.1 404 "), "{kind:?}: {feed}");
        proxy.get(routes::CONFIG, None).await;
        let log = proxy.stop();
        assert!(log.contains(routes::CONFIG), "{kind:?}: {log}");
        assert!(!log.contains("canary"), "{kind:?}: {log}");
    }
}

/// A cache that keeps whatever it may, for everybody who asks for the same address.
const CACHE: &str = "
    proxy_cache_path DIR/cache keys_zone=all:1m;
    proxy_cache all;
    proxy_cache_key $request_uri;
    proxy_cache_valid any 1h;
    add_header X-Cache $upstream_cache_status always;
";

/// The addresses whose answers nginx has kept.
fn kept(proxy: &Proxy) -> BTreeSet<String> {
    let files = std::fs::read_dir(proxy.path("cache")).unwrap();
    files
        .map(|file| {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let key = text.lines().find_map(|line| line.strip_prefix("KEY: "));
            key.unwrap().to_owned()
        })
        .collect()
}

#[tokio::test]
async fn r60_no_cache_between_gives_one_person_what_another_got() {
    let setup = Setup {
        assets: with_spa().assets,
        ..behind()
    };
    let world = World::new(TestApp::with(TestDb::sqlite(), setup).await).await;
    let proxy = Proxy::start_with(Kind::Nginx, world.app.addr, CACHE);
    // The cache works: what anybody may have, it keeps.
    let script = format!("/{SCRIPT}");
    for wanted in ["X-Cache: MISS", "X-Cache: HIT"] {
        let answer = proxy.get(&script, None).await;
        assert!(answer.contains(wanted), "{answer}");
    }
    let (ana, ben) = (
        world.people["patient_self"].clone(),
        world.people["patient_other"].clone(),
    );
    for person in [&ana, &ben, &ana] {
        let me = proxy.get(routes::ME, person.token.as_deref()).await;
        assert!(me.contains(&person.id.to_string()), "{me}");
        for path in [
            "/api/v1/me/x.css",
            "/api/v1/me/",
            "/api/v1/me%2fx.css",
            "/login",
        ] {
            let answer = proxy.get(path, person.token.as_deref()).await;
            assert!(answer.starts_with("HTTP/1.1 404 "), "{path}: {answer}");
            assert!(!answer.contains("X-Cache: HIT"), "{path}: {answer}");
        }
    }
    let mut answered = 0;
    for row in rows().unwrap() {
        if row.method != "GET" || row.operation == "open_socket" {
            continue;
        }
        for actor in ACTORS {
            let caller = &world.people[actor];
            let (path, _) = world.plain(&row.operation, caller).await;
            let path = path.unwrap_or_else(|| row.path.clone());
            let answer = proxy.get(&path, caller.token.as_deref()).await;
            assert!(!answer.contains("X-Cache: HIT"), "{actor} {path}: {answer}");
            answered += usize::from(answer.starts_with("HTTP/1.1 200 "));
        }
    }
    assert!(answered > 50, "{answered}");
    assert_eq!(kept(&proxy), BTreeSet::from([script]));
}
