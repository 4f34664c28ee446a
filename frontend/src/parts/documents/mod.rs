//! Documents of a patient or of one visit: the list, and adding to it.
//!
//! [`DocumentPanel`] is the whole thing for a page or a side panel. It shows what the server
//! lets the viewer see, and offers deletion to the uploader only.

mod list;
pub mod model;
mod upload;

use leptos::prelude::*;
use visita_domain::{AppointmentId, PatientId};

use crate::api::documents::list_documents;
use crate::state::pages::Pages;
use list::DocumentList;
use upload::Uploader;

/// Documents with a control to add some. Give `appointment` for those of one visit,
/// `patient` for those of one person, neither for all that the viewer may see.
#[component]
pub fn DocumentPanel(
    /// Whose documents; also whose the added ones will be.
    #[prop(optional_no_strip)]
    patient: Option<PatientId>,
    /// The visit that they belong to.
    #[prop(optional_no_strip)]
    appointment: Option<AppointmentId>,
    /// Whether documents can be added here.
    #[prop(default = true)]
    upload: bool,
    /// Names the patient of each document, where they differ.
    #[prop(optional)]
    name_patient: bool,
) -> impl IntoView {
    let pages = Pages::new(move |cursor| list_documents(patient, appointment, cursor));
    view! {
        <div class="space-y-4">
            {upload
                .then(|| {
                    view! {
                        <Uploader
                            patient
                            appointment
                            on_stored=move |document| pages.edit(|list| list.insert(0, document))
                        />
                    }
                })}
            <DocumentList pages upload name_patient link_visit=appointment.is_none()/>
        </div>
    }
}
