//! Which node does the work that repeats: leases in SQL.
//!
//! A lease spares work and decides nothing: every piece of work is a transaction of its
//! own, so two nodes that both believe to hold a lease, because a clock is wrong or a
//! process was stopped for a while, still do each piece once.

use diesel::prelude::*;
use uuid::Uuid;
use visita_domain::{HospitalId, Ts};

use crate::conn::Db;
use crate::schema::{hospitals, job_leases};
use crate::types::Val;
use crate::{AnyConn, StoreError, Tenant, tx};

/// Seconds after which the work of a node that says nothing is another's. Longer than any
/// single piece of work, short beside the ten minutes of the last reminder.
pub const LEASE_SECS: i64 = 60;

/// Takes a job if it is due and nobody is at it. Of several nodes, one gets it.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub fn take(conn: &mut AnyConn, name: &str, holder: Uuid, now: Ts) -> Result<bool, StoreError> {
    let known = tx::read_tx(conn, Tenant::Platform, |db| standing(db, name, now))?;
    if known == Some(false) {
        return Ok(false);
    }
    let taken = tx::write_tx(conn, Tenant::Platform, |db, _| {
        match standing(db, name, now)? {
            Some(false) => Ok(false),
            Some(true) => lease(db, name, holder, now).map(|()| true),
            None => announce(db, name, holder, now).map(|()| true),
        }
    });
    match taken {
        // Two nodes started on an empty table.
        Err(error) if error.is_unique_violation() => Ok(false),
        result => result,
    }
}

/// Whether the job can be had; none if nobody ever did it.
fn standing(db: &mut Db, name: &str, now: Ts) -> Result<Option<bool>, StoreError> {
    let known: Option<(Option<Ts>, Ts)> = job_leases::table
        .filter(job_leases::name.eq(name))
        .select((job_leases::leased_until, job_leases::next_run_at))
        .first(db)
        .optional()?;
    Ok(known.map(|(leased_until, next_run_at)| {
        next_run_at <= now && leased_until.is_none_or(|until| until <= now)
    }))
}

fn lease(db: &mut Db, name: &str, holder: Uuid, now: Ts) -> Result<(), StoreError> {
    diesel::update(job_leases::table.filter(job_leases::name.eq(name)))
        .set((
            job_leases::holder.eq(Some(Val(holder))),
            job_leases::leased_until.eq(Some(Val(now.plus_secs(LEASE_SECS)))),
        ))
        .execute(db)?;
    Ok(())
}

fn announce(db: &mut Db, name: &str, holder: Uuid, now: Ts) -> Result<(), StoreError> {
    diesel::insert_into(job_leases::table)
        .values((
            job_leases::name.eq(name),
            job_leases::holder.eq(Some(Val(holder))),
            job_leases::leased_until.eq(Some(Val(now.plus_secs(LEASE_SECS)))),
            job_leases::next_run_at.eq(Val(now)),
        ))
        .execute(db)?;
    Ok(())
}

/// Goes on with a job for [`LEASE_SECS`] more. False when it is another's by now.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub fn keep(conn: &mut AnyConn, name: &str, holder: Uuid, now: Ts) -> Result<bool, StoreError> {
    tx::write_tx(conn, Tenant::Platform, |db, _| {
        let kept = diesel::update(
            job_leases::table
                .filter(job_leases::name.eq(name))
                .filter(job_leases::holder.eq(Some(Val(holder)))),
        )
        .set(job_leases::leased_until.eq(Some(Val(now.plus_secs(LEASE_SECS)))))
        .execute(db)?;
        Ok(kept == 1)
    })
}

/// Gives a job back, to be done again from then on by whoever comes first. Says nothing of
/// a job that is another's by now.
///
/// # Errors
/// [`StoreError::Unavailable`]; the lease then runs out.
pub fn give_back(
    conn: &mut AnyConn,
    name: &str,
    holder: Uuid,
    next_run_at: Ts,
) -> Result<(), StoreError> {
    tx::write_tx(conn, Tenant::Platform, |db, _| {
        diesel::update(
            job_leases::table
                .filter(job_leases::name.eq(name))
                .filter(job_leases::holder.eq(Some(Val(holder)))),
        )
        .set((
            job_leases::holder.eq(None::<Val<Uuid>>),
            job_leases::leased_until.eq(None::<Val<Ts>>),
            job_leases::next_run_at.eq(Val(next_run_at)),
        ))
        .execute(db)?;
        Ok(())
    })
}

/// Every hospital, archived ones too: work on visits goes from one to the next, because no
/// transaction reaches the visits of two.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub fn hospital_ids(conn: &mut AnyConn) -> Result<Vec<HospitalId>, StoreError> {
    tx::read_tx(conn, Tenant::Cards, |db| {
        Ok(hospitals::table
            .select(hospitals::id)
            .order(hospitals::id)
            .load(db)?)
    })
}
