//! What happens to visits by itself, and the mail that tells patients of them: each piece
//! once, whatever the order of runs, crashes and changes.

use visita_domain::account::{MailKind, MailState};
use visita_domain::appointment::{Appointment, AppointmentState};
use visita_domain::audit::AuditAction;
use visita_domain::people::{Role, UserState};
use visita_domain::timer::TimerKind;
use visita_domain::{AppointmentId, Ts};
use visita_store::appointments::{self, Move};
use visita_store::mail::{self, Letter};
use visita_store::people::{self, UserChanges};
use visita_store::{Ctx, PageQuery, audit};
use visita_testkit::TestDb;

use crate::accounts::send_all;
use crate::clinic::{Clinic, at, at_time, booking, doctor_id, now, to_time, tuesday_ten};

/// Ample for every test.
const LIMIT: i64 = 50;

pub fn fire(clinic: &Clinic, at: Ts) -> appointments::Fired {
    clinic.run(|conn| appointments::fire_due(conn, clinic.hospital, at, LIMIT))
}

/// What went out, by then: kind, and the start that it names.
fn told(clinic: &Clinic, at: Ts) -> Vec<(MailKind, Ts)> {
    let told = |letter: Letter| (letter.kind, letter.visit.unwrap().starts_at);
    let mut sent: Vec<_> = send_all(clinic, at).into_iter().map(told).collect();
    sent.sort_by_key(|(kind, starts_at)| (*starts_at, kind.as_str()));
    sent
}

fn fired_and_told(clinic: &Clinic, at: Ts) -> Vec<(MailKind, Ts)> {
    fire(clinic, at);
    told(clinic, at)
}

fn cancel(clinic: &Clinic, who: &Ctx, id: AppointmentId) {
    clinic.run(|conn| appointments::cancel(conn, who, id, Some("private")));
}

fn moved(clinic: &Clinic, who: &Ctx, visit: &Appointment, wanted: &Move) -> Appointment {
    clinic
        .run(|conn| appointments::reschedule(conn, who, visit.id, visit.version, wanted))
        .appointment
}

fn patients_are_told_of_every_change_of_their_visits(db: &TestDb) {
    let clinic = Clinic::new(db);
    let (ten, eleven) = (tuesday_ten(), tuesday_ten().plus_minutes(60));
    let visit = clinic.booked(ten);
    let address = clinic.run(|conn| people::me(conn, &clinic.patient)).0.email;
    let letters = send_all(&clinic, now());
    let [letter] = &letters[..] else {
        panic!("{} mails", letters.len())
    };
    let facts = letter.visit.as_ref().unwrap();
    assert_eq!((letter.kind, &letter.to), (MailKind::VisitBooked, &address));
    assert_eq!((facts.id, facts.starts_at), (visit.id, ten));
    assert_eq!(facts.time_zone, "Europe/Paris");
    let visit = moved(&clinic, &clinic.staff, &visit, &to_time(eleven));
    assert_eq!(told(&clinic, now()), [(MailKind::VisitMoved, eleven)]);
    let to_another = Move {
        doctor_id: Some(doctor_id(&clinic.new_doctor())),
        ..Move::default()
    };
    let visit = moved(&clinic, &clinic.staff, &visit, &to_another);
    assert_eq!(told(&clinic, now()), [(MailKind::VisitReassigned, eleven)]);
    // Changes of nothing, and what is refused, tell nothing.
    moved(&clinic, &clinic.staff, &visit, &to_time(eleven));
    let refused = clinic.book(
        &clinic.person(Role::Patient),
        &booking(&clinic.doctor, now()),
    );
    assert!(refused.is_err());
    assert_eq!(told(&clinic, now()), []);
    cancel(&clinic, &clinic.patient, visit.id);
    assert_eq!(told(&clinic, now()), [(MailKind::VisitCancelled, eleven)]);
    assert_eq!(fired_and_told(&clinic, ten.plus_days(2)), []);
}

fn a_hold_tells_nobody_before_it_is_a_booking(db: &TestDb) {
    let clinic = Clinic::new(db);
    let wish = appointments::Hold {
        doctor_id: doctor_id(&clinic.doctor),
        starts_at: tuesday_ten().plus_days(1),
        patient_id: None,
    };
    let first = clinic.run(|conn| appointments::hold(conn, &clinic.patient, &wish));
    cancel(&clinic, &clinic.patient, first.id);
    let held = clinic.run(|conn| appointments::hold(conn, &clinic.patient, &wish));
    assert_eq!(fired_and_told(&clinic, now()), []);
    let confirm = |conn: &mut _| appointments::confirm(conn, &clinic.patient, held.id, "cough");
    clinic.run(confirm);
    clinic.run(confirm);
    assert_eq!(
        told(&clinic, now()),
        [(MailKind::VisitBooked, wish.starts_at)]
    );
    let reminded = fired_and_told(&clinic, tuesday_ten());
    assert_eq!(reminded, [(MailKind::VisitDayBefore, wish.starts_at)]);
}

/// A visit that starts at 10:00 in Paris on the day after clocks were put back, and one on
/// the day of it: 24 hours are 24 hours, and ten minutes ten.
fn reminders_are_due_by_time_that_passes(db: &TestDb) {
    for (now, starts_at, day_before, soon) in [
        // Winter, as always.
        (
            "2026-11-23T07:00:00Z",
            "2026-11-25T09:00:00Z",
            "2026-11-24T09:00:00Z",
            "2026-11-25T08:50:00Z",
        ),
        // 28 March 2027, 10:00 by the summer's clock, a day that has 23 hours.
        (
            "2027-03-26T07:00:00Z",
            "2027-03-28T08:00:00Z",
            "2027-03-27T08:00:00Z",
            "2027-03-28T07:50:00Z",
        ),
        // 31 October 2027, 10:00 by the winter's clock, a day that has 25 hours.
        (
            "2027-10-29T07:00:00Z",
            "2027-10-31T09:00:00Z",
            "2027-10-30T09:00:00Z",
            "2027-10-31T08:50:00Z",
        ),
    ] {
        let clinic = Clinic::new(db);
        let (starts_at, day_before, soon) = (at(starts_at), at(day_before), at(soon));
        let patient = at_time(&clinic.patient, at(now));
        clinic
            .book(&patient, &booking(&clinic.doctor, starts_at))
            .unwrap();
        assert_eq!(told(&clinic, at(now)).len(), 1);
        for (run_at, expected) in [
            (day_before.plus_secs(-1), None),
            (day_before, Some(MailKind::VisitDayBefore)),
            (day_before.plus_secs(1), None),
            (soon.plus_secs(-1), None),
            (soon, Some(MailKind::VisitSoon)),
            (soon.plus_secs(1), None),
            (starts_at, None),
        ] {
            let expected: Vec<_> = expected.map(|kind| (kind, starts_at)).into_iter().collect();
            assert_eq!(fired_and_told(&clinic, run_at), expected, "{run_at}");
        }
    }
}

fn what_is_booked_late_or_comes_late_reminds_of_nothing_old(db: &TestDb) {
    let clinic = Clinic::new(db);
    let five_before = tuesday_ten().plus_minutes(-5);
    let late = at_time(&clinic.patient, five_before);
    clinic
        .book(&late, &booking(&clinic.doctor, tuesday_ten()))
        .unwrap();
    let sent = fired_and_told(&clinic, five_before.plus_secs(1));
    assert_eq!(sent, [(MailKind::VisitBooked, tuesday_ten())]);
    // The server stood still from before the first reminder to after the second.
    let next_day = tuesday_ten().plus_days(1);
    clinic.booked(next_day);
    told(&clinic, now());
    let awake = next_day.plus_minutes(-3);
    assert_eq!(
        fired_and_told(&clinic, awake),
        [(MailKind::VisitSoon, next_day)]
    );
    // The mail server did, and the visit has begun when it is back.
    let day_after = tuesday_ten().plus_days(2);
    clinic.booked(day_after);
    told(&clinic, now());
    fire(&clinic, day_after.plus_minutes(-10));
    assert_eq!(told(&clinic, day_after), []);
    let page = PageQuery::default();
    let failed = clinic
        .run(|conn| mail::list_mails(conn, &clinic.admin, Some(MailState::Failed), &page))
        .items;
    let why = failed.iter().map(|one| one.last_error.as_deref());
    assert_eq!(why.collect::<Vec<_>>(), [Some("outdated")]);
}

fn a_visit_that_is_moved_or_cancelled_takes_its_reminders_back(db: &TestDb) {
    let clinic = Clinic::new(db);
    let start = tuesday_ten().plus_days(1);
    let visit = clinic.booked(start);
    told(&clinic, now());
    let day_before = start.plus_days(-1);
    // Queued, not sent yet.
    assert_eq!(fire(&clinic, day_before).reminders, 1);
    let staff = at_time(&clinic.staff, day_before);
    let later = start.plus_days(1);
    let visit = moved(&clinic, &staff, &visit, &to_time(later));
    assert_eq!(told(&clinic, day_before), [(MailKind::VisitMoved, later)]);
    assert_eq!(
        fired_and_told(&clinic, start),
        [(MailKind::VisitDayBefore, later)]
    );
    let soon = later.plus_minutes(-10);
    assert_eq!(fire(&clinic, soon).reminders, 1);
    cancel(&clinic, &at_time(&clinic.staff, soon), visit.id);
    assert_eq!(told(&clinic, soon), [(MailKind::VisitCancelled, later)]);
}

fn whoever_waits_already_is_not_reminded_and_closed_accounts_get_no_mail(db: &TestDb) {
    let clinic = Clinic::new(db);
    let visit = clinic.booked(tuesday_ten());
    told(&clinic, now());
    let early = tuesday_ten().plus_minutes(-15);
    clinic.run(|conn| appointments::arrive(conn, &at_time(&clinic.patient, early), visit.id));
    assert_eq!(fired_and_told(&clinic, tuesday_ten().plus_minutes(-9)), []);
    let leaver = clinic.person(Role::Patient);
    clinic.booked_between(&clinic.doctor, &leaver, tuesday_ten().plus_days(1));
    told(&clinic, now());
    let closed = UserChanges {
        state: Some(UserState::Disabled),
        ..UserChanges::default()
    };
    clinic.run(|conn| people::change_user(conn, &clinic.admin, leaver.actor.user_id, &closed));
    fire(&clinic, tuesday_ten());
    assert!(told(&clinic, tuesday_ten()).is_empty());
}

fn a_visit_to_which_nobody_comes_ends_by_itself(db: &TestDb) {
    let clinic = Clinic::new(db);
    let visit = clinic.booked(tuesday_ten());
    let due = TimerKind::NoShow.due_at(visit.range);
    assert_eq!(due, visit.range.end().plus_minutes(15));
    assert!(fire(&clinic, due.plus_secs(-1)).missed.is_empty());
    let missed = fire(&clinic, due).missed;
    let states: Vec<_> = missed.iter().map(|one| (one.id, one.state)).collect();
    assert_eq!(states, [(visit.id, AppointmentState::NoShow)]);
    assert_eq!(clinic.read(&clinic.doctor, visit.id), missed[0]);
    assert!(fire(&clinic, due.plus_days(1)).missed.is_empty(), "once");
    // The trail says what happened, and that nobody did it.
    let filter = audit::AuditFilter {
        patient_id: Some(visit.patient_id),
        ..audit::AuditFilter::default()
    };
    let page = PageQuery::default();
    let lines = clinic
        .run(|conn| audit::list(conn, &clinic.staff, &filter, &page))
        .items;
    let line = lines
        .iter()
        .find(|line| line.event.action == AuditAction::AppointmentNoShow)
        .unwrap();
    assert_eq!((line.event.actor_id, line.event.at), (None, due));
    assert_eq!(line.event.subject_id, Some(visit.id.0));
}

fn whoever_was_there_is_never_said_to_have_stayed_away(db: &TestDb) {
    let clinic = Clinic::new(db);
    let early = tuesday_ten().plus_minutes(-5);
    let [left, waits] = [0, 1].map(|n| {
        let patient = at_time(&clinic.person(Role::Patient), early);
        let start = tuesday_ten().plus_minutes(30 * n);
        let id = clinic.booked_between(&clinic.doctor, &patient, start).id;
        clinic.run(|conn| appointments::arrive(conn, &patient, id));
        (patient, id)
    });
    clinic.run(|conn| appointments::leave_lobby(conn, &left.0, left.1));
    let live = clinic.in_call(tuesday_ten().plus_minutes(120)).id;
    let called_off = clinic.booked(tuesday_ten().plus_minutes(180)).id;
    cancel(&clinic, &clinic.staff, called_off);
    assert!(fire(&clinic, tuesday_ten().plus_days(1)).missed.is_empty());
    let states = [left.1, waits.1, live, called_off].map(|id| clinic.read(&clinic.staff, id).state);
    assert_eq!(
        states,
        [
            AppointmentState::Booked,
            AppointmentState::Arrived,
            AppointmentState::InCall,
            AppointmentState::Cancelled,
        ]
    );
}

fn batches_are_bounded_and_hospitals_are_apart(db: &TestDb) {
    let clinic = Clinic::new(db);
    let away = clinic.next();
    let theirs = away.booked(tuesday_ten());
    for n in 0..3 {
        let patient = clinic.person(Role::Patient);
        clinic.booked_between(&clinic.doctor, &patient, tuesday_ten().plus_minutes(60 * n));
    }
    let late = tuesday_ten().plus_days(1);
    let mut missed = 0;
    loop {
        let fired = clinic.run(|conn| appointments::fire_due(conn, clinic.hospital, late, 2));
        assert!(fired.missed.len() <= 2);
        missed += fired.missed.len();
        if !fired.more {
            break;
        }
    }
    assert_eq!(missed, 3);
    assert_eq!(away.read(&away.staff, theirs.id), theirs);
}

on_both!(
    patients_are_told_of_every_change_of_their_visits,
    a_hold_tells_nobody_before_it_is_a_booking,
    reminders_are_due_by_time_that_passes,
    what_is_booked_late_or_comes_late_reminds_of_nothing_old,
    a_visit_that_is_moved_or_cancelled_takes_its_reminders_back,
    whoever_waits_already_is_not_reminded_and_closed_accounts_get_no_mail,
    a_visit_to_which_nobody_comes_ends_by_itself,
    whoever_was_there_is_never_said_to_have_stayed_away,
    batches_are_bounded_and_hospitals_are_apart,
);
