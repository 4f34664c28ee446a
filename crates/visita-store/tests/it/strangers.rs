//! Whatever one hospital's people ask for, another's rows stay as they are and out of the
//! answers: random operations with random ids of both.

use std::cell::Cell;

use proptest::prelude::*;
use uuid::Uuid;
use visita_domain::appointment::Appointment;
use visita_domain::availability::ExceptionKind;
use visita_domain::people::{DoctorOrder, PatientOrder, UserOrder};
use visita_domain::{LegId, TimeRange};
use visita_store::appointments::{AppointmentFilter, Booking, Hold, Move, Order};
use visita_store::audit::{self, AuditFilter};
use visita_store::availability::IfStranded;
use visita_store::chat::{Outgoing, Window};
use visita_store::documents::{self, DocumentFilter, NewDocument};
use visita_store::people::{
    self, DoctorChanges, DoctorFilter, HospitalChanges, PatientChanges, PatientFilter, UserChanges,
    UserFilter,
};
use visita_store::{
    AnyConn, Ctx, PageQuery, StoreError, appointments, auth, availability, calls, chat,
};
use visita_testkit::TestDb;

use crate::clinic::{Clinic, at_time, booking, booking_for, now, to_time, tuesday_ten, words};
use crate::documents::scan;
use crate::filled::{Ids, fill, owned_by, rows_of};

/// Ids in an answer.
type Answer = Result<Vec<Uuid>, StoreError>;
type Operation = fn(&mut AnyConn, &Ctx, &Ids) -> Answer;

fn of_visit(visit: &Appointment) -> Vec<Uuid> {
    vec![
        visit.id.0,
        visit.hospital_id.0,
        visit.doctor_id.0,
        visit.patient_id.0,
        visit.conversation_id.0,
    ]
}

fn page() -> PageQuery {
    PageQuery {
        limit: 100,
        ..PageQuery::default()
    }
}

const PEOPLE: [Operation; 13] = [
    |c, who, ids| people::get_user(c, who, ids.user).map(|found| vec![found.user.id.0]),
    |c, who, ids| {
        let changes = UserChanges {
            name: Some("Mallory".to_owned()),
            ..UserChanges::default()
        };
        people::change_user(c, who, ids.user, &changes).map(|(found, _)| vec![found.user.id.0])
    },
    |c, who, ids| {
        let filter = UserFilter {
            hospital_id: Some(ids.hospital),
            ..UserFilter::default()
        };
        let found = people::list_users(c, who, &filter, UserOrder::default(), &page())?;
        Ok(found.items.iter().map(|one| one.user.id.0).collect())
    },
    |c, who, ids| {
        let changes = HospitalChanges {
            phone: Some("1".to_owned()),
            ..HospitalChanges::default()
        };
        people::change_hospital(c, who, ids.hospital, &changes).map(|found| vec![found.id.0])
    },
    |c, who, ids| people::get_doctor(c, who, ids.doctor).map(|found| vec![found.id.0]),
    |c, who, ids| {
        let changes = DoctorChanges {
            biography: Some("x".to_owned()),
            ..DoctorChanges::default()
        };
        people::change_doctor(c, who, ids.doctor, &changes).map(|found| vec![found.id.0])
    },
    |c, who, _| {
        let found = people::list_doctors(
            c,
            who,
            &DoctorFilter::default(),
            DoctorOrder::default(),
            &page(),
        )?;
        Ok(found.items.iter().map(|one| one.id.0).collect())
    },
    |c, who, ids| people::get_patient(c, who, ids.patient).map(|found| vec![found.id.0]),
    |c, who, ids| {
        let changes = PatientChanges {
            phone: Some("2".to_owned()),
            ..PatientChanges::default()
        };
        people::change_patient(c, who, ids.patient, &changes).map(|found| vec![found.id.0])
    },
    |c, who, _| {
        let found = people::list_patients(
            c,
            who,
            &PatientFilter::default(),
            PatientOrder::default(),
            &page(),
        )?;
        Ok(found.items.iter().map(|one| one.id.0).collect())
    },
    |c, who, ids| {
        let filter = AuditFilter {
            hospital_id: Some(ids.hospital),
            ..AuditFilter::default()
        };
        of_trail(&audit::list(c, who, &filter, &page())?.items)
    },
    |c, who, ids| {
        let filter = AuditFilter {
            patient_id: Some(ids.patient),
            actor_id: Some(ids.user),
            ..AuditFilter::default()
        };
        of_trail(&audit::export(c, who, &filter)?)
    },
    |c, who, _| auth::end_other_sessions(c, who).map(|ended| ended.iter().map(|id| id.0).collect()),
];

/// The ids of events, and who did them. What somebody asked for in vain stands there as it
/// was asked, so subjects say nothing.
fn of_trail(lines: &[audit::AuditLine]) -> Answer {
    Ok(lines
        .iter()
        .flat_map(|line| [Some(line.event.id.0), line.event.actor_id.map(|id| id.0)])
        .flatten()
        .collect())
}

const CALENDAR: [Operation; 18] = [
    |c, who, ids| availability::get(c, who, ids.doctor).map(|(_, found)| ids_of_rules(&found)),
    |c, who, ids| {
        availability::replace_rules(c, who, ids.doctor, &[], IfStranded::Keep)
            .map(|(_, found)| ids_of_rules(&found))
    },
    |c, who, ids| {
        let day = TimeRange::new(now().plus_days(20), now().plus_days(21))
            .map_err(|_| StoreError::InvalidTime("a day"))?;
        let kind = ExceptionKind::TimeOff;
        availability::add_exception(c, who, ids.doctor, kind, day, IfStranded::Keep)
            .map(|made| vec![made.id.0])
    },
    |c, who, ids| {
        availability::remove_exception(c, who, ids.doctor, ids.exception, IfStranded::Keep)
            .map(|()| Vec::new())
    },
    |c, who, ids| {
        let visit = Booking {
            patient_id: Some(ids.patient),
            ..booking(who, tuesday_ten().plus_days(1))
        };
        appointments::book(c, who, &visit).map(|booked| of_visit(&booked.appointment))
    },
    |c, who, ids| {
        let visit = Booking {
            doctor_id: ids.doctor,
            overbook_reason: Some("urgent".to_owned()),
            ..booking_for(who, who, tuesday_ten().plus_days(2))
        };
        appointments::book(c, who, &visit).map(|booked| of_visit(&booked.appointment))
    },
    |c, who, ids| appointments::get(c, who, ids.visit).map(|found| of_visit(&found)),
    |c, who, ids| {
        let found = appointments::history(c, who, ids.visit)?;
        let ids = |change: &appointments::Change| {
            let by = change.by.as_ref().map(|(id, ..)| id.0);
            [by, change.doctor.as_ref().map(|(id, _)| id.0)]
        };
        Ok(found.iter().flat_map(ids).flatten().collect())
    },
    |c, who, ids| {
        let filter = AppointmentFilter {
            doctor_id: Some(ids.doctor),
            ..AppointmentFilter::default()
        };
        let found = appointments::list(c, who, &filter, Order::Ascending, &page())?;
        Ok(found.items.iter().flat_map(of_visit).collect())
    },
    |c, who, ids| {
        let start = tuesday_ten().plus_days(3);
        appointments::reschedule(c, who, ids.visit, 1, &to_time(start))
            .map(|moved| of_visit(&moved.appointment))
    },
    |c, who, ids| {
        let colleague = Move {
            doctor_id: Some(ids.doctor),
            ..Move::default()
        };
        appointments::reschedule(c, who, ids.visit, 1, &colleague)
            .map(|moved| of_visit(&moved.appointment))
    },
    |c, who, ids| {
        let wish = Hold {
            doctor_id: ids.doctor,
            starts_at: tuesday_ten().plus_days(4),
            patient_id: Some(ids.patient),
        };
        appointments::hold(c, who, &wish).map(|found| of_visit(&found))
    },
    |c, who, ids| appointments::confirm(c, who, ids.visit, "x").map(|found| of_visit(&found)),
    |c, who, ids| appointments::cancel(c, who, ids.visit, None).map(|found| of_visit(&found)),
    |c, who, ids| {
        let there = at_time(who, tuesday_ten());
        appointments::arrive(c, &there, ids.visit).map(|found| of_visit(&found))
    },
    |c, who, ids| appointments::admit(c, who, ids.visit).map(|found| of_visit(&found)),
    |c, who, ids| appointments::finish(c, who, ids.live).map(|found| of_visit(&found)),
    |c, who, _| {
        let (_, waiting) = appointments::lobby(c, who)?;
        Ok(waiting.iter().flat_map(of_visit).collect())
    },
];

fn ids_of_rules(found: &visita_domain::availability::Availability) -> Vec<Uuid> {
    let rules = found.rules.iter().map(|rule| rule.id.0);
    let exceptions = found.exceptions.iter().map(|one| one.id.0);
    rules.chain(exceptions).collect()
}

const TALK: [Operation; 15] = [
    |c, who, ids| {
        let leg = LegId(Uuid::from_u128(7));
        let joined = calls::join(c, who, ids.live, leg, None)?;
        Ok(joined.map_or(Vec::new(), |one| of_visit(&one.appointment)))
    },
    |c, who, ids| chat::get_conversation(c, who, ids.conversation).map(|found| vec![found.id.0]),
    |c, who, _| {
        let found = chat::list_conversations(c, who, &page())?;
        Ok(found.items.iter().map(|one| one.id.0).collect())
    },
    |c, who, ids| {
        let found = chat::messages(c, who, ids.conversation, Window::After(0), 9)?;
        Ok(found
            .items
            .iter()
            .map(|one| one.conversation_id.0)
            .collect())
    },
    |c, who, ids| {
        let found = chat::newer(c, who, ids.conversation, 0, 9)?;
        Ok(found
            .items
            .iter()
            .map(|one| one.conversation_id.0)
            .collect())
    },
    |c, who, ids| {
        chat::send(c, who, ids.conversation, &words("x"))
            .map(|sent| vec![sent.message.conversation_id.0])
    },
    |c, who, ids| {
        let shared = Outgoing {
            document_id: Some(ids.document),
            ..words("")
        };
        chat::send(c, who, ids.conversation, &shared)
            .map(|sent| vec![sent.message.conversation_id.0, ids.document.0])
    },
    |c, who, ids| chat::mark_read(c, who, ids.conversation, 9).map(|_| vec![ids.conversation.0]),
    |c, who, ids| {
        chat::members(c, who, ids.conversation).map(|all| all.iter().map(|id| id.0).collect())
    },
    |c, who, ids| {
        let found = chat::positions(c, who, &[ids.conversation])?;
        Ok(found.iter().map(|(id, _, _)| id.0).collect())
    },
    |c, who, ids| {
        let new = NewDocument {
            patient_id: Some(ids.patient),
            appointment_id: Some(ids.visit),
            ..scan()
        };
        documents::announce(c, who, &new).map(|made| vec![made.id.0, made.patient_id.0])
    },
    |c, who, ids| {
        documents::mark_stored(c, who, ids.pending, 1, &"a".repeat(64))
            .map(|found| vec![found.id.0])
    },
    |c, who, ids| documents::for_download(c, who, ids.document).map(|found| vec![found.id.0]),
    |c, who, ids| {
        let filter = DocumentFilter {
            patient_id: Some(ids.patient),
            ..DocumentFilter::default()
        };
        let found = documents::list(c, who, &filter, &page())?;
        Ok(found.items.iter().map(|one| one.id.0).collect())
    },
    |c, who, ids| documents::delete(c, who, ids.document).map(|_| vec![ids.document.0]),
];

/// Each id from one hospital or the other, by the bits of `mix`.
fn mixed(home: &Ids, away: &Ids, mix: u16) -> Ids {
    macro_rules! pick {
        ($($bit:literal $field:ident),*) => {
            Ids { $($field: if mix >> $bit & 1 == 0 { away.$field } else { home.$field }),* }
        };
    }
    pick!(0 hospital, 1 user, 2 doctor, 3 patient, 4 visit, 5 live, 6 conversation, 7 document,
        8 pending, 9 exception)
}

/// Every id that occurs in the other hospital's rows.
fn ids_in(db: &TestDb, of: &Clinic) -> Vec<Uuid> {
    let mut found = Vec::new();
    let sqlite = db.url().starts_with("sqlite:");
    let mut raw = db.raw();
    for owned in owned_by(db, of.hospital) {
        for row in owned.dump(db, &mut raw) {
            let parts = row.split(|c: char| !(c.is_ascii_hexdigit() || (c == '-' && !sqlite)));
            found.extend(
                parts
                    .filter(|part| part.len() >= 32)
                    .filter_map(|part| Uuid::try_parse(part).ok()),
            );
        }
    }
    // The platform's people act in every hospital.
    found.retain(|id| *id != of.admin.actor.user_id.0);
    assert!(found.len() > 50, "the rows have ids");
    found
}

fn r50_no_operation_of_one_hospital_touches_another(db: &TestDb) {
    let home = Clinic::new(db);
    let away = home.next();
    let (own, foreign) = (fill(&home, 1), fill(&away, 2));
    let before = rows_of(db, away.hospital);
    let theirs = ids_in(db, &away);
    let operations: Vec<Operation> = [&PEOPLE[..], &CALENDAR, &TALK].concat();
    // Every operation with nothing but the other's ids, then at random.
    let answered = Cell::new(0);
    let ask = |n: usize, role: usize, ids: &Ids| {
        let who = [&home.staff, &home.doctor, &home.patient][role % 3];
        if let Ok(answer) = home.try_run(|conn| operations[n](conn, who, ids)) {
            answered.set(answered.get() + usize::from(!answer.is_empty()));
            assert!(
                answer.iter().all(|id| !theirs.contains(id)),
                "operation {n} gives {:?} ids of another hospital",
                who.actor.role
            );
        }
    };
    for n in 0..operations.len() {
        for role in 0..3 {
            ask(n, role, &foreign);
        }
    }
    assert_eq!(rows_of(db, away.hospital), before);
    let step = (0..operations.len(), 0..3_usize, any::<u16>());
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(200));
    runner
        .run(&step, |(n, role, mix)| {
            ask(n, role, &mixed(&own, &foreign, mix));
            Ok(())
        })
        .unwrap();
    assert_eq!(rows_of(db, away.hospital), before);
    assert!(answered.get() > 20, "own ids are answered: {answered:?}");
}

on_both!(r50_no_operation_of_one_hospital_touches_another);
