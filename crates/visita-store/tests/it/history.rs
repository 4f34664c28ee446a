//! Whatever is done to an appointment, its history says what it became and who did it.

use visita_domain::appointment::{Appointment, ChangeKind};
use visita_domain::people::Role;
use visita_domain::{AppointmentId, DoctorId, Ts, UserId};
use visita_store::appointments::{self, Change, Hold, Move};
use visita_store::{Ctx, StoreError};
use visita_testkit::TestDb;

use crate::clinic::{Clinic, at_time, doctor_id, now, patient_id, to_time, tuesday_ten};
use crate::timers;

/// What a change says: kind, version, when, who, and the time and doctor from then on.
pub type Line = (
    ChangeKind,
    i64,
    Ts,
    Option<UserId>,
    Option<Ts>,
    Option<DoctorId>,
);

pub fn lines(changes: &[Change]) -> Vec<Line> {
    changes
        .iter()
        .map(|change| {
            (
                change.kind,
                change.version,
                change.at,
                change.by.as_ref().map(|(id, ..)| *id),
                change.starts_at,
                change.doctor.as_ref().map(|(id, _)| *id),
            )
        })
        .collect()
}

pub fn history(clinic: &Clinic, who: &Ctx, id: AppointmentId) -> Vec<Change> {
    clinic.run(|conn| appointments::history(conn, who, id))
}

/// The line that an operation of `who` must leave, which made this of the appointment.
pub fn left_by(who: &Ctx, kind: ChangeKind, made: &Appointment) -> Line {
    (
        kind,
        made.version,
        who.now,
        Some(who.actor.user_id),
        Some(made.range.start()),
        Some(made.doctor_id),
    )
}

fn every_step_of_a_visit_leaves_its_line(db: &TestDb) {
    use ChangeKind::{Admitted, Arrived, Booked, Finished, Held, Left, Moved};
    let clinic = Clinic::new(db);
    let colleague = clinic.new_doctor();
    let mut expected = Vec::new();
    let wish = Hold {
        doctor_id: doctor_id(&clinic.doctor),
        starts_at: tuesday_ten(),
        patient_id: None,
    };
    let held = clinic.run(|conn| appointments::hold(conn, &clinic.patient, &wish));
    expected.push(left_by(&clinic.patient, Held, &held));
    let id = held.id;
    let confirming = at_time(&clinic.patient, now().plus_minutes(1));
    let booked = clinic.run(|conn| appointments::confirm(conn, &confirming, id, "cough"));
    expected.push(left_by(&confirming, Booked, &booked));
    // Another time and another doctor at once are one version, and one line.
    let both = Move {
        doctor_id: Some(doctor_id(&colleague)),
        ..to_time(tuesday_ten().plus_minutes(90))
    };
    let moved = clinic.run(|conn| {
        appointments::reschedule(conn, &clinic.staff, id, booked.version, &both)
            .map(|moved| moved.appointment)
    });
    expected.push(left_by(&clinic.staff, Moved, &moved));
    let late = moved.range.start();
    let (patient, doctor) = (at_time(&clinic.patient, late), at_time(&colleague, late));
    let arrived = clinic.run(|conn| appointments::arrive(conn, &patient, id));
    expected.push(left_by(&patient, Arrived, &arrived));
    // Arriving again changes nothing, and so leaves nothing.
    clinic.run(|conn| appointments::arrive(conn, &patient, id));
    let gone = clinic.run(|conn| appointments::leave_lobby(conn, &patient, id));
    expected.push(left_by(&patient, Left, &gone));
    let back = clinic.run(|conn| appointments::arrive(conn, &patient, id));
    expected.push(left_by(&patient, Arrived, &back));
    let admitted = clinic.run(|conn| appointments::admit(conn, &doctor, id));
    expected.push(left_by(&doctor, Admitted, &admitted));
    let finished = clinic.run(|conn| appointments::finish(conn, &doctor, id));
    expected.push(left_by(&doctor, Finished, &finished));
    for who in [&clinic.patient, &clinic.staff, &colleague] {
        let found = history(&clinic, who, id);
        assert_eq!(lines(&found), expected);
        assert!(found.iter().all(|change| {
            change
                .by
                .as_ref()
                .is_some_and(|(_, name, _)| !name.is_empty())
                && change
                    .doctor
                    .as_ref()
                    .is_some_and(|(_, name)| !name.is_empty())
        }));
    }
    let versions: Vec<i64> = expected.iter().map(|line| line.1).collect();
    assert_eq!(versions, (1..=8).collect::<Vec<_>>());
}

fn cancelling_and_staying_away_leave_their_line(db: &TestDb) {
    let clinic = Clinic::new(db);
    let visit = clinic.booked(tuesday_ten());
    let cancelled =
        clinic.run(|conn| appointments::cancel(conn, &clinic.staff, visit.id, Some("ill")));
    assert_eq!(
        lines(&history(&clinic, &clinic.patient, visit.id)),
        [
            left_by(&clinic.patient, ChangeKind::Booked, &visit),
            left_by(&clinic.staff, ChangeKind::Cancelled, &cancelled),
        ]
    );
    let missed = clinic.booked(tuesday_ten().plus_minutes(60));
    let doctor = at_time(&clinic.doctor, missed.range.end());
    let noted = clinic.run(|conn| appointments::mark_no_show(conn, &doctor, missed.id));
    assert_eq!(
        lines(&history(&clinic, &doctor, missed.id)).last(),
        Some(&left_by(&doctor, ChangeKind::NoShow, &noted))
    );
}

fn holds_end_by_their_holder_or_by_nobody(db: &TestDb) {
    let clinic = Clinic::new(db);
    let hold = |who: &Ctx, starts_at| {
        let wish = Hold {
            doctor_id: doctor_id(&clinic.doctor),
            starts_at,
            patient_id: None,
        };
        clinic.run(|conn| appointments::hold(conn, who, &wish))
    };
    let ends = |held: &Appointment| {
        let found = history(&clinic, &clinic.staff, held.id);
        let last = found.last().map(|change| {
            let by = change.by.as_ref().map(|(id, ..)| *id);
            (change.kind, change.version, by)
        });
        (found.len(), last)
    };
    let own = Some(clinic.patient.actor.user_id);
    let first = hold(&clinic.patient, tuesday_ten());
    let second = hold(&clinic.patient, tuesday_ten().plus_minutes(30));
    assert_eq!(ends(&first), (2, Some((ChangeKind::Released, 2, own))));
    clinic.run(|conn| appointments::cancel(conn, &clinic.patient, second.id, None));
    assert_eq!(ends(&second), (2, Some((ChangeKind::Released, 2, own))));
    // Somebody else comes upon a hold that ran out, and is not named in it.
    let third = hold(&clinic.patient, tuesday_ten());
    let other = at_time(&clinic.person(Role::Patient), now().plus_minutes(11));
    hold(&other, tuesday_ten());
    assert_eq!(ends(&third), (2, Some((ChangeKind::Released, 2, None))));
}

/// The line that is left when nobody did anything.
pub fn left_by_itself(at: Ts, kind: ChangeKind, made: &Appointment) -> Line {
    (
        kind,
        made.version,
        at,
        None,
        Some(made.range.start()),
        Some(made.doctor_id),
    )
}

fn what_happens_by_itself_names_nobody(db: &TestDb) {
    let clinic = Clinic::new(db);
    let visit = clinic.booked(tuesday_ten());
    let late = visit.range.end().plus_minutes(60);
    let missed = timers::fire(&clinic, late).missed;
    let [noted] = &missed[..] else {
        panic!("{} missed", missed.len())
    };
    assert_eq!(
        lines(&history(&clinic, &clinic.patient, visit.id)),
        [
            left_by(&clinic.patient, ChangeKind::Booked, &visit),
            left_by_itself(late, ChangeKind::NoShow, noted),
        ]
    );
    let hold = |starts_at| {
        let wish = Hold {
            doctor_id: doctor_id(&clinic.doctor),
            starts_at,
            patient_id: None,
        };
        let who = clinic.person(Role::Patient);
        clinic.run(|conn| appointments::hold(conn, &who, &wish))
    };
    let held = [60, 120].map(|minutes| hold(tuesday_ten().plus_minutes(minutes)));
    let over = now().plus_minutes(11);
    let release = |conn: &mut _| appointments::release_over(conn, clinic.hospital, over, 9);
    assert_eq!(clinic.run(release), held.len());
    for before in &held {
        let ended = clinic.read(&clinic.staff, before.id);
        assert_eq!(
            lines(&history(&clinic, &clinic.staff, before.id)).last(),
            Some(&left_by_itself(over, ChangeKind::Released, &ended))
        );
    }
}

fn what_was_refused_leaves_nothing(db: &TestDb) {
    let clinic = Clinic::new(db);
    let visit = clinic.booked(tuesday_ten());
    let other = clinic.person(Role::Patient);
    clinic.booked_between(&clinic.doctor, &other, tuesday_ten().plus_minutes(30));
    let taken = to_time(tuesday_ten().plus_minutes(30));
    for (version, to) in [(1, &taken), (7, &to_time(tuesday_ten().plus_minutes(90)))] {
        let refused = clinic
            .try_run(|conn| appointments::reschedule(conn, &clinic.doctor, visit.id, version, to));
        assert!(refused.is_err());
    }
    assert_eq!(history(&clinic, &clinic.doctor, visit.id).len(), 1);
}

fn a_history_is_for_whoever_may_read_the_visit(db: &TestDb) {
    let clinic = Clinic::new(db);
    let visit = clinic.booked(tuesday_ten());
    let strangers = [
        (clinic.person(Role::Patient), false),
        (clinic.new_doctor(), false),
        (clinic.next().staff, false),
        (clinic.admin, true),
    ];
    for (who, never) in strangers {
        let refused = clinic.try_run(|conn| appointments::history(conn, &who, visit.id));
        match refused {
            Err(StoreError::Forbidden) => assert!(never, "{:?}", who.actor.role),
            Err(StoreError::NotFound) => assert!(!never, "{:?}", who.actor.role),
            _ => panic!("{:?} read it", who.actor.role),
        }
    }
    history(&clinic, &clinic.staff, visit.id);
    let page = visita_store::PageQuery::default();
    let of_patient = visita_store::audit::AuditFilter {
        patient_id: Some(patient_id(&clinic.patient)),
        actor_id: Some(clinic.staff.actor.user_id),
        ..visita_store::audit::AuditFilter::default()
    };
    let trail = clinic
        .run(|conn| visita_store::audit::list(conn, &clinic.staff, &of_patient, &page))
        .items;
    assert_eq!(
        trail
            .iter()
            .map(|line| line.event.action.as_str())
            .collect::<Vec<_>>(),
        ["appointment.read"]
    );
}

fn what_happened_cannot_be_rewritten(db: &TestDb) {
    let clinic = Clinic::new(db);
    clinic.booked(tuesday_ten());
    let mut raw = db.raw();
    for statement in [
        "UPDATE appointment_changes SET kind = 'cancelled'",
        "DELETE FROM appointment_changes",
    ] {
        let refused = raw.run(statement).unwrap_err().to_string();
        assert!(refused.contains("append-only"), "{refused}");
    }
}

on_both!(
    every_step_of_a_visit_leaves_its_line,
    cancelling_and_staying_away_leave_their_line,
    holds_end_by_their_holder_or_by_nobody,
    what_happens_by_itself_names_nobody,
    what_was_refused_leaves_nothing,
    a_history_is_for_whoever_may_read_the_visit,
    what_happened_cannot_be_rewritten,
);
