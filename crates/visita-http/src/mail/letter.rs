//! A mail as it is written: plain text, without health data, with a link where it has one.

use std::time::{Duration, SystemTime};

use lettre::address::Envelope;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, Message, MultiPart, SinglePart};
use visita_domain::account::{CodePurpose, MailKind};
use visita_domain::time::ClinicTz;
use visita_domain::{LocalDate, LocalTime, MailId, Ts};
use visita_store::mail::{Letter, LetterVisit};
use visita_wire::routes;

use super::en;
use crate::calendar::{self, CalendarFile, Clinic};
use crate::codes;
use crate::join_links;
use crate::state::{Origin, Settings};
use crate::tokens::TokenKeys;

/// Longest name that goes into a subject, in characters.
const MAX_NAME_CHARS: usize = 80;
/// Whose name a mail of the platform carries.
const PLATFORM: &str = "Visita";

/// A written mail.
pub struct Post {
    /// The mail's id.
    pub id: MailId,
    /// To whom.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// The text.
    pub body: String,
    envelope: Envelope,
    eml: Vec<u8>,
}

impl std::fmt::Debug for Post {
    /// Addresses and links stay out of logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Post")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl Post {
    /// From whom and to whom, for the mail server.
    pub(super) fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    /// The whole message (RFC 5322).
    #[must_use]
    pub fn eml(&self) -> &[u8] {
        &self.eml
    }
}

/// What a text may say.
pub(super) struct Facts<'a> {
    /// The hospital, or the platform.
    pub(super) clinic: &'a str,
    /// Where the pages are.
    pub(super) origin: &'a str,
    /// Where the mail's code is used.
    pub(super) link: Option<&'a str>,
    /// For how long, in minutes.
    pub(super) minutes: i64,
    /// The visit that it is about.
    pub(super) visit: Option<Visit>,
}

/// What a text may say of a visit: neither with whom nor why.
pub(super) struct Visit {
    /// The day where the hospital is.
    pub(super) date: LocalDate,
    /// The time there.
    pub(super) time: LocalTime,
    /// How many minutes that is ahead of UTC.
    pub(super) ahead_minutes: i32,
    /// The hospital's zone.
    pub(super) zone: String,
    /// Its page, behind the sign-in.
    pub(super) page: String,
    /// What leads to it with one tap. None once it is called off, and for who was given
    /// another link.
    pub(super) join: Option<String>,
}

/// Subject and text.
pub(super) struct Words {
    pub(super) subject: String,
    pub(super) body: String,
}

/// Writes a mail. None when its link cannot be derived (its key is gone) or its address is
/// none for a mail server.
pub(super) fn write(
    settings: &Settings,
    keys: &TokenKeys,
    from: &Mailbox,
    letter: &Letter,
) -> Option<Post> {
    // Links lead to the address that the operator named, whatever a request said it was.
    let origin = settings.public_origins.first().map(Origin::as_str)?;
    let link = match &letter.code {
        Some(code) => Some(link(origin, code.purpose, &codes::token_of(keys, code)?)),
        None => None,
    };
    let clinic = one_line(letter.hospital_name.as_deref().unwrap_or(PLATFORM));
    let lifetime = letter
        .code
        .as_ref()
        .map(|code| code.purpose.lifetime_secs());
    let facts = Facts {
        clinic: &clinic,
        origin,
        link: link.as_deref(),
        minutes: lifetime.unwrap_or(0) / 60,
        visit: match &letter.visit {
            Some(visit) => Some(facts_of(origin, keys, letter.kind, visit)?),
            None => None,
        },
    };
    let words = words(&letter.language, letter, &facts);
    let file = entry(origin, from, &clinic, letter);
    post(origin, from, letter, words, file)
}

/// None for a zone that is none.
fn facts_of(origin: &str, keys: &TokenKeys, kind: MailKind, visit: &LetterVisit) -> Option<Visit> {
    let zone = ClinicTz::parse(&visit.time_zone).ok()?;
    let (date, time, ahead_minutes) = zone.wall_at(visit.starts_at);
    Some(Visit {
        date,
        time,
        ahead_minutes,
        zone: visit.time_zone.clone(),
        page: format!("{origin}{}", routes::appointment_page(visit.id)),
        join: visit
            .join_link
            .filter(|_| kind != MailKind::VisitCancelled)
            .and_then(|place| join_links::url(origin, keys, place)),
    })
}

/// The visit for the reader's calendar: as names it has the clinic's and the reader's own.
fn entry(origin: &str, from: &Mailbox, clinic: &str, letter: &Letter) -> Option<CalendarFile> {
    let visit = letter.visit.as_ref()?.calendar.as_ref()?;
    let sender = from.email.to_string();
    let clinic = Clinic {
        name: clinic,
        sender: &sender,
        origin,
        // The same for every try.
        now: letter.created_at,
    };
    Some(calendar::invitation(visit, &clinic, &letter.to))
}

/// The token stands in the fragment, which browsers send to no server.
fn link(origin: &str, purpose: CodePurpose, token: &str) -> String {
    format!("{origin}/account#{}.{token}", purpose.as_str())
}

/// The text in the reader's language, or in English.
fn words(_language: &str, letter: &Letter, facts: &Facts<'_>) -> Words {
    en::words(letter.kind, facts)
}

/// Somebody typed this: nothing of it may start a header or a line (SECURITY R06).
fn one_line(name: &str) -> String {
    let spaced: String = name
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .filter(|c| !matches!(c, '\u{2028}' | '\u{2029}'))
        .collect();
    let words: Vec<_> = spaced.split_whitespace().collect();
    words.join(" ").chars().take(MAX_NAME_CHARS).collect()
}

fn post(
    origin: &str,
    from: &Mailbox,
    letter: &Letter,
    words: Words,
    file: Option<CalendarFile>,
) -> Option<Post> {
    let to = letter.to.as_str();
    let host = origin.rsplit('/').next()?.split(':').next()?;
    let text = SinglePart::builder()
        .header(ContentType::TEXT_PLAIN)
        .header(ContentTransferEncoding::QuotedPrintable)
        .body(words.body.clone());
    let head = Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, to.parse().ok()?))
        .subject(words.subject.clone())
        .date(system_time(letter.created_at))
        // The same for every try, so that a mail which went out twice is seen to be one.
        .message_id(Some(format!("<{}@{host}>", letter.id)))
        // RFC 3834: nobody answers this by a robot.
        .raw_header(HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        ));
    let message = match file {
        Some(file) => {
            let kind = ContentType::parse(&file.media_type()).ok()?;
            let file = Attachment::new("visit.ics".to_owned()).body(file.text, kind);
            head.multipart(MultiPart::mixed().singlepart(text).singlepart(file))
        }
        None => head.singlepart(text),
    }
    .ok()?;
    Some(Post {
        id: letter.id,
        to: to.to_owned(),
        subject: words.subject,
        body: words.body,
        envelope: message.envelope().clone(),
        eml: message.formatted(),
    })
}

fn system_time(at: Ts) -> SystemTime {
    let micros = u64::try_from(at.as_micros()).unwrap_or(0);
    SystemTime::UNIX_EPOCH + Duration::from_micros(micros)
}

#[cfg(test)]
mod tests {
    use super::*;
    use visita_domain::appointment::AppointmentState;
    use visita_domain::calendar::CalendarVisit;
    use visita_domain::people::Email;
    use visita_domain::{AppointmentId, HospitalId, JoinLinkId, TimeRange};
    use visita_store::join::LinkPlace;

    const VISIT: AppointmentId = AppointmentId(uuid::Uuid::from_u128(9));
    const JOIN: LinkPlace = LinkPlace {
        hospital_id: HospitalId(uuid::Uuid::from_u128(5)),
        id: JoinLinkId(uuid::Uuid::from_u128(6)),
    };

    fn written(kind: MailKind, hospital: &str) -> Post {
        written_for(kind, hospital, "2026-11-24T09:00:00Z".parse().unwrap())
    }

    /// About a visit that starts then, if it is about one.
    fn written_for(kind: MailKind, hospital: &str, starts_at: Ts) -> Post {
        let keys = TokenKeys::from_seeds(&[[1; 32]]).unwrap();
        let settings = Settings::at(vec![Origin::parse("https://clinic.example").unwrap()]);
        let now: Ts = "2026-11-23T08:00:00Z".parse().unwrap();
        let purpose = match kind {
            MailKind::Register => Some(CodePurpose::Register),
            MailKind::Invite => Some(CodePurpose::Invite),
            MailKind::Reset => Some(CodePurpose::Reset),
            MailKind::EmailChange => Some(CodePurpose::Email),
            _ => None,
        };
        let code = purpose.map(|purpose| {
            let drawn = codes::draw(&keys, purpose, now).unwrap();
            visita_store::mail::LetterCode {
                id: drawn.id,
                purpose,
                nonce: drawn.nonce.to_vec(),
                token_hash: drawn.token_hash.to_vec(),
            }
        });
        let letter = Letter {
            id: MailId(uuid::Uuid::from_u128(7)),
            to: Email::parse("ana@example.org").unwrap(),
            kind,
            language: "fr-FR".to_owned(),
            hospital_name: Some(hospital.to_owned()),
            created_at: now,
            code,
            visit: kind.as_str().starts_with("visit_").then(|| LetterVisit {
                id: VISIT,
                starts_at,
                calendar: Some(CalendarVisit {
                    id: VISIT,
                    range: TimeRange::new(starts_at, starts_at.plus_minutes(20)).unwrap(),
                    state: match kind {
                        MailKind::VisitCancelled => AppointmentState::Cancelled,
                        _ => AppointmentState::Booked,
                    },
                    version: 3,
                    created_at: now,
                    changed_at: now,
                }),
                join_link: Some(JOIN),
                time_zone: "Europe/Paris".to_owned(),
            }),
        };
        let from = "Visita <no-reply@clinic.example>".parse().unwrap();
        write(&settings, &keys, &from, &letter).unwrap()
    }

    /// The header lines, folded ones joined.
    fn headers(post: &Post) -> Vec<String> {
        let text = String::from_utf8(post.eml().to_vec()).unwrap();
        let head = text.split("\r\n\r\n").next().unwrap();
        head.replace("\r\n ", " ")
            .split("\r\n")
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn r06_hostile_names_add_no_header() {
        let names = |post: &Post| -> Vec<String> {
            headers(post)
                .iter()
                .map(|line| line.split(':').next().unwrap().to_owned())
                .collect()
        };
        for kind in MailKind::ALL.iter().copied() {
            let plain = written(kind, "Saint Roch");
            for hostile in [
                "x\r\nBcc: evil@example.net",
                "x\nBcc: evil@example.net",
                "x\r\n\r\nbody",
                "x\u{85}Bcc: evil@example.net\u{2028}y",
                &format!("é{}", "x\r\n ".repeat(500)),
                "\0",
            ] {
                let post = written(kind, hostile);
                assert_eq!(names(&post), names(&plain), "{kind:?} {hostile:?}");
                assert_eq!(post.to, plain.to);
                assert!(!post.subject.contains(['\r', '\n']));
            }
        }
    }

    #[test]
    fn every_mail_has_a_link_exactly_when_it_carries_a_code() {
        for kind in MailKind::ALL.iter().copied() {
            let post = written(kind, "Saint Roch");
            let with_code = matches!(
                kind,
                MailKind::Register | MailKind::Invite | MailKind::Reset | MailKind::EmailChange
            );
            let links = post.body.matches("https://clinic.example/account#").count();
            assert_eq!(links, usize::from(with_code), "{kind:?}");
            assert!(!post.subject.is_empty() && post.body.contains("Saint Roch"));
            assert!(post.body.lines().all(|line| line.len() < 200), "{kind:?}");
        }
    }

    #[test]
    fn mails_about_visits_say_when_where_and_nothing_else() {
        let page = "https://clinic.example/appointments/00000000-0000-0000-0000-000000000009\n";
        let keys = TokenKeys::from_seeds(&[[1; 32]]).unwrap();
        let join = join_links::url("https://clinic.example", &keys, JOIN).unwrap();
        for (kind, joins) in [
            (MailKind::VisitBooked, true),
            (MailKind::VisitMoved, true),
            (MailKind::VisitReassigned, true),
            (MailKind::VisitCancelled, false),
            (MailKind::VisitDayBefore, true),
            (MailKind::VisitSoon, true),
        ] {
            let post = written(kind, "Saint Roch");
            let when = "  Tuesday 24 November 2026, 10:00 (Europe/Paris, UTC+01:00)\n";
            assert!(post.body.contains(when), "{}", post.body);
            assert!(post.body.contains(page), "{}", post.body);
            assert_eq!(
                post.body.contains(&format!("  {join}\n")),
                joins,
                "{kind:?}"
            );
            let links = post.body.matches("https://").count();
            assert_eq!(links, 1 + usize::from(joins), "{kind:?}");
        }
    }

    #[test]
    fn mails_about_visits_bring_an_entry_for_the_calendar() {
        for (kind, method) in [
            (MailKind::VisitBooked, "REQUEST"),
            (MailKind::VisitMoved, "REQUEST"),
            (MailKind::VisitDayBefore, "REQUEST"),
            (MailKind::VisitSoon, "REQUEST"),
            (MailKind::VisitCancelled, "CANCEL"),
        ] {
            let eml = String::from_utf8(written(kind, "Saint Roch").eml().to_vec()).unwrap();
            let kind_of_part = format!("text/calendar; charset=utf-8; method={method}");
            assert!(eml.contains(&kind_of_part), "{kind:?}: {eml}");
            assert!(eml.contains("filename=\"visit.ics\""), "{kind:?}");
            let file = eml.split_once("BEGIN:VCALENDAR").unwrap().1;
            for line in [
                &format!("METHOD:{method}"),
                "UID:00000000-0000-0000-0000-000000000009@visita",
                "SEQUENCE:3",
                "DTSTART:20261124T090000Z",
            ] {
                assert!(file.contains(line), "{kind:?} {line}: {file}");
            }
            // Calendars are shared: what opens the visit stays in the mail.
            assert!(!file.contains("/j#"), "{kind:?}");
        }
        let eml = written(MailKind::NewDeviceNotice, "Saint Roch");
        assert!(!String::from_utf8_lossy(eml.eml()).contains("text/calendar"));
    }

    #[test]
    fn the_hour_that_comes_twice_is_told_apart() {
        let when = |at: &str| {
            let post = written_for(MailKind::VisitSoon, "Saint Roch", at.parse().unwrap());
            let line = post.body.lines().find(|line| line.contains("Europe/Paris"));
            line.unwrap().trim().to_owned()
        };
        for (at, expected) in [
            (
                "2027-10-31T00:30:00Z",
                "Sunday 31 October 2027, 02:30 (Europe/Paris, UTC+02:00)",
            ),
            (
                "2027-10-31T01:30:00Z",
                "Sunday 31 October 2027, 02:30 (Europe/Paris, UTC+01:00)",
            ),
            (
                "2027-03-28T00:59:59Z",
                "Sunday 28 March 2027, 01:59 (Europe/Paris, UTC+01:00)",
            ),
            (
                "2027-03-28T01:00:00Z",
                "Sunday 28 March 2027, 03:00 (Europe/Paris, UTC+02:00)",
            ),
            (
                "2026-12-31T23:00:00Z",
                "Friday 1 January 2027, 00:00 (Europe/Paris, UTC+01:00)",
            ),
        ] {
            assert_eq!(when(at), expected);
        }
    }

    #[test]
    fn a_mail_that_goes_out_twice_has_one_id() {
        let id = |post: &Post| {
            let found = headers(post).into_iter();
            found
                .filter(|line| line.starts_with("Message-ID:"))
                .collect::<Vec<_>>()
        };
        let first = id(&written(MailKind::PasswordChangedNotice, "a"));
        assert_eq!(first.len(), 1);
        assert_eq!(first, id(&written(MailKind::PasswordChangedNotice, "b")));
    }
}
