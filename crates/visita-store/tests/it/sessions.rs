//! Sign-in, renewal, and what a stolen refresh token gives away.

use visita_domain::people::{Email, Role, UserState};
use visita_domain::{Ts, UserId};
use visita_store::auth::{self, NewSession, Rotation, Session};
use visita_store::{Ctx, StoreError, people};
use visita_testkit::TestDb;

use crate::clinic::{Clinic, at_time, now};

const IDLE: i64 = 3600;
const ABSOLUTE: i64 = 12 * 3600;

fn open(clinic: &Clinic, user_id: UserId, token: u8) -> Session {
    clinic
        .run(|conn| {
            let new = NewSession {
                user_id,
                refresh_hash: [token; 32],
                user_agent: "Browser\n 1".to_owned(),
                now: now(),
                idle_secs: IDLE,
                absolute_secs: ABSOLUTE,
                second_factor: false,
                known_device: true,
                request_id: None,
            };
            auth::open_session(conn, &new)
        })
        .0
}

fn rotate(clinic: &Clinic, old: u8, new: u8, at: Ts) -> Rotation {
    clinic.run(|conn| auth::rotate_refresh(conn, &[old; 32], &[new; 32], at, None))
}

fn alive(clinic: &Clinic, session: &Session, at: Ts) -> bool {
    match clinic.try_run(|conn| auth::authenticate(conn, session.id, at)) {
        Ok(caller) => {
            assert_eq!(caller.actor.user_id, session.user_id);
            true
        }
        Err(StoreError::NotFound) => false,
        Err(other) => panic!("{other:?}"),
    }
}

fn rotated(rotation: &Rotation) -> bool {
    matches!(rotation, Rotation::Rotated(..))
}

fn each_token_works_once_and_leads_to_the_next(db: &TestDb) {
    let clinic = Clinic::new(db);
    let session = open(&clinic, clinic.patient.actor.user_id, 1);
    let later = now().plus_secs(600);
    let Rotation::Rotated(renewed, user) = rotate(&clinic, 1, 2, later) else {
        panic!("the first token works");
    };
    assert_eq!((renewed.id, renewed.last_seen_at), (session.id, later));
    assert_eq!(user.id, clinic.patient.actor.user_id);
    assert!(rotated(&rotate(&clinic, 2, 3, later.plus_secs(600))));
    assert_eq!(rotate(&clinic, 99, 4, later), Rotation::Unknown);
}

fn a_token_used_again_late_ends_the_session(db: &TestDb) {
    let clinic = Clinic::new(db);
    let session = open(&clinic, clinic.patient.actor.user_id, 1);
    assert!(rotated(&rotate(&clinic, 1, 2, now())));
    let late = now().plus_secs(30);
    assert_eq!(rotate(&clinic, 1, 3, late), Rotation::Reused(session.id));
    assert!(!alive(&clinic, &session, late));
    assert_eq!(rotate(&clinic, 2, 4, late), Rotation::Unknown);
}

fn a_token_whose_successor_was_used_ends_the_session_at_once(db: &TestDb) {
    let clinic = Clinic::new(db);
    let session = open(&clinic, clinic.patient.actor.user_id, 1);
    assert!(rotated(&rotate(&clinic, 1, 2, now())));
    assert!(rotated(&rotate(&clinic, 2, 3, now().plus_secs(1))));
    assert_eq!(
        rotate(&clinic, 1, 4, now().plus_secs(2)),
        Rotation::Reused(session.id)
    );
}

fn a_client_that_lost_the_answer_gets_another_and_the_lost_one_is_spent(db: &TestDb) {
    let clinic = Clinic::new(db);
    let session = open(&clinic, clinic.patient.actor.user_id, 1);
    assert!(rotated(&rotate(&clinic, 1, 2, now())));
    let soon = now().plus_secs(29);
    assert!(rotated(&rotate(&clinic, 1, 3, soon)));
    assert!(alive(&clinic, &session, soon));
    // The grace counts from the first use: it does not renew itself.
    assert_eq!(rotate(&clinic, 2, 4, soon), Rotation::Reused(session.id));
    assert!(!alive(&clinic, &session, soon));
}

fn of_two_renewals_at_once_none_ends_the_session(db: &TestDb) {
    let clinic = Clinic::new(db);
    let session = open(&clinic, clinic.patient.actor.user_id, 1);
    let clinic = &clinic;
    let outcomes: Vec<_> = std::thread::scope(|scope| {
        let tasks: Vec<_> = (2..6)
            .map(|new| scope.spawn(move || rotate(clinic, 1, new, now())))
            .collect();
        tasks.into_iter().map(|task| task.join().unwrap()).collect()
    });
    assert!(outcomes.iter().all(rotated), "{outcomes:?}");
    let unused = "(SELECT count(*) FROM refresh_tokens WHERE consumed_at IS NULL)";
    assert_eq!(db.raw().number(unused).unwrap(), 1);
    assert!(alive(clinic, &session, now()));
}

fn sessions_end_by_idleness_by_age_and_by_disabling(db: &TestDb) {
    let clinic = Clinic::new(db);
    let user = clinic.person(Role::Doctor).actor.user_id;
    let session = open(&clinic, user, 1);
    assert!(alive(&clinic, &session, now().plus_secs(IDLE - 1)));
    assert!(!alive(&clinic, &session, now().plus_secs(IDLE)));
    // Renewed every half hour, it still ends after twelve hours.
    let mut token = 1;
    let mut at = now();
    while at < now().plus_secs(ABSOLUTE - 1800) {
        at = at.plus_secs(1800);
        assert!(rotated(&rotate(&clinic, token, token + 1, at)), "{at}");
        token += 1;
    }
    assert!(alive(&clinic, &session, now().plus_secs(ABSOLUTE - 1)));
    assert!(!alive(&clinic, &session, now().plus_secs(ABSOLUTE)));
    let other = open(&clinic, user, 200);
    let (_, ended) = clinic.run(|conn| {
        let changes = people::UserChanges {
            state: Some(UserState::Disabled),
            ..people::UserChanges::default()
        };
        people::change_user(conn, &clinic.admin, user, &changes)
    });
    assert!(ended.contains(&other.id));
    assert!(!alive(&clinic, &other, now()));
    let again = clinic.try_run(|conn| {
        let new = NewSession {
            user_id: user,
            refresh_hash: [201; 32],
            user_agent: String::new(),
            now: now(),
            idle_secs: IDLE,
            absolute_secs: ABSOLUTE,
            second_factor: false,
            known_device: true,
            request_id: None,
        };
        auth::open_session(conn, &new)
    });
    assert!(matches!(again, Err(StoreError::NotFound)));
}

fn people_end_their_own_sessions_and_nobody_elses(db: &TestDb) {
    let clinic = Clinic::new(db);
    let me = clinic.patient.actor.user_id;
    let (here, there, foreign) = (
        open(&clinic, me, 1),
        open(&clinic, me, 2),
        open(&clinic, clinic.doctor.actor.user_id, 3),
    );
    let mut ctx = clinic.patient;
    ctx.actor.session_id = here.id;
    let end = |ctx: &Ctx, id| clinic.try_run(|conn| auth::end_session(conn, ctx, id));
    assert!(matches!(end(&ctx, foreign.id), Err(StoreError::NotFound)));
    assert_eq!(clinic.run(|conn| auth::list_sessions(conn, &ctx)).len(), 2);
    end(&ctx, there.id).unwrap();
    assert!(matches!(end(&ctx, there.id), Err(StoreError::NotFound)));
    let third = open(&clinic, me, 4);
    assert_eq!(
        clinic.run(|conn| auth::end_other_sessions(conn, &ctx)),
        [third.id]
    );
    let fourth = open(&clinic, me, 5);
    let ended = clinic.run(|conn| auth::change_password(conn, &ctx, "new hash"));
    assert_eq!(ended, [fourth.id]);
    assert_eq!(
        clinic.run(|conn| auth::own_password_hash(conn, &ctx)),
        "new hash"
    );
    assert!(alive(&clinic, &here, now()) && alive(&clinic, &foreign, now()));
    let by_cookie = clinic.run(|conn| auth::end_session_by_refresh(conn, &[1; 32], now(), None));
    assert_eq!(by_cookie, Some(here.id));
    assert!(!alive(&clinic, &here, now()));
}

fn credentials_are_found_by_address_and_addresses_are_unique(db: &TestDb) {
    let clinic = Clinic::new(db);
    let email = Email::parse("ana@example.org").unwrap();
    let register = || {
        clinic.try_run(|conn| {
            let new = people::NewPatient {
                hospital_id: clinic.hospital,
                name: "Ana".to_owned(),
                email: Email::parse(" ANA@example.org").unwrap(),
                password_hash: "phc".to_owned(),
                language: "fr".to_owned(),
            };
            people::register_patient(conn, &new, now(), None)
        })
    };
    let user = register().unwrap();
    assert!(matches!(register(), Err(StoreError::EmailTaken)));
    let found = clinic
        .run(|conn| auth::find_credentials(conn, &email))
        .unwrap();
    assert_eq!(
        (found.user_id, found.password_hash.as_str()),
        (user.id, "phc")
    );
    clinic.run(|conn| auth::set_password_hash(conn, user.id, "stronger"));
    let found = clinic.run(|conn| auth::find_credentials(conn, &email));
    assert_eq!(found.unwrap().password_hash, "stronger");
    let nobody = Email::parse("nobody@example.org").unwrap();
    assert!(
        clinic
            .run(|conn| auth::find_credentials(conn, &nobody))
            .is_none()
    );
    let me = at_time(
        &crate::clinic::ctx(user.id, Role::Patient, user.hospital_id),
        now(),
    );
    let (found, hospital) = clinic.run(|conn| people::me(conn, &me));
    assert_eq!((found, hospital.unwrap().id), (user, clinic.hospital));
}

on_both!(
    each_token_works_once_and_leads_to_the_next,
    a_token_used_again_late_ends_the_session,
    a_token_whose_successor_was_used_ends_the_session_at_once,
    a_client_that_lost_the_answer_gets_another_and_the_lost_one_is_spent,
    of_two_renewals_at_once_none_ends_the_session,
    sessions_end_by_idleness_by_age_and_by_disabling,
    people_end_their_own_sessions_and_nobody_elses,
    credentials_are_found_by_address_and_addresses_are_unique,
);
