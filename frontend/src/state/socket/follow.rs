//! What the page follows, told to the server again after every reconnect, and the
//! snapshots that come for it.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use leptos::prelude::*;
use visita_domain::{AppointmentId, ConversationId};
use visita_wire::ws::{ClientMsg, Position, ServerMsg};

use super::VisitLive;
use super::core::Core;

type PositionOf = Rc<dyn Fn() -> Position>;

/// Counted, since two parts of a page may follow the same.
#[derive(Default)]
pub(super) struct Followed {
    lobby: usize,
    visits: BTreeMap<AppointmentId, usize>,
    conversations: BTreeMap<ConversationId, PositionOf>,
    /// Conversations that the last `hello` named.
    greeted: BTreeSet<ConversationId>,
}

impl Followed {
    /// How far the copies of the followed conversations go, for `hello`.
    pub(super) fn positions(&mut self) -> BTreeMap<ConversationId, Position> {
        self.greeted = self.conversations.keys().copied().collect();
        self.conversations
            .iter()
            .map(|(id, position)| (*id, position()))
            .collect()
    }

    /// What to say after `welcome`: all that `hello` could not name, which includes the
    /// conversations that were opened or left while the answer was on its way.
    pub(super) fn messages(&self) -> Vec<ClientMsg> {
        let lobby = (self.lobby > 0).then_some(ClientMsg::LobbySub {});
        let visit = |id: &AppointmentId| ClientMsg::VisitSub { appointment: *id };
        let opened = self
            .conversations
            .iter()
            .filter(|(id, _)| !self.greeted.contains(id))
            .map(|(id, position)| ClientMsg::ConvSub {
                conv: *id,
                after: position(),
            });
        let left = self
            .greeted
            .iter()
            .filter(|id| !self.conversations.contains_key(id))
            .map(|id| ClientMsg::ConvUnsub { conv: *id });
        lobby
            .into_iter()
            .chain(self.visits.keys().map(visit))
            .chain(opened)
            .chain(left)
            .collect()
    }
}

impl Core {
    pub(super) fn follow_lobby(self: &Rc<Self>) {
        let first = {
            let mut followed = self.followed.borrow_mut();
            followed.lobby += 1;
            followed.lobby == 1
        };
        if first {
            self.send(ClientMsg::LobbySub {});
        }
    }

    pub(super) fn leave_lobby(self: &Rc<Self>) {
        let last = {
            let mut followed = self.followed.borrow_mut();
            followed.lobby = followed.lobby.saturating_sub(1);
            followed.lobby == 0
        };
        if last {
            self.send(ClientMsg::LobbyUnsub {});
            self.signals().lobby.try_set(None);
        }
    }

    pub(super) fn follow_visit(self: &Rc<Self>, id: AppointmentId) {
        let first = {
            let mut followed = self.followed.borrow_mut();
            let count = followed.visits.entry(id).or_insert(0);
            *count += 1;
            *count == 1
        };
        if first {
            self.send(ClientMsg::VisitSub { appointment: id });
        }
    }

    pub(super) fn leave_visit(self: &Rc<Self>, id: AppointmentId) {
        let last = {
            let mut followed = self.followed.borrow_mut();
            let count = followed.visits.entry(id).or_insert(1);
            *count = count.saturating_sub(1);
            let last = *count == 0;
            if last {
                followed.visits.remove(&id);
            }
            last
        };
        if last {
            self.send(ClientMsg::VisitUnsub { appointment: id });
            self.signals()
                .visits
                .try_update(|visits| visits.remove(&id));
        }
    }

    pub(super) fn follow_conversation(self: &Rc<Self>, id: ConversationId, position: PositionOf) {
        let after = position();
        self.followed
            .borrow_mut()
            .conversations
            .insert(id, position);
        self.send(ClientMsg::ConvSub { conv: id, after });
    }

    pub(super) fn leave_conversation(self: &Rc<Self>, id: ConversationId) {
        if self
            .followed
            .borrow_mut()
            .conversations
            .remove(&id)
            .is_some()
        {
            self.send(ClientMsg::ConvUnsub { conv: id });
        }
    }

    /// Keeps snapshots and counts hints.
    pub(super) fn note(&self, msg: &ServerMsg) {
        let signals = self.signals();
        match msg {
            ServerMsg::LobbySnap(view) => {
                signals.lobby.try_update(|kept| {
                    // Snapshots of several nodes may overtake each other.
                    if kept.as_ref().is_none_or(|kept| kept.rev <= view.rev) {
                        *kept = Some(view.clone());
                    }
                });
            }
            ServerMsg::VisitState {
                appointment,
                state,
                version,
                starts_at,
                patient,
                doctor_online,
            } => {
                let live = VisitLive {
                    state: *state,
                    version: *version,
                    starts_at: *starts_at,
                    patient: *patient,
                    doctor_online: *doctor_online,
                };
                signals.visits.try_update(|visits| {
                    if visits
                        .get(appointment)
                        .is_none_or(|kept| kept.version <= live.version)
                    {
                        visits.insert(*appointment, live);
                    }
                });
            }
            ServerMsg::AppointmentChanged { .. } => {
                signals.appointments_changed.try_update(|count| *count += 1);
            }
            ServerMsg::ConvChanged { .. } => {
                signals
                    .conversations_changed
                    .try_update(|count| *count += 1);
            }
            ServerMsg::Pong { lobby_rev, .. } => self.check_lobby(*lobby_rev),
            _ => {}
        }
    }

    /// A lost hint shows at the next ping: ask for the lobby again.
    fn check_lobby(&self, newest: Option<i64>) {
        let kept = self
            .signals()
            .lobby
            .try_with_untracked(|kept| kept.as_ref().map(|l| l.rev));
        if let (Some(newest), Some(Some(kept))) = (newest, kept)
            && kept < newest
        {
            self.send(ClientMsg::LobbySub {});
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;
    use wasm_bindgen_test::wasm_bindgen_test;

    const AT: Position = Position {
        epoch: 1,
        last_seq: 4,
    };

    fn conversation(n: u128) -> ConversationId {
        ConversationId(Uuid::from_u128(n))
    }

    #[wasm_bindgen_test]
    fn a_conversation_opened_between_hello_and_welcome_is_followed_all_the_same() {
        let mut followed = Followed::default();
        let at = || -> PositionOf { Rc::new(|| AT) };
        followed.conversations.insert(conversation(1), at());
        followed.conversations.insert(conversation(2), at());
        assert_eq!(followed.positions().len(), 2);
        assert_eq!(followed.messages(), []);

        followed.conversations.insert(conversation(3), at());
        followed.conversations.remove(&conversation(1));
        assert_eq!(
            followed.messages(),
            [
                ClientMsg::ConvSub {
                    conv: conversation(3),
                    after: AT
                },
                ClientMsg::ConvUnsub {
                    conv: conversation(1)
                },
            ]
        );
        // The next connection names them in its own hello.
        assert_eq!(followed.positions().len(), 2);
        assert_eq!(followed.messages(), []);
    }
}
