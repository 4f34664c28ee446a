//! The hands that move visits: a mouse or pen, and the keyboard.
//!
//! Fingers scroll. On a touch screen the visit's card has a button for the keys' way.

use js_sys::{Function, Reflect};
use leptos::prelude::*;
use leptos::{ev, html};
use visita_domain::AppointmentId;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, PointerEvent};

use super::board::{Board, Hand};
use super::model::{DAY_MINUTES, Place};

/// Pixels that a pointer travels before a click becomes a drag.
const THRESHOLD: i32 = 6;

/// A pressed pointer that has not travelled yet.
#[derive(Debug, Clone, Copy)]
struct Press {
    id: AppointmentId,
    pointer: i32,
    at: (i32, i32),
}

/// Listens for both hands while the board shows. The events are the window's: a visit that is
/// drawn anew under the pointer does not lose it.
#[component]
pub fn Handle(
    /// The board.
    board: Board,
    /// The element of its columns.
    area: NodeRef<html::Div>,
) -> impl IntoView {
    let press = StoredValue::new(None::<Press>);
    let dragged = StoredValue::new(false);
    let down = window_event_listener(ev::pointerdown, move |event| {
        dragged.set_value(false);
        press.set_value(None);
        // A finger that touches a visit wants to scroll.
        let main = event.button() == 0 && event.is_primary() && event.pointer_type() != "touch";
        if let Some(id) = visit_of(&event).filter(|_| main) {
            press.set_value(Some(Press {
                id,
                pointer: event.pointer_id(),
                at: (event.client_x(), event.client_y()),
            }));
        }
    });
    let moving = window_event_listener(ev::pointermove, move |event| {
        let pressed = press
            .get_value()
            .filter(|p| p.pointer == event.pointer_id());
        let Some(pressed) = pressed else { return };
        let held = board.motion.with_untracked(Option::is_some);
        if !held && !dragged.get_value() && travelled(&event, pressed) {
            dragged.set_value(true);
            if let Some(place) = place_at(board, area, pressed.at) {
                take(board, pressed.id, place);
            }
        }
        follow(board, area, &event);
    });
    let up = window_event_listener(ev::pointerup, move |event| {
        let pressed = press
            .get_value()
            .filter(|p| p.pointer == event.pointer_id());
        if pressed.is_some() {
            press.set_value(None);
            if by_pointer(board).is_some() {
                board.put_down();
            }
        }
    });
    let gone = window_event_listener(ev::pointercancel, move |_| {
        press.set_value(None);
        if by_pointer(board).is_some() {
            board.cancel();
        }
    });
    let click = window_event_listener(ev::click, move |event| {
        // The click that ends a drag opens nothing; one of the keyboard counts no presses.
        if dragged.get_value() && event.detail() != 0 {
            return;
        }
        if let Some(id) = visit_of(&event) {
            open_card(board, id);
        }
    });
    let keys = window_event_listener(ev::keydown, move |event| key(board, &event));
    on_cleanup(move || {
        for listener in [down, moving, up, gone, click, keys] {
            listener.remove();
        }
    });
}

/// The visit that an event is about.
fn visit_of(event: &web_sys::Event) -> Option<AppointmentId> {
    let target: Element = event.target()?.dyn_into().ok()?;
    let block = target.closest("[data-visit]").ok()??;
    block.get_attribute("data-visit")?.parse().ok()
}

fn open_card(board: Board, id: AppointmentId) {
    let found = board.columns.with_untracked(|columns| {
        let mut blocks = columns.iter().flat_map(|column| &column.blocks);
        blocks.find(|block| block.visit.id == id).cloned()
    });
    board.card.set(found.map(|block| block.visit));
}

fn travelled(event: &PointerEvent, press: Press) -> bool {
    let (x, y) = press.at;
    (event.client_x() - x).abs() > THRESHOLD || (event.client_y() - y).abs() > THRESHOLD
}

fn by_pointer(board: Board) -> Option<i32> {
    board
        .motion
        .with_untracked(|motion| match motion.as_ref()?.hand {
            Hand::Pointer(offset) => Some(offset),
            Hand::Keys => None,
        })
}

fn take(board: Board, id: AppointmentId, grabbed: Place) {
    if board.take(id, Hand::Pointer(0)) {
        board.motion.update(|motion| {
            if let Some(motion) = motion {
                let offset = i32::from(grabbed.minute) - i32::from(motion.from.minute);
                motion.hand = Hand::Pointer(offset);
            }
        });
    }
}

fn follow(board: Board, area: NodeRef<html::Div>, event: &PointerEvent) {
    let at = (event.client_x(), event.client_y());
    if let (Some(offset), Some(place)) = (by_pointer(board), place_at(board, area, at)) {
        let minute = (i32::from(place.minute) - offset).clamp(0, i32::from(DAY_MINUTES - 1));
        board.aim(place.column, u16::try_from(minute).unwrap_or_default());
    }
}

/// The column and the minute under a point of the window.
fn place_at(board: Board, area: NodeRef<html::Div>, at: (i32, i32)) -> Option<Place> {
    let (left, top, width) = edges(&area.get_untracked()?.into())?;
    let count = board.columns.with_untracked(Vec::len);
    let hour = f64::from(board.hour.get_untracked());
    if count == 0 || width <= 0.0 {
        return None;
    }
    let shown = board.shown.get_untracked();
    let last = u32::try_from(count - 1).unwrap_or_default();
    let column = (f64::from(at.0) - left) / width * f64::from(last + 1);
    let minute = f64::from(shown.from) + (f64::from(at.1) - top) / hour * 60.0;
    #[expect(
        clippy::as_conversions,
        reason = "clamped to what the types hold before"
    )]
    let place = Place {
        column: column.clamp(0.0, f64::from(last)) as usize,
        minute: minute.clamp(0.0, f64::from(DAY_MINUTES - 1)) as u16,
    };
    Some(place)
}

/// Left and top edge on the screen, and the width, in pixels.
fn edges(element: &JsValue) -> Option<(f64, f64, f64)> {
    let measure = Reflect::get(element, &"getBoundingClientRect".into()).ok()?;
    let rect = measure.dyn_ref::<Function>()?.call0(element).ok()?;
    let number = |name: &str| Reflect::get(&rect, &name.into()).ok()?.as_f64();
    Some((number("left")?, number("top")?, number("width")?))
}

fn key(board: Board, event: &web_sys::KeyboardEvent) {
    let hand = board
        .motion
        .with_untracked(|motion| motion.as_ref().map(|motion| motion.hand));
    match hand {
        None => take_by_key(board, event),
        Some(Hand::Pointer(_)) if event.key() == "Escape" => board.cancel(),
        Some(Hand::Pointer(_)) => {}
        Some(Hand::Keys) => steer(board, event),
    }
}

fn take_by_key(board: Board, event: &web_sys::KeyboardEvent) {
    let plain = !event.ctrl_key() && !event.alt_key() && !event.meta_key();
    if plain
        && event.key().eq_ignore_ascii_case("m")
        && let Some(id) = visit_of(event)
    {
        event.prevent_default();
        board.take(id, Hand::Keys);
    }
}

fn steer(board: Board, event: &web_sys::KeyboardEvent) {
    match event.key().as_str() {
        "ArrowUp" => board.nudge(0, Some(false)),
        "ArrowDown" => board.nudge(0, Some(true)),
        "ArrowLeft" => board.nudge(-1, None),
        "ArrowRight" => board.nudge(1, None),
        // The buttons of the bar that steers are pressed with Enter, too.
        "Enter" if on_bar(event) => return,
        "Enter" => board.put_down(),
        "Escape" => board.cancel(),
        _ => return,
    }
    event.prevent_default();
}

fn on_bar(event: &web_sys::Event) -> bool {
    let target = event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok());
    target.is_some_and(|target| matches!(target.closest("[data-steering]"), Ok(Some(_))))
}
