//! A change of hours that leaves booked visits outside of them is asked about first.

use visita_domain::availability::ExceptionKind;
use visita_domain::{AppointmentId, TimeRange, Weekday};
use visita_store::availability::{self, IfStranded, RuleInput};
use visita_store::{Ctx, StoreError, appointments};
use visita_testkit::TestDb;

use crate::clinic::{Clinic, at_time, booking, booking_for, doctor_id, now, tuesday_ten};

fn rules(from: &str, until: &str) -> Vec<RuleInput> {
    let rule = |weekday| RuleInput {
        weekday,
        from: from.parse().unwrap(),
        until: until.parse().unwrap(),
        valid_from: None,
        valid_until: None,
    };
    Weekday::ALL.map(rule).to_vec()
}

fn replace(
    clinic: &Clinic,
    who: &Ctx,
    hours: (&str, &str),
    booked: IfStranded,
) -> Result<(), StoreError> {
    let (doctor, rules) = (doctor_id(&clinic.doctor), rules(hours.0, hours.1));
    clinic
        .try_run(|conn| availability::replace_rules(conn, who, doctor, &rules, booked))
        .map(drop)
}

fn stranded<T: std::fmt::Debug>(result: Result<T, StoreError>) -> Vec<AppointmentId> {
    match result {
        Err(StoreError::VisitsStranded(visits)) => visits.iter().map(|visit| visit.id).collect(),
        other => panic!("nothing is stranded: {other:?}"),
    }
}

fn hours(clinic: &Clinic) -> Vec<String> {
    let (_, found) =
        clinic.run(|conn| availability::get(conn, &clinic.doctor, doctor_id(&clinic.doctor)));
    found
        .rules
        .iter()
        .map(|rule| format!("{}-{}", rule.from, rule.until))
        .collect()
}

fn listed(db: &TestDb) -> i64 {
    let count = "(SELECT count(*) FROM audit_events WHERE action = 'appointment.listed')";
    db.raw().number(count).unwrap()
}

fn shorter_hours_name_the_visits_that_they_leave_outside(db: &TestDb) {
    let clinic = Clinic::new(db);
    let ten = clinic.booked(tuesday_ten());
    let noon = clinic.booked(tuesday_ten().plus_minutes(120));
    let cancelled = clinic.booked(tuesday_ten().plus_minutes(30));
    clinic.run(|conn| appointments::cancel(conn, &clinic.patient, cancelled.id, None));
    let (before, events) = (hours(&clinic), listed(db));
    // Half of a visit is not enough.
    let asked = replace(&clinic, &clinic.doctor, ("09:00", "12:15"), IfStranded::Ask);
    assert_eq!(stranded(asked), [noon.id]);
    let asked = replace(&clinic, &clinic.staff, ("13:00", "17:00"), IfStranded::Ask);
    assert_eq!(stranded(asked), [ten.id, noon.id]);
    assert_eq!(hours(&clinic), before, "nothing changed");
    assert_eq!(listed(db), events + 2, "who was told of them has read them");
    replace(&clinic, &clinic.doctor, ("10:00", "12:30"), IfStranded::Ask).unwrap();
    replace(
        &clinic,
        &clinic.doctor,
        ("13:00", "17:00"),
        IfStranded::Keep,
    )
    .unwrap();
    assert_eq!(
        clinic.read(&clinic.doctor, ten.id),
        ten,
        "it stays as it is"
    );
    // What is outside already is not asked about again.
    replace(&clinic, &clinic.doctor, ("14:00", "17:00"), IfStranded::Ask).unwrap();
}

fn time_off_and_extra_hours_ask_too(db: &TestDb) {
    let clinic = Clinic::new(db);
    let doctor = doctor_id(&clinic.doctor);
    let (evening, length) = (tuesday_ten().plus_minutes(600), 120);
    let range = |start: visita_domain::Ts, minutes| {
        TimeRange::new(start, start.plus_minutes(minutes)).unwrap()
    };
    let add = |kind, range, booked| {
        clinic.try_run(|conn| {
            availability::add_exception(conn, &clinic.doctor, doctor, kind, range, booked)
        })
    };
    let extra = add(
        ExceptionKind::ExtraHours,
        range(evening, length),
        IfStranded::Ask,
    )
    .unwrap();
    let late = clinic.booked(evening);
    let morning = clinic.booked(tuesday_ten());
    let off = range(tuesday_ten().plus_minutes(15), 60);
    let asked = add(ExceptionKind::TimeOff, off, IfStranded::Ask);
    assert_eq!(stranded(asked), [morning.id]);
    let remove = |booked| {
        clinic.try_run(|conn| {
            availability::remove_exception(conn, &clinic.doctor, doctor, extra.id, booked)
        })
    };
    assert_eq!(stranded(remove(IfStranded::Ask)), [late.id]);
    let count = || {
        let (_, found) = clinic.run(|conn| availability::get(conn, &clinic.doctor, doctor));
        found.exceptions.len()
    };
    assert_eq!(count(), 1);
    remove(IfStranded::Keep).unwrap();
    add(ExceptionKind::TimeOff, off, IfStranded::Keep).unwrap();
    assert_eq!(count(), 1);
}

fn visits_booked_outside_on_purpose_or_long_past_are_not_asked_about(db: &TestDb) {
    let clinic = Clinic::new(db);
    let mut outside = booking_for(
        &clinic.doctor,
        &clinic.patient,
        tuesday_ten().plus_minutes(660),
    );
    outside.overbook_reason = Some("only then".to_owned());
    clinic.book(&clinic.staff, &outside).unwrap();
    clinic.booked(tuesday_ten());
    let other = clinic.new_doctor();
    let third = clinic.person(visita_domain::people::Role::Patient);
    clinic
        .book(&third, &booking(&other, tuesday_ten()))
        .unwrap();
    let later = at_time(&clinic.doctor, now().plus_days(2));
    replace(&clinic, &later, ("13:00", "14:00"), IfStranded::Ask).unwrap();
}

on_both!(
    shorter_hours_name_the_visits_that_they_leave_outside,
    time_off_and_extra_hours_ask_too,
    visits_booked_outside_on_purpose_or_long_past_are_not_asked_about,
);
