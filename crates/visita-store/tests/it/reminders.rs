//! Reminders in a world of chance: each is sent once, whatever the order of runs, crashes
//! and changes.

use std::collections::BTreeMap;
use std::thread;

use uuid::Uuid;
use visita_domain::account::MailKind;
use visita_domain::appointment::Appointment;
use visita_domain::people::Role;
use visita_domain::{AppointmentId, MailId, Ts};
use visita_store::{appointments, mail};
use visita_testkit::TestDb;

use crate::clinic::{Clinic, Random, at, at_time, booking, now, to_time};
use crate::timers::fire;

/// What was agreed of a visit, from then until then.
struct Agreement {
    id: AppointmentId,
    starts_at: Ts,
    from: Ts,
    until: Option<Ts>,
}

/// Random bookings, moves and cancellations, with runs of two nodes at once in between,
/// whose mail worker dies between sending and recording now and then.
struct World<'a> {
    clinic: &'a Clinic,
    random: Random,
    now: Ts,
    visits: Vec<Appointment>,
    agreed: Vec<Agreement>,
    /// When the timers and the mail were looked after.
    runs: Vec<Ts>,
    /// Every mail that was handed over at least once.
    sent: BTreeMap<MailId, (AppointmentId, Ts, MailKind)>,
}

impl World<'_> {
    fn step(&mut self) {
        // No two things happen in one moment.
        self.now = self.now.plus_secs(1);
        match self.random.below(8) {
            0 => self.book(),
            1 => self.change(),
            2 => self.call_off(),
            3 => self.run(),
            _ => {
                let minutes = [1, 7, 60, 5 * 60][self.random.below(4)];
                self.now = self.now.plus_minutes(minutes);
                self.run();
            }
        }
    }

    /// A slot of the next days.
    fn wish(&mut self) -> Ts {
        let (day, half) = (self.random.below(4), self.random.below(14));
        let day = i64::try_from(day).unwrap();
        let eight = at("2026-11-23T08:00:00Z").plus_days(day);
        eight.plus_minutes(30 * i64::try_from(half).unwrap())
    }

    fn agree(&mut self, visit: Appointment) {
        self.agreed.push(Agreement {
            id: visit.id,
            starts_at: visit.range.start(),
            from: self.now,
            until: None,
        });
        self.visits.retain(|one| one.id != visit.id);
        self.visits.push(visit);
    }

    fn end(&mut self, id: AppointmentId) {
        let now = self.now;
        let open = self.agreed.iter_mut().filter(|one| one.id == id);
        open.filter(|one| one.until.is_none())
            .for_each(|one| one.until = Some(now));
    }

    fn book(&mut self) {
        let patient = at_time(&self.clinic.person(Role::Patient), self.now);
        let wish = self.wish();
        if let Ok(booked) = self
            .clinic
            .book(&patient, &booking(&self.clinic.doctor, wish))
        {
            self.agree(booked.appointment);
        }
    }

    fn pick(&mut self) -> Option<Appointment> {
        let place = self.random.below(self.visits.len().max(1));
        self.visits.get(place).cloned()
    }

    fn change(&mut self) {
        let (Some(visit), wish) = (self.pick(), self.wish()) else {
            return;
        };
        let staff = at_time(&self.clinic.staff, self.now);
        let moved = self.clinic.try_run(|conn| {
            appointments::reschedule(conn, &staff, visit.id, visit.version, &to_time(wish))
        });
        if let Ok(moved) = moved
            && moved.appointment.range != visit.range
        {
            self.end(visit.id);
            self.agree(moved.appointment);
        }
    }

    fn call_off(&mut self) {
        let Some(visit) = self.pick() else { return };
        let staff = at_time(&self.clinic.staff, self.now);
        let called_off = self
            .clinic
            .try_run(|conn| appointments::cancel(conn, &staff, visit.id, None));
        if called_off.is_ok() {
            self.end(visit.id);
            self.visits.retain(|one| one.id != visit.id);
        }
    }

    fn run(&mut self) {
        let (clinic, now) = (self.clinic, self.now);
        thread::scope(|scope| {
            scope.spawn(|| fire(clinic, now));
            scope.spawn(|| fire(clinic, now));
        });
        self.runs.push(now);
        while let Some(taken) = clinic.run(|conn| mail::take_due(conn, now)) {
            let letter = &taken.letter;
            let visit = letter.visit.as_ref().unwrap();
            let about = (visit.id, visit.starts_at, letter.kind);
            self.sent.insert(letter.id, about);
            if self.random.below(4) > 0 {
                clinic.run(|conn| mail::settle(conn, &taken, Ok(()), now));
            }
        }
    }

    /// Every reminder that somebody should have had by now.
    fn expected(&self) -> Vec<(AppointmentId, Ts, MailKind)> {
        let mut found = Vec::new();
        for one in &self.agreed {
            let start = one.starts_at;
            for (kind, due, last) in [
                (
                    MailKind::VisitDayBefore,
                    start.plus_days(-1),
                    start.plus_minutes(-10),
                ),
                (MailKind::VisitSoon, start.plus_minutes(-10), start),
            ] {
                let first = self
                    .runs
                    .iter()
                    .find(|run| **run >= due && **run >= one.from);
                let in_time = first
                    .is_some_and(|run| *run < last && one.until.is_none_or(|until| *run < until));
                if due > one.from && in_time {
                    found.push((one.id, start, kind));
                }
            }
        }
        found.sort_by_key(|(id, start, kind)| (*id, *start, kind.as_str()));
        found
    }

    fn reminders_sent(&self) -> Vec<(AppointmentId, Ts, MailKind)> {
        let all = self.sent.values().copied();
        let mut found: Vec<_> = all.filter(|(_, _, kind)| kind.is_reminder()).collect();
        found.sort_by_key(|(id, start, kind)| (*id, *start, kind.as_str()));
        found
    }
}

/// A world of chance, to its end. Says how many reminders it wanted.
fn live(clinic: &Clinic) -> usize {
    let seed = Uuid::new_v4().as_u64_pair().0;
    eprintln!("seed {seed}");
    let mut world = World {
        clinic,
        random: Random(seed),
        now: now(),
        visits: Vec::new(),
        agreed: Vec::new(),
        runs: Vec::new(),
        sent: BTreeMap::new(),
    };
    for _ in 0..6 {
        world.book();
    }
    for _ in 0..120 {
        world.step();
    }
    assert_eq!(world.reminders_sent(), world.expected(), "seed {seed}");
    world.expected().len()
}

fn every_reminder_is_queued_once_whatever_happens_in_between(db: &TestDb) {
    let first = Clinic::new(db);
    // A world may want none, but not many in a row.
    let wanted = std::iter::successors(Some(first), |clinic| Some(clinic.next()))
        .take(12)
        .map(|clinic| live(&clinic))
        .find(|wanted| *wanted > 0);
    assert!(wanted.is_some(), "no world wanted a reminder");
}

on_both!(every_reminder_is_queued_once_whatever_happens_in_between);
