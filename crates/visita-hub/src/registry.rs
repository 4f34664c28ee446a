//! Which sockets exist, whose they are and what they listen to.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use visita_domain::{ConnId, SessionId, TabId, UserId};

use crate::hint::Topic;
use crate::mailbox::Mailbox;

/// One registered socket.
#[derive(Debug)]
pub(crate) struct Socket {
    pub(crate) session: SessionId,
    pub(crate) tab: TabId,
    pub(crate) mailbox: Arc<Mailbox>,
    topics: HashSet<Topic>,
    /// Order of arrival on this node.
    arrival: u64,
}

/// All sockets of this node.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    sockets: HashMap<ConnId, Socket>,
    listeners: HashMap<Topic, HashSet<ConnId>>,
    arrivals: u64,
}

impl Registry {
    pub(crate) fn add(
        &mut self,
        conn: ConnId,
        user: UserId,
        session: SessionId,
        tab: TabId,
    ) -> Arc<Mailbox> {
        let mailbox = Arc::new(Mailbox::default());
        self.arrivals += 1;
        let socket = Socket {
            session,
            tab,
            mailbox: Arc::clone(&mailbox),
            topics: HashSet::new(),
            arrival: self.arrivals,
        };
        self.sockets.insert(conn, socket);
        self.listen(conn, Topic::User(user));
        self.listen(conn, Topic::Session(session));
        mailbox
    }

    pub(crate) fn remove(&mut self, conn: ConnId) -> Option<Socket> {
        let socket = self.sockets.remove(&conn)?;
        for topic in &socket.topics {
            self.forget_listener(*topic, conn);
        }
        Some(socket)
    }

    pub(crate) fn listen(&mut self, conn: ConnId, topic: Topic) {
        if let Some(socket) = self.sockets.get_mut(&conn) {
            socket.topics.insert(topic);
            self.listeners.entry(topic).or_default().insert(conn);
        }
    }

    pub(crate) fn ignore(&mut self, conn: ConnId, topic: Topic) {
        if let Some(socket) = self.sockets.get_mut(&conn) {
            socket.topics.remove(&topic);
            self.forget_listener(topic, conn);
        }
    }

    pub(crate) fn get(&self, conn: ConnId) -> Option<&Socket> {
        self.sockets.get(&conn)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Socket> {
        self.sockets.values()
    }

    pub(crate) fn len(&self) -> usize {
        self.sockets.len()
    }

    pub(crate) fn listeners(&self, topic: Topic) -> impl Iterator<Item = &Socket> {
        self.listeners
            .get(&topic)
            .into_iter()
            .flatten()
            .filter_map(|conn| self.sockets.get(conn))
    }

    /// The sockets of a user, oldest first.
    pub(crate) fn of_user(&self, user: UserId) -> Vec<&Socket> {
        let mut sockets: Vec<_> = self.listeners(Topic::User(user)).collect();
        sockets.sort_by_key(|socket| socket.arrival);
        sockets
    }

    fn forget_listener(&mut self, topic: Topic, conn: ConnId) {
        if let Some(conns) = self.listeners.get_mut(&topic) {
            conns.remove(&conn);
            if conns.is_empty() {
                self.listeners.remove(&topic);
            }
        }
    }

    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.sockets.is_empty() && self.listeners.is_empty()
    }
}
