//! Lists of people and hospitals: their orders and filters, page by page, on random clinics.
//! The seed of a failing clinic is in the message.

use visita_domain::people::{
    DoctorOrder, HospitalOrder, HospitalScope, PatientOrder, Role, Sex, UserOrder, UserState,
};
use visita_domain::{DoctorId, HospitalId, LocalDate, PatientId, UserId};
use visita_store::people::{
    self, DoctorFilter, FirstAccess, HospitalChanges, HospitalFilter, NewHospital,
    NewPatientRecord, NewUser, PatientFilter, UserChanges, UserFilter,
};
use visita_store::{Ctx, PageQuery, Paged, StoreError};
use visita_testkit::TestDb;

use crate::accounts::{code, email};
use crate::clinic::Random;
use crate::clinic::{Clinic, at_time, fresh_email, now, number};

/// Few, so that many share one; upper case, accents and wildcards must change nothing.
const NAMES: [&str; 6] = ["ana", "Ana", "Élan", "elan", "zoe 50%", "Zoe_B"];
const SPECIALTIES: [&str; 4] = ["Surgery", "Surgery, hand", "cardiology", "Élan"];
const BORN: [Option<&str>; 4] = [
    None,
    Some("1950-02-28"),
    Some("1999-12-31"),
    Some("2001-01-01"),
];

/// All that the list holds, read in pages of random sizes.
fn walk<T>(random: &mut Random, list: impl Fn(&PageQuery) -> Paged<T>) -> Vec<T> {
    let (mut found, mut cursor) = (Vec::new(), None);
    loop {
        let limit = i64::try_from(1 + random.below(5)).unwrap();
        let page = list(&PageQuery { limit, cursor });
        assert!(i64::try_from(page.items.len()).unwrap() <= limit);
        found.extend(page.items);
        cursor = page.next_cursor;
        if cursor.is_none() {
            return found;
        }
    }
}

/// The ids in the order of their keys, newest of the same key last.
fn sorted<K: Ord, I: Copy + Ord>(rows: &[(K, I)]) -> Vec<I> {
    let mut rows: Vec<_> = rows.iter().collect();
    rows.sort();
    rows.into_iter().map(|(_, id)| *id).collect()
}

fn latest_first<K: Ord, I: Copy + Ord>(rows: &[(K, I)]) -> Vec<I> {
    let mut ids = sorted(rows);
    ids.reverse();
    ids
}

pub struct Known<I> {
    pub id: I,
    name: &'static str,
    made: i64,
    born: Option<&'static str>,
    specialty: &'static str,
}

/// Puts the account into a state, as its hospital would.
pub fn put(clinic: &Clinic, id: UserId, state: UserState) {
    let changes = UserChanges {
        name: None,
        state: Some(state),
    };
    clinic.run(|conn| people::change_user(conn, &clinic.staff, id, &changes));
}

/// Creates at one of few moments; who was made twice at once is told apart by id.
fn moment(random: &mut Random, who: &Ctx) -> (i64, Ctx) {
    let made = i64::try_from(random.below(3)).unwrap();
    (made, at_time(who, now().plus_minutes(made)))
}

fn patients(clinic: &Clinic, random: &mut Random, count: usize) -> Vec<Known<PatientId>> {
    let some = (0..count).map(|_| {
        let (made, staff) = moment(random, &clinic.staff);
        let (name, born) = (NAMES[random.below(6)], BORN[random.below(4)]);
        let new = NewPatientRecord {
            name: name.to_owned(),
            email: email(&fresh_email()),
            access: FirstAccess::Password("hash".to_owned()),
            language: "en".to_owned(),
            date_of_birth: born.map(|date| date.parse::<LocalDate>().unwrap()),
            sex: Sex::Unknown,
            phone: String::new(),
            record_number: String::new(),
            emergency_contact: String::new(),
        };
        let id = clinic
            .run(|conn| people::create_patient(conn, &staff, &new))
            .id;
        Known {
            id,
            name,
            made,
            born,
            specialty: "",
        }
    });
    some.collect()
}

pub fn doctors(clinic: &Clinic, random: &mut Random, count: usize) -> Vec<Known<DoctorId>> {
    let some = (0..count).map(|_| {
        let (made, staff) = moment(random, &clinic.staff);
        let (name, specialty) = (NAMES[random.below(6)], SPECIALTIES[random.below(4)]);
        let new = NewUser {
            hospital_id: None,
            role: Role::Doctor,
            name: name.to_owned(),
            email: email(&fresh_email()),
            access: FirstAccess::Password("hash".to_owned()),
            language: "en".to_owned(),
            specialty: Some(specialty.to_owned()),
        };
        let user = clinic
            .run(|conn| people::create_user(conn, &staff, &new))
            .user;
        Known {
            id: user.id.into(),
            name,
            made,
            born: None,
            specialty,
        }
    });
    some.collect()
}

/// An empty hospital but for its staff, so that what a list holds is known.
pub fn fresh_clinic(db: &TestDb) -> Clinic {
    let clinic = Clinic::new(db);
    for who in [&clinic.doctor, &clinic.patient] {
        put(&clinic, who.actor.user_id, UserState::Disabled);
    }
    clinic
}

fn r01_every_order_of_patients_gives_each_once_page_by_page(db: &TestDb) {
    for seed in 0..3 {
        let (random, clinic) = (&mut Random(seed), fresh_clinic(db));
        let known = patients(&clinic, random, 17);
        let keys = |key: &dyn Fn(&Known<PatientId>) -> String| -> Vec<(String, PatientId)> {
            known.iter().map(|one| (key(one), one.id)).collect()
        };
        for order in PatientOrder::ALL.iter().copied() {
            let expected = match order {
                PatientOrder::Name => sorted(&keys(&|one| one.name.to_lowercase())),
                PatientOrder::DateOfBirth => {
                    sorted(&keys(&|one| one.born.unwrap_or("9999-12-31").to_owned()))
                }
                PatientOrder::Newest => latest_first(&keys(&|one| one.made.to_string())),
            };
            let filter = PatientFilter {
                state: Some(UserState::Active),
                ..PatientFilter::default()
            };
            let found = walk(random, |page| {
                clinic.run(|conn| people::list_patients(conn, &clinic.staff, &filter, order, page))
            });
            let found: Vec<_> = found.into_iter().map(|one| one.id).collect();
            assert_eq!(found, expected, "seed {seed} {order:?}");
        }
    }
}

fn r01_every_order_of_doctors_gives_each_once_page_by_page(db: &TestDb) {
    for seed in 10..13 {
        let (random, clinic) = (&mut Random(seed), fresh_clinic(db));
        let known = doctors(&clinic, random, 17);
        for order in DoctorOrder::ALL.iter().copied() {
            let key = |one: &Known<DoctorId>| match order {
                DoctorOrder::Name => (String::new(), one.name.to_lowercase()),
                DoctorOrder::Specialty => (one.specialty.to_lowercase(), one.name.to_lowercase()),
                DoctorOrder::Newest => (String::new(), one.made.to_string()),
            };
            let keys: Vec<_> = known.iter().map(|one| (key(one), one.id)).collect();
            let expected = match order {
                DoctorOrder::Newest => latest_first(&keys),
                _ => sorted(&keys),
            };
            let filter = DoctorFilter {
                state: Some(UserState::Active),
                ..DoctorFilter::default()
            };
            let found = walk(random, |page| {
                clinic.run(|conn| people::list_doctors(conn, &clinic.staff, &filter, order, page))
            });
            let found: Vec<_> = found.into_iter().map(|one| one.id).collect();
            assert_eq!(found, expected, "seed {seed} {order:?}");
        }
    }
}

fn r01_every_order_of_accounts_gives_each_once_page_by_page(db: &TestDb) {
    for seed in 20..23 {
        let (random, clinic) = (&mut Random(seed), fresh_clinic(db));
        let sick = patients(&clinic, random, 9);
        let sick = sick
            .iter()
            .map(|one| (one.name, one.made, UserId::from(one.id)));
        let well = doctors(&clinic, random, 8);
        let well = well
            .iter()
            .map(|one| (one.name, one.made, UserId::from(one.id)));
        let known: Vec<_> = sick.chain(well).collect();
        for order in UserOrder::ALL.iter().copied() {
            let expected = match order {
                UserOrder::Name => {
                    let key = |one: &(&str, i64, UserId)| (one.0.to_lowercase(), one.2);
                    sorted(&known.iter().map(key).collect::<Vec<_>>())
                }
                UserOrder::Newest => {
                    latest_first(&known.iter().map(|one| (one.1, one.2)).collect::<Vec<_>>())
                }
            };
            // The platform's admin narrows to the hospital; its staff are not asked to.
            let staff = clinic.staff.actor.user_id;
            for (who, hospital_id) in [(clinic.staff, None), (clinic.admin, Some(clinic.hospital))]
            {
                let filter = UserFilter {
                    state: Some(UserState::Active),
                    hospital_id,
                    ..UserFilter::default()
                };
                let found = walk(random, |page| {
                    clinic.run(|conn| people::list_users(conn, &who, &filter, order, page))
                });
                let found = found.into_iter().map(|one| one.user.id);
                let found: Vec<_> = found.filter(|id| *id != staff).collect();
                assert_eq!(found, expected, "seed {seed} {order:?}");
            }
        }
    }
}

fn r01_every_order_of_hospitals_gives_each_once_page_by_page(db: &TestDb) {
    let (random, clinic) = (&mut Random(30), Clinic::new(db));
    let mut known: Vec<(String, i64, HospitalId, bool)> = Vec::new();
    for n in 0..11 {
        let (made, admin) = moment(random, &clinic.admin);
        let name = format!("{} house", NAMES[random.below(6)]);
        let new = NewHospital {
            name: name.clone(),
            slug: format!("x-{}", number()),
            time_zone: "Europe/Paris".to_owned(),
            phone: String::new(),
            address: String::new(),
        };
        let id = clinic
            .run(|conn| people::create_hospital(conn, &admin, &new))
            .id;
        let changes = HospitalChanges {
            archived: Some(n % 3 == 0),
            ..HospitalChanges::default()
        };
        clinic.run(|conn| people::change_hospital(conn, &admin, id, &changes));
        known.push((name.to_lowercase(), made, id, n % 3 == 0));
    }
    for scope in HospitalScope::ALL.iter().copied() {
        let inside = |archived: bool| match scope {
            HospitalScope::All => true,
            HospitalScope::Archived => archived,
            HospitalScope::Open => !archived,
        };
        let held: Vec<_> = known.iter().filter(|one| inside(one.3)).collect();
        for order in HospitalOrder::ALL.iter().copied() {
            let expected = match order {
                HospitalOrder::Name => {
                    sorted(&held.iter().map(|one| (&one.0, one.2)).collect::<Vec<_>>())
                }
                HospitalOrder::Newest => {
                    latest_first(&held.iter().map(|one| (one.1, one.2)).collect::<Vec<_>>())
                }
            };
            let filter = HospitalFilter {
                scope,
                search: Some(" HOUSE".to_owned()),
            };
            let found = walk(random, |page| {
                clinic.run(|conn| people::list_hospitals(conn, &filter, order, page))
            });
            let found: Vec<_> = found.into_iter().map(|one| one.id).collect();
            assert_eq!(found, expected, "{scope:?} {order:?}");
        }
    }
}

fn a_cursor_of_another_order_is_refused(db: &TestDb) {
    let (random, clinic) = (&mut Random(40), fresh_clinic(db));
    patients(&clinic, random, 4);
    doctors(&clinic, random, 4);
    let page = |cursor| PageQuery { limit: 1, cursor };
    let list_patients = |order, page: &PageQuery| {
        let filter = PatientFilter::default();
        clinic.try_run(|conn| people::list_patients(conn, &clinic.staff, &filter, order, page))
    };
    let list_doctors = |order, page: &PageQuery| {
        let filter = DoctorFilter::default();
        clinic.try_run(|conn| people::list_doctors(conn, &clinic.staff, &filter, order, page))
    };
    for (from, to) in [
        (PatientOrder::Name, PatientOrder::Newest),
        (PatientOrder::Newest, PatientOrder::Name),
        (PatientOrder::DateOfBirth, PatientOrder::Name),
        (PatientOrder::Name, PatientOrder::DateOfBirth),
    ] {
        let next = list_patients(from, &page(None)).unwrap().next_cursor;
        assert!(next.is_some());
        let refused = list_patients(to, &page(next.clone()));
        assert!(
            matches!(refused, Err(StoreError::BadCursor)),
            "{from:?} {to:?}"
        );
        assert_eq!(list_patients(from, &page(next)).unwrap().items.len(), 1);
    }
    let next = list_doctors(DoctorOrder::Specialty, &page(None))
        .unwrap()
        .next_cursor;
    let refused = list_doctors(DoctorOrder::Newest, &page(next));
    assert!(matches!(refused, Err(StoreError::BadCursor)));
}

fn people_are_filtered_by_state(db: &TestDb) {
    let clinic = fresh_clinic(db);
    let invite = |role| {
        let new = NewUser {
            hospital_id: None,
            role,
            name: "New".to_owned(),
            email: email(&fresh_email()),
            access: FirstAccess::Invitation(code()),
            language: "en".to_owned(),
            specialty: None,
        };
        clinic
            .run(|conn| people::create_user(conn, &clinic.staff, &new))
            .user
            .id
    };
    let patient = [
        (UserState::Invited, invite(Role::Patient)),
        (
            UserState::Active,
            clinic.person(Role::Patient).actor.user_id,
        ),
        (UserState::Disabled, clinic.patient.actor.user_id),
    ];
    let doctor = [
        (UserState::Invited, invite(Role::Doctor)),
        (UserState::Active, clinic.person(Role::Doctor).actor.user_id),
        (UserState::Disabled, clinic.doctor.actor.user_id),
    ];
    let page = PageQuery::default();
    for (state, id) in patient {
        let filter = PatientFilter {
            state: Some(state),
            search: None,
        };
        let order = PatientOrder::Name;
        let found =
            clinic.run(|conn| people::list_patients(conn, &clinic.staff, &filter, order, &page));
        let found: Vec<_> = found.items.iter().map(|one| (one.id, one.state)).collect();
        assert_eq!(found, [(PatientId::from(id), state)]);
    }
    for (state, id) in doctor {
        let filter = DoctorFilter {
            state: Some(state),
            ..DoctorFilter::default()
        };
        let order = DoctorOrder::Name;
        let list = |who: &Ctx| {
            clinic.try_run(|conn| people::list_doctors(conn, who, &filter, order, &page))
        };
        let found = list(&clinic.staff).unwrap();
        let found: Vec<_> = found.items.iter().map(|one| (one.id, one.state)).collect();
        assert_eq!(found, [(DoctorId::from(id), state)]);
        // Who is invited and who disabled is the clinic's to know.
        for who in [&clinic.doctor, &clinic.patient] {
            match list(who) {
                Ok(found) => assert_eq!((found.items.len(), state), (1, UserState::Active)),
                Err(told) => assert!(matches!(told, StoreError::Forbidden), "{told:?}"),
            }
        }
    }
    for (state, id) in patient {
        let filter = UserFilter {
            role: Some(Role::Patient),
            state: Some(state),
            ..UserFilter::default()
        };
        let order = UserOrder::Newest;
        let found =
            clinic.run(|conn| people::list_users(conn, &clinic.staff, &filter, order, &page));
        assert!(found.items.iter().any(|one| one.user.id == id));
        assert!(found.items.iter().all(|one| one.user.state == state));
    }
}

on_both!(
    r01_every_order_of_patients_gives_each_once_page_by_page,
    r01_every_order_of_doctors_gives_each_once_page_by_page,
    r01_every_order_of_accounts_gives_each_once_page_by_page,
    r01_every_order_of_hospitals_gives_each_once_page_by_page,
    a_cursor_of_another_order_is_refused,
    people_are_filtered_by_state,
);
