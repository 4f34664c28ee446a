//! Account codes: what they let their holder do, once.

use std::sync::atomic::{AtomicU8, Ordering};
use std::thread;

use uuid::Uuid;
use visita_domain::account::CodePurpose;
use visita_domain::people::{Email, PatientOrder, Role, Sex, UserState};
use visita_domain::{CodeId, PatientId, Ts, UserId};
use visita_store::auth::{self, NewCode, NewSession};
use visita_store::people::{
    self, Activation, FirstAccess, NewPatientRecord, NewRegistration, NewUser, UserChanges,
};
use visita_store::{Ctx, StoreError, mail};
use visita_testkit::TestDb;

use crate::clinic::{Clinic, at_time, ctx, now};

/// A code whose token's hash nobody else has.
pub fn code() -> NewCode {
    static NEXT: AtomicU8 = AtomicU8::new(1);
    NewCode {
        id: CodeId(Uuid::now_v7()),
        nonce: [7; 32],
        token_hash: [NEXT.fetch_add(1, Ordering::Relaxed); 32],
    }
}

pub fn email(text: &str) -> Email {
    Email::parse(text).unwrap()
}

/// Sends everything that is due, and says to whom it went.
pub fn send_all(clinic: &Clinic, now: Ts) -> Vec<mail::Letter> {
    let mut sent = Vec::new();
    while let Some(taken) = clinic.run(|conn| mail::take_due(conn, now)) {
        clinic.run(|conn| mail::settle(conn, &taken, Ok(()), now));
        sent.push(taken.letter);
    }
    sent
}

pub fn ask_registration(clinic: &Clinic, address: &str, code: &NewCode) {
    ask_registration_at(clinic, address, code, now());
}

pub fn ask_registration_at(clinic: &Clinic, address: &str, code: &NewCode, at: Ts) {
    let new = NewRegistration {
        hospital_id: clinic.hospital,
        name: " Ana ".to_owned(),
        email: email(address),
        language: "fr".to_owned(),
    };
    clinic.run(|conn| people::ask_registration(conn, &new, code, at, None));
}

fn activate(clinic: &Clinic, code: &NewCode, at: Ts) -> Result<UserId, StoreError> {
    let how = Activation {
        password_hash: "chosen".to_owned(),
        name: None,
    };
    clinic
        .try_run(|conn| people::activate(conn, &code.token_hash, &how, at, None))
        .map(|user| user.id)
}

fn reset(clinic: &Clinic, code: &NewCode) -> Result<usize, StoreError> {
    clinic
        .try_run(|conn| people::reset_password(conn, &code.token_hash, "other", now(), None))
        .map(|ended| ended.len())
}

fn verify(clinic: &Clinic, code: &NewCode) -> Result<(), StoreError> {
    clinic.try_run(|conn| people::verify_email(conn, &code.token_hash, now(), None))
}

fn is_invalid<T: std::fmt::Debug>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::CodeInvalid))
}

fn address_of(clinic: &Clinic, who: &Ctx) -> Email {
    clinic.run(|conn| people::me(conn, who)).0.email
}

/// A code for a forgotten password, after its mail went out.
fn forgotten(clinic: &Clinic, who: &Ctx) -> NewCode {
    let code = code();
    let address = address_of(clinic, who);
    clinic.run(|conn| people::ask_reset(conn, &address, &code, now()));
    send_all(clinic, now());
    code
}

fn invited(clinic: &Clinic) -> (UserId, NewCode) {
    let code = code();
    let new = NewUser {
        hospital_id: Some(clinic.hospital),
        role: Role::Doctor,
        name: "Dr. Silva".to_owned(),
        email: email(&crate::clinic::fresh_email()),
        access: FirstAccess::Invitation(code),
        language: "en".to_owned(),
        specialty: None,
    };
    let made = clinic.run(|conn| people::create_user(conn, &clinic.admin, &new));
    assert_eq!(made.user.state, UserState::Invited);
    (made.user.id, code)
}

fn a_registration_becomes_an_account_when_its_address_is_confirmed(db: &TestDb) {
    let clinic = Clinic::new(db);
    let code = code();
    ask_registration(&clinic, "ana@example.org", &code);
    let found = clinic.run(|conn| auth::find_credentials(conn, &email("ana@example.org")));
    assert!(found.is_none(), "nobody yet");
    let id = activate(&clinic, &code, now()).unwrap();
    let me = ctx(id, Role::Patient, Some(clinic.hospital));
    let (user, _) = clinic.run(|conn| people::me(conn, &me));
    assert_eq!(
        (user.name.as_str(), user.language.as_str(), user.state),
        ("Ana", "fr", UserState::Active)
    );
    let found = clinic.run(|conn| auth::find_credentials(conn, &user.email));
    assert_eq!(found.unwrap().password_hash, "chosen");
    let record = clinic.run(|conn| people::get_patient(conn, &clinic.staff, PatientId::from(id)));
    assert_eq!(record.email, user.email);
}

fn r34_a_code_counts_once_in_time_and_for_its_purpose(db: &TestDb) {
    let clinic = Clinic::new(db);
    let code = code();
    ask_registration(&clinic, "ana@example.org", &code);
    let minutes = CodePurpose::Register.lifetime_secs() / 60;
    assert!(is_invalid(&reset(&clinic, &code)), "another purpose");
    assert!(is_invalid(&verify(&clinic, &code)), "another purpose");
    let late = now().plus_minutes(minutes);
    assert!(is_invalid(&activate(&clinic, &code, late)), "too late");
    let last = late.plus_secs(-1);
    assert!(activate(&clinic, &code, last).is_ok());
    assert!(is_invalid(&activate(&clinic, &code, last)), "used");
    assert!(is_invalid(&activate(&clinic, &self::code(), last)), "none");

    let forgotten = forgotten(&clinic, &clinic.patient);
    assert!(is_invalid(&activate(&clinic, &forgotten, now())));
    assert!(is_invalid(&verify(&clinic, &forgotten)));
    assert!(reset(&clinic, &forgotten).is_ok());
    assert!(is_invalid(&reset(&clinic, &forgotten)));
}

fn r34_of_twenty_who_use_a_code_at_once_one_gets_in(db: &TestDb) {
    let clinic = Clinic::new(db);
    let code = code();
    ask_registration(&clinic, "ana@example.org", &code);
    let results: Vec<_> = thread::scope(|scope| {
        let tries: Vec<_> = (0..20)
            .map(|_| scope.spawn(|| activate(&clinic, &code, now())))
            .collect();
        tries.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(results.iter().filter(|one| one.is_ok()).count(), 1);
    assert_eq!(results.iter().filter(|one| is_invalid(one)).count(), 19);
}

fn of_two_registrations_of_one_address_one_becomes_an_account(db: &TestDb) {
    let clinic = Clinic::new(db);
    let (first, second) = (code(), code());
    ask_registration(&clinic, "ana@example.org", &first);
    ask_registration(&clinic, "ana@example.org", &second);
    assert!(activate(&clinic, &second, now()).is_ok());
    assert!(is_invalid(&activate(&clinic, &first, now())));
}

fn r35_an_invited_person_chooses_the_password_and_nobody_else_does(db: &TestDb) {
    let clinic = Clinic::new(db);
    let (id, first) = invited(&clinic);
    let enable = UserChanges {
        state: Some(UserState::Active),
        ..UserChanges::default()
    };
    let change = |changes: &UserChanges| {
        clinic
            .run(|conn| people::change_user(conn, &clinic.admin, id, changes))
            .0
            .user
            .state
    };
    assert_eq!(change(&enable), UserState::Invited, "no password, no entry");
    let disable = UserChanges {
        state: Some(UserState::Disabled),
        ..UserChanges::default()
    };
    assert_eq!(change(&disable), UserState::Disabled);
    assert!(is_invalid(&activate(&clinic, &first, now())), "disabled");
    assert_eq!(change(&enable), UserState::Invited);
    assert!(is_invalid(&activate(&clinic, &first, now())), "spent");
    let again = code();
    clinic.run(|conn| people::invite_again(conn, &clinic.staff, id, &again));
    assert_eq!(activate(&clinic, &again, now()).unwrap(), id);
    let refused =
        clinic.try_run(|conn| people::invite_again(conn, &clinic.staff, id, &self::code()));
    assert!(
        matches!(refused, Err(StoreError::NotInvited)),
        "{refused:?}"
    );
}

fn invitations_follow_the_rights_of_whoever_sends_them(db: &TestDb) {
    let clinic = Clinic::new(db);
    let (id, _) = invited(&clinic);
    let next = clinic.next();
    let by = |who: &Ctx| clinic.try_run(|conn| people::invite_again(conn, who, id, &code()));
    assert!(matches!(by(&next.staff), Err(StoreError::NotFound)));
    assert!(matches!(by(&clinic.patient), Err(StoreError::Forbidden)));
    assert!(by(&clinic.admin).is_ok());
    let new = NewPatientRecord {
        name: "Bo".to_owned(),
        email: email("bo@example.org"),
        access: FirstAccess::Invitation(code()),
        language: "en".to_owned(),
        date_of_birth: None,
        sex: Sex::Unknown,
        phone: String::new(),
        record_number: String::new(),
        emergency_contact: String::new(),
    };
    let patient = clinic.run(|conn| people::create_patient(conn, &clinic.staff, &new));
    assert_eq!(patient.state, UserState::Invited);
    let doctor = clinic.try_run(|conn| {
        people::invite_again(conn, &clinic.doctor, UserId::from(patient.id), &code())
    });
    assert!(matches!(doctor, Err(StoreError::Forbidden)));
}

fn a_new_password_ends_every_session_and_every_other_code(db: &TestDb) {
    let clinic = Clinic::new(db);
    let (first, second) = (
        forgotten(&clinic, &clinic.patient),
        forgotten(&clinic, &clinic.patient),
    );
    let other = forgotten(&clinic, &clinic.doctor);
    let open = |n: u8| {
        let new = NewSession {
            user_id: clinic.patient.actor.user_id,
            refresh_hash: [n; 32],
            user_agent: String::new(),
            now: now(),
            idle_secs: 600,
            absolute_secs: 600,
            request_id: None,
            known_device: true,
            second_factor: false,
        };
        clinic.run(|conn| auth::open_session(conn, &new)).0.id
    };
    let sessions = [open(1), open(2)];
    assert_eq!(reset(&clinic, &first).unwrap(), 2);
    for session in sessions {
        let gone = clinic.try_run(|conn| auth::authenticate(conn, session, now()));
        assert!(matches!(gone, Err(StoreError::NotFound)));
    }
    assert!(is_invalid(&reset(&clinic, &second)), "asked for before");
    let doctor = address_of(&clinic, &clinic.doctor);
    let untouched = clinic.run(|conn| auth::find_credentials(conn, &doctor));
    assert_eq!(untouched.unwrap().password_hash, "hash");
    assert!(reset(&clinic, &other).is_ok(), "another account's");
}

fn a_changed_password_spends_the_codes_for_a_forgotten_one(db: &TestDb) {
    let clinic = Clinic::new(db);
    let code = forgotten(&clinic, &clinic.patient);
    clinic.run(|conn| auth::change_password(conn, &clinic.patient, "mine"));
    assert!(is_invalid(&reset(&clinic, &code)));
}

fn a_new_address_counts_when_it_is_confirmed(db: &TestDb) {
    let clinic = Clinic::new(db);
    let old = address_of(&clinic, &clinic.patient);
    let (mine, taken) = (code(), code());
    let ask = |to: &Email, code: &NewCode| {
        clinic.try_run(|conn| people::ask_email_change(conn, &clinic.patient, to, code))
    };
    assert!(matches!(
        ask(&old, &code()),
        Err(StoreError::InvalidField("email"))
    ));
    ask(&email("new@example.org"), &mine).unwrap();
    // Whether an address is in use shows in the mailbox only.
    let doctors = address_of(&clinic, &clinic.doctor);
    ask(&doctors, &taken).unwrap();
    assert_eq!(address_of(&clinic, &clinic.patient), old);
    assert!(is_invalid(&verify(&clinic, &taken)));
    let told = |now| {
        let sent = send_all(&clinic, now).into_iter();
        let mut told: Vec<_> = sent
            .map(|letter| (letter.to, letter.kind.as_str()))
            .collect();
        told.sort();
        told
    };
    let mut expected = [
        (email("new@example.org"), "email_change"),
        (doctors, "already_registered"),
        (old.clone(), "email_change_asked_notice"),
        (old.clone(), "email_change_asked_notice"),
    ];
    expected.sort();
    assert_eq!(told(now()), expected);
    verify(&clinic, &mine).unwrap();
    assert_eq!(told(now()), [(old, "email_changed_notice")]);
    assert_eq!(
        address_of(&clinic, &clinic.patient).as_str(),
        "new@example.org"
    );
    let found = clinic.run(|conn| {
        let filter = people::PatientFilter {
            search: Some("new@ex".to_owned()),
            state: None,
        };
        let order = PatientOrder::Name;
        people::list_patients(conn, &clinic.staff, &filter, order, &Default::default())
    });
    assert_eq!(found.items.len(), 1, "found by it too");
}

fn codes_of_a_disabled_account_count_for_nothing(db: &TestDb) {
    let clinic = Clinic::new(db);
    let code = forgotten(&clinic, &clinic.patient);
    let id = clinic.patient.actor.user_id;
    let disable = UserChanges {
        state: Some(UserState::Disabled),
        ..UserChanges::default()
    };
    clinic.run(|conn| people::change_user(conn, &clinic.admin, id, &disable));
    assert!(is_invalid(&reset(&clinic, &code)));
    let later = at_time(&clinic.patient, now().plus_minutes(1));
    let fresh = forgotten(&clinic, &later);
    assert!(is_invalid(&reset(&clinic, &fresh)));
}

on_both!(
    a_registration_becomes_an_account_when_its_address_is_confirmed,
    r34_a_code_counts_once_in_time_and_for_its_purpose,
    r34_of_twenty_who_use_a_code_at_once_one_gets_in,
    of_two_registrations_of_one_address_one_becomes_an_account,
    r35_an_invited_person_chooses_the_password_and_nobody_else_does,
    invitations_follow_the_rights_of_whoever_sends_them,
    a_new_password_ends_every_session_and_every_other_code,
    a_changed_password_spends_the_codes_for_a_forgotten_one,
    a_new_address_counts_when_it_is_confirmed,
    codes_of_a_disabled_account_count_for_nothing,
);
