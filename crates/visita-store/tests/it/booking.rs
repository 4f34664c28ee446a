//! A time has exactly one winner, and the loser learns every reason.

use visita_domain::access::Action;
use visita_domain::appointment::AppointmentState;
use visita_domain::booking::Conflict;
use visita_domain::people::{Role, UserState};
use visita_store::appointments::{self, Booking};
use visita_store::{Ctx, Idempotency, StoreError, availability, people};
use visita_testkit::TestDb;

use crate::clinic::{
    Clinic, at, at_time, booking, booking_for, doctor_id, now, patient_id, to_time, tuesday_ten,
};
use crate::people::put;

const RIVALS: usize = 200;

fn conflicts_of<T: std::fmt::Debug>(result: Result<T, StoreError>) -> Vec<Conflict> {
    match result {
        Err(StoreError::Conflicts(found)) => found,
        other => panic!("no conflict: {other:?}"),
    }
}

fn of_two_hundred_rivals_one_wins(db: &TestDb) {
    let clinic = Clinic::new(db);
    let patients: Vec<_> = (0..10).map(|_| clinic.person(Role::Patient)).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let outcomes = runtime.block_on(async {
        let tasks: Vec<_> = (0..RIVALS)
            .map(|n| {
                let patient = patients[n % patients.len()];
                let wanted = booking(&clinic.doctor, tuesday_ten());
                let work = clinic
                    .store
                    .run(move |conn| appointments::book(conn, &patient, &wanted));
                tokio::spawn(work)
            })
            .collect();
        let mut outcomes = Vec::new();
        for task in tasks {
            outcomes.push(task.await.unwrap());
        }
        outcomes
    });
    let mut winners = 0;
    for outcome in outcomes {
        match outcome {
            Ok(_) => winners += 1,
            Err(StoreError::Conflicts(found)) => {
                assert!(found.contains(&Conflict::DoctorBusy), "{found:?}");
            }
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(winners, 1);
    assert_eq!(
        db.raw()
            .number("(SELECT count(*) FROM appointments)")
            .unwrap(),
        1
    );
}

fn the_database_refuses_overlaps_that_slip_past_the_domain(db: &TestDb) {
    let clinic = Clinic::new(db);
    let other_doctor = clinic.new_doctor();
    let other_patient = clinic.person(Role::Patient);
    clinic.booked(tuesday_ten());
    let eleven = tuesday_ten().plus_minutes(60);
    clinic.booked_between(&clinic.doctor, &other_patient, eleven);
    clinic.booked_between(&other_doctor, &other_patient, eleven.plus_minutes(60));
    let mut raw = db.raw();
    let ten = if db.url().starts_with("sqlite:") {
        format!("'{}'", tuesday_ten().plus_minutes(15))
    } else {
        format!("TIMESTAMPTZ '{}'", tuesday_ten().plus_minutes(15))
    };
    // The same doctor a quarter past ten, by moving the visit of eleven.
    let same_doctor = raw.run(&format!(
        "UPDATE appointments SET starts_at = {ten} WHERE patient_id <> (
             SELECT patient_id FROM appointments ORDER BY starts_at LIMIT 1)
         AND doctor_id = (SELECT doctor_id FROM appointments ORDER BY starts_at LIMIT 1)"
    ));
    assert!(
        same_doctor
            .unwrap_err()
            .to_string()
            .contains("ex_appointments_doctor")
    );
    // The same patient twice, by handing it the other doctor's visit and its time.
    let same_patient = raw.run(&format!(
        "UPDATE appointments SET starts_at = {ten}, patient_id = (
             SELECT patient_id FROM appointments ORDER BY starts_at LIMIT 1)
         WHERE doctor_id <> (SELECT doctor_id FROM appointments ORDER BY starts_at LIMIT 1)"
    ));
    assert!(
        same_patient
            .unwrap_err()
            .to_string()
            .contains("ex_appointments_patient")
    );
    // A copy of the first visit under another id and conversation.
    let copied = raw.run(
        "INSERT INTO appointments (hospital_id, id, doctor_id, patient_id, conversation_id, starts_at,
             ends_at, state, reason, version, booked_by, created_at)
         SELECT hospital_id, conversation_id, doctor_id, patient_id, conversation_id, starts_at,
             ends_at, state, reason, version, booked_by, created_at
         FROM appointments ORDER BY starts_at LIMIT 1",
    );
    assert!(copied.is_err());
    // Visits that were called off block nobody.
    raw.run("UPDATE appointments SET state = 'cancelled'")
        .unwrap();
    clinic.booked(tuesday_ten());
}

fn one_answer_names_every_conflict(db: &TestDb) {
    let clinic = Clinic::new(db);
    clinic.booked(tuesday_ten());
    let again = booking(&clinic.doctor, tuesday_ten());
    assert_eq!(
        conflicts_of(clinic.book(&clinic.patient, &again)),
        [Conflict::DoctorBusy, Conflict::PatientBusy]
    );
    let at_night = booking(&clinic.doctor, at("2026-11-22T02:00:00Z"));
    assert_eq!(
        conflicts_of(clinic.book(&clinic.patient, &at_night)),
        [Conflict::OutsideAvailability, Conflict::InThePast]
    );
}

fn patients_take_offered_slots_and_staff_any_minute_of_the_hours(db: &TestDb) {
    let clinic = Clinic::new(db);
    let odd = tuesday_ten().plus_minutes(7);
    assert_eq!(
        conflicts_of(clinic.book(&clinic.patient, &booking(&clinic.doctor, odd))),
        [Conflict::OutsideAvailability]
    );
    let for_patient = booking_for(&clinic.doctor, &clinic.patient, odd);
    assert!(clinic.book(&clinic.staff, &for_patient).is_ok());
}

fn only_staff_overbooks_and_never_the_patient(db: &TestDb) {
    let clinic = Clinic::new(db);
    clinic.booked(tuesday_ten());
    let other = clinic.person(Role::Patient);
    let over = Booking {
        overbook_reason: Some("emergency".to_owned()),
        ..booking_for(&clinic.doctor, &other, tuesday_ten())
    };
    assert!(matches!(
        clinic.book(&other, &over),
        Err(StoreError::Forbidden)
    ));
    assert!(matches!(
        clinic.book(&clinic.doctor, &over),
        Err(StoreError::Forbidden)
    ));
    let booked = clinic.book(&clinic.staff, &over).unwrap().appointment;
    assert_eq!(booked.overbook_reason.as_deref(), Some("emergency"));
    assert_eq!(
        conflicts_of(clinic.book(&clinic.staff, &over)),
        [Conflict::PatientBusy]
    );
    // A patient who moves an overbooked visit needs a free slot like anybody.
    let moved = clinic.try_run(|conn| {
        appointments::reschedule(
            conn,
            &other,
            booked.id,
            booked.version,
            &to_time(tuesday_ten()),
        )
    });
    assert_eq!(conflicts_of(moved), [Conflict::DoctorBusy]);
}

fn buffers_are_kept_free(db: &TestDb) {
    let clinic = Clinic::new(db);
    clinic.run(|conn| {
        let changes = people::DoctorChanges {
            buffer_minutes: Some(10),
            ..people::DoctorChanges::default()
        };
        people::change_doctor(conn, &clinic.doctor, doctor_id(&clinic.doctor), &changes)
    });
    clinic.booked(tuesday_ten());
    let other = clinic.person(Role::Patient);
    let next = tuesday_ten().plus_minutes(30);
    assert_eq!(
        conflicts_of(clinic.book(&other, &booking(&clinic.doctor, next))),
        [Conflict::DoctorBusy]
    );
    assert!(
        clinic
            .book(&other, &booking(&clinic.doctor, next.plus_minutes(30)))
            .is_ok()
    );
}

fn a_repeated_request_books_once(db: &TestDb) {
    let clinic = Clinic::new(db);
    let wanted = booking(&clinic.doctor, tuesday_ten());
    let keyed = |who: &Ctx, body: u8| Ctx {
        idempotency: Some(Idempotency {
            key_sha256: [7; 32],
            request_sha256: [body; 32],
        }),
        ..*who
    };
    let patient = &clinic.patient;
    let first = clinic.book(&keyed(patient, 1), &wanted).unwrap();
    let second = clinic.book(&keyed(patient, 1), &wanted).unwrap();
    assert_eq!((first.replayed, second.replayed), (false, true));
    assert_eq!(first.appointment, second.appointment);
    assert!(matches!(
        clinic.book(&keyed(patient, 2), &wanted),
        Err(StoreError::IdempotencyKeyReused)
    ));
    // Another person's key is another key, and after a day it is forgotten.
    let other = clinic.person(Role::Patient);
    assert_eq!(
        conflicts_of(clinic.book(&keyed(&other, 1), &wanted)),
        [Conflict::DoctorBusy]
    );
    let next_day = at_time(patient, now().plus_minutes(24 * 60));
    assert!(!conflicts_of(clinic.book(&keyed(&next_day, 2), &wanted)).is_empty());
}

fn a_disabled_doctor_or_archived_hospital_takes_no_bookings(db: &TestDb) {
    let clinic = Clinic::new(db);
    let doctor = clinic.new_doctor();
    clinic.run(|conn| {
        let changes = people::UserChanges {
            state: Some(UserState::Disabled),
            ..people::UserChanges::default()
        };
        people::change_user(conn, &clinic.staff, doctor.actor.user_id, &changes)
    });
    assert_eq!(
        conflicts_of(clinic.book(&clinic.patient, &booking(&doctor, tuesday_ten()))),
        [Conflict::OutsideAvailability]
    );
    clinic.run(|conn| {
        let changes = people::HospitalChanges {
            archived: Some(true),
            ..people::HospitalChanges::default()
        };
        people::change_hospital(conn, &clinic.admin, clinic.hospital, &changes)
    });
    assert!(matches!(
        clinic.book(&clinic.patient, &booking(&clinic.doctor, tuesday_ten())),
        Err(StoreError::Archived)
    ));
}

fn nothing_new_is_booked_for_an_archived_patient(db: &TestDb) {
    let clinic = Clinic::new(db);
    let before = clinic.booked(tuesday_ten());
    put(&clinic, clinic.patient.actor.user_id, UserState::Disabled);
    let later = tuesday_ten().plus_minutes(60);
    let wish = appointments::Hold {
        doctor_id: doctor_id(&clinic.doctor),
        starts_at: later,
        patient_id: Some(patient_id(&clinic.patient)),
    };
    let wanted = booking_for(&clinic.doctor, &clinic.patient, later);
    for refused in [
        clinic.book(&clinic.staff, &wanted).map(|_| ()),
        clinic.book(&clinic.doctor, &wanted).map(|_| ()),
        clinic
            .try_run(|conn| appointments::hold(conn, &clinic.staff, &wish))
            .map(|_| ()),
    ] {
        assert!(
            matches!(refused, Err(StoreError::PatientArchived)),
            "{refused:?}"
        );
    }
    // What was booked before can still be put right.
    let moved = clinic
        .run(|conn| appointments::reschedule(conn, &clinic.staff, before.id, 1, &to_time(later)));
    assert_eq!(moved.appointment.range.start(), later);
    put(&clinic, clinic.patient.actor.user_id, UserState::Active);
    let again = booking_for(&clinic.doctor, &clinic.patient, tuesday_ten());
    assert!(clinic.book(&clinic.staff, &again).is_ok());
}

fn doctors_book_only_for_patients_they_have_seen(db: &TestDb) {
    let clinic = Clinic::new(db);
    let follow_up = booking_for(
        &clinic.doctor,
        &clinic.patient,
        tuesday_ten().plus_minutes(60),
    );
    assert!(matches!(
        clinic.book(&clinic.doctor, &follow_up),
        Err(StoreError::NotFound)
    ));
    clinic.booked(tuesday_ten());
    assert!(clinic.book(&clinic.doctor, &follow_up).is_ok());
    assert!(visita_domain::access::may_ever(
        Role::Doctor,
        Action::BookAppointment
    ));
}

fn every_free_slot_can_be_booked_and_is_gone_then(db: &TestDb) {
    let clinic = Clinic::new(db);
    let day = "2026-11-24".parse().unwrap();
    let doctor = doctor_id(&clinic.doctor);
    let free = || {
        let (zone, slots) =
            clinic.run(|conn| availability::slots(conn, &clinic.patient, doctor, day, day));
        assert_eq!(zone, "Europe/Paris");
        slots
    };
    assert_eq!(free().len(), 16);
    for slot in free() {
        clinic.booked(slot.start());
    }
    assert_eq!(free(), []);
}

fn lists_follow_filters_order_and_pages(db: &TestDb) {
    let clinic = Clinic::new(db);
    let starts: Vec<_> = (0..5).map(|n| tuesday_ten().plus_minutes(30 * n)).collect();
    for start in &starts {
        clinic.booked(*start);
    }
    let list = |order, filter: &appointments::AppointmentFilter| {
        let mut found = Vec::new();
        let mut page = visita_store::PageQuery {
            limit: 2,
            cursor: None,
        };
        loop {
            let got =
                clinic.run(|conn| appointments::list(conn, &clinic.patient, filter, order, &page));
            found.extend(got.items.iter().map(|one| one.range.start()));
            match got.next_cursor {
                Some(next) => page.cursor = Some(next),
                None => return found,
            }
        }
    };
    let all = appointments::AppointmentFilter::default();
    assert_eq!(list(appointments::Order::Ascending, &all), starts);
    let mut latest = starts.clone();
    latest.reverse();
    assert_eq!(list(appointments::Order::Descending, &all), latest);
    let window = appointments::AppointmentFilter {
        from: Some(starts[1]),
        to: Some(starts[3]),
        state: vec![AppointmentState::Booked],
        doctor_id: Some(doctor_id(&clinic.doctor)),
        patient_id: Some(patient_id(&clinic.patient)),
    };
    assert_eq!(list(appointments::Order::Ascending, &window), starts[1..3]);
    let finished = appointments::AppointmentFilter {
        state: vec![AppointmentState::Finished],
        ..all
    };
    assert_eq!(list(appointments::Order::Ascending, &finished), []);
}

on_both!(
    of_two_hundred_rivals_one_wins,
    the_database_refuses_overlaps_that_slip_past_the_domain,
    one_answer_names_every_conflict,
    patients_take_offered_slots_and_staff_any_minute_of_the_hours,
    only_staff_overbooks_and_never_the_patient,
    buffers_are_kept_free,
    a_repeated_request_books_once,
    a_disabled_doctor_or_archived_hospital_takes_no_bookings,
    nothing_new_is_booked_for_an_archived_patient,
    doctors_book_only_for_patients_they_have_seen,
    every_free_slot_can_be_booked_and_is_gone_then,
    lists_follow_filters_order_and_pages,
);
