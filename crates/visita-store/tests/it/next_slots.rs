//! The next free time of every doctor: the same that each doctor's own list begins with.

use visita_domain::availability::ExceptionKind;
use visita_domain::booking::BookingPolicy;
use visita_domain::people::{Role, UserState};
use visita_domain::{DoctorId, Ts};
use visita_domain::{LocalDate, TimeRange};
use visita_store::appointments::{self, Hold};
use visita_store::availability::{self, IfStranded, LOOK_AHEAD_DAYS};
use visita_store::people::{self, DoctorChanges, DoctorFilter, HospitalChanges};
use visita_store::{Ctx, StoreError};
use visita_testkit::TestDb;

use crate::clinic::{Clinic, Random, at_time, booking, doctor_id, now, tuesday_ten};
use crate::people::put;

/// Long enough for all.
const ALL: i64 = 100;

fn next(clinic: &Clinic, who: &Ctx) -> Vec<(DoctorId, Option<Ts>)> {
    let filter = DoctorFilter::default();
    let found = clinic.run(|conn| availability::next_slots(conn, who, &filter, ALL));
    let told = |(doctor, slot): &(visita_domain::people::Doctor, Option<TimeRange>)| {
        (doctor.id, slot.map(TimeRange::start))
    };
    found.items.iter().map(told).collect()
}

/// What the doctor's own list of free times begins with.
fn first_of_list(clinic: &Clinic, who: &Ctx, doctor: DoctorId) -> Option<Ts> {
    let today: LocalDate = who.now.to_string()[..10].parse().unwrap();
    let (from, to) = (today.plus_days(-1), today.plus_days(LOOK_AHEAD_DAYS + 1));
    let (_, slots) = clinic.run(|conn| availability::slots(conn, who, doctor, from, to));
    let end = who.now.plus_days(LOOK_AHEAD_DAYS);
    slots
        .first()
        .map(|slot| slot.start())
        .filter(|start| *start < end)
}

fn next_times_are_what_each_doctors_list_begins_with(db: &TestDb) {
    let clinic = Clinic::new(db);
    let mut random = Random(20_261_124);
    let mut doctors = vec![clinic.doctor];
    for place in 0..7_u16 {
        let doctor = clinic.new_doctor();
        let changes = DoctorChanges {
            visit_minutes: Some(15 + 5 * place),
            buffer_minutes: Some(5 * (place % 3)),
            ..DoctorChanges::default()
        };
        clinic.run(|conn| people::change_doctor(conn, &doctor, doctor_id(&doctor), &changes));
        doctors.push(doctor);
    }
    for doctor in &doctors {
        let id = doctor_id(doctor);
        let day = i64::try_from(random.below(20)).unwrap();
        let off = TimeRange::new(now().plus_days(-1), now().plus_days(day)).unwrap();
        if day > 1 {
            clinic.run(|conn| {
                availability::add_exception(
                    conn,
                    doctor,
                    id,
                    ExceptionKind::TimeOff,
                    off,
                    IfStranded::Keep,
                )
            });
        }
        for _ in 0..4 {
            let patient = clinic.person(Role::Patient);
            if let Some(start) = first_of_list(&clinic, &patient, id) {
                clinic.book(&patient, &booking(doctor, start)).unwrap();
            }
        }
    }
    // A new doctor has no hours, and who was archived is not told.
    let idle = clinic.person(Role::Doctor);
    put(
        &clinic,
        clinic.new_doctor().actor.user_id,
        UserState::Disabled,
    );
    let who = at_time(&clinic.patient, tuesday_ten());
    let told = next(&clinic, &who);
    assert_eq!(told.len(), doctors.len() + 1);
    for (doctor, start) in &told {
        assert_eq!(*start, first_of_list(&clinic, &who, *doctor));
    }
    assert!(told.iter().any(|(_, start)| start.is_some()));
    assert_eq!(told.last(), Some(&(doctor_id(&idle), None)));
    let keys: Vec<_> = told
        .iter()
        .map(|(_, start)| (start.is_none(), *start))
        .collect();
    assert!(keys.is_sorted(), "{keys:?}");
}

fn a_held_time_and_the_clinics_bounds_move_the_next_time(db: &TestDb) {
    let clinic = Clinic::new(db);
    let (holder, other) = (clinic.patient, clinic.person(Role::Patient));
    let of = |who: &Ctx| next(&clinic, who).first().and_then(|(_, start)| *start);
    let first = of(&holder).unwrap();
    let hold = Hold {
        doctor_id: doctor_id(&clinic.doctor),
        starts_at: first,
        patient_id: None,
    };
    clinic.run(|conn| appointments::hold(conn, &holder, &hold));
    assert_eq!(of(&holder), Some(first), "whoever holds a time may book it");
    assert!(of(&other) > Some(first));
    let later = at_time(&other, now().plus_minutes(10));
    assert_eq!(of(&later), Some(first), "a hold ends by itself");

    let bounded = |lead_minutes, horizon_days| {
        let changes = HospitalChanges {
            booking: Some(BookingPolicy {
                lead_minutes,
                horizon_days,
                notice_minutes: 0,
            }),
            ..HospitalChanges::default()
        };
        clinic.run(|conn| people::change_hospital(conn, &clinic.staff, clinic.hospital, &changes));
    };
    bounded(3 * 1440, 30);
    let start = of(&other).unwrap();
    assert!(start > now().plus_days(3) && start < now().plus_days(4));
    assert!(
        of(&clinic.staff) < Some(start),
        "staff is bound by none of it"
    );
    bounded(20 * 1440, 30);
    assert_eq!(of(&other), None, "beyond the two weeks that are looked at");
}

fn next_times_are_of_the_own_hospital_and_narrowed(db: &TestDb) {
    let clinic = Clinic::new(db);
    let other = clinic.next();
    let skin = clinic.new_doctor();
    let changes = DoctorChanges {
        specialty: Some("Dermatology".to_owned()),
        languages: Some(vec!["fr".to_owned()]),
        ..DoctorChanges::default()
    };
    clinic.run(|conn| people::change_doctor(conn, &skin, doctor_id(&skin), &changes));
    let find = |filter: DoctorFilter, limit: i64| {
        let who = &clinic.patient;
        let found = clinic.run(|conn| availability::next_slots(conn, who, &filter, limit));
        let ids: Vec<DoctorId> = found.items.iter().map(|(doctor, _)| doctor.id).collect();
        (ids, found.more)
    };
    let all = DoctorFilter::default;
    let text = |text: &str| Some(text.to_owned());
    let mut both = [doctor_id(&clinic.doctor), doctor_id(&skin)];
    let (mut found, more) = find(all(), ALL);
    found.sort_unstable();
    both.sort_unstable();
    assert_eq!((found, more), (both.to_vec(), false));
    let (one, more) = find(all(), 1);
    assert_eq!((one.len(), more), (1, true));
    for filter in [
        DoctorFilter {
            specialty: text("Dermatology"),
            ..all()
        },
        DoctorFilter {
            language: text("fr"),
            ..all()
        },
        DoctorFilter {
            search: text("dermato"),
            ..all()
        },
    ] {
        assert_eq!(find(filter, ALL), (vec![doctor_id(&skin)], false));
    }
    assert_eq!(next(&other, &other.patient).len(), 1);
    let admin = clinic.admin;
    let refused = clinic.try_run(|conn| availability::next_slots(conn, &admin, &all(), ALL));
    assert!(matches!(refused, Err(StoreError::Forbidden)));
}

on_both!(
    next_times_are_what_each_doctors_list_begins_with,
    a_held_time_and_the_clinics_bounds_move_the_next_time,
    next_times_are_of_the_own_hospital_and_narrowed,
);
