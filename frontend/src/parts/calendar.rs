//! A visit as a calendar file (RFC 5545) for the viewer's own calendar.
//!
//! Nothing about health goes in: calendars are shared and synchronised with many.

use leptos::prelude::*;
use visita_domain::Ts;
use visita_domain::people::Role;
use visita_wire::appointments::AppointmentView;
use web_sys::{Blob, BlobPropertyBag};

use crate::i18n::t;
use crate::parts::download::save;
use crate::routes::Route;
use crate::state::clock::Clock;
use crate::state::toasts::Toasts;

/// Offers the visit as a file for the viewer's calendar, titled with the other side's name.
pub fn offer_calendar(visit: &AppointmentView, viewer: Role) {
    let other = if viewer == Role::Patient {
        &visit.doctor_name
    } else {
        &visit.patient_name
    };
    let title = t::booking::calendar_title(other.as_str());
    // Without an origin the link is only a path, which is better than no entry.
    let origin = window().location().origin().unwrap_or_default();
    let link = format!("{origin}{}", Route::Visit(visit.id).path());
    let text = calendar_file(visit, &title, &link, Clock::read());
    let options = BlobPropertyBag::new();
    options.set_type("text/calendar");
    let file = Blob::new_with_str_sequence_and_options(&js_sys::Array::of1(&text.into()), &options);
    if !file.is_ok_and(|file| save(&file, "visit.ics")) {
        Toasts::from_context().error(t::booking::calendar_failed());
    }
}

/// The file's text. The same visit keeps its UID, and a moved one has a higher SEQUENCE, so
/// that importing it again moves the entry instead of adding a second.
fn calendar_file(visit: &AppointmentView, title: &str, link: &str, now: Ts) -> String {
    let lines = [
        "BEGIN:VCALENDAR".to_owned(),
        "VERSION:2.0".to_owned(),
        "PRODID:-//Visita//EN".to_owned(),
        "BEGIN:VEVENT".to_owned(),
        format!("UID:{}@visita", visit.id),
        format!("SEQUENCE:{}", visit.version),
        format!("DTSTAMP:{}", stamp(now)),
        format!("DTSTART:{}", stamp(visit.starts_at)),
        format!("DTEND:{}", stamp(visit.ends_at)),
        format!("SUMMARY:{}", escaped(title)),
        format!("URL:{link}"),
        "END:VEVENT".to_owned(),
        "END:VCALENDAR".to_owned(),
    ];
    lines.iter().flat_map(|line| folded(line)).collect()
}

/// `20261123T093000Z`.
fn stamp(at: Ts) -> String {
    let digits: String = at
        .to_string()
        .chars()
        .take(19)
        .filter(|c| c.is_ascii_digit() || *c == 'T')
        .collect();
    format!("{digits}Z")
}

/// Text values mask backslash, comma, semicolon and line ends (RFC 5545 §3.3.11).
fn escaped(text: &str) -> String {
    text.chars()
        .flat_map(|c| match c {
            '\\' | ',' | ';' => vec!['\\', c],
            '\r' | '\n' => vec![' '],
            _ => vec![c],
        })
        .collect()
}

/// A line of at most 75 octets, continued after a line end and a space (§3.1).
fn folded(line: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let mut part = String::new();
    for c in line.chars() {
        if part.len() + c.len_utf8() > 73 {
            parts.push(format!("{part}\r\n"));
            part = " ".to_owned();
        }
        part.push(c);
    }
    parts.push(format!("{part}\r\n"));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;
    use visita_domain::appointment::AppointmentState;
    use visita_domain::{AppointmentId, DoctorId, HospitalId, PatientId};
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn a_moved_visit_replaces_its_entry_and_tells_nothing_about_health() {
        let starts_at: Ts = "2026-11-23T09:30:00Z".parse().expect("instant");
        let visit = AppointmentView {
            id: AppointmentId::new(Uuid::from_u128(7)),
            hospital_id: HospitalId::new(Uuid::nil()),
            doctor_id: DoctorId::new(Uuid::nil()),
            doctor_name: "Ana".to_owned(),
            patient_id: PatientId::new(Uuid::nil()),
            patient_name: "Bo".to_owned(),
            starts_at,
            ends_at: starts_at.plus_minutes(20),
            state: AppointmentState::Booked,
            reason: "Secret".to_owned(),
            overbook_reason: None,
            cancel_reason: None,
            conversation_id: None,
            version: 3,
            waiting_since: None,
            admitted_at: None,
            finished_at: None,
            created_at: starts_at,
        };
        let title = format!("Visit with Dr. Lima, {}", "x".repeat(90));
        let text = calendar_file(&visit, &title, "https://clinic.test/visit/7", starts_at);
        for expected in [
            "UID:00000000-0000-0000-0000-000000000007@visita\r\n",
            "SEQUENCE:3\r\n",
            "DTSTART:20261123T093000Z\r\n",
            "DTEND:20261123T095000Z\r\n",
            "SUMMARY:Visit with Dr. Lima\\, xxx",
        ] {
            assert!(text.contains(expected), "{expected} in {text}");
        }
        assert!(!text.contains("Secret"));
        assert!(text.split("\r\n").all(|line| line.len() <= 75), "{text}");
        assert!(text.contains("\r\n x"), "long lines are continued");
    }
}
