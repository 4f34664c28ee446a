//! Rows that nobody needs any more go, a few at a time.

use visita_store::StoreError;
use visita_store::pruning::{self, Stale};

use super::Run;

/// Rows of one transaction: so few that nobody who signs in waits for it.
const BATCH: i64 = 200;

/// Deletes what is stale.
pub(super) async fn prune(run: &mut Run) -> Result<(), StoreError> {
    for stale in Stale::ALL {
        while run.goes_on().await? {
            let now = run.now();
            let prune = move |conn: &mut _| pruning::prune(conn, stale, now, BATCH);
            if i64::try_from(run.store(prune).await?) != Ok(BATCH) {
                break;
            }
        }
    }
    Ok(())
}
