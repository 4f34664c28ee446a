//! Tables and random names; what an independent parser makes of it, `xtask/assets/calendar` tests.

use proptest::prelude::*;
use uuid::Uuid;
use visita_domain::{AppointmentId, TimeRange};

use super::*;

fn at(text: &str) -> Ts {
    text.parse().unwrap()
}

fn visit(state: AppointmentState, version: i64) -> CalendarVisit {
    let start = at("2026-11-23T09:30:00Z");
    CalendarVisit {
        id: AppointmentId(Uuid::from_u128(7)),
        range: TimeRange::new(start, start.plus_minutes(20)).unwrap(),
        state,
        version,
        created_at: at("2026-11-20T08:00:00Z"),
        changed_at: at("2026-11-21T08:00:00Z"),
    }
}

fn clinic(name: &str) -> Clinic<'_> {
    Clinic {
        name,
        sender: "no-reply@clinic.test",
        origin: "https://clinic.test",
        now: at("2026-11-22T08:00:00.987654Z"),
    }
}

/// The text without its folds.
fn unfolded(file: &CalendarFile) -> Vec<String> {
    let whole = file.text.replace("\r\n ", "");
    whole.split_terminator("\r\n").map(str::to_owned).collect()
}

fn value(file: &CalendarFile, name: &str) -> Option<String> {
    let lines = unfolded(file);
    let mut found = lines.iter().filter_map(|line| {
        let rest = line.strip_prefix(name)?;
        let (_, value) = rest
            .strip_prefix(':')
            .map(|v| ("", v))
            .or_else(|| rest.starts_with(';').then(|| rest.split_once(':'))?)?;
        Some(value.to_owned())
    });
    found.next()
}

#[test]
fn a_file_says_when_and_where_and_nothing_else() {
    let file = file(&visit(AppointmentState::Booked, 3), &clinic("Saint Roch"));
    let mut lines = unfolded(&file);
    lines.sort();
    assert_eq!(
        lines,
        [
            "BEGIN:VCALENDAR",
            "BEGIN:VEVENT",
            "CALSCALE:GREGORIAN",
            "CLASS:PRIVATE",
            "CREATED:20261120T080000Z",
            "DTEND:20261123T095000Z",
            "DTSTAMP:20261122T080000Z",
            "DTSTART:20261123T093000Z",
            "END:VCALENDAR",
            "END:VEVENT",
            "LAST-MODIFIED:20261121T080000Z",
            "METHOD:PUBLISH",
            "ORGANIZER;CN=Saint Roch:mailto:no-reply@clinic.test",
            "PRODID:-//Visita//Visita//EN",
            "SEQUENCE:3",
            "STATUS:CONFIRMED",
            "SUMMARY:Video visit – Saint Roch",
            "UID:00000000-0000-0000-0000-000000000007@visita",
            "URL:https://clinic.test/appointments/00000000-0000-0000-0000-000000000007",
            "VERSION:2.0",
        ]
    );
    let media_type = "text/calendar; charset=utf-8; method=PUBLISH";
    assert_eq!(file.media_type(), media_type);
}

#[test]
fn method_and_status_follow_from_the_state() {
    use AppointmentState as S;
    let to = Email::parse("ana@example.org").unwrap();
    for (state, status, downloaded, mailed) in [
        (S::Held, "TENTATIVE", "PUBLISH", "REQUEST"),
        (S::Booked, "CONFIRMED", "PUBLISH", "REQUEST"),
        (S::Arrived, "CONFIRMED", "PUBLISH", "REQUEST"),
        (S::InCall, "CONFIRMED", "PUBLISH", "REQUEST"),
        (S::Finished, "CONFIRMED", "PUBLISH", "REQUEST"),
        (S::NoShow, "CONFIRMED", "PUBLISH", "REQUEST"),
        (S::Cancelled, "CANCELLED", "CANCEL", "CANCEL"),
    ] {
        let (visit, clinic) = (visit(state, 1), clinic("X"));
        for (file, method) in [
            (file(&visit, &clinic), downloaded),
            (feed(&[visit], &clinic), "PUBLISH"),
            (invitation(&visit, &clinic, &to), mailed),
        ] {
            assert_eq!(value(&file, "METHOD").as_deref(), Some(method), "{state:?}");
            assert_eq!(value(&file, "STATUS").as_deref(), Some(status), "{state:?}");
            assert!(file.media_type().ends_with(&format!("method={method}")));
        }
    }
}

#[test]
fn a_visit_keeps_its_uid_and_a_change_is_newer() {
    let before = file(&visit(AppointmentState::Booked, 1), &clinic("X"));
    let after = file(&visit(AppointmentState::Cancelled, 2), &clinic("Y"));
    assert_eq!(value(&before, "UID"), value(&after, "UID"));
    assert_eq!(value(&before, "SEQUENCE").as_deref(), Some("1"));
    assert_eq!(value(&after, "SEQUENCE").as_deref(), Some("2"));
}

#[test]
fn only_what_goes_with_a_mail_names_its_reader_and_asks_for_no_answer() {
    let (visit, clinic) = (visit(AppointmentState::Booked, 1), clinic("X"));
    let to = Email::parse("ana@example.org").unwrap();
    let mailed = unfolded(&invitation(&visit, &clinic, &to));
    let attendee =
        "ATTENDEE;PARTSTAT=ACCEPTED;ROLE=REQ-PARTICIPANT;RSVP=FALSE:mailto:ana@example.org";
    assert!(mailed.iter().any(|line| line == attendee), "{mailed:?}");
    assert_eq!(value(&file(&visit, &clinic), "ATTENDEE"), None);
    assert_eq!(value(&feed(&[visit], &clinic), "ATTENDEE"), None);
}

/// The independent parser reads these files too.
#[test]
fn what_goes_with_a_mail_is_what_the_parser_has_seen() {
    let to = Email::parse("ana@example.org").unwrap();
    let clinic = clinic("Saint-Luc, Santé; Nord");
    let moved = invitation(&visit(AppointmentState::Booked, 2), &clinic, &to);
    assert_eq!(
        moved.text,
        include_str!("../../tests/golden/invitation.ics")
    );
    let off = invitation(&visit(AppointmentState::Cancelled, 3), &clinic, &to);
    assert_eq!(
        off.text,
        include_str!("../../tests/golden/cancellation.ics")
    );
}

#[test]
fn a_feed_has_a_name_and_says_how_often_to_look() {
    let visits = [visit(AppointmentState::Booked, 1); 3];
    let feed = feed(&visits, &clinic("A, B; C"));
    for (name, expected) in [
        ("NAME", "Video visit – A\\, B\\; C"),
        ("X-WR-CALNAME", "Video visit – A\\, B\\; C"),
        ("REFRESH-INTERVAL", "PT1H"),
        ("X-PUBLISHED-TTL", "PT1H"),
    ] {
        assert_eq!(value(&feed, name).as_deref(), Some(expected), "{name}");
    }
    assert_eq!(feed.text.matches("BEGIN:VEVENT\r\n").count(), 3);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_name_breaks_out_of_its_line(name in "\\PC{0,60}[\\r\\n\",;:\\\\é日\\x00]{0,9}\\PC{0,200}") {
        let plainly = feed(&[visit(AppointmentState::Booked, 1)], &clinic("X"));
        let named = feed(&[visit(AppointmentState::Booked, 1)], &clinic(&name));
        let names = |file: &CalendarFile| -> Vec<String> {
            let lines = unfolded(file);
            lines.iter().map(|line| line.split([':', ';']).next().unwrap().to_owned()).collect()
        };
        prop_assert_eq!(names(&plainly), names(&named));
        for line in named.text.split("\r\n") {
            // 75 is what should be (RFC 5545 §3.1); the library's last one has a space more.
            prop_assert!(line.len() <= 76, "{} octets", line.len());
            prop_assert!(!line.contains(['\r', '\n', '\0']));
        }
        let organizer = value(&named, "ORGANIZER");
        prop_assert!(organizer.is_some_and(|value| value.ends_with("mailto:no-reply@clinic.test")));
    }
}
