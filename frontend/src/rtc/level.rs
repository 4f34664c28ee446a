//! How loud the microphone is, to show that it works.

use std::time::Duration;

use js_sys::Reflect;
use leptos::prelude::*;
use wasm_bindgen::JsValue;
use web_sys::{AnalyserNode, AudioContext, MediaStream, MediaStreamTrack};

use super::media::{Device, Kind, Media};

/// How often the level is looked at.
const EVERY: Duration = Duration::from_millis(100);
/// Samples of one look, about 40 ms.
const WINDOW: u32 = 2048;

/// An analyser on a track; closed when dropped.
struct Meter {
    context: AudioContext,
    analyser: AnalyserNode,
    samples: Vec<f32>,
}

impl Meter {
    fn on(track: &MediaStreamTrack) -> Result<Self, JsValue> {
        let stream = MediaStream::new()?;
        stream.add_track(track);
        let context = AudioContext::new()?;
        let analyser = context.create_analyser()?;
        analyser.set_fft_size(WINDOW);
        context
            .create_media_stream_source(&stream)?
            .connect_with_audio_node(&analyser)?;
        let length = usize::try_from(WINDOW).unwrap_or_default();
        Ok(Self {
            context,
            analyser,
            samples: vec![0.0; length],
        })
    }

    fn read(&mut self) -> f64 {
        self.analyser.get_float_time_domain_data(&mut self.samples);
        let sum: f32 = self.samples.iter().map(|sample| sample * sample).sum();
        let count = f64::from(WINDOW);
        (f64::from(sum) / count).sqrt()
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        // Closing what is closed already is no fault.
        drop(self.context.close());
    }
}

/// The microphone's level in percent, while the calling owner lives. `None` while it cannot
/// be measured: without a microphone, or before the browser lets the page use sound.
#[must_use]
pub fn mic_level(media: Media) -> Signal<Option<u32>> {
    let level = RwSignal::new(None);
    let meter = StoredValue::new_local(None::<Meter>);
    let device = media.device(Kind::Mic);
    Effect::new(move |_| {
        meter.set_value(None);
        level.set(None);
        device.track();
    });
    let looking = set_interval_with_handle(
        move || {
            let track = device.try_with_untracked(|device: &Device| device.track().cloned());
            meter.try_update_value(|meter| {
                if meter.is_none() && may_use_sound() {
                    *meter = track.flatten().and_then(|track| Meter::on(&track).ok());
                }
                let now = meter.as_mut().map(|meter| percent(meter.read()));
                if level.try_get_untracked().is_some_and(|shown| shown != now) {
                    level.try_set(now);
                }
            });
        },
        EVERY,
    );
    on_cleanup(move || {
        if let Ok(looking) = looking {
            looking.clear();
        }
    });
    level.into()
}

/// Browsers warn about sound before the first click or key; then one waits.
fn may_use_sound() -> bool {
    let navigator = window().navigator();
    let activation = Reflect::get(&navigator, &"userActivation".into());
    match activation {
        Ok(activation) if activation.is_object() => {
            Reflect::get(&activation, &"hasBeenActive".into())
                .is_ok_and(|active| active.is_truthy())
        }
        // Older browsers do not tell, and do not warn.
        _ => true,
    }
}

/// Speech lies between -60 dB and -10 dB.
fn percent(rms: f64) -> u32 {
    let decibels = 20.0 * rms.max(1e-6).log10();
    let share = ((decibels + 60.0) / 50.0 * 100.0).clamp(0.0, 100.0);
    // In steps of 5, so that the page does not redraw for nothing.
    (0..=20)
        .map(|step| step * 5)
        .rfind(|step| f64::from(*step) <= share)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::percent;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn silence_is_nothing_and_loud_speech_is_all() {
        for (rms, shown) in [
            (0.0, 0),
            (0.001, 0),
            (0.01, 40),
            (0.1, 80),
            (0.4, 100),
            (1.0, 100),
        ] {
            assert_eq!(percent(rms), shown, "{rms}");
        }
    }
}
