//! The list of doctors: what it can be narrowed to, and that its orders follow changes.

use std::collections::BTreeSet;

use visita_domain::DoctorId;
use visita_domain::people::{DoctorOrder, Role, UserState};
use visita_store::people::{self, DoctorChanges, DoctorChoices, DoctorFilter};
use visita_store::{Ctx, PageQuery};
use visita_testkit::TestDb;

use crate::clinic::Random;
use crate::clinic::{Clinic, doctor_id};
use crate::people::{doctors, fresh_clinic, put};

fn doctors_are_filtered_by_what_they_are_and_speak(db: &TestDb) {
    let clinic = fresh_clinic(db);
    let other = clinic.next();
    let with = |clinic: &Clinic, specialty: &str, languages: &[&str]| {
        let who = clinic.person(Role::Doctor);
        let changes = DoctorChanges {
            specialty: Some(specialty.to_owned()),
            languages: Some(languages.iter().map(|&tag| tag.to_owned()).collect()),
            ..DoctorChanges::default()
        };
        clinic
            .run(|conn| people::change_doctor(conn, &who, doctor_id(&who), &changes))
            .id
    };
    let heart = with(&clinic, "Cardiology", &["en-GB", "fr"]);
    let skin = with(&clinic, "Élan", &["fr", "eng"]);
    let child = with(&clinic, "Cardiology", &[]);
    let gone = with(&clinic, "Surgery", &["pl"]);
    put(&clinic, gone.into(), UserState::Disabled);
    with(&other, "Psychiatry", &["de"]);
    let found = |specialty: Option<&str>, language: Option<&str>| -> BTreeSet<DoctorId> {
        let filter = DoctorFilter {
            specialty: specialty.map(str::to_owned),
            language: language.map(str::to_owned),
            state: Some(UserState::Active),
            search: None,
        };
        let (order, page) = (DoctorOrder::Name, PageQuery::default());
        let found =
            clinic.run(|conn| people::list_doctors(conn, &clinic.staff, &filter, order, &page));
        found.items.into_iter().map(|one| one.id).collect()
    };
    assert_eq!(found(Some("Cardiology"), None), [heart, child].into());
    assert_eq!(found(None, Some("fr")), [heart, skin].into());
    assert_eq!(
        found(None, Some("EN")),
        [heart].into(),
        "a longer tag, not a longer word"
    );
    assert_eq!(found(None, Some("en-gb")), [heart].into());
    assert_eq!(found(Some("Cardiology"), Some("en")), [heart].into());
    for none in ["", "e", "gb", "%", "en_", "en-gb fr\\"] {
        assert_eq!(found(None, Some(none)), BTreeSet::new(), "{none:?}");
    }
    let choices = |who: &Ctx| clinic.run(|conn| people::doctor_choices(conn, who));
    let as_read = |specialties: &[&str], languages: &[&str]| DoctorChoices {
        specialties: specialties.iter().map(|&one| one.to_owned()).collect(),
        languages: languages.iter().map(|&one| one.to_owned()).collect(),
    };
    assert_eq!(
        choices(&clinic.staff),
        as_read(
            &["Cardiology", "Surgery", "Élan"],
            &["en-gb", "eng", "fr", "pl"]
        )
    );
    // Patients are offered what they can book, the platform what all have.
    assert_eq!(
        choices(&clinic.patient),
        as_read(&["Cardiology", "Élan"], &["en-gb", "eng", "fr"])
    );
    assert!(
        choices(&clinic.admin)
            .specialties
            .contains(&"Psychiatry".to_owned())
    );
}

fn the_order_by_specialty_follows_a_change_of_either_part(db: &TestDb) {
    let clinic = fresh_clinic(db);
    let (random, order) = (&mut Random(50), DoctorOrder::Specialty);
    let known = doctors(&clinic, random, 2);
    let change = |id: DoctorId, name: &str, specialty: Option<&str>| {
        let changes = DoctorChanges {
            name: Some(name.to_owned()),
            specialty: specialty.map(str::to_owned),
            ..DoctorChanges::default()
        };
        clinic.run(|conn| people::change_doctor(conn, &clinic.staff, id, &changes));
    };
    let listed = || -> Vec<DoctorId> {
        let filter = DoctorFilter {
            state: Some(UserState::Active),
            ..DoctorFilter::default()
        };
        let page = PageQuery::default();
        let found =
            clinic.run(|conn| people::list_doctors(conn, &clinic.staff, &filter, order, &page));
        found.items.into_iter().map(|one| one.id).collect()
    };
    let (one, two) = (known[0].id, known[1].id);
    change(one, "Zora", Some("Surgery"));
    change(two, "Anna", Some("Surgery"));
    assert_eq!(listed(), [two, one]);
    change(two, "Zoran", None);
    assert_eq!(listed(), [one, two]);
    change(two, "Zoran", Some("Cardiology"));
    assert_eq!(listed(), [two, one]);
}

on_both!(
    doctors_are_filtered_by_what_they_are_and_speak,
    the_order_by_specialty_follows_a_change_of_either_part,
);
