//! Operations in random orders: each does what the state machine says, or nothing.

use std::collections::BTreeSet;

use visita_domain::Ts;
use visita_domain::appointment::{Appointment, AppointmentState, Transition};
use visita_domain::people::Role;
use visita_store::appointments::{self, Booking, Hold, Move};
use visita_store::{Ctx, StoreError};
use visita_testkit::TestDb;

use crate::clinic::{
    Clinic, Random, at_time, booking, doctor_id, patient_id, to_time, tuesday_ten,
};

const WORLDS: u64 = 3;
const STEPS: usize = 200;

struct World {
    clinic: Clinic,
    doctors: Vec<Ctx>,
    patients: Vec<Ctx>,
    /// What every appointment must look like now, oldest first.
    known: Vec<Appointment>,
    /// The states that any of them was in.
    seen: BTreeSet<AppointmentState>,
    random: Random,
    now: Ts,
}

impl World {
    fn new(db: &TestDb, seed: u64) -> Self {
        let clinic = Clinic::new(db);
        Self {
            doctors: vec![clinic.doctor, clinic.new_doctor()],
            patients: (0..3).map(|_| clinic.person(Role::Patient)).collect(),
            known: Vec::new(),
            seen: BTreeSet::new(),
            random: Random(seed),
            now: tuesday_ten().plus_minutes(-60),
            clinic,
        }
    }

    fn someone(&mut self, of: Role) -> Ctx {
        let people = if of == Role::Doctor {
            &self.doctors
        } else {
            &self.patients
        };
        let who = people[self.random.below(people.len())];
        at_time(&who, self.now)
    }

    fn some_time(&mut self) -> Ts {
        let slots = self.random.below(10);
        tuesday_ten().plus_minutes(30 * i64::try_from(slots).unwrap())
    }

    fn begin(&mut self) {
        let (patient, doctor) = (self.someone(Role::Patient), self.someone(Role::Doctor));
        let starts_at = self.some_time();
        let wanted = booking(&doctor, starts_at);
        let made = if self.random.below(2) == 0 {
            self.clinic
                .book(&patient, &wanted)
                .map(|booked| booked.appointment)
        } else {
            let Booking {
                doctor_id,
                starts_at,
                patient_id,
                ..
            } = wanted;
            let hold = Hold {
                doctor_id,
                starts_at,
                patient_id,
            };
            self.clinic
                .try_run(|conn| appointments::hold(conn, &patient, &hold))
        };
        match made {
            Ok(made) => {
                let patient = made.patient_id;
                self.freed_by(&made, |held| held.patient_id == patient);
                self.seen.insert(made.state);
                self.known.push(made);
            }
            Err(StoreError::Conflicts(_)) => {}
            Err(other) => panic!("{other:?}"),
        }
    }

    /// Mostly one that is not over yet.
    fn some_place(&mut self) -> Option<usize> {
        let any = self.random.below(6) == 0;
        let places: Vec<_> = (0..self.known.len())
            .filter(|place| any || !self.known[*place].state.is_final())
            .collect();
        let chosen = self.random.below(places.len().max(1));
        places.get(chosen).copied()
    }

    /// Who takes a time lets go of what they hold, and of holds there that are over.
    fn freed_by(&mut self, made: &Appointment, own: impl Fn(&Appointment) -> bool) {
        let now = self.now;
        for other in &mut self.known {
            let over = other.hold_expires_at.is_some_and(|at| at <= now)
                && other.range.overlaps(made.range);
            if other.state == AppointmentState::Held && (own(other) || over) {
                other.state = AppointmentState::Cancelled;
                other.version += 1;
                other.changed_at = now;
            }
        }
    }

    fn change(&mut self, seed: u64) {
        let Some(place) = self.some_place() else {
            return;
        };
        let before = self.known[place].clone();
        let by = Transition::ALL[self.random.below(Transition::ALL.len())];
        let expected = before.state.after(by);
        match self.try_change(&before, by) {
            None => {}
            Some(Ok(after)) => {
                let again = by == Transition::Arrive && before.state == after.state
                    || by == Transition::Confirm && before.state == AppointmentState::Booked;
                if !again {
                    assert_eq!(expected, Ok(after.state), "{by:?} of seed {seed}");
                    assert!(after.version > before.version || after == before);
                }
                if after.range != before.range || after.doctor_id != before.doctor_id {
                    self.freed_by(&after, |_| false);
                }
                self.seen.insert(after.state);
                self.known[place] = after;
            }
            Some(Err(StoreError::Illegal(refused))) => {
                assert_eq!(expected, Err(refused), "{by:?} of seed {seed}");
            }
            Some(Err(
                StoreError::Conflicts(_)
                | StoreError::TooEarly
                | StoreError::TooLate
                | StoreError::HoldExpired
                | StoreError::InvalidTime(_),
            )) => {}
            Some(Err(other)) => panic!("{by:?} of seed {seed}: {other:?}"),
        }
    }

    /// Somebody who may do it does.
    fn try_change(
        &mut self,
        before: &Appointment,
        by: Transition,
    ) -> Option<Result<Appointment, StoreError>> {
        let id = before.id;
        let of = |people: &[Ctx], is: &dyn Fn(&Ctx) -> bool| {
            let found = people.iter().find(|who| is(who)).copied().unwrap();
            at_time(&found, self.now)
        };
        let patient = of(&self.patients, &|who| patient_id(who) == before.patient_id);
        let doctor = of(&self.doctors, &|who| doctor_id(who) == before.doctor_id);
        let staff = at_time(&self.clinic.staff, self.now);
        let to = self.some_time();
        let colleague = doctor_id(&self.someone(Role::Doctor));
        let reassign = Move {
            doctor_id: Some(colleague),
            overbook_reason: Some("somebody is ill".to_owned()),
            ..Move::default()
        };
        let version = before.version;
        // Three of four changes of heart are dropped, or few visits would come to their end.
        let spared = by == Transition::Cancel && self.random.below(4) != 0;
        if spared
            || by == Transition::Expire
            || (by == Transition::Reassign && colleague == before.doctor_id)
        {
            // Nobody asks for the one, and the other asks for nothing.
            return None;
        }
        Some(self.clinic.try_run(|conn| {
            match by {
                Transition::Confirm => appointments::confirm(conn, &patient, id, "cough"),
                Transition::Arrive => appointments::arrive(conn, &patient, id),
                Transition::LeaveLobby => appointments::leave_lobby(conn, &patient, id),
                Transition::Admit => appointments::admit(conn, &doctor, id),
                Transition::Finish => appointments::finish(conn, &doctor, id),
                Transition::Cancel => appointments::cancel(conn, &staff, id, Some("rain")),
                Transition::MarkNoShow => appointments::mark_no_show(conn, &staff, id),
                Transition::Reschedule => {
                    appointments::reschedule(conn, &doctor, id, version, &to_time(to))
                        .map(|moved| moved.appointment)
                }
                Transition::Reassign | Transition::Expire => {
                    appointments::reschedule(conn, &staff, id, version, &reassign)
                        .map(|moved| moved.appointment)
                }
            }
        }))
    }

    /// The database holds what the answers said, and nobody is in two places.
    fn agrees(&self, seed: u64) {
        for expected in &self.known {
            let stored = self.clinic.read(&self.clinic.staff, expected.id);
            assert_eq!(&stored, expected, "seed {seed}");
        }
        let live: Vec<_> = self
            .known
            .iter()
            .filter(|one| one.state.blocks_time())
            .collect();
        for (n, one) in live.iter().enumerate() {
            for other in live
                .iter()
                .skip(n + 1)
                .filter(|other| one.range.overlaps(other.range))
            {
                assert_ne!(one.patient_id, other.patient_id, "seed {seed}");
                let on_purpose = one.overbook_reason.is_some() || other.overbook_reason.is_some();
                assert!(
                    on_purpose || one.doctor_id != other.doctor_id,
                    "seed {seed}"
                );
            }
        }
    }
}

fn any_order_of_operations_follows_the_state_machine(db: &TestDb) {
    let mut seen = BTreeSet::new();
    for seed in 1..=WORLDS {
        let mut world = World::new(db, seed);
        for _ in 0..STEPS {
            match world.random.below(4) {
                0 => world.begin(),
                _ => world.change(seed),
            }
            if world.random.below(6) == 0 {
                world.now = world.now.plus_minutes(9);
            }
        }
        world.agrees(seed);
        seen.extend(world.seen);
    }
    assert_eq!(
        seen,
        BTreeSet::from(AppointmentState::ALL),
        "some state was never reached"
    );
}

on_both!(any_order_of_operations_follows_the_state_machine);
