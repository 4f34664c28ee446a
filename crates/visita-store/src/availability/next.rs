//! The next free time of every doctor at once.

use std::collections::HashMap;

use visita_domain::access::{Action, Facts};
use visita_domain::availability::Availability;
use visita_domain::people::{Doctor, Hospital};
use visita_domain::{DoctorId, TimeRange, slots as rules_of};

use super::{MAX_EXCEPTIONS, load_each, looking, policy_for, zone_of};
use crate::appointments::busy;
use crate::conn::Db;
use crate::page::MAX_LIMIT;
use crate::people::{self, DoctorFilter, HospitalRow};
use crate::relation::require_role;
use crate::{AnyConn, Ctx, StoreError, tx};

/// Days from now in which a free time counts as next.
pub const LOOK_AHEAD_DAYS: i64 = 14;
/// Most doctors whose times are looked through at once.
const MOST_DOCTORS: i64 = 200;
/// Longest buffer, in minutes: the CHECK of `doctor_profiles`.
const MAX_BUFFER_MINUTES: i64 = 120;

/// Doctors by their next free time.
#[derive(Clone, PartialEq, Eq)]
pub struct NextSlots {
    /// Soonest first; who has none within [`LOOK_AHEAD_DAYS`] comes last, by name.
    pub items: Vec<(Doctor, Option<TimeRange>)>,
    /// More doctors match than are told.
    pub more: bool,
}

/// The doctors that the actor can book, by their next free time. It costs the same five
/// statements for one doctor and for two hundred; of more than two hundred that match it
/// looks at the first by name.
///
/// # Errors
/// [`StoreError::Forbidden`].
pub fn next_slots(
    conn: &mut AnyConn,
    ctx: &Ctx,
    filter: &DoctorFilter,
    limit: i64,
) -> Result<NextSlots, StoreError> {
    require_role(ctx, Action::ReadSlots)?;
    let hospital_id = ctx.actor.hospital_id.ok_or(StoreError::Forbidden)?;
    let facts = Facts {
        hospital_id: Some(hospital_id),
        ..Facts::default()
    };
    ctx.require(Action::ReadSlots, &facts)?;
    tx::read_tx(conn, ctx.tenant(), |db| {
        let hospital = HospitalRow::load(db, hospital_id)?;
        let mut doctors = people::load_bookable(db, hospital_id, filter, MOST_DOCTORS + 1)?;
        let most = usize::try_from(MOST_DOCTORS).unwrap_or(usize::MAX);
        let mut more = doctors.len() > most;
        doctors.truncate(most);
        let free = first_free(db, ctx, &hospital, &doctors)?;
        let mut items: Vec<_> = doctors
            .into_iter()
            .map(|doctor| {
                let next = free.get(&doctor.id).copied();
                (doctor, next)
            })
            .collect();
        // Stable, so that the order by name stays where the times are the same.
        items.sort_by_key(|(_, next)| (next.is_none(), next.map(TimeRange::start)));
        let told = usize::try_from(limit.clamp(1, MAX_LIMIT)).unwrap_or(usize::MAX);
        more |= items.len() > told;
        items.truncate(told);
        Ok(NextSlots { items, more })
    })
}

/// The first free time of each; who has none is missing.
fn first_free(
    db: &mut Db,
    ctx: &Ctx,
    hospital: &Hospital,
    doctors: &[Doctor],
) -> Result<HashMap<DoctorId, TimeRange>, StoreError> {
    let zone = zone_of(hospital)?;
    // The day before too: a stretch of work may cross midnight.
    let from = zone.date_at(ctx.now).plus_days(-1);
    let to = zone.date_at(ctx.now).plus_days(LOOK_AHEAD_DAYS);
    let soon = TimeRange::new(ctx.now, ctx.now.plus_days(LOOK_AHEAD_DAYS)).ok();
    let bookable = policy_for(ctx, hospital).bookable(ctx.now);
    let window = soon.zip(bookable).and_then(|(soon, bookable)| {
        let end = soon.end().min(bookable.end());
        TimeRange::new(soon.start().max(bookable.start()), end).ok()
    });
    let Some((days, window)) = rules_of::days(&zone, from, to).zip(window) else {
        return Ok(HashMap::new());
    };
    let around = (days.start(), Some(days.end()));
    let availability = load_each(
        db,
        hospital.id,
        doctors,
        around,
        MOST_DOCTORS * MAX_EXCEPTIONS,
    )?;
    let busy = busy::of_doctors(
        db,
        looking(ctx),
        hospital.id,
        doctors,
        days.padded(MAX_BUFFER_MINUTES),
    )?;
    let first = |doctor: &Doctor| {
        let hours: &Availability = availability.get(&doctor.id)?;
        let grid = rules_of::grid(hours, &zone, from, to, doctor.visit_minutes);
        let taken = busy.get(&doctor.id).map_or(&[][..], Vec::as_slice);
        let free = rules_of::free(&grid, taken, doctor.buffer_minutes, window);
        Some((doctor.id, free.into_iter().min_by_key(|slot| slot.start())?))
    };
    Ok(doctors.iter().filter_map(first).collect())
}
