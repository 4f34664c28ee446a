//! Holding a time: it belongs to one person for ten minutes, and then to nobody.

use visita_domain::appointment::{AppointmentState, HOLD_MINUTES};
use visita_domain::booking::Conflict;
use visita_domain::people::Role;
use visita_domain::{AppointmentId, Ts};
use visita_store::appointments::{self, AppointmentFilter, Hold, Order};
use visita_store::{Ctx, PageQuery, StoreError, availability, chat};
use visita_testkit::TestDb;

use crate::clinic::{Clinic, at_time, booking, doctor_id, now, patient_id, tuesday_ten};

fn wish(clinic: &Clinic, starts_at: Ts) -> Hold {
    Hold {
        doctor_id: doctor_id(&clinic.doctor),
        starts_at,
        patient_id: None,
    }
}

fn hold(
    clinic: &Clinic,
    who: &Ctx,
    starts_at: Ts,
) -> Result<visita_domain::appointment::Appointment, StoreError> {
    clinic.try_run(|conn| appointments::hold(conn, who, &wish(clinic, starts_at)))
}

fn confirm(
    clinic: &Clinic,
    who: &Ctx,
    id: AppointmentId,
) -> Result<visita_domain::appointment::Appointment, StoreError> {
    clinic.try_run(|conn| appointments::confirm(conn, who, id, "cough"))
}

fn free(clinic: &Clinic, who: &Ctx) -> Vec<Ts> {
    let day = "2026-11-24".parse().unwrap();
    let doctor = doctor_id(&clinic.doctor);
    let (_, slots) = clinic.run(|conn| availability::slots(conn, who, doctor, day, day));
    slots.iter().map(|slot| slot.start()).collect()
}

fn listed(clinic: &Clinic, who: &Ctx, state: Vec<AppointmentState>) -> Vec<AppointmentId> {
    let filter = AppointmentFilter {
        state,
        ..AppointmentFilter::default()
    };
    let page = PageQuery {
        limit: 50,
        cursor: None,
    };
    clinic
        .run(|conn| appointments::list(conn, who, &filter, Order::Ascending, &page))
        .items
        .iter()
        .map(|one| one.id)
        .collect()
}

/// When the hold of now is over.
fn over() -> Ts {
    now().plus_minutes(HOLD_MINUTES)
}

fn a_held_time_is_kept_from_others_and_becomes_the_booking(db: &TestDb) {
    let clinic = Clinic::new(db);
    let other = clinic.person(Role::Patient);
    let held = hold(&clinic, &clinic.patient, tuesday_ten()).unwrap();
    assert_eq!(held.state, AppointmentState::Held);
    assert_eq!(held.hold_expires_at, Some(over()));
    for attempt in [
        hold(&clinic, &other, tuesday_ten()).map(|_| ()),
        clinic
            .book(&other, &booking(&clinic.doctor, tuesday_ten()))
            .map(|_| ()),
    ] {
        match attempt {
            Err(StoreError::Conflicts(found)) => assert_eq!(found, [Conflict::HeldByAnother]),
            other => panic!("{other:?}"),
        }
    }
    assert!(!free(&clinic, &other).contains(&tuesday_ten()));
    assert!(free(&clinic, &clinic.patient).contains(&tuesday_ten()));
    let booked = confirm(&clinic, &clinic.patient, held.id).unwrap();
    assert_eq!(
        (
            booked.id,
            booked.state,
            booked.hold_expires_at,
            booked.version
        ),
        (held.id, AppointmentState::Booked, None, 2)
    );
    assert_eq!(booked.reason, "cough");
    // A repeated request after a lost answer.
    assert_eq!(confirm(&clinic, &clinic.patient, held.id).unwrap(), booked);
}

fn a_hold_is_no_visit_until_it_is_confirmed(db: &TestDb) {
    let clinic = Clinic::new(db);
    let page = PageQuery {
        limit: 50,
        cursor: None,
    };
    let talks = |who: &Ctx| {
        clinic
            .run(|conn| chat::list_conversations(conn, who, &page))
            .items
            .len()
    };
    let held = hold(&clinic, &clinic.patient, tuesday_ten()).unwrap();
    for who in [&clinic.patient, &clinic.doctor, &clinic.staff] {
        assert_eq!(listed(&clinic, who, vec![]), []);
        assert_eq!(
            listed(&clinic, who, vec![AppointmentState::Held]),
            [held.id]
        );
    }
    assert_eq!(talks(&clinic.doctor), 0);
    // Let go, it does not become a cancelled visit.
    clinic.run(|conn| appointments::cancel(conn, &clinic.patient, held.id, None));
    assert_eq!(
        listed(&clinic, &clinic.staff, AppointmentState::ALL.to_vec()),
        []
    );
    assert!(free(&clinic, &clinic.staff).contains(&tuesday_ten()));
    let next = hold(&clinic, &clinic.patient, tuesday_ten()).unwrap();
    confirm(&clinic, &clinic.patient, next.id).unwrap();
    assert_eq!(listed(&clinic, &clinic.doctor, vec![]), [next.id]);
    assert_eq!(talks(&clinic.doctor), 1);
}

fn only_who_holds_a_time_confirms_it(db: &TestDb) {
    let clinic = Clinic::new(db);
    let held = hold(&clinic, &clinic.patient, tuesday_ten()).unwrap();
    for who in [&clinic.person(Role::Patient), &clinic.doctor, &clinic.staff] {
        assert!(matches!(
            confirm(&clinic, who, held.id),
            Err(StoreError::NotFound)
        ));
    }
    assert!(matches!(
        confirm(&clinic, &clinic.admin, held.id),
        Err(StoreError::Forbidden)
    ));
}

fn a_hold_that_is_over_frees_the_time_for_one_of_many(db: &TestDb) {
    const RIVALS: usize = 40;
    let clinic = Clinic::new(db);
    let held = hold(&clinic, &clinic.patient, tuesday_ten()).unwrap();
    let rivals: Vec<_> = (0..RIVALS)
        .map(|_| at_time(&clinic.person(Role::Patient), over()))
        .collect();
    assert!(free(&clinic, &rivals[0]).contains(&tuesday_ten()));
    let won = std::thread::scope(|scope| {
        let attempts: Vec<_> = rivals
            .iter()
            .enumerate()
            .map(|(n, rival)| {
                let clinic = &clinic;
                scope.spawn(move || {
                    let outcome = if n % 2 == 0 {
                        hold(clinic, rival, tuesday_ten()).map(|_| ())
                    } else {
                        let wanted = booking(&clinic.doctor, tuesday_ten());
                        clinic.book(rival, &wanted).map(|_| ())
                    };
                    match outcome {
                        Ok(()) => 1,
                        Err(StoreError::Conflicts(_)) => 0,
                        Err(other) => panic!("{other:?}"),
                    }
                })
            })
            .collect();
        attempts
            .into_iter()
            .map(|attempt| attempt.join().unwrap())
            .sum::<i32>()
    });
    assert_eq!(won, 1);
    // Who came back too late is told so, and nothing changes.
    let late = at_time(&clinic.patient, over());
    assert!(matches!(
        confirm(&clinic, &late, held.id),
        Err(StoreError::HoldExpired)
    ));
}

fn confirming_after_the_end_is_refused_even_when_nobody_took_the_time(db: &TestDb) {
    let clinic = Clinic::new(db);
    let held = hold(&clinic, &clinic.patient, tuesday_ten()).unwrap();
    let late = at_time(&clinic.patient, over());
    assert!(matches!(
        confirm(&clinic, &late, held.id),
        Err(StoreError::HoldExpired)
    ));
    assert_eq!(
        clinic.read(&clinic.patient, held.id).state,
        AppointmentState::Held
    );
    let last_moment = at_time(&clinic.patient, over().plus_secs(-1));
    assert!(confirm(&clinic, &last_moment, held.id).is_ok());
}

fn whoever_holds_another_time_lets_the_first_go(db: &TestDb) {
    let clinic = Clinic::new(db);
    let later = tuesday_ten().plus_minutes(60);
    let first = hold(&clinic, &clinic.patient, tuesday_ten()).unwrap();
    let second = hold(&clinic, &clinic.patient, later).unwrap();
    let other = clinic.person(Role::Patient);
    assert!(hold(&clinic, &other, tuesday_ten()).is_ok());
    assert!(matches!(
        confirm(&clinic, &clinic.patient, first.id),
        Err(StoreError::Illegal(_))
    ));
    // Booking something else ends the hold too.
    clinic.booked(later.plus_minutes(60));
    assert!(free(&clinic, &other).contains(&later));
    assert!(matches!(
        confirm(&clinic, &clinic.patient, second.id),
        Err(StoreError::Illegal(_))
    ));
    // Reception holds for several people at once.
    let hold_for = |patient: &Ctx, starts_at| {
        let wanted = Hold {
            patient_id: Some(patient_id(patient)),
            ..wish(&clinic, starts_at)
        };
        clinic.run(|conn| appointments::hold(conn, &clinic.staff, &wanted))
    };
    let evening = tuesday_ten().plus_minutes(240);
    let for_one = hold_for(&clinic.patient, evening);
    let for_two = hold_for(&other, evening.plus_minutes(30));
    assert!(confirm(&clinic, &clinic.staff, for_one.id).is_ok());
    assert!(confirm(&clinic, &clinic.staff, for_two.id).is_ok());
}

fn holds_that_are_over_end_by_themselves_in_bounded_batches(db: &TestDb) {
    let clinic = Clinic::new(db);
    let away = clinic.next();
    let held: Vec<_> = (0..3)
        .map(|n| {
            let who = clinic.person(Role::Patient);
            hold(&clinic, &who, tuesday_ten().plus_minutes(60 * n)).unwrap()
        })
        .collect();
    let theirs = hold(&away, &away.patient, tuesday_ten()).unwrap();
    let booked = clinic.booked(tuesday_ten().plus_minutes(240));
    let release = |at| clinic.run(|conn| appointments::release_over(conn, clinic.hospital, at, 2));
    assert_eq!(release(over().plus_secs(-1)), 0);
    assert_eq!(
        [release(over()), release(over()), release(over())],
        [2, 1, 0]
    );
    for one in &held {
        let now = clinic.read(&clinic.staff, one.id);
        assert_eq!((now.state, now.version), (AppointmentState::Cancelled, 2));
        // Who comes back is told why, as before.
        let late = at_time(&clinic.staff, over());
        assert!(confirm(&clinic, &late, one.id).is_err());
    }
    assert_eq!(clinic.read(&clinic.staff, booked.id), booked);
    assert_eq!(away.read(&away.staff, theirs.id), theirs);
}

on_both!(
    holds_that_are_over_end_by_themselves_in_bounded_batches,
    a_held_time_is_kept_from_others_and_becomes_the_booking,
    a_hold_is_no_visit_until_it_is_confirmed,
    only_who_holds_a_time_confirms_it,
    a_hold_that_is_over_frees_the_time_for_one_of_many,
    confirming_after_the_end_is_refused_even_when_nobody_took_the_time,
    whoever_holds_another_time_lets_the_first_go,
);
