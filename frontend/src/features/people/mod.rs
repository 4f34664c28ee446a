//! Hospitals, accounts, doctors and patients.

mod access;
mod booking_rules;
mod doctor;
mod doctors;
mod hospital;
mod hospital_fields;
mod hospitals;
mod mails;
mod narrowing;
mod new_patient;
mod new_user;
mod patient;
mod patient_fields;
mod patients;
mod search;
mod user;
mod users;

pub use doctor::DoctorPage;
pub use doctors::DoctorsPage;
pub use hospital::HospitalPage;
pub use hospitals::{HospitalsPage, NewHospitalPage};
pub use mails::MailsPage;
pub use new_patient::NewPatientPage;
pub use new_user::NewUserPage;
pub use patient::PatientPage;
pub use patients::PatientsPage;
pub use user::UserPage;
pub use users::UsersPage;

use leptos::prelude::*;
use visita_domain::access::{Action, may_ever};

use crate::state::session::Session;

/// Whether the viewer's role may ever do it; the server decides on the record.
fn may(action: Action) -> bool {
    Session::from_context()
        .role()
        .get_untracked()
        .is_some_and(|role| may_ever(role, action))
}

/// The value, unless nothing was written.
fn filled(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}
