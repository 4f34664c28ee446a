//! Civil time in a hospital's zone. Server only: the SPA asks the browser's `Intl`.

use jiff::civil;
use jiff::tz::{Offset, TimeZone};

use super::{LocalDate, LocalTime, TimeError, TimeRange, Ts};

/// How far from noon the times of a day can be, in minutes: half a day, and the day that
/// zones skipped or repeated when they moved across the date line (Pacific/Apia, 2011).
const REACH_MINUTES: i64 = 36 * 60;

/// An IANA time zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClinicTz(TimeZone);

impl ClinicTz {
    /// The zone of that IANA name (`Europe/Paris`).
    ///
    /// # Errors
    /// [`TimeError::UnknownZone`].
    pub fn parse(name: &str) -> Result<Self, TimeError> {
        // jiff also reads POSIX strings and fixed offsets; a hospital has an IANA name.
        TimeZone::get(name)
            .map(Self)
            .map_err(|_| TimeError::UnknownZone)
    }

    /// The calendar day at that instant.
    #[must_use]
    pub fn date_at(&self, at: Ts) -> LocalDate {
        LocalDate::from_inner(at.inner().to_zoned(self.0.clone()).date())
    }

    /// What the clock on the wall shows at that instant, cut to the minute, and how many
    /// minutes it is ahead of UTC: at the end of summer time an hour comes twice.
    #[must_use]
    pub fn wall_at(&self, at: Ts) -> (LocalDate, LocalTime, i32) {
        let zoned = at.inner().to_zoned(self.0.clone());
        let count = |number: i8| u16::try_from(number).unwrap_or(0);
        let minutes = count(zoned.hour()) * 60 + count(zoned.minute());
        let time = LocalTime::from_minutes(minutes).unwrap_or(LocalTime::MIDNIGHT);
        let ahead = zoned.offset().seconds() / 60;
        (LocalDate::from_inner(zoned.date()), time, ahead)
    }

    /// The instant of a civil time. A time inside a spring gap is moved past it; a time
    /// that occurs twice in autumn is the first. `24:00` is the next day's midnight.
    ///
    /// # Errors
    /// [`TimeError::Date`] at the end of the calendar.
    pub fn instant(&self, date: LocalDate, time: LocalTime) -> Result<Ts, TimeError> {
        let zoned = civil_at(date, time)?.to_zoned(self.0.clone());
        zoned
            .map(|z| Ts::from_inner(z.timestamp()))
            .map_err(|_| TimeError::Date)
    }

    /// Every instant at which the clock on the wall shows that date and a time from `from`
    /// until before `until`: nothing of an hour that is skipped, both of one that comes
    /// twice. Ordered and apart; empty at the ends of the calendar.
    #[must_use]
    pub fn instants(&self, date: LocalDate, from: LocalTime, until: LocalTime) -> Vec<TimeRange> {
        let (Ok(from), Ok(until)) = (civil_at(date, from), civil_at(date, until)) else {
            return Vec::new();
        };
        let Ok(noon) = self.instant(date, LocalTime::NOON) else {
            return Vec::new();
        };
        let last = noon.plus_minutes(REACH_MINUTES);
        let mut found = Vec::new();
        let mut start = noon.plus_minutes(-REACH_MINUTES);
        while start < last {
            let end = self.next_change(start).map_or(last, |at| at.min(last));
            let offset = self.0.to_offset(start.inner());
            found.extend(shown(from, until, offset, start, end));
            start = end;
        }
        super::merged(found)
    }

    fn next_change(&self, after: Ts) -> Option<Ts> {
        let next = self.0.following(after.inner()).next()?;
        Some(Ts::from_inner(next.timestamp()))
    }
}

/// `24:00` is the next day's midnight.
fn civil_at(date: LocalDate, time: LocalTime) -> Result<civil::DateTime, TimeError> {
    let (date, minutes) = if time.minutes() == 24 * 60 {
        let next = date.plus_days(1);
        if next == date {
            return Err(TimeError::Date);
        }
        (next, 0)
    } else {
        (date, time.minutes())
    };
    let hour = i8::try_from(minutes / 60).map_err(|_| TimeError::TimeOfDay)?;
    let minute = i8::try_from(minutes % 60).map_err(|_| TimeError::TimeOfDay)?;
    Ok(date.inner().at(hour, minute, 0, 0))
}

/// The instants between `start` and `end`, during which `offset` holds, that show a civil
/// time from `from` until before `until`.
fn shown(
    from: civil::DateTime,
    until: civil::DateTime,
    offset: Offset,
    start: Ts,
    end: Ts,
) -> Option<TimeRange> {
    let from = Ts::from_inner(offset.to_timestamp(from).ok()?);
    let until = Ts::from_inner(offset.to_timestamp(until).ok()?);
    TimeRange::new(from.max(start), until.min(end)).ok()
}
