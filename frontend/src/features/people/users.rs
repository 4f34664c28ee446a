//! Accounts.

use leptos::prelude::*;
use visita_domain::access::Action as Act;
use visita_domain::people::{Role, UserOrder, UserState};
use visita_wire::people::UserView;

use super::may;
use super::narrowing::{FilterSelect, ListControls, Narrowing, NoMatch};
use crate::api;
use crate::api::people::UserFilter;
use crate::i18n::t;
use crate::parts::{PagedList, role_name, user_state_badge, user_state_choices};
use crate::routes::Route;
use crate::state::pages::Pages;
use crate::state::session::Session;
use crate::ui::{
    ButtonKind, Card, Cell, Choice, IconName, LinkButton, Page, PageHeader, Row, Table, Tabs,
};

/// `/users`.
#[component]
pub fn UsersPage() -> impl IntoView {
    let narrowing = Narrowing::of_list(Route::Users, &["role", "state", "hospital"]);
    let pages = Pages::new(move |cursor| {
        let filter = UserFilter {
            role: narrowing.chosen("role", Role::from_text),
            state: narrowing.chosen("state", UserState::from_text),
            hospital_id: narrowing.chosen("hospital", |id| id.parse().ok()),
            search: narrowing.search(),
            order: narrowing.order(UserOrder::from_text),
        };
        async move { api::people::list_users(&filter, cursor).await }
    });
    let orders = vec![
        Choice::new(UserOrder::Name.as_str(), t::people::by_name()),
        Choice::new(UserOrder::Newest.as_str(), t::people::by_newest()),
    ];
    view! {
        <Page>
            <PageHeader title=t::people::users()>
                <LinkButton
                    href=Route::NewUser.path()
                    kind=ButtonKind::Primary
                    icon=IconName::UserPlus
                >
                    {t::people::user_new()}
                </LinkButton>
            </PageHeader>
            <Card>
                <div class="mb-4">
                    <Tabs label=t::people::role() tabs=tabs() value=narrowing.value("role") />
                </div>
                <ListControls narrowing search_label=t::people::users_search() orders>
                    <FilterSelect
                        narrowing
                        name="state"
                        label=t::people::state()
                        all=t::people::state_all()
                        choices=user_state_choices()
                    />
                    {may(Act::CreateHospital).then(|| view! { <HospitalSelect narrowing /> })}
                </ListControls>
                <PagedList pages empty=move || no_users(narrowing) let(users)>
                    <UserTable users />
                </PagedList>
            </Card>
        </Page>
    }
}

/// The hospitals of the platform; without their names the list only cannot be narrowed to one.
#[component]
fn HospitalSelect(
    /// What was chosen.
    narrowing: Narrowing,
) -> impl IntoView {
    let hospitals = LocalResource::new(|| api::people::list_all_hospitals(None));
    let choices = Signal::derive(move || {
        let page = hospitals.get().and_then(Result::ok);
        page.map(|page| page.items)
            .unwrap_or_default()
            .into_iter()
            .map(|hospital| Choice::new(hospital.id.to_string(), hospital.name))
            .collect::<Vec<_>>()
    });
    view! {
        <FilterSelect
            narrowing
            name="hospital"
            label=t::people::hospital()
            all=t::people::hospital_all()
            choices
        />
    }
}

/// The roles that the viewer sees: platform administrators belong to no hospital.
fn tabs() -> Vec<Choice> {
    let viewer = Session::from_context().role().get_untracked();
    let seen = Role::ALL
        .into_iter()
        .filter(|role| viewer == Some(Role::Admin) || *role != Role::Admin);
    let all = std::iter::once(Choice::new("", t::people::all()));
    all.chain(seen.map(|role| Choice::new(role.as_str(), role_name(role))))
        .collect()
}

fn no_users(narrowing: Narrowing) -> impl IntoView {
    view! {
        <NoMatch
            narrowing
            icon=IconName::Users
            title=t::people::users_none()
            text=t::people::users_none_text()
        />
    }
}

#[component]
fn UserTable(
    /// The rows.
    users: Vec<UserView>,
) -> impl IntoView {
    let headers = vec![
        t::people::name(),
        t::people::role(),
        t::people::hospital(),
        t::people::state(),
    ];
    view! {
        <Table caption=t::people::users() headers>
            {users
                .into_iter()
                .map(|user| {
                    view! {
                        <Row>
                            <Cell>
                                <a
                                    class="link link-primary link-hover font-medium"
                                    href=Route::User(user.id).path()
                                >
                                    {user.name}
                                </a>
                                <span class="block break-all text-sm text-base-content/70">
                                    {user.email}
                                </span>
                            </Cell>
                            <Cell label=t::people::role()>{role_name(user.role)}</Cell>
                            <Cell label=t::people::hospital()>
                                {user.hospital_name.unwrap_or_else(|| "–".to_owned())}
                            </Cell>
                            <Cell label=t::people::state()>{user_state_badge(user.state)}</Cell>
                        </Row>
                    }
                })
                .collect_view()}
        </Table>
    }
}
