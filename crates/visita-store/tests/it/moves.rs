//! Another time, another doctor, and what a hospital lets patients do by themselves.

use visita_domain::appointment::AppointmentState;
use visita_domain::booking::{BookingPolicy, Conflict};
use visita_domain::chat::SystemEvent;
use visita_domain::people::Role;
use visita_domain::{DoctorId, Ts};
use visita_store::appointments::{self, Move, Moved};
use visita_store::chat::Window;
use visita_store::{Ctx, StoreError, availability, chat, people};
use visita_testkit::TestDb;

use crate::clinic::{
    Clinic, at_time, booking, booking_for, doctor_id, now, to_time, tuesday_ten, words,
};

fn rescheduling_keeps_identity_and_checks_the_version(db: &TestDb) {
    let clinic = Clinic::new(db);
    let visit = clinic.booked(tuesday_ten());
    let later = tuesday_ten().plus_minutes(90);
    let patient = clinic.patient;
    let reschedule = |version, to| {
        let to = to_time(to);
        clinic
            .try_run(|conn| appointments::reschedule(conn, &patient, visit.id, version, &to))
            .map(|moved| moved.appointment)
    };
    let moved = reschedule(1, later).unwrap();
    assert_eq!((moved.id, moved.version), (visit.id, 2));
    assert_eq!(moved.range.start(), later);
    assert!(matches!(
        reschedule(1, tuesday_ten()),
        Err(StoreError::VersionMismatch { current: 2 })
    ));
    // Half an hour on meets only the visit itself.
    assert_eq!(reschedule(2, later.plus_minutes(30)).unwrap().version, 3);
    let stored = clinic.read(&clinic.staff, visit.id);
    assert_eq!(stored.state, AppointmentState::Booked);
    assert_eq!(stored.version, 3);
}

fn to_doctor(doctor: &Ctx) -> Move {
    Move {
        doctor_id: Some(doctor_id(doctor)),
        ..Move::default()
    }
}

fn change(
    clinic: &Clinic,
    who: &Ctx,
    visit: &visita_domain::appointment::Appointment,
    wanted: &Move,
) -> Result<Moved, StoreError> {
    clinic.try_run(|conn| appointments::reschedule(conn, who, visit.id, visit.version, wanted))
}

fn conflicts_of<T: std::fmt::Debug>(result: Result<T, StoreError>) -> Vec<Conflict> {
    match result {
        Err(StoreError::Conflicts(found)) => found,
        other => panic!("no conflict: {other:?}"),
    }
}

fn a_visit_goes_to_another_doctor_with_its_conversation(db: &TestDb) {
    let clinic = Clinic::new(db);
    let other = clinic.new_doctor();
    let visit = clinic.booked(tuesday_ten());
    let talk = visit.conversation_id;
    clinic.run(|conn| chat::send(conn, &clinic.doctor, talk, &words("See you soon")));
    for who in [&clinic.patient, &clinic.doctor] {
        assert!(matches!(
            change(&clinic, who, &visit, &to_doctor(&other)),
            Err(StoreError::Forbidden)
        ));
    }
    let moved = change(&clinic, &clinic.staff, &visit, &to_doctor(&other)).unwrap();
    assert_eq!(moved.former_doctor, Some(doctor_id(&clinic.doctor)));
    let now_with: DoctorId = moved.appointment.doctor_id;
    assert_eq!(now_with, doctor_id(&other));
    assert_eq!(moved.appointment.id, visit.id);
    assert_eq!(moved.appointment, clinic.read(&other, visit.id));
    // The former doctor is out, the new one reads all of it and what happened.
    let read =
        |who: &Ctx| clinic.try_run(|conn| chat::messages(conn, who, talk, Window::After(0), 50));
    assert!(matches!(read(&clinic.doctor), Err(StoreError::NotFound)));
    assert!(matches!(
        clinic.try_run(|conn| appointments::get(conn, &clinic.doctor, visit.id)),
        Err(StoreError::NotFound)
    ));
    let bodies: Vec<_> = read(&other)
        .unwrap()
        .items
        .into_iter()
        .map(|m| m.body)
        .collect();
    assert_eq!(
        bodies,
        [
            SystemEvent::Booked.as_str(),
            "See you soon",
            SystemEvent::Reassigned.as_str()
        ]
    );
    let members = clinic.run(|conn| chat::members(conn, &clinic.staff, talk));
    assert_eq!(members.len(), 2);
    assert!(members.contains(&other.actor.user_id));
    // The first doctor's time is free again.
    let third = clinic.person(Role::Patient);
    assert!(
        clinic
            .book(&third, &booking(&clinic.doctor, tuesday_ten()))
            .is_ok()
    );
}

fn somebody_who_waits_may_be_given_to_another_doctor(db: &TestDb) {
    let clinic = Clinic::new(db);
    let other = clinic.new_doctor();
    let longer = people::DoctorChanges {
        visit_minutes: Some(60),
        ..people::DoctorChanges::default()
    };
    clinic.run(|conn| people::change_doctor(conn, &other, doctor_id(&other), &longer));
    let visit = clinic.booked(tuesday_ten());
    let after_start = tuesday_ten().plus_minutes(20);
    let waiting = clinic
        .run(|conn| appointments::arrive(conn, &at_time(&clinic.patient, tuesday_ten()), visit.id));
    let rev = |who: &Ctx| clinic.run(|conn| appointments::lobby_rev(conn, who));
    let before = rev(&other);
    let staff = at_time(&clinic.staff, after_start);
    let moved = change(&clinic, &staff, &waiting, &to_doctor(&other)).unwrap();
    assert_eq!(moved.appointment.state, AppointmentState::Arrived);
    // As long as the visits of the doctor who takes it.
    let until = tuesday_ten().plus_minutes(60);
    assert_eq!(moved.appointment.range.start(), tuesday_ten());
    assert_eq!(moved.appointment.range.end(), until);
    assert_eq!(moved.appointment.waiting_since, waiting.waiting_since);
    assert!(rev(&other) > before);
    let late = at_time(&other, after_start);
    assert!(
        clinic
            .try_run(|conn| appointments::admit(conn, &late, visit.id))
            .is_ok()
    );
    // In the call it is too late.
    let in_call = clinic.read(&clinic.staff, visit.id);
    assert!(matches!(
        change(&clinic, &staff, &in_call, &to_doctor(&clinic.doctor)),
        Err(StoreError::Illegal(_))
    ));
}

fn reassigning_meets_the_same_conflicts_and_staff_may_overbook(db: &TestDb) {
    let clinic = Clinic::new(db);
    let other = clinic.new_doctor();
    let third = clinic.person(Role::Patient);
    clinic.booked_between(&other, &third, tuesday_ten());
    let visit = clinic.booked(tuesday_ten());
    assert_eq!(
        conflicts_of(change(&clinic, &clinic.staff, &visit, &to_doctor(&other))),
        [Conflict::DoctorBusy]
    );
    let over = Move {
        overbook_reason: Some("the doctor is ill".to_owned()),
        ..to_doctor(&other)
    };
    let moved = change(&clinic, &clinic.staff, &visit, &over)
        .unwrap()
        .appointment;
    assert_eq!(moved.overbook_reason.as_deref(), Some("the doctor is ill"));
    // A doctor of another hospital is nobody's.
    let away = clinic.next();
    assert!(matches!(
        change(&clinic, &clinic.staff, &moved, &to_doctor(&away.doctor)),
        Err(StoreError::NotFound)
    ));
    // Who asks for nothing gets nothing.
    let same = change(&clinic, &clinic.staff, &moved, &Move::default()).unwrap();
    assert_eq!((same.appointment, same.former_doctor), (moved, None));
}

fn set_policy(clinic: &Clinic, booking: BookingPolicy) -> Result<(), StoreError> {
    let changes = people::HospitalChanges {
        booking: Some(booking),
        ..people::HospitalChanges::default()
    };
    clinic
        .try_run(|conn| people::change_hospital(conn, &clinic.staff, clinic.hospital, &changes))
        .map(|changed| assert_eq!(changed.booking, booking))
}

fn patients_book_within_their_hospitals_lead_and_horizon(db: &TestDb) {
    let clinic = Clinic::new(db);
    set_policy(
        &clinic,
        BookingPolicy {
            lead_minutes: 27 * 60,
            horizon_days: 3,
            notice_minutes: 0,
        },
    )
    .unwrap();
    let tuesday = "2026-11-24".parse().unwrap();
    let friday = "2026-11-27".parse().unwrap();
    let offered = |who: &Ctx| -> Vec<Ts> {
        let doctor = doctor_id(&clinic.doctor);
        let (_, slots) = clinic.run(|conn| availability::slots(conn, who, doctor, tuesday, friday));
        slots.iter().map(|slot| slot.start()).collect()
    };
    // Monday 08:00 in Paris and 27 hours are Tuesday 11:00, itself too soon.
    let own = offered(&clinic.patient);
    assert_eq!(own.first(), Some(&tuesday_ten().plus_minutes(90)));
    assert!(own.iter().all(|start| *start < now().plus_days(3)));
    assert_eq!(
        offered(&clinic.staff).first(),
        Some(&tuesday_ten().plus_minutes(-60))
    );
    let try_at = |start: Ts| clinic.book(&clinic.patient, &booking(&clinic.doctor, start));
    assert_eq!(
        conflicts_of(try_at(tuesday_ten().plus_minutes(60))),
        [Conflict::TooSoon]
    );
    assert_eq!(
        conflicts_of(try_at(tuesday_ten().plus_days(3))),
        [Conflict::TooFarAhead]
    );
    for start in own {
        assert!(try_at(start).is_ok(), "{start}");
    }
    let for_patient = booking_for(&clinic.doctor, &clinic.patient, tuesday_ten());
    assert!(clinic.book(&clinic.staff, &for_patient).is_ok());
}

fn patients_change_a_visit_until_the_notice_begins(db: &TestDb) {
    let clinic = Clinic::new(db);
    set_policy(
        &clinic,
        BookingPolicy {
            notice_minutes: 120,
            ..BookingPolicy::default()
        },
    )
    .unwrap();
    let visit = clinic.booked(tuesday_ten());
    let late = at_time(&clinic.patient, tuesday_ten().plus_minutes(-119));
    let afternoon = to_time(tuesday_ten().plus_minutes(300));
    assert!(matches!(
        change(&clinic, &late, &visit, &afternoon),
        Err(StoreError::TooLate)
    ));
    assert!(matches!(
        clinic.try_run(|conn| appointments::cancel(conn, &late, visit.id, None)),
        Err(StoreError::TooLate)
    ));
    assert_eq!(clinic.read(&clinic.patient, visit.id), visit);
    // The clinic itself always may.
    let doctor = at_time(&clinic.doctor, late.now);
    let moved = change(&clinic, &doctor, &visit, &afternoon)
        .unwrap()
        .appointment;
    let in_time = at_time(&clinic.patient, moved.range.start().plus_minutes(-120));
    let gone = clinic.run(|conn| appointments::cancel(conn, &in_time, visit.id, Some("better")));
    assert_eq!(gone.state, AppointmentState::Cancelled);
    assert_eq!(gone.cancel_reason.as_deref(), Some("better"));
}

fn a_policy_out_of_bounds_changes_nothing(db: &TestDb) {
    let clinic = Clinic::new(db);
    let before = clinic.run(|conn| people::get_hospital(conn, clinic.hospital));
    let wrong = BookingPolicy {
        horizon_days: 0,
        ..BookingPolicy::default()
    };
    assert!(matches!(
        set_policy(&clinic, wrong),
        Err(StoreError::InvalidField("horizon_days"))
    ));
    let after = clinic.run(|conn| people::get_hospital(conn, clinic.hospital));
    assert_eq!(before.booking, after.booking);
}

on_both!(
    rescheduling_keeps_identity_and_checks_the_version,
    a_visit_goes_to_another_doctor_with_its_conversation,
    somebody_who_waits_may_be_given_to_another_doctor,
    reassigning_meets_the_same_conflicts_and_staff_may_overbook,
    patients_book_within_their_hospitals_lead_and_horizon,
    patients_change_a_visit_until_the_notice_begins,
    a_policy_out_of_bounds_changes_nothing,
);
