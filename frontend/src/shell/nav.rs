//! Which pages a role goes to, the most used first.

use visita_domain::people::Role;
use visita_wire::auth::Me;

use crate::i18n::t;
use crate::routes::Route;
use crate::ui::IconName;

/// One entry of the navigation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NavItem {
    /// Where to.
    pub route: Route,
    /// Its icon.
    pub icon: IconName,
    /// Its words.
    pub label: String,
}

impl NavItem {
    fn new(route: Route, icon: IconName, label: String) -> Self {
        Self { route, icon, label }
    }
}

/// How many entries fit a phone's bar, beside "More".
pub const ON_PHONE: usize = 4;

/// The entries of a user.
#[must_use]
pub fn items(user: &Me) -> Vec<NavItem> {
    let home = NavItem::new(Route::Home, IconName::Home, t::shell::home());
    let today = NavItem::new(Route::Home, IconName::Home, t::shell::today());
    let visits = NavItem::new(Route::Appointments, IconName::Calendar, t::shell::visits());
    let calendar = NavItem::new(Route::Calendar, IconName::CalendarClock, t::board::nav());
    let messages = NavItem::new(
        Route::Messages,
        IconName::MessageSquare,
        t::shell::messages(),
    );
    let documents = NavItem::new(Route::Documents, IconName::FileText, t::shell::documents());
    let doctors = NavItem::new(Route::Doctors, IconName::Stethoscope, t::shell::doctors());
    let patients = NavItem::new(Route::Patients, IconName::Users, t::shell::patients());
    let hours = NavItem::new(
        Route::Availability,
        IconName::Clock,
        t::shell::availability(),
    );
    let users = NavItem::new(Route::Users, IconName::Key, t::shell::users());
    let hospitals = NavItem::new(Route::Hospitals, IconName::Building, t::shell::hospitals());
    let audit = NavItem::new(Route::Audit, IconName::Shield, t::oversight::audit());
    match user.role {
        Role::Patient => vec![home, visits, messages, documents, doctors],
        // A guest has the page of one visit, which has no menu.
        Role::Guest => Vec::new(),
        Role::Doctor => vec![
            today, calendar, visits, messages, patients, documents, hours,
        ],
        Role::Staff => {
            let clinic = user.hospital_id.map(|id| {
                NavItem::new(Route::Hospital(id), IconName::Building, t::shell::clinic())
            });
            let mut list = vec![today, calendar, visits, patients, doctors, documents, users];
            list.extend(clinic);
            list.push(audit);
            list
        }
        Role::Admin => {
            let mails = NavItem::new(Route::Mails, IconName::Mail, t::shell::mails());
            vec![home, hospitals, users, doctors, mails, audit]
        }
    }
}
