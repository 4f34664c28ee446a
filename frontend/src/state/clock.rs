//! The present time as a signal. The only place that reads the browser's clock.

use std::time::Duration;

use leptos::prelude::*;
use visita_domain::Ts;

/// The ticking clock, from the context.
#[derive(Clone, Copy)]
pub struct Clock {
    second: RwSignal<Ts>,
    minute: Memo<Ts>,
}

impl Clock {
    /// Starts the clock and puts it into the context.
    pub fn provide() {
        let second = RwSignal::new(Self::read());
        let minute = Memo::new(move |_| {
            let micros = second.get().as_micros();
            Ts::from_micros(micros - micros.rem_euclid(60_000_000)).unwrap_or(second.get())
        });
        let handle = set_interval_with_handle(
            move || {
                second.try_set(Self::read());
            },
            Duration::from_secs(1),
        );
        on_cleanup(move || {
            if let Ok(handle) = handle {
                handle.clear();
            }
        });
        provide_context(Self { second, minute });
    }

    /// The clock of this page.
    #[must_use]
    pub fn from_context() -> Self {
        expect_context()
    }

    /// Now, every second: for waiting times.
    #[must_use]
    pub fn second(self) -> Signal<Ts> {
        self.second.into()
    }

    /// Now, every minute: for "soon" and "today".
    #[must_use]
    pub fn minute(self) -> Signal<Ts> {
        self.minute.into()
    }

    /// Milliseconds of the wall clock, for deadlines: timers of hidden pages are late,
    /// so they ask the clock instead of counting.
    #[must_use]
    pub fn millis() -> u64 {
        u64::try_from(Self::read().as_millis()).unwrap_or_default()
    }

    /// Now, once, without following it.
    #[must_use]
    pub fn read() -> Ts {
        #[expect(
            clippy::as_conversions,
            reason = "milliseconds of our time fit both types"
        )]
        let millis = js_sys::Date::now() as i64;
        Ts::from_micros(millis.saturating_mul(1_000)).unwrap_or(Ts::EPOCH)
    }
}
