//! Dates, times and sizes in the words of the viewer's language, by `Intl`.
//!
//! Instants are shown in the viewer's zone. Where a clinic in another zone is
//! meant, [`visit_time`] adds the clinic's own time and names the zone.

use js_sys::{Array, Date, Function, Intl, Object, Reflect};
use visita_domain::{LocalDate, LocalTime, Ts};
use wasm_bindgen::{JsCast, JsValue};

use crate::i18n;

/// One option of `Intl.DateTimeFormat`: name and value.
type Choice = (&'static str, &'static str);

const DAY: [Choice; 3] = [("weekday", "short"), ("day", "numeric"), ("month", "short")];
const DAY_LONG: [Choice; 3] = [("weekday", "long"), ("day", "numeric"), ("month", "long")];
const DATE: [Choice; 3] = [("day", "numeric"), ("month", "short"), ("year", "numeric")];
const TIME: [Choice; 2] = [("hour", "numeric"), ("minute", "2-digit")];
const MONTH: [Choice; 2] = [("month", "long"), ("year", "numeric")];

/// The viewer's IANA zone, as the browser names it.
#[must_use]
pub fn viewer_zone() -> String {
    let format = Intl::DateTimeFormat::new(&Array::new(), &Object::new());
    Reflect::get(&format.resolved_options(), &"timeZone".into())
        .ok()
        .and_then(|zone| zone.as_string())
        .unwrap_or_else(|| "UTC".to_owned())
}

/// The IANA zones that this browser knows.
#[must_use]
pub fn zones() -> Vec<String> {
    let intl = Reflect::get(&js_sys::global(), &"Intl".into());
    let known = intl.and_then(|intl| {
        let list = Reflect::get(&intl, &"supportedValuesOf".into())?;
        list.unchecked_ref::<Function>()
            .call1(&intl, &"timeZone".into())
    });
    let list = known.map(|list| Array::from(&list)).unwrap_or_default();
    list.iter().filter_map(|zone| zone.as_string()).collect()
}

/// "14:30", in the viewer's zone.
#[must_use]
pub fn time(at: Ts) -> String {
    format(&date_of(at), &TIME, None)
}

/// "Tue 24 Nov", in the viewer's zone.
#[must_use]
pub fn day(at: Ts) -> String {
    format(&date_of(at), &DAY, None)
}

/// "Tuesday 24 November", in the viewer's zone.
#[must_use]
pub fn day_long(at: Ts) -> String {
    format(&date_of(at), &DAY_LONG, None)
}

/// "24 Nov 2026", in the viewer's zone.
#[must_use]
pub fn date(at: Ts) -> String {
    format(&date_of(at), &DATE, None)
}

/// "24 Nov 2026, 14:30", in the viewer's zone.
#[must_use]
pub fn date_time(at: Ts) -> String {
    let options = [DATE.as_slice(), TIME.as_slice()].concat();
    format(&date_of(at), &options, None)
}

/// "24 Nov 2026, 14:30", as that zone's clock shows it.
#[must_use]
pub fn date_time_in(at: Ts, zone: &str) -> String {
    let options = [DATE.as_slice(), TIME.as_slice()].concat();
    format(&date_of(at), &options, Some(zone))
}

/// "Tuesday 24 November", by that zone's calendar, and "14:30", as its clock shows it.
#[must_use]
pub fn day_and_time_in(at: Ts, zone: &str) -> (String, String) {
    let date = date_of(at);
    let part = |options: &[Choice]| format(&date, options, Some(zone));
    (part(&DAY_LONG), part(&TIME))
}

/// "14:30 – 14:50", in the viewer's zone.
#[must_use]
pub fn time_range(from: Ts, until: Ts) -> String {
    format!("{} – {}", time(from), time(until))
}

/// "24 Nov 2026" of a civil date (a birthday has no zone).
#[must_use]
pub fn civil_date(date: LocalDate) -> String {
    format(&date_of_civil(date), &DATE, Some("UTC"))
}

/// "Tue 24 Nov" of a civil date.
#[must_use]
pub fn civil_day(date: LocalDate) -> String {
    format(&date_of_civil(date), &DAY, Some("UTC"))
}

/// "Tuesday 24 November" of a civil date.
#[must_use]
pub fn civil_day_long(date: LocalDate) -> String {
    format(&date_of_civil(date), &DAY_LONG, Some("UTC"))
}

/// "November 2026" of a civil date.
#[must_use]
pub fn civil_month(date: LocalDate) -> String {
    format(&date_of_civil(date), &MONTH, Some("UTC"))
}

/// The name of a weekday that the date falls on, short ("Tue").
#[must_use]
pub fn weekday_short(date: LocalDate) -> String {
    format(&date_of_civil(date), &[("weekday", "short")], Some("UTC"))
}

/// The name of a weekday that the date falls on ("Tuesday").
#[must_use]
pub fn weekday_long(date: LocalDate) -> String {
    format(&date_of_civil(date), &[("weekday", "long")], Some("UTC"))
}

/// "14:30" of a time of day.
#[must_use]
pub fn time_of_day(time: LocalTime) -> String {
    let at = Ts::from_micros(i64::from(time.minutes()) * 60_000_000);
    at.map_or_else(
        |_| String::new(),
        |at| format(&date_of(at), &TIME, Some("UTC")),
    )
}

/// The clinic's wall clock with the clinic's zone named, when it shows another
/// time of day than the viewer's: "15:30 in Europe/Paris".
#[must_use]
pub fn clinic_time(at: Ts, clinic_zone: &str) -> Option<String> {
    let options = [DAY.as_slice(), TIME.as_slice()].concat();
    let date = date_of(at);
    let there = format(&date, &options, Some(clinic_zone));
    (there != format(&date, &options, None)).then(|| {
        let place = clinic_zone.replace('_', " ");
        i18n::t::common::time_in_place(format(&date, &TIME, Some(clinic_zone)), place)
    })
}

/// The calendar day that an instant falls on in a zone (the viewer's without one).
#[must_use]
pub fn civil_date_at(at: Ts, zone: Option<&str>) -> Option<LocalDate> {
    let options = [
        ("year", "numeric"),
        ("month", "2-digit"),
        ("day", "2-digit"),
    ];
    // The Swedish locale writes dates as ISO 8601 does.
    format_in("sv-SE", &date_of(at), &options, zone)
        .parse()
        .ok()
}

/// The time of day that a clock in that zone shows at an instant.
#[must_use]
pub fn civil_time_at(at: Ts, zone: &str) -> Option<LocalTime> {
    let options = [
        ("hour", "2-digit"),
        ("minute", "2-digit"),
        ("hourCycle", "h23"),
    ];
    format_in("sv-SE", &date_of(at), &options, Some(zone))
        .parse()
        .ok()
}

/// "1.4 MB".
#[must_use]
pub fn file_size(bytes: i64) -> String {
    #[expect(clippy::as_conversions, reason = "file sizes are far below 2^53")]
    let bytes = bytes as f64;
    let (value, unit) = match bytes {
        b if b < 1_000.0 => (b, "byte"),
        b if b < 1_000_000.0 => (b / 1_000.0, "kilobyte"),
        b => (b / 1_000_000.0, "megabyte"),
    };
    let options = Object::new();
    for (name, choice) in [("style", "unit"), ("unit", unit), ("unitDisplay", "short")] {
        set(&options, name, &choice.into());
    }
    set(&options, "maximumFractionDigits", &1.into());
    let format = Intl::NumberFormat::new(&languages(&i18n::language()), &options);
    call(&format.format(), &value.into())
}

/// "English" for "en", in the viewer's language.
#[must_use]
pub fn language_name(tag: &str) -> String {
    let options = Object::new();
    set(&options, "type", &"language".into());
    let names = Intl::DisplayNames::new(&languages(&i18n::language()), &options);
    names.of(tag).map_or_else(|| tag.to_owned(), String::from)
}

fn date_of(at: Ts) -> Date {
    #[expect(
        clippy::as_conversions,
        reason = "milliseconds of years 0 to 9999 fit 2^53"
    )]
    let millis = at.as_millis() as f64;
    Date::new(&millis.into())
}

/// Noon in UTC of the day, to be formatted in UTC.
fn date_of_civil(date: LocalDate) -> Date {
    Date::new(&format!("{date}T12:00:00Z").into())
}

fn format(date: &Date, options: &[Choice], zone: Option<&str>) -> String {
    format_in(&i18n::language(), date, options, zone)
}

fn format_in(language: &str, date: &Date, options: &[Choice], zone: Option<&str>) -> String {
    let object = Object::new();
    for (name, value) in options {
        set(&object, name, &(*value).into());
    }
    if let Some(zone) = zone {
        set(&object, "timeZone", &zone.into());
    }
    // Constructed by reflection, since a zone that this browser does not know throws.
    let constructor = Reflect::get(&js_sys::global(), &"Intl".into())
        .and_then(|intl| Reflect::get(&intl, &"DateTimeFormat".into()));
    constructor
        .and_then(|new| {
            let arguments = Array::of2(&languages(language), &object);
            Reflect::construct(new.unchecked_ref::<Function>(), &arguments)
        })
        .map(|format| {
            call(
                &format.unchecked_into::<Intl::DateTimeFormat>().format(),
                date,
            )
        })
        .unwrap_or_default()
}

/// English without a region would write American dates; the browser's own
/// English, when it has one, writes them as its user reads them.
fn languages(language: &str) -> Array {
    let list = Array::new();
    if let Some(window) = web_sys::window() {
        for own in window.navigator().languages().iter() {
            if own.as_string().is_some_and(|tag| tag.starts_with(language)) {
                list.push(&own);
            }
        }
    }
    list.push(&language.into());
    list
}

fn set(object: &Object, name: &str, value: &JsValue) {
    // Setting a property of a plain object cannot fail.
    let _ = Reflect::set(object, &name.into(), value);
}

fn call(function: &Function, value: &JsValue) -> String {
    let text = function.call1(&JsValue::UNDEFINED, value).ok();
    text.and_then(|text| text.as_string()).unwrap_or_default()
}
