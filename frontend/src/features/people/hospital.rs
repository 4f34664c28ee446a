//! One hospital.

use leptos::prelude::*;
use visita_domain::HospitalId;
use visita_domain::access::Action as Act;
use visita_wire::people::{ChangeHospital, HospitalView};

use super::booking_rules::{BookingFacts, BookingFields, BookingInputs};
use super::hospital_fields::{HospitalFields, HospitalInputs};
use super::may;
use crate::api::{self, ApiFail};
use crate::i18n::t;
use crate::parts::{FormFaults, Remote, fail_text, remote};
use crate::routes::{Route, id_param};
use crate::state::toasts::Toasts;
use crate::ui::{
    Badge, Button, ButtonKind, Card, ConfirmDialog, Dialog, DialogActions, Fact, Facts, Form,
    IconName, Page, PageHeader,
};

/// `/hospitals/:id`.
#[component]
pub fn HospitalPage() -> impl IntoView {
    let id = id_param::<HospitalId>();
    let data = remote(move || {
        let id = id.get();
        async move {
            match id {
                Some(id) => api::people::get_hospital(id).await,
                None => Err(ApiFail::not_found()),
            }
        }
    });
    let changed = Callback::new(move |()| data.refetch());
    view! {
        <Remote data let(hospital)>
            <Hospital hospital changed />
        </Remote>
    }
}

#[component]
fn Hospital(
    /// The hospital.
    hospital: HospitalView,
    /// It has been changed.
    changed: Callback<()>,
) -> impl IntoView {
    let editing = RwSignal::new(false);
    let back = may(Act::CreateHospital).then(|| (Route::Hospitals.path(), t::people::hospitals()));
    let hospital = StoredValue::new(hospital);
    let view = hospital.get_value();
    view! {
        <Page narrow=true>
            <PageHeader title=view.name.clone() back>
                {may(Act::ChangeHospital)
                    .then(|| {
                        view! {
                            <Button
                                kind=ButtonKind::Primary
                                icon=IconName::Pencil
                                on_click=move |()| editing.set(true)
                            >
                                {t::common::edit()}
                            </Button>
                        }
                    })}
            </PageHeader>
            <Card>
                {view
                    .archived
                    .then(|| {
                        view! {
                            <p class="mb-4">
                                <Badge>{t::people::archived()}</Badge>
                            </p>
                        }
                    })}
                <Facts>
                    <Fact name=t::people::phone() value=view.phone />
                    <Fact name=t::people::address() value=view.address />
                    <Fact name=t::people::time_zone() value=view.time_zone.replace('_', " ") />
                    <Fact name=t::people::slug() value=view.slug />
                    <BookingFacts policy=view.booking />
                </Facts>
            </Card>
            {may(Act::CreateHospital)
                .then(|| {
                    view! { <Archive id=view.id name=view.name archived=view.archived changed /> }
                })}
            <Dialog open=editing title=t::people::hospital_edit()>
                <EditHospital hospital=hospital.get_value() open=editing changed />
            </Dialog>
        </Page>
    }
}

#[component]
fn EditHospital(
    /// As it is.
    hospital: HospitalView,
    /// The dialog.
    open: RwSignal<bool>,
    /// It has been changed.
    changed: Callback<()>,
) -> impl IntoView {
    let toasts = Toasts::from_context();
    let id = hospital.id;
    let inputs = HospitalInputs::of(&hospital);
    let booking = BookingInputs::of(hospital.booking);
    let faults = FormFaults::new();
    let send = Action::new_local(move |body: &ChangeHospital| {
        let body = body.clone();
        async move {
            if faults
                .take(api::people::change_hospital(id, &body).await)
                .is_some()
            {
                toasts.success(t::common::saved());
                open.try_set(false);
                changed.try_run(());
            }
        }
    });
    let submit = move |()| {
        let name = inputs.name.get_untracked();
        let rules = match booking.read() {
            Ok(rules) => rules,
            Err(field) => return faults.wrong(field, "range"),
        };
        if faults.filled(&[("name", &name)]) {
            send.dispatch_local(ChangeHospital {
                name: Some(name),
                time_zone: Some(inputs.time_zone.get_untracked()),
                phone: Some(inputs.phone.get_untracked()),
                address: Some(inputs.address.get_untracked()),
                archived: None,
                booking: Some(rules),
            });
        }
    };
    view! {
        <Form error=faults.text() on_submit=submit>
            <HospitalFields inputs faults />
            <BookingFields inputs=booking faults />
            <DialogActions>
                <Button kind=ButtonKind::Ghost on_click=move |()| open.set(false)>
                    {t::common::cancel()}
                </Button>
                <Button kind=ButtonKind::Primary submit=true busy=send.pending()>
                    {t::common::save()}
                </Button>
            </DialogActions>
        </Form>
    }
}

/// Archives, or brings back.
#[component]
fn Archive(
    /// Which.
    id: HospitalId,
    /// Its name.
    name: String,
    /// It is archived.
    archived: bool,
    /// It has been changed.
    changed: Callback<()>,
) -> impl IntoView {
    let toasts = Toasts::from_context();
    let asking = RwSignal::new(false);
    let send = Action::new_local(move |archived: &bool| {
        let body = ChangeHospital {
            archived: Some(*archived),
            ..ChangeHospital::default()
        };
        async move {
            match api::people::change_hospital(id, &body).await {
                Ok(_) => {
                    asking.try_set(false);
                    changed.try_run(());
                }
                Err(fail) => toasts.error(fail_text(&fail)),
            }
        }
    });
    if archived {
        return view! {
            <div>
                <Button busy=send.pending() on_click=move |()| drop(send.dispatch_local(false))>
                    {t::people::hospital_restore()}
                </Button>
            </div>
        }
        .into_any();
    }
    view! {
        <div>
            <Button icon=IconName::Ban on_click=move |()| asking.set(true)>
                {t::people::hospital_archive()}
            </Button>
            <ConfirmDialog
                open=asking
                title=t::people::hospital_archive_ask(name)
                text=t::people::hospital_archive_text()
                confirm=t::people::hospital_archive()
                danger=true
                busy=send.pending()
                on_confirm=move |()| drop(send.dispatch_local(true))
            />
        </div>
    }
    .into_any()
}
