//! Hospitals of the platform: the list, and adding one.

use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use visita_domain::access::Action as Act;
use visita_domain::people::{HospitalOrder, HospitalScope};
use visita_wire::people::{CreateHospital, HospitalView};

use super::hospital_fields::{HospitalFields, HospitalInputs};
use super::may;
use super::narrowing::{FilterSelect, ListControls, Narrowing, NoMatch};
use crate::api;
use crate::api::people::HospitalFilter;
use crate::i18n::t;
use crate::parts::{FormFaults, PagedList};
use crate::routes::Route;
use crate::state::pages::Pages;
use crate::state::toasts::Toasts;
use crate::ui::{
    Badge, Button, ButtonKind, Card, Cell, Choice, Form, IconName, LinkButton, Page, PageHeader,
    Row, Table, TextField,
};

/// `/hospitals`.
#[component]
pub fn HospitalsPage() -> impl IntoView {
    let narrowing = Narrowing::of_list(Route::Hospitals, &["scope"]);
    let pages = Pages::new(move |cursor| {
        let filter = HospitalFilter {
            scope: narrowing
                .chosen("scope", HospitalScope::from_text)
                .unwrap_or(HospitalScope::All),
            search: narrowing.search(),
            order: narrowing.order(HospitalOrder::from_text),
        };
        async move { api::people::list_hospitals_by(&filter, cursor).await }
    });
    let orders = vec![
        Choice::new(HospitalOrder::Name.as_str(), t::people::by_name()),
        Choice::new(HospitalOrder::Newest.as_str(), t::people::by_newest()),
    ];
    let scopes = vec![
        Choice::new(HospitalScope::Open.as_str(), t::people::hospital_open()),
        Choice::new(HospitalScope::Archived.as_str(), t::people::archived()),
    ];
    let add = || {
        may(Act::CreateHospital).then(|| {
            view! {
                <LinkButton
                    href=Route::NewHospital.path()
                    kind=ButtonKind::Primary
                    icon=IconName::Plus
                >
                    {t::people::hospital_new()}
                </LinkButton>
            }
        })
    };
    view! {
        <Page>
            <PageHeader title=t::people::hospitals()>{add()}</PageHeader>
            <Card>
                <ListControls narrowing search_label=t::people::hospitals_search() orders>
                    <FilterSelect
                        narrowing
                        name="scope"
                        label=t::people::state()
                        all=t::people::hospital_all()
                        choices=scopes
                    />
                </ListControls>
                <PagedList pages empty=move || no_hospitals(narrowing) let(hospitals)>
                    <HospitalTable hospitals />
                </PagedList>
            </Card>
        </Page>
    }
}

fn no_hospitals(narrowing: Narrowing) -> impl IntoView {
    view! {
        <NoMatch
            narrowing
            icon=IconName::Building
            title=t::people::hospitals_none()
            text=t::people::hospitals_none_text()
        />
    }
}

#[component]
fn HospitalTable(
    /// The rows.
    hospitals: Vec<HospitalView>,
) -> impl IntoView {
    let headers = vec![
        t::people::name(),
        t::people::time_zone(),
        t::people::phone(),
    ];
    view! {
        <Table caption=t::people::hospitals() headers>
            {hospitals
                .into_iter()
                .map(|hospital| {
                    view! {
                        <Row>
                            <Cell>
                                <a
                                    class="link link-primary link-hover font-medium"
                                    href=Route::Hospital(hospital.id).path()
                                >
                                    {hospital.name}
                                </a>
                                " "
                                {hospital
                                    .archived
                                    .then(|| view! { <Badge>{t::people::archived()}</Badge> })}
                            </Cell>
                            <Cell label=t::people::time_zone()>{hospital.time_zone}</Cell>
                            <Cell label=t::people::phone()>{hospital.phone}</Cell>
                        </Row>
                    }
                })
                .collect_view()}
        </Table>
    }
}

/// `/hospitals/new`.
#[component]
pub fn NewHospitalPage() -> impl IntoView {
    let toasts = Toasts::from_context();
    let navigate = use_navigate();
    let faults = FormFaults::new();
    let inputs = HospitalInputs::empty();
    let slug = RwSignal::new(String::new());
    let send = Action::new_local(move |body: &CreateHospital| {
        let (body, navigate) = (body.clone(), navigate.clone());
        async move {
            if let Some(hospital) = faults.take(api::people::create_hospital(&body).await) {
                toasts.success(t::common::saved());
                navigate(&Route::Hospital(hospital.id).path(), Default::default());
            }
        }
    });
    let submit = move |()| {
        let body = CreateHospital {
            name: inputs.name.get_untracked(),
            slug: slug.get_untracked().trim().to_owned(),
            time_zone: inputs.time_zone.get_untracked(),
            phone: inputs.phone.get_untracked(),
            address: inputs.address.get_untracked(),
        };
        if faults.filled(&[
            ("name", &body.name),
            ("slug", &body.slug),
            ("time_zone", &body.time_zone),
        ]) {
            send.dispatch_local(body);
        }
    };
    view! {
        <Page narrow=true>
            <PageHeader
                title=t::people::hospital_new()
                back=(Route::Hospitals.path(), t::people::hospitals())
            />
            <Card>
                <Form error=faults.text() on_submit=submit>
                    <HospitalFields inputs faults>
                        <TextField
                            label=t::people::slug()
                            value=slug
                            hint=t::people::slug_hint()
                            max_length=40_u32
                            error=faults.field("slug")
                        />
                    </HospitalFields>
                    <div class="flex justify-end">
                        <Button kind=ButtonKind::Primary submit=true busy=send.pending()>
                            {t::people::hospital_new()}
                        </Button>
                    </div>
                </Form>
            </Card>
        </Page>
    }
}
