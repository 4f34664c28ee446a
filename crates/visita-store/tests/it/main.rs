//! The store on both databases.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

/// Runs each test on both databases. A test takes a [`visita_testkit::TestDb`] of its own.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[test]
            fn $name() {
                super::$name(&visita_testkit::TestDb::sqlite());
            })*
        }
        mod on_postgres {
            $(#[test]
            fn $name() {
                super::$name(&visita_testkit::TestDb::postgres());
            })*
        }
    };
}
mod accounts;
mod audit;
mod booking;
mod calendar;
mod chain;
mod chat;
mod clinic;
mod doctors;
mod documents;
mod factors;
mod filled;
mod history;
mod holds;
mod installation;
mod jobs;
mod join;
mod mail;
mod moves;
mod next_slots;
mod opening;
mod orders;
mod people;
mod plans;
mod pruning;
mod reminders;
mod row_security;
mod schema;
mod sessions;
mod setup;
mod smoke;
mod statements;
mod stranded;
mod strangers;
mod tenants;
mod timers;
mod visibility;
mod visits;
