//! Who did what: one event for each, in the same transaction, for ever.

use uuid::Uuid;
use visita_domain::audit::{AuditAction as A, AuditEvent};
use visita_domain::availability::ExceptionKind;
use visita_domain::people::{PatientOrder, Role};
use visita_domain::{LegId, TimeRange};
use visita_store::appointments::{AppointmentFilter, Order};
use visita_store::availability::IfStranded;
use visita_store::chat::Window;
use visita_store::documents::{self, DocumentFilter};
use visita_store::people::{self, DoctorChanges, HospitalChanges, MeChanges, PatientChanges};
use visita_store::{
    AnyConn, Ctx, PageQuery, StoreError, appointments, audit, auth, availability, calls, chat,
    dashboard,
};
use visita_testkit::TestDb;

use crate::clinic::{
    Clinic, at_time, booking, doctor_id, now, patient_id, to_time, tuesday_ten, words,
};
use crate::documents::{scan, stored};

struct Trail<'a> {
    clinic: &'a Clinic,
}

impl Trail<'_> {
    fn events(&self) -> Vec<AuditEvent> {
        let hospital = Some(self.clinic.hospital);
        self.clinic.run(|conn| audit::newest(conn, hospital, 1000))
    }

    /// Runs an operation and says that it left exactly that event, of that actor.
    fn leaves<T>(
        &self,
        who: &Ctx,
        action: A,
        f: impl FnOnce(&mut AnyConn) -> Result<T, StoreError>,
    ) -> T {
        let before = self.events();
        let result = self.clinic.run(f);
        let mut new = self.events();
        new.retain(|event| !before.contains(event));
        assert_eq!(new.len(), 1, "{action:?}");
        let event = &new[0];
        assert_eq!(
            (event.action, event.actor_id),
            (action, Some(who.actor.user_id))
        );
        assert_eq!(event.request_id, who.request_id);
        result
    }
}

fn every_operation_leaves_its_event(db: &TestDb) {
    let clinic = Clinic::new(db);
    let trail = Trail { clinic: &clinic };
    let (staff, doctor, patient) = (clinic.staff, clinic.doctor, clinic.patient);
    let (d, p) = (doctor_id(&doctor), patient_id(&patient));
    let page = PageQuery::default();
    let visit = trail
        .leaves(&patient, A::AppointmentBooked, |conn| {
            appointments::book(conn, &patient, &booking(&doctor, tuesday_ten()))
        })
        .appointment;
    let (id, talk) = (visit.id, visit.conversation_id);
    let live = at_time(&patient, tuesday_ten());
    let doctor_live = at_time(&doctor, tuesday_ten());
    trail.leaves(&patient, A::AppointmentRead, |conn| {
        appointments::get(conn, &patient, id)
    });
    trail.leaves(&doctor, A::AppointmentsListed, |conn| {
        appointments::list(
            conn,
            &doctor,
            &AppointmentFilter::default(),
            Order::Ascending,
            &page,
        )
    });
    trail.leaves(&patient, A::AppointmentRescheduled, |conn| {
        appointments::reschedule(
            conn,
            &patient,
            id,
            1,
            &to_time(tuesday_ten().plus_minutes(30)),
        )
    });
    let wish = appointments::Hold {
        doctor_id: doctor_id(&doctor),
        starts_at: tuesday_ten().plus_minutes(120),
        patient_id: None,
    };
    let held = trail.leaves(&patient, A::AppointmentHeld, |conn| {
        appointments::hold(conn, &patient, &wish)
    });
    trail.leaves(&patient, A::AppointmentHoldReleased, |conn| {
        appointments::cancel(conn, &patient, held.id, None)
    });
    let again = trail.leaves(&patient, A::AppointmentHeld, |conn| {
        appointments::hold(conn, &patient, &wish)
    });
    trail.leaves(&patient, A::AppointmentBooked, |conn| {
        appointments::confirm(conn, &patient, again.id, "cough")
    });
    let colleague = appointments::Move {
        doctor_id: Some(doctor_id(&clinic.new_doctor())),
        ..appointments::Move::default()
    };
    trail.leaves(&clinic.staff, A::AppointmentReassigned, |conn| {
        appointments::reschedule(conn, &clinic.staff, again.id, 2, &colleague)
    });
    trail.leaves(&live, A::AppointmentArrived, |conn| {
        appointments::arrive(conn, &live, id)
    });
    trail.leaves(&live, A::AppointmentLeft, |conn| {
        appointments::leave_lobby(conn, &live, id)
    });
    trail.leaves(&live, A::AppointmentArrived, |conn| {
        appointments::arrive(conn, &live, id)
    });
    trail.leaves(&doctor, A::LobbyRead, |conn| {
        appointments::lobby(conn, &doctor)
    });
    trail.leaves(&doctor_live, A::AppointmentAdmitted, |conn| {
        appointments::admit(conn, &doctor_live, id)
    });
    let leg = LegId(uuid::Uuid::new_v4());
    trail.leaves(&patient, A::CallJoined, |conn| {
        calls::join(conn, &patient, id, leg, None)
    });
    trail.leaves(&patient, A::MessageSent, |conn| {
        chat::send(conn, &patient, talk, &words("hi"))
    });
    trail.leaves(&doctor, A::MessagesRead, |conn| {
        chat::messages(conn, &doctor, talk, Window::After(0), 10)
    });
    trail.leaves(&doctor, A::ConversationsListed, |conn| {
        chat::list_conversations(conn, &doctor, &page)
    });
    trail.leaves(&doctor_live, A::AppointmentFinished, |conn| {
        appointments::finish(conn, &doctor_live, id)
    });
    let paper = trail.leaves(&patient, A::DocumentAnnounced, |conn| {
        documents::announce(conn, &patient, &scan())
    });
    trail.leaves(&patient, A::DocumentStored, |conn| {
        documents::mark_stored(conn, &patient, paper.id, 9, &"a".repeat(64))
    });
    trail.leaves(&doctor, A::DocumentsListed, |conn| {
        documents::list(conn, &doctor, &DocumentFilter::default(), &page)
    });
    trail.leaves(&doctor, A::DocumentRead, |conn| {
        documents::get(conn, &doctor, paper.id)
    });
    trail.leaves(&doctor, A::DocumentDownloaded, |conn| {
        documents::for_download(conn, &doctor, paper.id)
    });
    trail.leaves(&patient, A::DocumentDeleted, |conn| {
        documents::delete(conn, &patient, paper.id)
    });
    trail.leaves(&doctor, A::PatientRead, |conn| {
        people::get_patient(conn, &doctor, p)
    });
    trail.leaves(&doctor, A::PatientsListed, |conn| {
        people::list_patients(
            conn,
            &doctor,
            &Default::default(),
            PatientOrder::Name,
            &page,
        )
    });
    trail.leaves(&patient, A::PatientChanged, |conn| {
        people::change_patient(conn, &patient, p, &PatientChanges::default())
    });
    trail.leaves(&doctor, A::DoctorChanged, |conn| {
        people::change_doctor(conn, &doctor, d, &DoctorChanges::default())
    });
    trail.leaves(&staff, A::HospitalChanged, |conn| {
        people::change_hospital(conn, &staff, clinic.hospital, &HospitalChanges::default())
    });
    trail.leaves(&patient, A::UserChanged, |conn| {
        people::change_me(conn, &patient, &MeChanges::default())
    });
    trail.leaves(&patient, A::PasswordChanged, |conn| {
        auth::change_password(conn, &patient, "hash")
    });
    let range = TimeRange::new(now().plus_minutes(1), now().plus_minutes(2)).unwrap();
    trail.leaves(&doctor, A::AvailabilityChanged, |conn| {
        availability::add_exception(
            conn,
            &doctor,
            d,
            ExceptionKind::TimeOff,
            range,
            IfStranded::Keep,
        )
    });
    trail.leaves(&patient, A::DashboardRead, |conn| {
        dashboard::load(conn, &patient)
    });
}

fn what_did_not_happen_leaves_nothing(db: &TestDb) {
    let clinic = Clinic::new(db);
    clinic.booked(tuesday_ten());
    let stranger = clinic.person(Role::Patient);
    let trail = Trail { clinic: &clinic };
    let before = trail.events();
    assert!(
        clinic
            .book(&stranger, &booking(&clinic.doctor, tuesday_ten()))
            .is_err()
    );
    let messages = "(SELECT count(*) FROM messages)";
    assert_eq!(db.raw().number(messages).unwrap(), 1);
    assert_eq!(trail.events(), before);
}

fn events_cannot_be_changed_or_removed(db: &TestDb) {
    let clinic = Clinic::new(db);
    stored(&clinic, &clinic.patient);
    let mut statements = vec![
        "UPDATE audit_events SET action = 'nothing.at_all'",
        "DELETE FROM audit_events",
    ];
    if db.url().starts_with("postgres") {
        statements.push("TRUNCATE audit_events");
    }
    for statement in statements {
        let refused = db.raw().run(statement).unwrap_err().to_string();
        assert!(refused.contains("append-only"), "{refused}");
    }
}

fn nothing_is_written_when_its_event_cannot_be(db: &TestDb) {
    let clinic = Clinic::new(db);
    let visit = clinic.booked(tuesday_ten());
    db.raw()
        .run("ALTER TABLE audit_events RENAME TO elsewhere")
        .unwrap();
    let cancelled =
        clinic.try_run(|conn| appointments::cancel(conn, &clinic.patient, visit.id, None));
    let read = clinic.try_run(|conn| appointments::get(conn, &clinic.patient, visit.id));
    assert!(matches!(cancelled, Err(StoreError::Database(_))));
    assert!(matches!(read, Err(StoreError::Database(_))));
    db.raw()
        .run("ALTER TABLE elsewhere RENAME TO audit_events")
        .unwrap();
    assert_eq!(clinic.read(&clinic.patient, visit.id), visit);
}

fn readers_that_share_a_commit_leave_one_event_each(db: &TestDb) {
    const READERS: u128 = 8;
    const READS: u128 = 25;
    let clinic = Clinic::new(db);
    let visit = clinic.booked(tuesday_ten());
    let trail = Trail { clinic: &clinic };
    let before = trail.events().len();
    std::thread::scope(|scope| {
        for reader in 0..READERS {
            let (clinic, visit) = (&clinic, &visit);
            scope.spawn(move || {
                for read in 0..READS {
                    let mut who = clinic.patient;
                    let request = Uuid::from_u128(1 + reader * READS + read);
                    who.request_id = Some(request);
                    let seen = clinic.run(|conn| {
                        let seen = appointments::get(conn, &who, visit.id)?;
                        // Before anybody else hears of the read, its event is there.
                        let events = audit::newest(conn, Some(clinic.hospital), 1000)?;
                        Ok((seen, events))
                    });
                    assert_eq!(seen.0.id, visit.id);
                    let own = |event: &&AuditEvent| event.request_id == Some(request);
                    assert_eq!(seen.1.iter().filter(own).count(), 1);
                }
            });
        }
    });
    let expected = usize::try_from(READERS * READS).unwrap();
    assert_eq!(trail.events().len(), before + expected);
}

on_both!(
    every_operation_leaves_its_event,
    what_did_not_happen_leaves_nothing,
    events_cannot_be_changed_or_removed,
    nothing_is_written_when_its_event_cannot_be,
    readers_that_share_a_commit_leave_one_event_each,
);
