//! Instants, half-open ranges, and civil dates and times of a hospital's zone.
//!
//! jiff stays behind these types (its 1.0 is not out), and no function here
//! reads a clock.

use std::fmt;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp, civil};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use thiserror::Error;

/// A text that is no time, date or range of the form asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TimeError {
    /// Not RFC 3339, or outside the years 0 to 9999.
    #[error("not a time in RFC 3339")]
    Instant,
    /// Not `YYYY-MM-DD`, or no such day.
    #[error("not a date (YYYY-MM-DD)")]
    Date,
    /// Not `HH:MM`.
    #[error("not a time of day (HH:MM)")]
    TimeOfDay,
    /// The end is not after the start.
    #[error("the end must be after the start")]
    EmptyRange,
    /// No such zone in the IANA database.
    #[error("unknown time zone")]
    UnknownZone,
}

/// An instant in UTC, precise to the microsecond (what PostgreSQL stores).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ts(Timestamp);

impl Ts {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(Timestamp::UNIX_EPOCH);

    /// The instant `micros` microseconds after 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    /// [`TimeError::Instant`] outside the years that jiff can hold.
    pub fn from_micros(micros: i64) -> Result<Self, TimeError> {
        Timestamp::from_microsecond(micros)
            .map(Self)
            .map_err(|_| TimeError::Instant)
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn as_micros(self) -> i64 {
        self.0.as_microsecond()
    }

    /// Milliseconds since 1970-01-01T00:00:00Z, as JavaScript's `Date` counts.
    #[must_use]
    pub fn as_millis(self) -> i64 {
        self.0.as_millisecond()
    }

    /// Whole seconds since 1970-01-01T00:00:00Z, as JWT counts.
    #[must_use]
    pub fn as_secs(self) -> i64 {
        self.0.as_second()
    }

    /// This instant moved by `micros` microseconds; stays put at the end of representable time.
    #[must_use]
    pub fn plus_micros(self, micros: i64) -> Self {
        self.0
            .checked_add(SignedDuration::from_micros(micros))
            .map_or(self, Self)
    }

    /// This instant moved by `seconds`.
    #[must_use]
    pub fn plus_secs(self, seconds: i64) -> Self {
        self.plus_micros(seconds.saturating_mul(1_000_000))
    }

    /// This instant moved by `minutes`.
    #[must_use]
    pub fn plus_minutes(self, minutes: i64) -> Self {
        self.plus_secs(minutes.saturating_mul(60))
    }

    /// This instant moved by `days` of 24 hours.
    #[must_use]
    pub fn plus_days(self, days: i64) -> Self {
        self.plus_minutes(days.saturating_mul(24 * 60))
    }

    /// Seconds from `earlier` to this instant, negative when it is later.
    #[must_use]
    pub fn secs_since(self, earlier: Self) -> i64 {
        (self.as_micros() - earlier.as_micros()) / 1_000_000
    }

    #[cfg(feature = "tz")]
    pub(crate) fn inner(self) -> Timestamp {
        self.0
    }

    pub(crate) fn from_inner(at: Timestamp) -> Self {
        // Sub-microseconds are cut at creation, or a stored value would differ from its source.
        Timestamp::from_microsecond(at.as_microsecond()).map_or(Self(at), Self)
    }
}

impl fmt::Display for Ts {
    /// RFC 3339 in UTC with six decimals: fixed width, so text order is time order.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.6}", self.0)
    }
}

impl fmt::Debug for Ts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Ts {
    type Err = TimeError;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        s.parse::<Timestamp>()
            .map(Self::from_inner)
            .map_err(|_| TimeError::Instant)
    }
}

/// A day of the calendar, without a zone. Text form `YYYY-MM-DD`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalDate(civil::Date);

impl LocalDate {
    /// 1970-01-01.
    pub const EPOCH: Self = Self(civil::Date::constant(1970, 1, 1));

    /// The given day.
    ///
    /// # Errors
    /// [`TimeError::Date`] when there is no such day (30 February, month 13).
    pub fn new(year: i16, month: i8, day: i8) -> Result<Self, TimeError> {
        civil::Date::new(year, month, day)
            .map(Self)
            .map_err(|_| TimeError::Date)
    }

    /// The day `days` later (earlier when negative); stays put at the end of the calendar.
    #[must_use]
    pub fn plus_days(self, days: i64) -> Self {
        self.0
            .checked_add(jiff::Span::new().days(days.clamp(-3_000_000, 3_000_000)))
            .map_or(self, Self)
    }

    /// The day of the week.
    #[must_use]
    pub fn weekday(self) -> Weekday {
        match self.0.weekday() {
            civil::Weekday::Monday => Weekday::Monday,
            civil::Weekday::Tuesday => Weekday::Tuesday,
            civil::Weekday::Wednesday => Weekday::Wednesday,
            civil::Weekday::Thursday => Weekday::Thursday,
            civil::Weekday::Friday => Weekday::Friday,
            civil::Weekday::Saturday => Weekday::Saturday,
            civil::Weekday::Sunday => Weekday::Sunday,
        }
    }

    /// The year, 0 to 9999.
    #[must_use]
    pub fn year(self) -> i16 {
        self.0.year()
    }

    /// The month, 1 to 12.
    #[must_use]
    pub fn month(self) -> i8 {
        self.0.month()
    }

    /// The day of the month, 1 to 31.
    #[must_use]
    pub fn day(self) -> i8 {
        self.0.day()
    }

    #[cfg(feature = "tz")]
    pub(crate) fn inner(self) -> civil::Date {
        self.0
    }

    #[cfg(feature = "tz")]
    pub(crate) fn from_inner(date: civil::Date) -> Self {
        Self(date)
    }
}

impl fmt::Display for LocalDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for LocalDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for LocalDate {
    type Err = TimeError;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        // jiff also accepts date-times; the contract is the ten characters.
        if s.len() != 10 {
            return Err(TimeError::Date);
        }
        s.parse::<civil::Date>()
            .map(Self)
            .map_err(|_| TimeError::Date)
    }
}

/// A time of day in whole minutes, without a zone. Text form `HH:MM`; `24:00` ends a day.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalTime(u16);

impl LocalTime {
    /// Midnight at the start of a day.
    pub const MIDNIGHT: Self = Self(0);

    /// Midday.
    pub const NOON: Self = Self(12 * 60);
    /// Midnight at the end of a day.
    pub const DAY_END: Self = Self(24 * 60);

    /// The time `minutes` after midnight.
    ///
    /// # Errors
    /// [`TimeError::TimeOfDay`] past 24:00 (1440 minutes).
    pub fn from_minutes(minutes: u16) -> Result<Self, TimeError> {
        if minutes <= 24 * 60 {
            Ok(Self(minutes))
        } else {
            Err(TimeError::TimeOfDay)
        }
    }

    /// Minutes after midnight, 0 to 1440.
    #[must_use]
    pub fn minutes(self) -> u16 {
        self.0
    }
}

impl fmt::Display for LocalTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl fmt::Debug for LocalTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for LocalTime {
    type Err = TimeError;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let digits = |part: &str| -> Option<u16> {
            (part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit()))
                .then(|| part.parse().ok())
                .flatten()
        };
        let (hours, minutes) = s.split_once(':').ok_or(TimeError::TimeOfDay)?;
        let (hours, minutes) = digits(hours)
            .zip(digits(minutes))
            .ok_or(TimeError::TimeOfDay)?;
        if minutes >= 60 {
            return Err(TimeError::TimeOfDay);
        }
        Self::from_minutes(hours * 60 + minutes)
    }
}

macro_rules! text_serde {
    ($($name:ident, $expected:literal;)*) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Visitor;
                impl de::Visitor<'_> for Visitor {
                    type Value = $name;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str($expected)
                    }
                    fn visit_str<E: de::Error>(self, s: &str) -> Result<$name, E> {
                        // The value itself stays out of the message: errors never echo input.
                        s.parse().map_err(|e: TimeError| E::custom(e))
                    }
                }
                deserializer.deserialize_str(Visitor)
            }
        }
    )*};
}

text_serde! {
    Ts, "a time in RFC 3339";
    LocalDate, "a date (YYYY-MM-DD)";
    LocalTime, "a time of day (HH:MM)";
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Weekday {
    /// First day of the week in ISO 8601.
    Monday,
    /// Second day.
    Tuesday,
    /// Third day.
    Wednesday,
    /// Fourth day.
    Thursday,
    /// Fifth day.
    Friday,
    /// Sixth day.
    Saturday,
    /// Seventh day.
    Sunday,
}

impl Weekday {
    /// The week from Monday on, as ISO 8601 orders it.
    pub const ALL: [Self; 7] = [
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
    ];

    /// 1 for Monday to 7 for Sunday (ISO 8601).
    #[must_use]
    pub fn number(self) -> i16 {
        match self {
            Self::Monday => 1,
            Self::Tuesday => 2,
            Self::Wednesday => 3,
            Self::Thursday => 4,
            Self::Friday => 5,
            Self::Saturday => 6,
            Self::Sunday => 7,
        }
    }

    /// The day with that ISO number.
    #[must_use]
    pub fn from_number(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|day| day.number() == number)
    }
}

/// A half-open range of time: the start belongs to it, the end does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct TimeRange {
    start: Ts,
    end: Ts,
}

impl TimeRange {
    /// The range from `start` until before `end`.
    ///
    /// # Errors
    /// [`TimeError::EmptyRange`] when reversed or of zero length.
    pub fn new(start: Ts, end: Ts) -> Result<Self, TimeError> {
        if start < end {
            Ok(Self { start, end })
        } else {
            Err(TimeError::EmptyRange)
        }
    }

    /// The first instant.
    #[must_use]
    pub fn start(self) -> Ts {
        self.start
    }

    /// The instant just past the last.
    #[must_use]
    pub fn end(self) -> Ts {
        self.end
    }

    /// True when both share an instant. Ranges that only touch do not.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// True when `other` lies wholly inside.
    #[must_use]
    pub fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// This range grown by `minutes` on both sides.
    #[must_use]
    pub fn padded(self, minutes: i64) -> Self {
        Self {
            start: self.start.plus_minutes(-minutes),
            end: self.end.plus_minutes(minutes),
        }
    }
}

/// Ordered, with ranges that overlap or touch made one.
#[must_use]
pub fn merged(mut ranges: Vec<TimeRange>) -> Vec<TimeRange> {
    ranges.sort_by_key(|range| (range.start, range.end));
    let mut out: Vec<TimeRange> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match out.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => out.push(range),
        }
    }
    out
}

#[cfg(feature = "tz")]
mod zone;
#[cfg(feature = "tz")]
pub use zone::ClinicTz;

#[cfg(feature = "openapi")]
mod schema;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_print_in_fixed_width_and_read_back() {
        for text in ["2026-11-23T09:30:00.000000Z", "1999-12-31T23:59:59.999999Z"] {
            let at: Ts = text.parse().expect("valid");
            assert_eq!(at.to_string(), text);
        }
        assert_eq!(
            "2026-11-23T10:30:00+01:00"
                .parse::<Ts>()
                .expect("valid")
                .to_string(),
            "2026-11-23T09:30:00.000000Z"
        );
        assert_eq!("2026-11-23".parse::<Ts>(), Err(TimeError::Instant));
    }

    #[test]
    fn impossible_days_and_times_are_refused() {
        for text in ["2026-02-30", "2026-13-01", "26-01-01", "2026-01-01T00:00"] {
            assert_eq!(text.parse::<LocalDate>(), Err(TimeError::Date), "{text}");
        }
        for text in ["24:01", "9:30", "09:60", "0930", "+9:30", ""] {
            assert_eq!(
                text.parse::<LocalTime>(),
                Err(TimeError::TimeOfDay),
                "{text}"
            );
        }
        assert_eq!("24:00".parse::<LocalTime>().expect("valid").minutes(), 1440);
    }

    #[test]
    fn ranges_that_touch_do_not_overlap() {
        let at = |m: i64| Ts::from_micros(0).expect("epoch").plus_minutes(m);
        let range = |a, b| TimeRange::new(at(a), at(b)).expect("range");
        assert!(!range(0, 30).overlaps(range(30, 60)));
        assert!(range(0, 31).overlaps(range(30, 60)));
        assert_eq!(TimeRange::new(at(5), at(5)), Err(TimeError::EmptyRange));
        assert_eq!(TimeRange::new(at(6), at(5)), Err(TimeError::EmptyRange));
    }
}
