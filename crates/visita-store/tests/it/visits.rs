//! The life of a visit: what is possible when, the lobby, and the legs of its call.

use visita_domain::appointment::{Appointment, AppointmentState, Transition};
use visita_domain::people::Role;
use visita_domain::{AppointmentId, LegId};
use visita_store::{Ctx, StoreError, appointments, calls};
use visita_testkit::TestDb;

use crate::clinic::{Clinic, at_time, tuesday_ten};

const STEPS: [Transition; 6] = [
    Transition::Arrive,
    Transition::LeaveLobby,
    Transition::Admit,
    Transition::Finish,
    Transition::Cancel,
    Transition::MarkNoShow,
];

fn take(clinic: &Clinic, step: Transition, id: AppointmentId) -> Result<Appointment, StoreError> {
    let patient = at_time(&clinic.patient, tuesday_ten());
    let doctor = at_time(&clinic.doctor, tuesday_ten());
    clinic.try_run(|conn| match step {
        Transition::Arrive => appointments::arrive(conn, &patient, id),
        Transition::LeaveLobby => appointments::leave_lobby(conn, &patient, id),
        Transition::Admit => appointments::admit(conn, &doctor, id),
        Transition::Finish => appointments::finish(conn, &doctor, id),
        Transition::Cancel => appointments::cancel(conn, &patient, id, Some("better")),
        Transition::MarkNoShow => appointments::mark_no_show(conn, &doctor, id),
        Transition::Confirm
        | Transition::Reschedule
        | Transition::Reassign
        | Transition::Expire => panic!("not a step of a visit"),
    })
}

fn steps_to(state: AppointmentState) -> &'static [Transition] {
    match state {
        AppointmentState::Booked => &[],
        AppointmentState::Arrived => &[Transition::Arrive],
        AppointmentState::InCall => &[Transition::Arrive, Transition::Admit],
        AppointmentState::Finished => &[Transition::Arrive, Transition::Admit, Transition::Finish],
        AppointmentState::Cancelled => &[Transition::Cancel],
        AppointmentState::NoShow => &[Transition::MarkNoShow],
        AppointmentState::Held => panic!("not the beginning of a visit"),
    }
}

/// Takes every step from every state and compares with the domain's table.
fn the_store_allows_what_the_state_machine_allows(db: &TestDb) {
    let clinic = Clinic::new(db);
    let states = AppointmentState::ALL
        .into_iter()
        .filter(|state| *state != AppointmentState::Held);
    for from in states {
        for step in STEPS {
            let id = clinic.booked(tuesday_ten()).id;
            for before in steps_to(from) {
                take(&clinic, *before, id).unwrap();
            }
            let version = clinic.read(&clinic.staff, id).version;
            let result = take(&clinic, step, id);
            let repeated = step == Transition::Arrive
                && matches!(from, AppointmentState::Arrived | AppointmentState::InCall);
            match (from.after(step), result) {
                (Ok(to), Ok(after)) => {
                    assert_eq!(
                        (after.state, after.version),
                        (to, version + 1),
                        "{from:?} {step:?}"
                    );
                    assert_eq!(clinic.read(&clinic.staff, id), after);
                }
                (Err(_), Ok(after)) if repeated => assert_eq!(after.version, version),
                (Err(illegal), Err(StoreError::Illegal(found))) => {
                    assert_eq!(illegal, found);
                    assert_eq!(clinic.read(&clinic.staff, id).version, version);
                }
                (expected, found) => panic!("{from:?} {step:?}: {expected:?}, {found:?}"),
            }
            // Makes room for the next one.
            db.raw()
                .run("UPDATE appointments SET state = 'cancelled'")
                .unwrap();
        }
    }
}

fn nobody_waits_for_hours_or_misses_a_visit_to_come(db: &TestDb) {
    let clinic = Clinic::new(db);
    let id = clinic.booked(tuesday_ten()).id;
    let arrive = |minutes| {
        let patient = at_time(&clinic.patient, tuesday_ten().plus_minutes(minutes));
        clinic.try_run(|conn| appointments::arrive(conn, &patient, id))
    };
    assert!(matches!(arrive(-61), Err(StoreError::TooEarly)));
    let early = at_time(&clinic.doctor, tuesday_ten().plus_minutes(-1));
    assert!(matches!(
        clinic.try_run(|conn| appointments::mark_no_show(conn, &early, id)),
        Err(StoreError::InvalidTime(_))
    ));
    assert!(arrive(-60).is_ok());
}

fn the_lobby_shows_who_waits_in_order_and_counts_changes(db: &TestDb) {
    let clinic = Clinic::new(db);
    let (second, other_doctor) = (clinic.person(Role::Patient), clinic.new_doctor());
    let ten = tuesday_ten();
    let first = clinic.booked(ten.plus_minutes(30));
    let next = clinic.booked_between(&clinic.doctor, &second, ten);
    let elsewhere = clinic.booked_between(&other_doctor, &second, ten.plus_minutes(60));
    let arrive = |who: &Ctx, id, minutes| {
        let who = at_time(who, ten.plus_minutes(minutes));
        clinic.run(|conn| appointments::arrive(conn, &who, id));
    };
    arrive(&clinic.patient, first.id, 0);
    arrive(&second, next.id, 1);
    arrive(&clinic.staff, elsewhere.id, 2);
    let lobby = |who: &Ctx| {
        let (rev, inside) = clinic.run(|conn| appointments::lobby(conn, who));
        (rev, inside.iter().map(|one| one.id).collect::<Vec<_>>())
    };
    assert_eq!(lobby(&clinic.doctor), (3, vec![first.id, next.id]));
    assert_eq!(
        lobby(&clinic.staff),
        (3, vec![first.id, next.id, elsewhere.id])
    );
    let doctor = at_time(&clinic.doctor, ten);
    clinic.run(|conn| appointments::admit(conn, &doctor, first.id));
    clinic.run(|conn| appointments::leave_lobby(conn, &second, next.id));
    assert_eq!(lobby(&clinic.doctor), (5, vec![first.id]));
    clinic.run(|conn| appointments::finish(conn, &doctor, first.id));
    assert_eq!(lobby(&clinic.doctor), (6, vec![]));
    // A booking or cancellation outside the lobby is no change of it.
    let later = clinic.booked(ten.plus_minutes(120));
    clinic.run(|conn| appointments::cancel(conn, &clinic.patient, later.id, None));
    assert_eq!(lobby(&clinic.doctor).0, 6);
}

fn a_leg_keeps_its_epoch_when_it_resumes_and_another_takes_over(db: &TestDb) {
    let clinic = Clinic::new(db);
    let visit = clinic.in_call(tuesday_ten());
    let leg = || LegId(uuid::Uuid::new_v4());
    let try_join =
        |who: &Ctx, leg, resume| clinic.run(|conn| calls::join(conn, who, visit.id, leg, resume));
    let join = |who: &Ctx, leg, resume| try_join(who, leg, resume).unwrap();
    let first = join(&clinic.patient, leg(), None);
    assert_eq!(first.epoch, 1);
    let resumed = join(&clinic.patient, leg(), Some((first.leg, 1)));
    assert_eq!((resumed.leg, resumed.epoch), (first.leg, 1));
    let tablet = leg();
    let taken = join(&clinic.patient, tablet, None);
    assert_eq!((taken.leg, taken.epoch), (tablet, 2));
    // The phone that was replaced stays out until its owner takes the call back.
    assert_eq!(try_join(&clinic.patient, leg(), Some((first.leg, 1))), None);
    assert_eq!(join(&clinic.patient, leg(), None).epoch, 3);
    assert_eq!(join(&clinic.doctor, leg(), None).epoch, 1);
    let refused = |who: &Ctx| clinic.try_run(|conn| calls::join(conn, who, visit.id, leg(), None));
    assert!(matches!(refused(&clinic.staff), Err(StoreError::Forbidden)));
    assert!(matches!(
        refused(&clinic.new_doctor()),
        Err(StoreError::NotFound)
    ));
    clinic.run(|conn| appointments::finish(conn, &clinic.doctor, visit.id));
    assert!(matches!(
        refused(&clinic.patient),
        Err(StoreError::Illegal(_))
    ));
}

fn two_who_change_the_same_visit_do_not_overwrite_each_other(db: &TestDb) {
    let clinic = Clinic::new(db);
    let id = clinic.booked(tuesday_ten()).id;
    let steps = [
        Transition::Cancel,
        Transition::Arrive,
        Transition::MarkNoShow,
    ];
    let done: Vec<_> = std::thread::scope(|scope| {
        let tasks: Vec<_> = steps
            .into_iter()
            .map(|step| {
                scope.spawn({
                    let clinic = &clinic;
                    move || take(clinic, step, id)
                })
            })
            .collect();
        tasks.into_iter().map(|task| task.join().unwrap()).collect()
    });
    let taken = done.iter().filter(|result| result.is_ok()).count();
    let stored = clinic.read(&clinic.staff, id);
    // Arriving may still be followed by cancelling; nothing else fits together.
    assert_eq!(
        stored.version,
        1 + i64::try_from(taken).unwrap(),
        "{done:?}"
    );
    assert!(taken == 1 || (taken == 2 && stored.state == AppointmentState::Cancelled));
}

on_both!(
    the_store_allows_what_the_state_machine_allows,
    nobody_waits_for_hours_or_misses_a_visit_to_come,
    the_lobby_shows_who_waits_in_order_and_counts_changes,
    a_leg_keeps_its_epoch_when_it_resumes_and_another_takes_over,
    two_who_change_the_same_visit_do_not_overwrite_each_other,
);
