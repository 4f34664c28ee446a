//! A socket as a browser has it, for tests. Every wait has a deadline and says what it waited for.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Error, Message};
use uuid::Uuid;
use visita_domain::{AppointmentId, ClientMessageId, ConversationId, TabId};
use visita_wire::chat::MessageView;
use visita_wire::ws::{
    ClientMsg, Frame, LegRef, PROTOCOL_VERSION, Position, SUBPROTOCOL, ServerMsg,
};

/// Longest wait for a frame; far beyond what any step takes.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// What came in: a frame, or the end with its close code.
#[derive(Debug, Clone, PartialEq)]
pub enum Incoming {
    Frame(Frame<ServerMsg>),
    /// Closed with a code, or without one when the connection just ended.
    Closed(Option<u16>),
}

pub struct Socket {
    stream: WebSocketStream<TcpStream>,
    next_id: u64,
    /// Frames that came before the answer to a question, still to be heard.
    unheard: VecDeque<Frame<ServerMsg>>,
}

impl Socket {
    /// Upgrades, without `hello`. The status of a refused upgrade is the error.
    pub async fn upgrade(
        addr: SocketAddr,
        origin: Option<&str>,
        protocol: Option<&str>,
    ) -> Result<Self, u16> {
        let headers = [("origin", origin), ("sec-websocket-protocol", protocol)];
        Self::upgrade_with(addr, &headers).await
    }

    /// Upgrades as our own page does, with what a proxy says about the address it was asked from.
    pub async fn upgrade_forwarded(addr: SocketAddr, forwarded_for: &str) -> Result<Self, u16> {
        let origin = format!("http://{addr}");
        let headers = [
            ("origin", Some(origin.as_str())),
            ("sec-websocket-protocol", Some(SUBPROTOCOL)),
            ("x-forwarded-for", Some(forwarded_for)),
        ];
        Self::upgrade_with(addr, &headers).await
    }

    async fn upgrade_with(
        addr: SocketAddr,
        extra: &[(&'static str, Option<&str>)],
    ) -> Result<Self, u16> {
        let mut request = format!("ws://{addr}{}", visita_wire::routes::WS)
            .into_client_request()
            .unwrap();
        let headers = request.headers_mut();
        for (name, value) in extra {
            if let Some(value) = value {
                headers.insert(*name, HeaderValue::from_str(value).unwrap());
            }
        }
        let tcp = TcpStream::connect(addr).await.unwrap();
        match tokio_tungstenite::client_async(request, tcp).await {
            Ok((stream, response)) => {
                assert_eq!(response.headers()["sec-websocket-protocol"], SUBPROTOCOL);
                Ok(Self {
                    stream,
                    next_id: 1,
                    unheard: VecDeque::new(),
                })
            }
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(other) => panic!("no upgrade: {other}"),
        }
    }

    /// Upgrades as our own page does.
    pub async fn open(addr: SocketAddr) -> Self {
        Self::upgrade(addr, Some(&format!("http://{addr}")), Some(SUBPROTOCOL))
            .await
            .expect("upgraded")
    }

    /// Says hello and takes the welcome.
    pub async fn enter(addr: SocketAddr, ticket: String, tab_id: TabId) -> Self {
        Self::resume(addr, ticket, tab_id, BTreeMap::new()).await
    }

    /// The same with conversations that the tab has a copy of.
    pub async fn resume(
        addr: SocketAddr,
        ticket: String,
        tab_id: TabId,
        convs: BTreeMap<ConversationId, Position>,
    ) -> Self {
        let mut socket = Self::open(addr).await;
        let id = socket
            .say(ClientMsg::Hello {
                ticket,
                tab_id,
                proto: PROTOCOL_VERSION,
                convs,
            })
            .await;
        let welcome = socket.frame().await;
        assert!(
            matches!(welcome.msg, ServerMsg::Welcome { .. }),
            "welcome comes first"
        );
        assert_eq!(welcome.re, Some(id));
        socket
    }

    /// Sends a frame and returns its number.
    pub async fn say(&mut self, msg: ClientMsg) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        let frame = Frame {
            id: Some(id),
            re: None,
            msg,
        };
        self.text(serde_json::to_string(&frame).unwrap()).await;
        id
    }

    /// Sends any text.
    pub async fn text(&mut self, text: String) {
        self.stream.send(Message::text(text)).await.expect("sent");
    }

    /// Sends any message.
    pub async fn message_of(&mut self, message: Message) {
        self.stream.send(message).await.expect("sent");
    }

    /// Sends messages in one piece.
    pub async fn messages_of(&mut self, messages: Vec<Message>) {
        for message in messages {
            self.stream.feed(message).await.expect("taken");
        }
        self.stream.flush().await.expect("sent");
    }

    /// What comes in next.
    pub async fn incoming(&mut self) -> Incoming {
        match self.unheard.pop_front() {
            Some(frame) => Incoming::Frame(frame),
            None => self.receive().await,
        }
    }

    async fn receive(&mut self) -> Incoming {
        loop {
            let next = tokio::time::timeout(PATIENCE, self.stream.next())
                .await
                .expect("something comes in");
            return match next {
                Some(Ok(Message::Text(text))) => {
                    Incoming::Frame(serde_json::from_str(&text).expect("a frame"))
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                Some(Ok(Message::Close(reason))) => {
                    Incoming::Closed(reason.map(|reason| reason.code.into()))
                }
                Some(Ok(other)) => panic!("unexpected message {other:?}"),
                Some(Err(_)) | None => Incoming::Closed(None),
            };
        }
    }

    /// The next frame.
    pub async fn frame(&mut self) -> Frame<ServerMsg> {
        match self.incoming().await {
            Incoming::Frame(frame) => frame,
            Incoming::Closed(code) => panic!("closed with {code:?} instead of a frame"),
        }
    }

    /// The first frame that `wanted` takes; others are passed over.
    pub async fn until<T>(&mut self, mut wanted: impl FnMut(Frame<ServerMsg>) -> Option<T>) -> T {
        loop {
            if let Some(found) = wanted(self.frame().await) {
                return found;
            }
        }
    }

    /// Says something and waits for its answer. What comes before it is heard afterwards.
    pub async fn ask(&mut self, msg: ClientMsg) -> ServerMsg {
        let id = self.say(msg).await;
        loop {
            match self.receive().await {
                Incoming::Frame(frame) if frame.re == Some(id) => return frame.msg,
                Incoming::Frame(frame) => self.unheard.push_back(frame),
                Incoming::Closed(code) => panic!("closed with {code:?} instead of an answer"),
            }
        }
    }

    /// The first frame that comes once a ping is sent.
    pub async fn frame_after_ping(&mut self) -> ServerMsg {
        self.say(ClientMsg::Ping {}).await;
        self.frame().await.msg
    }

    /// The close code, passing over frames that come before.
    pub async fn closed(&mut self) -> Option<u16> {
        loop {
            if let Incoming::Closed(code) = self.incoming().await {
                return code;
            }
        }
    }

    /// The close code, when nothing at all was sent before it.
    pub async fn closed_in_silence(&mut self) -> Option<u16> {
        match self.incoming().await {
            Incoming::Closed(code) => code,
            Incoming::Frame(_) => panic!("a frame was sent"),
        }
    }

    /// All bytes until the connection ends, while not even pings are answered.
    pub async fn bytes(self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut tcp = self.stream.into_inner();
        let ended = tokio::time::timeout(PATIENCE, tcp.read_to_end(&mut bytes)).await;
        ended
            .expect("the connection ends")
            .expect("without an error");
        bytes
    }

    /// The socket breaks, without a close.
    pub fn cut(self) {
        drop(self.stream);
    }

    // What tests say and hear often.

    /// Follows a conversation after `position`, and gives the page.
    pub async fn follow(&mut self, conv: ConversationId, after: Position) -> Page {
        Page::of(self.ask(ClientMsg::ConvSub { conv, after }).await)
    }

    /// Sends a message and gives its place and whether it was known.
    pub async fn send(
        &mut self,
        conv: ConversationId,
        client_id: ClientMessageId,
        body: &str,
    ) -> (i64, bool) {
        let answer = self
            .ask(ClientMsg::MsgSend {
                conv,
                client_id,
                body: body.to_owned(),
                document_id: None,
            })
            .await;
        match answer {
            ServerMsg::MsgAck { seq, dup, .. } => (seq, dup),
            ServerMsg::MsgNack { code, .. } => panic!("refused: {}", code.as_str()),
            _ => panic!("neither ack nor nack"),
        }
    }

    /// The next pushed message.
    pub async fn message(&mut self) -> MessageView {
        self.until(|frame| match frame.msg {
            ServerMsg::MsgNew { message, .. } => Some(message),
            _ => None,
        })
        .await
    }

    /// Joins a call: the own leg, the other's, and the role.
    pub async fn join(
        &mut self,
        appointment: AppointmentId,
        resume: Option<LegRef>,
    ) -> (LegRef, Option<LegRef>, bool) {
        let answer = self
            .ask(ClientMsg::CallJoin {
                appointment,
                resume,
            })
            .await;
        match answer {
            ServerMsg::CallJoined {
                me, peer, polite, ..
            } => (me, peer, polite),
            ServerMsg::Error { code } => panic!("refused: {}", code.as_str()),
            _ => panic!("no answer to a join"),
        }
    }

    /// The next notice about the other leg.
    pub async fn peer(&mut self) -> (Option<LegRef>, bool) {
        self.until(|frame| match frame.msg {
            ServerMsg::CallPeer {
                peer, connected, ..
            } => Some((peer, connected)),
            _ => None,
        })
        .await
    }
}

/// A `sync.page`.
#[derive(Debug)]
pub struct Page {
    pub epoch: i64,
    pub last_seq: i64,
    pub items: Vec<MessageView>,
    pub more: bool,
}

impl Page {
    pub fn of(msg: ServerMsg) -> Self {
        match msg {
            ServerMsg::SyncPage {
                epoch,
                last_seq,
                items,
                more,
                ..
            } => Self {
                epoch,
                last_seq,
                items,
                more,
            },
            ServerMsg::Error { code } => panic!("refused: {}", code.as_str()),
            _ => panic!("no page"),
        }
    }

    pub fn position(&self) -> Position {
        Position {
            epoch: self.epoch,
            last_seq: self.items.last().map_or(0, |message| message.seq),
        }
    }
}

/// Nothing is known yet.
pub const START: Position = Position {
    epoch: 0,
    last_seq: 0,
};

/// An id that a client draws.
pub fn draw<T: From<Uuid>>() -> T {
    Uuid::new_v4().into()
}
