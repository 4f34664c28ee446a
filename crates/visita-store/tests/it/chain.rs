//! The hash chain of the audit trail: whatever is done to its rows, `verify` tells (SECURITY R70).

use visita_store::audit::{self, Fault, FaultKind, Report};
use visita_store::{StoreError, appointments};
use visita_testkit::TestDb;

use crate::clinic::{Clinic, tuesday_ten};

fn report(clinic: &Clinic) -> Report {
    clinic.run(audit::verify)
}

/// What somebody with the database in hand can do, and the triggers cannot stop.
fn tamper(db: &TestDb, statement: &str) {
    let without_triggers = if db.url().starts_with("sqlite:") {
        "DROP TRIGGER IF EXISTS tr_audit_events_no_update; DROP TRIGGER IF EXISTS tr_audit_events_no_delete"
    } else {
        "ALTER TABLE audit_events DISABLE TRIGGER ALL"
    };
    let mut conn = db.raw();
    conn.run(without_triggers).unwrap();
    conn.run(statement).unwrap();
}

/// The hospital's chain as SQL, and how many events its first strand has.
fn chain(db: &TestDb, clinic: &Clinic) -> (String, i64) {
    let id = clinic.hospital.0;
    let literal = if db.url().starts_with("sqlite:") {
        format!("X'{}'", id.simple())
    } else {
        format!("'{id}'::uuid")
    };
    let longest = format!("(SELECT max(last_seq) FROM audit_strands WHERE chain_id = {literal})");
    let events = db.raw().number(&longest).unwrap();
    (literal, events)
}

/// A clinic with at least five events in its longest strand, and that strand's number.
fn clinic_with_events(db: &TestDb) -> (Clinic, String, i64, i64) {
    let clinic = Clinic::new(db);
    // One connection at a time writes, so one strand takes them all.
    clinic.run(|conn| {
        let new = crate::clinic::booking(&clinic.doctor, tuesday_ten());
        let visit = appointments::book(conn, &clinic.patient, &new)?.appointment;
        for _ in 0..6 {
            appointments::get(conn, &clinic.patient, visit.id)?;
        }
        Ok(())
    });
    let (chain, events) = chain(db, &clinic);
    let strand = db
        .raw()
        .number(&format!(
            "(SELECT CAST(min(strand) AS BIGINT) FROM audit_strands WHERE chain_id = {chain} AND last_seq = {events})"
        ))
        .unwrap();
    assert!(events >= 5, "{events}");
    (clinic, chain, strand, events)
}

fn r70_an_untouched_trail_is_whole(db: &TestDb) {
    let (clinic, ..) = clinic_with_events(db);
    let found = report(&clinic);
    let rows = db
        .raw()
        .number("(SELECT count(*) FROM audit_events)")
        .unwrap();
    assert_eq!(found.faults, []);
    assert_eq!(i64::try_from(found.events).unwrap(), rows);
}

fn r70_every_way_to_touch_the_trail_is_found(db: &TestDb) {
    type Case = (&'static str, String, FaultKind, Option<i64>);
    let sqlite = db.url().starts_with("sqlite:");
    let cases = |chain: &str, strand: i64, last: i64| -> Vec<Case> {
        let row = |seq: i64| format!("chain_id = {chain} AND strand = {strand} AND seq = {seq}");
        let tail = |seq: i64| format!("chain_id = {chain} AND strand = {strand} AND seq >= {seq}");
        let end = format!("chain_id = {chain} AND strand = {strand}");
        let blob = if sqlite {
            "zeroblob(32)"
        } else {
            "decode(repeat('00', 32), 'hex')"
        };
        let mac_of = |seq: i64| format!("(SELECT mac FROM audit_events WHERE {})", row(seq));
        vec![
            (
                "edit",
                format!(
                    "UPDATE audit_events SET action = 'user.changed' WHERE {}",
                    row(3)
                ),
                FaultKind::Changed,
                Some(3),
            ),
            (
                "whose",
                format!(
                    "UPDATE audit_events SET actor_id = NULL WHERE {}",
                    row(last)
                ),
                FaultKind::Changed,
                Some(last),
            ),
            (
                "mac",
                format!("UPDATE audit_events SET mac = {blob} WHERE {}", row(1)),
                FaultKind::Changed,
                Some(1),
            ),
            (
                "key",
                format!(
                    "UPDATE audit_events SET key_id = '00000000' WHERE {}",
                    row(2)
                ),
                FaultKind::UnknownKey,
                Some(2),
            ),
            (
                "delete",
                format!("DELETE FROM audit_events WHERE {}", row(2)),
                FaultKind::Missing,
                Some(2),
            ),
            (
                "delete the first",
                format!("DELETE FROM audit_events WHERE {}", row(1)),
                FaultKind::Missing,
                Some(1),
            ),
            (
                "swap",
                format!(
                    "UPDATE audit_events SET seq = 1000 WHERE {}; UPDATE audit_events SET seq = 3 WHERE {}; UPDATE audit_events SET seq = 4 WHERE {}",
                    row(3),
                    row(4),
                    row(1000)
                ),
                FaultKind::Changed,
                Some(3),
            ),
            (
                "truncate",
                format!("DELETE FROM audit_events WHERE {}", tail(4)),
                FaultKind::Truncated,
                Some(4),
            ),
            (
                "truncate and say so",
                format!(
                    "DELETE FROM audit_events WHERE {}; UPDATE audit_strands SET last_seq = 3, last_mac = {} WHERE {end}",
                    tail(4),
                    mac_of(3)
                ),
                FaultKind::EndChanged,
                Some(3),
            ),
            (
                "empty",
                "DELETE FROM audit_events".to_owned(),
                FaultKind::Truncated,
                Some(1),
            ),
            (
                "remove a strand",
                format!(
                    "DELETE FROM audit_events WHERE {end}; DELETE FROM audit_strands WHERE {end}"
                ),
                FaultKind::StrandsChanged,
                None,
            ),
            (
                "remove the end",
                format!("DELETE FROM audit_strands WHERE {end}"),
                FaultKind::StrandsChanged,
                None,
            ),
            (
                "remove everything",
                "DELETE FROM audit_events; DELETE FROM audit_strands; DELETE FROM audit_chains"
                    .to_owned(),
                FaultKind::NoTrail,
                None,
            ),
            (
                "add",
                format!(
                    "INSERT INTO audit_events SELECT chain_id, strand, {last} + 1, {}, at, actor_id, action, subject_id, patient_id, request_id, key_id, mac FROM audit_events WHERE {}",
                    if sqlite {
                        "randomblob(16)"
                    } else {
                        "gen_random_uuid()"
                    },
                    row(1)
                ),
                FaultKind::Changed,
                Some(last + 1),
            ),
            (
                "add a strand",
                format!(
                    "INSERT INTO audit_events SELECT chain_id, 999, 1, {}, at, actor_id, action, subject_id, patient_id, request_id, key_id, mac FROM audit_events WHERE {}",
                    if sqlite {
                        "randomblob(16)"
                    } else {
                        "gen_random_uuid()"
                    },
                    row(1)
                ),
                FaultKind::StrandsChanged,
                None,
            ),
        ]
    };
    let number = cases("", 0, 9).len();
    for index in 0..number {
        // A database for every crime: the trail cannot be mended.
        let fresh = if sqlite {
            TestDb::sqlite()
        } else {
            TestDb::postgres()
        };
        let (clinic, chain, strand, last) = clinic_with_events(&fresh);
        let (name, statement, kind, seq) = cases(&chain, strand, last).swap_remove(index);
        tamper(&fresh, &statement);
        let found = report(&clinic);
        let wanted = |fault: &Fault| {
            fault.kind == kind
                && fault.hospital_id == Some(clinic.hospital)
                && fault.seq == seq
                && (fault.strand.map(i64::from) == Some(strand) || seq.is_none())
        };
        assert!(
            found.faults.iter().any(wanted),
            "{name}: {:?}",
            found.faults
        );
    }
}

fn r70_writers_at_once_leave_a_whole_trail(db: &TestDb) {
    const WRITERS: usize = 8;
    const EACH: usize = 10;
    let clinic = Clinic::new(db);
    let before = report(&clinic).events;
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let clinic = &clinic;
            scope.spawn(move || {
                for _ in 0..EACH {
                    let name = format!("Writer {writer}");
                    clinic.run(|conn| {
                        let changes = visita_store::people::MeChanges {
                            name: Some(name.clone()),
                            ..Default::default()
                        };
                        visita_store::people::change_me(conn, &clinic.staff, &changes)
                    });
                }
            });
        }
    });
    let after = report(&clinic);
    assert_eq!(after.faults, []);
    assert_eq!(
        after.events - before,
        u64::try_from(WRITERS * EACH).unwrap()
    );
}

fn r70_a_change_without_its_link_is_not_made(db: &TestDb) {
    let (clinic, ..) = clinic_with_events(db);
    db.raw()
        .run("ALTER TABLE audit_strands RENAME TO elsewhere")
        .unwrap();
    let refused = clinic.try_run(|conn| {
        let changes = visita_store::people::MeChanges {
            name: Some("Nobody".to_owned()),
            ..Default::default()
        };
        visita_store::people::change_me(conn, &clinic.staff, &changes)
    });
    assert!(matches!(refused, Err(StoreError::Database(_))));
    db.raw()
        .run("ALTER TABLE elsewhere RENAME TO audit_strands")
        .unwrap();
    assert_eq!(report(&clinic).faults, []);
    let named = "(SELECT count(*) FROM users WHERE name = 'Nobody')";
    assert_eq!(db.raw().number(named).unwrap(), 0);
}

on_both!(
    r70_an_untouched_trail_is_whole,
    r70_every_way_to_touch_the_trail_is_found,
    r70_writers_at_once_leave_a_whole_trail,
    r70_a_change_without_its_link_is_not_made,
);
