//! Idle connections: memory each.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use uuid::Uuid;
use visita_domain::TabId;
use visita_wire::calls::SocketTicket;
use visita_wire::routes;
use visita_wire::ws::{ClientMsg, Frame, PROTOCOL_VERSION, SUBPROTOCOL, ServerMsg};

use crate::api::{Caller, register_many};
use crate::server::Server;
use crate::table::Table;

const CONNECTIONS: usize = 5_000;
/// Sockets of one user; the server takes up to eight.
const PER_USER: usize = 8;

/// A greeted connection.
pub struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// Connects and says hello.
    pub async fn open(caller: &Caller) -> Self {
        let ticket = caller.post(routes::WS_TICKETS).send().await.unwrap();
        let ticket: SocketTicket = ticket.json().await.unwrap();
        let mut request = format!("{}{}", caller.url.replace("http", "ws"), routes::WS)
            .into_client_request()
            .unwrap();
        request
            .headers_mut()
            .insert("origin", caller.url.parse().unwrap());
        request
            .headers_mut()
            .insert("sec-websocket-protocol", SUBPROTOCOL.parse().unwrap());
        let (stream, _) = connect_async(request).await.expect("upgrade");
        let mut socket = Self(stream);
        let hello = ClientMsg::Hello {
            ticket: ticket.ticket,
            tab_id: TabId::new(Uuid::new_v4()),
            proto: PROTOCOL_VERSION,
            convs: Default::default(),
        };
        socket.send(&hello).await;
        let welcome = socket.next(Duration::from_secs(10)).await;
        assert!(
            matches!(welcome, Some(ServerMsg::Welcome { .. })),
            "welcome"
        );
        socket
    }

    pub async fn send(&mut self, msg: &ClientMsg) {
        let text = serde_json::to_string(&Frame::from(msg.clone())).unwrap();
        self.0.send(Message::text(text)).await.unwrap();
    }

    /// The next message, or `None` when nothing comes in time.
    pub async fn next(&mut self, limit: Duration) -> Option<ServerMsg> {
        loop {
            let frame = tokio::time::timeout(limit, self.0.next())
                .await
                .ok()??
                .ok()?;
            if let Message::Text(text) = frame {
                return serde_json::from_str::<Frame<ServerMsg>>(&text)
                    .ok()
                    .map(|frame| frame.msg);
            }
        }
    }
}

pub async fn measure(table: &mut Table) {
    let server = Server::start(&["--demo"]).await;
    let staff = Caller::login(&server.url, "staff@demo.visita.test").await;
    let callers = register_many(
        &server.url,
        &staff.hospital().await,
        CONNECTIONS.div_ceil(PER_USER),
    )
    .await;
    let before = server.rss_kib();
    let mut open = Vec::new();
    for number in 0..CONNECTIONS {
        open.push(Socket::open(&callers[number / PER_USER]).await);
    }
    let each = (server.rss_kib().saturating_sub(before)) as f64 / open.len() as f64;
    table.add(
        "WebSocket, RSS per idle connection at 5,000",
        "≤ 24 KiB",
        format!("{each:.1} KiB"),
        each <= 24.0,
    );
}
