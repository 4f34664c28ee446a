"""Reads calendars of a running demo clinic with a parser that is not ours.

check.py <origin> <folder with files that go with mails>
"""

import datetime
import json
import pathlib
import sys
import urllib.error
import urllib.request

import icalendar

ORIGIN, GOLDEN = sys.argv[1], pathlib.Path(sys.argv[2])
API = "/api/v1"
# Characters that have a meaning in calendars, and some of more than one byte.
CLINIC = "Saint-Luc, Santé; \"Nord\" \\ 東京"
# What RFC 5545 §3.6 and RFC 5546 §3.2 demand of a calendar and of an event.
OF_CALENDAR = ["VERSION", "PRODID", "METHOD"]
OF_EVENT = ["UID", "DTSTAMP", "DTSTART", "DTEND", "SEQUENCE", "ORGANIZER", "STATUS", "SUMMARY"]
parsed = 0


def send(method, path, body=None, token=None, headers=None):
    """Status, media type and content of an answer."""
    request = urllib.request.Request(ORIGIN + path, method=method, headers=headers or {})
    if token:
        request.add_header("authorization", f"Bearer {token}")
    if body is not None:
        request.add_header("content-type", "application/json")
        request.data = json.dumps(body).encode()
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.headers["content-type"], answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers["content-type"], error.read()


def ask(method, path, body=None, token=None, headers=None):
    """The JSON of an answer that must be good."""
    status, _, content = send(method, API + path, body, token, headers)
    assert status < 300, f"{method} {path}: {status} {content}"
    return json.loads(content) if content else None


def sign_in(name):
    body = {"email": f"{name}@demo.visita.test", "password": "visita-demo-password"}
    return ask("POST", "/auth/login", body)


def parse(content, media_type=None):
    """The calendar, which has all that it must have."""
    global parsed
    lines = content.split(b"\r\n")
    assert lines[-1] == b"" and not any(b"\n" in line or b"\r" in line for line in lines)
    calendar = icalendar.Calendar.from_ical(content)
    assert calendar.errors == [], calendar.errors
    for name in OF_CALENDAR:
        assert name in calendar, name
    if media_type:
        assert media_type == f"text/calendar; charset=utf-8; method={calendar['METHOD']}"
    for event in calendar.events:
        assert event.errors == [], event.errors
        for name in OF_EVENT:
            assert name in event, name
        assert event.start.utcoffset() == event.end.utcoffset() == datetime.timedelta(0)
        assert event.start < event.end
        assert "DESCRIPTION" not in event and "LOCATION" not in event
    parsed += 1
    return calendar


def saved(visit, token):
    """The file of a visit: its method and its one event."""
    status, media_type, content = send("GET", f"{API}/appointments/{visit}/calendar.ics", token=token)
    assert status == 200, content
    calendar = parse(content, media_type)
    (event,) = calendar.events
    return str(calendar["METHOD"]), event


def in_feed(path, uid):
    """The event of that UID in a feed."""
    status, media_type, content = send("GET", path)
    assert status == 200, content
    calendar = parse(content, media_type)
    assert calendar["METHOD"] == "PUBLISH"
    assert calendar.calendar_name == f"Video visit – {plain(CLINIC)}", calendar.calendar_name
    uids = [event.uid for event in calendar.events]
    assert len(uids) == len(set(uids)), "one entry for each visit"
    (event,) = [event for event in calendar.events if event.uid == uid]
    return event


def plain(name):
    return name.replace('"', "")


def instant(text):
    return datetime.datetime.fromisoformat(text)


def same(event, feed_event, **expected):
    """File and feed agree, and say what is expected."""
    for name in ["UID", "SEQUENCE", "DTSTART", "DTEND", "STATUS", "SUMMARY", "URL", "LAST-MODIFIED"]:
        assert event[name] == feed_event[name], name
    for name, value in expected.items():
        assert getattr(event, name) == value, (name, getattr(event, name), value)


def a_visit_from_booking_to_cancellation(patient, doctor):
    token = patient["access_token"]
    doctor_id = doctor["user"]["id"]
    days = [datetime.date.today() + datetime.timedelta(days=n) for n in (2, 30)]
    free = ask("GET", f"/doctors/{doctor_id}/slots?from={days[0]}&to={days[1]}", token=token)["slots"]
    feed = ask("POST", "/me/calendar-feed", token=token)["url"].removeprefix(ORIGIN)

    body = {"doctor_id": doctor_id, "starts_at": free[0]["starts_at"], "reason": "canary"}
    visit = ask("POST", "/appointments", body, token)
    uid = f"{visit['id']}@visita"
    method, booked = saved(visit["id"], token)
    assert method == "PUBLISH"
    same(booked, in_feed(feed, uid), uid=uid, status="CONFIRMED", start=instant(visit["starts_at"]))
    assert booked.end == instant(visit["ends_at"])
    assert booked.summary == f"Video visit – {plain(CLINIC)}", booked.summary
    assert booked.organizer.params["CN"] == plain(CLINIC), booked.organizer
    assert booked["URL"] == f"{ORIGIN}/appointments/{visit['id']}"

    later = {"starts_at": free[-1]["starts_at"]}
    path, match = f"/appointments/{visit['id']}", {"if-match": f"\"{visit['version']}\""}
    ask("PATCH", path, later, token, match)
    method, moved = saved(visit["id"], token)
    assert method == "PUBLISH" and moved.sequence > booked.sequence
    same(moved, in_feed(feed, uid), uid=uid, status="CONFIRMED", start=instant(later["starts_at"]))

    ask("POST", f"{path}/cancel", {"reason": "canary"}, token)
    method, ended = saved(visit["id"], token)
    assert method == "CANCEL" and ended.sequence > moved.sequence
    same(ended, in_feed(feed, uid), uid=uid, status="CANCELLED", start=moved.start)
    return feed


def nobody_is_named(feed, *people):
    _, _, content = send("GET", feed)
    text = content.replace(b"\r\n ", b"").decode()
    for secret in ["canary", *(person["user"]["name"] for person in people)]:
        assert secret not in text, "a feed names nobody and no reason"


def a_revoked_link_ends(feed, token):
    ask("DELETE", "/me/calendar-feed", token=token)
    status, _, _ = send("GET", feed)
    assert status == 404, status


def what_goes_with_mails():
    for name, method, status in [
        ("invitation.ics", "REQUEST", "CONFIRMED"),
        ("cancellation.ics", "CANCEL", "CANCELLED"),
    ]:
        calendar = parse((GOLDEN / name).read_bytes())
        (event,) = calendar.events
        assert (calendar["METHOD"], event.status) == (method, status), name
        (attendee,) = event.attendees
        assert attendee.params["RSVP"] == "FALSE" and attendee.email, name


def main():
    patient, doctor, staff = sign_in("patient"), sign_in("doctor"), sign_in("staff")
    hospital = staff["user"]["hospital_id"]
    ask("PATCH", f"/hospitals/{hospital}", {"name": CLINIC}, staff["access_token"])
    feed = a_visit_from_booking_to_cancellation(patient, doctor)
    nobody_is_named(feed, patient, doctor)
    a_revoked_link_ends(feed, patient["access_token"])
    what_goes_with_mails()
    print(f"icalendar {icalendar.__version__} read {parsed} calendars of ours")


main()
