//! Mail: from the outbox table to a mail server, or to files where there is none.
//!
//! A request only queues. One task of the server takes what is due under a lease in SQL,
//! writes it, hands it over and records it; killed in between, it leaves a lease that runs
//! out, and the mail goes out again: at least once, with the same `Message-ID`.

mod en;
mod letter;
mod transport;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use lettre::message::Mailbox;
use thiserror::Error;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use visita_store::StoreError;
use visita_store::mail::{self, Letter, Taken};

pub use letter::Post;
pub use transport::{Handing, Outbox, Smtp, Transport};

use crate::state::AppState;

/// How often the worker looks for what is due without being told: retries, and mail that
/// another node has queued.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// The mail settings cannot be used.
#[derive(Debug, Error)]
pub enum MailError {
    /// The sender is no mailbox.
    #[error("the sender is not an address like `Visita <no-reply@clinic.example>`")]
    Sender,
    /// The URL of the mail server. It may hold a password, so it is not shown.
    #[error("the mail server is not a URL like smtps://user:password@mail.example")]
    Server,
}

/// Sends mail. Cheap to clone.
#[derive(Clone)]
pub struct Mailer(Arc<Inner>);

struct Inner {
    transport: Box<dyn Transport>,
    from: Mailbox,
    queued: Notify,
}

impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mailer")
    }
}

impl Mailer {
    /// Mail from that sender by that way.
    ///
    /// # Errors
    /// [`MailError::Sender`].
    pub fn new(from: &str, transport: impl Transport + 'static) -> Result<Self, MailError> {
        Ok(Self(Arc::new(Inner {
            transport: Box::new(transport),
            from: from.parse().map_err(|_| MailError::Sender)?,
            queued: Notify::new(),
        })))
    }

    /// Something was queued: the worker looks now. Call it after the commit; without it
    /// the mail goes out all the same, only later.
    pub fn wake(&self) {
        self.0.queued.notify_one();
    }

    /// The address that mail comes from.
    #[must_use]
    pub fn sender(&self) -> String {
        self.0.from.email.to_string()
    }

    /// The mail as it is sent.
    pub(crate) fn write(&self, state: &AppState, letter: &Letter) -> Option<Post> {
        letter::write(&state.settings, &state.keys, &self.0.from, letter)
    }
}

/// Sends what is due until told to stop.
pub(crate) async fn work(state: AppState, stop: CancellationToken) {
    while !stop.is_cancelled() {
        match deliver_next(&state).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "Mail waits: the outbox cannot be read"),
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = state.mailer.0.queued.notified() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

/// Sends one mail that is due. False when none is.
async fn deliver_next(state: &AppState) -> Result<bool, StoreError> {
    let now = state.clock.now();
    let taken = state.store.run(move |conn| mail::take_due(conn, now));
    let Some(taken) = taken.await? else {
        return Ok(false);
    };
    let outcome = hand_over(state, &taken).await;
    let (id, kind) = (taken.letter.id, taken.letter.kind.as_str());
    match outcome {
        Ok(()) => tracing::info!(mail.id = %id, kind, "Sent a mail"),
        Err(why) => tracing::warn!(mail.id = %id, kind, why, "A mail was not sent"),
    }
    let now = state.clock.now();
    let record = move |conn: &mut _| mail::settle(conn, &taken, outcome, now);
    state.store.run(record).await?;
    Ok(true)
}

async fn hand_over(state: &AppState, taken: &Taken) -> Result<(), &'static str> {
    match state.mailer.write(state, &taken.letter) {
        Some(post) => state.mailer.0.transport.hand_over(&post).await,
        None => Err("unwritable"),
    }
}
