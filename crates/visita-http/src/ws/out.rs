//! The sending side of a socket: frames with a deadline, and the close.

use std::time::Duration;

use actix_ws::{CloseCode, CloseReason, Session};
use tokio::time::timeout;
use visita_wire::ErrorCode;
use visita_wire::ws::{Frame, ServerMsg, close};

/// How a socket's life ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// We close it with this code.
    Close(u16),
    /// The client is gone.
    Gone,
}

/// Sends frames, each within the deadline.
pub(super) struct Out {
    session: Session,
    deadline: Duration,
}

impl Out {
    pub(super) fn new(session: Session, deadline: Duration) -> Self {
        Self { session, deadline }
    }

    /// Sends a frame that answers no question.
    pub(super) async fn push(&mut self, msg: ServerMsg) -> Result<(), End> {
        self.answer(None, msg).await
    }

    /// Sends the answer to the frame numbered `re`.
    pub(super) async fn answer(&mut self, re: Option<u64>, msg: ServerMsg) -> Result<(), End> {
        let frame = Frame { id: None, re, msg };
        let Ok(text) = serde_json::to_string(&frame) else {
            tracing::error!("A frame could not be encoded");
            return Err(End::Close(close::PROTOCOL));
        };
        self.within(async |session| session.text(text).await).await
    }

    /// Says that the frame numbered `re` cannot be served.
    pub(super) async fn refuse(&mut self, re: Option<u64>, code: ErrorCode) -> Result<(), End> {
        self.answer(re, ServerMsg::Error { code }).await
    }

    /// Asks the client's network layer for a sign of life.
    pub(super) async fn ping(&mut self) -> Result<(), End> {
        self.within(async |session| session.ping(b"").await).await
    }

    /// Answers such a question of the client.
    pub(super) async fn pong(&mut self, bytes: &[u8]) -> Result<(), End> {
        self.within(async |session| session.pong(bytes).await).await
    }

    /// Sends the close frame, when the client takes it in time.
    pub(super) async fn close(self, code: u16) {
        let reason = CloseReason::from(CloseCode::from(code));
        // A client that does not read loses the reason, not more: the socket ends either way.
        let _ = timeout(self.deadline, self.session.close(Some(reason))).await;
    }

    async fn within<F>(&mut self, send: F) -> Result<(), End>
    where
        F: AsyncFnOnce(&mut Session) -> Result<(), actix_ws::Closed>,
    {
        match timeout(self.deadline, send(&mut self.session)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(actix_ws::Closed)) => Err(End::Gone),
            Err(_elapsed) => Err(End::Close(close::SLOW)),
        }
    }
}
