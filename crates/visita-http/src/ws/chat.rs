//! Frames of conversations: follow, catch up, send, read, type.
//!
//! A followed conversation has a position up to which the client was sent everything.
//! A hint makes the socket read after it, so messages come in order and none is left out.

use visita_domain::ConversationId;
use visita_hub::{Hint, Topic};
use visita_store::chat::{self, MessageWindow, Outgoing, Window};
use visita_wire::ErrorCode;
use visita_wire::ws::{Position, ServerMsg};

use crate::convert;
use crate::ws::connection::{Fault, Socket};

/// Messages of one page.
const PAGE: i64 = 100;
/// Conversations that one socket may follow.
const MAX_CONVS: usize = 64;
/// When a client should try again after a failure that passes.
const RETRY_MS: u64 = 2_000;

impl Socket<'_> {
    /// Follows a conversation: one page after the client's position, then what comes.
    pub(super) async fn follow(
        &mut self,
        re: Option<u64>,
        conv: ConversationId,
        after: Position,
    ) -> Result<(), Fault> {
        if self.convs.len() >= MAX_CONVS && !self.convs.contains_key(&conv) {
            return Err(ErrorCode::RateLimited.into());
        }
        // Listens first and reads then: what comes in between is told twice, not never.
        self.conn.subscribe(Topic::Conversation(conv));
        let known = self.convs.contains_key(&conv);
        let window = self
            .page(conv, after, Reading::Request)
            .await
            .inspect_err(|_| {
                if !known {
                    self.conn.unsubscribe(Topic::Conversation(conv));
                }
            })?;
        self.convs.insert(conv, sent_up_to(&window, after));
        self.out.answer(re, page_frame(conv, window)).await?;
        Ok(())
    }

    /// Follows no more.
    pub(super) fn unfollow(&mut self, conv: ConversationId) {
        self.convs.remove(&conv);
        self.conn.unsubscribe(Topic::Conversation(conv));
    }

    /// Answers `sync.get`.
    pub(super) async fn sync(
        &mut self,
        re: Option<u64>,
        conv: ConversationId,
        after: Position,
    ) -> Result<(), Fault> {
        let window = self.page(conv, after, Reading::Request).await?;
        if let Some(position) = self.convs.get_mut(&conv) {
            let sent = sent_up_to(&window, after);
            // Only a page that joins what was sent before moves the position on.
            if sent.epoch != position.epoch {
                *position = sent;
            } else if after.last_seq <= position.last_seq {
                position.last_seq = position.last_seq.max(sent.last_seq);
            }
        }
        self.out.answer(re, page_frame(conv, window)).await?;
        Ok(())
    }

    /// Stores a message; the acknowledgement comes after the commit.
    pub(super) async fn send_message(
        &mut self,
        re: Option<u64>,
        conv: ConversationId,
        outgoing: Outgoing,
    ) -> Result<(), Fault> {
        let client_id = outgoing.client_id;
        let stored = self
            .store(move |conn, ctx| {
                let sent = chat::send(conn, ctx, conv, &outgoing)?;
                Ok((sent, chat::members(conn, ctx, conv)?))
            })
            .await;
        match stored {
            Ok((sent, members)) => {
                let seq = sent.message.seq;
                let ack = ServerMsg::MsgAck {
                    conv,
                    client_id,
                    seq,
                    created_at: sent.message.created_at,
                    dup: sent.dup,
                };
                // A repeated message is told again too: the first hint may have been lost.
                self.state
                    .hub
                    .conversation_changed(conv, Some(seq), &members);
                Ok(self.out.answer(re, ack).await?)
            }
            Err(Fault::Refused(code)) => {
                let passes = matches!(code, ErrorCode::Unavailable | ErrorCode::Internal);
                let nack = ServerMsg::MsgNack {
                    conv,
                    client_id,
                    code,
                    retry_ms: passes.then_some(RETRY_MS),
                };
                Ok(self.out.answer(re, nack).await?)
            }
            Err(other) => Err(other),
        }
    }

    /// Moves the reading position and tells the members.
    pub(super) async fn mark_read(&mut self, conv: ConversationId, seq: i64) -> Result<(), Fault> {
        let seq = self
            .store(move |conn, ctx| chat::mark_read(conn, ctx, conv, seq))
            .await?;
        self.state.hub.conversation_read(conv, self.user_id(), seq);
        Ok(())
    }

    /// Tells the other members that words are being typed. Membership was checked by following.
    pub(super) fn typing(&mut self, conv: ConversationId) -> Result<(), Fault> {
        if !self.convs.contains_key(&conv) {
            return Err(ErrorCode::NotFound.into());
        }
        let user_id = self.user_id();
        self.state
            .hub
            .publish(Topic::Conversation(conv), Hint::Typing { conv, user_id });
        Ok(())
    }

    /// Sends what a followed conversation has after its position.
    pub(super) async fn deliver(
        &mut self,
        conv: ConversationId,
        last_seq: Option<i64>,
    ) -> Result<(), Fault> {
        while let Some(position) = self.convs.get(&conv).copied() {
            if last_seq.is_some_and(|newest| newest <= position.last_seq) {
                break;
            }
            let window = match self.page(conv, position, Reading::Delivery).await {
                Err(Fault::Refused(code @ (ErrorCode::NotFound | ErrorCode::Forbidden))) => {
                    self.unfollow(conv);
                    return Err(code.into());
                }
                window => window?,
            };
            let more = window.more;
            self.convs.insert(conv, sent_up_to(&window, position));
            if window.epoch == position.epoch {
                let epoch = window.epoch;
                for message in window.items {
                    let message = convert::message(message);
                    self.out.push(ServerMsg::MsgNew { epoch, message }).await?;
                }
            } else {
                // The database was restored: the page tells the client to drop its copy.
                self.out.push(page_frame(conv, window)).await?;
            }
            if !more {
                break;
            }
        }
        Ok(())
    }

    /// Tells of something new in any conversation of the user.
    pub(super) async fn inbox(
        &mut self,
        conv: ConversationId,
        last_seq: Option<i64>,
    ) -> Result<(), Fault> {
        let last_seq = match last_seq {
            Some(last_seq) => last_seq,
            None => {
                let positions = self
                    .store(move |conn, ctx| chat::positions(conn, ctx, &[conv]))
                    .await?;
                let Some((_, _, last_seq)) = positions.first() else {
                    return Ok(());
                };
                *last_seq
            }
        };
        self.out
            .push(ServerMsg::ConvChanged { conv, last_seq })
            .await?;
        Ok(())
    }

    /// Messages after a position; from the start when the position is of another epoch.
    async fn page(
        &self,
        conv: ConversationId,
        after: Position,
        reading: Reading,
    ) -> Result<MessageWindow, Fault> {
        self.store(move |conn, ctx| {
            let mut read = |after| match reading {
                Reading::Request => chat::messages(conn, ctx, conv, Window::After(after), PAGE),
                Reading::Delivery => chat::newer(conn, ctx, conv, after, PAGE),
            };
            let window = read(after.last_seq.max(0))?;
            // Past the newest place stands who has seen a future that a restore has undone.
            let foreign = window.epoch != after.epoch || after.last_seq > window.last_seq;
            if foreign && after.last_seq > 0 {
                return read(0);
            }
            Ok(window)
        })
        .await
    }
}

/// Why messages are read.
#[derive(Clone, Copy)]
enum Reading {
    /// The client asks for them: audited.
    Request,
    /// They are pushed to a client that follows, which was audited when it began.
    Delivery,
}

/// How far the client is complete once it has the page.
fn sent_up_to(window: &MessageWindow, asked: Position) -> Position {
    let same = window.epoch == asked.epoch && asked.last_seq <= window.last_seq;
    let before = if same { asked.last_seq.max(0) } else { 0 };
    Position {
        epoch: window.epoch,
        last_seq: window.items.last().map_or(before, |message| message.seq),
    }
}

fn page_frame(conv: ConversationId, window: MessageWindow) -> ServerMsg {
    ServerMsg::SyncPage {
        conv,
        epoch: window.epoch,
        items: window.items.into_iter().map(convert::message).collect(),
        last_seq: window.last_seq,
        more: window.more,
    }
}
