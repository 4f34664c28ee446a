//! What the migrations make, and that both databases agree with `schema.rs` and each other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use visita_testkit::TestDb;

/// `table.column -> Type` of every `table!`, read from the source.
fn declared() -> BTreeMap<String, String> {
    let mut columns = BTreeMap::new();
    let mut table = None;
    for line in include_str!("../../src/schema.rs").lines() {
        let line = line.trim();
        if let Some((name, rest)) = line.split_once(" (")
            && rest.ends_with(") {")
        {
            table = Some(name.to_owned());
        } else if let (Some(table), Some((column, sql_type))) = (&table, line.split_once(" -> ")) {
            columns.insert(
                format!("{table}.{column}"),
                sql_type.trim_end_matches(',').to_owned(),
            );
        }
    }
    columns
}

/// The type of the column in each database for a type of `schema.rs`.
fn expected(sql_type: &str, sqlite: bool) -> String {
    let (inner, nullable) = match sql_type
        .strip_prefix("Nullable<")
        .and_then(|rest| rest.strip_suffix('>'))
    {
        Some(inner) => (inner, "null"),
        None => (sql_type, "not null"),
    };
    let (postgres_type, sqlite_type) = match inner {
        "DbUuid" => ("uuid", "BLOB"),
        "DbTs" => ("timestamp with time zone", "TEXT"),
        "DbDate" => ("date", "TEXT"),
        "DbJson" => ("jsonb", "TEXT"),
        "DbWord" | "Text" => ("text", "TEXT"),
        "Bool" => ("boolean", "INTEGER"),
        "SmallInt" => ("smallint", "INTEGER"),
        "Integer" => ("integer", "INTEGER"),
        "BigInt" => ("bigint", "INTEGER"),
        "Binary" => ("bytea", "BLOB"),
        other => panic!("schema.rs names a type that this test does not know: {other}"),
    };
    let name = if sqlite { sqlite_type } else { postgres_type };
    format!("{name} {nullable}")
}

const POSTGRES_COLUMNS: &str = "SELECT table_name || '.' || column_name || '=' || data_type
        || CASE is_nullable WHEN 'YES' THEN ' null' ELSE ' not null' END AS text
    FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name <> '__diesel_schema_migrations'";

const SQLITE_COLUMNS: &str = "SELECT t.name || '.' || c.name || '=' || c.type
        || CASE c.\"notnull\" WHEN 1 THEN ' not null' ELSE ' null' END AS text
    FROM pragma_table_list AS t JOIN pragma_table_info(t.name) AS c
    WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite_%'
        AND t.name <> '__diesel_schema_migrations'";

fn is_sqlite(db: &TestDb) -> bool {
    db.url().starts_with("sqlite:")
}

fn columns(db: &TestDb) -> BTreeSet<String> {
    let query = if is_sqlite(db) {
        SQLITE_COLUMNS
    } else {
        POSTGRES_COLUMNS
    };
    db.raw().texts(query).unwrap().into_iter().collect()
}

fn schema_rs_is_what_the_migrations_make(db: &TestDb) {
    let declared: BTreeSet<String> = declared()
        .into_iter()
        .map(|(column, sql_type)| format!("{column}={}", expected(&sql_type, is_sqlite(db))))
        .collect();
    assert!(declared.len() > 100, "schema.rs was read");
    assert_eq!(columns(db), declared);
}

fn migrations_go_down_and_up_again(db: &TestDb) {
    let before = columns(db);
    let mut raw = db.raw();
    raw.down().unwrap();
    assert_eq!(columns(db), BTreeSet::new());
    raw.down_and_up().unwrap();
    assert_eq!(columns(db), before);
    assert_eq!(
        db.store().pending_migrations().unwrap(),
        Vec::<String>::new()
    );
}

fn migrating_twice_changes_nothing(db: &TestDb) {
    assert_eq!(db.store().migrate().unwrap(), Vec::<String>::new());
}

fn a_database_of_a_newer_program_is_refused(db: &TestDb) {
    db.raw()
        .run("INSERT INTO __diesel_schema_migrations (version) VALUES ('29991231000000')")
        .unwrap();
    let refused = db.store().migrate().unwrap_err();
    assert!(
        matches!(&refused, visita_store::OpenError::Newer(v) if v == "29991231000000"),
        "{refused}"
    );
}

fn every_foreign_key_has_an_index(db: &TestDb) {
    let query = if is_sqlite(db) {
        // Key columns and index columns as lists in order.
        "SELECT t.name || ': ' || k.list AS text FROM pragma_table_list AS t
         JOIN (SELECT m.name AS tbl, f.id, group_concat(f.\"from\") AS list
               FROM sqlite_master AS m JOIN pragma_foreign_key_list(m.name) AS f
               WHERE m.type = 'table' GROUP BY m.name, f.id) AS k ON k.tbl = t.name
         WHERE NOT EXISTS (
             SELECT 1 FROM pragma_index_list(t.name) AS i
             WHERE (SELECT group_concat(c.name) FROM pragma_index_info(i.name) AS c) || ',' LIKE k.list || ',%'
                OR (SELECT group_concat(c.name) FROM pragma_index_info(i.name) AS c) = k.list)"
    } else {
        "SELECT c.conrelid::regclass || ': ' || c.conkey::text AS text FROM pg_constraint AS c
         WHERE c.contype = 'f' AND NOT EXISTS (
             SELECT 1 FROM pg_index AS i WHERE i.indrelid = c.conrelid
                AND (string_to_array(i.indkey::text, ' ')::int2[])[1:cardinality(c.conkey)] @> c.conkey
                AND (string_to_array(i.indkey::text, ' ')::int2[])[1:cardinality(c.conkey)] <@ c.conkey)"
    };
    assert_eq!(db.raw().texts(query).unwrap(), Vec::<String>::new());
}

on_both!(
    schema_rs_is_what_the_migrations_make,
    migrations_go_down_and_up_again,
    migrating_twice_changes_nothing,
    a_database_of_a_newer_program_is_refused,
    every_foreign_key_has_an_index,
);

#[test]
fn sqlite_tables_are_strict() {
    let db = TestDb::sqlite();
    let lax = "SELECT name AS text FROM pragma_table_list
        WHERE schema = 'main' AND type = 'table' AND strict = 0
            AND name NOT LIKE 'sqlite_%' AND name <> '__diesel_schema_migrations'";
    assert_eq!(db.raw().texts(lax).unwrap(), Vec::<String>::new());
}

#[test]
fn both_databases_have_the_same_migrations_and_every_one_can_be_undone() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations");
    let names = |backend: &str| -> BTreeSet<String> {
        std::fs::read_dir(folder.join(backend))
            .unwrap()
            .map(|entry| {
                let path = entry.unwrap().path();
                for file in ["up.sql", "down.sql"] {
                    let text = std::fs::read_to_string(path.join(file)).unwrap();
                    assert!(text.contains(';'), "{} is empty", path.join(file).display());
                }
                path.file_name().unwrap().to_str().unwrap().to_owned()
            })
            .collect()
    };
    assert_eq!(names("sqlite"), names("postgres"));
}
