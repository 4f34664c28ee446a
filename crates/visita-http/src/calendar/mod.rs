//! Visits as iCalendar (RFC 5545, RFC 5546): files, feeds, and what goes with mails.
//!
//! A visit keeps its UID for life, and its SEQUENCE is its version, so a newer file moves
//! the entry of an older one instead of adding a second. Times are in UTC. Who comes and why
//! is told by the page behind the link, to those who may see it, and by no calendar.

pub(crate) mod token;

use icalendar::{Calendar, Class, Component, Event, EventStatus, Property};
use visita_domain::Ts;
use visita_domain::appointment::AppointmentState;
use visita_domain::calendar::CalendarVisit;
use visita_domain::people::Email;
use visita_wire::routes;

/// What made the calendar (RFC 5545 §3.7.3).
const PRODUCT: &str = "-//Visita//Visita//EN";
/// How often programs are asked to look at a feed (RFC 7986 §5.7).
const REFRESH: &str = "PT1H";
/// Longest name of a hospital in an entry.
const MAX_NAME_CHARS: usize = 120;

/// In whose name and when a calendar is written.
#[derive(Debug, Clone, Copy)]
pub struct Clinic<'a> {
    /// The hospital.
    pub name: &'a str,
    /// The address that mail comes from: the organizer, whom no answer is asked to reach.
    pub sender: &'a str,
    /// Where the pages are.
    pub origin: &'a str,
    /// The present time.
    pub now: Ts,
}

/// What a calendar is for (RFC 5546 §1.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Method {
    /// To look at.
    Publish,
    /// An invitation, or a newer one.
    Request,
    /// The visit is called off.
    Cancel,
}

impl Method {
    fn as_str(self) -> &'static str {
        match self {
            Self::Publish => "PUBLISH",
            Self::Request => "REQUEST",
            Self::Cancel => "CANCEL",
        }
    }

    /// What follows from the visit, where it is not `otherwise`.
    fn of(visit: &CalendarVisit, otherwise: Self) -> Self {
        match visit.state {
            AppointmentState::Cancelled => Self::Cancel,
            _ => otherwise,
        }
    }
}

/// A calendar in its text form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarFile {
    /// The text.
    pub text: String,
    method: Method,
}

impl CalendarFile {
    /// The media type, which must name the method that stands inside (RFC 5545 §8.1).
    #[must_use]
    pub fn media_type(&self) -> String {
        format!(
            "text/calendar; charset=utf-8; method={}",
            self.method.as_str()
        )
    }
}

/// One visit, to be opened with a calendar program. That of a visit which was called off
/// takes the entry away.
#[must_use]
pub fn file(visit: &CalendarVisit, clinic: &Clinic<'_>) -> CalendarFile {
    let method = Method::of(visit, Method::Publish);
    written(method, calendar(method), [entry(visit, clinic).done()])
}

/// All visits of somebody, to be looked at again and again. What was called off stays in it
/// for a while and says so: some programs keep what merely vanishes.
#[must_use]
pub fn feed(visits: &[CalendarVisit], clinic: &Clinic<'_>) -> CalendarFile {
    let name = title(clinic);
    let mut feed = calendar(Method::Publish);
    // The library knows no NAME; told that it is a text, it masks what must be.
    feed.append_property(
        Property::new("NAME", &name)
            .add_parameter("VALUE", "TEXT")
            .done(),
    );
    feed.append_property(Property::new("X-WR-CALNAME", &name));
    let refresh = Property::new("REFRESH-INTERVAL", REFRESH)
        .add_parameter("VALUE", "DURATION")
        .done();
    feed.append_property(refresh);
    feed.append_property(Property::new("X-PUBLISHED-TTL", REFRESH));
    let entries = visits.iter().map(|visit| entry(visit, clinic).done());
    written(Method::Publish, feed, entries)
}

/// What goes with a mail that tells somebody of a visit: the invitation, a newer one when it
/// was moved, or the cancellation. No answer is asked for; the clinic knows by itself.
#[must_use]
pub fn invitation(visit: &CalendarVisit, clinic: &Clinic<'_>, to: &Email) -> CalendarFile {
    let method = Method::of(visit, Method::Request);
    let attendee = Property::new("ATTENDEE", format!("mailto:{}", to.as_str()))
        .add_parameter("ROLE", "REQ-PARTICIPANT")
        .add_parameter("PARTSTAT", "ACCEPTED")
        .add_parameter("RSVP", "FALSE")
        .done();
    let entry = entry(visit, clinic).append_multi_property(attendee).done();
    written(method, calendar(method), [entry])
}

fn calendar(method: Method) -> Calendar {
    let mut calendar = Calendar::empty();
    for property in [
        ("VERSION", "2.0"),
        ("PRODID", PRODUCT),
        ("CALSCALE", "GREGORIAN"),
        ("METHOD", method.as_str()),
    ] {
        calendar.append_property(property);
    }
    calendar
}

fn written(
    method: Method,
    mut calendar: Calendar,
    entries: impl IntoIterator<Item = Event>,
) -> CalendarFile {
    calendar.extend(entries);
    CalendarFile {
        text: calendar.to_string(),
        method,
    }
}

fn entry(visit: &CalendarVisit, clinic: &Clinic<'_>) -> Event {
    let organizer = Property::new("ORGANIZER", format!("mailto:{}", clinic.sender))
        .add_parameter("CN", &plain(clinic.name))
        .done();
    Event::new()
        .uid(&format!("{}@visita", visit.id))
        .add_property("SEQUENCE", visit.version.to_string())
        .add_property("DTSTAMP", utc(clinic.now))
        .add_property("CREATED", utc(visit.created_at))
        .add_property("LAST-MODIFIED", utc(visit.changed_at))
        .add_property("DTSTART", utc(visit.range.start()))
        .add_property("DTEND", utc(visit.range.end()))
        .status(status(visit.state))
        .class(Class::Private)
        .summary(&title(clinic))
        .url(&format!(
            "{}{}",
            clinic.origin,
            routes::appointment_page(visit.id)
        ))
        .append_property(organizer)
        .done()
}

/// The same for every visit: it tells where, and nothing else.
fn title(clinic: &Clinic<'_>) -> String {
    format!("Video visit – {}", plain(clinic.name))
}

fn status(state: AppointmentState) -> EventStatus {
    match state {
        AppointmentState::Held => EventStatus::Tentative,
        AppointmentState::Booked
        | AppointmentState::Arrived
        | AppointmentState::InCall
        | AppointmentState::Finished
        | AppointmentState::NoShow => EventStatus::Confirmed,
        AppointmentState::Cancelled => EventStatus::Cancelled,
    }
}

/// Somebody typed this. Control characters have no form in a calendar, nor have double
/// quotes in a parameter (RFC 5545 §3.2); the library takes care of all others.
fn plain(name: &str) -> String {
    let kept = name.chars().filter(|c| !c.is_control() && *c != '"');
    kept.take(MAX_NAME_CHARS).collect()
}

/// `20261123T093000Z` (RFC 5545 §3.3.5, form 2).
fn utc(at: Ts) -> String {
    // RFC 3339 without its punctuation and fractions.
    let text = at.to_string();
    let digits = text.chars().take("2026-11-23T09:30:00".len());
    let kept: String = digits.filter(|c| !matches!(c, '-' | ':')).collect();
    format!("{kept}Z")
}

#[cfg(test)]
mod tests;
