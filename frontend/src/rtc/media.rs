//! The own camera and microphone: acquired once, shared by preview and call, released together.

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    DomException, MediaStream, MediaStreamConstraints, MediaStreamTrack, MediaStreamTrackState,
    MediaTrackConstraints,
};

/// Camera or microphone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The microphone.
    Mic,
    /// The camera.
    Camera,
}

impl Kind {
    /// As tracks name it.
    #[must_use]
    pub fn track_kind(self) -> &'static str {
        match self {
            Self::Mic => "audio",
            Self::Camera => "video",
        }
    }
}

/// Why a device gives nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaFault {
    /// The user, the browser or the system does not allow it.
    Denied,
    /// There is none.
    Missing,
    /// Another program has it.
    Busy,
    /// The chosen one is gone or cannot do what is asked.
    Unfit,
    /// The page is not loaded over HTTPS, or the browser knows no devices.
    Unsupported,
}

impl MediaFault {
    /// By the name of the `DOMException` (mediacapture-main §10.2.5).
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        match name {
            "NotAllowedError" | "SecurityError" => Self::Denied,
            "NotFoundError" => Self::Missing,
            "OverconstrainedError" => Self::Unfit,
            "TypeError" => Self::Unsupported,
            // NotReadableError, AbortError: the hardware or another program.
            _ => Self::Busy,
        }
    }

    fn of(error: &JsValue) -> Self {
        let name = error.dyn_ref::<DomException>().map(DomException::name);
        let name = name.or_else(|| error.dyn_ref::<js_sys::Error>().map(|e| e.name().into()));
        Self::from_name(&name.unwrap_or_default())
    }
}

/// Where one device stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Device {
    /// Not asked for.
    Off,
    /// Asked for; the browser may be asking the user.
    Asking,
    /// It gives a track, which may be muted by the user.
    On(MediaStreamTrack),
    /// It gives nothing.
    Fault(MediaFault),
}

impl Device {
    /// The track, when there is one.
    #[must_use]
    pub fn track(&self) -> Option<&MediaStreamTrack> {
        match self {
            Self::On(track) => Some(track),
            _ => None,
        }
    }

    /// The fault, when there is one.
    #[must_use]
    pub fn fault(&self) -> Option<MediaFault> {
        match self {
            Self::Fault(fault) => Some(*fault),
            _ => None,
        }
    }
}

/// One device: its state, whether the user wants it heard or seen, and which was chosen.
#[derive(Clone, Copy)]
struct Slot {
    device: RwSignal<Device, LocalStorage>,
    wanted: RwSignal<bool>,
    chosen: RwSignal<Option<String>>,
}

impl Slot {
    fn new() -> Self {
        Self {
            device: RwSignal::new_local(Device::Off),
            wanted: RwSignal::new(true),
            chosen: RwSignal::new(None),
        }
    }
}

/// Camera and microphone of a visit page. Created by it and stopped with it.
#[derive(Clone, Copy)]
pub struct Media {
    mic: Slot,
    camera: Slot,
    preview: RwSignal<Option<MediaStream>, LocalStorage>,
    /// Answers of the browser that came too late are stopped at once.
    stopped: StoredValue<bool>,
}

impl Media {
    /// Devices that nobody asked for yet; released when the calling owner ends.
    #[must_use]
    pub fn new() -> Self {
        let media = Self {
            mic: Slot::new(),
            camera: Slot::new(),
            preview: RwSignal::new_local(None),
            stopped: StoredValue::new(false),
        };
        media.replace_lost();
        on_cleanup(move || media.stop());
        media
    }

    /// A device that was pulled out ends its track: take what is left instead.
    fn replace_lost(self) {
        let Ok(devices) = window().navigator().media_devices() else {
            return;
        };
        if devices.is_undefined() {
            return;
        }
        let changed = Closure::<dyn FnMut(web_sys::Event)>::new(move |_| {
            for kind in [Kind::Mic, Kind::Camera] {
                let lost = self.slot(kind).device.try_with_untracked(|device| {
                    let ended =
                        |t: &MediaStreamTrack| t.ready_state() == MediaStreamTrackState::Ended;
                    device.track().is_some_and(ended)
                });
                if lost == Some(true) {
                    self.retry(kind);
                }
            }
        });
        let hear = changed.as_ref().unchecked_ref();
        // Without the event the user can still choose by hand.
        let _ = devices.add_event_listener_with_callback("devicechange", hear);
        let kept = StoredValue::new_local((devices, changed));
        on_cleanup(move || {
            kept.try_with_value(|(devices, changed)| {
                let hear = changed.as_ref().unchecked_ref();
                devices.remove_event_listener_with_callback("devicechange", hear)
            });
        });
    }

    fn slot(self, kind: Kind) -> Slot {
        match kind {
            Kind::Mic => self.mic,
            Kind::Camera => self.camera,
        }
    }

    /// A device's state.
    #[must_use]
    pub fn device(self, kind: Kind) -> Signal<Device, LocalStorage> {
        self.slot(kind).device.into()
    }

    /// Whether the user wants the device on. It may be without a track all the same.
    #[must_use]
    pub fn wanted(self, kind: Kind) -> Signal<bool> {
        self.slot(kind).wanted.into()
    }

    /// Whether the others can hear or see the user.
    #[must_use]
    pub fn sends(self, kind: Kind) -> Signal<bool> {
        let slot = self.slot(kind);
        Signal::derive(move || slot.wanted.get() && slot.device.with(|d| d.track().is_some()))
    }

    /// The id of the device in use.
    #[must_use]
    pub fn chosen(self, kind: Kind) -> Signal<Option<String>> {
        self.slot(kind).chosen.into()
    }

    /// The camera's picture alone, for the self-view.
    #[must_use]
    pub fn preview(self) -> Signal<Option<MediaStream>, LocalStorage> {
        self.preview.into()
    }

    /// Asks for both devices, unless they are on. What is missing stays a fault, and one
    /// can take part without.
    pub fn acquire(self) {
        self.stopped.try_set_value(false);
        let missing: Vec<Kind> = [Kind::Mic, Kind::Camera]
            .into_iter()
            .filter(|kind| {
                self.slot(*kind)
                    .device
                    .with_untracked(|d| d.track().is_none())
            })
            .collect();
        for kind in &missing {
            self.slot(*kind).device.set(Device::Asking);
        }
        if !missing.is_empty() {
            spawn_local(async move { self.ask(&missing).await });
        }
    }

    /// Asks again for one device, for example after the user has allowed it.
    pub fn retry(self, kind: Kind) {
        self.slot(kind).device.set(Device::Asking);
        spawn_local(async move { self.ask(&[kind]).await });
    }

    /// Uses another device. The old track stops first: iOS gives only one at a time.
    pub fn choose(self, kind: Kind, id: String) {
        let slot = self.slot(kind);
        slot.chosen.set(Some(id));
        stop_track(slot);
        self.retry(kind);
    }

    /// Mutes or unmutes. The device stays open: reopening it can fail and takes time.
    pub fn toggle(self, kind: Kind) {
        let slot = self.slot(kind);
        slot.wanted.update(|wanted| *wanted = !*wanted);
        let wanted = slot.wanted.get_untracked();
        slot.device.with_untracked(|device| {
            if let Some(track) = device.track() {
                track.set_enabled(wanted);
            }
        });
    }

    /// Releases both devices.
    pub fn stop(self) {
        self.stopped.try_set_value(true);
        for kind in [Kind::Mic, Kind::Camera] {
            stop_track(self.slot(kind));
            self.slot(kind).device.try_set(Device::Off);
        }
        self.preview.try_set(None);
    }

    /// Both at once, so that the user is asked once; then each alone, so that a missing
    /// camera does not cost the microphone.
    async fn ask(self, kinds: &[Kind]) {
        match self.get_user_media(kinds).await {
            Ok(stream) => self.take(&stream, kinds),
            // Asking again would only show the same question again.
            Err(fault @ (MediaFault::Denied | MediaFault::Unsupported)) => {
                self.fail(kinds, fault);
            }
            Err(fault) if kinds.len() == 1 => self.fail(kinds, fault),
            Err(_) => {
                for kind in kinds {
                    match self.get_user_media(&[*kind]).await {
                        Ok(stream) => self.take(&stream, &[*kind]),
                        Err(fault) => self.fail(&[*kind], fault),
                    }
                }
            }
        }
    }

    fn fail(self, kinds: &[Kind], fault: MediaFault) {
        for kind in kinds {
            self.slot(*kind).device.try_set(Device::Fault(fault));
        }
        self.show_preview();
    }

    fn take(self, stream: &MediaStream, kinds: &[Kind]) {
        let tracks = stream
            .get_tracks()
            .into_iter()
            .map(MediaStreamTrack::unchecked_from_js);
        if self.stopped.try_get_value() != Some(false) {
            tracks.for_each(|track| track.stop());
            return;
        }
        for track in tracks {
            let Some(kind) = kinds.iter().find(|kind| track.kind() == kind.track_kind()) else {
                continue;
            };
            let slot = self.slot(*kind);
            let Some(wanted) = slot.wanted.try_get_untracked() else {
                return;
            };
            track.set_enabled(wanted);
            slot.chosen.try_set(track.get_settings().get_device_id());
            slot.device.try_set(Device::On(track));
        }
        self.show_preview();
    }

    fn show_preview(self) {
        let track = self
            .camera
            .device
            .try_with_untracked(|device| device.track().cloned());
        let stream = track.flatten().and_then(|track| {
            let stream = MediaStream::new().ok()?;
            stream.add_track(&track);
            Some(stream)
        });
        self.preview.try_set(stream);
    }

    async fn get_user_media(self, kinds: &[Kind]) -> Result<MediaStream, MediaFault> {
        let constraints = MediaStreamConstraints::new();
        if kinds.contains(&Kind::Mic) {
            constraints.set_audio(&audio_constraints(self.chosen_id(Kind::Mic)).into());
        }
        if kinds.contains(&Kind::Camera) {
            constraints.set_video(&video_constraints(self.chosen_id(Kind::Camera)).into());
        }
        let devices = window()
            .navigator()
            .media_devices()
            .map_err(|_| MediaFault::Unsupported)?;
        // Over plain HTTP the browser has no `mediaDevices` at all.
        if devices.is_undefined() {
            return Err(MediaFault::Unsupported);
        }
        let promise = devices
            .get_user_media_with_constraints(&constraints)
            .map_err(|error| MediaFault::of(&error))?;
        let stream = JsFuture::from(promise)
            .await
            .map_err(|error| MediaFault::of(&error))?;
        Ok(stream.unchecked_into())
    }

    fn chosen_id(self, kind: Kind) -> Option<String> {
        self.slot(kind).chosen.try_get_untracked().flatten()
    }
}

fn stop_track(slot: Slot) {
    slot.device.try_with_untracked(|device| {
        if let Some(track) = device.track() {
            track.stop();
        }
    });
}

fn audio_constraints(chosen: Option<String>) -> MediaTrackConstraints {
    let audio = MediaTrackConstraints::new();
    audio.set_echo_cancellation(&JsValue::TRUE);
    audio.set_noise_suppression(&JsValue::TRUE);
    audio.set_auto_gain_control(&JsValue::TRUE);
    if let Some(id) = chosen {
        audio.set_device_id(&id.into());
    }
    audio
}

/// 720p at 30 frames a second, as far as the camera goes: skin and wounds need the detail.
fn video_constraints(chosen: Option<String>) -> MediaTrackConstraints {
    let video = MediaTrackConstraints::new();
    video.set_width(&1280.into());
    video.set_height(&720.into());
    video.set_frame_rate(&30.into());
    match chosen {
        Some(id) => video.set_device_id(&id.into()),
        None => video.set_facing_mode(&"user".into()),
    }
    video
}

#[cfg(test)]
mod tests {
    use super::MediaFault;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn the_browsers_errors_have_one_meaning_each() {
        for (name, fault) in [
            ("NotAllowedError", MediaFault::Denied),
            ("NotFoundError", MediaFault::Missing),
            ("NotReadableError", MediaFault::Busy),
            ("OverconstrainedError", MediaFault::Unfit),
            ("TypeError", MediaFault::Unsupported),
        ] {
            assert_eq!(MediaFault::from_name(name), fault, "{name}");
        }
    }
}
