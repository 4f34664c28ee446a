//! Bodies that an error leaves unread.
//!
//! Once a handler drops a chunked body, actix reads and discards what follows for as
//! long as the client sends, and with it keeps the connection. While the body is still
//! held when the answer has been sent, it ends the connection after a short grace
//! instead. Therefore the answer holds it.

use std::cell::RefCell;
use std::error::Error;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::HttpMessage;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest};
use actix_web::http::Method;
use actix_web::web::Bytes;
use futures_util::Stream;
use futures_util::stream::poll_fn;

/// Keeps a request's body alive while others read it.
#[derive(Clone)]
pub(crate) struct Held(Rc<RefCell<Payload>>);

/// Puts itself between the request and its body, when there is one.
/// Upgrades are left alone: their body lives on as the socket.
pub(crate) fn hold(req: &mut ServiceRequest) -> Option<Held> {
    if *req.method() == Method::GET {
        return None;
    }
    let held = Held(Rc::new(RefCell::new(req.take_payload())));
    let reader = held.clone();
    let body = poll_fn(move |cx| match reader.0.try_borrow_mut() {
        Ok(mut payload) => Pin::new(&mut *payload).poll_next(cx),
        Err(_) => Poll::Ready(None),
    });
    req.set_payload(Payload::Stream {
        payload: Box::pin(body),
    });
    Some(held)
}

impl Held {
    /// An answer's body that holds the request's until it has been sent.
    pub(crate) fn within(&self, answer: BoxBody) -> BoxBody {
        BoxBody::new(Holding {
            answer,
            _request: self.clone(),
        })
    }
}

struct Holding {
    answer: BoxBody,
    _request: Held,
}

impl MessageBody for Holding {
    type Error = Box<dyn Error>;

    fn size(&self) -> BodySize {
        self.answer.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.answer).poll_next(cx)
    }
}
