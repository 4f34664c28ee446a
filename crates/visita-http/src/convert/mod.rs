//! Domain structs into views, per audience. A view names its fields, so nothing
//! slips out with a new column (SECURITY R47).

mod care;
mod mail;
mod oversight;
mod people;

pub(crate) use care::{
    appointment, availability, conversation, dashboard, document, exception, history, lobby,
    message, messages, rule_input, slot, slots, stranded,
};
pub(crate) use mail::mail;
pub(crate) use oversight::{access, audit_event};
pub(crate) use people::{doctor, hospital, me, patient, session, user};

use visita_store::Paged;
use visita_wire::Page;

use crate::error::ApiError;
use crate::seal;
use crate::tokens::TokenKeys;

/// A page of views. Its cursor is sealed: the places of lists are names and dates of birth.
pub(crate) fn page<T, V>(
    keys: &TokenKeys,
    paged: Paged<T>,
    view: impl FnMut(T) -> V,
) -> Result<Page<V>, ApiError> {
    let paged = paged.map(view);
    let sealed = paged
        .next_cursor
        .map(|cursor| seal::seal_cursor(keys, &cursor));
    Ok(Page {
        items: paged.items,
        next_cursor: sealed.transpose()?,
    })
}
