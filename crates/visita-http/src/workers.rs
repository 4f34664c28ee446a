//! Tasks of the server that run beside its requests, for as long as it runs.

use std::future::Future;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// How long a task that panicked rests before it starts again.
const REST: Duration = Duration::from_secs(5);
/// How long a task may go on with its last step when the server stops.
const LAST_STEP: Duration = Duration::from_secs(5);

/// A task that is kept up.
pub(crate) struct Worker {
    name: &'static str,
    task: JoinHandle<()>,
}

/// Runs what `work` makes until it ends by itself. A panic ends only the step it was in: the
/// task starts again after a rest, so mail and reminders do not stay away until somebody
/// restarts the server.
pub(crate) fn keep_up<F>(
    name: &'static str,
    stop: &CancellationToken,
    work: impl Fn(CancellationToken) -> F + Send + 'static,
) -> Worker
where
    F: Future<Output = ()> + Send + 'static,
{
    let stop = stop.clone();
    let task = tokio::spawn(async move {
        while tokio::spawn(work(stop.clone())).await.is_err() {
            tracing::error!(worker = name, "A worker panicked and starts again");
            tokio::select! {
                () = stop.cancelled() => break,
                () = tokio::time::sleep(REST) => {}
            }
        }
    });
    Worker { name, task }
}

impl Worker {
    /// Waits for a task that was told to stop, not for long: what it holds it holds by a
    /// lease, which runs out by itself.
    pub(crate) async fn stopped(self) {
        if tokio::time::timeout(LAST_STEP, self.task).await.is_err() {
            tracing::warn!(
                worker = self.name,
                "Stopped in the middle of a step, which will be done again"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn r66_a_worker_that_panics_starts_again_after_a_rest() {
        let runs = Arc::new(AtomicUsize::new(0));
        let (stop, begun) = (CancellationToken::new(), Instant::now());
        let counted = runs.clone();
        let worker = keep_up("test", &stop, move |_| {
            let run = counted.fetch_add(1, Ordering::SeqCst);
            async move { assert!(run >= 2, "run {run} fails") }
        });
        worker.task.await.unwrap();
        assert_eq!(runs.load(Ordering::SeqCst), 3);
        assert_eq!(begun.elapsed(), 2 * REST);
    }

    #[tokio::test(start_paused = true)]
    async fn a_worker_does_not_start_again_once_told_to_stop() {
        let stop = CancellationToken::new();
        let worker = keep_up("test", &stop, |stop| async move {
            stop.cancelled().await;
            panic!("in its last step");
        });
        stop.cancel();
        let begun = Instant::now();
        worker.stopped().await;
        assert_eq!(begun.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_worker_that_does_not_end_is_not_waited_for_for_ever() {
        let stop = CancellationToken::new();
        let worker = keep_up("test", &stop, |_| std::future::pending());
        stop.cancel();
        let begun = Instant::now();
        worker.stopped().await;
        assert_eq!(begun.elapsed(), LAST_STEP);
    }
}
