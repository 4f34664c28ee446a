//! A list is exactly what the single reads would allow: `list = filter(decide)`, tried on
//! random hospitals. The seed of a failing world is in the message.

use std::collections::BTreeSet;

use visita_domain::access::{Action, Facts, decide};
use visita_domain::appointment::AppointmentState;
use visita_domain::people::{PatientOrder, Role};
use visita_domain::{AppointmentId, PatientId};
use visita_store::appointments::{AppointmentFilter, Order};
use visita_store::people::PatientFilter;
use visita_store::{Ctx, PageQuery, StoreError, appointments, people};
use visita_testkit::TestDb;

use crate::clinic::{Clinic, Random, booking_for, doctor_id, patient_id, tuesday_ten};

const WORLDS: u64 = 4;

struct Visit {
    id: AppointmentId,
    hospital: usize,
    doctor: usize,
    patient: usize,
    state: AppointmentState,
}

struct World {
    clinics: Vec<Clinic>,
    doctors: Vec<Vec<Ctx>>,
    patients: Vec<Vec<Ctx>>,
    visits: Vec<Visit>,
}

impl World {
    fn random(db: &TestDb, seed: u64) -> Self {
        let mut random = Random(seed);
        let first = Clinic::new(db);
        let second = first.next();
        let clinics = vec![first, second];
        let mut world = Self {
            doctors: clinics
                .iter()
                .map(|c| vec![c.doctor, c.new_doctor(), c.new_doctor()])
                .collect(),
            patients: clinics
                .iter()
                .map(|c| {
                    let more = (0..3).map(|_| c.person(Role::Patient));
                    std::iter::once(c.patient).chain(more).collect()
                })
                .collect(),
            clinics,
            visits: Vec::new(),
        };
        for n in 0..14 {
            let (hospital, doctor, patient) = (random.below(2), random.below(3), random.below(4));
            let state = AppointmentState::ALL[random.below(AppointmentState::ALL.len())];
            let start = tuesday_ten().plus_minutes(30 * n);
            let new = booking_for(
                &world.doctors[hospital][doctor],
                &world.patients[hospital][patient],
                start,
            );
            let staff = world.clinics[hospital].staff;
            let id = world.clinics[hospital]
                .book(&staff, &new)
                .unwrap()
                .appointment
                .id;
            // States without the steps that lead there: only what may be seen matters here.
            let key = if db.url().starts_with("sqlite:") {
                format!("x'{}'", id.0.simple())
            } else {
                format!("'{id}'")
            };
            db.raw()
                .run(&format!(
                    "UPDATE appointments SET state = '{}', waiting_since = created_at WHERE id = {key}",
                    state.as_str()
                ))
                .unwrap();
            world.visits.push(Visit {
                id,
                hospital,
                doctor,
                patient,
                state,
            });
        }
        world
    }

    fn actors(&self) -> Vec<Ctx> {
        let people = self.doctors.iter().chain(&self.patients).flatten().copied();
        people
            .chain(self.clinics.iter().map(|clinic| clinic.staff))
            .collect()
    }

    fn appointment_facts(&self, visit: &Visit) -> Facts {
        Facts {
            hospital_id: Some(self.clinics[visit.hospital].hospital),
            doctor_id: Some(doctor_id(&self.doctors[visit.hospital][visit.doctor])),
            patient_id: Some(patient_id(&self.patients[visit.hospital][visit.patient])),
            ..Facts::default()
        }
    }

    /// By hand, not by the store's own list of states.
    fn related(&self, doctor: &Ctx, patient: PatientId) -> bool {
        self.visits.iter().any(|visit| {
            let facts = self.appointment_facts(visit);
            facts.doctor_id == Some(doctor_id(doctor))
                && facts.patient_id == Some(patient)
                && visit.state != AppointmentState::Cancelled
                && visit.state != AppointmentState::Held
        })
    }
}

fn r46_appointments_listed_are_those_that_may_be_read(db: &TestDb) {
    for seed in 0..WORLDS {
        let world = World::random(db, seed);
        for who in world.actors() {
            let listed: BTreeSet<_> = world.clinics[0]
                .run(|conn| {
                    let page = PageQuery {
                        limit: 100,
                        cursor: None,
                    };
                    let all = AppointmentFilter::default();
                    appointments::list(conn, &who, &all, Order::Ascending, &page)
                })
                .items
                .iter()
                .map(|one| one.id)
                .collect();
            let mut allowed = BTreeSet::new();
            for visit in &world.visits {
                let facts = world.appointment_facts(visit);
                let may = decide(&who.actor, Action::ReadAppointment, &facts).is_ok();
                let read = world.clinics[0].try_run(|conn| appointments::get(conn, &who, visit.id));
                assert_eq!(may, read.is_ok(), "seed {seed} {:?}", who.actor.role);
                if may {
                    allowed.insert(visit.id);
                }
            }
            assert_eq!(listed, allowed, "seed {seed} {:?}", who.actor.role);
        }
    }
}

fn r46_patients_listed_are_those_that_may_be_read(db: &TestDb) {
    for seed in 100..100 + WORLDS {
        let world = World::random(db, seed);
        for who in world.actors() {
            let mut allowed = BTreeSet::new();
            for (hospital, patients) in world.patients.iter().enumerate() {
                for patient in patients {
                    let id = patient_id(patient);
                    let facts = Facts {
                        hospital_id: Some(world.clinics[hospital].hospital),
                        patient_id: Some(id),
                        related: who.actor.role == Role::Doctor && world.related(&who, id),
                        ..Facts::default()
                    };
                    let may = decide(&who.actor, Action::ReadPatient, &facts).is_ok();
                    let read = world.clinics[0].try_run(|conn| people::get_patient(conn, &who, id));
                    assert_eq!(may, read.is_ok(), "seed {seed} {:?}", who.actor.role);
                    if may {
                        allowed.insert(id);
                    }
                }
            }
            let page = PageQuery {
                limit: 100,
                cursor: None,
            };
            let listed = world.clinics[0].try_run(|conn| {
                let all = PatientFilter::default();
                people::list_patients(conn, &who, &all, PatientOrder::Name, &page)
            });
            match listed {
                Ok(listed) => {
                    let listed: BTreeSet<_> = listed.items.iter().map(|one| one.id).collect();
                    assert_eq!(listed, allowed, "seed {seed} {:?}", who.actor.role);
                }
                // A patient reads the own record, but no list of patients.
                Err(StoreError::Forbidden) => assert_eq!(who.actor.role, Role::Patient),
                Err(other) => panic!("seed {seed}: {other:?}"),
            }
        }
    }
}

fn people_are_found_by_any_part_of_their_name_page_by_page(db: &TestDb) {
    let clinic = Clinic::new(db);
    let names = ["Émile Zola", "emilia 50%", "Émilie B_x", "Other"];
    for name in names {
        let who = clinic.person(Role::Patient);
        let changes = people::PatientChanges {
            name: Some(name.to_owned()),
            ..people::PatientChanges::default()
        };
        clinic.run(|conn| people::change_patient(conn, &who, patient_id(&who), &changes));
    }
    let found = |search: &str| {
        let mut page = PageQuery {
            limit: 1,
            cursor: None,
        };
        let mut names = Vec::new();
        loop {
            let filter = PatientFilter {
                search: Some(search.to_owned()),
                state: None,
            };
            let got = clinic.run(|conn| {
                people::list_patients(conn, &clinic.staff, &filter, PatientOrder::Name, &page)
            });
            names.extend(got.items.into_iter().map(|one| one.name));
            match got.next_cursor {
                Some(next) => page.cursor = Some(next),
                None => return names,
            }
        }
    };
    assert_eq!(found("ÉMIL"), ["Émile Zola", "Émilie B_x"]);
    assert_eq!(found("0%"), ["emilia 50%"]);
    assert_eq!(found("b_X"), ["Émilie B_x"]);
    assert_eq!(found("%_%"), Vec::<String>::new());
}

on_both!(
    r46_appointments_listed_are_those_that_may_be_read,
    r46_patients_listed_are_those_that_may_be_read,
    people_are_found_by_any_part_of_their_name_page_by_page,
);
