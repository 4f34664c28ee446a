//! Choosing camera and microphone, where there is a choice.

use leptos::prelude::*;

use crate::i18n::t;
use crate::rtc::devices::{Choice as DeviceChoice, all_devices, refresh};
use crate::rtc::media::{Kind, Media};
use crate::ui::{Choice, SelectField};

/// One field per kind of device.
#[component]
pub fn DeviceSelects(media: Media) -> impl IntoView {
    let list = all_devices();
    Effect::new(move |_| {
        // The names come with the permission.
        for kind in [Kind::Mic, Kind::Camera] {
            media.device(kind).track();
        }
        refresh(list);
    });
    view! {
        <DeviceSelect media kind=Kind::Camera list />
        <DeviceSelect media kind=Kind::Mic list />
    }
}

#[component]
fn DeviceSelect(media: Media, kind: Kind, list: RwSignal<Vec<DeviceChoice>>) -> impl IntoView {
    let choices = Memo::new(move |_| list.with(|list| choices(list, kind)));
    let value = RwSignal::new(String::new());
    Effect::new(move |_| {
        let chosen = media.chosen(kind).get().unwrap_or_default();
        if value.get_untracked() != chosen {
            value.set(chosen);
        }
    });
    Effect::new(move |_| {
        let picked = value.get();
        let chosen = media.chosen(kind).get_untracked();
        if !picked.is_empty() && chosen.is_some_and(|chosen| chosen != picked) {
            media.choose(kind, picked);
        }
    });
    let label = match kind {
        Kind::Mic => t::visit::choose_mic(),
        Kind::Camera => t::visit::choose_camera(),
    };
    view! {
        <Show when=move || { choices.with(|choices| choices.len() > 1) }>
            <SelectField label=label.clone() value choices />
        </Show>
    }
}

fn choices(list: &[DeviceChoice], kind: Kind) -> Vec<Choice> {
    let of_kind = list.iter().filter(|device| device.kind == kind);
    let named = |(index, device): (usize, &DeviceChoice)| {
        let label = if device.label.is_empty() {
            t::visit::device_number(index + 1)
        } else {
            device.label.clone()
        };
        Choice::new(device.id.clone(), label)
    };
    of_kind.enumerate().map(named).collect()
}
