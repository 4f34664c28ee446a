//! One patient: the record, and the way to visits and documents.

use leptos::prelude::*;
use visita_domain::PatientId;
use visita_domain::access::Action as Act;
use visita_domain::people::{Role, UserState};
use visita_wire::people::{ChangePatient, PatientView};

use super::access::Access;
use super::may;
use super::patient_fields::{PatientFields, PatientInputs};
use crate::api::appointments::AppointmentFilter;
use crate::api::{self, ApiFail};
use crate::i18n::t;
use crate::intl;
use crate::parts::{
    FormFaults, PagedList, Remote, StateBadge, VisitWhen, remote, sex_name, user_state_badge,
};
use crate::routes::{Route, id_param};
use crate::state::pages::Pages;
use crate::state::session::Session;
use crate::state::toasts::Toasts;
use crate::ui::{
    Button, ButtonKind, Dialog, DialogActions, Fact, Facts, Form, IconName, LinkButton, Page,
    PageHeader, Section,
};

/// `/patients/:id`.
#[component]
pub fn PatientPage() -> impl IntoView {
    let id = id_param::<PatientId>();
    let data = remote(move || {
        let id = id.get();
        async move {
            match id {
                Some(id) => api::people::get_patient(id).await,
                None => Err(ApiFail::not_found()),
            }
        }
    });
    let changed = Callback::new(move |()| data.refetch());
    view! {
        <Remote data let(patient)>
            <Patient patient changed />
        </Remote>
    }
}

#[component]
fn Patient(
    /// The record.
    patient: PatientView,
    /// It has been changed.
    changed: Callback<()>,
) -> impl IntoView {
    let editing = RwSignal::new(false);
    let role = Session::from_context().role().get_untracked();
    let own = role == Some(Role::Patient);
    let id = patient.id;
    let back = match own {
        true => (Route::Profile.path(), t::shell::profile()),
        false => (Route::Patients.path(), t::people::patients()),
    };
    let title = if own {
        t::people::my_record()
    } else {
        patient.name.clone()
    };
    let (state, name) = (patient.state, patient.name.clone());
    let stored = StoredValue::new(patient.clone());
    let edit = move || {
        may(Act::ChangePatient).then(|| {
            view! {
                <Button icon=IconName::Pencil on_click=move |()| editing.set(true)>
                    {t::common::edit()}
                </Button>
            }
        })
    };
    view! {
        <Page narrow=true>
            <PageHeader title back>
                <LinkButton href=Route::DocumentsOf(id).path() icon=IconName::FileText>
                    {t::people::documents_of()}
                </LinkButton>
                {may(Act::ReadUser)
                    .then(|| {
                        view! {
                            <LinkButton href=Route::AuditOf(id).path() icon=IconName::Shield>
                                {t::oversight::report_link()}
                            </LinkButton>
                        }
                    })}
                {own
                    .then(|| {
                        view! {
                            <LinkButton href=Route::AccessReport.path() icon=IconName::Shield>
                                {t::oversight::report()}
                            </LinkButton>
                        }
                    })}
                {(!own && state != UserState::Disabled)
                    .then(|| {
                        view! {
                            <LinkButton
                                href=Route::BookFor(id).path()
                                kind=ButtonKind::Primary
                                icon=IconName::CalendarPlus
                            >
                                {t::people::book_for()}
                            </LinkButton>
                        }
                    })}
            </PageHeader>
            <Section title=t::people::record() action=edit>
                {(!own).then(|| view! { <p class="mb-4">{user_state_badge(state)}</p> })}
                <Record patient />
            </Section>
            <Access id=id.into() role=Role::Patient name state changed />
            {(!own).then(|| view! { <Visits of=id /> })}
            <Dialog open=editing title=t::people::patient_edit() wide=true>
                <EditPatient patient=stored.get_value() open=editing changed />
            </Dialog>
        </Page>
    }
}

#[component]
fn Record(
    /// The record.
    patient: PatientView,
) -> impl IntoView {
    let born = patient
        .date_of_birth
        .map(intl::civil_date)
        .unwrap_or_default();
    view! {
        <Facts>
            <Fact name=t::people::name() value=patient.name />
            <Fact name=t::people::date_of_birth() value=born />
            <Fact name=t::people::sex() value=sex_name(patient.sex) />
            <Fact name=t::people::phone() value=patient.phone />
            <Fact name=t::people::email() value=patient.email />
            <Fact name=t::people::record_number() value=patient.record_number />
            <Fact name=t::people::emergency_contact() value=patient.emergency_contact />
        </Facts>
    }
}

/// The patient's visits, latest first.
#[component]
fn Visits(
    /// Whose.
    of: PatientId,
) -> impl IntoView {
    let pages = Pages::new(move |cursor| {
        let filter = AppointmentFilter {
            patient_id: Some(of),
            newest_first: true,
            ..AppointmentFilter::default()
        };
        async move { api::appointments::list_appointments(&filter, cursor).await }
    });
    let none = || view! { <p class="text-base-content/70">{t::people::no_visits()}</p> };
    view! {
        <Section title=t::people::visits_of()>
            <PagedList pages empty=none let(visits)>
                <ul class="rows">
                    {visits
                        .into_iter()
                        .map(|visit| {
                            view! {
                                <li>
                                    <a class="row-link" href=Route::Appointment(visit.id).path()>
                                        <span class="min-w-0 flex-1">
                                            <VisitWhen
                                                starts_at=visit.starts_at
                                                ends_at=visit.ends_at
                                            />
                                            <span class="block truncate text-base-content/70">
                                                {visit.doctor_name}
                                            </span>
                                        </span>
                                        <StateBadge state=visit.state />
                                    </a>
                                </li>
                            }
                        })
                        .collect_view()}
                </ul>
            </PagedList>
        </Section>
    }
}

#[component]
fn EditPatient(
    /// As it is.
    patient: PatientView,
    /// The dialog.
    open: RwSignal<bool>,
    /// The record has been changed.
    changed: Callback<()>,
) -> impl IntoView {
    let toasts = Toasts::from_context();
    let staff = may(Act::CreatePatient);
    let id = patient.id;
    let inputs = PatientInputs::of(&patient);
    let faults = FormFaults::new();
    let send = Action::new_local(move |body: &ChangePatient| {
        let body = body.clone();
        async move {
            if faults
                .take(api::people::change_patient(id, &body).await)
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
        if faults.filled(&[("name", &name)]) {
            send.dispatch_local(ChangePatient {
                name: Some(name),
                date_of_birth: inputs.born.get_untracked().parse().ok(),
                sex: Some(inputs.sex()),
                phone: Some(inputs.phone.get_untracked()),
                record_number: staff.then(|| inputs.record_number.get_untracked()),
                emergency_contact: Some(inputs.emergency.get_untracked()),
            });
        }
    };
    view! {
        <Form error=faults.text() on_submit=submit>
            <PatientFields inputs faults with_record_number=staff />
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
