//! Moving a visit: the same free times, then one button.

use leptos::prelude::*;
use visita_domain::Ts;
use visita_domain::people::Role;
use visita_wire::appointments::{AppointmentView, RescheduleAppointment};
use visita_wire::availability::SlotView;

use super::detail::Detail;
use super::sending::{Refusal, Sending};
use crate::i18n::t;
use crate::intl;
use crate::parts::slots::SlotPicker;
use crate::parts::{OtherTimeForm, OverbookReason};
use crate::ui::{Button, ButtonKind, Dialog, DialogActions, Form};

/// What the dialog knows while it is open.
#[derive(Clone, Copy)]
struct Moving {
    sending: Sending,
    chosen: RwSignal<Option<Ts>>,
    refresh: RwSignal<u32>,
    /// Reception writes a time that is not free.
    other: RwSignal<bool>,
}

impl Moving {
    fn choose(self, at: Option<Ts>) {
        self.sending.forget();
        self.chosen.set(at);
    }

    fn send(self) {
        let Some(starts_at) = self.chosen.get_untracked() else {
            return;
        };
        let wanted = RescheduleAppointment {
            starts_at: Some(starts_at),
            ..RescheduleAppointment::default()
        };
        self.sending.send(
            wanted,
            |visit| t::appointments::reschedule_done(when(visit.starts_at)),
            move || self.taken(),
        );
    }

    /// Back to the times, which are read again.
    fn taken(self) -> String {
        self.chosen.try_set(None);
        self.refresh.try_update(|count| *count += 1);
        t::appointments::reschedule_taken()
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
        sending: Sending::new(detail, visit, open),
        chosen: RwSignal::new(None),
        refresh: RwSignal::new(0),
        other: RwSignal::new(false),
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
    let starts_at = moving.sending.visit.with_value(|visit| visit.starts_at);
    view! {
        <div class="flex flex-col gap-4">
            <p>{t::appointments::reschedule_now(when(starts_at))}</p>
            <Refusal sending=moving.sending />
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
        .sending
        .visit
        .with_value(|visit| (visit.doctor_id, visit.starts_at));
    let staff = moving.sending.detail.role == Role::Staff;
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
        if moving.sending.over.is_asked() {
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
            <OverbookReason overbooking=moving.sending.over />
            <DialogActions>
                <Button on_click=back>{t::appointments::reschedule_other()}</Button>
                <Button kind=ButtonKind::Primary submit=true busy=moving.sending.busy>
                    {words}
                </Button>
            </DialogActions>
        </Form>
    }
}
