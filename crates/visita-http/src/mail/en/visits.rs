//! The texts about visits. Not with whom, whose specialty tells much, and not why.

use visita_domain::{LocalDate, Weekday};

use super::super::letter::{Facts, Visit};

/// Subject and text.
type Said = (&'static str, String);

pub(super) fn booked(facts: &Facts<'_>) -> Said {
    let before = "your visit is booked for:";
    let after = "To see, move or cancel it, sign in:";
    ("your visit is booked", text(facts, before, JOIN, after))
}

pub(super) fn moved(facts: &Facts<'_>) -> Said {
    let before = "the time of your visit has changed. It is now on:";
    let after = "If the new time does not suit you, sign in to change it:";
    (
        "your visit has another time",
        text(facts, before, JOIN, after),
    )
}

pub(super) fn reassigned(facts: &Facts<'_>) -> Said {
    let before = "somebody else will see you at your visit. Its time stays:";
    let after = "Sign in to see who it is:";
    (
        "your visit is with somebody else",
        text(facts, before, JOIN, after),
    )
}

pub(super) fn cancelled(facts: &Facts<'_>) -> Said {
    let before = "this visit is cancelled and will not take place:";
    let after = "If you did not expect this, look at the visit's page or call the clinic:";
    ("your visit is cancelled", text(facts, before, JOIN, after))
}

pub(super) fn day_before(facts: &Facts<'_>) -> Said {
    let before = "this is a reminder of your visit on:";
    let after = "If you cannot come, please sign in to move or cancel it:";
    ("a reminder of your visit", text(facts, before, JOIN, after))
}

pub(super) fn soon(facts: &Facts<'_>) -> Said {
    let before = "your visit is about to begin:";
    let join = "Open this link to join, on a device with a camera and a microphone. There is no need to sign in, and it is for you alone:";
    let after = "If the link does not work, sign in instead:";
    ("your visit begins soon", text(facts, before, join, after))
}

/// What the one-tap link is for.
const JOIN: &str = "When it is time, open this link to join. There is no need to sign in, and it is for you alone:";

/// When, what joins with one tap, and the page behind the sign-in; each link on a line of
/// its own, so that mail programs find it whole.
fn text(facts: &Facts<'_>, before: &str, join_words: &str, after: &str) -> String {
    let Some(visit) = &facts.visit else {
        return format!("{before}\n\n{after}\n\n  {}", facts.origin);
    };
    let join = match &visit.join {
        Some(link) => format!("{join_words}\n\n  {link}\n\n"),
        None => String::new(),
    };
    let (when, page) = (when(visit), &visit.page);
    format!("{before}\n\n  {when}\n\n{join}{after}\n\n  {page}")
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
