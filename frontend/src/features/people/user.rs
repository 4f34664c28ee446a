//! One account.

use leptos::prelude::*;
use visita_domain::UserId;
use visita_domain::access::Action as Act;
use visita_domain::people::Role;
use visita_wire::people::{ChangeUser, UserView};

use super::access::Access;
use super::may;
use crate::api::{self, ApiFail};
use crate::i18n::t;
use crate::intl;
use crate::parts::{FormFaults, Remote, remote, role_name, user_state_badge};
use crate::routes::{Route, id_param};
use crate::state::toasts::Toasts;
use crate::ui::{
    Avatar, Button, ButtonKind, Card, Dialog, DialogActions, Fact, Facts, Form, IconName,
    LinkButton, Page, PageHeader, TextField,
};

/// `/users/:id`.
#[component]
pub fn UserPage() -> impl IntoView {
    let id = id_param::<UserId>();
    let data = remote(move || {
        let id = id.get();
        async move {
            match id {
                Some(id) => api::people::get_user(id).await,
                None => Err(ApiFail::not_found()),
            }
        }
    });
    let changed = Callback::new(move |()| data.refetch());
    view! {
        <Remote data let(user)>
            <Account user changed />
        </Remote>
    }
}

#[component]
fn Account(
    /// The account.
    user: UserView,
    /// It has been changed.
    changed: Callback<()>,
) -> impl IntoView {
    let renaming = RwSignal::new(false);
    let may_change = may(Act::ChangeUser(user.role));
    let (id, name) = (user.id, user.name.clone());
    let stored_name = StoredValue::new(name.clone());
    let whose = name.clone();
    let trail = audit_of(&user).path();
    view! {
        <Page narrow=true>
            <PageHeader title=name.clone() back=(Route::Users.path(), t::people::users())>
                {may_change
                    .then(|| {
                        view! {
                            <Button icon=IconName::Pencil on_click=move |()| renaming.set(true)>
                                {t::people::rename()}
                            </Button>
                        }
                    })}
                <LinkButton href=trail icon=IconName::Shield>
                    {t::oversight::did_link()}
                </LinkButton>
                <RecordLink id role=user.role />
            </PageHeader>
            <Card>
                <div class="mb-5 flex items-center gap-4">
                    <Avatar name=name.clone() large=true />
                    {user_state_badge(user.state)}
                </div>
                <Facts>
                    <Fact name=t::people::email() value=user.email />
                    <Fact name=t::people::role() value=role_name(user.role) />
                    <Fact
                        name=t::people::hospital()
                        value=user.hospital_name.unwrap_or_default()
                    />
                    <Fact
                        name=t::people::created()
                        value=intl::date(user.created_at)
                    />
                </Facts>
            </Card>
            <Access id role=user.role name=whose state=user.state changed />
            <Dialog open=renaming title=t::people::rename()>
                <Rename id name=stored_name.get_value() open=renaming changed />
            </Dialog>
        </Page>
    }
}

/// What the account did. Administrators choose the hospital whose trail it is in.
fn audit_of(user: &UserView) -> Route {
    match (may(Act::CreateHospital), user.hospital_id) {
        (true, Some(hospital)) => Route::AuditByAt(user.id, hospital),
        _ => Route::AuditBy(user.id),
    }
}

/// To the profile that belongs to the account.
#[component]
fn RecordLink(
    /// The account.
    id: UserId,
    /// Its role.
    role: Role,
) -> impl IntoView {
    let to = match role {
        Role::Doctor => Some((Route::Doctor(id.into()), t::people::about())),
        Role::Patient if may(Act::ReadPatient) => {
            Some((Route::Patient(id.into()), t::people::record()))
        }
        _ => None,
    };
    to.map(|(route, words)| view! { <LinkButton href=route.path()>{words}</LinkButton> })
}

#[component]
fn Rename(
    /// The account.
    id: UserId,
    /// Its present name.
    name: String,
    /// The dialog.
    open: RwSignal<bool>,
    /// It has been changed.
    changed: Callback<()>,
) -> impl IntoView {
    let toasts = Toasts::from_context();
    let faults = FormFaults::new();
    let value = RwSignal::new(name);
    let send = Action::new_local(move |name: &String| {
        let body = ChangeUser {
            name: Some(name.clone()),
            state: None,
        };
        async move {
            if faults
                .take(api::people::change_user(id, &body).await)
                .is_some()
            {
                toasts.success(t::common::saved());
                open.try_set(false);
                changed.try_run(());
            }
        }
    });
    let submit = move |()| {
        let name = value.get_untracked();
        if faults.filled(&[("name", &name)]) {
            send.dispatch_local(name);
        }
    };
    view! {
        <Form error=faults.text() on_submit=submit>
            <TextField
                label=t::people::name()
                value
                max_length=120_u32
                error=faults.field("name")
            />
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
