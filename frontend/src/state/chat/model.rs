//! A conversation as this tab holds it: a complete stretch of messages, what came early,
//! and what is on its way out. Pure, so that every order of events can be tried.

use std::collections::BTreeMap;

use visita_domain::{ClientMessageId, DocumentId, Ts, UserId};
use visita_wire::ErrorCode;
use visita_wire::chat::MessageView;
use visita_wire::ws::Position;

/// Where an own message stands that is not in the conversation yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sending {
    /// Waits for its turn or for the connection.
    Queued,
    /// Sent, not acknowledged.
    InFlight,
    /// Refused for good.
    Failed(ErrorCode),
}

/// An own message on its way.
#[derive(Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Stays the same over every attempt, so that it is stored once.
    pub client_id: ClientMessageId,
    /// The words, or the file's name.
    pub body: String,
    /// The shared document.
    pub document_id: Option<DocumentId>,
    /// Where it stands.
    pub sending: Sending,
    /// When it was written.
    pub at: Ts,
}

/// What a delivery asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing.
    Nothing,
    /// Messages are missing: ask for those after the position.
    Sync,
    /// The server's history is another one: read everything again.
    Reload,
}

/// The conversation.
#[derive(Clone, Default)]
pub struct Model {
    epoch: i64,
    /// A stretch without gaps, by `seq`.
    messages: Vec<MessageView>,
    /// The stretch ends here, also while it is empty.
    contig: i64,
    /// Came before their turn.
    early: BTreeMap<i64, MessageView>,
    /// There are older ones than the stretch.
    older: bool,
    outgoing: Vec<Outgoing>,
    /// How far the viewer has read, as told to the server.
    read_seq: i64,
    /// What was there when the page opened is no news, where it is unknown how far the
    /// viewer had read.
    news_after: Option<i64>,
    /// How far the other has read.
    seen_seq: i64,
}

impl Model {
    /// The newest part of the history, read over REST. What is on its way out stays.
    pub fn load(&mut self, epoch: i64, last_seq: i64, messages: Vec<MessageView>, older: bool) {
        self.epoch = epoch;
        self.contig = messages.last().map_or(last_seq, |message| message.seq);
        self.news_after.get_or_insert(self.contig);
        self.messages = messages;
        self.older = older;
        self.early.clear();
        let arrived: Vec<_> = self
            .messages
            .iter()
            .map(|message| message.client_id)
            .collect();
        self.outgoing
            .retain(|outgoing| !arrived.contains(&outgoing.client_id));
    }

    /// An older part, which ends where the stretch begins.
    pub fn load_older(&mut self, mut messages: Vec<MessageView>, older: bool) {
        let first = self
            .messages
            .first()
            .map_or(self.contig + 1, |message| message.seq);
        messages.retain(|message| message.seq < first);
        messages.append(&mut self.messages);
        self.messages = messages;
        self.older = older;
    }

    /// A delivered message. Repeats are dropped, early ones wait for the missing.
    pub fn take(&mut self, epoch: i64, message: MessageView) -> Next {
        if epoch != self.epoch {
            return Next::Reload;
        }
        if message.seq > self.contig {
            self.early.insert(message.seq, message);
        }
        while let Some(message) = self.early.remove(&(self.contig + 1)) {
            self.contig = message.seq;
            self.outgoing
                .retain(|outgoing| outgoing.client_id != message.client_id);
            self.messages.push(message);
        }
        if self.early.is_empty() {
            Next::Nothing
        } else {
            Next::Sync
        }
    }

    /// The answer to a question for missing messages.
    pub fn take_page(&mut self, epoch: i64, items: Vec<MessageView>, more: bool) -> Next {
        for message in items {
            if self.take(epoch, message) == Next::Reload {
                return Next::Reload;
            }
        }
        match (epoch == self.epoch, more || !self.early.is_empty()) {
            (false, _) => Next::Reload,
            (true, true) => Next::Sync,
            (true, false) => Next::Nothing,
        }
    }

    /// The server's newest place, from a ping or a hint.
    #[must_use]
    pub fn newest_is(&self, last_seq: i64) -> Next {
        if last_seq > self.contig {
            Next::Sync
        } else {
            Next::Nothing
        }
    }

    /// Puts a new message at the end of the queue.
    pub fn write(&mut self, outgoing: Outgoing) {
        self.outgoing.push(outgoing);
    }

    /// The message to send now: one at a time, so that they keep their order.
    pub fn next_to_send(&mut self) -> Option<Outgoing> {
        if self
            .outgoing
            .iter()
            .any(|outgoing| outgoing.sending == Sending::InFlight)
        {
            return None;
        }
        let next = self
            .outgoing
            .iter_mut()
            .find(|o| o.sending == Sending::Queued)?;
        next.sending = Sending::InFlight;
        Some(next.clone())
    }

    /// The message is stored. It shows with its place at once.
    pub fn acked(
        &mut self,
        client_id: ClientMessageId,
        stored: impl FnOnce(&Outgoing) -> MessageView,
    ) -> Next {
        let Some(at) = self.outgoing.iter().position(|o| o.client_id == client_id) else {
            return Next::Nothing;
        };
        let message = stored(&self.outgoing.remove(at));
        self.take(self.epoch, message)
    }

    /// The message was not stored: try again, or never.
    pub fn nacked(&mut self, client_id: ClientMessageId, sending: Sending) {
        if let Some(outgoing) = self.outgoing.iter_mut().find(|o| o.client_id == client_id) {
            outgoing.sending = sending;
        }
    }

    /// The connection is gone: whatever is unacknowledged goes out again, under the same id.
    pub fn disconnected(&mut self) {
        for outgoing in &mut self.outgoing {
            if outgoing.sending == Sending::InFlight {
                outgoing.sending = Sending::Queued;
            }
        }
    }

    /// Takes a refused message out, to write it anew or to forget it.
    pub fn discard(&mut self, client_id: ClientMessageId) {
        self.outgoing
            .retain(|outgoing| outgoing.client_id != client_id);
    }

    /// The viewer has seen everything; gives the place to tell the server, once.
    pub fn mark_read(&mut self) -> Option<i64> {
        (self.contig > self.read_seq).then(|| {
            self.read_seq = self.contig;
            self.contig
        })
    }

    /// How far the viewer had read before.
    pub fn set_read(&mut self, seq: i64) {
        self.read_seq = self.read_seq.max(seq);
        self.news_after = Some(self.news_after.unwrap_or_default().max(seq));
    }

    /// The other member has read up to here.
    pub fn seen(&mut self, seq: i64) {
        self.seen_seq = self.seen_seq.max(seq);
    }

    /// The messages, oldest first.
    #[must_use]
    pub fn messages(&self) -> &[MessageView] {
        &self.messages
    }

    /// The own messages on their way, in the order they were written.
    #[must_use]
    pub fn outgoing(&self) -> &[Outgoing] {
        &self.outgoing
    }

    /// There are older messages to load.
    #[must_use]
    pub fn has_older(&self) -> bool {
        self.older
    }

    /// The place of the oldest message at hand.
    #[must_use]
    pub fn first_seq(&self) -> Option<i64> {
        self.messages.first().map(|message| message.seq)
    }

    /// How far the copy goes.
    #[must_use]
    pub fn position(&self) -> Position {
        Position {
            epoch: self.epoch,
            last_seq: self.contig,
        }
    }

    /// Messages of others that the viewer has not read. The clinic's notes are none.
    #[must_use]
    pub fn unread(&self, viewer: UserId) -> usize {
        let read = self.news_after.unwrap_or_default().max(self.read_seq);
        let from_other = |m: &MessageView| m.sender_id.is_some_and(|sender| sender != viewer);
        self.messages
            .iter()
            .filter(|m| m.seq > read && from_other(m))
            .count()
    }

    /// The newest own message that the other has read.
    #[must_use]
    pub fn last_seen(&self, viewer: UserId) -> Option<i64> {
        let seen = |m: &&MessageView| m.seq <= self.seen_seq && m.sender_id == Some(viewer);
        self.messages
            .iter()
            .rev()
            .find(seen)
            .map(|message| message.seq)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;
    use visita_domain::ConversationId;
    use visita_domain::chat::MessageKind;
    use wasm_bindgen_test::wasm_bindgen_test;

    const ME: UserId = UserId(Uuid::from_u128(1));

    fn message(seq: i64, client: u128) -> MessageView {
        MessageView {
            conversation_id: ConversationId(Uuid::nil()),
            seq,
            client_id: ClientMessageId(Uuid::from_u128(client)),
            sender_id: Some(ME),
            sender_name: None,
            kind: MessageKind::Text,
            body: String::new(),
            document_id: None,
            created_at: Ts::EPOCH,
        }
    }

    fn outgoing(client: u128) -> Outgoing {
        Outgoing {
            client_id: ClientMessageId(Uuid::from_u128(client)),
            body: String::new(),
            document_id: None,
            sending: Sending::Queued,
            at: Ts::EPOCH,
        }
    }

    fn loaded(last: i64) -> Model {
        let mut model = Model::default();
        model.load(
            1,
            last,
            (1..=last).map(|seq| message(seq, 0)).collect(),
            false,
        );
        model
    }

    fn seqs(model: &Model) -> Vec<i64> {
        model.messages().iter().map(|message| message.seq).collect()
    }

    #[wasm_bindgen_test]
    fn messages_show_in_order_without_gaps_or_repeats() {
        let mut model = loaded(2);
        assert_eq!(model.take(1, message(5, 5)), Next::Sync);
        assert_eq!(model.take(1, message(4, 4)), Next::Sync);
        assert_eq!(seqs(&model), [1, 2], "nothing past a gap shows");
        assert_eq!(model.take(1, message(3, 3)), Next::Nothing);
        assert_eq!(model.take(1, message(3, 3)), Next::Nothing);
        assert_eq!(seqs(&model), [1, 2, 3, 4, 5]);
        assert_eq!(model.position().last_seq, 5);
    }

    #[wasm_bindgen_test]
    fn another_epoch_means_another_history() {
        let mut model = loaded(2);
        assert_eq!(model.take(2, message(3, 3)), Next::Reload);
        assert_eq!(model.take_page(2, Vec::new(), false), Next::Reload);
        model.load(2, 1, vec![message(1, 9)], false);
        assert_eq!(
            model.position(),
            Position {
                epoch: 2,
                last_seq: 1
            }
        );
    }

    #[wasm_bindgen_test]
    fn one_message_is_in_flight_and_goes_out_again_under_the_same_id() {
        let mut model = loaded(0);
        model.write(outgoing(7));
        model.write(outgoing(8));
        let first = model.next_to_send().expect("the first");
        assert_eq!(first.client_id, ClientMessageId(Uuid::from_u128(7)));
        assert!(model.next_to_send().is_none(), "the second waits");
        model.disconnected();
        assert_eq!(
            model.next_to_send().expect("again").client_id,
            first.client_id
        );
        assert_eq!(
            model.acked(first.client_id, |_| message(1, 7)),
            Next::Nothing
        );
        assert_eq!(seqs(&model), [1]);
        assert_eq!(
            model.take(1, message(1, 7)),
            Next::Nothing,
            "the echo is a repeat"
        );
        assert_eq!(model.outgoing().len(), 1);
    }

    #[wasm_bindgen_test]
    fn a_message_that_arrived_although_its_ack_was_lost_is_not_sent_again() {
        let mut model = loaded(0);
        model.write(outgoing(7));
        model.next_to_send();
        model.disconnected();
        model.take(1, message(1, 7));
        assert!(model.next_to_send().is_none());
        assert_eq!(seqs(&model), [1]);
    }

    #[wasm_bindgen_test]
    fn a_refused_message_lets_the_next_pass() {
        let mut model = loaded(0);
        model.write(outgoing(7));
        model.write(outgoing(8));
        let first = model.next_to_send().expect("the first").client_id;
        model.nacked(first, Sending::Failed(ErrorCode::Forbidden));
        assert_eq!(
            model.next_to_send().expect("the second").client_id,
            ClientMessageId(Uuid::from_u128(8))
        );
    }

    #[wasm_bindgen_test]
    fn reading_is_told_once_and_never_goes_back() {
        let other = UserId(Uuid::from_u128(2));
        assert_eq!(
            loaded(3).unread(other),
            0,
            "what was there is no news when nothing is known"
        );
        let mut model = Model::default();
        model.set_read(1);
        model.load(1, 3, (1..=3).map(|seq| message(seq, 0)).collect(), false);
        assert_eq!(model.unread(other), 2);
        assert_eq!(model.unread(ME), 0, "own messages are no news");
        assert_eq!(model.mark_read(), Some(3));
        assert_eq!(model.mark_read(), None);
        model.seen(2);
        model.seen(1);
        assert_eq!(model.last_seen(ME), Some(2));
    }

    #[wasm_bindgen_test]
    fn older_messages_join_before_the_stretch() {
        let mut model = Model::default();
        model.load(1, 6, vec![message(5, 0), message(6, 0)], true);
        model.load_older(vec![message(3, 0), message(4, 0), message(5, 0)], true);
        assert_eq!(seqs(&model), [3, 4, 5, 6]);
        assert_eq!(model.position().last_seq, 6);
    }
}
