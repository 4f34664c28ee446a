//! Leases on work that repeats: one node at a time, and another after a death.

use std::thread;

use uuid::Uuid;
use visita_domain::Ts;
use visita_store::Store;
use visita_store::jobs::{self, LEASE_SECS};
use visita_testkit::TestDb;

use crate::clinic::{Clinic, now, run};

fn take(store: &Store, name: &str, holder: Uuid, at: Ts) -> bool {
    run(store, |conn| jobs::take(conn, name, holder, at))
}

fn keep(store: &Store, name: &str, holder: Uuid, at: Ts) -> bool {
    run(store, |conn| jobs::keep(conn, name, holder, at))
}

fn give_back(store: &Store, name: &str, holder: Uuid, next: Ts) {
    run(store, |conn| jobs::give_back(conn, name, holder, next));
}

/// How many of many nodes that ask at once get the job.
fn winners(store: &Store, at: Ts) -> usize {
    thread::scope(|scope| {
        let nodes: Vec<_> = (0..10)
            .map(|_| scope.spawn(|| take(store, "timers", Uuid::new_v4(), at)))
            .collect();
        let won = nodes.into_iter().map(|node| node.join().unwrap());
        won.filter(|won| *won).count()
    })
}

fn of_many_nodes_one_gets_a_job(db: &TestDb) {
    let store = db.store();
    assert_eq!(winners(store, now()), 1, "when nobody ever did it");
    assert_eq!(winners(store, now()), 0, "while somebody is at it");
    let later = now().plus_secs(LEASE_SECS);
    assert_eq!(winners(store, later), 1, "when its holder is dead");
}

fn a_job_is_done_once_in_each_period(db: &TestDb) {
    let (store, one, other) = (db.store(), Uuid::new_v4(), Uuid::new_v4());
    assert!(take(store, "timers", one, now()));
    let next = now().plus_secs(15);
    give_back(store, "timers", one, next);
    for node in [one, other] {
        assert!(!take(store, "timers", node, next.plus_secs(-1)));
    }
    assert!(take(store, "timers", other, next));
    assert!(!take(store, "timers", one, next));
    assert!(take(store, "holds", one, next), "another job is free");
}

fn the_lease_of_the_dead_is_taken_over_and_cannot_be_kept(db: &TestDb) {
    let (store, dead, heir) = (db.store(), Uuid::new_v4(), Uuid::new_v4());
    assert!(take(store, "timers", dead, now()));
    // It lived for a while, and said so.
    let alive = now().plus_secs(40);
    assert!(keep(store, "timers", dead, alive));
    let over = alive.plus_secs(LEASE_SECS);
    assert!(!take(store, "timers", heir, over.plus_secs(-1)));
    assert!(take(store, "timers", heir, over));
    // It was only asleep: what it does next changes nothing for the heir.
    assert!(!keep(store, "timers", dead, over));
    give_back(store, "timers", dead, over);
    assert!(!take(store, "timers", dead, over));
    assert!(keep(store, "timers", heir, over));
}

fn jobs_reach_every_hospital(db: &TestDb) {
    let clinic = Clinic::new(db);
    let mut both = [clinic.hospital, clinic.next().hospital];
    both.sort();
    assert_eq!(clinic.run(jobs::hospital_ids), both);
}

on_both!(
    of_many_nodes_one_gets_a_job,
    a_job_is_done_once_in_each_period,
    the_lease_of_the_dead_is_taken_over_and_cannot_be_kept,
    jobs_reach_every_hospital,
);
