//! The hub's handle: registers sockets, spreads hints, and ties presence and calls
//! to the life of sockets.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use visita_domain::appointment::{Appointment, AppointmentState};
use visita_domain::{
    AppointmentId, ConnId, ConversationId, DoctorId, HospitalId, SessionId, TabId, UserId,
};
use visita_wire::appointments::Presence;
use visita_wire::ws::{LegRef, ServerMsg, SigNackReason, Signal, close};

use crate::calls::{Calls, Joined, Post, Replaced};
use crate::hint::{Event, Hint, HintBus, SingleNode, Topic};
use crate::limits::{Limits, Stranger, Strangers};
use crate::mailbox::{Mailbox, Push};
use crate::presence::{Changed, GRACE, Leases, Seat};
use crate::registry::Registry;
use crate::tickets::{TicketHash, TicketHolder, Tickets, TooManyTickets};

/// The real-time core of this node. Clones share it.
#[derive(Debug, Clone)]
pub struct Hub {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    limits: Limits,
    bus: Box<dyn HintBus>,
    strangers: Strangers,
    state: Mutex<State>,
    /// True from the start of the drain on.
    draining: watch::Sender<bool>,
    /// Wakes whoever waits for the last socket to go.
    gone: Notify,
}

#[derive(Debug, Default)]
struct State {
    sockets: Registry,
    leases: Leases,
    calls: Calls,
    tickets: Tickets,
}

/// A socket that has proved who it is.
#[derive(Debug, Clone, Copy)]
pub struct Newcomer {
    /// Drawn for this socket.
    pub conn_id: ConnId,
    /// Whose it is.
    pub user_id: UserId,
    /// By which session.
    pub session_id: SessionId,
    /// Which load of the page.
    pub tab_id: TabId,
}

impl Default for Hub {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

impl Hub {
    /// A hub that runs alone.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self::with_bus(limits, SingleNode)
    }

    /// A hub that tells other nodes through a bus.
    #[must_use]
    pub fn with_bus(limits: Limits, bus: impl HintBus) -> Self {
        Self {
            inner: Arc::new(Inner {
                limits,
                bus: Box::new(bus),
                strangers: Strangers::default(),
                state: Mutex::default(),
                draining: watch::Sender::new(false),
                gone: Notify::new(),
            }),
        }
    }

    /// The limits of sockets.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.inner.limits
    }

    // What REST handlers and jobs tell, after commit.

    /// An appointment changed in any way. Pass it as it stands now.
    ///
    /// Followers of the visit and of the lobby look again, both people's lists are
    /// refreshed, the conversation is looked at for a system message, and a visit
    /// that is over loses its call.
    pub fn appointment_changed(&self, appointment: &Appointment) {
        let id = appointment.id;
        let people = [
            UserId::from(appointment.doctor_id),
            UserId::from(appointment.patient_id),
        ];
        if appointment.state != AppointmentState::InCall {
            self.publish(Topic::Visit(id), Hint::CallEnded { appointment: id });
        }
        self.publish(Topic::Visit(id), Hint::Visit { appointment: id });
        self.publish(Topic::Lobby(appointment.hospital_id), Hint::Lobby);
        for person in people {
            self.publish(Topic::User(person), Hint::Appointment { appointment: id });
        }
        self.conversation_changed(appointment.conversation_id, None, &people);
    }

    /// The appointment went from that doctor to another.
    pub fn appointment_left(&self, doctor: DoctorId, appointment: &Appointment) {
        let person = UserId::from(doctor);
        let (id, conv) = (appointment.id, appointment.conversation_id);
        self.publish(Topic::User(person), Hint::Appointment { appointment: id });
        self.publish(
            Topic::User(person),
            Hint::Inbox {
                conv,
                last_seq: None,
            },
        );
    }

    /// A conversation has messages up to `last_seq` (or some more, when unknown).
    pub fn conversation_changed(
        &self,
        conv: ConversationId,
        last_seq: Option<i64>,
        members: &[UserId],
    ) {
        self.publish(Topic::Conversation(conv), Hint::Messages { conv, last_seq });
        for member in members {
            self.publish(Topic::User(*member), Hint::Inbox { conv, last_seq });
        }
    }

    /// A member has read up to `seq`.
    pub fn conversation_read(&self, conv: ConversationId, user_id: UserId, seq: i64) {
        self.publish(Topic::Conversation(conv), Hint::Read { conv, user_id, seq });
    }

    /// The session ended: its sockets close with 4401, on every node.
    pub fn session_ended(&self, session: SessionId) {
        self.publish(Topic::Session(session), Hint::Revoked);
    }

    /// The user was disabled or has another role: all sockets close with 4401, on every node.
    pub fn user_ended(&self, user: UserId) {
        self.publish(Topic::User(user), Hint::Revoked);
    }

    /// How somebody is connected to a visit now.
    #[must_use]
    pub fn presence(&self, appointment: AppointmentId, user: UserId) -> Presence {
        let seat = Seat { appointment, user };
        self.lock().leases.presence(seat, Instant::now())
    }

    // Hints.

    /// Tells this node's listeners and, through the bus, all others'.
    pub fn publish(&self, topic: Topic, hint: Hint) {
        let event = Event { topic, hint };
        self.deliver(event);
        self.inner.bus.forward(event);
    }

    /// Tells this node's listeners. A bus calls it with what other nodes published.
    pub fn deliver(&self, event: Event) {
        let mut state = self.lock();
        match event.hint {
            Hint::Revoked => {
                state.tickets.revoke(|holder| match event.topic {
                    Topic::Session(session) => holder.session_id == session,
                    Topic::User(user) => holder.user_id == user,
                    _ => false,
                });
                for socket in state.sockets.listeners(event.topic) {
                    socket.mailbox.close(close::AUTH);
                }
            }
            Hint::CallEnded { appointment } => state.calls.end(appointment),
            hint => {
                for socket in state.sockets.listeners(event.topic) {
                    socket.mailbox.hint(hint);
                }
            }
        }
    }

    // Tickets and sockets.

    /// Notes a ticket that was given out.
    ///
    /// # Errors
    /// [`TooManyTickets`] when the session or the node holds too many unused ones.
    pub fn issue_ticket(
        &self,
        hash: TicketHash,
        holder: TicketHolder,
    ) -> Result<(), TooManyTickets> {
        self.lock().tickets.issue(hash, holder, Instant::now())
    }

    /// Takes a ticket, which is good once. None when unknown, used or ended.
    #[must_use]
    pub fn redeem_ticket(&self, hash: &TicketHash) -> Option<TicketHolder> {
        self.lock().tickets.redeem(hash, Instant::now())
    }

    /// Room for a socket that has not said who it is; none when full or draining.
    #[must_use]
    pub fn admit_stranger(&self, from: IpAddr) -> Option<Stranger> {
        if *self.inner.draining.borrow() {
            return None;
        }
        self.inner.strangers.admit(from, &self.inner.limits)
    }

    /// Registers a socket until the guard is dropped; none while draining.
    ///
    /// An older socket of the same tab, and the oldest one when the user has too
    /// many, close with 4409.
    #[must_use]
    pub fn register(&self, newcomer: Newcomer) -> Option<ConnGuard> {
        // Under the lock: whoever drains sees this socket, or this socket sees the drain.
        let mut state = self.lock();
        if *self.inner.draining.borrow() {
            return None;
        }
        let known = state.sockets.of_user(newcomer.user_id);
        let mut left = known.len();
        for socket in known {
            let same_tab = socket.tab == newcomer.tab_id && socket.session == newcomer.session_id;
            if same_tab || left >= self.inner.limits.sockets_per_user {
                socket.mailbox.close(close::REPLACED);
                left -= 1;
            }
        }
        let mailbox = state.sockets.add(
            newcomer.conn_id,
            newcomer.user_id,
            newcomer.session_id,
            newcomer.tab_id,
        );
        Some(ConnGuard {
            hub: self.clone(),
            conn_id: newcomer.conn_id,
            user_id: newcomer.user_id,
            mailbox,
        })
    }

    /// Registered sockets of this node.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.lock().sockets.len()
    }

    /// Takes no more sockets, tells all to come back (spread over `over_ms`) and closes them.
    pub fn drain(&self, over_ms: u64) {
        let state = self.lock();
        self.inner.draining.send_replace(true);
        let count = u64::try_from(state.sockets.len())
            .unwrap_or(u64::MAX)
            .max(1);
        for (n, socket) in (0_u64..).zip(state.sockets.all()) {
            let after_ms = over_ms.saturating_mul(n) / count;
            socket
                .mailbox
                .last(ServerMsg::Drain { after_ms }, close::DRAIN);
        }
    }

    /// Resolves when the drain starts.
    pub async fn draining(&self) {
        let mut draining = self.inner.draining.subscribe();
        // The sender lives as long as this hub, so waiting cannot fail.
        let _ = draining.wait_for(|draining| *draining).await;
    }

    /// Resolves when no socket is registered any more.
    pub async fn drained(&self) {
        loop {
            let gone = self.inner.gone.notified();
            if self.connections() == 0 {
                return;
            }
            gone.await;
        }
    }

    // Inside.

    fn lock(&self) -> MutexGuard<'_, State> {
        self.inner
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn post(state: &State, posts: Vec<Post>) {
        for (conn, msg, bytes) in posts {
            if let Some(socket) = state.sockets.get(conn) {
                socket.mailbox.frame(msg, bytes);
            }
        }
    }

    fn presence_changed(&self, changed: impl IntoIterator<Item = Changed>) {
        for (seat, hospital) in changed {
            let appointment = seat.appointment;
            self.publish(Topic::Visit(appointment), Hint::Visit { appointment });
            self.publish(Topic::Lobby(hospital), Hint::Lobby);
        }
    }

    /// Tells again when the grace of somebody who was lost runs out.
    fn watch_grace(&self, lost: Vec<Changed>) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        for (seat, hospital) in lost {
            let hub: Weak<Inner> = Arc::downgrade(&self.inner);
            runtime.spawn(async move {
                tokio::time::sleep(GRACE).await;
                let Some(inner) = hub.upgrade() else { return };
                let hub = Self { inner };
                let away = hub.lock().leases.forget_if_away(seat, Instant::now());
                if away {
                    hub.presence_changed([(seat, hospital)]);
                }
            });
        }
    }
}

/// One registered socket. Dropping it unregisters, whatever ended the socket's task.
#[derive(Debug)]
pub struct ConnGuard {
    hub: Hub,
    conn_id: ConnId,
    user_id: UserId,
    mailbox: Arc<Mailbox>,
}

impl ConnGuard {
    /// This socket.
    #[must_use]
    pub fn conn_id(&self) -> ConnId {
        self.conn_id
    }

    /// Whose it is.
    #[must_use]
    pub fn user_id(&self) -> UserId {
        self.user_id
    }

    /// The next thing to send, or the order to close. Cancel-safe.
    pub async fn next(&self) -> Push {
        self.mailbox.next().await
    }

    /// Resolves with the code when the socket is to be closed. Cancel-safe.
    pub async fn closed(&self) -> u16 {
        self.mailbox.closed().await
    }

    /// Listens to a topic. Subscribe first, read the truth then.
    pub fn subscribe(&self, topic: Topic) {
        self.hub.lock().sockets.listen(self.conn_id, topic);
    }

    /// Listens no more.
    pub fn unsubscribe(&self, topic: Topic) {
        self.hub.lock().sockets.ignore(self.conn_id, topic);
    }

    /// A frame came in: this socket's presence is renewed.
    pub fn alive(&self) {
        let changed = self.hub.lock().leases.renew(self.conn_id, Instant::now());
        self.hub.presence_changed(changed);
    }

    /// The user sits in a visit of that hospital as long as this socket lives.
    pub fn take_seat(&self, appointment: AppointmentId, hospital: HospitalId) {
        let seat = self.seat(appointment);
        let came = self
            .hub
            .lock()
            .leases
            .take(seat, hospital, self.conn_id, Instant::now());
        if came {
            self.hub.presence_changed([(seat, hospital)]);
        }
    }

    /// The user leaves the visit's page on purpose.
    pub fn give_up_seat(&self, appointment: AppointmentId, hospital: HospitalId) {
        let seat = self.seat(appointment);
        let left = self.hub.lock().leases.give_up(seat, self.conn_id);
        if left {
            self.hub.presence_changed([(seat, hospital)]);
        }
    }

    /// Binds a leg that the database has made or confirmed to this socket.
    ///
    /// # Errors
    /// [`Replaced`] when a newer leg of the user is known.
    pub fn join_call(&self, appointment: AppointmentId, leg: LegRef) -> Result<Joined, Replaced> {
        let mut state = self.hub.lock();
        let (joined, posts) =
            state
                .calls
                .join(appointment, self.user_id, leg, self.conn_id, Instant::now())?;
        Hub::post(&state, posts);
        Ok(joined)
    }

    /// Ends the leg that this socket speaks for, when it does.
    pub fn leave_call(&self, appointment: AppointmentId) {
        let mut state = self.hub.lock();
        let posts = state.calls.leave(appointment, self.user_id, self.conn_id);
        Hub::post(&state, posts);
    }

    /// Passes a signal to the other leg.
    ///
    /// # Errors
    /// The reason for `sig.nack`.
    pub fn relay(&self, signal: Signal) -> Result<(), SigNackReason> {
        let mut state = self.hub.lock();
        let post = state
            .calls
            .relay(self.user_id, self.conn_id, signal, Instant::now())?;
        Hub::post(&state, post.into_iter().collect());
        Ok(())
    }

    fn seat(&self, appointment: AppointmentId) -> Seat {
        Seat {
            appointment,
            user: self.user_id,
        }
    }
}

impl Drop for ConnGuard {
    fn drop(&mut self) {
        let now = Instant::now();
        let lost = {
            let mut state = self.hub.lock();
            state.sockets.remove(self.conn_id);
            let posts = state.calls.lose(self.user_id, self.conn_id, now);
            Hub::post(&state, posts);
            state.leases.lose(self.conn_id, now)
        };
        self.hub.presence_changed(lost.iter().copied());
        self.hub.watch_grace(lost);
        self.hub.inner.gone.notify_waiters();
    }
}

#[cfg(test)]
#[path = "hub_tests.rs"]
mod tests;
