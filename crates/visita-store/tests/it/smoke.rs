//! One visit from sign-up to end.

use visita_domain::appointment::AppointmentState;
use visita_store::{appointments, calls, chat, dashboard};
use visita_testkit::TestDb;

use crate::clinic::{Clinic, at_time, tuesday_ten, words};

fn a_visit_goes_from_booking_to_end(db: &TestDb) {
    let clinic = Clinic::new(db);
    let visit = clinic.booked(tuesday_ten());
    let patient = at_time(&clinic.patient, tuesday_ten());
    let doctor = at_time(&clinic.doctor, tuesday_ten());
    clinic.run(|conn| appointments::arrive(conn, &patient, visit.id));
    let (rev, waiting) = clinic.run(|conn| appointments::lobby(conn, &doctor));
    assert_eq!((rev, waiting.len()), (1, 1));
    clinic.run(|conn| appointments::admit(conn, &doctor, visit.id));
    let leg = visita_domain::LegId(uuid::Uuid::new_v4());
    let joined = clinic
        .run(|conn| calls::join(conn, &doctor, visit.id, leg, None))
        .unwrap();
    assert_eq!(joined.epoch, 1);
    clinic.run(|conn| chat::send(conn, &patient, visit.conversation_id, &words("hello")));
    let ended = clinic.run(|conn| appointments::finish(conn, &doctor, visit.id));
    assert_eq!(ended.state, AppointmentState::Finished);
    for who in [&clinic.admin, &clinic.staff, &doctor, &patient] {
        clinic.run(|conn| dashboard::load(conn, who));
    }
}

on_both!(a_visit_goes_from_booking_to_end);
