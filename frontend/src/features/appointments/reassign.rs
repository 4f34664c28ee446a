//! Reception gives a visit to another doctor, at the same time.

use leptos::prelude::*;
use visita_domain::people::UserState;
use visita_wire::appointments::{AppointmentView, RescheduleAppointment};
use visita_wire::people::DoctorView;

use super::detail::Detail;
use super::reschedule::when;
use super::sending::{Refusal, Sending};
use crate::api::people::{DoctorFilter, list_doctors};
use crate::i18n::t;
use crate::parts::{OverbookReason, PagedList, debounced};
use crate::state::pages::Pages;
use crate::ui::{
    Avatar, Button, ButtonKind, Dialog, DialogActions, EmptyState, Form, Icon, IconName, TextField,
};

/// What the dialog knows while it is open.
#[derive(Clone, Copy)]
struct Giving {
    sending: Sending,
    chosen: RwSignal<Option<DoctorView>>,
}

impl Giving {
    fn choose(self, doctor: Option<DoctorView>) {
        self.sending.forget();
        self.chosen.set(doctor);
    }

    fn send(self) {
        let Some(doctor) = self.chosen.get_untracked() else {
            return;
        };
        let wanted = RescheduleAppointment {
            doctor_id: Some(doctor.id),
            ..RescheduleAppointment::default()
        };
        self.sending.send(
            wanted,
            |visit| t::appointments::reassign_done(visit.doctor_name.as_str()),
            t::appointments::reassign_refused,
        );
    }
}

/// The dialog that gives a visit to another doctor.
#[component]
pub fn Reassign(detail: Detail, visit: AppointmentView, open: RwSignal<bool>) -> impl IntoView {
    let giving = Giving {
        sending: Sending::new(detail, visit, open),
        chosen: RwSignal::new(None),
    };
    view! {
        <Dialog open title=t::appointments::reassign_title()>
            <GivingForm giving />
        </Dialog>
    }
}

#[component]
fn GivingForm(giving: Giving) -> impl IntoView {
    // A dialog that was closed starts again from the doctors.
    giving.choose(None);
    let now = giving.sending.visit.with_value(|visit| {
        t::appointments::reassign_now(visit.doctor_name.as_str(), when(visit.starts_at))
    });
    view! {
        <div class="flex flex-col gap-4">
            <p>{now}</p>
            <Refusal sending=giving.sending />
            {move || match giving.chosen.get() {
                None => view! { <Doctors giving /> }.into_any(),
                Some(doctor) => view! { <Chosen giving doctor /> }.into_any(),
            }}
        </div>
    }
}

/// Everybody else who takes visits.
#[component]
fn Doctors(giving: Giving) -> impl IntoView {
    let typed = RwSignal::new(String::new());
    let search = debounced(typed);
    let present = giving.sending.visit.with_value(|visit| visit.doctor_id);
    let pages = Pages::new(move |cursor| {
        let filter = DoctorFilter {
            search: search.get(),
            state: Some(UserState::Active),
            ..DoctorFilter::default()
        };
        async move { list_doctors(&filter, cursor).await }
    });
    view! {
        <TextField
            kind="search"
            label=t::booking::doctor_search()
            hint=t::booking::doctor_search_hint()
            value=typed
        />
        <PagedList
            pages
            empty=move || {
                view! { <EmptyState icon=IconName::Stethoscope title=t::booking::doctor_none() /> }
            }
            let:doctors
        >
            <ul class="flex flex-col gap-2">
                {doctors
                    .into_iter()
                    .filter(|doctor| doctor.id != present)
                    .map(|doctor| view! { <DoctorRow giving doctor /> })
                    .collect_view()}
            </ul>
        </PagedList>
    }
}

#[component]
fn DoctorRow(giving: Giving, doctor: DoctorView) -> impl IntoView {
    let (name, specialty) = (doctor.name.clone(), doctor.specialty.clone());
    view! {
        <li>
            <button
                type="button"
                class="surface flex min-h-14 w-full items-center gap-3 p-3 text-start hover:border-primary"
                on:click=move |_| giving.choose(Some(doctor.clone()))
            >
                <Avatar name=name.clone() />
                <span class="min-w-0 grow">
                    <span class="block font-medium">{name}</span>
                    <span class="block text-sm text-base-content/70">{specialty}</span>
                </span>
                <Icon name=IconName::ChevronRight class="rtl:rotate-180" />
            </button>
        </li>
    }
}

#[component]
fn Chosen(giving: Giving, doctor: DoctorView) -> impl IntoView {
    let words = move || {
        if giving.sending.over.is_asked() {
            t::appointments::reassign_all_the_same()
        } else {
            t::appointments::reassign_confirm()
        }
    };
    view! {
        <Form on_submit=move |()| giving.send()>
            <p class="text-lg font-semibold" role="status">
                {t::appointments::reassign_to(doctor.name)}
            </p>
            <OverbookReason overbooking=giving.sending.over />
            <DialogActions>
                <Button on_click=move |()| giving.choose(None)>
                    {t::appointments::reassign_other()}
                </Button>
                <Button kind=ButtonKind::Primary submit=true busy=giving.sending.busy>
                    {words}
                </Button>
            </DialogActions>
        </Form>
    }
}
