//! Second factors: each proof counts once, whoever is quicker.

use visita_domain::{Ts, UserId};
use visita_store::auth::{
    self, Challenge, MAX_CHALLENGE_TRIES, NewChallenge, NewSession, Proof, SealedSeed, Session,
};
use visita_store::{Ctx, StoreError};
use visita_testkit::TestDb;

use crate::clinic::{Clinic, at_time, now};

pub const STEP: i64 = 58_000_000;

pub fn seed(fill: u8) -> SealedSeed {
    SealedSeed {
        bytes: vec![fill; 48],
        key_id: "k1".to_owned(),
    }
}

fn new_session(user_id: UserId, token: u8, second_factor: bool) -> NewSession {
    NewSession {
        user_id,
        refresh_hash: [token; 32],
        user_agent: String::new(),
        now: now(),
        idle_secs: 3600,
        absolute_secs: 7200,
        second_factor,
        known_device: true,
        request_id: None,
    }
}

/// The patient with a session of their own.
pub fn signed_in(clinic: &Clinic, token: u8) -> (Ctx, Session) {
    let mut ctx = clinic.patient;
    let new = new_session(ctx.actor.user_id, token, false);
    let (session, _) = clinic.run(|conn| auth::open_session(conn, &new));
    ctx.actor.session_id = session.id;
    (ctx, session)
}

pub fn hashes(prefix: &str) -> Vec<String> {
    (0..10).map(|idx| format!("{prefix}{idx}")).collect()
}

/// The patient after enrolling the seed.
fn enrolled(clinic: &Clinic) -> Ctx {
    let (ctx, _) = signed_in(clinic, 1);
    clinic.run(|conn| {
        auth::begin_enrolment(conn, &ctx, &seed(1), now().plus_secs(60))?;
        auth::confirm_enrolment(conn, &ctx, &seed(1), STEP, &hashes("a"))
    });
    ctx
}

pub fn challenge(clinic: &Clinic, user_id: UserId, token: u8) {
    clinic.run(|conn| {
        let new = NewChallenge {
            hash: [token; 32],
            user_id,
            now: now(),
            expires_at: now().plus_secs(300),
        };
        auth::open_challenge(conn, &new)
    });
}

fn try_at(clinic: &Clinic, token: u8, at: Ts) -> Option<Challenge> {
    clinic.run(|conn| auth::try_challenge(conn, &[token; 32], at))
}

fn meet(clinic: &Clinic, user: UserId, token: u8, proof: &Proof) -> Result<bool, StoreError> {
    let new = new_session(user, token, true);
    clinic
        .try_run(|conn| auth::meet_challenge(conn, &[token; 32], proof, &new))
        .map(|met| met.is_some())
}

fn a_seed_counts_from_its_first_code_on(db: &TestDb) {
    let clinic = Clinic::new(db);
    let (ctx, _) = signed_in(&clinic, 1);
    let (_, other) = signed_in(&clinic, 2);
    let status = || clinic.run(|conn| auth::factor_status(conn, &ctx));
    clinic.run(|conn| auth::begin_enrolment(conn, &ctx, &seed(1), now().plus_secs(60)));
    assert_eq!(status().confirmed_at, None);
    clinic.run(|conn| auth::begin_enrolment(conn, &ctx, &seed(2), now().plus_secs(60)));
    let confirm = |ctx: Ctx, with: u8| {
        clinic.try_run(|conn| auth::confirm_enrolment(conn, &ctx, &seed(with), STEP, &hashes("a")))
    };
    assert!(matches!(confirm(ctx, 1), Err(StoreError::NotFound)));
    let late = at_time(&ctx, now().plus_secs(60));
    assert!(matches!(confirm(late, 2), Err(StoreError::NotFound)));
    assert_eq!(confirm(ctx, 2).unwrap(), [other.id]);
    assert!(matches!(confirm(ctx, 2), Err(StoreError::NotFound)));
    assert_eq!(status().confirmed_at, Some(now()));
    assert_eq!(status().recovery_codes_left, 10);
    let session = ctx.actor.session_id;
    let caller = clinic.run(|conn| auth::authenticate(conn, session, now()));
    assert!(caller.assurance.second_factor);
}

fn r37_a_session_without_the_factor_cannot_exchange_it(db: &TestDb) {
    let clinic = Clinic::new(db);
    let owner = enrolled(&clinic);
    let (weaker, _) = signed_in(&clinic, 2);
    let begin = |ctx: &Ctx| {
        clinic.try_run(|conn| auth::begin_enrolment(conn, ctx, &seed(9), now().plus_secs(60)))
    };
    assert!(matches!(begin(&weaker), Err(StoreError::Forbidden)));
    begin(&owner).unwrap();
    let taken = clinic.try_run(|conn| auth::confirm_enrolment(conn, &weaker, &seed(9), STEP, &[]));
    assert!(matches!(taken, Err(StoreError::Forbidden)));
}

fn r36_the_same_code_counts_once_and_no_earlier_one_after_it(db: &TestDb) {
    let clinic = Clinic::new(db);
    let user = enrolled(&clinic).actor.user_id;
    for (token, step, expected) in [
        // The code of the enrolment is spent, too.
        (10, STEP, false),
        (11, STEP + 1, true),
        (12, STEP + 1, false),
        (13, STEP, false),
        (14, STEP + 2, true),
    ] {
        challenge(&clinic, user, token);
        let met = meet(&clinic, user, token, &Proof::Step(step)).unwrap();
        assert_eq!(met, expected, "step {step}");
    }
}

fn r36_of_twenty_at_once_with_one_code_one_gets_in(db: &TestDb) {
    let clinic = Clinic::new(db);
    let user = enrolled(&clinic).actor.user_id;
    for token in 10..30 {
        challenge(&clinic, user, token);
    }
    let clinic = &clinic;
    let met: usize = std::thread::scope(|scope| {
        let tasks: Vec<_> = (10..30)
            .map(|token| scope.spawn(move || meet(clinic, user, token, &Proof::Step(STEP + 1))))
            .collect();
        let outcomes = tasks.into_iter().map(|task| task.join().unwrap());
        outcomes.filter(|met| *met.as_ref().unwrap()).count()
    });
    assert_eq!(met, 1);
}

fn r37_a_recovery_code_works_once_and_not_after_a_renewal(db: &TestDb) {
    let clinic = Clinic::new(db);
    let ctx = enrolled(&clinic);
    let user = ctx.actor.user_id;
    let code = |idx: i16, prefix: &str| Proof::RecoveryCode {
        idx,
        hash: format!("{prefix}{idx}"),
    };
    let hash = |idx| clinic.run(|conn| auth::recovery_code_hash(conn, user, idx));
    assert_eq!(hash(3).as_deref(), Some("a3"));
    challenge(&clinic, user, 10);
    assert!(meet(&clinic, user, 10, &code(3, "a")).unwrap());
    assert_eq!(hash(3), None);
    challenge(&clinic, user, 11);
    assert!(!meet(&clinic, user, 11, &code(3, "a")).unwrap());
    let left = clinic.run(|conn| auth::factor_status(conn, &ctx));
    assert_eq!(left.recovery_codes_left, 9);
    clinic.run(|conn| auth::renew_recovery_codes(conn, &ctx, &hashes("b")));
    assert!(!meet(&clinic, user, 11, &code(4, "a")).unwrap());
    assert!(meet(&clinic, user, 11, &code(4, "b")).unwrap());
}

fn a_challenge_has_five_tries_and_five_minutes_and_is_met_once(db: &TestDb) {
    let clinic = Clinic::new(db);
    let user = enrolled(&clinic).actor.user_id;
    for token in 10..13 {
        challenge(&clinic, user, token);
    }
    for _ in 0..MAX_CHALLENGE_TRIES {
        assert!(try_at(&clinic, 10, now()).is_some());
    }
    assert!(try_at(&clinic, 10, now()).is_none());
    assert!(try_at(&clinic, 11, now().plus_secs(299)).is_some());
    assert!(try_at(&clinic, 11, now().plus_secs(300)).is_none());
    assert!(try_at(&clinic, 99, now()).is_none());
    assert!(meet(&clinic, user, 12, &Proof::Step(STEP + 1)).unwrap());
    let again = meet(&clinic, user, 12, &Proof::Step(STEP + 2));
    assert!(matches!(again, Err(StoreError::NotFound)));
    // What was rolled back was not spent.
    assert!(meet(&clinic, user, 11, &Proof::Step(STEP + 2)).unwrap());
    assert!(try_at(&clinic, 12, now()).is_none());
}

fn r43_a_step_up_renews_the_proof_once_for_each_code(db: &TestDb) {
    let clinic = Clinic::new(db);
    let owner = enrolled(&clinic);
    let later = at_time(&owner, now().plus_secs(600));
    let auth_time = || {
        let id = owner.actor.session_id;
        let caller = clinic.run(|conn| auth::authenticate(conn, id, later.now));
        caller.assurance.auth_time
    };
    let step_up = |step| {
        let proof = Proof::Step(step);
        clinic.run(|conn| auth::step_up(conn, &later, Some(&proof)))
    };
    assert!(!step_up(STEP));
    assert_eq!(auth_time(), now());
    assert!(step_up(STEP + 20));
    assert_eq!(auth_time(), later.now);
    assert!(!step_up(STEP + 20));
}

fn r42_removing_the_factor_ends_the_other_sessions(db: &TestDb) {
    let clinic = Clinic::new(db);
    let owner = enrolled(&clinic);
    let (_, other) = signed_in(&clinic, 2);
    let remove = || clinic.try_run(|conn| auth::remove_factor(conn, &owner));
    assert_eq!(remove().unwrap(), [other.id]);
    assert!(matches!(remove(), Err(StoreError::NotFound)));
    let status = clinic.run(|conn| auth::factor_status(conn, &owner));
    assert_eq!((status.confirmed_at, status.recovery_codes_left), (None, 0));
}

fn r38_the_owner_is_told_of_devices_factors_and_stolen_tokens(db: &TestDb) {
    let clinic = Clinic::new(db);
    let kinds = || {
        let sent = "SELECT kind AS text FROM mails ORDER BY id";
        db.raw().texts(sent).unwrap()
    };
    let user = clinic.patient.actor.user_id;
    let open = |token, known_device| {
        let new = NewSession {
            known_device,
            ..new_session(user, token, false)
        };
        clinic.run(|conn| auth::open_session(conn, &new)).0
    };
    let mut ctx = clinic.patient;
    ctx.actor.session_id = open(1, false).id;
    assert_eq!(
        kinds(),
        Vec::<String>::new(),
        "the first sign-in is no news"
    );
    open(2, true);
    assert_eq!(kinds(), Vec::<String>::new(), "the device is known");
    open(3, false);
    assert_eq!(kinds(), ["new_device_notice"]);
    clinic.run(|conn| {
        auth::begin_enrolment(conn, &ctx, &seed(1), now().plus_secs(60))?;
        auth::confirm_enrolment(conn, &ctx, &seed(1), STEP, &hashes("a"))?;
        auth::remove_factor(conn, &ctx)?;
        auth::change_password(conn, &ctx, "new hash")
    });
    let rotate = |new| {
        let at = now().plus_secs(60 * i64::from(new));
        clinic.run(|conn| auth::rotate_refresh(conn, &[1; 32], &[new; 32], at, None))
    };
    rotate(10);
    rotate(11);
    let expected = [
        "new_device_notice",
        "second_factor_changed_notice",
        "second_factor_changed_notice",
        "password_changed_notice",
        "refresh_reused_notice",
    ];
    let mut told = kinds();
    told.sort_unstable();
    let mut expected = expected.map(str::to_owned);
    expected.sort_unstable();
    assert_eq!(told, expected);
}

on_both!(
    r38_the_owner_is_told_of_devices_factors_and_stolen_tokens,
    a_seed_counts_from_its_first_code_on,
    r37_a_session_without_the_factor_cannot_exchange_it,
    r36_the_same_code_counts_once_and_no_earlier_one_after_it,
    r36_of_twenty_at_once_with_one_code_one_gets_in,
    r37_a_recovery_code_works_once_and_not_after_a_renewal,
    a_challenge_has_five_tries_and_five_minutes_and_is_met_once,
    r43_a_step_up_renews_the_proof_once_for_each_code,
    r42_removing_the_factor_ends_the_other_sessions,
);
