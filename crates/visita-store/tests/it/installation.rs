//! A start that finds other keys, settings or tables than the one before tells so.

use visita_store::audit;
use visita_store::installation::{self, Part};
use visita_testkit::TestDb;

use crate::clinic::now;

fn noted(db: &TestDb, settings: &str, token_keys: &str) -> Vec<Part> {
    let described = [
        (Part::Settings, settings.to_owned()),
        (Part::TokenKeys, token_keys.to_owned()),
    ];
    db.store()
        .run_blocking(|conn| installation::note(conn, &described, now()))
        .unwrap()
}

fn events(db: &TestDb) -> Vec<String> {
    db.raw()
        .texts("SELECT action AS text FROM audit_events WHERE action LIKE 'system.%' OR action LIKE 'audit.%' ORDER BY at, seq")
        .unwrap()
}

fn r65_what_changed_between_two_starts_is_in_the_trail_once(db: &TestDb) {
    let first = noted(db, "demo", "k1");
    assert_eq!(
        first,
        [
            Part::Schema,
            Part::AuditKeys,
            Part::Settings,
            Part::TokenKeys
        ]
    );
    assert_eq!(noted(db, "demo", "k1"), []);
    assert_eq!(noted(db, "no demo", "k1"), [Part::Settings]);
    assert_eq!(noted(db, "no demo", "k2 k1"), [Part::TokenKeys]);
    assert_eq!(noted(db, "no demo", "k2 k1"), []);
    let keys = "system.keys_changed";
    let settings = "system.settings_changed";
    assert_eq!(
        events(db),
        ["system.migrated", keys, settings, keys, settings, keys]
    );
    // A migration that a start finds done by somebody else is told, too.
    db.raw()
        .run("DELETE FROM installation_marks WHERE part = 'schema'")
        .unwrap();
    assert_eq!(noted(db, "no demo", "k2 k1"), [Part::Schema]);
    // Nobody reads settings out of the marks.
    let plain = db
        .raw()
        .number("(SELECT count(*) FROM installation_marks WHERE length(mark) <> 32)")
        .unwrap();
    assert_eq!(plain, 0);
}

fn r65_a_verification_is_in_the_trail_that_it_verified(db: &TestDb) {
    for whole in [true, false] {
        db.store()
            .run_blocking(|conn| installation::note_verification(conn, whole, now()))
            .unwrap();
    }
    assert_eq!(events(db), ["audit.verified", "audit.fault_found"]);
    let report = db.store().run_blocking(audit::verify).unwrap();
    assert_eq!((report.events, report.faults.len()), (2, 0));
}

on_both!(
    r65_what_changed_between_two_starts_is_in_the_trail_once,
    r65_a_verification_is_in_the_trail_that_it_verified,
);
