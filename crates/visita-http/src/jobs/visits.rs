//! What happens to visits by itself: reminders, visits to which nobody comes, and holds
//! that are over. No transaction reaches the visits of two hospitals, so it goes from one
//! to the next.

use visita_domain::HospitalId;
use visita_store::{StoreError, appointments};

use super::Run;

/// Pieces of one transaction: so few that nobody who books waits for it.
const BATCH: i64 = 20;

/// Queues reminders, and ends visits whose patient never came. One hospital's trouble is
/// not another's.
pub(super) async fn fire_timers(run: &mut Run) -> Result<(), StoreError> {
    let mut result = Ok(());
    for hospital in run.hospitals().await? {
        if let Err(error) = fire_at(run, hospital).await {
            tracing::warn!(%error, hospital.id = %hospital, "Timers of a hospital wait");
            result = Err(error);
        }
    }
    result
}

async fn fire_at(run: &mut Run, hospital: HospitalId) -> Result<(), StoreError> {
    while run.goes_on().await? {
        let now = run.now();
        let fire = move |conn: &mut _| appointments::fire_due(conn, hospital, now, BATCH);
        let fired = run.store(fire).await?;
        for missed in &fired.missed {
            run.state.hub.appointment_changed(missed);
        }
        if fired.reminders > 0 {
            run.state.mailer.wake();
        }
        if !fired.more {
            break;
        }
    }
    Ok(())
}

/// Ends holds that nobody confirmed in time.
pub(super) async fn release_holds(run: &mut Run) -> Result<(), StoreError> {
    for hospital in run.hospitals().await? {
        while run.goes_on().await? {
            let now = run.now();
            let release =
                move |conn: &mut _| appointments::release_over(conn, hospital, now, BATCH);
            if i64::try_from(run.store(release).await?) != Ok(BATCH) {
                break;
            }
        }
    }
    Ok(())
}
