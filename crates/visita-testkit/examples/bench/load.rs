//! A closed loop: so many clients, each with one request on the way.

use std::future::Future;
use std::time::{Duration, Instant};

/// How long one rate is measured.
const SPAN: Duration = Duration::from_secs(5);
/// Clients at once.
pub const CLIENTS: usize = 8;

/// What a loop saw.
pub struct Rate {
    pub per_second: f64,
    pub p50: Duration,
    pub p99: Duration,
}

/// Repeats `request` with [`CLIENTS`] clients for [`SPAN`].
pub async fn closed_loop<F, Fut>(request: F) -> Rate
where
    F: Fn(usize) -> Fut + Clone + Send + 'static,
    Fut: Future<Output = ()> + Send,
{
    let begun = Instant::now();
    let mut tasks = Vec::new();
    for client in 0..CLIENTS {
        let request = request.clone();
        tasks.push(tokio::spawn(async move {
            let mut times = Vec::new();
            while begun.elapsed() < SPAN {
                let sent = Instant::now();
                request(client).await;
                times.push(sent.elapsed());
            }
            times
        }));
    }
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await.unwrap());
    }
    let per_second = times.len() as f64 / begun.elapsed().as_secs_f64();
    Rate {
        per_second,
        p50: percentile(&mut times, 50),
        p99: percentile(&mut times, 99),
    }
}

/// The time that `percent` of all stay below.
pub fn percentile(times: &mut [Duration], percent: usize) -> Duration {
    times.sort_unstable();
    times
        .get((times.len() * percent / 100).min(times.len().saturating_sub(1)))
        .copied()
        .unwrap_or_default()
}
