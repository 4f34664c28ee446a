//! What a thread shows, line by line.

use visita_domain::chat::MessageKind;
use visita_domain::chat::SystemEvent;
use visita_domain::{ClientMessageId, DocumentId, LocalDate, Ts, UserId};

use crate::intl;
use crate::state::chat::model::{Model, Sending};

/// One line of a thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// The messages below are of this day.
    Day(Ts),
    /// The clinic's own note.
    System {
        seq: i64,
        /// What happened; none for events that this page does not know.
        event: Option<SystemEvent>,
        at: Ts,
    },
    /// Somebody's words or file.
    Said(Said),
}

/// Words or a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    pub client_id: ClientMessageId,
    pub own: bool,
    /// The writer's name, above the first of a row of theirs.
    pub name: Option<String>,
    pub body: String,
    pub document: Option<DocumentId>,
    pub at: Ts,
    /// None once it is stored.
    pub sending: Option<Sending>,
    /// The other has read up to here.
    pub seen: bool,
}

impl Entry {
    /// The line stays the same line while the message goes from written to stored.
    pub fn key(&self) -> (u8, String) {
        match self {
            Self::Day(at) => (0, at.to_string()),
            Self::System { seq, .. } => (1, seq.to_string()),
            Self::Said(said) => (
                2,
                format!("{}{:?}{}", said.client_id, said.sending, said.seen),
            ),
        }
    }
}

/// The lines of a conversation.
pub fn entries(model: &Model, viewer: UserId) -> Vec<Entry> {
    lines(model, viewer, |at| intl::civil_date_at(at, None))
}

fn lines(model: &Model, viewer: UserId, day_of: impl Fn(Ts) -> Option<LocalDate>) -> Vec<Entry> {
    let mut list = Vec::new();
    let mut day = None;
    let mut writer: Option<UserId> = None;
    let last_seen = model.last_seen(viewer);
    let mut turn = |at: Ts, list: &mut Vec<Entry>| {
        let new_day = day_of(at) != day;
        if new_day {
            day = day_of(at);
            list.push(Entry::Day(at));
        }
        new_day
    };
    for message in model.messages() {
        let new_day = turn(message.created_at, &mut list);
        if message.kind == MessageKind::System {
            writer = None;
            list.push(Entry::System {
                seq: message.seq,
                event: SystemEvent::from_text(&message.body),
                at: message.created_at,
            });
            continue;
        }
        let own = message.sender_id == Some(viewer);
        let goes_on = writer == message.sender_id && !new_day;
        writer = message.sender_id;
        list.push(Entry::Said(Said {
            client_id: message.client_id,
            own,
            name: message.sender_name.clone().filter(|_| !own && !goes_on),
            body: message.body.clone(),
            document: message.document_id,
            at: message.created_at,
            sending: None,
            seen: last_seen == Some(message.seq),
        }));
    }
    for outgoing in model.outgoing() {
        turn(outgoing.at, &mut list);
        list.push(Entry::Said(Said {
            client_id: outgoing.client_id,
            own: true,
            name: None,
            body: outgoing.body.clone(),
            document: outgoing.document_id,
            at: outgoing.at,
            sending: Some(outgoing.sending),
            seen: false,
        }));
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;
    use visita_domain::ConversationId;
    use visita_wire::chat::MessageView;
    use wasm_bindgen_test::wasm_bindgen_test;

    const DAY: i64 = 86_400_000_000;

    fn user(n: u128) -> UserId {
        UserId(Uuid::from_u128(n))
    }

    fn message(seq: i64, sender: u128, micros: i64, kind: MessageKind) -> MessageView {
        MessageView {
            conversation_id: ConversationId(Uuid::nil()),
            seq,
            client_id: ClientMessageId(Uuid::from_u128(u128::from(seq.unsigned_abs()))),
            sender_id: (kind != MessageKind::System).then(|| user(sender)),
            sender_name: Some(format!("user {sender}")),
            kind,
            body: "booked".to_owned(),
            document_id: None,
            created_at: Ts::from_micros(micros).expect("a time"),
        }
    }

    #[wasm_bindgen_test]
    fn days_names_and_events_stand_between_the_messages() {
        let mut model = Model::default();
        let messages = vec![
            message(1, 0, 0, MessageKind::System),
            message(2, 2, 1, MessageKind::Text),
            message(3, 2, 2, MessageKind::Text),
            message(4, 1, 3, MessageKind::Text),
            message(5, 2, DAY, MessageKind::Text),
        ];
        model.load(1, 5, messages, false);
        let day_of = |at: Ts| {
            let day = i8::try_from(at.as_micros() / DAY + 1).expect("a day");
            LocalDate::new(1970, 1, day).ok()
        };
        let shown: Vec<String> = lines(&model, user(1), day_of)
            .iter()
            .map(|entry| match entry {
                Entry::Day(_) => "day".to_owned(),
                Entry::System { event, .. } => format!("{event:?}"),
                Entry::Said(said) => format!("{} {:?}", said.own, said.name),
            })
            .collect();
        let expected = [
            "day",
            "Some(Booked)",
            "false Some(\"user 2\")",
            "false None",
            "true None",
            "day",
            "false Some(\"user 2\")",
        ];
        assert_eq!(shown, expected);
    }
}
