//! A visit as a file for the viewer's own calendar.

use leptos::task::spawn_local;
use visita_domain::AppointmentId;

use crate::api::calendar::download_visit;
use crate::i18n::t;
use crate::parts::download::save;
use crate::state::toasts::Toasts;

/// What the file is called; its kind makes the device open it with a calendar.
const NAME: &str = "visit.ics";

/// Offers the visit as a file. Taking it again after a change moves the entry.
pub fn offer_calendar(id: AppointmentId, toasts: Toasts) {
    spawn_local(async move {
        let saved = match download_visit(id).await {
            Ok(file) => save(&file, NAME),
            Err(_) => false,
        };
        if !saved {
            toasts.error(t::calendar::file_failed());
        }
    });
}
