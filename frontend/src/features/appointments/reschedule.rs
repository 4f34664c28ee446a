//! Moving a visit: the same free times, then one button. The version that the viewer saw goes
//! along, so that nobody's change is overwritten unseen.

use leptos::prelude::*;
use leptos::task::spawn_local;
use visita_domain::Ts;
use visita_domain::people::Role;
use visita_wire::ErrorCode;
use visita_wire::appointments::{AppointmentView, RescheduleAppointment};
use visita_wire::availability::SlotView;

use super::detail::Detail;
use crate::api::ApiFail;
use crate::api::appointments::{get_appointment, reschedule_appointment};
use crate::i18n::t;
use crate::intl;
use crate::parts::slots::SlotPicker;
use crate::parts::{OtherTimeForm, OverbookReason, Overbooking, can_overbook, fail_text};
use crate::state::toasts::Toasts;
use crate::ui::{Alert, AlertKind, Button, ButtonKind, Dialog, DialogActions, Form};

/// What the dialog knows while it is open.
#[derive(Clone, Copy)]
struct Moving {
    detail: Detail,
    visit: StoredValue<AppointmentView>,
    open: RwSignal<bool>,
    chosen: RwSignal<Option<Ts>>,
    refresh: RwSignal<u32>,
    over: Overbooking,
    /// Reception writes a time that is not free.
    other: RwSignal<bool>,
    error: RwSignal<Option<String>>,
    busy: RwSignal<bool>,
    toasts: Toasts,
}

impl Moving {
    fn choose(self, at: Option<Ts>) {
        self.over.forget();
        self.error.set(None);
        self.chosen.set(at);
    }

    fn send(self) {
        let Some(starts_at) = self.chosen.get_untracked() else {
            return;
        };
        if !self.over.check() || self.busy.get_untracked() {
            return;
        }
        let (id, version) = self.visit.with_value(|visit| (visit.id, visit.version));
        let body = RescheduleAppointment {
            starts_at: Some(starts_at),
            overbook_reason: self.over.reason(),
            doctor_id: None,
        };
        self.busy.set(true);
        self.error.set(None);
        spawn_local(async move {
            match reschedule_appointment(id, version, &body).await {
                Ok(visit) => {
                    self.open.try_set(false);
                    self.toasts
                        .success(t::appointments::reschedule_done(when(visit.starts_at)));
                    self.detail.show(visit);
                }
                Err(fail) => self.refused(fail).await,
            }
            self.busy.try_set(false);
        });
    }

    async fn refused(self, fail: ApiFail) {
        match fail.code {
            ErrorCode::SlotTaken if can_overbook(self.detail.role, &fail.conflicts) => {
                self.over.ask(fail.conflicts);
            }
            ErrorCode::SlotTaken => {
                self.chosen.try_set(None);
                self.error
                    .try_set(Some(t::appointments::reschedule_taken()));
                self.refresh.try_update(|count| *count += 1);
            }
            ErrorCode::VersionMismatch | ErrorCode::IllegalTransition => self.reload().await,
            _ => {
                self.error.try_set(Some(fail_text(&fail)));
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

/// "Tuesday 24 November, 14:30".
pub fn when(at: Ts) -> String {
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
        over: Overbooking::default(),
        other: RwSignal::new(false),
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
    moving.choose(None);
    moving.other.set(false);
    let starts_at = moving.visit.with_value(|visit| visit.starts_at);
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
                None => view! { <Times moving /> }.into_any(),
                Some(at) => view! { <Chosen moving at /> }.into_any(),
            }}
        </div>
    }
}

/// The free times, and for reception any other.
#[component]
fn Times(moving: Moving) -> impl IntoView {
    let (doctor, starts_at) = moving
        .visit
        .with_value(|visit| (visit.doctor_id, visit.starts_at));
    let staff = moving.detail.role == Role::Staff;
    move || {
        if moving.other.get() {
            return view! { <OtherTimeForm on_pick=move |at: Ts| moving.choose(Some(at)) /> }
                .into_any();
        }
        view! {
            <SlotPicker
                doctor
                refresh=moving.refresh
                near=Some(starts_at)
                on_pick=move |slot: SlotView| moving.choose(Some(slot.starts_at))
            />
            {staff
                .then(|| {
                    view! {
                        <div>
                            <Button on_click=move |()| moving.other.set(true)>
                                {t::booking::other_time()}
                            </Button>
                        </div>
                    }
                })}
        }
        .into_any()
    }
}

#[component]
fn Chosen(moving: Moving, at: Ts) -> impl IntoView {
    let words = move || {
        if moving.over.is_asked() {
            t::appointments::reschedule_all_the_same()
        } else {
            t::appointments::reschedule_confirm()
        }
    };
    let back = move |()| {
        moving.other.set(false);
        moving.choose(None);
    };
    view! {
        <Form on_submit=move |()| moving.send()>
            <p class="text-lg font-semibold" role="status">
                {t::appointments::reschedule_to(when(at))}
            </p>
            <OverbookReason overbooking=moving.over />
            <DialogActions>
                <Button on_click=back>{t::appointments::reschedule_other()}</Button>
                <Button kind=ButtonKind::Primary submit=true busy=moving.busy>
                    {words}
                </Button>
            </DialogActions>
        </Form>
    }
}
