//! Reception gives a visit to another doctor, at the same time.

use leptos::prelude::*;
use leptos::task::spawn_local;
use visita_domain::people::UserState;
use visita_wire::ErrorCode;
use visita_wire::appointments::{AppointmentView, RescheduleAppointment};
use visita_wire::people::DoctorView;

use super::detail::Detail;
use super::reschedule::when;
use crate::api::ApiFail;
use crate::api::appointments::{get_appointment, reschedule_appointment};
use crate::api::people::{DoctorFilter, list_doctors};
use crate::i18n::t;
use crate::parts::{OverbookReason, Overbooking, PagedList, can_overbook, debounced, fail_text};
use crate::state::pages::Pages;
use crate::state::toasts::Toasts;
use crate::ui::{
    Alert, AlertKind, Avatar, Button, ButtonKind, Dialog, DialogActions, EmptyState, Form, Icon,
    IconName, TextField,
};

/// What the dialog knows while it is open.
#[derive(Clone, Copy)]
struct Giving {
    detail: Detail,
    visit: StoredValue<AppointmentView>,
    open: RwSignal<bool>,
    chosen: RwSignal<Option<DoctorView>>,
    over: Overbooking,
    error: RwSignal<Option<String>>,
    busy: RwSignal<bool>,
    toasts: Toasts,
}

impl Giving {
    fn choose(self, doctor: Option<DoctorView>) {
        self.over.forget();
        self.error.set(None);
        self.chosen.set(doctor);
    }

    fn send(self) {
        let Some(doctor) = self.chosen.get_untracked() else {
            return;
        };
        if !self.over.check() || self.busy.get_untracked() {
            return;
        }
        let (id, version) = self.visit.with_value(|visit| (visit.id, visit.version));
        let body = RescheduleAppointment {
            doctor_id: Some(doctor.id),
            overbook_reason: self.over.reason(),
            starts_at: None,
        };
        self.busy.set(true);
        self.error.set(None);
        spawn_local(async move {
            match reschedule_appointment(id, version, &body).await {
                Ok(visit) => {
                    self.open.try_set(false);
                    let words = t::appointments::reassign_done(visit.doctor_name.as_str());
                    self.toasts.success(words);
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
                self.error
                    .try_set(Some(t::appointments::reassign_refused()));
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

/// The dialog that gives a visit to another doctor.
#[component]
pub fn Reassign(detail: Detail, visit: AppointmentView, open: RwSignal<bool>) -> impl IntoView {
    let giving = Giving {
        detail,
        visit: StoredValue::new(visit),
        open,
        chosen: RwSignal::new(None),
        over: Overbooking::default(),
        error: RwSignal::new(None),
        busy: RwSignal::new(false),
        toasts: Toasts::from_context(),
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
    let now = giving.visit.with_value(|visit| {
        t::appointments::reassign_now(visit.doctor_name.as_str(), when(visit.starts_at))
    });
    view! {
        <div class="flex flex-col gap-4">
            <p>{now}</p>
            {move || {
                giving
                    .error
                    .get()
                    .map(|error| view! { <Alert kind=AlertKind::Warning>{error}</Alert> })
            }}
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
    let present = giving.visit.with_value(|visit| visit.doctor_id);
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
        if giving.over.is_asked() {
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
            <OverbookReason overbooking=giving.over />
            <DialogActions>
                <Button on_click=move |()| giving.choose(None)>
                    {t::appointments::reassign_other()}
                </Button>
                <Button kind=ButtonKind::Primary submit=true busy=giving.busy>
                    {words}
                </Button>
            </DialogActions>
        </Form>
    }
}
