//! Operations in random orders: each does what the state machine says, or nothing, and
//! leaves its line in the history, or none.

use std::collections::{BTreeMap, BTreeSet};

use visita_domain::appointment::{Appointment, AppointmentState, ChangeKind, Transition};
use visita_domain::people::Role;
use visita_domain::{AppointmentId, Ts};
use visita_store::appointments::{self, Booking, Hold, Move};
use visita_store::{Ctx, StoreError};
use visita_testkit::TestDb;

use crate::clinic::{
    Clinic, Random, at_time, booking, doctor_id, patient_id, to_time, tuesday_ten,
};
use crate::history::{Line, history, left_by, left_by_itself, lines};
use crate::timers;

const WORLDS: u64 = 3;
const STEPS: usize = 200;

struct World {
    clinic: Clinic,
    doctors: Vec<Ctx>,
    patients: Vec<Ctx>,
    /// What every appointment must look like now, oldest first.
    known: Vec<Appointment>,
    /// What the history of each must say.
    told: BTreeMap<AppointmentId, Vec<Line>>,
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
            told: BTreeMap::new(),
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
                self.freed_by(&made, Some(&patient));
                self.seen.insert(made.state);
                let kind = if made.state == AppointmentState::Held {
                    ChangeKind::Held
                } else {
                    ChangeKind::Booked
                };
                self.tell(&made, left_by(&patient, kind, &made));
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
    fn freed_by(&mut self, made: &Appointment, holder: Option<&Ctx>) {
        self.end_holds(holder, |held, over| {
            let own = holder.is_some_and(|who| patient_id(who) == held.patient_id);
            own || over && held.range.overlaps(made.range)
        });
    }

    fn end_holds(&mut self, holder: Option<&Ctx>, ends: impl Fn(&Appointment, bool) -> bool) {
        let now = self.now;
        for held in &mut self.known {
            let over = held.hold_expires_at.is_some_and(|at| at <= now);
            if held.state == AppointmentState::Held && ends(held, over) {
                held.state = AppointmentState::Cancelled;
                held.version += 1;
                held.changed_at = now;
                let line = match holder.filter(|_| !over) {
                    Some(who) => left_by(who, ChangeKind::Released, held),
                    None => left_by_itself(now, ChangeKind::Released, held),
                };
                self.told.entry(held.id).or_default().push(line);
            }
        }
    }

    fn tell(&mut self, of: &Appointment, line: Line) {
        self.told.entry(of.id).or_default().push(line);
    }

    /// What the clock does alone: holds run out, and nobody came.
    fn pass(&mut self, seed: u64) {
        let (hospital, now) = (self.clinic.hospital, self.now);
        self.clinic
            .run(|conn| appointments::release_over(conn, hospital, now, 99));
        self.end_holds(None, |_, over| over);
        for missed in timers::fire(&self.clinic, now).missed {
            let place = self.known.iter().position(|one| one.id == missed.id);
            let before = &mut self.known[place.unwrap()];
            assert_eq!(
                before.state.after(Transition::MarkNoShow),
                Ok(missed.state),
                "seed {seed}"
            );
            *before = missed.clone();
            self.tell(&missed, left_by_itself(now, ChangeKind::NoShow, &missed));
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
            Some((who, Ok(after))) => {
                let again = by == Transition::Arrive && before.state == after.state
                    || by == Transition::Confirm && before.state == AppointmentState::Booked;
                if !again {
                    assert_eq!(expected, Ok(after.state), "{by:?} of seed {seed}");
                    assert!(after.version > before.version || after == before);
                }
                if after.range != before.range || after.doctor_id != before.doctor_id {
                    self.freed_by(&after, None);
                }
                if after.version > before.version {
                    self.tell(&after, left_by(&who, kind_of(by, before.state), &after));
                }
                self.seen.insert(after.state);
                self.known[place] = after;
            }
            Some((_, Err(StoreError::Illegal(refused)))) => {
                assert_eq!(expected, Err(refused), "{by:?} of seed {seed}");
            }
            Some((
                _,
                Err(
                    StoreError::Conflicts(_)
                    | StoreError::TooEarly
                    | StoreError::TooLate
                    | StoreError::HoldExpired
                    | StoreError::InvalidTime(_),
                ),
            )) => {}
            Some((_, Err(other))) => panic!("{by:?} of seed {seed}: {other:?}"),
        }
    }

    /// Somebody who may do it does.
    fn try_change(
        &mut self,
        before: &Appointment,
        by: Transition,
    ) -> Option<(Ctx, Result<Appointment, StoreError>)> {
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
        let who = match by {
            Transition::Confirm | Transition::Arrive | Transition::LeaveLobby => patient,
            Transition::Admit | Transition::Finish | Transition::Reschedule => doctor,
            _ => staff,
        };
        let done = self.clinic.try_run(|conn| match by {
            Transition::Confirm => appointments::confirm(conn, &who, id, "cough"),
            Transition::Arrive => appointments::arrive(conn, &who, id),
            Transition::LeaveLobby => appointments::leave_lobby(conn, &who, id),
            Transition::Admit => appointments::admit(conn, &who, id),
            Transition::Finish => appointments::finish(conn, &who, id),
            Transition::Cancel => appointments::cancel(conn, &who, id, Some("rain")),
            Transition::MarkNoShow => appointments::mark_no_show(conn, &who, id),
            Transition::Reschedule => {
                appointments::reschedule(conn, &who, id, version, &to_time(to))
                    .map(|moved| moved.appointment)
            }
            Transition::Reassign | Transition::Expire => {
                appointments::reschedule(conn, &who, id, version, &reassign)
                    .map(|moved| moved.appointment)
            }
        });
        Some((who, done))
    }

    /// The database holds what the answers said, and nobody is in two places.
    fn agrees(&self, seed: u64) {
        for expected in &self.known {
            let stored = self.clinic.read(&self.clinic.staff, expected.id);
            assert_eq!(&stored, expected, "seed {seed}");
            let told = history(&self.clinic, &self.clinic.staff, expected.id);
            assert_eq!(lines(&told), self.told[&expected.id], "seed {seed}");
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

/// What the history calls a step.
fn kind_of(by: Transition, before: AppointmentState) -> ChangeKind {
    match by {
        Transition::Confirm => ChangeKind::Booked,
        Transition::Arrive => ChangeKind::Arrived,
        Transition::LeaveLobby => ChangeKind::Left,
        Transition::Admit => ChangeKind::Admitted,
        Transition::Finish => ChangeKind::Finished,
        Transition::Cancel if before == AppointmentState::Held => ChangeKind::Released,
        Transition::Cancel => ChangeKind::Cancelled,
        Transition::MarkNoShow => ChangeKind::NoShow,
        Transition::Expire => ChangeKind::Released,
        Transition::Reschedule | Transition::Reassign => ChangeKind::Moved,
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
            if world.random.below(12) == 0 {
                world.pass(seed);
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
