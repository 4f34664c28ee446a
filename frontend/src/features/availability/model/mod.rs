//! The hours being edited, without any page: the week as typed and the rules it makes, time
//! off as typed, and what both offer.

mod draft;
mod forecast;
mod plan;

pub use draft::{Draft, DraftFault};
pub use forecast::{CivilException, DayPreview, preview};
pub use plan::{Fault, Interval, WeekPlan};

/// Minutes of a whole day.
const DAY_MINUTES: u16 = 24 * 60;

/// From and until, in minutes of one day.
type Stretch = (u16, u16);

#[cfg(test)]
mod sample;
