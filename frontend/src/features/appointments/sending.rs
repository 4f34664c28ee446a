//! Another time or another doctor, sent from a dialog: what both dialogs know and what comes
//! of it. The version that the viewer saw goes along, so that nobody's change is overwritten
//! unseen.

use leptos::prelude::*;
use leptos::task::spawn_local;
use visita_wire::ErrorCode;
use visita_wire::appointments::{AppointmentView, RescheduleAppointment};

use super::detail::Detail;
use crate::api::ApiFail;
use crate::api::appointments::{get_appointment, reschedule_appointment};
use crate::parts::{Overbooking, can_overbook, fail_text};
use crate::state::toasts::Toasts;
use crate::ui::{Alert, AlertKind};

/// What such a dialog knows while it is open.
#[derive(Clone, Copy)]
pub struct Sending {
    /// The page that the dialog is of.
    pub detail: Detail,
    /// The visit as the viewer saw it.
    pub visit: StoredValue<AppointmentView>,
    /// What reception may override.
    pub over: Overbooking,
    /// True while the server is asked.
    pub busy: RwSignal<bool>,
    open: RwSignal<bool>,
    error: RwSignal<Option<String>>,
    toasts: Toasts,
}

impl Sending {
    /// For a dialog that is open while the signal says so.
    #[must_use]
    pub fn new(detail: Detail, visit: AppointmentView, open: RwSignal<bool>) -> Self {
        Self {
            detail,
            visit: StoredValue::new(visit),
            over: Overbooking::default(),
            busy: RwSignal::new(false),
            open,
            error: RwSignal::new(None),
            toasts: Toasts::from_context(),
        }
    }

    /// Something else was chosen: what was said of the last try no longer counts.
    pub fn forget(self) {
        self.over.forget();
        self.error.set(None);
    }

    /// Sends the change, with the reason where one is asked for. `done` says what came of it;
    /// `taken` is asked what to say when the place is not free.
    pub fn send(
        self,
        mut wanted: RescheduleAppointment,
        done: fn(&AppointmentView) -> String,
        taken: impl Fn() -> String + 'static,
    ) {
        if !self.over.check() || self.busy.get_untracked() {
            return;
        }
        let (id, version) = self.visit.with_value(|visit| (visit.id, visit.version));
        wanted.overbook_reason = self.over.reason();
        self.busy.set(true);
        self.error.set(None);
        spawn_local(async move {
            match reschedule_appointment(id, version, &wanted).await {
                Ok(visit) => {
                    self.open.try_set(false);
                    self.toasts.success(done(&visit));
                    self.detail.show(visit);
                }
                Err(fail) => self.refused(fail, taken).await,
            }
            self.busy.try_set(false);
        });
    }

    async fn refused(self, fail: ApiFail, taken: impl Fn() -> String) {
        match fail.code {
            ErrorCode::SlotTaken if can_overbook(self.detail.role, &fail.conflicts) => {
                self.over.ask(fail.conflicts);
            }
            ErrorCode::SlotTaken => self.say(taken()),
            ErrorCode::VersionMismatch | ErrorCode::IllegalTransition => self.reload().await,
            _ => self.say(fail_text(&fail)),
        }
    }

    /// Somebody was faster: shows the visit as it is now, and what changed.
    async fn reload(self) {
        let Some(before) = self.visit.try_get_value() else {
            return;
        };
        match get_appointment(before.id).await {
            Ok(now) => {
                self.open.try_set(false);
                self.detail.show_refused(&before, now);
            }
            Err(fail) => self.say(fail_text(&fail)),
        }
    }

    fn say(self, words: String) {
        self.error.try_set(Some(words));
    }
}

/// Why the last try came to nothing.
#[component]
pub fn Refusal(
    /// What is known.
    sending: Sending,
) -> impl IntoView {
    move || {
        sending
            .error
            .get()
            .map(|error| view! { <Alert kind=AlertKind::Warning>{error}</Alert> })
    }
}
