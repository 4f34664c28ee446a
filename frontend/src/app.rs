//! Contexts and routes.

use leptos::prelude::*;
use leptos_router::components::{ParentRoute, Route, Router, Routes};
use leptos_router::path;

use crate::features::appointments::{AppointmentPage, AppointmentsPage};
use crate::features::auth::{
    AccountPage, DemoMailPage, EnrolPage, ForgotPage, RegisterPage, SetupPage, SignInPage,
};
use crate::features::availability::AvailabilityPage;
use crate::features::booking::BookPage;
use crate::features::calendar::CalendarPage;
use crate::features::dev::DevUiPage;
use crate::features::documents::DocumentsPage;
use crate::features::home::HomePage;
use crate::features::messages::MessagesPage;
use crate::features::oversight::{AccessReportPage, AuditPage};
use crate::features::people::{
    DoctorPage, DoctorsPage, HospitalPage, HospitalsPage, MailsPage, NewHospitalPage,
    NewPatientPage, NewUserPage, PatientPage, PatientsPage, UserPage, UsersPage,
};
use crate::features::profile::ProfilePage;
use crate::features::visit::{JoinPage, VisitPage};
use crate::shell::{Enrolling, Guarded, NotFoundPage, Public, Shell};
use crate::state::clock::Clock;
use crate::state::config::Config;
use crate::state::connection::Connection;
use crate::state::session::Session;
use crate::state::socket::Socket;
use crate::state::theme::ThemeState;
use crate::state::toasts::{ToastKind, Toasts};
use crate::ui::{AlertKind, ToastList};

/// The whole app. Paths here and in [`crate::routes::Route::path`] go together.
#[component]
pub fn App() -> impl IntoView {
    ThemeState::provide();
    Toasts::provide();
    Clock::provide();
    Connection::provide();
    Config::provide();
    Socket::provide(Session::provide());
    view! {
        <Router>
            <Routes fallback=NotFoundPage>
                <ParentRoute path=path!("") view=Public>
                    <Route path=path!("/sign-in") view=SignInPage />
                    <Route path=path!("/register") view=RegisterPage />
                    <Route path=path!("/forgot") view=ForgotPage />
                    <Route path=path!("/setup") view=SetupPage />
                </ParentRoute>
                <ParentRoute path=path!("") view=Enrolling>
                    <Route path=path!("/security/setup") view=EnrolPage />
                </ParentRoute>
                // For whoever holds the link, signed in or not.
                <Route path=path!("/account") view=AccountPage />
                <Route path=path!("/j") view=JoinPage />
                <Route path=path!("/demo/mail") view=DemoMailPage />
                <ParentRoute path=path!("") view=Guarded>
                    // A visit has the whole screen to itself.
                    <Route path=path!("/visit/:id") view=VisitPage />
                    <ParentRoute path=path!("") view=Shell>
                    <Route path=path!("/") view=HomePage />
                    <Route path=path!("/hospitals") view=HospitalsPage />
                    <Route path=path!("/hospitals/new") view=NewHospitalPage />
                    <Route path=path!("/hospitals/:id") view=HospitalPage />
                    <Route path=path!("/users") view=UsersPage />
                    <Route path=path!("/users/new") view=NewUserPage />
                    <Route path=path!("/users/:id") view=UserPage />
                    <Route path=path!("/mails") view=MailsPage />
                    <Route path=path!("/doctors") view=DoctorsPage />
                    <Route path=path!("/doctors/:id") view=DoctorPage />
                    <Route path=path!("/doctors/:id/availability") view=AvailabilityPage />
                    <Route path=path!("/patients") view=PatientsPage />
                    <Route path=path!("/patients/new") view=NewPatientPage />
                    <Route path=path!("/patients/:id") view=PatientPage />
                    <Route path=path!("/book") view=BookPage />
                    <Route path=path!("/appointments") view=AppointmentsPage />
                    <Route path=path!("/appointments/:id") view=AppointmentPage />
                    <Route path=path!("/calendar") view=CalendarPage />
                    <Route path=path!("/availability") view=AvailabilityPage />
                    <Route path=path!("/messages") view=MessagesPage />
                    <Route path=path!("/messages/:id") view=MessagesPage />
                    <Route path=path!("/documents") view=DocumentsPage />
                    <Route path=path!("/audit") view=AuditPage />
                    <Route path=path!("/access-report") view=AccessReportPage />
                    <Route path=path!("/profile") view=ProfilePage />
                    <Route path=path!("/dev/ui") view=DevUiPage />
                    </ParentRoute>
                </ParentRoute>
            </Routes>
        </Router>
        <Notices />
    }
}

/// The short notices, which outlive the page that gave them.
#[component]
fn Notices() -> impl IntoView {
    let toasts = Toasts::from_context();
    let list = Signal::derive(move || {
        toasts.list().with(|list| {
            list.iter()
                .map(|toast| (toast.id, kind(toast.kind), toast.text.clone()))
                .collect::<Vec<_>>()
        })
    });
    view! { <ToastList toasts=list on_close=move |id| toasts.close(id) /> }
}

fn kind(kind: ToastKind) -> AlertKind {
    match kind {
        ToastKind::Success => AlertKind::Success,
        ToastKind::Info => AlertKind::Info,
        ToastKind::Error => AlertKind::Error,
    }
}
