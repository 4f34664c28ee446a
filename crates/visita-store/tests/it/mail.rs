//! The outbox: what is queued goes out, at least once, and whom it tells what.

use std::thread;

use visita_domain::Ts;
use visita_domain::account::{MailKind, MailState, mail_retry_secs};
use visita_store::mail::{self, LEASE_SECS, MailRecord, Taken};
use visita_store::{Ctx, PageQuery, StoreError, auth, people};
use visita_testkit::TestDb;

use crate::accounts::{ask_registration, code, email, send_all};
use crate::clinic::{Clinic, at_time, now};

fn take(clinic: &Clinic, now: Ts) -> Option<Taken> {
    clinic.run(|conn| mail::take_due(conn, now))
}

fn settle(clinic: &Clinic, taken: &Taken, outcome: Result<(), &'static str>, now: Ts) {
    clinic.run(|conn| mail::settle(conn, taken, outcome, now));
}

fn list(clinic: &Clinic, state: Option<MailState>) -> Vec<MailRecord> {
    let page = PageQuery::default();
    clinic
        .run(|conn| mail::list_mails(conn, &clinic.admin, state, &page))
        .items
}

/// One mail: a password was changed.
fn one_notice(clinic: &Clinic) {
    clinic.run(|conn| auth::change_password(conn, &clinic.patient, "mine"));
}

fn a_mail_is_leased_to_one_worker_and_goes_out_again_after_a_crash(db: &TestDb) {
    let clinic = Clinic::new(db);
    one_notice(&clinic);
    let lost = take(&clinic, now()).unwrap();
    assert_eq!(lost.letter.kind, MailKind::PasswordChangedNotice);
    assert!(take(&clinic, now().plus_secs(LEASE_SECS - 1)).is_none());
    // The first worker died between sending and recording.
    let later = now().plus_secs(LEASE_SECS);
    let again = take(&clinic, later).unwrap();
    assert_eq!(again.letter.id, lost.letter.id);
    settle(&clinic, &lost, Err("timeout"), later);
    assert_eq!(list(&clinic, Some(MailState::Queued)).len(), 1, "too late");
    settle(&clinic, &again, Ok(()), later);
    let sent = list(&clinic, Some(MailState::Sent));
    assert_eq!((sent.len(), sent[0].sent_at), (1, Some(later)));
    assert!(take(&clinic, later.plus_days(1)).is_none());
}

fn of_many_workers_each_mail_has_one(db: &TestDb) {
    let clinic = Clinic::new(db);
    for _ in 0..5 {
        one_notice(&clinic);
    }
    let mut taken: Vec<_> = thread::scope(|scope| {
        let workers: Vec<_> = (0..10)
            .map(|_| scope.spawn(|| take(&clinic, now())))
            .collect();
        workers
            .into_iter()
            .filter_map(|worker| worker.join().unwrap())
            .map(|taken| taken.letter.id)
            .collect()
    });
    assert_eq!(taken.len(), 5);
    taken.sort();
    taken.dedup();
    assert_eq!(taken.len(), 5);
}

fn what_fails_is_tried_again_and_then_waits_for_an_admin(db: &TestDb) {
    let clinic = Clinic::new(db);
    one_notice(&clinic);
    let mut at = now();
    for tries in 1.. {
        let taken = take(&clinic, at).unwrap();
        settle(&clinic, &taken, Err("refused"), at);
        let Some(secs) = mail_retry_secs(tries) else {
            break;
        };
        assert!(take(&clinic, at.plus_secs(secs - 1)).is_none(), "{tries}");
        at = at.plus_secs(secs);
    }
    let failed = list(&clinic, Some(MailState::Failed));
    assert_eq!(failed.len(), 1);
    assert_eq!(
        (failed[0].attempts, failed[0].last_error.as_deref()),
        (5, Some("refused"))
    );
    assert!(take(&clinic, at.plus_days(9)).is_none());
    let resend = |who: &Ctx| clinic.try_run(|conn| mail::resend_mail(conn, who, failed[0].id));
    assert!(matches!(resend(&clinic.staff), Err(StoreError::Forbidden)));
    resend(&at_time(&clinic.admin, at)).unwrap();
    assert!(matches!(
        resend(&clinic.admin),
        Err(StoreError::MailNotFailed)
    ));
    assert_eq!(send_all(&clinic, at).len(), 1);
}

fn a_mail_that_stops_every_worker_is_given_up(db: &TestDb) {
    let clinic = Clinic::new(db);
    one_notice(&clinic);
    let mut at = now();
    let mut tries = 0;
    while take(&clinic, at).is_some() {
        tries += 1;
        at = at.plus_secs(LEASE_SECS);
    }
    assert_eq!(tries, 5);
    let failed = list(&clinic, Some(MailState::Failed));
    assert_eq!(failed[0].last_error.as_deref(), Some("interrupted"));
}

fn r33_whether_an_address_is_known_shows_in_its_mailbox_only(db: &TestDb) {
    let clinic = Clinic::new(db);
    let known = clinic.run(|conn| people::me(conn, &clinic.patient)).0.email;
    ask_registration(&clinic, known.as_str(), &code());
    ask_registration(&clinic, "new@example.org", &code());
    for address in [&known, &email("nobody@example.org")] {
        clinic.run(|conn| people::ask_reset(conn, address, &code(), now()));
    }
    assert_eq!(list(&clinic, None).len(), 4);
    let mut sent: Vec<_> = send_all(&clinic, now())
        .into_iter()
        .map(|letter| (letter.kind.as_str(), letter.to, letter.code.is_some()))
        .collect();
    sent.sort();
    let new = email("new@example.org");
    assert_eq!(
        sent,
        [
            ("already_registered", known.clone(), false),
            ("register", new, true),
            ("reset", known, true),
        ]
    );
    assert_eq!(list(&clinic, None).len(), 3, "no trace of a stranger");
}

fn a_code_counts_from_when_its_mail_went_out(db: &TestDb) {
    let clinic = Clinic::new(db);
    let code = code();
    ask_registration(&clinic, "ana@example.org", &code);
    let late = now().plus_days(1);
    assert_eq!(send_all(&clinic, late).len(), 1);
    let purposes = [visita_domain::account::CodePurpose::Register];
    let holds = |at| {
        clinic
            .try_run(|conn| auth::code_holder(conn, &code.token_hash, &purposes, at))
            .is_ok()
    };
    assert!(holds(late.plus_minutes(9)));
    assert!(!holds(late.plus_minutes(10)));
}

fn a_mail_whose_link_leads_nowhere_is_not_sent(db: &TestDb) {
    let clinic = Clinic::new(db);
    let address = clinic.run(|conn| people::me(conn, &clinic.patient)).0.email;
    clinic.run(|conn| people::ask_reset(conn, &address, &code(), now()));
    let taken = take(&clinic, now()).unwrap();
    settle(&clinic, &taken, Err("timeout"), now());
    one_notice(&clinic);
    let sent = send_all(&clinic, now().plus_days(1));
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].kind, MailKind::PasswordChangedNotice);
    let failed = list(&clinic, Some(MailState::Failed));
    assert_eq!(failed[0].last_error.as_deref(), Some("outdated"));
}

fn mails_are_listed_newest_first_in_pages(db: &TestDb) {
    let clinic = Clinic::new(db);
    for minute in 0..5 {
        let at = at_time(&clinic.patient, now().plus_minutes(minute));
        clinic.run(|conn| auth::change_password(conn, &at, "mine"));
    }
    let mut page = PageQuery {
        limit: 2,
        cursor: None,
    };
    let mut seen = Vec::new();
    loop {
        let got = clinic.run(|conn| mail::list_mails(conn, &clinic.admin, None, &page));
        seen.extend(got.items.into_iter().map(|one| one.created_at));
        page.cursor = got.next_cursor;
        if page.cursor.is_none() {
            break;
        }
    }
    let minutes: Vec<_> = (0..5).rev().map(|n| now().plus_minutes(n)).collect();
    assert_eq!(seen, minutes);
    let refused =
        clinic.try_run(|conn| mail::list_mails(conn, &clinic.staff, None, &PageQuery::default()));
    assert!(matches!(refused, Err(StoreError::Forbidden)));
}

on_both!(
    a_mail_is_leased_to_one_worker_and_goes_out_again_after_a_crash,
    of_many_workers_each_mail_has_one,
    what_fails_is_tried_again_and_then_waits_for_an_admin,
    a_mail_that_stops_every_worker_is_given_up,
    r33_whether_an_address_is_known_shows_in_its_mailbox_only,
    a_code_counts_from_when_its_mail_went_out,
    a_mail_whose_link_leads_nowhere_is_not_sent,
    mails_are_listed_newest_first_in_pages,
);
