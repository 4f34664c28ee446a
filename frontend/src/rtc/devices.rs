//! Which cameras and microphones there are.

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Event, MediaDeviceInfo, MediaDeviceKind, MediaDevices};

use super::media::Kind;

/// One device that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The browser's id.
    pub id: String,
    /// The maker's name; empty until the user has allowed the use.
    pub label: String,
    /// What it is.
    pub kind: Kind,
}

/// All devices, read anew when one is plugged in or out while the calling owner lives.
#[must_use]
pub fn all_devices() -> RwSignal<Vec<Choice>> {
    let list = RwSignal::new(Vec::new());
    if let Some(devices) = media_devices() {
        let again = devices.clone();
        let changed = Closure::<dyn FnMut(Event)>::new(move |_| read(&again, list));
        devices.set_ondevicechange(Some(changed.as_ref().unchecked_ref()));
        let kept = StoredValue::new_local((devices.clone(), changed));
        on_cleanup(move || {
            kept.try_with_value(|(devices, _)| devices.set_ondevicechange(None));
        });
        read(&devices, list);
    }
    list
}

/// Reads the list again: labels appear once the user has allowed the use.
pub fn refresh(list: RwSignal<Vec<Choice>>) {
    if let Some(devices) = media_devices() {
        read(&devices, list);
    }
}

fn media_devices() -> Option<MediaDevices> {
    window()
        .navigator()
        .media_devices()
        .ok()
        .filter(|devices| !devices.is_undefined())
}

fn read(devices: &MediaDevices, list: RwSignal<Vec<Choice>>) {
    let Ok(promise) = devices.enumerate_devices() else {
        return;
    };
    spawn_local(async move {
        if let Ok(found) = JsFuture::from(promise).await {
            let found = js_sys::Array::from(&found);
            let found = found.iter().map(MediaDeviceInfo::unchecked_from_js);
            list.try_set(found.filter_map(|info| choice(&info)).collect());
        }
    });
}

fn choice(info: &MediaDeviceInfo) -> Option<Choice> {
    let kind = match info.kind() {
        MediaDeviceKind::Audioinput => Kind::Mic,
        MediaDeviceKind::Videoinput => Kind::Camera,
        _ => return None,
    };
    let id = info.device_id();
    (!id.is_empty()).then(|| Choice {
        id,
        label: info.label(),
        kind,
    })
}
