//! A hospital with something in every table, and its rows as text.

use visita_domain::availability::ExceptionKind;
use visita_domain::people::Role;
use visita_domain::{
    AppointmentId, ConversationId, DoctorId, DocumentId, ExceptionId, HospitalId, LegId, PatientId,
    TimeRange, UserId,
};
use visita_store::availability::IfStranded;
use visita_store::people::{FirstAccess, NewUser};
use visita_store::testing::RawConn;
use visita_store::{
    Ctx, Idempotency, auth, availability, calendar, calls, chat, documents, people,
};
use visita_testkit::TestDb;

use crate::accounts::{code, email};
use crate::clinic::{
    Clinic, at_time, booking, doctor_id, fresh_email, now, patient_id, tuesday_ten, words,
};
use crate::documents::{scan, stored};
use crate::factors::{STEP, challenge, hashes, seed, signed_in};

/// Ids of one hospital's records.
#[derive(Clone, Copy)]
pub struct Ids {
    pub hospital: HospitalId,
    pub user: UserId,
    pub doctor: DoctorId,
    pub patient: PatientId,
    pub visit: AppointmentId,
    pub live: AppointmentId,
    pub conversation: ConversationId,
    pub document: DocumentId,
    pub pending: DocumentId,
    pub exception: ExceptionId,
}

/// Puts something into every table. `token` tells the hospitals' tokens apart.
pub fn fill(clinic: &Clinic, token: u8) -> Ids {
    let keyed = Ctx {
        idempotency: Some(Idempotency {
            key_sha256: [2; 32],
            request_sha256: [1; 32],
        }),
        ..clinic.patient
    };
    let wanted = booking(&clinic.doctor, tuesday_ten());
    let visit = clinic.book(&keyed, &wanted).unwrap().appointment;
    let live = clinic.in_call(tuesday_ten().plus_minutes(60));
    let conversation = visit.conversation_id;
    let doctor = doctor_id(&clinic.doctor);
    let day = TimeRange::new(now().plus_days(9), now().plus_days(10)).unwrap();
    let in_call = at_time(&clinic.doctor, tuesday_ten().plus_minutes(60));
    clinic.run(|conn| {
        calls::join(conn, &in_call, live.id, LegId(uuid::Uuid::new_v4()), None)?;
        chat::send(conn, &clinic.patient, conversation, &words("dizzy"))
    });
    fill_accounts(clinic, token);
    Ids {
        hospital: clinic.hospital,
        user: clinic.patient.actor.user_id,
        doctor,
        patient: patient_id(&clinic.patient),
        visit: visit.id,
        live: live.id,
        conversation,
        document: stored(clinic, &clinic.patient).id,
        pending: clinic
            .run(|conn| documents::announce(conn, &clinic.patient, &scan()))
            .id,
        exception: clinic
            .run(|conn| {
                let kind = ExceptionKind::TimeOff;
                availability::add_exception(
                    conn,
                    &clinic.doctor,
                    doctor,
                    kind,
                    day,
                    IfStranded::Keep,
                )
            })
            .id,
    }
}

/// Sessions, factors, a challenge, and an invitation with its mail.
fn fill_accounts(clinic: &Clinic, token: u8) {
    let (owner, _) = signed_in(clinic, token);
    let later = now().plus_secs(60);
    clinic.run(|conn| {
        auth::begin_enrolment(conn, &owner, &seed(token), later)?;
        auth::confirm_enrolment(conn, &owner, &seed(token), STEP, &hashes("a"))?;
        auth::begin_enrolment(conn, &owner, &seed(token), later)
    });
    challenge(clinic, owner.actor.user_id, token);
    let invited = NewUser {
        hospital_id: None,
        role: Role::Doctor,
        name: "Vera".to_owned(),
        email: email(&fresh_email()),
        access: FirstAccess::Invitation(code()),
        language: "en".to_owned(),
        specialty: None,
    };
    clinic.run(|conn| people::create_user(conn, &clinic.staff, &invited));
    clinic.run(|conn| calendar::create_feed(conn, &clinic.doctor, &[token; 32]));
}

/// The condition that picks a hospital's rows of a table, and no others'.
pub struct Owned {
    pub table: String,
    /// What says whose a row is.
    pub column: &'static str,
    pub condition: String,
}

/// How every table says whose its rows are, read from the database: a new table is in.
///
/// # Panics
/// For a table that does not say.
pub fn owned_by(db: &TestDb, hospital: HospitalId) -> Vec<Owned> {
    let sqlite = db.url().starts_with("sqlite:");
    let mut raw = db.raw();
    let (tables, columns, hex) = if sqlite {
        (
            "SELECT name AS text FROM pragma_table_list WHERE schema = 'main' AND type = 'table'
                AND name NOT LIKE 'sqlite_%' AND name <> '__diesel_schema_migrations' ORDER BY 1",
            "SELECT name AS text FROM pragma_table_info('{}')",
            format!("X'{}'", hospital.0.simple()),
        )
    } else {
        (
            "SELECT table_name AS text FROM information_schema.tables
                WHERE table_schema = 'public' AND table_name <> '__diesel_schema_migrations' ORDER BY 1",
            "SELECT column_name AS text FROM information_schema.columns WHERE table_name = '{}'",
            format!("'{}'", hospital.0),
        )
    };
    let users = format!("user_id IN (SELECT id FROM users WHERE hospital_id = {hex})");
    let found: Vec<Owned> = raw
        .texts(tables)
        .unwrap()
        .into_iter()
        // The platform's alone; nothing of a hospital is in them.
        .filter(|table| !["job_leases", "installation_marks"].contains(&table.as_str()))
        .map(|table| {
            let columns = raw.texts(&columns.replace("{}", &table)).unwrap();
            let has = |name: &str| columns.iter().any(|column| column == name);
            let (column, condition) = if has("hospital_id") {
                ("hospital_id", format!("hospital_id = {hex}"))
            } else if has("chain_id") {
                ("chain_id", format!("chain_id = {hex}"))
            } else if has("user_id") {
                ("user_id", users.clone())
            } else if has("session_id") {
                let sessions = format!("(SELECT id FROM sessions WHERE {users})");
                ("session_id", format!("session_id IN {sessions}"))
            } else if table == "hospitals" {
                ("id", format!("id = {hex}"))
            } else {
                panic!("{table} does not say whose its rows are")
            };
            Owned {
                table,
                column,
                condition,
            }
        })
        .collect();
    assert!(found.len() > 20, "the tables were listed");
    found
}

impl Owned {
    /// How many rows these are.
    pub fn count(&self, raw: &mut RawConn) -> i64 {
        let Self {
            table, condition, ..
        } = self;
        raw.number(&format!("(SELECT count(*) FROM {table} WHERE {condition})"))
            .unwrap()
    }

    /// These rows as text, in a fixed order. On PostgreSQL with the transaction that wrote
    /// each, so that even writing the same values again shows.
    pub fn dump(&self, db: &TestDb, raw: &mut RawConn) -> Vec<String> {
        let Self {
            table, condition, ..
        } = self;
        let row = if db.url().starts_with("sqlite:") {
            let columns = format!(
                "SELECT group_concat('quote(\"' || name || '\")', ' || '' '' || ') AS text
                 FROM pragma_table_info('{table}')"
            );
            raw.texts(&columns).unwrap().concat()
        } else {
            "t.xmin::text || t::text".to_owned()
        };
        let query = format!("SELECT {row} AS text FROM {table} AS t WHERE {condition} ORDER BY 1");
        raw.texts(&query).unwrap()
    }
}

/// All rows of a hospital.
pub fn rows_of(db: &TestDb, hospital: HospitalId) -> Vec<(String, Vec<String>)> {
    let mut raw = db.raw();
    owned_by(db, hospital)
        .into_iter()
        .map(|owned| {
            let rows = owned.dump(db, &mut raw);
            (owned.table, rows)
        })
        .collect()
}
