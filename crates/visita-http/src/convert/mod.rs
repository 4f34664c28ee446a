//! Domain structs into views, per audience. A view names its fields, so nothing
//! slips out with a new column (SECURITY R47).

mod care;
mod mail;
mod oversight;
mod people;

pub(crate) use care::{
    appointment, availability, conversation, dashboard, document, exception, lobby, message,
    messages, rule_input, slot, slots,
};
pub(crate) use mail::mail;
pub(crate) use oversight::{access, audit_event};
pub(crate) use people::{doctor, hospital, me, patient, session, user};

use visita_store::Paged;
use visita_wire::Page;

/// A page of views.
pub(crate) fn page<T, V>(paged: Paged<T>, view: impl FnMut(T) -> V) -> Page<V> {
    let paged = paged.map(view);
    Page {
        items: paged.items,
        next_cursor: paged.next_cursor,
    }
}
