//! Calendar feeds: whose visits they show, for how long, and who can end them.

use visita_domain::appointment::AppointmentState;
use visita_domain::calendar::{CalendarVisit, FEED_DAYS_BACK, FEED_DAYS_CANCELLED};
use visita_domain::people::{Role, UserState};
use visita_domain::{AppointmentId, HospitalId, Ts};
use visita_store::appointments::Hold;
use visita_store::calendar::{self, Feed};
use visita_store::people::{self, UserChanges};
use visita_store::{Ctx, StoreError, appointments};
use visita_testkit::TestDb;

use crate::clinic::{Clinic, at_time, doctor_id, now, to_time, tuesday_ten};

const TOKEN: [u8; 32] = [7; 32];

fn opened(clinic: &Clinic, who: &Ctx, token: [u8; 32]) {
    clinic.run(|conn| calendar::create_feed(conn, who, &token));
}

fn read(
    clinic: &Clinic,
    hospital: HospitalId,
    token: [u8; 32],
    now: Ts,
) -> Result<Feed, StoreError> {
    clinic.try_run(|conn| calendar::read_feed(conn, hospital, &token, now))
}

fn ids(feed: &Feed) -> Vec<AppointmentId> {
    feed.visits.iter().map(|visit| visit.id).collect()
}

fn a_feed_shows_the_own_visits_in_order_and_no_others(db: &TestDb) {
    let clinic = Clinic::new(db);
    let other = clinic.person(Role::Patient);
    let late = clinic.booked(tuesday_ten().plus_days(1));
    let early = clinic.booked(tuesday_ten());
    let foreign = clinic.booked_between(&clinic.doctor, &other, tuesday_ten().plus_minutes(60));
    opened(&clinic, &clinic.patient, TOKEN);
    opened(&clinic, &clinic.doctor, [8; 32]);

    let own = read(&clinic, clinic.hospital, TOKEN, now()).unwrap();
    assert_eq!(own.hospital_name, "Saint Roch");
    assert_eq!(own.visits, [&early, &late].map(CalendarVisit::from));
    let doctors = read(&clinic, clinic.hospital, [8; 32], now()).unwrap();
    assert_eq!(ids(&doctors), [early.id, foreign.id, late.id]);
    // The same whether the visits are over or to come.
    let later = tuesday_ten().plus_minutes(90);
    let doctors = read(&clinic, clinic.hospital, [8; 32], later).unwrap();
    assert_eq!(ids(&doctors), [early.id, foreign.id, late.id]);
}

fn a_moved_visit_keeps_its_id_and_is_newer(db: &TestDb) {
    let clinic = Clinic::new(db);
    let visit = clinic.booked(tuesday_ten());
    opened(&clinic, &clinic.patient, TOKEN);
    let before = read(&clinic, clinic.hospital, TOKEN, now()).unwrap().visits[0];
    assert_eq!(before.changed_at, before.created_at);

    let mover = at_time(&clinic.patient, now().plus_minutes(5));
    let to = tuesday_ten().plus_minutes(60);
    clinic
        .run(|conn| appointments::reschedule(conn, &mover, visit.id, visit.version, &to_time(to)));
    let after = read(&clinic, clinic.hospital, TOKEN, now()).unwrap().visits[0];
    assert_eq!(after.id, before.id);
    assert_eq!(after.range.start(), to);
    assert_eq!(after.version, before.version + 1);
    assert_eq!(after.changed_at, now().plus_minutes(5));
    let (file, hospital) = clinic.run(|conn| calendar::visit(conn, &clinic.doctor, visit.id));
    assert_eq!((file, hospital.as_str()), (after, "Saint Roch"));
}

fn a_feed_forgets_what_is_long_over_and_what_was_called_off(db: &TestDb) {
    let clinic = Clinic::new(db);
    let (kept, off) = (
        clinic.booked(tuesday_ten()),
        clinic.booked(tuesday_ten().plus_days(60)),
    );
    clinic.run(|conn| appointments::cancel(conn, &clinic.patient, off.id, Some("well again")));
    opened(&clinic, &clinic.patient, TOKEN);
    let seen = |at: Ts| ids(&read(&clinic, clinic.hospital, TOKEN, at).unwrap());

    let first = read(&clinic, clinic.hospital, TOKEN, now()).unwrap();
    assert_eq!(first.visits[1].state, AppointmentState::Cancelled);
    assert_eq!(
        seen(now().plus_days(FEED_DAYS_CANCELLED).plus_secs(-1)),
        [kept.id, off.id]
    );
    assert_eq!(seen(now().plus_days(FEED_DAYS_CANCELLED)), [kept.id]);
    assert_eq!(
        seen(tuesday_ten().plus_days(FEED_DAYS_BACK).plus_secs(-1)),
        [kept.id]
    );
    assert_eq!(seen(tuesday_ten().plus_days(FEED_DAYS_BACK)), []);
}

fn what_is_or_was_only_held_is_in_no_feed(db: &TestDb) {
    let clinic = Clinic::new(db);
    opened(&clinic, &clinic.patient, TOKEN);
    opened(&clinic, &clinic.doctor, [8; 32]);
    let hold = Hold {
        doctor_id: doctor_id(&clinic.doctor),
        starts_at: tuesday_ten(),
        patient_id: None,
    };
    let held = clinic.run(|conn| appointments::hold(conn, &clinic.patient, &hold));
    let nothing = || {
        [TOKEN, [8; 32]]
            .iter()
            .all(|token| ids(&read(&clinic, clinic.hospital, *token, now()).unwrap()).is_empty())
    };
    assert!(nothing(), "held");
    clinic.run(|conn| appointments::cancel(conn, &clinic.patient, held.id, None));
    assert!(nothing(), "let go");
}

fn a_long_past_takes_no_place_from_what_is_to_come(db: &TestDb) {
    let clinic = Clinic::new(db);
    let visit = clinic.booked(tuesday_ten());
    opened(&clinic, &clinic.doctor, TOKEN);
    copy_the_visit(db);
    let at = tuesday_ten().plus_minutes(30);
    let feed = read(&clinic, clinic.hospital, TOKEN, at).unwrap();
    let back = feed.visits.iter().filter(|one| one.range.end() <= at);
    assert_eq!((back.count(), feed.visits.len()), (500, 1_500));
    assert!(feed.visits.is_sorted_by_key(|one| one.range.start()));
    assert!(ids(&feed).contains(&visit.id), "the latest that is over");
}

fn r54_unknown_revoked_renewed_and_foreign_tokens_are_the_same(db: &TestDb) {
    let clinic = Clinic::new(db);
    let away = clinic.next();
    let refused = |hospital, token| {
        matches!(
            read(&clinic, hospital, token, now()),
            Err(StoreError::NotFound)
        )
    };
    assert!(refused(clinic.hospital, TOKEN), "none yet");
    opened(&clinic, &clinic.patient, TOKEN);
    assert!(!refused(clinic.hospital, TOKEN));
    assert!(refused(away.hospital, TOKEN), "another hospital");
    opened(&clinic, &clinic.patient, [9; 32]);
    assert!(refused(clinic.hospital, TOKEN), "renewed");
    assert!(!refused(clinic.hospital, [9; 32]));
    for revoked in [true, false] {
        clinic.run(|conn| calendar::revoke_feed(conn, &clinic.patient));
        assert!(refused(clinic.hospital, [9; 32]), "{revoked}");
    }
}

fn r40_the_feed_of_a_disabled_account_ends_at_once(db: &TestDb) {
    let clinic = Clinic::new(db);
    opened(&clinic, &clinic.patient, TOKEN);
    let set = |state| {
        let changes = UserChanges {
            state: Some(state),
            ..UserChanges::default()
        };
        let id = clinic.patient.actor.user_id;
        clinic.run(|conn| people::change_user(conn, &clinic.staff, id, &changes));
        read(&clinic, clinic.hospital, TOKEN, now()).is_ok()
    };
    assert!(!set(UserState::Disabled));
    assert!(set(UserState::Active));
}

fn only_those_with_visits_have_a_feed_and_each_their_own(db: &TestDb) {
    let clinic = Clinic::new(db);
    for who in [&clinic.staff, &clinic.admin] {
        let denied = |result: Result<(), StoreError>| matches!(result, Err(StoreError::Forbidden));
        assert!(denied(
            clinic.try_run(|conn| calendar::create_feed(conn, who, &TOKEN))
        ));
        assert!(denied(
            clinic.try_run(|conn| calendar::revoke_feed(conn, who))
        ));
        assert!(denied(
            clinic.try_run(|conn| calendar::feed_since(conn, who).map(drop))
        ));
    }
    let since = |who: &Ctx| clinic.run(|conn| calendar::feed_since(conn, who));
    assert_eq!(since(&clinic.patient), None);
    opened(&clinic, &clinic.patient, TOKEN);
    opened(&clinic, &clinic.doctor, [8; 32]);
    clinic.run(|conn| calendar::revoke_feed(conn, &clinic.doctor));
    assert_eq!(
        (since(&clinic.patient), since(&clinic.doctor)),
        (Some(now()), None)
    );
}

fn r65_making_and_revoking_a_feed_is_in_the_trail_and_reading_is_not(db: &TestDb) {
    let clinic = Clinic::new(db);
    opened(&clinic, &clinic.patient, TOKEN);
    read(&clinic, clinic.hospital, TOKEN, now()).unwrap();
    let later = at_time(&clinic.patient, now().plus_minutes(1));
    for _ in 0..2 {
        clinic.run(|conn| calendar::revoke_feed(conn, &later));
    }
    let query = "SELECT action AS text FROM audit_events ORDER BY id";
    let actions = db.raw().texts(query).unwrap();
    let own: Vec<_> = actions
        .iter()
        .filter(|text| text.starts_with("calendar"))
        .collect();
    assert_eq!(own, ["calendar_feed.created", "calendar_feed.revoked"]);
}

/// Copies the only visit 3,000 times, every 20 minutes before and after it. Booking them
/// would take minutes.
fn copy_the_visit(db: &TestDb) {
    let (id, moved) = if db.url().starts_with("sqlite:") {
        let moved = "strftime('%Y-%m-%dT%H:%M:%S.000000Z', X, ((c.i - 1500) * 20) || ' minutes')";
        ("randomblob(16)", moved)
    } else {
        (
            "gen_random_uuid()",
            "X + (c.i - 1500) * interval '20 minutes'",
        )
    };
    let (from, until) = (
        moved.replace('X', "a.starts_at"),
        moved.replace('X', "a.ends_at"),
    );
    let conversations = format!(
        "INSERT INTO conversations (hospital_id, id, epoch, last_seq, created_at)
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
         SELECT a.hospital_id, {id}, 1, 0, a.created_at FROM appointments AS a, n"
    );
    let visits = format!(
        "INSERT INTO appointments (hospital_id, id, doctor_id, patient_id, conversation_id,
             starts_at, ends_at, state, reason, version, booked_by, created_at)
         SELECT a.hospital_id, {id}, a.doctor_id, a.patient_id, c.id,
             {from}, {until}, 'finished', '', 1, a.booked_by, a.created_at
         FROM appointments AS a JOIN (
             SELECT id, row_number() OVER (ORDER BY id) AS i FROM conversations
         ) AS c ON c.id <> a.conversation_id"
    );
    db.raw().run(&conversations).unwrap();
    db.raw().run(&visits).unwrap();
}

on_both!(
    a_feed_shows_the_own_visits_in_order_and_no_others,
    a_moved_visit_keeps_its_id_and_is_newer,
    a_feed_forgets_what_is_long_over_and_what_was_called_off,
    what_is_or_was_only_held_is_in_no_feed,
    a_long_past_takes_no_place_from_what_is_to_come,
    r54_unknown_revoked_renewed_and_foreign_tokens_are_the_same,
    r40_the_feed_of_a_disabled_account_ends_at_once,
    only_those_with_visits_have_a_feed_and_each_their_own,
    r65_making_and_revoking_a_feed_is_in_the_trail_and_reading_is_not,
);
