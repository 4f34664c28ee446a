//! Patients: of the clinic for reception, of the own visits for doctors.

use leptos::prelude::*;
use visita_domain::access::Action as Act;
use visita_wire::people::PatientView;

use super::may;
use super::search::SearchField;
use crate::api;
use crate::i18n::t;
use crate::intl;
use crate::parts::{PagedList, debounced};
use crate::routes::Route;
use crate::state::pages::Pages;
use crate::ui::{
    Badge, ButtonKind, Card, Cell, EmptyState, IconName, LinkButton, Page, PageHeader, Row, Table,
};

/// `/patients`.
#[component]
pub fn PatientsPage() -> impl IntoView {
    let typed = RwSignal::new(String::new());
    let search = debounced(typed);
    let pages = Pages::new(move |cursor| api::people::list_patients(search.get(), cursor));
    let add = may(Act::CreatePatient).then(|| {
        view! {
            <LinkButton
                href=Route::NewPatient.path()
                kind=ButtonKind::Primary
                icon=IconName::UserPlus
            >
                {t::people::patient_new()}
            </LinkButton>
        }
    });
    let text = (!may(Act::CreatePatient)).then(t::people::patients_none_doctor);
    view! {
        <Page>
            <PageHeader title=t::people::patients() text>
                {add}
            </PageHeader>
            <Card>
                <div class="mb-4 flex">
                    <SearchField label=t::people::patients_search() value=typed />
                </div>
                <PagedList pages empty=no_patients let(patients)>
                    <PatientTable patients />
                </PagedList>
            </Card>
        </Page>
    }
}

fn no_patients() -> impl IntoView {
    view! {
        <EmptyState
            icon=IconName::Users
            title=t::people::patients_none()
            text=t::people::patients_none_text()
        />
    }
}

#[component]
fn PatientTable(
    /// The rows.
    patients: Vec<PatientView>,
) -> impl IntoView {
    let headers = vec![
        t::people::name(),
        t::people::date_of_birth(),
        t::people::record_number(),
        t::people::phone(),
    ];
    let or_dash = |text: String| {
        if text.is_empty() {
            "–".to_owned()
        } else {
            text
        }
    };
    view! {
        <Table caption=t::people::patients() headers>
            {patients
                .into_iter()
                .map(|patient| {
                    let born = patient.date_of_birth.map(intl::civil_date).unwrap_or_default();
                    view! {
                        <Row>
                            <Cell>
                                <a
                                    class="link link-primary link-hover font-medium"
                                    href=Route::Patient(patient.id).path()
                                >
                                    {patient.name}
                                </a>
                                " "
                                {(!patient.active)
                                    .then(|| {
                                        view! { <Badge>{t::people::state_disabled()}</Badge> }
                                    })}
                                <span class="block break-all text-sm text-base-content/70">
                                    {patient.email}
                                </span>
                            </Cell>
                            <Cell label=t::people::date_of_birth()>{or_dash(born)}</Cell>
                            <Cell label=t::people::record_number()>
                                {or_dash(patient.record_number)}
                            </Cell>
                            <Cell label=t::people::phone()>{or_dash(patient.phone)}</Cell>
                        </Row>
                    }
                })
                .collect_view()}
        </Table>
    }
}
