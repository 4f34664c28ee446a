//! Where mail of tests goes, and how a test waits for it.

use std::sync::Arc;

use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use visita_http::mail::{Handing, Mailer, Post, Transport};

/// A mail that arrived.
#[derive(Clone)]
pub struct Arrived {
    pub to: String,
    pub subject: String,
    pub body: String,
}

impl Arrived {
    /// Purpose and token of its link.
    pub fn link(&self) -> (&str, &str) {
        let fragment = self.body.split("/account#").nth(1).expect("a link");
        let end = fragment.find(char::is_whitespace).unwrap();
        fragment[..end].split_once('.').unwrap()
    }

    pub fn token(&self) -> String {
        self.link().1.to_owned()
    }
}

/// Everybody's mail, in the order of arrival.
pub struct Mailbox {
    door: UnboundedSender<Arrived>,
    arrived: Arc<Mutex<UnboundedReceiver<Arrived>>>,
}

impl Default for Mailbox {
    fn default() -> Self {
        let (door, arrived) = unbounded_channel();
        Self {
            door,
            arrived: Arc::new(Mutex::new(arrived)),
        }
    }
}

impl Mailbox {
    /// A mailer whose mail arrives here.
    pub fn mailer(&self) -> Mailer {
        Mailer::new("Visita <visita@localhost>", Door(self.door.clone())).unwrap()
    }

    /// The next mail of anybody, as soon as it is there.
    pub async fn next(&self) -> Arrived {
        self.arrived.lock().await.recv().await.unwrap()
    }

    /// The next mail with a link of an account to that address; news of visits are put away.
    pub async fn next_link_to(&self, address: &str) -> Arrived {
        loop {
            let mail = self.next_to(address).await;
            if mail.body.contains("/account#") {
                return mail;
            }
        }
    }

    /// The next mail to that address; earlier ones to others are put away.
    pub async fn next_to(&self, address: &str) -> Arrived {
        loop {
            let mail = self.next().await;
            if mail.to == address {
                return mail;
            }
        }
    }
}

struct Door(UnboundedSender<Arrived>);

impl Transport for Door {
    fn hand_over<'a>(&'a self, post: &'a Post) -> Handing<'a> {
        let mail = Arrived {
            to: post.to.clone(),
            subject: post.subject.clone(),
            body: post.body.clone(),
        };
        Box::pin(async move { self.0.send(mail).map_err(|_| "nobody reads") })
    }
}
