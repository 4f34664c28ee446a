//! Ids of another hospital lead nowhere, whatever the operation and the role.

use visita_domain::availability::ExceptionKind;
use visita_domain::{ExceptionId, LegId, TimeRange};
use visita_store::availability::IfStranded;
use visita_store::chat::Window;
use visita_store::documents::{self, NewDocument};
use visita_store::people::{self, DoctorChanges, HospitalChanges, PatientChanges, UserChanges};
use visita_store::{AnyConn, Ctx, StoreError, appointments, availability, calendar, calls, chat};
use visita_testkit::TestDb;

use crate::clinic::{
    Clinic, at_time, booking, booking_for, doctor_id, now, patient_id, to_time, tuesday_ten, words,
};
use crate::documents::{scan, stored};

type Attempt<'a> = Box<dyn Fn(&mut AnyConn, &Ctx) -> Result<(), StoreError> + 'a>;

fn attempt<'a>(f: impl Fn(&mut AnyConn, &Ctx) -> Result<(), StoreError> + 'a) -> Attempt<'a> {
    Box::new(f)
}

/// Names an attempt and forgets what it would give.
macro_rules! attempts {
    ($($name:literal: |$conn:ident, $who:ident| $call:expr;)*) => {
        vec![$(($name, attempt(move |$conn, $who| $call.map(drop)))),*]
    };
}

fn r46_ids_of_another_hospital_are_not_found(db: &TestDb) {
    let home = Clinic::new(db);
    let away = home.next();
    let visit = &away.booked(tuesday_ten());
    let live = &away.in_call(tuesday_ten().plus_minutes(60));
    let document = &stored(&away, &away.patient);
    let pending = &away.run(|conn| documents::announce(conn, &away.patient, &scan()));
    let range = TimeRange::new(now().plus_minutes(60), now().plus_minutes(120)).unwrap();
    let (doctor, patient) = (doctor_id(&away.doctor), patient_id(&away.patient));
    let day_off = &away.run(|conn| {
        availability::add_exception(
            conn,
            &away.doctor,
            doctor,
            ExceptionKind::TimeOff,
            range,
            IfStranded::Keep,
        )
    });
    let day = "2026-11-24".parse().unwrap();
    let (away, home_ref) = (&away, &home);
    let attempts: Vec<(&str, Attempt<'_>)> = attempts! {
        "get_user": |conn, who| people::get_user(conn, who, away.patient.actor.user_id);
        "change_user": |conn, who| people::change_user(conn, who, away.patient.actor.user_id, &UserChanges::default());
        "change_hospital": |conn, who| people::change_hospital(conn, who, away.hospital, &HospitalChanges::default());
        "get_doctor": |conn, who| people::get_doctor(conn, who, doctor);
        "change_doctor": |conn, who| people::change_doctor(conn, who, doctor, &DoctorChanges::default());
        "get_patient": |conn, who| people::get_patient(conn, who, patient);
        "change_patient": |conn, who| people::change_patient(conn, who, patient, &PatientChanges::default());
        "availability::get": |conn, who| availability::get(conn, who, doctor);
        "replace_rules": |conn, who| availability::replace_rules(conn, who, doctor, &[], IfStranded::Keep);
        "add_exception": |conn, who| availability::add_exception(conn, who, doctor, ExceptionKind::TimeOff, range, IfStranded::Keep);
        "remove_exception": |conn, who| availability::remove_exception(conn, who, doctor, day_off.id, IfStranded::Keep);
        "slots": |conn, who| availability::slots(conn, who, doctor, day, day);
        "book the doctor": |conn, who| appointments::book(conn, who, &booking_for(&away.doctor, &home_ref.patient, tuesday_ten()));
        "appointments::get": |conn, who| appointments::get(conn, who, visit.id);
        "calendar::visit": |conn, who| calendar::visit(conn, who, visit.id);
        "appointments::history": |conn, who| appointments::history(conn, who, visit.id).map(drop);
        "reschedule": |conn, who| appointments::reschedule(conn, who, visit.id, 1, &to_time(tuesday_ten()));
        "cancel": |conn, who| appointments::cancel(conn, who, visit.id, None);
        "arrive": |conn, who| appointments::arrive(conn, &at_time(who, tuesday_ten()), visit.id);
        "leave_lobby": |conn, who| appointments::leave_lobby(conn, who, visit.id);
        "admit": |conn, who| appointments::admit(conn, who, visit.id);
        "finish": |conn, who| appointments::finish(conn, who, live.id);
        "mark_no_show": |conn, who| appointments::mark_no_show(conn, &at_time(who, tuesday_ten()), visit.id);
        "join": |conn, who| calls::join(conn, who, live.id, LegId(uuid::Uuid::new_v4()), None);
        "get_conversation": |conn, who| chat::get_conversation(conn, who, visit.conversation_id);
        "messages": |conn, who| chat::messages(conn, who, visit.conversation_id, Window::After(0), 9);
        "send": |conn, who| chat::send(conn, who, visit.conversation_id, &words("x"));
        "mark_read": |conn, who| chat::mark_read(conn, who, visit.conversation_id, 1);
        "announce for the patient": |conn, who| documents::announce(conn, who, &NewDocument { patient_id: Some(patient), ..scan() });
        "announce for the visit": |conn, who| documents::announce(conn, who, &NewDocument { appointment_id: Some(visit.id), ..scan() });
        "for_upload": |conn, who| documents::for_upload(conn, who, pending.id);
        "mark_stored": |conn, who| documents::mark_stored(conn, who, pending.id, 1, &"a".repeat(64));
        "documents::get": |conn, who| documents::get(conn, who, document.id);
        "for_download": |conn, who| documents::for_download(conn, who, document.id);
        "documents::delete": |conn, who| documents::delete(conn, who, document.id);
    };
    for (name, attempted) in &attempts {
        let mut found_out = 0;
        for who in [&home.staff, &home.doctor, &home.patient] {
            match home.try_run(|conn| attempted(conn, who)) {
                Err(StoreError::NotFound) => found_out += 1,
                // Roles that never may are told so, whatever the id.
                Err(StoreError::Forbidden) => {}
                other => panic!("{name} by {:?}: {other:?}", who.actor.role),
            }
        }
        assert!(
            found_out > 0,
            "{name} was forbidden to all roles and so not tried"
        );
    }
    // Nothing of it happened.
    assert_eq!(away.read(&away.staff, visit.id), *visit);
    assert_eq!(
        away.run(|conn| documents::get(conn, &away.patient, document.id)),
        *document
    );
}

fn r50_people_of_another_hospital_are_not_booked_or_mixed_in(db: &TestDb) {
    let home = Clinic::new(db);
    let away = home.next();
    let foreign_patient = booking_for(&home.doctor, &away.patient, tuesday_ten());
    for who in [&home.staff, &home.doctor] {
        assert!(matches!(
            home.book(who, &foreign_patient),
            Err(StoreError::NotFound)
        ));
    }
    // A patient cannot book for another.
    let other = home.person(visita_domain::people::Role::Patient);
    let for_other = booking_for(&home.doctor, &other, tuesday_ten());
    assert!(matches!(
        home.book(&home.patient, &for_other),
        Err(StoreError::NotFound)
    ));
    assert!(
        home.book(&home.patient, &booking(&home.doctor, tuesday_ten()))
            .is_ok()
    );
    // An exception is addressed through its doctor.
    let range = TimeRange::new(now().plus_minutes(60), now().plus_minutes(120)).unwrap();
    let colleague = home.new_doctor();
    let theirs = home.run(|conn| {
        let kind = ExceptionKind::TimeOff;
        availability::add_exception(
            conn,
            &colleague,
            doctor_id(&colleague),
            kind,
            range,
            IfStranded::Keep,
        )
    });
    let remove = |id: ExceptionId| {
        let own = doctor_id(&home.doctor);
        home.try_run(|conn| {
            availability::remove_exception(conn, &home.doctor, own, id, IfStranded::Keep)
        })
    };
    assert!(matches!(remove(theirs.id), Err(StoreError::NotFound)));
}

fn r50_the_database_refuses_rows_that_point_into_another_hospital(db: &TestDb) {
    let home = Clinic::new(db);
    home.next();
    home.booked(tuesday_ten());
    let other =
        "(SELECT id FROM hospitals WHERE id NOT IN (SELECT hospital_id FROM appointments) LIMIT 1)";
    for statement in [
        format!("UPDATE doctor_profiles SET hospital_id = {other} WHERE hospital_id <> {other}"),
        format!("UPDATE conversation_members SET hospital_id = {other}"),
        format!("UPDATE appointments SET hospital_id = {other}"),
    ] {
        let refused = db.raw().run(&statement).unwrap_err().to_string();
        assert!(
            refused.to_lowercase().contains("foreign key"),
            "{statement}: {refused}"
        );
    }
}

on_both!(
    r46_ids_of_another_hospital_are_not_found,
    r50_people_of_another_hospital_are_not_booked_or_mixed_in,
    r50_the_database_refuses_rows_that_point_into_another_hospital,
);
