//! Patients: of the clinic for reception, of the own visits for doctors.

use leptos::prelude::*;
use visita_domain::access::Action as Act;
use visita_domain::people::{PatientOrder, UserState};
use visita_wire::people::PatientView;

use super::may;
use super::narrowing::{FilterSelect, ListControls, Narrowing, NoMatch};
use crate::api;
use crate::api::people::PatientFilter;
use crate::i18n::t;
use crate::intl;
use crate::parts::{PagedList, user_state_badge, user_state_choices};
use crate::routes::Route;
use crate::state::pages::Pages;
use crate::ui::{
    ButtonKind, Card, Cell, Choice, IconName, LinkButton, Page, PageHeader, Row, Table,
};

/// `/patients`.
#[component]
pub fn PatientsPage() -> impl IntoView {
    let narrowing = Narrowing::of_list(Route::Patients, &["state"]);
    let pages = Pages::new(move |cursor| {
        let filter = PatientFilter {
            search: narrowing.search(),
            state: narrowing.chosen("state", UserState::from_text),
            order: narrowing.order(PatientOrder::from_text),
        };
        async move { api::people::list_patients(&filter, cursor).await }
    });
    let orders = vec![
        Choice::new(PatientOrder::Name.as_str(), t::people::by_name()),
        Choice::new(PatientOrder::Newest.as_str(), t::people::by_newest()),
        Choice::new(PatientOrder::DateOfBirth.as_str(), t::people::by_birth()),
    ];
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
                <ListControls narrowing search_label=t::people::patients_search() orders>
                    <FilterSelect
                        narrowing
                        name="state"
                        label=t::people::state()
                        all=t::people::state_all()
                        choices=user_state_choices()
                    />
                </ListControls>
                <PagedList pages empty=move || no_patients(narrowing) let(patients)>
                    <PatientTable patients />
                </PagedList>
            </Card>
        </Page>
    }
}

fn no_patients(narrowing: Narrowing) -> impl IntoView {
    view! {
        <NoMatch
            narrowing
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
        t::people::state(),
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
                                <span class="block break-all text-sm text-base-content/70">
                                    {patient.email}
                                </span>
                            </Cell>
                            <Cell label=t::people::date_of_birth()>{or_dash(born)}</Cell>
                            <Cell label=t::people::record_number()>
                                {or_dash(patient.record_number)}
                            </Cell>
                            <Cell label=t::people::phone()>{or_dash(patient.phone)}</Cell>
                            <Cell label=t::people::state()>{user_state_badge(patient.state)}</Cell>
                        </Row>
                    }
                })
                .collect_view()}
        </Table>
    }
}
