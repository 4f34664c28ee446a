//! Documents from announcement to removal, and who sees them.

use visita_domain::document::{Document, DocumentState, MediaType};
use visita_domain::people::Role;
use visita_store::documents::{self, DocumentFilter, NewDocument};
use visita_store::{Ctx, PageQuery, StoreError};
use visita_testkit::TestDb;

use crate::clinic::{Clinic, patient_id, tuesday_ten};

const SHA256: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

pub fn scan() -> NewDocument {
    NewDocument {
        patient_id: None,
        appointment_id: None,
        name: "../scan.pdf".to_owned(),
        media_type: MediaType::Pdf,
        size: 10,
    }
}

fn scan_of(patient: &Ctx) -> NewDocument {
    NewDocument {
        patient_id: Some(patient_id(patient)),
        ..scan()
    }
}

fn upload(clinic: &Clinic, who: &Ctx, new: &NewDocument) -> Result<Document, StoreError> {
    let id = clinic
        .try_run(|conn| documents::announce(conn, who, new))?
        .id;
    clinic.try_run(|conn| documents::mark_stored(conn, who, id, 12, SHA256))
}

/// A stored document of the patient.
pub fn stored(clinic: &Clinic, patient: &Ctx) -> Document {
    upload(clinic, patient, &scan()).unwrap()
}

fn seen_by(clinic: &Clinic, who: &Ctx, filter: &DocumentFilter) -> usize {
    let page = PageQuery::default();
    clinic
        .run(|conn| documents::list(conn, who, filter, &page))
        .items
        .len()
}

fn a_document_is_announced_stored_read_and_taken_back(db: &TestDb) {
    let clinic = Clinic::new(db);
    let me = &clinic.patient;
    let pending = clinic.run(|conn| documents::announce(conn, me, &scan()));
    assert_eq!(
        (pending.state, pending.name.as_str()),
        (DocumentState::Pending, "scan.pdf")
    );
    assert_eq!(
        clinic.run(|conn| documents::for_upload(conn, me, pending.id)),
        pending
    );
    let early = clinic.try_run(|conn| documents::for_download(conn, me, pending.id));
    assert!(matches!(early, Err(StoreError::WrongDocumentState)));
    assert_eq!(seen_by(&clinic, me, &DocumentFilter::default()), 0);
    let done = clinic.run(|conn| documents::mark_stored(conn, me, pending.id, 12, SHA256));
    assert_eq!((done.size, done.sha256.as_deref()), (12, Some(SHA256)));
    let twice = clinic.try_run(|conn| documents::mark_stored(conn, me, pending.id, 12, SHA256));
    assert!(matches!(twice, Err(StoreError::WrongDocumentState)));
    assert_eq!(
        clinic.run(|conn| documents::for_download(conn, me, pending.id)),
        done
    );
    assert_eq!(seen_by(&clinic, me, &DocumentFilter::default()), 1);
    clinic.run(|conn| documents::delete(conn, me, pending.id));
    let gone = clinic.try_run(|conn| documents::get(conn, me, pending.id));
    assert!(matches!(gone, Err(StoreError::NotFound)));
    let again = clinic.try_run(|conn| documents::delete(conn, me, pending.id));
    assert!(matches!(again, Err(StoreError::NotFound)));
}

fn doctors_see_those_of_their_patients_and_staff_what_it_scanned(db: &TestDb) {
    let clinic = Clinic::new(db);
    let own = stored(&clinic, &clinic.patient);
    let scanned = upload(&clinic, &clinic.staff, &scan_of(&clinic.patient)).unwrap();
    let read = |who: &Ctx, id| clinic.try_run(|conn| documents::get(conn, who, id));
    assert!(matches!(
        read(&clinic.doctor, own.id),
        Err(StoreError::NotFound)
    ));
    assert_eq!(
        seen_by(&clinic, &clinic.doctor, &DocumentFilter::default()),
        0
    );
    let visit = clinic.booked(tuesday_ten());
    assert!(read(&clinic.doctor, own.id).is_ok());
    assert_eq!(
        seen_by(&clinic, &clinic.doctor, &DocumentFilter::default()),
        2
    );
    assert_eq!(
        seen_by(&clinic, &clinic.patient, &DocumentFilter::default()),
        2
    );
    assert!(matches!(
        read(&clinic.staff, own.id),
        Err(StoreError::NotFound)
    ));
    assert!(read(&clinic.staff, scanned.id).is_ok());
    assert_eq!(
        seen_by(&clinic, &clinic.staff, &DocumentFilter::default()),
        1
    );
    // Whoever did not upload it does not take it back.
    let taken = clinic.try_run(|conn| documents::delete(conn, &clinic.patient, scanned.id));
    assert!(matches!(taken, Err(StoreError::NotFound)));
    let of_visit = NewDocument {
        appointment_id: Some(visit.id),
        ..scan()
    };
    upload(&clinic, &clinic.doctor, &of_visit).unwrap();
    let filter = DocumentFilter {
        appointment_id: Some(visit.id),
        patient_id: Some(patient_id(&clinic.patient)),
    };
    assert_eq!(seen_by(&clinic, &clinic.patient, &filter), 1);
}

fn nobody_uploads_for_strangers_or_into_their_visits(db: &TestDb) {
    let clinic = Clinic::new(db);
    let stranger = clinic.person(Role::Patient);
    let their_visit = clinic.booked_between(&clinic.new_doctor(), &stranger, tuesday_ten());
    let announce =
        |who: &Ctx, new: &NewDocument| clinic.try_run(|conn| documents::announce(conn, who, new));
    assert!(matches!(
        announce(&clinic.patient, &scan_of(&stranger)),
        Err(StoreError::NotFound)
    ));
    assert!(matches!(
        announce(&clinic.doctor, &scan_of(&stranger)),
        Err(StoreError::NotFound)
    ));
    assert!(matches!(
        announce(&clinic.staff, &scan()),
        Err(StoreError::InvalidField(_))
    ));
    assert!(matches!(
        announce(&clinic.admin, &scan_of(&stranger)),
        Err(StoreError::Forbidden)
    ));
    let into_visit = NewDocument {
        appointment_id: Some(their_visit.id),
        ..scan()
    };
    assert!(matches!(
        announce(&clinic.patient, &into_visit),
        Err(StoreError::NotFound)
    ));
    let mixed = NewDocument {
        patient_id: Some(patient_id(&clinic.patient)),
        ..into_visit
    };
    assert!(matches!(
        announce(&clinic.staff, &mixed),
        Err(StoreError::NotFound)
    ));
}

on_both!(
    a_document_is_announced_stored_read_and_taken_back,
    doctors_see_those_of_their_patients_and_staff_what_it_scanned,
    nobody_uploads_for_strangers_or_into_their_visits,
);
