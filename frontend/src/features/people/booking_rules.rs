//! What a hospital lets patients do by themselves: the fields of it, and its words.

use leptos::prelude::*;
use visita_wire::people::BookingPolicyView;

use crate::i18n::t;
use crate::parts::FormFaults;
use crate::ui::{Fact, TextField};

/// Minutes of an hour.
const HOUR: u16 = 60;

/// What was written.
#[derive(Clone, Copy)]
pub struct BookingInputs {
    horizon_days: RwSignal<String>,
    lead_hours: RwSignal<String>,
    notice_hours: RwSignal<String>,
}

impl BookingInputs {
    /// For changing the rules of a hospital.
    #[must_use]
    pub fn of(policy: BookingPolicyView) -> Self {
        Self {
            horizon_days: RwSignal::new(policy.horizon_days.to_string()),
            lead_hours: RwSignal::new(hours(policy.lead_minutes)),
            notice_hours: RwSignal::new(hours(policy.notice_minutes)),
        }
    }

    /// The rules to send, or the field that holds no such number, as the server names it.
    pub fn read(self) -> Result<BookingPolicyView, &'static str> {
        let minutes = |text: RwSignal<String>| text.with_untracked(|text| minutes_of(text));
        let days = |text: &String| text.trim().parse().ok();
        Ok(BookingPolicyView {
            lead_minutes: minutes(self.lead_hours).ok_or("booking.lead_minutes")?,
            horizon_days: self
                .horizon_days
                .with_untracked(days)
                .ok_or("booking.horizon_days")?,
            notice_minutes: minutes(self.notice_hours).ok_or("booking.notice_minutes")?,
        })
    }
}

/// "1.5" of 90 minutes; two digits are enough to find every minute again.
fn hours(minutes: u16) -> String {
    let text = format!("{:.2}", f64::from(minutes) / f64::from(HOUR));
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// 90 minutes of "1.5"; none for what is no number of hours.
fn minutes_of(hours: &str) -> Option<u16> {
    let hours: f64 = hours.trim().parse().ok()?;
    // Written and read, because no conversion between the two types can fail otherwise.
    format!("{:.0}", hours * f64::from(HOUR)).parse().ok()
}

/// The fields.
#[component]
pub fn BookingFields(
    /// What was written.
    inputs: BookingInputs,
    /// What is wrong.
    faults: FormFaults,
) -> impl IntoView {
    view! {
        <fieldset class="flex flex-col gap-4">
            <legend class="mb-2 text-lg font-semibold">{t::people::booking_rules()}</legend>
            <p class="text-sm text-base-content/70">{t::people::booking_rules_text()}</p>
            <TextField
                kind="number"
                label=t::people::booking_horizon()
                hint=t::people::booking_horizon_hint()
                value=inputs.horizon_days
                min="1"
                max="731"
                error=faults.field("booking.horizon_days")
            />
            <TextField
                kind="number"
                label=t::people::booking_lead()
                hint=t::people::booking_lead_hint()
                value=inputs.lead_hours
                min="0"
                max="720"
                step="any"
                error=faults.field("booking.lead_minutes")
            />
            <TextField
                kind="number"
                label=t::people::booking_notice()
                hint=t::people::booking_notice_hint()
                value=inputs.notice_hours
                min="0"
                max="720"
                step="any"
                error=faults.field("booking.notice_minutes")
            />
        </fieldset>
    }
}

/// The rules in words.
#[component]
pub fn BookingFacts(
    /// The rules.
    policy: BookingPolicyView,
) -> impl IntoView {
    let ahead = t::people::booking_days_ahead(i64::from(policy.horizon_days));
    let lead = match policy.lead_minutes {
        0 => t::people::booking_no_lead(),
        minutes => t::people::booking_before(span(minutes)),
    };
    let notice = match policy.notice_minutes {
        0 => t::people::booking_no_notice(),
        minutes => t::people::booking_before(span(minutes)),
    };
    view! {
        <Fact name=t::people::booking_horizon_fact() value=ahead />
        <Fact name=t::people::booking_lead_fact() value=lead />
        <Fact name=t::people::booking_notice_fact() value=notice />
    }
}

/// "45 minutes", "2 hours", "36.5 hours".
fn span(minutes: u16) -> String {
    if minutes < HOUR {
        t::people::minutes(i64::from(minutes))
    } else if minutes.is_multiple_of(HOUR) {
        t::people::hours(i64::from(minutes / HOUR))
    } else {
        t::people::hours_and_part(hours(minutes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn every_minute_survives_being_shown_in_hours() {
        for minutes in 0..=43_200 {
            assert_eq!(minutes_of(&hours(minutes)), Some(minutes));
        }
        assert_eq!(hours(90), "1.5");
        assert_eq!(hours(0), "0");
        assert_eq!(hours(600), "10");
        for odd in ["", "soon", "-1", "NaN", "inf", "99999"] {
            assert_eq!(minutes_of(odd), None, "{odd}");
        }
    }
}
