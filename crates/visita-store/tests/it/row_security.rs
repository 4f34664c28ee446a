//! Row level security of PostgreSQL, by itself: statements without any predicate, as the
//! store's own role. SQLite has none, and relies on what `tenants.rs` shows.

use visita_domain::HospitalId;
use visita_store::testing::RawConn;
use visita_testkit::TestDb;

use crate::clinic::{Clinic, tuesday_ten};
use crate::filled::{Owned, fill, owned_by, rows_of};

/// Two hospitals with rows in every table.
struct Two {
    db: TestDb,
    home: HospitalId,
    away: HospitalId,
}

impl Two {
    fn new() -> Self {
        let db = TestDb::postgres();
        let home = Clinic::new(&db);
        let away = home.next();
        fill(&home, 1);
        fill(&away, 2);
        let (home, away) = (home.hospital, away.hospital);
        Self { db, home, away }
    }

    /// The store's role, limited to a hospital. Triggers and foreign keys, which would stop
    /// some statements, are off: only the policies stand between.
    fn limited_to(&self, hospital: HospitalId) -> RawConn {
        let role = self.db.raw_as_store().texts("SELECT current_user AS text");
        let mut raw = self.db.raw();
        raw.run(&format!(
            "SET session_replication_role = replica; SET ROLE {}; SET app.tenant = '{}'",
            role.unwrap().concat(),
            hospital.0
        ))
        .unwrap();
        raw
    }
}

/// How many rows a changing statement reached.
fn reached(raw: &mut RawConn, statement: &str) -> i64 {
    let counting = format!(
        "WITH reached AS ({statement} RETURNING 1) SELECT count(*)::text AS text FROM reached"
    );
    raw.texts(&counting).unwrap().concat().parse().unwrap()
}

/// Some column that may be written.
fn a_column(raw: &mut RawConn, table: &str) -> String {
    raw.texts(&format!(
        "SELECT column_name::text AS text FROM information_schema.columns
         WHERE table_name = '{table}' ORDER BY ordinal_position LIMIT 1"
    ))
    .unwrap()
    .concat()
}

#[test]
fn r50_row_security_alone_keeps_hospitals_apart() {
    let two = Two::new();
    let before = rows_of(&two.db, two.away);
    let mut all = two.db.raw();
    let mut limited = two.limited_to(two.home);
    let (own, foreign) = (owned_by(&two.db, two.home), owned_by(&two.db, two.away));
    for (own, foreign) in own.iter().zip(&foreign) {
        let table = &own.table;
        let count = own.count(&mut all);
        assert!(count > 0, "{table} has rows of the own hospital");
        assert!(foreign.count(&mut all) > 0, "{table} has rows of the other");
        assert_eq!(own.count(&mut limited), count, "{table}: own rows are seen");
        sees_nothing_of(&mut limited, &mut all, foreign);
        let column = a_column(&mut all, table);
        let update = format!("UPDATE {table} SET {column} = {column}");
        assert_eq!(reached(&mut limited, &update), count, "{update}");
        limited.run("BEGIN").unwrap();
        let delete = format!("DELETE FROM {table}");
        assert_eq!(reached(&mut limited, &delete), count, "{delete}");
        limited.run("ROLLBACK").unwrap();
        is_refused_to_insert(&mut limited, &mut all, foreign);
    }
    assert_eq!(rows_of(&two.db, two.away), before);
}

/// Neither rows nor, in all that is seen, any row's text.
fn sees_nothing_of(limited: &mut RawConn, all: &mut RawConn, foreign: &Owned) {
    let Owned {
        table, condition, ..
    } = foreign;
    let query = |condition: &str| format!("SELECT t::text AS text FROM {table} AS t {condition}");
    let theirs = all.texts(&query(&format!("WHERE {condition}"))).unwrap();
    let seen = limited.texts(&query("")).unwrap();
    assert!(
        seen.iter().all(|row| !theirs.contains(row)),
        "{table} shows rows of another hospital"
    );
}

/// A row of the other hospital, given as it stands there.
fn is_refused_to_insert(limited: &mut RawConn, all: &mut RawConn, foreign: &Owned) {
    let Owned {
        table, condition, ..
    } = foreign;
    let literal = all
        .texts(&format!(
            "SELECT quote_literal(t::text) AS text FROM {table} AS t WHERE {condition} LIMIT 1"
        ))
        .unwrap()
        .concat();
    let refused = limited
        .run(&format!(
            "INSERT INTO {table} SELECT (({literal})::{table}).*"
        ))
        .unwrap_err()
        .to_string();
    assert!(refused.contains("row-level security"), "{table}: {refused}");
}

#[test]
fn r50_rows_cannot_be_moved_into_another_hospital() {
    let two = Two::new();
    let (mut limited, mut all) = (two.limited_to(two.home), two.db.raw());
    for foreign in owned_by(&two.db, two.away) {
        let Owned {
            table,
            column,
            condition,
        } = foreign;
        let theirs =
            format!("SELECT {column}::text AS text FROM {table} WHERE {condition} LIMIT 1");
        let theirs = all.texts(&theirs).unwrap().concat();
        let refused = limited
            .run(&format!("UPDATE {table} SET {column} = '{theirs}'"))
            .unwrap_err()
            .to_string();
        assert!(refused.contains("row-level security"), "{table}: {refused}");
    }
}

#[test]
fn r50_without_a_tenant_every_table_is_empty() {
    let two = Two::new();
    let mut unset = two.db.raw_as_store();
    let mut emptied = two.db.raw_as_store();
    // What a setting of one transaction leaves behind is an empty text.
    emptied
        .run("BEGIN; SET LOCAL app.tenant = 'accounts'; COMMIT")
        .unwrap();
    for Owned { table, .. } in owned_by(&two.db, two.home) {
        let count = format!("(SELECT count(*) FROM {table})");
        for raw in [&mut unset, &mut emptied] {
            assert_eq!(raw.number(&count).unwrap(), 0, "{table}");
        }
    }
}

#[test]
fn r50_no_setting_reaches_the_visits_of_two_hospitals() {
    let two = Two::new();
    for name in ["accounts", "platform", "cards", "callers"] {
        let mut raw = two.db.raw_as_store();
        raw.run(&format!("SET app.tenant = '{name}'")).unwrap();
        for table in [
            "availability_rules",
            "availability_exceptions",
            "conversations",
            "conversation_members",
            "appointments",
            "appointment_changes",
            "documents",
            "messages",
            "call_legs",
            "visit_timers",
            "idempotency_records",
            "calendar_feeds",
            "join_links",
        ] {
            let count = raw.number(&format!("(SELECT count(*) FROM {table})"));
            assert_eq!(count.unwrap(), 0, "{name}: {table}");
        }
    }
}

#[test]
fn r50_every_table_has_a_policy_that_binds_its_owner() {
    let db = TestDb::postgres();
    let open = "SELECT c.relname::text AS text FROM pg_class AS c
        WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
            AND c.relname <> '__diesel_schema_migrations'
            AND NOT (c.relrowsecurity AND c.relforcerowsecurity AND EXISTS (
                SELECT 1 FROM pg_policy AS p WHERE p.polrelid = c.oid AND p.polcmd = '*'))";
    assert_eq!(db.raw().texts(open).unwrap(), Vec::<String>::new());
    let bound = "(SELECT count(*) FROM pg_class WHERE relforcerowsecurity)";
    assert!(db.raw().number(bound).unwrap() > 20);
}

#[test]
fn r57_the_store_of_the_tests_is_bound_by_row_security() {
    let db = TestDb::postgres();
    let above = "(SELECT count(*) FROM pg_roles WHERE rolname = current_user
        AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication))";
    assert_eq!(db.raw_as_store().number(above).unwrap(), 0);
    assert_eq!(db.raw().number(above).unwrap(), 1);
    // A visit booked by one hospital's people is invisible to its neighbour's role and tenant.
    let home = Clinic::new(&db);
    home.booked(tuesday_ten());
    let away = home.next().hospital;
    let mut raw = db.raw_as_store();
    raw.run(&format!("SET app.tenant = '{}'", away.0)).unwrap();
    assert_eq!(
        raw.number("(SELECT count(*) FROM appointments)").unwrap(),
        0
    );
}
