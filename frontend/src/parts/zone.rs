//! What the clocks of the viewer and of a clinic show, by the browser's knowledge of zones.

use js_sys::Date;
use visita_domain::{LocalDate, LocalTime, Ts};

use crate::intl;
use crate::parts::civil::Civil;
use crate::state::clock::Clock;

/// The instants between which the viewer's day lies.
#[must_use]
pub fn day_range(day: LocalDate) -> Option<(Ts, Ts)> {
    let midnight = |date| {
        Civil {
            date,
            time: LocalTime::MIDNIGHT,
        }
        .instant(viewer_civil)
    };
    Some((midnight(day)?, midnight(day.plus_days(1))?))
}

/// What the viewer's clock shows at that instant. Fast enough for hundreds of slots, which
/// `Intl` is not.
#[must_use]
pub fn viewer_civil(at: Ts) -> Option<Civil> {
    #[expect(
        clippy::as_conversions,
        reason = "milliseconds of years 0 to 9999 fit 2^53"
    )]
    let date = Date::new(&(at.as_millis() as f64).into());
    let year = i16::try_from(date.get_full_year()).ok()?;
    let month = i8::try_from(date.get_month() + 1).ok()?;
    let day = i8::try_from(date.get_date()).ok()?;
    let minutes = u16::try_from(date.get_hours() * 60 + date.get_minutes()).ok()?;
    Some(Civil {
        date: LocalDate::new(year, month, day).ok()?,
        time: LocalTime::from_minutes(minutes).ok()?,
    })
}

/// What a clock in that zone shows at that instant.
#[must_use]
pub fn civil_in(at: Ts, zone: &str) -> Option<Civil> {
    Some(Civil {
        date: intl::civil_date_at(at, Some(zone))?,
        time: intl::civil_time_at(at, zone)?,
    })
}

/// The viewer's day now.
#[must_use]
pub fn today() -> LocalDate {
    // A browser without a usable clock shows a calendar that starts at the epoch.
    viewer_civil(Clock::read()).map_or(LocalDate::EPOCH, |now| now.date)
}

/// A zone's name for people: "Europe/Paris" without underscores.
#[must_use]
pub fn zone_name(zone: &str) -> String {
    zone.replace('_', " ")
}
