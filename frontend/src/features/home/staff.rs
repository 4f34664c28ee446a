//! Reception's first page: the clinic's day.

use leptos::prelude::*;
use visita_wire::appointments::{AppointmentView, LobbyEntry};

use super::admin::Figure;
use super::lobby::Lobby;
use super::today::Today;
use crate::i18n::t;
use crate::intl;
use crate::routes::Route;
use crate::state::clock::Clock;
use crate::state::session::Session;
use crate::ui::{ButtonKind, IconName, LinkButton, Page, PageHeader};

/// The page.
#[component]
pub fn StaffHome(
    /// Today's visits of all doctors.
    today: Vec<AppointmentView>,
    /// Who waits.
    lobby: Signal<Vec<LobbyEntry>>,
    /// Doctors that can be booked.
    doctors: i64,
    /// Patients with an active account.
    patients: i64,
) -> impl IntoView {
    let name = Session::from_context()
        .user_now()
        .map(|user| user.name)
        .unwrap_or_default();
    view! {
        <Page>
            <PageHeader title=t::home::greeting(name) text=intl::day_long(Clock::read())>
                <LinkButton href=Route::NewPatient.path() icon=IconName::UserPlus>
                    {t::home::register_patient()}
                </LinkButton>
                <LinkButton
                    href=Route::Book.path()
                    kind=ButtonKind::Primary
                    icon=IconName::CalendarPlus
                >
                    {t::home::book()}
                </LinkButton>
            </PageHeader>
            <div class="grid grid-cols-1 items-start gap-6 xl:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
                <div class="flex flex-col gap-6 xl:order-last">
                    <Lobby entries=lobby />
                    <div class="grid grid-cols-2 gap-4">
                        <Figure
                            count=doctors
                            label=t::home::doctors()
                            icon=IconName::Stethoscope
                            href=Route::Doctors.path()
                        />
                        <Figure
                            count=patients
                            label=t::home::patients()
                            icon=IconName::Users
                            href=Route::Patients.path()
                        />
                    </div>
                </div>
                <Today visits=today with_doctor=true />
            </div>
        </Page>
    }
}
