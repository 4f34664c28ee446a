//! The browser's WebSocket with its closures, closed and freed together.

use std::rc::Rc;

use visita_wire::ws::{ClientMsg, Frame, SUBPROTOCOL, ServerMsg};
use wasm_bindgen::prelude::*;
use web_sys::{CloseEvent, Event, MessageEvent, WebSocket};

/// What the browser reports.
pub(super) enum LinkEvent {
    Open,
    Frame(Frame<ServerMsg>),
    Closed,
}

/// Who hears the reports.
pub(super) type OnLink = Rc<dyn Fn(LinkEvent)>;

/// One connection. Dropping it closes it; nothing is reported after that.
pub(super) struct Link {
    socket: WebSocket,
    _on_open: Closure<dyn FnMut(Event)>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_close: Closure<dyn FnMut(CloseEvent)>,
}

impl Link {
    /// Starts to connect.
    ///
    /// # Errors
    /// When the browser refuses the address.
    pub(super) fn open(path: &str, on_event: &OnLink) -> Result<Self, JsValue> {
        let location = leptos::prelude::window().location();
        let scheme = if location.protocol()? == "https:" {
            "wss"
        } else {
            "ws"
        };
        let url = format!("{scheme}://{}{path}", location.host()?);
        let socket = WebSocket::new_with_str(&url, SUBPROTOCOL)?;

        let report = Rc::clone(on_event);
        let on_open = Closure::<dyn FnMut(Event)>::new(move |_| report(LinkEvent::Open));
        socket.set_onopen(Some(on_open.as_ref().unchecked_ref()));

        let report = Rc::clone(on_event);
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            // Frames of a newer server that cannot be read are like unknown ones: ignored.
            if let Some(text) = event.data().as_string()
                && let Ok(frame) = serde_json::from_str(&text)
            {
                report(LinkEvent::Frame(frame));
            }
        });
        socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));

        let report = Rc::clone(on_event);
        let on_close = Closure::<dyn FnMut(CloseEvent)>::new(move |_| report(LinkEvent::Closed));
        socket.set_onclose(Some(on_close.as_ref().unchecked_ref()));

        Ok(Self {
            socket,
            _on_open: on_open,
            _on_message: on_message,
            _on_close: on_close,
        })
    }

    /// Sends a frame. False when the socket does not take it.
    pub(super) fn send(&self, frame: &Frame<ClientMsg>) -> bool {
        self.socket.ready_state() == WebSocket::OPEN
            && serde_json::to_string(frame)
                .is_ok_and(|text| self.socket.send_with_str(&text).is_ok())
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        // Closing what is closed already is no fault.
        let _ = self.socket.close();
    }
}
