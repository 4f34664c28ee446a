//! What is useless goes, and nothing else does.

use visita_domain::account::CodePurpose;
use visita_domain::{CodeId, Ts, UserId};
use visita_store::auth::{self, NewChallenge, NewCode, NewSession, Rotation};
use visita_store::pruning::{self, KEPT_DAYS, Stale};
use visita_store::{Ctx, ids, mail};
use visita_testkit::TestDb;

use crate::accounts::{ask_registration_at, send_all};
use crate::clinic::{Clinic, at_time, now};
use crate::factors::{seed, signed_in};

fn sign_in(clinic: &Clinic, user_id: UserId, token: u8, at: Ts) {
    let new = NewSession {
        user_id,
        refresh_hash: [token; 32],
        user_agent: String::new(),
        now: at,
        idle_secs: 3600,
        absolute_secs: 24 * 3600,
        second_factor: false,
        known_device: false,
        request_id: None,
    };
    clinic.run(|conn| auth::open_session(conn, &new));
}

fn rotated(clinic: &Clinic, old: u8, new: u8, at: Ts) -> bool {
    let rotation = clinic.run(|conn| auth::rotate_refresh(conn, &[old; 32], &[new; 32], at, None));
    matches!(rotation, Rotation::Rotated(..))
}

fn prune(clinic: &Clinic, stale: Stale, at: Ts) -> usize {
    clinic.run(|conn| pruning::prune(conn, stale, at, 100))
}

fn rows(db: &TestDb, table: &str) -> i64 {
    db.raw()
        .number(&format!("(SELECT count(*) FROM {table})"))
        .unwrap()
}

/// The newest session and what counts are left to everybody, in every hospital.
fn r38_sessions_that_are_long_over_go_but_the_newest_of_each_person(db: &TestDb) {
    let clinic = Clinic::new(db);
    let away = clinic.next();
    let (ana, bob) = (clinic.patient.actor.user_id, away.doctor.actor.user_id);
    for (token, day) in [(1, 0), (2, 1), (3, KEPT_DAYS)] {
        sign_in(&clinic, ana, token, now().plus_days(day));
    }
    sign_in(&clinic, bob, 4, now());
    sign_in(&clinic, bob, 5, now().plus_days(1));
    let at = now().plus_days(KEPT_DAYS).plus_minutes(1);
    assert!(rotated(&clinic, 3, 6, at));
    assert_eq!(
        prune(&clinic, Stale::Sessions, now().plus_days(KEPT_DAYS)),
        0
    );
    // Both first sessions of the first day are old enough, those of the next are not yet.
    assert_eq!(prune(&clinic, Stale::RefreshTokens, at), 4);
    assert_eq!(prune(&clinic, Stale::Sessions, at), 2);
    let late = at.plus_days(1);
    assert_eq!(prune(&clinic, Stale::Sessions, late), 1);
    assert_eq!(prune(&clinic, Stale::Sessions, late.plus_days(1000)), 0);
    assert_eq!(rows(db, "sessions"), 2, "the newest of each");
    // Who signs in now is still told of the new device.
    let notices = || rows(db, "mails WHERE kind = 'new_device_notice'");
    let before = notices();
    sign_in(&clinic, bob, 7, late);
    assert_eq!(notices(), before + 1);
    assert!(
        rotated(&clinic, 6, 8, at.plus_minutes(1)),
        "and stays signed in"
    );
}

fn mails_that_are_long_gone_go_and_those_that_wait_stay(db: &TestDb) {
    let clinic = Clinic::new(db);
    let notice = |who: &Ctx, at: Ts| {
        clinic.run(|conn| auth::change_password(conn, &at_time(who, at), "mine"));
    };
    notice(&clinic.patient, now());
    send_all(&clinic, now());
    notice(&clinic.doctor, now());
    let at = now().plus_days(KEPT_DAYS).plus_minutes(1);
    assert_eq!(prune(&clinic, Stale::Mails, at.plus_days(-1)), 0);
    assert_eq!(prune(&clinic, Stale::Mails, at), 1);
    let waiting = clinic.run(|conn| mail::take_due(conn, at)).unwrap();
    clinic.run(|conn| mail::settle(conn, &waiting, Ok(()), at));
    assert_eq!(prune(&clinic, Stale::Mails, at), 1, "until it went out");
    assert_eq!(rows(db, "mails"), 0);
}

fn codes_that_count_no_more_go_with_their_mails(db: &TestDb) {
    let clinic = Clinic::new(db);
    let code = |at: Ts, fill: u8| NewCode {
        id: CodeId(ids::fresh(at)),
        nonce: [7; 32],
        token_hash: [fill; 32],
    };
    let at = now().plus_days(KEPT_DAYS).plus_minutes(1);
    ask_registration_at(&clinic, "old@example.org", &code(now(), 1), now());
    let fresh = code(at, 2);
    ask_registration_at(&clinic, "new@example.org", &fresh, at);
    assert_eq!(prune(&clinic, Stale::AccountCodes, at.plus_days(-1)), 0);
    assert_eq!(prune(&clinic, Stale::AccountCodes, at), 1);
    assert_eq!(rows(db, "mails"), 1, "only that of the new one");
    assert!(
        clinic
            .try_run(|conn| auth::code_holder(
                conn,
                &fresh.token_hash,
                &[CodePurpose::Register],
                at
            ))
            .is_ok()
    );
}

fn half_done_sign_ins_and_enrolments_go_after_a_day(db: &TestDb) {
    let clinic = Clinic::new(db);
    let ends = now().plus_minutes(5);
    clinic.run(|conn| {
        let new = NewChallenge {
            hash: [1; 32],
            user_id: clinic.doctor.actor.user_id,
            now: now(),
            expires_at: ends,
        };
        auth::open_challenge(conn, &new)
    });
    let (patient, _) = signed_in(&clinic, 1);
    clinic.run(|conn| auth::begin_enrolment(conn, &patient, &seed(1), ends));
    for stale in [Stale::Challenges, Stale::Enrolments] {
        assert_eq!(prune(&clinic, stale, ends), 0);
        assert_eq!(prune(&clinic, stale, ends.plus_days(1)), 1);
    }
}

fn what_is_many_goes_a_few_at_a_time(db: &TestDb) {
    let clinic = Clinic::new(db);
    for token in 0..7 {
        let at = now().plus_minutes(i64::from(token));
        sign_in(&clinic, clinic.patient.actor.user_id, token, at);
    }
    let at = now().plus_days(365);
    let step = || clinic.run(|conn| pruning::prune(conn, Stale::Sessions, at, 4));
    assert_eq!([step(), step(), step()], [4, 2, 0]);
}

on_both!(
    r38_sessions_that_are_long_over_go_but_the_newest_of_each_person,
    mails_that_are_long_gone_go_and_those_that_wait_stay,
    codes_that_count_no_more_go_with_their_mails,
    half_done_sign_ins_and_enrolments_go_after_a_day,
    what_is_many_goes_a_few_at_a_time,
);
