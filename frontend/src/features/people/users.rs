//! Accounts.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use visita_domain::people::Role;
use visita_wire::people::UserView;

use super::search::SearchField;
use crate::api;
use crate::i18n::t;
use crate::parts::{PagedList, debounced, role_name, user_state_badge};
use crate::routes::Route;
use crate::state::pages::Pages;
use crate::state::session::Session;
use crate::ui::{
    ButtonKind, Card, Cell, Choice, EmptyState, IconName, LinkButton, Page, PageHeader, Row, Table,
    Tabs,
};

/// `/users`.
#[component]
pub fn UsersPage() -> impl IntoView {
    let wanted = use_query_map()
        .with_untracked(|query| query.get("role"))
        .unwrap_or_default();
    let role = RwSignal::new(wanted);
    let typed = RwSignal::new(String::new());
    let search = debounced(typed);
    let pages = Pages::new(move |cursor| {
        let role = role.with(|text| role_of(text));
        api::people::list_users(role, search.get(), cursor)
    });
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
                <div class="mb-4 flex flex-col gap-3 lg:flex-row lg:items-center lg:justify-between">
                    <Tabs label=t::people::role() tabs=tabs() value=role />
                    <SearchField label=t::people::users_search() value=typed />
                </div>
                <PagedList pages empty=no_users let(users)>
                    <UserTable users />
                </PagedList>
            </Card>
        </Page>
    }
}

fn role_of(text: &str) -> Option<Role> {
    Role::from_text(text)
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

fn no_users() -> impl IntoView {
    view! {
        <EmptyState
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
