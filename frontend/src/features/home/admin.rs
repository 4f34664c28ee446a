//! The platform's first page: counts, no health data.

use leptos::prelude::*;
use visita_domain::people::Role;

use crate::i18n::t;
use crate::routes::Route;
use crate::state::session::Session;
use crate::ui::{ButtonKind, Icon, IconName, LinkButton, Page, PageHeader};

/// The page.
#[component]
pub fn AdminHome(
    /// Hospitals that are not archived.
    hospitals: i64,
    /// Active reception staff.
    staff: i64,
    /// Active doctors.
    doctors: i64,
    /// Active patients.
    patients: i64,
) -> impl IntoView {
    let name = Session::from_context()
        .user_now()
        .map(|user| user.name)
        .unwrap_or_default();
    view! {
        <Page>
            <PageHeader title=t::home::greeting(name) text=t::home::platform_text()>
                <LinkButton href=Route::NewUser.path() icon=IconName::UserPlus>
                    {t::home::new_account()}
                </LinkButton>
                <LinkButton
                    href=Route::NewHospital.path()
                    kind=ButtonKind::Primary
                    icon=IconName::Plus
                >
                    {t::home::new_hospital()}
                </LinkButton>
            </PageHeader>
            <section aria-label=t::home::platform() class="grid grid-cols-2 gap-4 xl:grid-cols-4">
                <Figure
                    count=hospitals
                    label=t::home::hospitals()
                    icon=IconName::Building
                    href=Route::Hospitals.path()
                />
                <Figure
                    count=staff
                    label=t::home::reception()
                    icon=IconName::Key
                    href=Route::UsersOf(Role::Staff).path()
                />
                <Figure
                    count=doctors
                    label=t::home::doctors()
                    icon=IconName::Stethoscope
                    href=Route::UsersOf(Role::Doctor).path()
                />
                <Figure
                    count=patients
                    label=t::home::patients()
                    icon=IconName::Users
                    href=Route::UsersOf(Role::Patient).path()
                />
            </section>
        </Page>
    }
}

/// A number that leads to its list.
#[component]
pub fn Figure(
    /// The number.
    count: i64,
    /// What is counted.
    #[prop(into)]
    label: String,
    /// Its icon.
    icon: IconName,
    /// Its list.
    #[prop(into)]
    href: String,
) -> impl IntoView {
    view! {
        <a href=href class="surface flex flex-col gap-3 p-4 hover:border-primary/40 sm:p-5">
            <span class="flex size-10 items-center justify-center rounded-full bg-primary/12 text-primary">
                <Icon name=icon />
            </span>
            <span>
                <span class="block text-3xl font-semibold tabular-nums">{count}</span>
                <span class="block text-base-content/70">{label}</span>
            </span>
        </a>
    }
}
