//! Free times laid out for people: by day, and by part of the day.

use std::collections::BTreeMap;

use visita_domain::{LocalDate, LocalTime, Ts};
use visita_wire::availability::SlotView;

use crate::parts::civil::{Civil, Month};

/// Days of one request for free times, the first one included (the server's most).
const WINDOW_DAYS: i64 = 62;

/// A free time, with the time of day at which the viewer's clock shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlacedSlot {
    /// The slot.
    pub slot: SlotView,
    /// Its start on the viewer's clock.
    pub time: LocalTime,
}

/// Free times by the viewer's day.
pub type Days = BTreeMap<LocalDate, Vec<PlacedSlot>>;

/// A part of the day, as people speak of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DayPart {
    /// Before noon.
    Morning,
    /// From noon until 18:00.
    Afternoon,
    /// From 18:00.
    Evening,
}

impl DayPart {
    /// The part that a time of day lies in.
    #[must_use]
    pub fn of(time: LocalTime) -> Self {
        match time.minutes() {
            ..720 => Self::Morning,
            720..1080 => Self::Afternoon,
            _ => Self::Evening,
        }
    }
}

/// Lays slots out by the day that `civil_of` shows for them, in order of time.
pub fn by_day(slots: &[SlotView], civil_of: impl Fn(Ts) -> Option<Civil>) -> Days {
    let mut days = Days::new();
    for slot in slots {
        if let Some(start) = civil_of(slot.starts_at) {
            days.entry(start.date).or_default().push(PlacedSlot {
                slot: *slot,
                time: start.time,
            });
        }
    }
    for placed in days.values_mut() {
        placed.sort_by_key(|slot| slot.slot.starts_at);
    }
    days
}

/// One day's slots by part of the day; empty parts are left out.
#[must_use]
pub fn by_part(day: &[PlacedSlot]) -> Vec<(DayPart, Vec<PlacedSlot>)> {
    let mut parts: BTreeMap<DayPart, Vec<PlacedSlot>> = BTreeMap::new();
    for slot in day {
        parts.entry(DayPart::of(slot.time)).or_default().push(*slot);
    }
    parts.into_iter().collect()
}

/// The days to ask for when a month is shown: from its start, or from today, for as long as
/// one answer may be. A day earlier than needed, because the clinic's day may begin before
/// the viewer's.
#[must_use]
pub fn window(month: Month, today: LocalDate) -> (LocalDate, LocalDate) {
    let from = month.first().max(today).plus_days(-1);
    (from, from.plus_days(WINDOW_DAYS - 1))
}

/// The day to open with: the wanted one if it has free times, else the first that has.
#[must_use]
pub fn opening_day(days: &Days, wanted: Option<LocalDate>) -> Option<LocalDate> {
    wanted
        .filter(|day| days.contains_key(day))
        .or_else(|| days.keys().next().copied())
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    fn slot(start: &str) -> SlotView {
        let starts_at: Ts = start.parse().expect("instant");
        SlotView {
            starts_at,
            ends_at: starts_at.plus_minutes(20),
        }
    }

    /// A clock `hours` ahead of UTC.
    fn clock(hours: i64) -> impl Fn(Ts) -> Option<Civil> {
        move |at| {
            let text = at.plus_minutes(hours * 60).to_string();
            Some(Civil {
                date: text.get(..10)?.parse().ok()?,
                time: text.get(11..16)?.parse().ok()?,
            })
        }
    }

    #[wasm_bindgen_test]
    fn slots_fall_on_the_viewers_day_and_part_of_day() {
        let slots = [
            slot("2026-11-23T23:30:00Z"),
            slot("2026-11-23T08:00:00Z"),
            slot("2026-11-23T10:59:00Z"),
            slot("2026-11-23T11:00:00Z"),
            slot("2026-11-23T17:00:00Z"),
        ];
        let days = by_day(&slots, clock(1));
        let counts: Vec<_> = days
            .iter()
            .map(|(day, slots)| (day.to_string(), slots.len()))
            .collect();
        assert_eq!(
            counts,
            [("2026-11-23".to_owned(), 4), ("2026-11-24".to_owned(), 1)]
        );
        let first = days.values().next().expect("a day");
        let parts: Vec<_> = by_part(first)
            .into_iter()
            .map(|(part, slots)| {
                let times: Vec<_> = slots.iter().map(|s| s.time.to_string()).collect();
                (part, times.join(" "))
            })
            .collect();
        assert_eq!(
            parts,
            [
                (DayPart::Morning, "09:00 11:59".to_owned()),
                (DayPart::Afternoon, "12:00".to_owned()),
                (DayPart::Evening, "18:00".to_owned()),
            ]
        );
        // The same instants on a clock in Tokyo.
        assert_eq!(by_day(&slots, clock(9)).len(), 2);
    }

    #[wasm_bindgen_test]
    fn a_window_never_asks_for_more_than_one_answer_holds_nor_for_the_past() {
        let today: LocalDate = "2026-11-23".parse().expect("date");
        let (from, to) = window(Month::of(today), today);
        assert_eq!(
            (from.to_string(), to.to_string()),
            ("2026-11-22".to_owned(), "2027-01-22".to_owned())
        );
        let (from, to) = window(Month::of(today).next(), today);
        assert_eq!(from.to_string(), "2026-11-30");
        assert_eq!(from.plus_days(WINDOW_DAYS - 1), to);
    }

    #[wasm_bindgen_test]
    fn the_picker_opens_on_the_wanted_or_the_first_free_day() {
        let days = by_day(
            &[slot("2026-11-24T08:00:00Z"), slot("2026-11-26T08:00:00Z")],
            clock(0),
        );
        let day = |text: &str| -> LocalDate { text.parse().expect("date") };
        assert_eq!(opening_day(&days, None), Some(day("2026-11-24")));
        assert_eq!(
            opening_day(&days, Some(day("2026-11-26"))),
            Some(day("2026-11-26"))
        );
        assert_eq!(
            opening_day(&days, Some(day("2026-11-25"))),
            Some(day("2026-11-24"))
        );
        assert_eq!(opening_day(&Days::new(), None), None);
    }
}
