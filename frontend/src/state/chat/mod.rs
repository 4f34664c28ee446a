//! One open conversation: history over REST, news over the socket, own messages out.

pub mod model;

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use uuid::Uuid;
use visita_domain::chat::MessageKind;
use visita_domain::{ClientMessageId, ConversationId, DocumentId, Ts, UserId};
use visita_wire::ErrorCode;
use visita_wire::chat::MessageView;
use visita_wire::ws::{ClientMsg, Position, ServerMsg};

use self::model::{Model, Next, Outgoing, Sending};
use super::clock::Clock;
use super::session::Session;
use super::socket::{Happening, Socket};
use crate::api::ApiFail;
use crate::api::chat::{Part, list_messages};

/// Messages of one page of history.
const PAGE: i64 = 50;
/// How long "is typing" shows after the last sign.
const TYPING_SHOWS_MS: u64 = 5_000;
/// How often a sign of typing is sent.
const TYPING_EVERY_MS: u64 = 3_000;
/// When to try again after a refusal that names no time.
const RETRY: Duration = Duration::from_secs(2);

/// Whether the history is here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Load {
    /// On its way.
    Loading,
    /// Here.
    Ready,
    /// It could not be read.
    Failed(ApiFail),
}

/// An open conversation; closed with the owner that opened it.
#[derive(Clone, Copy)]
pub struct Chat {
    id: ConversationId,
    me: UserId,
    socket: Socket,
    model: RwSignal<Model>,
    load: RwSignal<Load>,
    loading_older: RwSignal<bool>,
    typing_until: RwSignal<u64>,
    typing_sent: StoredValue<u64>,
    /// Numbers of questions whose errors concern a message.
    sends: StoredValue<Vec<(u64, ClientMessageId)>>,
}

impl Chat {
    /// Opens a conversation. `read_seq` is how far the viewer had read, where known.
    #[must_use]
    pub fn open(id: ConversationId, read_seq: Option<i64>) -> Self {
        let socket = Socket::from_context();
        let me = Session::from_context()
            .user_now()
            .map_or(UserId(Uuid::nil()), |user| user.id);
        let chat = Self {
            id,
            me,
            socket,
            model: RwSignal::new(Model::default()),
            load: RwSignal::new(Load::Loading),
            loading_older: RwSignal::new(false),
            typing_until: RwSignal::new(0),
            typing_sent: StoredValue::new(0),
            sends: StoredValue::new(Vec::new()),
        };
        if let Some(seq) = read_seq {
            chat.model.update(|model| model.set_read(seq));
        }
        // Held by the owner; dropped with it.
        let _listening =
            StoredValue::new_local(socket.listen(move |happening| chat.hear(happening)));
        on_cleanup(move || socket.leave_conversation(id));
        chat.reload();
        chat
    }

    /// The viewer.
    #[must_use]
    pub fn me(self) -> UserId {
        self.me
    }

    /// The conversation as it stands.
    #[must_use]
    pub fn model(self) -> Signal<Model> {
        self.model.into()
    }

    /// Whether the history is here.
    #[must_use]
    pub fn loaded(self) -> Signal<Load> {
        self.load.into()
    }

    /// An older page is on its way.
    #[must_use]
    pub fn loading_older(self) -> Signal<bool> {
        self.loading_older.into()
    }

    /// Messages of the other that the viewer has not read.
    #[must_use]
    pub fn unread(self) -> Signal<usize> {
        Memo::new(move |_| self.model.with(|model| model.unread(self.me))).into()
    }

    /// The other types.
    #[must_use]
    pub fn other_types(self) -> Signal<bool> {
        let second = Clock::from_context().second();
        Memo::new(move |_| {
            second.track();
            Clock::millis() < self.typing_until.get()
        })
        .into()
    }

    /// Reads the newest part of the history.
    pub fn reload(self) {
        self.load.try_set(Load::Loading);
        spawn_local(async move {
            match list_messages(self.id, Part::Newest, Some(PAGE)).await {
                Ok(view) => {
                    self.model.try_update(|model| {
                        model.load(view.epoch, view.last_seq, view.items, view.more);
                    });
                    if self.load.try_set(Load::Ready).is_none() {
                        let position = move || {
                            self.model
                                .try_with_untracked(Model::position)
                                .unwrap_or(Position {
                                    epoch: 0,
                                    last_seq: 0,
                                })
                        };
                        self.socket.follow_conversation(self.id, position);
                    }
                }
                Err(fail) => {
                    self.load.try_set(Load::Failed(fail));
                }
            }
        });
    }

    /// Reads the part before the oldest message at hand.
    pub fn load_older(self) {
        let before = self
            .model
            .with_untracked(|m| m.first_seq().filter(|_| m.has_older()));
        let Some(before) = before else { return };
        if self.loading_older.get_untracked() {
            return;
        }
        self.loading_older.set(true);
        spawn_local(async move {
            if let Ok(view) = list_messages(self.id, Part::Before(before), Some(PAGE)).await {
                self.model
                    .try_update(|model| model.load_older(view.items, view.more));
            }
            self.loading_older.try_set(false);
        });
    }

    /// Sends words.
    pub fn send_text(self, body: String) {
        self.write(body, None);
    }

    /// Shares a stored document.
    pub fn send_document(self, id: DocumentId, name: String) {
        self.write(name, Some(id));
    }

    /// Tries a refused message again.
    pub fn retry(self, id: ClientMessageId) {
        self.model
            .try_update(|model| model.nacked(id, Sending::Queued));
        self.flush();
    }

    /// Forgets a refused message.
    pub fn discard(self, id: ClientMessageId) {
        self.model.try_update(|model| model.discard(id));
    }

    /// The viewer sees the newest message.
    pub fn mark_read(self) {
        if self.load.get_untracked() != Load::Ready {
            return;
        }
        // Only a change wakes those who read the model.
        let unread = self.model.with_untracked(|model| model.clone().mark_read());
        if let Some(seq) = unread {
            self.model.update(|model| model.set_read(seq));
            self.socket.send(ClientMsg::MsgRead { conv: self.id, seq });
        }
    }

    /// Words are being typed.
    pub fn typing(self) {
        let now = Clock::millis();
        if now >= self.typing_sent.get_value() + TYPING_EVERY_MS {
            self.typing_sent.set_value(now);
            self.socket.send(ClientMsg::Typing { conv: self.id });
        }
    }

    fn write(self, body: String, document_id: Option<DocumentId>) {
        let outgoing = Outgoing {
            client_id: ClientMessageId::new(Uuid::now_v7()),
            body,
            document_id,
            sending: Sending::Queued,
            at: Clock::read(),
        };
        self.model.update(|model| model.write(outgoing));
        self.flush();
    }

    fn flush(self) {
        let Some(Some(next)) = self.model.try_update(Model::next_to_send) else {
            return;
        };
        let body = if next.document_id.is_some() {
            String::new()
        } else {
            next.body
        };
        let sent = self.socket.send(ClientMsg::MsgSend {
            conv: self.id,
            client_id: next.client_id,
            body,
            document_id: next.document_id,
        });
        match sent {
            Some(number) => {
                self.sends
                    .try_update_value(|sends| sends.push((number, next.client_id)));
            }
            // It goes out when the connection is back.
            None => {
                self.model.try_update(Model::disconnected);
            }
        }
    }

    fn hear(self, happening: &Happening) {
        match happening {
            Happening::Up => self.flush(),
            Happening::Down => {
                self.sends.try_update_value(Vec::clear);
                self.model.try_update(Model::disconnected);
            }
            Happening::Frame(msg, re) => self.frame(msg, *re),
        }
    }

    fn frame(self, msg: &ServerMsg, re: Option<u64>) {
        match msg {
            ServerMsg::MsgNew { epoch, message } if message.conversation_id == self.id => {
                self.typing_until.try_set(0);
                self.change(|model| model.take(*epoch, message.clone()));
            }
            ServerMsg::SyncPage {
                conv,
                epoch,
                items,
                more,
                ..
            } if *conv == self.id => {
                self.change(|model| model.take_page(*epoch, items.clone(), *more));
            }
            ServerMsg::MsgAck {
                conv,
                client_id,
                seq,
                created_at,
                ..
            } if *conv == self.id => {
                let (seq, at) = (*seq, *created_at);
                self.change(|model| model.acked(*client_id, |o| self.stored(o, seq, at)));
                self.flush();
            }
            ServerMsg::MsgNack {
                conv,
                client_id,
                code,
                retry_ms,
            } if *conv == self.id => {
                self.refused(*client_id, *code, retry_ms.map(Duration::from_millis));
            }
            ServerMsg::Error { code } => {
                let sends = self.sends.try_get_value().unwrap_or_default();
                if let Some((_, id)) = sends.into_iter().find(|(number, _)| Some(*number) == re) {
                    let passing = matches!(code, ErrorCode::Unavailable | ErrorCode::RateLimited);
                    self.refused(id, *code, passing.then_some(RETRY));
                }
            }
            ServerMsg::MsgRead { conv, user_id, seq } if *conv == self.id => {
                let own = *user_id == self.me;
                self.model.try_update(|model| {
                    if own {
                        model.set_read(*seq)
                    } else {
                        model.seen(*seq)
                    }
                });
            }
            ServerMsg::Typing { conv, user_id } if *conv == self.id && *user_id != self.me => {
                self.typing_until.try_set(Clock::millis() + TYPING_SHOWS_MS);
            }
            ServerMsg::Pong { convs, .. } => {
                if let Some(last_seq) = convs.get(&self.id) {
                    let next = self
                        .model
                        .try_with_untracked(|model| model.newest_is(*last_seq));
                    self.follow_up(next.unwrap_or(Next::Nothing));
                }
            }
            _ => {}
        }
    }

    fn refused(self, id: ClientMessageId, code: ErrorCode, retry: Option<Duration>) {
        let Some(after) = retry else {
            self.model
                .try_update(|model| model.nacked(id, Sending::Failed(code)));
            self.flush();
            return;
        };
        set_timeout(
            move || {
                self.model
                    .try_update(|model| model.nacked(id, Sending::Queued));
                self.flush();
            },
            after,
        );
    }

    fn change(self, act: impl FnOnce(&mut Model) -> Next) {
        if let Some(next) = self.model.try_update(act) {
            self.follow_up(next);
        }
    }

    fn follow_up(self, next: Next) {
        match next {
            Next::Nothing => {}
            Next::Sync => {
                if let Some(after) = self.model.try_with_untracked(Model::position) {
                    self.socket.send(ClientMsg::SyncGet {
                        conv: self.id,
                        after,
                    });
                }
            }
            Next::Reload => self.reload(),
        }
    }

    /// The own message as the server stored it.
    fn stored(self, outgoing: &Outgoing, seq: i64, created_at: Ts) -> MessageView {
        let kind = if outgoing.document_id.is_some() {
            MessageKind::File
        } else {
            MessageKind::Text
        };
        MessageView {
            conversation_id: self.id,
            seq,
            client_id: outgoing.client_id,
            sender_id: Some(self.me),
            sender_name: None,
            kind,
            body: outgoing.body.clone(),
            document_id: outgoing.document_id,
            created_at,
        }
    }
}
