//! The bounded queue in front of one socket.
//!
//! Whoever pushes never waits for the socket. Hints about the same thing melt into
//! one, so their number is bounded by what the socket follows; frames that must not
//! melt (signals, call notices) are counted in pieces and bytes, and a socket that
//! lets them pile up is closed and resumes by position.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use visita_wire::ws::{ServerMsg, close};

use crate::hint::Hint;

/// Frames and hints that may wait for one socket.
pub const MAX_WAITING: usize = 256;
/// Bytes of frames that may wait for one socket.
pub const MAX_WAITING_BYTES: usize = 1024 * 1024;

/// What a socket's task is to do next.
#[derive(Debug, Clone, PartialEq)]
pub enum Push {
    /// Send this frame.
    Frame(Box<ServerMsg>),
    /// Something changed: look, then tell.
    Hint(Hint),
    /// Close with this code (`visita_wire::ws::close`).
    Close(u16),
}

#[derive(Debug, Default)]
struct Waiting {
    frames: VecDeque<(usize, Box<ServerMsg>)>,
    bytes: usize,
    hints: VecDeque<Hint>,
    close: Option<u16>,
    close_after_frames: Option<u16>,
}

/// The queue. Pushed to by the hub, emptied by one socket task.
#[derive(Debug, Default)]
pub(crate) struct Mailbox {
    waiting: Mutex<Waiting>,
    /// Wakes the task for anything.
    any: Notify,
    /// Wakes the task for a close, even while it waits for the network or the database.
    closed: Notify,
}

impl Mailbox {
    /// Adds a frame of about `bytes` length, or closes a socket that is too slow for it.
    pub(crate) fn frame(&self, msg: ServerMsg, bytes: usize) {
        let mut waiting = self.lock();
        if waiting.frames.len() >= MAX_WAITING || waiting.bytes + bytes > MAX_WAITING_BYTES {
            drop(waiting);
            self.close(close::SLOW);
            return;
        }
        waiting.bytes += bytes;
        waiting.frames.push_back((bytes, Box::new(msg)));
        drop(waiting);
        self.any.notify_one();
    }

    /// Adds a hint, melting it into one about the same thing.
    pub(crate) fn hint(&self, hint: Hint) {
        let mut waiting = self.lock();
        if waiting.hints.iter_mut().any(|known| melt(known, hint)) {
            return;
        }
        if waiting.hints.len() >= MAX_WAITING {
            drop(waiting);
            // Typing is worth nothing a moment later.
            if !matches!(hint, Hint::Typing { .. }) {
                self.close(close::SLOW);
            }
            return;
        }
        waiting.hints.push_back(hint);
        drop(waiting);
        self.any.notify_one();
    }

    /// Asks for a close. The first reason stays.
    pub(crate) fn close(&self, code: u16) {
        self.lock().close.get_or_insert(code);
        self.any.notify_one();
        self.closed.notify_one();
    }

    /// Adds a last frame, after which the socket closes with `code`.
    pub(crate) fn last(&self, msg: ServerMsg, code: u16) {
        let mut waiting = self.lock();
        waiting.frames.push_back((0, Box::new(msg)));
        waiting.close_after_frames.get_or_insert(code);
        drop(waiting);
        self.any.notify_one();
    }

    /// The next thing to do; a close passes everything else. Cancel-safe.
    pub(crate) async fn next(&self) -> Push {
        loop {
            if let Some(push) = self.take() {
                return push;
            }
            self.any.notified().await;
        }
    }

    /// Resolves with the code when the socket is to be closed. Cancel-safe.
    pub(crate) async fn closed(&self) -> u16 {
        loop {
            if let Some(code) = self.lock().close {
                return code;
            }
            self.closed.notified().await;
        }
    }

    fn take(&self) -> Option<Push> {
        let mut waiting = self.lock();
        if let Some(code) = waiting.close {
            return Some(Push::Close(code));
        }
        if let Some((bytes, msg)) = waiting.frames.pop_front() {
            waiting.bytes -= bytes;
            return Some(Push::Frame(msg));
        }
        if let Some(code) = waiting.close_after_frames {
            return Some(Push::Close(code));
        }
        waiting.hints.pop_front().map(Push::Hint)
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Melts `new` into `known` when both tell of the same thing; false when they do not.
fn melt(known: &mut Hint, new: Hint) -> bool {
    match (known, new) {
        (
            Hint::Messages { conv, last_seq },
            Hint::Messages {
                conv: c,
                last_seq: l,
            },
        )
        | (
            Hint::Inbox { conv, last_seq },
            Hint::Inbox {
                conv: c,
                last_seq: l,
            },
        ) if *conv == c => {
            // An unknown place means "look", which covers every known one.
            *last_seq = last_seq.zip(l).map(|(a, b)| a.max(b));
            true
        }
        (
            Hint::Read { conv, user_id, seq },
            Hint::Read {
                conv: c,
                user_id: u,
                seq: s,
            },
        ) if *conv == c && *user_id == u => {
            *seq = (*seq).max(s);
            true
        }
        (known, new) => *known == new,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;
    use visita_domain::{AppointmentId, ConversationId, UserId};

    const CONV: ConversationId = ConversationId::new(Uuid::from_u128(1));
    const USER: UserId = UserId::new(Uuid::from_u128(2));

    fn replaced(n: u128) -> ServerMsg {
        ServerMsg::CallReplaced {
            appointment: AppointmentId::new(Uuid::from_u128(n)),
        }
    }

    #[tokio::test]
    async fn hints_about_one_thing_melt_into_the_newest() {
        let mailbox = Mailbox::default();
        for last_seq in [3, 9, 5] {
            mailbox.hint(Hint::Messages {
                conv: CONV,
                last_seq: Some(last_seq),
            });
        }
        mailbox.hint(Hint::Lobby);
        mailbox.hint(Hint::Lobby);
        assert_eq!(
            mailbox.next().await,
            Push::Hint(Hint::Messages {
                conv: CONV,
                last_seq: Some(9)
            })
        );
        assert_eq!(mailbox.next().await, Push::Hint(Hint::Lobby));
        assert_eq!(mailbox.take(), None);
    }

    #[tokio::test]
    async fn an_unknown_place_is_not_hidden_by_a_known_one() {
        let mailbox = Mailbox::default();
        for last_seq in [Some(3), None, Some(5)] {
            mailbox.hint(Hint::Inbox {
                conv: CONV,
                last_seq,
            });
        }
        assert_eq!(
            mailbox.next().await,
            Push::Hint(Hint::Inbox {
                conv: CONV,
                last_seq: None
            })
        );
    }

    #[tokio::test]
    async fn frames_keep_their_order_and_go_before_hints() {
        let mailbox = Mailbox::default();
        mailbox.hint(Hint::Lobby);
        mailbox.frame(replaced(1), 10);
        mailbox.frame(replaced(2), 10);
        assert_eq!(mailbox.next().await, Push::Frame(Box::new(replaced(1))));
        assert_eq!(mailbox.next().await, Push::Frame(Box::new(replaced(2))));
        assert_eq!(mailbox.next().await, Push::Hint(Hint::Lobby));
    }

    #[tokio::test]
    async fn a_socket_that_lets_frames_pile_up_is_closed_as_slow() {
        let by_count = Mailbox::default();
        for n in 0..=MAX_WAITING {
            by_count.frame(replaced(u128::try_from(n).expect("small")), 1);
        }
        assert_eq!(by_count.next().await, Push::Close(close::SLOW));

        let by_bytes = Mailbox::default();
        by_bytes.frame(replaced(1), MAX_WAITING_BYTES);
        assert_eq!(by_bytes.lock().close, None);
        by_bytes.frame(replaced(2), 1);
        assert_eq!(by_bytes.closed().await, close::SLOW);
    }

    #[tokio::test]
    async fn typing_is_dropped_rather_than_closing_a_full_mailbox() {
        let mailbox = Mailbox::default();
        for n in 0..MAX_WAITING {
            mailbox.hint(Hint::Visit {
                appointment: Uuid::from_u128(u128::try_from(n).expect("small")).into(),
            });
        }
        mailbox.hint(Hint::Typing {
            conv: CONV,
            user_id: USER,
        });
        assert_eq!(mailbox.lock().close, None);
        mailbox.hint(Hint::Lobby);
        assert_eq!(mailbox.next().await, Push::Close(close::SLOW));
    }

    #[tokio::test]
    async fn the_first_reason_to_close_stays() {
        let mailbox = Mailbox::default();
        mailbox.close(close::AUTH);
        mailbox.close(close::SLOW);
        assert_eq!(mailbox.closed().await, close::AUTH);
        assert_eq!(mailbox.next().await, Push::Close(close::AUTH));
    }
}
