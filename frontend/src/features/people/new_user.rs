//! Adding an account.

use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use visita_domain::access::{Action as Act, may_ever};
use visita_domain::people::Role;
use visita_wire::people::{CreateUser, HospitalView};

use super::filled;
use crate::api;
use crate::i18n::{self, t};
use crate::parts::{FormFaults, Remote, remote, role_name};
use crate::routes::Route;
use crate::state::session::Session;
use crate::state::toasts::Toasts;
use crate::ui::{Button, ButtonKind, Card, Choice, Form, Page, PageHeader, SelectField, TextField};

const ROLES: [Role; 4] = [Role::Doctor, Role::Staff, Role::Patient, Role::Admin];

/// `/users/new`.
#[component]
pub fn NewUserPage() -> impl IntoView {
    let hospitals = remote(|| api::people::list_hospitals(None));
    view! {
        <Page narrow=true>
            <PageHeader
                title=t::people::user_new()
                text=t::people::user_new_text()
                back=(Route::Users.path(), t::people::users())
            />
            <Card>
                <Remote data=hospitals let(page)>
                    <NewUser hospitals=page.items />
                </Remote>
            </Card>
        </Page>
    }
}

/// What was written.
#[derive(Clone, Copy)]
struct Inputs {
    role: RwSignal<String>,
    hospital: RwSignal<String>,
    name: RwSignal<String>,
    email: RwSignal<String>,
    specialty: RwSignal<String>,
}

impl Inputs {
    fn role(self) -> Option<Role> {
        self.role
            .with(|text| ROLES.into_iter().find(|role| role.as_str() == text))
    }

    /// The request, and the fields that must not be empty.
    fn request(self, faults: FormFaults) -> Option<CreateUser> {
        let role = untrack(|| self.role())?;
        let hospital = self.hospital.get_untracked();
        let (name, email) = (self.name.get_untracked(), self.email.get_untracked());
        let specialty = self.specialty.get_untracked();
        let mut required = vec![("name", name.as_str()), ("email", email.as_str())];
        if role != Role::Admin {
            required.push(("hospital_id", hospital.as_str()));
        }
        if role == Role::Doctor {
            required.push(("specialty", specialty.as_str()));
        }
        faults.filled(&required).then(|| CreateUser {
            hospital_id: (role != Role::Admin)
                .then(|| hospital.parse().ok())
                .flatten(),
            role,
            name: name.clone(),
            email: email.clone(),
            language: i18n::language(),
            specialty: (role == Role::Doctor).then(|| filled(&specialty)).flatten(),
        })
    }
}

#[component]
fn NewUser(
    /// All hospitals.
    hospitals: Vec<HospitalView>,
) -> impl IntoView {
    let viewer = Session::from_context().user_now();
    let viewer_role = viewer.as_ref().map(|me| me.role);
    let own = viewer
        .and_then(|me| me.hospital_id)
        .map(|id| id.to_string());
    let may_create = |role: &Role| viewer_role.is_some_and(|v| may_ever(v, Act::CreateUser(*role)));
    let roles: Vec<Choice> = ROLES
        .into_iter()
        .filter(may_create)
        .map(|role| Choice::new(role.as_str(), role_name(role)))
        .collect();
    let open = hospitals.iter().filter(|hospital| !hospital.archived);
    let choices: Vec<Choice> = open
        .map(|h| Choice::new(h.id.to_string(), h.name.clone()))
        .collect();
    let first = if let [only] = choices.as_slice() {
        only.value.clone()
    } else {
        String::new()
    };
    let inputs = Inputs {
        role: RwSignal::new(Role::Doctor.as_str().to_owned()),
        // Staff add people to their own hospital only.
        hospital: RwSignal::new(own.unwrap_or(first)),
        name: RwSignal::new(String::new()),
        email: RwSignal::new(String::new()),
        specialty: RwSignal::new(String::new()),
    };
    let faults = FormFaults::new();
    let send = create(faults);
    let submit = move |()| {
        if let Some(body) = inputs.request(faults) {
            send.dispatch_local(body);
        }
    };
    let choices = StoredValue::new(choices);
    let asks_hospital =
        move || viewer_role == Some(Role::Admin) && inputs.role() != Some(Role::Admin);
    view! {
        <Form error=faults.text() on_submit=submit>
            <SelectField
                label=t::people::role()
                value=inputs.role
                choices=roles
                error=faults.field("role")
            />
            <Show when=asks_hospital>
                <SelectField
                    label=t::people::hospital()
                    value=inputs.hospital
                    choices=choices.get_value()
                    none=t::people::hospital_choose()
                    error=faults.field("hospital_id")
                />
            </Show>
            <TextField
                label=t::people::name()
                value=inputs.name
                max_length=120_u32
                error=faults.field("name")
            />
            <Show when=move || inputs.role() == Some(Role::Doctor)>
                <TextField
                    label=t::people::specialty()
                    value=inputs.specialty
                    hint=t::people::specialty_hint()
                    max_length=120_u32
                    error=faults.field("specialty")
                />
            </Show>
            <TextField
                label=t::people::email()
                kind="email"
                value=inputs.email
                max_length=254_u32
                error=faults.field("email")
            />
            <div class="flex justify-end">
                <Button kind=ButtonKind::Primary submit=true busy=send.pending()>
                    {t::people::user_new()}
                </Button>
            </div>
        </Form>
    }
}

fn create(faults: FormFaults) -> Action<CreateUser, ()> {
    let toasts = Toasts::from_context();
    let navigate = use_navigate();
    Action::new_local(move |body: &CreateUser| {
        let (body, navigate) = (body.clone(), navigate.clone());
        async move {
            if let Some(user) = faults.take(api::people::create_user(&body).await) {
                toasts.success(t::people::invited());
                navigate(&Route::User(user.id).path(), Default::default());
            }
        }
    })
}
