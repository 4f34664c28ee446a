//! Moving a visit: the same free times, then one button. The version that the viewer saw goes
//! along, so that nobody's change is overwritten unseen.

use leptos::prelude::*;
use leptos::task::spawn_local;
use visita_domain::Ts;
use visita_wire::ErrorCode;
use visita_wire::appointments::{AppointmentView, RescheduleAppointment};
use visita_wire::availability::SlotView;

use super::detail::Detail;
use crate::api::ApiFail;
use crate::api::appointments::{get_appointment, reschedule_appointment};
use crate::i18n::t;
use crate::intl;
use crate::parts::fail_text;
use crate::parts::slots::SlotPicker;
use crate::state::toasts::Toasts;
use crate::ui::{Alert, AlertKind, Button, ButtonKind, Dialog, DialogActions};

/// What the dialog knows while it is open.
#[derive(Clone, Copy)]
struct Moving {
    detail: Detail,
    visit: StoredValue<AppointmentView>,
    open: RwSignal<bool>,
    chosen: RwSignal<Option<Ts>>,
    refresh: RwSignal<u32>,
    error: RwSignal<Option<String>>,
    busy: RwSignal<bool>,
    toasts: Toasts,
}

impl Moving {
    fn send(self) {
        let Some(starts_at) = self.chosen.get_untracked() else {
            return;
        };
        let (id, version) = self.visit.with_value(|visit| (visit.id, visit.version));
        self.busy.set(true);
        self.error.set(None);
        spawn_local(async move {
            let body = RescheduleAppointment {
                starts_at: Some(starts_at),
                ..RescheduleAppointment::default()
            };
            match reschedule_appointment(id, version, &body).await {
                Ok(visit) => {
                    self.open.try_set(false);
                    self.toasts
                        .success(t::appointments::reschedule_done(when(visit.starts_at)));
                    self.detail.show(visit);
                }
                Err(fail) => self.refused(&fail).await,
            }
            self.busy.try_set(false);
        });
    }

    async fn refused(self, fail: &ApiFail) {
        match fail.code {
            ErrorCode::SlotTaken => {
                self.chosen.try_set(None);
                self.error
                    .try_set(Some(t::appointments::reschedule_taken()));
                self.refresh.try_update(|count| *count += 1);
            }
            ErrorCode::VersionMismatch | ErrorCode::IllegalTransition => self.reload().await,
            _ => {
                self.error.try_set(Some(fail_text(fail)));
            }
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
            Err(fail) => {
                self.error.try_set(Some(fail_text(&fail)));
            }
        }
    }
}

fn when(at: Ts) -> String {
    format!("{}, {}", intl::day_long(at), intl::time(at))
}

/// The dialog that moves a visit.
#[component]
pub fn Reschedule(detail: Detail, visit: AppointmentView, open: RwSignal<bool>) -> impl IntoView {
    let moving = Moving {
        detail,
        visit: StoredValue::new(visit),
        open,
        chosen: RwSignal::new(None),
        refresh: RwSignal::new(0),
        error: RwSignal::new(None),
        busy: RwSignal::new(false),
        toasts: Toasts::from_context(),
    };
    view! {
        <Dialog open title=t::appointments::reschedule_title() wide=true>
            <MovingForm moving />
        </Dialog>
    }
}

#[component]
fn MovingForm(moving: Moving) -> impl IntoView {
    // A dialog that was closed starts again from the free times.
    moving.chosen.set(None);
    moving.error.set(None);
    let (doctor, starts_at) = moving
        .visit
        .with_value(|visit| (visit.doctor_id, visit.starts_at));
    let pick = move |slot: SlotView| moving.chosen.set(Some(slot.starts_at));
    view! {
        <div class="flex flex-col gap-4">
            <p>{t::appointments::reschedule_now(when(starts_at))}</p>
            {move || {
                moving
                    .error
                    .get()
                    .map(|error| view! { <Alert kind=AlertKind::Warning>{error}</Alert> })
            }}
            {move || match moving.chosen.get() {
                None => {
                    view! {
                        <SlotPicker
                            doctor
                            refresh=moving.refresh
                            near=Some(starts_at)
                            on_pick=pick
                        />
                    }
                        .into_any()
                }
                Some(at) => view! { <Chosen moving at /> }.into_any(),
            }}
        </div>
    }
}

#[component]
fn Chosen(moving: Moving, at: Ts) -> impl IntoView {
    view! {
        <p class="text-lg font-semibold" role="status">
            {t::appointments::reschedule_to(when(at))}
        </p>
        <DialogActions>
            <Button on_click=move |()| moving.chosen.set(None)>
                {t::appointments::reschedule_other()}
            </Button>
            <Button kind=ButtonKind::Primary busy=moving.busy on_click=move |()| moving.send()>
                {t::appointments::reschedule_confirm()}
            </Button>
        </DialogActions>
    }
}
