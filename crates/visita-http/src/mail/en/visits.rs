//! The texts about visits. Not with whom, whose specialty tells much, and not why.

use visita_domain::{LocalDate, Weekday};

use super::super::letter::{Facts, Visit};

/// Subject and text.
type Said = (&'static str, String);

pub(super) fn booked(facts: &Facts<'_>) -> Said {
    let after = "You can see, move or cancel it on its page, and join from there when it is time:";
    (
        "your visit is booked",
        text(facts, "your visit is booked for:", after),
    )
}

pub(super) fn moved(facts: &Facts<'_>) -> Said {
    let before = "the time of your visit has changed. It is now on:";
    let after = "If the new time does not suit you, change it on the visit's page:";
    ("your visit has another time", text(facts, before, after))
}

pub(super) fn reassigned(facts: &Facts<'_>) -> Said {
    let before = "somebody else will see you at your visit. Its time stays:";
    let after = "The visit's page says who it is:";
    (
        "your visit is with somebody else",
        text(facts, before, after),
    )
}

pub(super) fn cancelled(facts: &Facts<'_>) -> Said {
    let before = "this visit is cancelled and will not take place:";
    let after = "If you did not expect this, look at the visit's page or call the clinic:";
    ("your visit is cancelled", text(facts, before, after))
}

pub(super) fn day_before(facts: &Facts<'_>) -> Said {
    let before = "this is a reminder of your visit on:";
    let after = "If you cannot come, please move or cancel it on its page:";
    ("a reminder of your visit", text(facts, before, after))
}

pub(super) fn soon(facts: &Facts<'_>) -> Said {
    let before = "your visit is about to begin:";
    let after = "Open this page to join, on a device with a camera and a microphone:";
    ("your visit begins soon", text(facts, before, after))
}

fn text(facts: &Facts<'_>, before: &str, after: &str) -> String {
    let (when, link) = match &facts.visit {
        Some(visit) => (when(visit), visit.link.as_str()),
        None => (String::new(), facts.origin),
    };
    format!("{before}\n\n  {when}\n\n{after}\n\n  {link}")
}

/// `Tuesday 24 November 2026, 10:00 (Europe/Paris, UTC+01:00)`.
fn when(visit: &Visit) -> String {
    let Visit {
        date, time, zone, ..
    } = visit;
    let sign = if visit.ahead_minutes < 0 { '-' } else { '+' };
    let ahead = visit.ahead_minutes.unsigned_abs();
    let (hours, minutes) = (ahead / 60, ahead % 60);
    let day = format!(
        "{} {} {} {}",
        weekday(*date),
        date.day(),
        month(*date),
        date.year()
    );
    format!("{day}, {time} ({zone}, UTC{sign}{hours:02}:{minutes:02})")
}

fn weekday(date: LocalDate) -> &'static str {
    match date.weekday() {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}

fn month(date: LocalDate) -> &'static str {
    match date.month() {
        1 => "January",
        2 => "February",
        3 => "March",
        4 => "April",
        5 => "May",
        6 => "June",
        7 => "July",
        8 => "August",
        9 => "September",
        10 => "October",
        11 => "November",
        _ => "December",
    }
}
