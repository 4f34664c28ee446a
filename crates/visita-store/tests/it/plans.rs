//! The reads that people wait for find their rows by an index, on both databases, however
//! many there are (DESIGN §10).

use std::cell::RefCell;

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use visita_domain::appointment::AppointmentState;
use visita_domain::people::{DoctorOrder, PatientOrder, UserOrder};
use visita_store::appointments::{self, AppointmentFilter, Hold, Order};
use visita_store::audit::{self, AuditFilter};
use visita_store::auth;
use visita_store::chat::{self, Window};
use visita_store::documents::{self, DocumentFilter};
use visita_store::people::{self, DoctorFilter, PatientFilter, UserFilter};
use visita_store::testing::RawConn;
use visita_store::{AnyConn, Ctx, PageQuery, StoreError, availability, dashboard};
use visita_testkit::TestDb;

use crate::clinic::{
    Clinic, at_time, booking, booking_for, doctor_id, now, patient_id, tuesday_ten, words,
};

thread_local! {
    static SEEN: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

struct Listener;

impl Instrumentation for Listener {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            let text = query.to_string();
            let sql = text.split(" -- binds:").next().unwrap_or_default();
            SEEN.with_borrow_mut(|seen| seen.push(sql.trim().to_owned()));
        }
    }
}

/// The statements of an operation that look for rows.
fn asked<T>(clinic: &Clinic, f: impl FnOnce(&mut AnyConn) -> Result<T, StoreError>) -> Vec<String> {
    SEEN.take();
    clinic.run(f);
    let looks = |sql: &String| {
        ["SELECT", "UPDATE", "DELETE"]
            .iter()
            .any(|word| sql.starts_with(word))
    };
    SEEN.take().into_iter().filter(looks).collect()
}

/// Lines of a plan that read a whole table.
fn scans(plan: &[String]) -> Vec<&String> {
    plan.iter()
        .filter(|line| {
            let line = line.trim_start_matches([' ', '-', '>']);
            // There are few hospitals, and SQLite calls a walk through a list of values a scan.
            let short = ["CONSTANT ROW", "-ROW VALUES CLAUSE", " hospitals"];
            let reads_all = line.starts_with("Seq Scan") || line.starts_with("SCAN ");
            reads_all && !short.iter().any(|word| line.contains(word))
        })
        .collect()
}

fn check(raw: &mut RawConn, name: &str, statements: &[String]) {
    assert!(!statements.is_empty(), "{name} asks nothing");
    for sql in statements {
        let plan = raw.plan(sql).unwrap();
        let found = scans(&plan);
        assert!(found.is_empty(), "{name}: {found:#?} of\n{sql}\n{plan:#?}");
    }
}

fn hot_reads_use_an_index(db: &TestDb) {
    let clinic = Clinic::new(db);
    let (patient, doctor, staff, admin) =
        (clinic.patient, clinic.doctor, clinic.staff, clinic.admin);
    let visit = clinic.booked(tuesday_ten());
    clinic.run(|conn| chat::send(conn, &patient, visit.conversation_id, &words("hello")));
    let mut raw = db.raw_as_store();
    if !db.url().starts_with("sqlite:") {
        raw.run(&format!("SET app.tenant = '{}'", clinic.hospital.0))
            .unwrap();
    }
    let page = PageQuery::default();
    let mut look = |name: &str, statements: Vec<String>| check(&mut raw, name, &statements);

    for who in [&patient, &doctor, &staff] {
        let filters = [
            AppointmentFilter::default(),
            AppointmentFilter {
                from: Some(now()),
                to: Some(now().plus_days(7)),
                state: vec![AppointmentState::Booked],
                ..AppointmentFilter::default()
            },
            AppointmentFilter {
                doctor_id: Some(doctor_id(&doctor)),
                patient_id: Some(patient_id(&patient)),
                ..AppointmentFilter::default()
            },
        ];
        for filter in &filters {
            for order in [Order::Ascending, Order::Descending] {
                look(
                    "appointments",
                    asked(&clinic, |conn| {
                        appointments::list(conn, who, filter, order, &page)
                    }),
                );
            }
        }
        look(
            "appointment",
            asked(&clinic, |conn| appointments::get(conn, who, visit.id)),
        );
        look(
            "history",
            asked(&clinic, |conn| appointments::history(conn, who, visit.id)),
        );
        let there = at_time(who, tuesday_ten());
        look(
            "dashboard",
            asked(&clinic, |conn| dashboard::load(conn, &there)),
        );
        look(
            "documents",
            asked(&clinic, |conn| {
                documents::list(conn, who, &DocumentFilter::default(), &page)
            }),
        );
        let (first, last) = ("2026-11-24".parse().unwrap(), "2026-12-24".parse().unwrap());
        look(
            "slots",
            asked(&clinic, |conn| {
                availability::slots(conn, who, doctor_id(&doctor), first, last)
            }),
        );
        look(
            "next slots",
            asked(&clinic, |conn| {
                availability::next_slots(conn, who, &DoctorFilter::default(), 50)
            }),
        );
        look(
            "doctors",
            asked(&clinic, |conn| {
                people::list_doctors(
                    conn,
                    who,
                    &DoctorFilter::default(),
                    DoctorOrder::Name,
                    &page,
                )
            }),
        );
    }
    look(
        "session",
        asked(&clinic, |conn| {
            // Nobody's session: how it is looked for is the same.
            auth::authenticate(conn, patient.actor.session_id, now())
                .map(drop)
                .or(Ok(()))
        }),
    );
    for who in [&patient, &doctor] {
        look(
            "conversations",
            asked(&clinic, |conn| chat::list_conversations(conn, who, &page)),
        );
        for window in [Window::After(0), Window::Before(100)] {
            look(
                "messages",
                asked(&clinic, |conn| {
                    chat::messages(conn, who, visit.conversation_id, window, 50)
                }),
            );
        }
    }
    for who in [&doctor, &staff] {
        look(
            "lobby",
            asked(&clinic, |conn| appointments::lobby(conn, who)),
        );
        look(
            "patients",
            asked(&clinic, |conn| {
                people::list_patients(
                    conn,
                    who,
                    &PatientFilter::default(),
                    PatientOrder::Name,
                    &page,
                )
            }),
        );
    }
    look(
        "accounts",
        asked(&clinic, |conn| {
            people::list_users(conn, &staff, &UserFilter::default(), UserOrder::Name, &page)
        }),
    );
    look(
        "trail",
        asked(&clinic, |conn| {
            audit::list(conn, &staff, &AuditFilter::default(), &page)
        }),
    );
    look(
        "report",
        asked(&clinic, |conn| audit::access_report(conn, &patient, &page)),
    );
    look(
        "admin",
        asked(&clinic, |conn| dashboard::load(conn, &admin)),
    );
    changes(&clinic, &visit.id, &mut look, &staff);
}

fn changes(
    clinic: &Clinic,
    id: &visita_domain::AppointmentId,
    look: &mut impl FnMut(&str, Vec<String>),
    staff: &Ctx,
) {
    let other = clinic.person(visita_domain::people::Role::Patient);
    let later = tuesday_ten().plus_minutes(60);
    look(
        "booking",
        asked(clinic, |conn| {
            appointments::book(conn, &other, &booking(&clinic.doctor, later))
        }),
    );
    let wish = Hold {
        doctor_id: doctor_id(&clinic.doctor),
        starts_at: later.plus_minutes(60),
        patient_id: None,
    };
    look(
        "holding",
        asked(clinic, |conn| appointments::hold(conn, &other, &wish)),
    );
    let third = booking_for(&clinic.doctor, &other, later.plus_minutes(120));
    look(
        "booking over a hold",
        asked(clinic, |conn| appointments::book(conn, staff, &third)),
    );
    let arriving = at_time(&clinic.patient, tuesday_ten());
    look(
        "arriving",
        asked(clinic, |conn| appointments::arrive(conn, &arriving, *id)),
    );
}

/// Connections that are opened from now on are listened to.
fn listening() {
    set_default_instrumentation(|| Some(Box::new(Listener))).unwrap();
}

mod on_sqlite {
    #[test]
    fn hot_reads_use_an_index() {
        super::listening();
        super::hot_reads_use_an_index(&visita_testkit::TestDb::sqlite());
    }
}

mod on_postgres {
    #[test]
    fn hot_reads_use_an_index() {
        super::listening();
        super::hot_reads_use_an_index(&visita_testkit::TestDb::postgres());
    }
}
