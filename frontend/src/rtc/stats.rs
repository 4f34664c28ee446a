//! How good the connection is, from differences of `getStats()`.

use js_sys::{Map, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::RtcPeerConnection;

/// The connection in one word (REALTIME H; the worst value counts).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quality {
    /// Nothing to notice.
    Good,
    /// Noticeable.
    Fair,
    /// Disturbing.
    Poor,
}

/// Bad samples in a row before the word gets worse: a single one is no news.
const BAD_SAMPLES: u32 = 2;
/// Good samples in a row before it gets better.
const GOOD_SAMPLES: u32 = 4;

/// Counters of one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sample {
    /// Round trip of the pair in use, in seconds.
    pub rtt_s: Option<f64>,
    /// Packets received since the start.
    pub received: f64,
    /// Packets lost since the start.
    pub lost: f64,
}

/// Follows samples and judges.
#[derive(Debug, Default)]
pub struct Judge {
    before: Option<Sample>,
    shown: Option<Quality>,
    streak: u32,
}

impl Judge {
    /// Takes a sample; gives the quality to show.
    pub fn take(&mut self, sample: Sample) -> Option<Quality> {
        let before = self.before.replace(sample)?;
        let now = rate(&before, &sample);
        let Some(shown) = self.shown else {
            self.shown = Some(now);
            return self.shown;
        };
        if now == shown {
            self.streak = 0;
            return self.shown;
        }
        self.streak += 1;
        let needed = if now > shown {
            BAD_SAMPLES
        } else {
            GOOD_SAMPLES
        };
        if self.streak >= needed {
            self.streak = 0;
            self.shown = Some(now);
        }
        self.shown
    }
}

fn rate(before: &Sample, now: &Sample) -> Quality {
    let lost = (now.lost - before.lost).max(0.0);
    let all = lost + (now.received - before.received).max(0.0);
    let loss = if all > 0.0 { lost / all } else { 0.0 };
    let by_loss = match loss {
        loss if loss > 0.03 => Quality::Poor,
        loss if loss > 0.01 => Quality::Fair,
        _ => Quality::Good,
    };
    let by_rtt = match now.rtt_s.unwrap_or_default() {
        rtt if rtt > 0.3 => Quality::Poor,
        rtt if rtt > 0.15 => Quality::Fair,
        _ => Quality::Good,
    };
    by_loss.max(by_rtt)
}

/// Reads the counters now.
pub async fn sample(pc: &RtcPeerConnection) -> Option<Sample> {
    let report = JsFuture::from(pc.get_stats()).await.ok()?;
    let mut sample = Sample::default();
    let mut read = |stat: JsValue, _key: JsValue| {
        let text = |name: &str| {
            Reflect::get(&stat, &name.into())
                .ok()
                .and_then(|v| v.as_string())
        };
        let number = |name: &str| {
            Reflect::get(&stat, &name.into())
                .ok()
                .and_then(|v| v.as_f64())
        };
        match text("type").as_deref() {
            Some("inbound-rtp") => {
                sample.received += number("packetsReceived").unwrap_or_default();
                sample.lost += number("packetsLost").unwrap_or_default();
            }
            Some("candidate-pair") if number("currentRoundTripTime").is_some() => {
                let nominated = Reflect::get(&stat, &"nominated".into());
                if nominated.is_ok_and(|nominated| nominated.is_truthy()) {
                    sample.rtt_s = number("currentRoundTripTime");
                }
            }
            _ => {}
        }
    };
    // The report is map-like: it has `forEach` and no more of a Map is used.
    report.unchecked_into::<Map>().for_each(&mut read);
    Some(sample)
}

#[cfg(test)]
mod tests {
    use super::{Judge, Quality, Sample};
    use wasm_bindgen_test::wasm_bindgen_test;

    fn sample(received: f64, lost: f64, rtt: f64) -> Sample {
        Sample {
            rtt_s: Some(rtt),
            received,
            lost,
        }
    }

    #[wasm_bindgen_test]
    fn the_worst_value_counts_and_single_samples_do_not() {
        let mut judge = Judge::default();
        assert_eq!(
            judge.take(sample(0.0, 0.0, 0.05)),
            None,
            "one sample is no difference"
        );
        assert_eq!(judge.take(sample(100.0, 0.0, 0.05)), Some(Quality::Good));
        assert_eq!(
            judge.take(sample(190.0, 10.0, 0.05)),
            Some(Quality::Good),
            "once"
        );
        assert_eq!(
            judge.take(sample(280.0, 20.0, 0.05)),
            Some(Quality::Poor),
            "twice"
        );
        for _ in 0..3 {
            assert_eq!(judge.take(sample(280.0, 20.0, 0.2)), Some(Quality::Poor));
        }
        assert_eq!(
            judge.take(sample(280.0, 20.0, 0.2)),
            Some(Quality::Fair),
            "four times"
        );
    }
}
