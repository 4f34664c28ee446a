//! How many statements an answer costs, whatever the number of rows (DESIGN §10).

use std::cell::Cell;

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use visita_domain::LocalDate;
use visita_domain::people::{Email, PatientOrder, Role, UserOrder};
use visita_store::appointments::{AppointmentFilter, Order};
use visita_store::auth::{self, NewSession};
use visita_store::people::{self, NewRegistration};
use visita_store::{
    AnyConn, Ctx, PageQuery, StoreError, appointments, availability, chat, dashboard, documents,
};
use visita_testkit::TestDb;

use crate::accounts::{code, email};
use crate::clinic::{Clinic, at_time, booking_for, doctor_id, now, tuesday_ten, words};
use crate::documents::stored;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

struct Counter;

impl Instrumentation for Counter {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            let sql = query.to_string();
            let bracket = ["BEGIN", "COMMIT", "ROLLBACK"];
            if !bracket.iter().any(|word| sql.starts_with(word)) {
                COUNT.set(COUNT.get() + 1);
            }
        }
    }
}

fn counting() {
    set_default_instrumentation(|| Some(Box::new(Counter))).unwrap();
}

fn cost<T>(clinic: &Clinic, f: impl FnOnce(&mut AnyConn) -> Result<T, StoreError>) -> usize {
    COUNT.set(0);
    clinic.run(f);
    COUNT.get()
}

/// Fifty visits of ten patients with one doctor, each with words and documents.
fn busy_clinic(db: &TestDb) -> Clinic {
    let clinic = Clinic::new(db);
    let patients: Vec<Ctx> = (0..10).map(|_| clinic.person(Role::Patient)).collect();
    for n in 0..50_usize {
        let (day, place) = (
            i64::try_from(n / 10).unwrap(),
            i64::try_from(n % 10).unwrap(),
        );
        let start = tuesday_ten().plus_days(day).plus_minutes(30 * place);
        let patient = &patients[n % 10];
        let new = booking_for(&clinic.doctor, patient, start);
        let visit = clinic.book(&clinic.staff, &new).unwrap().appointment;
        clinic.run(|conn| chat::send(conn, patient, visit.conversation_id, &words("hello")));
        if n < 10 {
            stored(&clinic, patient);
            let arriving = at_time(patient, start);
            clinic.run(|conn| appointments::arrive(conn, &arriving, visit.id));
        }
    }
    clinic
}

fn lists_cost_at_most_four_statements(db: &TestDb) {
    let clinic = busy_clinic(db);
    let page = PageQuery::default();
    let session = clinic.run(|conn| {
        let new = NewSession {
            user_id: clinic.doctor.actor.user_id,
            refresh_hash: [1; 32],
            user_agent: String::new(),
            now: now(),
            idle_secs: 60,
            absolute_secs: 60,
            second_factor: false,
            known_device: true,
            request_id: None,
        };
        auth::open_session(conn, &new)
    });
    let authentication = cost(&clinic, |conn| {
        auth::authenticate(conn, session.0.id, now())
    });
    assert_eq!(authentication, 1);
    let all = AppointmentFilter::default();
    let list = cost(&clinic, |conn| {
        let got = appointments::list(conn, &clinic.doctor, &all, Order::Ascending, &page)?;
        assert_eq!(got.items.len(), 50);
        Ok(())
    });
    assert!(authentication + list <= 4, "{list}");
    let moved = clinic.run(|conn| {
        let all = AppointmentFilter::default();
        let found = appointments::list(conn, &clinic.doctor, &all, Order::Ascending, &page)?;
        found.items.into_iter().next().ok_or(StoreError::NotFound)
    });
    let history = cost(&clinic, |conn| {
        let got = appointments::history(conn, &clinic.doctor, moved.id)?;
        assert_eq!(got.len(), 2);
        Ok(())
    });
    let one = cost(&clinic, |conn| {
        appointments::get(conn, &clinic.doctor, moved.id)
    });
    assert_eq!(
        history,
        one + 1,
        "the visit, and all of its changes at once"
    );
    let conversations = cost(&clinic, |conn| {
        let got = chat::list_conversations(conn, &clinic.doctor, &page)?;
        assert_eq!(got.items.len(), 50);
        Ok(())
    });
    assert!(authentication + conversations <= 4, "{conversations}");
    let papers = cost(&clinic, |conn| {
        let got = documents::list(
            conn,
            &clinic.doctor,
            &documents::DocumentFilter::default(),
            &page,
        )?;
        assert_eq!(got.items.len(), 10);
        Ok(())
    });
    assert!(authentication + papers <= 4, "{papers}");
    let patients = cost(&clinic, |conn| {
        let (all, order) = (people::PatientFilter::default(), PatientOrder::Newest);
        let got = people::list_patients(conn, &clinic.staff, &all, order, &page)?;
        assert_eq!(got.items.len(), 11);
        Ok(())
    });
    assert!(authentication + patients <= 4, "{patients}");
    let accounts = cost(&clinic, |conn| {
        let (all, order) = (people::UserFilter::default(), UserOrder::Newest);
        let got = people::list_users(conn, &clinic.admin, &all, order, &page)?;
        assert!(got.items.len() > 11);
        Ok(())
    });
    assert!(authentication + accounts <= 4, "{accounts}");
}

/// Doctor, hospital, rules, exceptions and what is taken: one statement each.
fn slots_cost_five_statements_for_a_day_and_for_two_months(db: &TestDb) {
    let clinic = busy_clinic(db);
    let first: LocalDate = "2026-11-24".parse().unwrap();
    for days in [0, 30, 61] {
        let spent = cost(&clinic, |conn| {
            let last = first.plus_days(days);
            availability::slots(
                conn,
                &clinic.patient,
                doctor_id(&clinic.doctor),
                first,
                last,
            )
        });
        assert_eq!(spent, 5, "{days} days more");
    }
}

fn dashboards_cost_at_most_six_statements(db: &TestDb) {
    let clinic = busy_clinic(db);
    let tuesday = |who: &Ctx| at_time(who, tuesday_ten());
    for who in [clinic.admin, clinic.staff, clinic.doctor, clinic.patient] {
        let spent = cost(&clinic, |conn| dashboard::load(conn, &tuesday(&who)));
        assert!((1..=6).contains(&spent), "{:?}: {spent}", who.actor.role);
    }
    let doctors_day = clinic.run(|conn| dashboard::load(conn, &tuesday(&clinic.doctor)));
    let dashboard::Dashboard::Doctor {
        today,
        lobby,
        unread,
    } = doctors_day
    else {
        panic!("a doctor's dashboard");
    };
    assert_eq!((today.len(), lobby.len(), unread.len()), (10, 10, 10));
    let day = clinic.run(|conn| dashboard::load(conn, &tuesday(&clinic.staff)));
    let dashboard::Dashboard::Staff {
        today,
        doctors,
        patients,
        ..
    } = day
    else {
        panic!("staff's dashboard");
    };
    assert_eq!((today.len(), doctors, patients), (10, 1, 11));
}

fn next_times_cost_the_same_statements_for_any_number_of_doctors(db: &TestDb) {
    let clinic = busy_clinic(db);
    let ask = || {
        cost(&clinic, |conn| {
            let filter = people::DoctorFilter::default();
            availability::next_slots(conn, &clinic.patient, &filter, 100)
        })
    };
    let of_one = ask();
    for _ in 0..9 {
        clinic.new_doctor();
    }
    assert_eq!((of_one, ask()), (5, 5));
}

fn r33_asking_costs_the_same_statements_for_any_address(db: &TestDb) {
    let clinic = Clinic::new(db);
    let known = clinic.run(|conn| people::me(conn, &clinic.patient)).0.email;
    let unknown = email("nobody@example.org");
    let reset = |address: &Email| {
        let code = code();
        cost(&clinic, |conn| {
            people::ask_reset(conn, address, &code, now())
        })
    };
    assert_eq!((reset(&known), reset(&unknown)), (2, 2));
    let register = |address: &Email| {
        let (code, new) = (
            code(),
            NewRegistration {
                hospital_id: clinic.hospital,
                name: "Ana".to_owned(),
                email: address.clone(),
                language: "en".to_owned(),
            },
        );
        cost(&clinic, |conn| {
            people::ask_registration(conn, &new, &code, now(), None)
        })
    };
    let (of_known, of_unknown) = (register(&known), register(&unknown));
    assert!(of_known > 2, "{of_known}");
    assert_eq!(of_known, of_unknown);
}

mod on_sqlite {
    use visita_testkit::TestDb;

    #[test]
    fn lists_cost_at_most_four_statements() {
        super::counting();
        super::lists_cost_at_most_four_statements(&TestDb::sqlite());
    }

    #[test]
    fn slots_cost_five_statements_for_a_day_and_for_two_months() {
        super::counting();
        super::slots_cost_five_statements_for_a_day_and_for_two_months(&TestDb::sqlite());
    }

    #[test]
    fn dashboards_cost_at_most_six_statements() {
        super::counting();
        super::dashboards_cost_at_most_six_statements(&TestDb::sqlite());
    }

    #[test]
    fn next_times_cost_the_same_statements_for_any_number_of_doctors() {
        super::counting();
        super::next_times_cost_the_same_statements_for_any_number_of_doctors(&TestDb::sqlite());
    }

    #[test]
    fn r33_asking_costs_the_same_statements_for_any_address() {
        super::counting();
        super::r33_asking_costs_the_same_statements_for_any_address(&TestDb::sqlite());
    }
}

mod on_postgres {
    use visita_testkit::TestDb;

    #[test]
    fn lists_cost_at_most_four_statements() {
        super::counting();
        super::lists_cost_at_most_four_statements(&TestDb::postgres());
    }

    #[test]
    fn slots_cost_five_statements_for_a_day_and_for_two_months() {
        super::counting();
        super::slots_cost_five_statements_for_a_day_and_for_two_months(&TestDb::postgres());
    }

    #[test]
    fn dashboards_cost_at_most_six_statements() {
        super::counting();
        super::dashboards_cost_at_most_six_statements(&TestDb::postgres());
    }

    #[test]
    fn next_times_cost_the_same_statements_for_any_number_of_doctors() {
        super::counting();
        super::next_times_cost_the_same_statements_for_any_number_of_doctors(&TestDb::postgres());
    }

    #[test]
    fn r33_asking_costs_the_same_statements_for_any_address() {
        super::counting();
        super::r33_asking_costs_the_same_statements_for_any_address(&TestDb::postgres());
    }
}
