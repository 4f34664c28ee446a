//! Work that repeats by the clock, on one node at a time.
//!
//! Every node has one task that looks for what is due. A lease in SQL says who does it;
//! a node that is killed leaves one that runs out, and another goes on. What a job does is
//! done in small transactions, each of which is right by itself, so it can stop anywhere.
//!
//! A new job is a line of [`JOBS`] and a function that asks [`Run::goes_on`] before each
//! of its transactions.

mod pruning;
mod visits;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use visita_domain::{HospitalId, Ts};
use visita_store::jobs::{self, LEASE_SECS};
use visita_store::{AnyConn, StoreError, ids};

use crate::state::AppState;

/// How often a node looks for what is due; the last reminder is as late as that at most.
const LOOK_EVERY: Duration = Duration::from_secs(15);

/// What a job does.
type Working<'a> = Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send + 'a>>;

/// Work that repeats.
struct Job {
    /// Names its lease.
    name: &'static str,
    /// Seconds from one run to the next.
    every_secs: i64,
    work: for<'a> fn(&'a mut Run) -> Working<'a>,
}

const JOBS: [Job; 3] = [
    Job {
        name: "visit_timers",
        every_secs: 15,
        work: |run| Box::pin(visits::fire_timers(run)),
    },
    // Nobody waits for it.
    Job {
        name: "holds",
        every_secs: 60,
        work: |run| Box::pin(visits::release_holds(run)),
    },
    Job {
        name: "pruning",
        every_secs: 24 * 60 * 60,
        work: |run| Box::pin(pruning::prune(run)),
    },
];

/// Wakes the jobs of a node. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Jobs(Arc<Notify>);

impl Jobs {
    /// The node looks now for what is due. Without it, it looks a little later.
    pub fn wake(&self) {
        self.0.notify_one();
    }
}

/// A run of a job on this node.
struct Run {
    state: AppState,
    stop: CancellationToken,
    name: &'static str,
    holder: Uuid,
    kept_at: Ts,
    /// The job is another node's, or the server stops.
    over: bool,
}

impl Run {
    fn now(&self) -> Ts {
        self.state.clock.now()
    }

    async fn store<T: Send + 'static>(
        &self,
        f: impl FnOnce(&mut AnyConn) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.state.store.run(f).await
    }

    /// Whether to take the next step. Renews the lease in good time.
    async fn goes_on(&mut self) -> Result<bool, StoreError> {
        self.over |= self.stop.is_cancelled();
        let now = self.now();
        if !self.over && now.secs_since(self.kept_at) >= LEASE_SECS / 3 {
            let (name, holder) = (self.name, self.holder);
            let keep = move |conn: &mut _| jobs::keep(conn, name, holder, now);
            self.over = !self.store(keep).await?;
            self.kept_at = now;
        }
        Ok(!self.over)
    }

    async fn hospitals(&self) -> Result<Vec<HospitalId>, StoreError> {
        self.store(jobs::hospital_ids).await
    }
}

/// Does what is due until told to stop.
pub(crate) async fn work(state: AppState, stop: CancellationToken) {
    let holder = ids::fresh(state.clock.now());
    while !stop.is_cancelled() {
        for job in &JOBS {
            if let Err(error) = look_after(&state, &stop, job, holder).await {
                tracing::warn!(%error, job = job.name, "A job waits");
            }
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = state.jobs.0.notified() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

/// Runs a job if it is due and no other node is at it.
async fn look_after(
    state: &AppState,
    stop: &CancellationToken,
    job: &Job,
    holder: Uuid,
) -> Result<(), StoreError> {
    let (name, now) = (job.name, state.clock.now());
    let take = move |conn: &mut _| jobs::take(conn, name, holder, now);
    if !state.store.run(take).await? {
        return Ok(());
    }
    let mut run = Run {
        state: state.clone(),
        stop: stop.clone(),
        name,
        holder,
        kept_at: now,
        over: false,
    };
    let result = (job.work)(&mut run).await;
    // What was cut short is another node's to finish, at once.
    let next = if run.over {
        now
    } else {
        now.plus_secs(job.every_secs)
    };
    let give_back = move |conn: &mut _| jobs::give_back(conn, name, holder, next);
    state.store.run(give_back).await?;
    result
}
