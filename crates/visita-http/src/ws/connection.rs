//! The life of one socket: hello, then frames, pushes and deadlines until it ends.

use std::collections::HashMap;
use std::rc::Rc;

use actix_ws::{AggregatedMessage, AggregatedMessageStream, CloseCode, ProtocolError, Session};
use tokio::time::{Instant, sleep_until, timeout};
use visita_domain::access::{Action, Actor, admit};
use visita_domain::{AppointmentId, ConversationId, HospitalId, SessionId, Ts, UserId};
use visita_hub::{ConnGuard, Hint, Newcomer, Push, Stranger};
use visita_store::auth::Caller;
use visita_store::{AnyConn, Ctx, StoreError};
use visita_wire::ErrorCode;
use visita_wire::ws::{
    ClientMsg, Frame, MAX_FRAME_BYTES, PING_SECS, PROTOCOL_VERSION, Position, ServerMsg, close,
};

use crate::error::ApiError;
use crate::extract::look_up;
use crate::state::State;
use crate::ws::out::{End, Out};
use crate::ws::rate::Bucket;
use crate::ws::tickets;

/// Why a frame could not be served.
#[derive(Debug)]
pub(super) enum Fault {
    /// The session has ended: the socket closes.
    SessionEnded,
    /// The store refused, or the frame itself is wrong.
    Refused(ErrorCode),
    /// The socket is at its end.
    End(End),
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Refused(ApiError::from(error).code())
    }
}

impl From<ErrorCode> for Fault {
    fn from(code: ErrorCode) -> Self {
        Self::Refused(code)
    }
}

impl From<End> for Fault {
    fn from(end: End) -> Self {
        Self::End(end)
    }
}

/// One socket that has said who it is, and what it follows.
pub(super) struct Socket<'out> {
    pub(super) state: State,
    pub(super) out: &'out mut Out,
    pub(super) conn: Rc<ConnGuard>,
    pub(super) session_id: SessionId,
    /// Who it was at `hello`; asked anew for every frame that touches data.
    pub(super) actor: Actor,
    /// Followed conversations, with the place up to which the client was sent everything.
    pub(super) convs: HashMap<ConversationId, Position>,
    /// Revision of the lobby that was sent last, while it is followed.
    pub(super) lobby: Option<i64>,
    /// Followed visits and their hospitals.
    pub(super) visits: HashMap<AppointmentId, HospitalId>,
}

/// Serves a socket until it ends.
pub(super) async fn serve(
    state: State,
    session: Session,
    mut frames: AggregatedMessageStream,
    stranger: Stranger,
) {
    let mut out = Out::new(session, state.hub.limits().send);
    let greeted = tokio::select! {
        greeted = greet(&state, &mut frames) => greeted,
        () = state.hub.draining() => Err(End::Close(close::DRAIN)),
    };
    let end = match greeted {
        Err(end) => end,
        Ok(hello) => {
            drop(stranger);
            match state.hub.register(hello.newcomer) {
                None => End::Close(close::DRAIN),
                Some(conn) => live(state, &mut out, conn, hello, &mut frames).await,
            }
        }
    };
    if let End::Close(code) = end {
        out.close(code).await;
    }
}

/// A `hello` whose ticket and session are good.
struct Hello {
    id: Option<u64>,
    newcomer: Newcomer,
    actor: Actor,
    convs: Vec<(ConversationId, Position)>,
}

/// Waits for `hello` and checks it. Sends nothing (SECURITY R21).
async fn greet(state: &State, frames: &mut AggregatedMessageStream) -> Result<Hello, End> {
    let first = timeout(state.hub.limits().hello, first_frame(frames))
        .await
        .map_err(|_elapsed| End::Close(close::AUTH))??;
    let ClientMsg::Hello {
        ticket,
        tab_id,
        proto,
        convs,
    } = first.msg
    else {
        return Err(End::Close(close::AUTH));
    };
    if proto != PROTOCOL_VERSION {
        return Err(End::Close(close::PROTOCOL));
    }
    let holder = state
        .hub
        .redeem_ticket(&tickets::hash(&ticket))
        .ok_or(End::Close(close::AUTH))?;
    let (session_id, visit_at) = (holder.session_id, holder.visit_at);
    let now = state.clock.now();
    let caller = state
        .store
        .run(move |conn| look_up(conn, session_id, visit_at, now))
        .await
        .map_err(|error| match error {
            StoreError::NotFound => End::Close(close::AUTH),
            _ => End::Close(close::UNAVAILABLE),
        })?;
    let actor = caller.actor;
    if actor.user_id != holder.user_id || !may_stay(state, &caller, now) {
        return Err(End::Close(close::AUTH));
    }
    Ok(Hello {
        id: first.id,
        newcomer: Newcomer {
            conn_id: uuid::Uuid::new_v4().into(),
            user_id: actor.user_id,
            session_id,
            tab_id,
        },
        actor,
        convs: convs.into_iter().collect(),
    })
}

/// Whether a caller may hold a socket.
fn may_stay(state: &State, caller: &Caller, now: Ts) -> bool {
    let policy = state.settings.second_factor;
    let right = Action::OpenSocket;
    admit(&caller.actor, caller.assurance, policy, right, now).is_ok()
}

async fn first_frame(frames: &mut AggregatedMessageStream) -> Result<Frame<ClientMsg>, End> {
    loop {
        match frames.recv().await {
            Some(Ok(AggregatedMessage::Ping(_) | AggregatedMessage::Pong(_))) => {}
            Some(Ok(AggregatedMessage::Text(text))) => return parse(&text),
            other => return Err(end_of(other.as_ref())),
        }
    }
}

fn parse(text: &str) -> Result<Frame<ClientMsg>, End> {
    if text.len() > MAX_FRAME_BYTES {
        return Err(End::Close(close::PROTOCOL));
    }
    serde_json::from_str(text).map_err(|_| End::Close(close::PROTOCOL))
}

/// What a message that is no text means for the socket.
fn end_of(message: Option<&Result<AggregatedMessage, ProtocolError>>) -> End {
    match message {
        None => End::Gone,
        Some(Ok(AggregatedMessage::Close(_))) => End::Close(CloseCode::Normal.into()),
        // After an error the boundaries of messages are lost; nothing can follow it.
        Some(_) => End::Close(close::PROTOCOL),
    }
}

/// When the socket must do something by itself.
struct Timers {
    ping: Instant,
    dead: Instant,
    recheck: Instant,
}

impl Timers {
    fn next(&self) -> Instant {
        self.ping.min(self.dead).min(self.recheck)
    }
}

/// Frames, pushes and deadlines, until one of them ends the socket. The guard is dropped
/// before the close is sent, so that whoever comes back finds room.
async fn live(
    state: State,
    out: &mut Out,
    conn: ConnGuard,
    hello: Hello,
    frames: &mut AggregatedMessageStream,
) -> End {
    let conn = Rc::new(conn);
    let limits = *state.hub.limits();
    let mut socket = Socket {
        session_id: hello.actor.session_id,
        actor: hello.actor,
        state,
        out,
        conn: Rc::clone(&conn),
        convs: HashMap::new(),
        lobby: None,
        visits: HashMap::new(),
    };
    let start = Instant::now();
    let mut bucket = Bucket::new(&limits, start);
    let mut timers = Timers {
        ping: start + limits.ping,
        dead: start + limits.dead,
        recheck: start + limits.recheck,
    };
    // Revocation ends even a socket that waits for the network or the database.
    if let Err(end) = unless_closed(&conn, socket.welcome(hello)).await {
        return end;
    }
    loop {
        let step = tokio::select! {
            push = conn.next() => Step::Push(push),
            message = frames.recv() => Step::Message(message),
            () = sleep_until(timers.next()) => Step::Timer,
        };
        let now = Instant::now();
        let served = match step {
            Step::Push(push) => unless_closed(&conn, socket.push(push)).await,
            Step::Message(message) => {
                timers.dead = now + limits.dead;
                conn.alive();
                if !bucket.take(now) {
                    return End::Close(close::RATE);
                }
                unless_closed(&conn, socket.message(message)).await
            }
            Step::Timer if now >= timers.dead => return End::Close(close::TIMEOUT),
            Step::Timer if now >= timers.recheck => {
                timers.recheck = now + limits.recheck;
                unless_closed(&conn, socket.recheck()).await
            }
            Step::Timer => {
                timers.ping = now + limits.ping;
                unless_closed(&conn, socket.out.ping()).await
            }
        };
        if let Err(end) = served {
            return end;
        }
    }
}

impl Socket<'_> {
    /// Who is connected.
    pub(super) fn user_id(&self) -> UserId {
        self.actor.user_id
    }

    async fn welcome(&mut self, hello: Hello) -> Result<(), End> {
        let welcome = ServerMsg::Welcome {
            conn_id: self.conn.conn_id(),
            user_id: self.user_id(),
            ping_secs: PING_SECS,
            server_time: self.state.clock.now(),
        };
        self.out.answer(hello.id, welcome).await?;
        for (conv, after) in hello.convs {
            // A conversation that cannot be followed any more gets no page.
            match self.follow(None, conv, after).await {
                Ok(()) | Err(Fault::Refused(_)) => {}
                Err(Fault::SessionEnded) => return Err(End::Close(close::AUTH)),
                Err(Fault::End(end)) => return Err(end),
            }
        }
        Ok(())
    }

    /// The session may have ended on a node whose word got lost (SECURITY §2.6).
    async fn recheck(&mut self) -> Result<(), End> {
        match self.store(|_, _| Ok(())).await {
            Err(Fault::SessionEnded) => Err(End::Close(close::AUTH)),
            // A database that is away for a moment ends no socket.
            _ => Ok(()),
        }
    }

    async fn message(
        &mut self,
        message: Option<Result<AggregatedMessage, ProtocolError>>,
    ) -> Result<(), End> {
        match message {
            Some(Ok(AggregatedMessage::Text(text))) => {
                let frame = parse(&text)?;
                let id = frame.id;
                match self.frame(id, frame.msg).await {
                    Ok(()) => Ok(()),
                    Err(Fault::SessionEnded) => Err(End::Close(close::AUTH)),
                    Err(Fault::Refused(code)) => self.out.refuse(id, code).await,
                    Err(Fault::End(end)) => Err(end),
                }
            }
            Some(Ok(AggregatedMessage::Ping(bytes))) => self.out.pong(&bytes).await,
            Some(Ok(AggregatedMessage::Pong(_))) => Ok(()),
            other => Err(end_of(other.as_ref())),
        }
    }

    async fn frame(&mut self, id: Option<u64>, msg: ClientMsg) -> Result<(), Fault> {
        match msg {
            // Only the first frame says hello.
            ClientMsg::Hello { .. } => Err(End::Close(close::PROTOCOL).into()),
            ClientMsg::Ping {} => self.pong(id).await,
            ClientMsg::ConvSub { conv, after } => self.follow(id, conv, after).await,
            ClientMsg::ConvUnsub { conv } => {
                self.unfollow(conv);
                Ok(())
            }
            ClientMsg::MsgSend {
                conv,
                client_id,
                body,
                document_id,
            } => {
                let outgoing = visita_store::chat::Outgoing {
                    client_id,
                    body,
                    document_id,
                };
                self.send_message(id, conv, outgoing).await
            }
            ClientMsg::SyncGet { conv, after } => self.sync(id, conv, after).await,
            ClientMsg::MsgRead { conv, seq } => self.mark_read(conv, seq).await,
            ClientMsg::Typing { conv } => self.typing(conv),
            ClientMsg::LobbySub {} => self.follow_lobby(id).await,
            ClientMsg::LobbyUnsub {} => {
                self.unfollow_lobby();
                Ok(())
            }
            ClientMsg::VisitSub { appointment } => self.follow_visit(id, appointment).await,
            ClientMsg::VisitUnsub { appointment } => {
                self.unfollow_visit(appointment);
                Ok(())
            }
            ClientMsg::CallJoin {
                appointment,
                resume,
            } => self.join_call(id, appointment, resume).await,
            ClientMsg::CallLeave { appointment } => {
                self.conn.leave_call(appointment);
                Ok(())
            }
            ClientMsg::Sig(signal) => self.signal(id, signal).await,
        }
    }

    /// Passes on what the hub says. What cannot be read now is found again by the next ping.
    async fn push(&mut self, push: Push) -> Result<(), End> {
        let hint = match push {
            Push::Close(code) => return Err(End::Close(code)),
            Push::Frame(msg) => return self.out.push(*msg).await,
            Push::Hint(hint) => hint,
        };
        if self.is_elsewhere(hint) {
            return Ok(());
        }
        let told = match hint {
            Hint::Messages { conv, last_seq } => self.deliver(conv, last_seq).await,
            Hint::Inbox { conv, last_seq } => self.inbox(conv, last_seq).await,
            Hint::Read { conv, user_id, seq } => {
                let read = ServerMsg::MsgRead { conv, user_id, seq };
                self.out.push(read).await.map_err(Fault::from)
            }
            Hint::Typing { user_id, .. } if user_id == self.user_id() => Ok(()),
            Hint::Typing { conv, user_id } => {
                let typing = ServerMsg::Typing { conv, user_id };
                self.out.push(typing).await.map_err(Fault::from)
            }
            Hint::Lobby => self.show_lobby(None).await,
            Hint::Visit { appointment } => self.show_visit(None, appointment).await,
            Hint::Appointment { appointment } => {
                let changed = ServerMsg::AppointmentChanged { appointment };
                self.out.push(changed).await.map_err(Fault::from)
            }
            // The hub acts on these itself.
            Hint::Revoked | Hint::CallEnded { .. } => Ok(()),
        };
        match told {
            Ok(()) | Err(Fault::Refused(_)) => Ok(()),
            Err(Fault::SessionEnded) => Err(End::Close(close::AUTH)),
            Err(Fault::End(end)) => Err(end),
        }
    }

    /// Whoever came by a join link hears of that visit alone, although the hub tells its
    /// patient of everything.
    fn is_elsewhere(&self, hint: Hint) -> bool {
        self.actor.visit.is_some_and(|scope| match hint {
            Hint::Appointment { appointment } => appointment != scope.appointment_id,
            Hint::Inbox { conv, .. } => !self.convs.contains_key(&conv),
            _ => false,
        })
    }

    /// Asks the store as the session's user, as the database knows it now (SECURITY R40).
    pub(super) async fn store<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&mut AnyConn, &Ctx) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Fault> {
        let (session_id, visit_at) = (self.session_id, self.actor.visit_at());
        let now = self.state.clock.now();
        let state = self.state.clone();
        self.state
            .store
            .run(move |conn| {
                let caller = match look_up(conn, session_id, visit_at, now) {
                    Ok(caller) if may_stay(&state, &caller, now) => caller,
                    Ok(_) | Err(StoreError::NotFound) => return Ok(None),
                    Err(error) => return Err(error),
                };
                let ctx = Ctx {
                    actor: caller.actor,
                    now,
                    request_id: None,
                    idempotency: None,
                };
                ask(conn, &ctx).map(Some)
            })
            .await?
            .ok_or(Fault::SessionEnded)
    }
}

enum Step {
    Push(Push),
    Message(Option<Result<AggregatedMessage, ProtocolError>>),
    Timer,
}

/// Does the work, unless the hub closes the socket meanwhile.
async fn unless_closed(
    conn: &ConnGuard,
    work: impl Future<Output = Result<(), End>>,
) -> Result<(), End> {
    tokio::select! {
        done = work => done,
        code = conn.closed() => Err(End::Close(code)),
    }
}
