//! Choosing a time zone.

use leptos::prelude::*;

use crate::i18n::t;
use crate::intl;
use crate::ui::{Choice, SelectField};

/// The zone of a clinic, among those that this browser knows.
#[component]
pub fn ZoneField(
    /// The IANA zone.
    value: RwSignal<String>,
    /// What is wrong.
    #[prop(into)]
    error: Signal<Option<String>>,
) -> impl IntoView {
    let mut zones = intl::zones();
    let own = value.get_untracked();
    if !own.is_empty() && !zones.contains(&own) {
        zones.push(own);
    }
    let choices: Vec<Choice> = zones
        .into_iter()
        .map(|zone| Choice::new(zone.clone(), zone.replace('_', " ")))
        .collect();
    view! {
        <SelectField
            label=t::people::time_zone()
            value
            choices
            hint=t::people::time_zone_hint()
            error
        />
    }
}
