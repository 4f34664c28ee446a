//! First start: the first hospital and the first administrator (SECURITY R31).

use visita_domain::people::{Email, Role, User};
use visita_store::StoreError;
use visita_store::people::{self, NewClinic, NewHospital};
use visita_testkit::TestDb;

use crate::clinic::now;

fn clinic(n: usize) -> NewClinic {
    NewClinic {
        hospital: NewHospital {
            name: format!("Harbour {n}"),
            slug: format!("harbour-{n}"),
            time_zone: "Europe/Lisbon".to_owned(),
            phone: String::new(),
            address: String::new(),
        },
        name: "Robin".to_owned(),
        email: Email::parse(&format!("robin{n}@example.org")).unwrap(),
        password_hash: "phc".to_owned(),
        language: "en".to_owned(),
    }
}

fn set_up(db: &TestDb, new: &NewClinic) -> Result<User, StoreError> {
    db.store()
        .run_blocking(|conn| people::set_up(conn, new, now(), None))
}

/// Users, credentials, hospitals, lobbies and audit events.
fn rows(db: &TestDb) -> [i64; 5] {
    [
        "users",
        "credentials",
        "hospitals",
        "lobbies",
        "audit_events",
    ]
    .map(|table| {
        let count = format!("(SELECT count(*) FROM {table})");
        db.raw().number(&count).unwrap()
    })
}

fn r31_an_empty_clinic_is_set_up_once_and_the_trail_names_the_admin(db: &TestDb) {
    let has_users = || db.store().run_blocking(people::has_users).unwrap();
    assert!(!has_users());
    let admin = set_up(db, &clinic(1)).unwrap();
    assert_eq!((admin.role, admin.hospital_id), (Role::Admin, None));
    assert!(has_users());
    assert_eq!(rows(db), [1, 1, 1, 1, 2]);
    let by_nobody = "(SELECT count(*) FROM audit_events WHERE actor_id IS NULL)";
    assert_eq!(db.raw().number(by_nobody).unwrap(), 0);
    for again in [clinic(1), clinic(2)] {
        let refused = set_up(db, &again);
        assert!(matches!(refused, Err(StoreError::AlreadySetUp)));
    }
    assert_eq!(rows(db), [1, 1, 1, 1, 2]);
}

fn r31_of_rivals_one_sets_the_clinic_up(db: &TestDb) {
    // Some differ in all and some in nothing: the first counts, and no constraint is told.
    let outcomes: Vec<_> = std::thread::scope(|scope| {
        let tasks = [1, 1, 2, 3, 4, 1].map(|n| scope.spawn(move || set_up(db, &clinic(n))));
        tasks.into_iter().map(|task| task.join().unwrap()).collect()
    });
    let (won, lost): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
    assert_eq!(won.len(), 1);
    for refused in lost {
        assert!(
            matches!(refused, Err(StoreError::AlreadySetUp)),
            "{refused:?}"
        );
    }
    assert_eq!(rows(db), [1, 1, 1, 1, 2]);
}

fn r31_a_clinic_that_cannot_be_written_leaves_nothing(db: &TestDb) {
    let mut nameless = clinic(1);
    nameless.name = " ".to_owned();
    let mut nowhere = clinic(1);
    nowhere.hospital.time_zone = "Mars/Base".to_owned();
    let mut blank = clinic(1);
    blank.hospital.name = " ".to_owned();
    for (new, field) in [
        (nameless, "name"),
        (nowhere, "hospital.time_zone"),
        (blank, "hospital.name"),
    ] {
        let refused = set_up(db, &new);
        assert!(
            matches!(refused, Err(StoreError::InvalidField(name)) if name == field),
            "{refused:?}"
        );
    }
    assert_eq!(rows(db), [0, 0, 0, 0, 0]);
}

on_both!(
    r31_an_empty_clinic_is_set_up_once_and_the_trail_names_the_admin,
    r31_of_rivals_one_sets_the_clinic_up,
    r31_a_clinic_that_cannot_be_written_leaves_nothing,
);
